//! The parts for a database on a PostgreSQL server: the parameters of a connection by
//! the conventions of libpq, the connection itself, the errors of the server by SQLSTATE, the
//! schema, its roles, and the dates of last use in a table.
//!
//! Nothing outside this directory knows tokio-postgres, except `db/`, which hides the engine.

mod backup;
mod catalogue;
pub(in crate::store) mod connect;
mod copy_in;
mod create;
pub(in crate::store) mod errors;
pub(in crate::store) mod examine;
mod lock_file;
mod open;
pub(in crate::store) mod parameters;
mod restore;
pub(in crate::store) mod schema;
mod tables;
pub(in crate::store) mod usage;

pub(in crate::store) use lock_file::lock_file;
pub(in crate::store) use open::{has_users, is_committed};
use parameters::Parameters;
pub(in crate::store) use restore::{check_restorable, load};
