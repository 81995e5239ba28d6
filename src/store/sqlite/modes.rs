//! `doctor`'s check of file permissions.
//!
//! keys.db belongs to its owner alone, or is readable by a group whose members verify and may also
//! write the usage file. Only the owner may create files in the directory: another user who could
//! do so could plant a journal, which SQLite plays back.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{Uid, geteuid};

use super::directory::cannot_inspect;
use crate::accounts::user_name;
use crate::error::Result;
use crate::store::complaint::{Complaint, Found};
use crate::store::errors::quoted;
use crate::store::sqlite::{directory, sharing, sidecar};

/// Checks the files of the database at `path`.
///
/// # Errors
/// When they can't be inspected.
pub(in crate::store) fn check(path: &Path) -> Result<Found> {
    let db = existing(path)?;
    let directory_path = path.parent().unwrap_or(Path::new("/"));
    let directory = existing(directory_path)?;
    let usage_path = sidecar::usage_path(path);
    // The check `usage` reports a usage file that is not a regular file.
    let usage = metadata(&usage_path)?.filter(Metadata::is_file);
    let is_shared = is_shared(&db, usage.as_ref(), &directory);
    let (db_mode, usage_mode) = if is_shared {
        (sharing::DATABASE_MODE, sharing::USAGE_MODE)
    } else {
        (0o600, 0o600)
    };

    let mut complaints = replaceable(directory_path, db.uid());
    complaints.extend(inherited_group(directory_path, &directory, &db, is_shared));
    complaints.extend(permissions(path, &db, &db, db_mode));
    if db.nlink() > 1 {
        let (name, path) = (path.display(), shown(path));
        complaints.push(Complaint {
            fact: format!(
                "{name} has another hard link, under which no interrupted change is undone"
            ),
            fix: format!(
                "find \"$(stat -c %m {path})\" -xdev -samefile {path} ! -path {} -ok rm {{}} ';'",
                quoted(&as_pattern(&name.to_string()))
            ),
        });
    }
    if let Some(usage) = &usage {
        complaints.extend(permissions(&usage_path, usage, &db, usage_mode));
    }
    for (suffix, mode) in [("-journal", db_mode), (".shared-secret", 0o600)] {
        let path = sidecar::path(path, suffix);
        if let Some(found) = metadata(&path)? {
            complaints.extend(permissions(&path, &found, &db, mode));
        }
    }
    for suffix in ["-wal", "-shm"] {
        let path = sidecar::path(path, suffix);
        if metadata(&path)?.is_some() {
            complaints.push(Complaint {
                fact: format!("{} was created by another program", path.display()),
                fix: move_aside(&path),
            });
        }
    }
    if complaints.is_empty() {
        let access = if is_shared {
            "only its owner writes it, and its group verifies"
        } else {
            "only its owner has access"
        };
        return Ok(Ok(format!("{}: {access}", path.display())));
    }
    let (facts, commands): (Vec<_>, Vec<_>) = complaints
        .into_iter()
        .map(|complaint| (complaint.fact, complaint.fix))
        .unzip();
    Ok(Err(Complaint {
        fact: facts.join("; "),
        fix: commands.join(" && "),
    }))
}

/// Returns the owner of the database at `path`, if root runs this and the owner is another
/// user.
pub(in crate::store) fn other_owner(path: &Path) -> Option<String> {
    let owner = Uid::from_raw(path.metadata().ok()?.uid());
    let is_other = geteuid().is_root() && !owner.is_root();
    is_other.then(|| user_name(owner))
}

/// Returns the command that replaces the usage file of the database at `db` by an empty file.
pub(in crate::store) fn replace_usage_command(db: &Path) -> Result<String> {
    let found = existing(db)?;
    let path = sidecar::usage_path(db);
    let mode = if sharing::is_shared(&found) { 660 } else { 600 };
    let create = format!(
        "install -m {mode} -o {} -g {} /dev/null {}",
        found.uid(),
        found.gid(),
        shown(&path)
    );
    Ok(match metadata(&path)? {
        Some(_) => format!("{} && {create}", move_aside(&path)),
        None => create,
    })
}

