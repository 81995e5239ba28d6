//! Connects to a server.

mod guard;
