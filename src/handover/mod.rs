//! The targets of a delivery: the only way by which a secret leaves the program.
//!
//! A target is prepared first, so that a command that can't deliver fails before it changes
//! anything. Then it receives the secret. If the secret doesn't become usable, the target takes
//! it back as far as it can. `commands/delivery` has the protocol.

mod clipboard;
mod errors;
mod file;
mod holder;
mod issued;
mod osc52;
mod renewal;
mod screen;
mod stdout;
mod target;

pub(crate) use errors::file_exists;
pub(crate) use holder::hold;
pub(crate) use issued::Issued;
pub(crate) use renewal::RenewedFile;
pub(crate) use stdout::{check as check_stdout, exposure_warning, write as write_stdout};
pub(crate) use target::Target;
