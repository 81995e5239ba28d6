//! Fuzzes the arguments of the process.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::arguments::{Refused, error_format, parse};
use crate::secret::holds_secret;

/// Reads `bytes` as arguments separated by NUL. No accepted argument, no help text and no error
/// may contain a secret, and an error must have the exit code 2.
pub fn arguments(bytes: &[u8]) {
    let parts = bytes.split(|c| *c == 0).map(<[u8]>::to_vec);
    let args: Vec<OsString> = [b"apikey".to_vec()]
        .into_iter()
        .chain(parts)
        .map(OsString::from_vec)
        .collect();
    error_format(&args);
    match parse(&args) {
        Ok(_) => {
            let holds = |arg: &[u8]| holds_secret(arg);
            assert!(!bytes.split(|c| *c == 0).any(holds));
        }
        Err(Refused::Help(text) | Refused::NoCommand(text)) => {
            assert!(!holds_secret(text.to_string().as_bytes()));
        }
        Err(Refused::Error(error)) => {
            let message = format!("{error} {}", error.advice().unwrap_or_default());
            assert!(!holds_secret(message.as_bytes()), "{message}");
            assert!(matches!(error.kind().exit(), 2), "{message}");
        }
    }
}
