//! Reads and replaces the file of the shared secret.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::files::{self, without_path};
use crate::model::Timestamp;
use crate::secret::SharedSecret;
use crate::store::sqlite::preflight::{cannot_read, open_file};
use crate::store::sqlite::sidecar;

/// The shared secret and the previous one, if there is one.
#[derive(Debug, Clone)]
pub(crate) struct SharedSecrets {
    /// The secret that signs.
    pub(crate) current: SharedSecret,
    /// The previous secret, and until when it is valid.
    pub(crate) previous: Option<(SharedSecret, Timestamp)>,
}

impl SharedSecrets {
    /// Returns the current secret and the previous one, if there is one, even if that is no longer
    /// valid.
    pub(crate) fn all(&self) -> Vec<&SharedSecret> {
        self.if_previous(|_| true)
    }

    /// Returns the secrets that are valid at `now`.
    pub(crate) fn valid(&self, now: Timestamp) -> Vec<&SharedSecret> {
        self.if_previous(|until| now < until)
    }

    fn if_previous(&self, is_included: impl Fn(Timestamp) -> bool) -> Vec<&SharedSecret> {
        let previous = self.previous.iter();
        let previous = previous.filter(|(_, until)| is_included(*until));
        let previous = previous.map(|(secret, _)| secret);
        std::iter::once(&self.current).chain(previous).collect()
    }
}

/// Returns the content of the file for `secrets`, or an empty text if there are no secrets.
pub(super) fn encoded(secrets: Option<&SharedSecrets>) -> Zeroizing<String> {
    // Allocated at once: a string that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_LEN));
    if let Some(secrets) = secrets {
        text.push_str(secrets.current.expose());
        text.push('\n');
        if let Some((secret, until)) = &secrets.previous {
            for part in [secret.expose(), " ", &until.to_string(), "\n"] {
                text.push_str(part);
            }
        }
    }
    text
}

/// More bytes than the two lines ever have.
const MAX_LEN: usize = 4096;

/// Reads the file. Returns none if there is no file.
///
/// # Errors
/// When the file can't be read or holds no shared secret.
pub(super) fn read(path: &Path) -> Result<Option<SharedSecrets>> {
    let file = match open_file(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot_read(&path.display().to_string(), error)),
    };
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    // Allocated at once: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_LEN));
    let read = file.take(MAX_LEN as u64).read_to_string(&mut text);
    if let Err(error) = read {
        return Err(match error.kind() {
            ErrorKind::InvalidData => holds_none(path),
            kind => cannot_read(&path.display().to_string(), kind.into()),
        });
    }
    parse(&text)
        .filter(|_| is_file)
        .map(Some)
        .ok_or_else(|| holds_none(path))
}

fn parse(text: &str) -> Option<SharedSecrets> {
    let mut lines = text.lines();
    let current = SharedSecret::parse(lines.next()?)?;
    let previous = match lines.next() {
        None => None,
        Some(line) => {
            let (secret, until) = line.split_once(' ')?;
            Some((SharedSecret::parse(secret)?, until.parse().ok()?))
        }
    };
    lines
        .next()
        .is_none()
        .then_some(SharedSecrets { current, previous })
}

/// Replaces the content of the file by `secrets`, or removes the file if there are none, atomically
/// and durably.
pub(super) fn replace(db: &Path, path: &Path, secrets: Option<&SharedSecrets>) -> io::Result<()> {
    // The temporary name is fixed, so that the next command replaces a file that a killed command
    // left.
    let new = sidecar::path(path, ".new");
    remove(&new)?;
    let Some(secrets) = secrets else {
        remove(path)?;
        return sidecar::sync_directory(path);
    };
    let mut file = tempfile::Builder::new()
        .prefix(new.file_name().unwrap_or_default())
        .rand_bytes(0)
        .tempfile_in(path.parent().unwrap_or(Path::new("/")))
        .map_err(without_path)?;
    files::set_mode(file.as_file(), 0o600)?;
    sidecar::give_to_owner(db, file.as_file())?;
    // Written through the file, since the errors of NamedTempFile contain the temporary name.
    file.as_file_mut()
        .write_all(encoded(Some(secrets)).as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sidecar::sync_directory(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn holds_none(path: &Path) -> Error {
    let fact = format!("{} holds no shared secret", path.display());
    Error::new(Kind::DatabaseDamaged, fact)
        .hint("move it away, then create one with `apikey shared-secret create`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_at_most_two_lines() {
        let (first, other) = ("a".repeat(43), "b".repeat(43));
        let until = "2027-01-31T00:00:00Z";
        assert!(parse(&format!("{first}\n")).is_some());
        let both = parse(&format!("{first}\n{other} {until}\n")).unwrap();
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        assert_eq!(both.valid(at("2027-01-30")).len(), 2);
        assert_eq!(both.valid(at("2027-01-30T23:59:59Z")).len(), 2);
        assert_eq!(both.valid(at(until)).len(), 1);
        assert_eq!(both.valid(at(until))[0].expose(), first);
        for bad in [
            String::new(),
            "\n".to_owned(),
            "short\n".to_owned(),
            format!("{first}x\n"),
            format!("{first}\n{other}\n"),
            format!("{first}\n{other} soon\n"),
            format!("{first}\n{other} {until}\n\n"),
        ] {
            assert!(parse(&bad).is_none(), "{bad:?}");
        }
    }
}
