//! Issues, lists, revokes and verifies API keys.

pub mod error;
mod handover;
mod model;
mod secret;
mod store;
