//! Who may read and write the files of a database, and who should.
//!
//! keys.db is its owner's alone, or read by a group, whose members verify; then the
//! usage file is theirs to write, too. The folder is written by the owner alone:
//! whoever can make a file there can plant a journal, which SQLite plays back.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::examine::{Complaint, Found};
use super::fault::quoted;
use super::usage::UsageFile;
use super::{beside, sharing};
use crate::error::{Error, Kind, Result};

/// Looks at the files of the database at `path`.
///
/// # Errors
/// When it can't be told what they are.
pub(super) fn look_at(path: &Path) -> Result<Found> {
    let db = metadata(path)?.ok_or_else(|| unknown(path, ErrorKind::NotFound))?;
    let usage_path = UsageFile::path_for(path);
    let usage = metadata(&usage_path)?;
    let is_shared = is_shared(&db, usage.as_ref());
    let (for_db, for_usage) = match is_shared {
        true => (0o640, 0o660),
        false => (0o600, 0o600),
    };

    let mut wrong = Vec::new();
    if let Some(folder) = path.parent() {
        wrong.extend(folder_complaint(folder, &db, is_shared)?);
    }
    wrong.extend(complaint(path, &db, &db, for_db));
    if let Some(usage) = &usage {
        wrong.extend(complaint(&usage_path, usage, &db, for_usage));
    }
    for (suffix, mode) in [("-journal", for_db), (".shared-secret", 0o600)] {
        let path = beside::path(path, suffix);
        if let Some(found) = metadata(&path)? {
            wrong.extend(complaint(&path, &found, &db, mode));
        }
    }
    if wrong.is_empty() {
        return Ok(Ok(match is_shared {
            true => format!("{}: its owner writes, its group verifies", path.display()),
            false => format!("{}: its owner's alone", path.display()),
        }));
    }
    let (facts, mends): (Vec<_>, Vec<_>) =
        wrong.into_iter().map(|one| (one.fact, one.mend)).unzip();
    Ok(Err(Complaint {
        fact: facts.join("; "),
        mend: mends.join(" && "),
    }))
}

/// The command that makes the usage file of the database at `db` anew, empty.
pub(super) fn make_usage_anew(db: &Path) -> Result<String> {
    let found = metadata(db)?.ok_or_else(|| unknown(db, ErrorKind::NotFound))?;
    let path = UsageFile::path_for(db);
    let shown = quoted(&path.display().to_string());
    let mode = if sharing::is_shared(&found) { 660 } else { 600 };
    let (uid, gid) = (found.uid(), found.gid());
    let make = format!("install -m {mode} -o {uid} -g {gid} /dev/null {shown}");
    Ok(match metadata(&path)? {
        Some(_) => format!("mv {shown} {shown}.aside && {make}"),
        None => make,
    })
}

/// Whether a group is meant to verify. Where others may read keys.db, that it is open
/// to a group, too, says nothing.
fn is_shared(db: &Metadata, usage: Option<&Metadata>) -> bool {
    let group_writes = usage.is_some_and(|usage| usage.mode() & 0o020 != 0);
    db.mode() & 0o040 != 0 && (db.mode() & 0o004 == 0 || group_writes)
}

fn folder_complaint(folder: &Path, db: &Metadata, is_shared: bool) -> Result<Option<Complaint>> {
    let found = metadata(folder)?.ok_or_else(|| unknown(folder, ErrorKind::NotFound))?;
    let shown = quoted(&folder.display().to_string());
    let complaint = if found.mode() & 0o022 != 0 {
        Some((
            format!(
                "others may write in {} ({:04o}), and plant a journal",
                folder.display(),
                found.mode() & 0o7777
            ),
            format!("chmod go-w {shown}"),
        ))
    } else if found.uid() != db.uid() && found.uid() != 0 {
        Some((
            format!(
                "{} belongs to another user than the database",
                folder.display()
            ),
            format!("chown {} {shown}", db.uid()),
        ))
    } else if is_shared && (found.gid() != db.gid() || found.mode() & 0o2000 == 0) {
        Some((
            format!(
                "{} doesn't hand the database's group on: a journal would be open to another",
                folder.display()
            ),
            format!("chgrp {} {shown} && chmod g+s {shown}", db.gid()),
        ))
    } else {
        None
    };
    Ok(complaint.map(|(fact, mend)| Complaint { fact, mend }))
}

/// What is wrong with the file at `path`, which may have no more than `mode`.
fn complaint(path: &Path, found: &Metadata, db: &Metadata, mode: u32) -> Option<Complaint> {
    let shown = quoted(&path.display().to_string());
    let told = path.display();
    let has = found.permissions().mode() & 0o7777;
    let (fact, mend) = if !found.is_file() {
        (
            format!("{told} is no file"),
            format!("mv {shown} {shown}.aside"),
        )
    } else if found.uid() != db.uid() {
        (
            format!("{told} belongs to another user than the database"),
            format!("chown {}:{} {shown}", db.uid(), db.gid()),
        )
    } else if has & !mode != 0 {
        (
            format!("{told} is open to others ({has:04o})"),
            format!("chmod {mode:o} {shown}"),
        )
    } else if mode == 0o660 && (has & 0o060 != 0o060 || found.gid() != db.gid()) {
        (
            format!("whoever may verify can't record it in {told} ({has:04o})"),
            format!("chgrp {} {shown} && chmod 660 {shown}", db.gid()),
        )
    } else {
        return None;
    };
    Some(Complaint { fact, mend })
}

/// What is at `path`, a link not followed.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(unknown(path, fault.kind())),
    }
}

fn unknown(path: &Path, fault: ErrorKind) -> Error {
    Error::new(
        Kind::Io,
        format!("{} can't be looked at: {fault}", path.display()),
    )
}
