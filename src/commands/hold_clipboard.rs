//! `apikey hold-clipboard`, which `create --copy` and `rotate --copy` start.

use crate::cli::HoldClipboard;
use crate::error::{Error, Kind, Result};
use crate::handover;
use crate::output::Outcome;

/// Holds a secret on the clipboard.
pub(super) fn run(args: &HoldClipboard) -> Result<Outcome> {
    handover::hold(args.clear_after).map_err(|error| {
        Error::new(Kind::Io, format!("can't hold the clipboard: {error}")).caused_by(error)
    })?;
    Ok(Outcome::done())
}
