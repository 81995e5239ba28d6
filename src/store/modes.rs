//! Who may read and write the files of a database, and who should.
//!
//! keys.db is its owner's alone, or read by a group, whose members verify; then the
//! usage file is theirs to write, too. The folder is written by the owner alone:
//! whoever can make a file there can plant a journal, which SQLite plays back.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use nix::unistd::{Uid, geteuid};

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
    let folder_path = path.parent().unwrap_or(Path::new("/"));
    let folder = metadata(folder_path)?.ok_or_else(|| unknown(path, ErrorKind::NotFound))?;
    let usage_path = UsageFile::path_for(path);
    // What is none is the usage's own check's.
    let usage = metadata(&usage_path)?.filter(Metadata::is_file);
    let is_shared = is_shared(&db, usage.as_ref(), &folder);
    let (for_db, for_usage) = match is_shared {
        true => (sharing::DATABASE_MODE, sharing::USAGE_MODE),
        false => (0o600, 0o600),
    };

    // Where the files are not to be there, or not to be whose they are, what is to be said
    // of each depends on where they will be, and whose.
    if let Some(complaint) = misplaced(path, folder_path, &folder, &db)? {
        return Ok(Err(complaint));
    }
    let mut wrong: Vec<Complaint> = way_in(folder_path)?;
    wrong.extend(folder_complaint(folder_path, &folder, &db, is_shared));
    wrong.extend(complaint(path, &db, &db, for_db));
    if db.nlink() > 1 {
        let (told, shown) = (path.display(), quoted(&path.display().to_string()));
        wrong.push(Complaint {
            fact: format!("{told} has another name, by which a change of it can't be undone"),
            mend: format!(
                "find \"$(stat -c %m {shown})\" -xdev -samefile {shown} ! -path {} -ok rm {{}} ';'",
                quoted(&as_pattern(&told.to_string()))
            ),
        });
    }
    if let Some(usage) = &usage {
        wrong.extend(complaint(&usage_path, usage, &db, for_usage));
    }
    for (suffix, mode) in [("-journal", for_db), (".shared-secret", 0o600)] {
        let path = beside::path(path, suffix);
        if let Some(found) = metadata(&path)? {
            wrong.extend(complaint(&path, &found, &db, mode));
        }
    }
    for suffix in ["-wal", "-shm"] {
        let path = beside::path(path, suffix);
        if metadata(&path)?.is_some() {
            let (told, shown) = (path.display(), quoted(&path.display().to_string()));
            wrong.push(Complaint {
                fact: format!("{told} is another program's"),
                mend: format!("mv --backup=numbered {shown} {shown}.aside"),
            });
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

/// The owner of the database at `path`, where root looks at somebody else's.
pub(super) fn owner_to_become(path: &Path) -> Option<String> {
    let owner = Uid::from_raw(path.metadata().ok()?.uid());
    let is_other = geteuid().is_root() && !owner.is_root();
    is_other.then(|| sharing::user_name(owner))
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

/// The folders above the database's that others could replace it by.
fn way_in(folder: &Path) -> Result<Vec<Complaint>> {
    let mut open = Vec::new();
    for above in folder.ancestors().skip(1) {
        let found = metadata(above)?.ok_or_else(|| unknown(above, ErrorKind::NotFound))?;
        // With the sticky bit, as in /tmp, everybody moves only what is theirs.
        if found.mode() & 0o1002 == 0o002 {
            let (told, shown) = (above.display(), quoted(&above.display().to_string()));
            open.push(Complaint {
                fact: format!("whoever may write in {told} could replace the database's folder"),
                mend: format!("chmod o-w {shown}"),
            });
        }
    }
    Ok(open)
}

/// That the database is in everybody's folder, or belongs to another user than its own.
fn misplaced(
    db_path: &Path,
    folder: &Path,
    found: &Metadata,
    db: &Metadata,
) -> Result<Option<Complaint>> {
    let shown = quoted(&folder.display().to_string());
    let (told, mode) = (folder.display(), found.mode() & 0o7777);
    let files = files_of(db_path)?;
    let (fact, mend) = if mode & 0o022 != 0 && mode & 0o1000 != 0 {
        // Such a folder is everybody's: the database is to leave, not they. mkdir fails
        // where somebody was faster.
        let own = format!("{shown}/apikey");
        let (uid, gid) = (db.uid(), db.gid());
        (
            format!("others may write in {told} ({mode:04o}), and plant a journal"),
            format!(
                "mkdir -m 700 {own} && chown {uid}:{gid} {own} && mv --backup=numbered {files} {own}"
            ),
        )
    } else if found.uid() != db.uid() && found.uid() != 0 {
        // Who made the folder is who was meant to own what is in it.
        (
            format!("{told} belongs to another user than the database"),
            format!("chown {} {files}", found.uid()),
        )
    } else {
        return Ok(None);
    };
    Ok(Some(Complaint { fact, mend }))
}

fn folder_complaint(
    folder: &Path,
    found: &Metadata,
    db: &Metadata,
    is_shared: bool,
) -> Option<Complaint> {
    let shown = quoted(&folder.display().to_string());
    let (told, mode) = (folder.display(), found.mode() & 0o7777);
    let (fact, mend) = if mode & 0o022 != 0 {
        (
            format!("others may write in {told} ({mode:04o}), and plant a journal"),
            format!("chmod go-w {shown}"),
        )
    } else if is_shared && (found.gid() != db.gid() || mode & 0o2000 == 0) {
        (
            format!(
                "{told} doesn't hand the database's group on: a journal would be open to another"
            ),
            format!("chgrp {} {shown} && chmod g+s {shown}", db.gid()),
        )
    } else {
        return None;
    };
    Some(Complaint { fact, mend })
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

/// The files of the database at `path`, as a shell reads them.
fn files_of(path: &Path) -> Result<String> {
    let mut files = quoted(&path.display().to_string());
    for suffix in [".usage", ".shared-secret"] {
        let beside = beside::path(path, suffix);
        if metadata(&beside)?.is_some() {
            files.push(' ');
            files.push_str(&quoted(&beside.display().to_string()));
        }
    }
    Ok(files)
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
            format!("{told} is open to others ({has:04o})"),
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
