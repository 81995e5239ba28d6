//! When keys were last used and last refused: `keys.db.usage` beside the
//! database, a plain file of 16-byte records.
//!
//! A record is two little-endian i64, Unix seconds, 0 for never, at 16 × the
//! secret's slot: last used, last refused. Slots begin at 1: the first number of record 0 says
//! since when the file has been kept, its second is 0. A file where the first is 0 counts as
//! begun when the next command writes it. Verifiers write it who may not write
//! keys.db, so nobody trusts it: a missing, short or absurd record is "never",
//! and no verdict depends on it. Opened without following links and without
//! waiting, a regular file of one name or nothing; pread and pwrite, no mmap, and no lock on
//! any record. What is written is 8 aligned bytes, so two writers at once leave one's or the
//! other's.

mod window;

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, fchown};
use tempfile::NamedTempFile;

use super::draft::temporary;
use crate::files;
use crate::model::{Span, Timestamp};
use crate::store::sqlite::{sharing, sidecar};

pub(in crate::store) use window::Window;

/// Bytes of a record.
const RECORD_LEN: u64 = 16;

/// Slots from here on have no record: the file would pass 16 GiB.
const MAX_SLOT: i64 = 1 << 30;

/// A use within this time of the one on record is not written again.
const AT_MOST_EVERY: i64 = 60;

/// The two dates of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// Accepted by `verify`.
    Accepted,
    /// Refused by `verify` although the secret was right.
    Refused,
}

/// One use of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    /// The key's place in the file.
    pub(crate) slot: i64,
    pub(crate) kind: Use,
    pub(crate) at: Timestamp,
    /// Whether it may begin an empty record, as [`Store::may_begin_uses`] decides.
    ///
    /// [`Store::may_begin_uses`]: crate::store::Store::may_begin_uses
    pub(crate) may_begin: bool,
}

/// The usage file, open.
#[derive(Debug)]
pub(in crate::store) struct UsageFile(File);

impl UsageFile {
    /// Opens the file to read dates.
    pub(in crate::store) fn open_reading(db: &Path) -> io::Result<Self> {
        Self::open(db, OFlags::RDONLY)
    }

    /// Opens the file to write dates.
    pub(in crate::store) fn open_writing(db: &Path) -> io::Result<Self> {
        Self::open(db, OFlags::RDWR)
    }

    /// The file itself, for locks on what is no record.
    pub(in crate::store) fn into_file(self) -> File {
        self.0
    }

    /// Makes an empty file where there is none, for whoever may read the database.
    pub(in crate::store) fn ensure(db: &Path) -> io::Result<()> {
        let path = sidecar::usage_path(db);
        if path.symlink_metadata().is_ok() {
            return Ok(());
        }
        match Self::building(db)?.persist_noclobber(path) {
            // Another command was faster.
            Err(fault) if fault.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            done => Ok(done.map(drop)?),
        }
    }

    /// An empty file, not in its place yet, that is whose the database at `db` is; and
    /// its group's, too, where that verifies.
    pub(in crate::store) fn building(db: &Path) -> io::Result<NamedTempFile> {
        let found = db.metadata()?;
        let file = temporary(db.parent().unwrap_or(Path::new("/")))?;
        sidecar::give_to_owner(db, file.as_file())?;
        if sharing::is_shared(&found) {
            // The group first: until then it is another's that could write.
            fchown(file.as_file(), None, Some(Gid::from_raw(found.gid())))?;
            files::set_mode(file.as_file(), sharing::USAGE_MODE)?;
        }
        Ok(file)
    }

