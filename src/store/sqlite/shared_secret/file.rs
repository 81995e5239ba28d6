//! The file of the shared secret: its two lines, read and replaced.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::denied;
use crate::error::{Error, Kind, Result};
use crate::files::{self, without_path};
use crate::model::Timestamp;
use crate::secret::SharedSecret;
use crate::store::errors::not_permitted;
use crate::store::sqlite::sidecar;

/// The shared secret and the previous one.
#[derive(Debug, Clone)]
pub(crate) struct SharedSecrets {
    /// The secret that signs.
    pub(crate) current: SharedSecret,
    /// The previous secret, and until when it is valid.
    pub(crate) previous: Option<(SharedSecret, Timestamp)>,
}

impl SharedSecrets {
    /// Returns both, whether the previous one is still valid or not.
    pub(crate) fn all(&self) -> Vec<&SharedSecret> {
        let previous = self.previous.as_ref().map(|(secret, _)| secret);
        std::iter::once(&self.current).chain(previous).collect()
    }

    /// Returns the secrets that are valid at `now`.
    pub(crate) fn valid(&self, now: Timestamp) -> Vec<&SharedSecret> {
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until);
        let previous = previous.map(|(secret, _)| secret);
        std::iter::once(&self.current).chain(previous).collect()
    }
}

/// Returns the content of the file for `secrets`; nothing where there is to be no file.
pub(super) fn encoded(secrets: Option<&SharedSecrets>) -> Zeroizing<String> {
    // Room for the longest content at once: a string that grows leaves copies behind.
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

/// Reads the file; none where there is no file.
///
/// # Errors
/// When the file can't be read or holds no shared secret.
pub(super) fn read(path: &Path) -> Result<Option<SharedSecrets>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(cannot_read(path, error.into())),
    };
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    // Room for the longest content at once: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_LEN));
    let read = file.take(MAX_LEN as u64).read_to_string(&mut text);
    if let Err(error) = read {
        return Err(match error.kind() {
            ErrorKind::InvalidData => holds_none(path),
            kind => cannot_read(path, kind.into()),
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

/// Replaces the content of the file by `secrets`, or removes the file, at once and durably.
pub(super) fn put(db: &Path, path: &Path, secrets: Option<&SharedSecrets>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    // The name is fixed, so that a file left by a command that was killed is found.
    let name = format!("{}{NEW}", file_name(path));
    match std::fs::remove_file(folder.join(&name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let Some(secrets) = secrets else {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => return File::open(folder)?.sync_all(),
        }
    };
    let mut building = tempfile::Builder::new()
        .prefix(&name)
        .rand_bytes(0)
        .tempfile_in(folder)
        .map_err(without_path)?;
    files::set_mode(building.as_file(), 0o600)?;
    sidecar::give_to_owner(db, building.as_file())?;
    // NamedTempFile's own write would put the temporary name into an error.
    building
        .as_file_mut()
        .write_all(encoded(Some(secrets)).as_bytes())?;
    building.as_file().sync_all()?;
    building.persist(path)?;
    File::open(folder)?.sync_all()
}

/// The ending of the name of a file that is not in its place yet.
const NEW: &str = ".new";

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn holds_none(path: &Path) -> Error {
    let fact = format!("{} holds no shared secret", path.display());
    Error::new(Kind::DatabaseDamaged, fact)
        .hint("move it away, then make one with `apikey shared-secret create`")
}

fn cannot_read(path: &Path, error: io::Error) -> Error {
    let fact = format!("{} can't be read: {error}", path.display());
    let cannot = match error.kind() {
        ErrorKind::PermissionDenied => {
            denied::reading(path).map_or_else(|| not_permitted(fact), Error::from)
        }
        _ => Error::new(Kind::Io, fact),
    };
    cannot.caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_two_lines_at_most() {
        let (first, other) = ("a".repeat(43), "b".repeat(43));
        let until = "2027-01-31T00:00:00Z";
        assert!(parse(&format!("{first}\n")).is_some());
        let both = parse(&format!("{first}\n{other} {until}\n")).unwrap();
        let at = |instant: &str| instant.parse::<Timestamp>().unwrap();
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
