//! Who may read and write the files of a database, and who should.
//!
//! keys.db is its owner's alone, or read by a group, whose members verify; then the
//! usage file is theirs to write, too. The folder is written by the owner alone:
//! whoever can make a file there can plant a journal, which SQLite plays back.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::process::{Uid, geteuid};

use crate::accounts::user_name;
use crate::error::{Error, Kind, Result};
use crate::store::complaint::{Complaint, Found};
use crate::store::errors::quoted;
use crate::store::sqlite::{directory, sharing, sidecar};

/// Looks at the files of the database at `path`.
///
/// # Errors
/// When it can't be told what they are.
pub(in crate::store) fn look_at(path: &Path) -> Result<Found> {
    let db = metadata(path)?.ok_or_else(|| unknown(path, ErrorKind::NotFound))?;
    let folder_path = path.parent().unwrap_or(Path::new("/"));
    let folder = metadata(folder_path)?.ok_or_else(|| unknown(path, ErrorKind::NotFound))?;
    let usage_path = sidecar::usage_path(path);
    // What is none is the usage's own check's.
    let usage = metadata(&usage_path)?.filter(Metadata::is_file);
    let is_shared = is_shared(&db, usage.as_ref(), &folder);
    let (for_db, for_usage) = if is_shared {
        (sharing::DATABASE_MODE, sharing::USAGE_MODE)
    } else {
        (0o600, 0o600)
    };

    let mut wrong: Vec<Complaint> = replaceable(folder_path, db.uid());
    wrong.extend(folder_complaint(folder_path, &folder, &db, is_shared));
    wrong.extend(complaint(path, &db, &db, for_db));
    if db.nlink() > 1 {
        let (told, shown) = (path.display(), quoted(&path.display().to_string()));
        wrong.push(Complaint {
            fact: format!("{told} has another name, by which a change of it can't be undone"),
            fix: format!(
                "find \"$(stat -c %m {shown})\" -xdev -samefile {shown} ! -path {} -ok rm {{}} ';'",
                quoted(&as_pattern(&told.to_string()))
            ),
        });
    }
    if let Some(usage) = &usage {
        wrong.extend(complaint(&usage_path, usage, &db, for_usage));
    }
    for (suffix, mode) in [("-journal", for_db), (".shared-secret", 0o600)] {
        let path = sidecar::path(path, suffix);
        if let Some(found) = metadata(&path)? {
            wrong.extend(complaint(&path, &found, &db, mode));
        }
    }
    for suffix in ["-wal", "-shm"] {
        let path = sidecar::path(path, suffix);
        if metadata(&path)?.is_some() {
            let (told, shown) = (path.display(), quoted(&path.display().to_string()));
            wrong.push(Complaint {
                fact: format!("{told} is another program's"),
                fix: format!("mv --backup=numbered {shown} {shown}.aside"),
            });
        }
    }
    if wrong.is_empty() {
        return Ok(Ok(if is_shared {
            format!("{}: its owner writes, its group verifies", path.display())
        } else {
            format!("{}: its owner's alone", path.display())
        }));
    }
    let (facts, mends): (Vec<_>, Vec<_>) = wrong.into_iter().map(|one| (one.fact, one.fix)).unzip();
    Ok(Err(Complaint {
        fact: facts.join("; "),
        fix: mends.join(" && "),
    }))
}

/// The owner of the database at `path`, where root looks at somebody else's.
pub(in crate::store) fn owner_to_become(path: &Path) -> Option<String> {
    let owner = Uid::from_raw(path.metadata().ok()?.uid());
    let is_other = geteuid().is_root() && !owner.is_root();
    is_other.then(|| user_name(owner))
}

/// The command that makes the usage file of the database at `db` anew, empty.
pub(in crate::store) fn make_usage_anew(db: &Path) -> Result<String> {
    let found = metadata(db)?.ok_or_else(|| unknown(db, ErrorKind::NotFound))?;
    let path = sidecar::usage_path(db);
    let shown = quoted(&path.display().to_string());
    let mode = if sharing::is_shared(&found) { 660 } else { 600 };
    let (uid, gid) = (found.uid(), found.gid());
    let make = format!("install -m {mode} -o {uid} -g {gid} /dev/null {shown}");
    Ok(match metadata(&path)? {
        Some(_) => format!("mv --backup=numbered {shown} {shown}.aside && {make}"),
        None => make,
    })
}

/// Whether a group is meant to verify: it may read keys.db, and either write the usage
/// file or enter the folder. Where everybody may read keys.db only the first says so.
fn is_shared(db: &Metadata, usage: Option<&Metadata>, folder: &Metadata) -> bool {
    let writes = usage.is_some_and(|usage| usage.mode() & 0o020 != 0);
    let enters = folder.gid() == db.gid() && folder.mode() & 0o010 != 0;
    db.mode() & 0o040 != 0 && (writes || enters && db.mode() & 0o004 == 0)
}

/// The directories above the database's through which others could replace that one. Its
/// own was checked when the database was opened.
fn replaceable(folder: &Path, owner: u32) -> Vec<Complaint> {
    let exposed = directory::above(folder, owner).into_iter();
    exposed
        .map(|exposure| Complaint {
            fact: exposure.fact(),
            fix: exposure.fix().unwrap_or_else(|| {
                let folder = quoted(&folder.display().to_string());
                format!("mv --no-clobber {folder} DIRECTORY")
            }),
        })
        .collect()
}

/// That the directory of a shared database doesn't hand its group on.
fn folder_complaint(
    folder: &Path,
    found: &Metadata,
    db: &Metadata,
    is_shared: bool,
) -> Option<Complaint> {
    let hands_on = found.gid() == db.gid() && found.mode() & 0o2000 != 0;
    if !is_shared || hands_on {
        return None;
    }
    let (told, shown) = (folder.display(), quoted(&folder.display().to_string()));
    Some(Complaint {
        fact: format!(
            "{told} doesn't hand the database's group on: a journal would be open to another"
        ),
        fix: format!("chgrp {} {shown} && chmod g+s {shown}", db.gid()),
    })
}

/// `path` as a pattern that matches nothing else.
fn as_pattern(path: &str) -> String {
    let mut pattern = String::new();
    for c in path.chars() {
        if r"\*?[".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// What is wrong with the file at `path`, which may have no more than `mode`.
fn complaint(path: &Path, found: &Metadata, db: &Metadata, mode: u32) -> Option<Complaint> {
    let shown = quoted(&path.display().to_string());
    let told = path.display();
    let has = found.permissions().mode() & 0o7777;
    let (fact, mend) = if !found.is_file() {
        (
            format!("{told} is no file"),
            format!("mv --backup=numbered {shown} {shown}.aside"),
        )
    } else if found.uid() != db.uid() {
        (
            format!("{told} belongs to another user than the database"),
            format!("chown {}:{} {shown}", db.uid(), db.gid()),
        )
    } else if has & !mode != 0 {
        (
            match has & !mode & 0o077 {
                0 => format!("{told} has the mode {has:04o} instead of {mode:04o}"),
                _ => format!("{told} is open to others ({has:04o})"),
            },
            format!("chmod {mode:o} {shown}"),
        )
    } else if mode == sharing::USAGE_MODE && (has & 0o060 != 0o060 || found.gid() != db.gid()) {
        (
            format!("whoever may verify can't record it in {told} ({has:04o})"),
            format!("chgrp {} {shown} && chmod 660 {shown}", db.gid()),
        )
    } else {
        return None;
    };
    Some(Complaint { fact, fix: mend })
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