    /// Reads into `bytes` what is at `offset`, up to the end of the file. What can't be
    /// read is not there.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> usize {
        let mut len = 0;
        while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + len as u64) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        len
    }

    fn open(db: &Path, access: OFlags) -> io::Result<Self> {
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = sidecar::usage_path(db);
        // Before it is opened, too: to close keys.db by another name would let go of
        // every lock on it (fcntl(2)).
        let found = path.symlink_metadata()?;
        if found.is_file() {
            check(&found)?;
        }
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        check(&file.metadata()?)?;
        Ok(Self(file))
    }

    /// Returns since when uses have been recorded, as far as that can be believed at `now`.
    pub(in crate::store) fn known_since(&self, now: Timestamp) -> Option<Timestamp> {
        believed(self.beginning()?, now)
    }

    /// Returns whether what says since when uses have been recorded can't be a date at `now`.
    pub(in crate::store) fn has_absurd_beginning(&self, now: Timestamp) -> bool {
        self.beginning().is_some_and(|bytes| bytes != [0; 8]) && self.known_since(now).is_none()
    }

    /// The first number of record 0; none where the file is empty or can't be read.
    fn beginning(&self) -> Option<[u8; 8]> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, 0).ok()?;
        Some(bytes)
    }

    /// Writes that uses have been recorded since `now`.
    pub(in crate::store) fn begin(&self, now: Timestamp) -> io::Result<()> {
        Self::write_beginning(&self.0, now)
    }

    /// Writes to `file` that uses have been recorded in it since `at`.
    pub(in crate::store) fn write_beginning(file: &File, at: Timestamp) -> io::Result<()> {
        file.write_all_at(&at.unix().to_le_bytes(), 0)
    }

    /// Writes that uses have been recorded since `now`, where nothing says since when. A
    /// date that can't be believed stays: it may be the clock that is wrong.
    pub(in crate::store) fn begin_if_empty(&self, now: Timestamp) -> io::Result<()> {
        if self.is_empty() {
            self.begin(now)?;
        }
        Ok(())
    }

    /// Returns whether nothing says since when uses have been recorded.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.beginning().is_none_or(|bytes| bytes == [0; 8])
    }

    /// The date of the last such use of the key at `slot`, as far as it can be
    /// believed at `now`.
    pub(in crate::store) fn last(&self, slot: i64, kind: Use, now: Timestamp) -> Option<Timestamp> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, offset(slot, kind)?).ok()?;
        believed(bytes, now)
    }

    /// Whether the record of the key at `slot` holds a date that can't be one at `now`.
    pub(in crate::store) fn is_absurd(&self, slot: i64, kind: Use, now: Timestamp) -> bool {
        let Some(offset) = offset(slot, kind) else {
            return false;
        };
        let mut bytes = [0; 8];
        let is_there = self.0.read_exact_at(&mut bytes, offset).is_ok();
        is_there && bytes != [0; 8] && self.last(slot, kind, now).is_none()
    }

    /// Writes into `to` the dates of the key at `slot` that can be believed at `now`.
    pub(in crate::store) fn carry(&self, slot: i64, to: &File, now: Timestamp) -> io::Result<()> {
        for kind in [Use::Accepted, Use::Refused] {
            if let (Some(at), Some(offset)) = (self.last(slot, kind, now), offset(slot, kind)) {
                to.write_all_at(&at.unix().to_le_bytes(), offset)?;
            }
        }
        Ok(())
    }

    /// Bytes of the file.
    pub(in crate::store) fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// Bytes of a file with records for all slots up to `last`; none where a later one
    /// would have no record.
    pub(in crate::store) fn len_for(last: i64) -> Option<u64> {
        let last = u64::try_from(last).ok().filter(|_| last < MAX_SLOT - 1)?;
        Some((last + 1) * RECORD_LEN)
    }

    /// Writes that the key at `slot` was used so at `now`, unless the record
    /// says nearly the same.
    pub(in crate::store) fn record(&self, slot: i64, kind: Use, now: Timestamp) -> io::Result<()> {
        let no_record = || io::Error::other("the key has no place in the file");
        let offset = offset(slot, kind).ok_or_else(no_record)?;
        let recent = |last: Timestamp| now.since(last) < AT_MOST_EVERY;
        if self.last(slot, kind, now).is_some_and(recent) {
            return Ok(());
        }
        self.0.write_all_at(&now.unix().to_le_bytes(), offset)
    }

    /// Forgets both dates of the key at `slot`.
    pub(in crate::store) fn forget(&self, slot: i64) -> io::Result<()> {
        let Some(offset) = offset(slot, Use::Accepted) else {
            return Ok(());
        };
        if self.0.metadata()?.len() <= offset {
            return Ok(());
        }
        self.0.write_all_at(&[0; 16], offset)
    }
}

/// The date that `bytes` are, as far as it can be believed at `now`.
fn believed(bytes: [u8; 8], now: Timestamp) -> Option<Timestamp> {
    let date = i64::from_le_bytes(bytes);
    let believable = 1..=now.plus(Span::CLOCK_TOLERANCE).unix();
    believable
        .contains(&date)
        .then(|| Timestamp::from_unix(date))
}

/// Refuses what is no usage file.
fn check(found: &Metadata) -> io::Result<()> {
    let refused = if !found.is_file() {
        "not a regular file"
    } else if found.nlink() > 1 {
        // A hard link may have been put here to have another file written over, keys.db
        // itself for one.
        "the file has another name"
    } else {
        return Ok(());
    };
    Err(io::Error::new(ErrorKind::InvalidInput, refused))
}

fn offset(slot: i64, kind: Use) -> Option<u64> {
    let slot = u64::try_from(slot)
        .ok()
        .filter(|_| (1..MAX_SLOT).contains(&slot))?;
    Some(slot * RECORD_LEN + if kind == Use::Accepted { 0 } else { 8 })
}

#[cfg(test)]
mod tests;