/// Returns whether a group is meant to verify: it may read keys.db, and either write the usage
/// file or enter the directory. If all users may read keys.db, the group must be able to write the
/// usage file.
fn is_shared(db: &Metadata, usage: Option<&Metadata>, directory: &Metadata) -> bool {
    let writes = usage.is_some_and(|usage| usage.mode() & 0o020 != 0);
    let enters = directory.gid() == db.gid() && directory.mode() & 0o010 != 0;
    db.mode() & 0o040 != 0 && (writes || enters && db.mode() & 0o004 == 0)
}

/// Returns complaints about the directories above `directory`, the directory of the database,
/// through which others could replace it. `directory` itself was checked when the database was
/// opened.
fn replaceable(directory: &Path, owner: u32) -> Vec<Complaint> {
    let exposed = directory::above(directory, owner).into_iter();
    exposed
        .map(|exposure| Complaint {
            fact: exposure.fact(),
            fix: exposure
                .fix()
                .unwrap_or_else(|| format!("mv --no-clobber {} DIRECTORY", shown(directory))),
        })
        .collect()
}

/// Returns a complaint if new files in `path`, the directory of a shared database, don't get the
/// group of the database.
fn inherited_group(
    path: &Path,
    directory: &Metadata,
    db: &Metadata,
    is_shared: bool,
) -> Option<Complaint> {
    let is_inherited = directory.gid() == db.gid() && directory.mode() & 0o2000 != 0;
    (is_shared && !is_inherited).then(|| Complaint {
        fact: format!(
            "files created in {} don't get the database's group: another group could read a \
             journal",
            path.display()
        ),
        fix: format!("chgrp {} {1} && chmod g+s {1}", db.gid(), shown(path)),
    })
}

/// Returns `path` as a pattern of find(1) that matches nothing else.
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

/// Returns a complaint if the type, owner or mode of the file at `path` is wrong. The file may have
/// no more permissions than `mode`; the group that verifies must be able to write the usage file.
fn permissions(path: &Path, found: &Metadata, db: &Metadata, mode: u32) -> Option<Complaint> {
    let name = path.display();
    let has = found.mode() & 0o7777;
    let (fact, fix) = if !found.is_file() {
        (format!("{name} is not a regular file"), move_aside(path))
    } else if found.uid() != db.uid() {
        (
            format!("{name} doesn't belong to the owner of the database"),
            format!("chown {}:{} {}", db.uid(), db.gid(), shown(path)),
        )
    } else if has & !mode != 0 {
        (
            match has & !mode & 0o077 {
                0 => format!("{name} has the mode {has:04o} instead of {mode:04o}"),
                _ => format!("{name} is accessible to other users ({has:04o})"),
            },
            format!("chmod {mode:o} {}", shown(path)),
        )
    } else if mode == sharing::USAGE_MODE && (has & 0o060 != 0o060 || found.gid() != db.gid()) {
        (
            format!("the group that verifies can't record uses in {name} ({has:04o})"),
            format!("chgrp {} {1} && chmod 660 {1}", db.gid(), shown(path)),
        )
    } else {
        return None;
    };
    Some(Complaint { fact, fix })
}

/// Returns the metadata of `path`, without following a link; none if there is no such file.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot_inspect(path, error)),
    }
}

fn existing(path: &Path) -> Result<Metadata> {
    let missing = || cannot_inspect(path, io::Error::from(ErrorKind::NotFound));
    metadata(path)?.ok_or_else(missing)
}

/// Returns `path` quoted for a shell.
fn shown(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn move_aside(path: &Path) -> String {
    format!("mv --backup=numbered {0} {0}.aside", shown(path))
}
