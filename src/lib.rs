//! Issues, lists, revokes and verifies API keys.

mod model;
mod secret;
