//! The input of `verify`: from stdin, a file or an environment variable.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::Verify;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::prompt::Prompt;
use crate::secret::{BadInput, Presented, read_presented};

/// Reads the secret that the caller presents.
///
/// # Errors
/// When the input can't be read, or shows a known mistake of the caller.
pub(super) fn read(args: &Verify, prompt: Prompt) -> Result<Presented> {
    let input = read_bytes(args, prompt)?;
    Presented::parse(&input).map_err(bad_input)
}

/// Returns the error for a mistake of the caller.
pub(super) fn bad_input(mistake: BadInput) -> Error {
    let (fact, advice) = mistake.explain();
    Error::new(Kind::InvalidInput, fact).hint(advice)
}

fn read_bytes(args: &Verify, prompt: Prompt) -> Result<Zeroizing<Vec<u8>>> {
    if let Some(name) = &args.key_env {
        let value = config::key_variable(name).ok_or_else(|| {
            let fact = format!("the environment variable {name} is not set");
            Error::new(Kind::InvalidInput, fact)
                .hint("set and export it, or pass the secret on stdin")
        })?;
        return Ok(Zeroizing::new(value.as_bytes().to_owned()));
    }
    if let Some(path) = args.named_file() {
        let read = |path: &Path| read_presented(File::open(path)?);
        return read(path).map_err(|error| unreadable(&path.display().to_string(), error));
    }
    if io::stdin().is_terminal() {
        // The prompt hides the secret, which would otherwise stay on the screen.
        return prompt.read_secret();
    }
    let read = stdin().and_then(read_presented);
    read.map_err(|error| unreadable("stdin", error))
}

/// Returns stdin without a buffer, since a buffer would keep a copy of the secret.
///
/// # Errors
/// When its descriptor can't be duplicated, for example because too many files are open.
pub(super) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Returns the error that the secret can't be read from `source`.
fn unreadable(source: &str, error: io::Error) -> Error {
    let fact = format!("can't read {source}: {error}");
    Error::new(Kind::InvalidInput, fact)
        .caused_by(error)
        .hint("pass the secret on stdin, or use --key-file PATH or --key-env NAME")
}
