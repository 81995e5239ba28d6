//! The usage file, `keys.db.usage`: when secrets were last accepted and last refused.
//!
//! It consists of 16-byte entries: two little-endian i64, Unix seconds, 0 for never. The
//! entry of a secret is at 16 × its slot: last accepted, last refused. Slots begin at 1. The first
//! number of entry 0 is the start of the record: the time since when uses have been recorded. Its
//! second number is 0. If the start is 0, the next command that writes the file sets it.
//!
//! Verifiers write the file without being able to write keys.db, so its content is not trusted:
//! a missing, short or absurd entry means "never", and no verdict depends on it. The file is
//! opened without following links and without waiting, and must be a regular file with one
//! name. It is accessed by pread and pwrite: no mmap, and no locks on entries. A date is written as
//! 8 aligned bytes, so that of two concurrent writes one takes effect whole.

mod window;

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, fchown};
use tempfile::NamedTempFile;

use super::draft::temporary_file;
use crate::files;
use crate::model::{Span, Timestamp};
use crate::store::sqlite::{sharing, sidecar};

pub(in crate::store) use window::Window;

/// Bytes of an entry.
const ENTRY_LEN: u64 = 16;

/// Slots from here on have no entry: the file would exceed 16 GiB.
const MAX_SLOT: i64 = 1 << 30;

/// A use is not recorded if the recorded one is less than this many seconds old.
const MIN_INTERVAL: i64 = 60;

/// The kinds of uses, each with its date in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// Accepted by `verify`.
    Accepted,
    /// Refused by `verify`, although the secret was right.
    Refused,
}

/// A use of a secret, to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewUse {
    /// The secret's slot.
    pub(crate) slot: i64,
    pub(crate) kind: Use,
    pub(crate) at: Timestamp,
    /// The beginning of the reason for a refusal, such as a deactivation. A use before it doesn't
    /// keep this one from being recorded.
    pub(crate) since: Option<Timestamp>,
    /// Whether the use may set a missing start of the record; see [`Store::may_begin_uses`].
    ///
    /// [`Store::may_begin_uses`]: crate::store::Store::may_begin_uses
    pub(crate) may_begin: bool,
}

impl NewUse {
    /// Returns a use that is recorded only in a record that has begun.
    pub(crate) fn new(slot: i64, kind: Use, at: Timestamp) -> Self {
        Self {
            slot,
            kind,
            at,
            since: None,
            may_begin: false,
        }
    }
}

/// The open usage file.
#[derive(Debug)]
pub(in crate::store) struct UsageFile(File);

impl UsageFile {
    /// Opens the usage file of the database at `db` for reading.
    pub(in crate::store) fn open_reading(db: &Path) -> io::Result<Self> {
        Self::open(db, OFlags::RDONLY)
    }

    /// Opens the usage file of the database at `db` for reading and writing.
    pub(in crate::store) fn open_writing(db: &Path) -> io::Result<Self> {
        Self::open(db, OFlags::RDWR)
    }

    /// Returns the file itself, for locks on bytes past the entries.
    pub(in crate::store) fn into_file(self) -> File {
        self.0
    }

    /// Creates an empty file if there is none.
    pub(in crate::store) fn ensure(db: &Path) -> io::Result<()> {
        let path = sidecar::usage_path(db);
        if path.symlink_metadata().is_ok() {
            return Ok(());
        }
        match Self::create_temporary(db)?.persist_noclobber(path) {
            // Another command created it first.
            Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            created => Ok(created.map(drop)?),
        }
    }

    /// Creates an empty file under a temporary name, with the owner of the database at `db`
    /// and, if the database is shared, its group.
    pub(in crate::store) fn create_temporary(db: &Path) -> io::Result<NamedTempFile> {
        let found = db.metadata()?;
        let file = temporary_file(db.parent().unwrap_or(Path::new("/")))?;
        sidecar::give_to_owner(db, file.as_file())?;
        if sharing::is_shared(&found) {
            // The group is set before the mode: otherwise another group could write in between.
            fchown(file.as_file(), None, Some(Gid::from_raw(found.gid())))?;
            files::set_mode(file.as_file(), sharing::USAGE_MODE)?;
        }
        Ok(file)
    }

