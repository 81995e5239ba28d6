//! The parts for a database on a PostgreSQL server: the parameters of a connection by
//! the conventions of libpq, the connection itself, the errors of the server by SQLSTATE, the
//! schema, its roles, and the dates of last use in a table.
//!
//! Nothing outside this directory knows tokio-postgres, except `db.rs`, which hides the engine.

mod connect;
mod errors;
pub(in crate::store) mod parameters;
