//! The targets to which a secret is delivered, and the only way a secret leaves the program.
//!
//! A target is prepared first: an error that can be known beforehand stops the command before
//! anything is written. Then the secret is delivered to it, and taken back where it can be if
//! the secret did not become usable. `commands/delivery` has the protocol.

mod clipboard;
mod errors;
mod file;
mod holder;
mod issued;
mod osc52;
mod screen;
mod stdout;
mod target;

pub(crate) use errors::file_exists;
pub(crate) use holder::hold;
pub(crate) use issued::Issued;
pub(crate) use stdout::{check as check_stdout, exposure, write as show};
pub(crate) use target::Target;