    /// Fills `bytes` from `offset` on, up to the end of the file or the first error. Returns
    /// the number of bytes read.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> usize {
        let mut len = 0;
        while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + len as u64) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        len
    }

    fn open(db: &Path, access: OFlags) -> io::Result<Self> {
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = sidecar::usage_path(db);
        // The file is checked before opening, too: opening and closing a hard link to keys.db would
        // release every lock on keys.db (fcntl(2)).
        let found = path.symlink_metadata()?;
        if found.is_file() {
            check(&found)?;
        }
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        check(&file.metadata()?)?;
        Ok(Self(file))
    }

    /// Returns the number at `offset`; none past the end of the file or if it can't be read.
    fn number_at(&self, offset: u64) -> Option<i64> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, offset).ok()?;
        Some(i64::from_le_bytes(bytes))
    }

    /// Returns the start of the record, if that date is credible at `now`.
    pub(in crate::store) fn known_since(&self, now: Timestamp) -> Option<Timestamp> {
        credible(self.number_at(0)?, now)
    }

    /// Returns whether the start of the record is a date that is impossible at `now`.
    pub(in crate::store) fn has_absurd_beginning(&self, now: Timestamp) -> bool {
        self.number_at(0).is_some_and(|date| is_absurd(date, now))
    }

    /// Starts the record at `now`.
    pub(in crate::store) fn begin(&self, now: Timestamp) -> io::Result<()> {
        Self::write_beginning(&self.0, now)
    }

    /// Writes to `file` that its record started at `at`.
    pub(in crate::store) fn write_beginning(file: &File, at: Timestamp) -> io::Result<()> {
        file.write_all_at(&at.unix().to_le_bytes(), 0)
    }

    /// Starts the record at `now` if it has no start. An absurd start stays: the clock may be
    /// wrong instead.
    pub(in crate::store) fn begin_if_empty(&self, now: Timestamp) -> io::Result<()> {
        if self.is_empty() {
            self.begin(now)?;
        }
        Ok(())
    }

    /// Returns whether the record has no start.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.number_at(0).is_none_or(|date| date == 0)
    }

    /// Returns the date of the last use of the given kind of the secret at `slot`, if it is
    /// credible at `now`.
    pub(in crate::store) fn last(&self, slot: i64, kind: Use, now: Timestamp) -> Option<Timestamp> {
        credible(self.number_at(offset(slot, kind)?)?, now)
    }

    /// Returns whether the date of the last use of the given kind of the secret at `slot` is
    /// impossible at `now`.
    pub(in crate::store) fn is_absurd(&self, slot: i64, kind: Use, now: Timestamp) -> bool {
        let date = offset(slot, kind).and_then(|offset| self.number_at(offset));
        date.is_some_and(|date| is_absurd(date, now))
    }

    /// Writes to `file` that the secret at `slot` was last used in this way at `at`.
    pub(in crate::store) fn write_date(
        file: &File,
        slot: i64,
        kind: Use,
        at: Timestamp,
    ) -> io::Result<()> {
        match offset(slot, kind) {
            Some(offset) => file.write_all_at(&at.unix().to_le_bytes(), offset),
            None => Ok(()),
        }
    }

    /// Returns the length of the file in bytes.
    pub(in crate::store) fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// Returns the length of a file with entries for all slots up to `last`; none if the next
    /// slot would have no entry.
    pub(in crate::store) fn len_for(last: i64) -> Option<u64> {
        let last = u64::try_from(last).ok().filter(|_| last < MAX_SLOT - 1)?;
        Some((last + 1) * ENTRY_LEN)
    }

    /// Records a use, unless a use of that kind is recorded that is less than a minute old and
    /// not before `used.since`.
    pub(in crate::store) fn record(&self, used: &NewUse) -> io::Result<()> {
        let NewUse {
            slot,
            kind,
            at,
            since,
            ..
        } = *used;
        let no_slot = || io::Error::other("the key has no slot in the file");
        let offset = offset(slot, kind).ok_or_else(no_slot)?;
        let is_recent = |last: Timestamp| {
            at.since(last) < MIN_INTERVAL && since.is_none_or(|since| last >= since)
        };
        if self.last(slot, kind, at).is_some_and(is_recent) {
            return Ok(());
        }
        self.0.write_all_at(&at.unix().to_le_bytes(), offset)
    }

    /// Clears both dates of the secret at `slot`.
    pub(in crate::store) fn clear(&self, slot: i64) -> io::Result<()> {
        match offset(slot, Use::Accepted) {
            Some(offset) if self.len()? > offset => self.0.write_all_at(&[0; 16], offset),
            _ => Ok(()),
        }
    }
}

/// Returns `date` as a time, unless it is 0 or impossible at `now`.
fn credible(date: i64, now: Timestamp) -> Option<Timestamp> {
    let possible = 1..=now.plus(Span::CLOCK_TOLERANCE).unix();
    possible.contains(&date).then(|| Timestamp::from_unix(date))
}

fn is_absurd(date: i64, now: Timestamp) -> bool {
    date != 0 && credible(date, now).is_none()
}

/// Refuses anything but a regular file with one name.
fn check(found: &Metadata) -> io::Result<()> {
    let refused = if !found.is_file() {
        "not a regular file"
    } else if found.nlink() > 1 {
        // An attacker may have created a hard link to have another file overwritten, such as
        // keys.db.
        "the file has another hard link"
    } else {
        return Ok(());
    };
    Err(io::Error::new(ErrorKind::InvalidInput, refused))
}

fn offset(slot: i64, kind: Use) -> Option<u64> {
    let slot = u64::try_from(slot)
        .ok()
        .filter(|_| (1..MAX_SLOT).contains(&slot))?;
    Some(slot * ENTRY_LEN + if kind == Use::Accepted { 0 } else { 8 })
}

#[cfg(test)]
mod tests;
