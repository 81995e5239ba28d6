//! Decides who could tamper with a database or a backup through the directories on its path. Every
//! command that opens or creates a database uses this, and so do `doctor`, `backup`, `restore`, and
//! `renew` for the file that it replaces.
//!
//! At every read, SQLite plays back a `-journal` and reads a `-wal` that it finds next to the
//! database. These files can be planted after any check, so a database is used only in a
//! directory where no user but its owner and root may create files.

mod rule;

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};

use crate::accounts::{group_name, is_private_group, user_name};
use crate::error::{Error, Kind, Result};
use crate::store::errors::{as_user, not_permitted, quoted};
use crate::store::sqlite::sidecar;
use rule::{Facts, Intruder, Threat, group_writes, intruder};

/// A file that is about to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Target {
    Database,
    /// Others may create files next to a backup: `restore` copies it through one descriptor, and
    /// plays back no journal.
    Backup,
}

/// A directory whose content another user could tamper with.
#[derive(Debug)]
pub(in crate::store) struct Exposure {
    directory: PathBuf,
    facts: Facts,
    group: u32,
    threat: Threat,
    intruder: Intruder,
}

impl Exposure {
    /// Returns who could carry out `threat` against the files of `user` in `directory`, if another
    /// user could. `found` is the metadata of the directory.
    fn find(directory: &Path, found: &Metadata, user: u32, threat: Threat) -> Option<Self> {
        let facts = facts(directory, found);
        Some(Self {
            intruder: intruder(facts, user, threat)?,
            directory: directory.to_owned(),
            group: found.gid(),
            facts,
            threat,
        })
    }

    /// Returns who could do what, as a message.
    pub(in crate::store) fn fact(&self) -> String {
        let directory = self.directory.display();
        let mode = self.facts.mode & 0o7777;
        let who = match self.intruder {
            Intruder::Owner => {
                let owner = user_name(self.owner());
                return match self.threat {
                    Threat::Plant => format!("the directory {directory} belongs to {owner}"),
                    Threat::Replace => {
                        format!("{directory} belongs to {owner}, who could replace files in it")
                    }
                };
            }
            Intruder::Group => {
                let group = group_name(Gid::from_raw(self.group));
                format!("members of the group \"{group}\"")
            }
            Intruder::Listed => "users in an access control list".to_owned(),
            Intruder::Others => "all users".to_owned(),
        };
        match self.threat {
            Threat::Plant => format!("{who} may create files in {directory} ({mode:04o})"),
            Threat::Replace => format!("{who} could replace files in {directory} ({mode:04o})"),
        }
    }

    /// Returns the command that fixes the directory's mode, if the mode is the cause.
    pub(in crate::store) fn fix(&self) -> Option<String> {
        if self.intruder == Intruder::Owner {
            return None;
        }
        let by_group =
            group_writes(self.facts.mode) && (self.facts.has_acl || !self.facts.has_private_group);
        let classes = match (by_group, self.intruder == Intruder::Others) {
            (true, true) => "go",
            (true, false) => "g",
            (false, _) => "o",
        };
        let directory = quoted(&self.directory.display().to_string());
        Some(format!("chmod {classes}-w {directory}"))
    }

    /// Returns the directory's owner.
    pub(in crate::store) fn owner(&self) -> Uid {
        Uid::from_raw(self.facts.owner)
    }

    fn is_sticky(&self) -> bool {
        self.facts.mode & 0o1000 != 0
    }
}

/// Refuses a database in a directory where users other than the owner of the database and root may
/// create files. `found` is the metadata of the database.
///
/// # Errors
/// [`Kind::NotPermitted`], and [`Kind::Io`] when the directory can't be inspected.
pub(in crate::store) fn check_opened(db: &Path, found: &Metadata) -> Result<()> {
    let directory = db.parent().unwrap_or(Path::new("/"));
    let of_directory = directory
        .metadata()
        .map_err(|error| cannot_inspect(directory, error))?;
    match Exposure::find(directory, &of_directory, found.uid(), Threat::Plant) {
        None => Ok(()),
        Some(exposure) => {
            Err(not_permitted(exposure.fact()).hint(own_directory(&exposure, db, found)))
        }
    }
}

/// Refuses a file that is about to be replaced, if users other than its owner and root may create
/// files in its directory. `found` is the metadata of the file.
///
/// # Errors
/// [`Kind::InvalidInput`], and [`Kind::Io`] when the directory can't be inspected.
pub(crate) fn check_private_directory(path: &Path, found: &Metadata) -> Result<()> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let of_directory = directory
        .metadata()
        .map_err(|error| cannot_inspect(directory, error))?;
    match Exposure::find(directory, &of_directory, found.uid(), Threat::Plant) {
        None => Ok(()),
        Some(exposure) => Err(Error::new(Kind::InvalidInput, exposure.fact()).hint(
            "keep the file in a directory of its own, where only its owner may create files",
        )),
    }
}

/// Returns a hint on how to give the database at `db` a directory of its own.
fn own_directory(exposure: &Exposure, db: &Path, found: &Metadata) -> String {
    let files = files_of(db, found);
    if exposure.intruder == Intruder::Owner {
        // Usually the database is meant to belong to the owner of its directory.
        let owner = exposure.owner();
        return format!(
            "give the database a directory of its own, or to that user: chown {owner} {files}"
        );
    }
    match exposure.fix() {
        Some(fix) if !exposure.is_sticky() => {
            format!("give the database a directory of its own, or run: {fix}")
        }
        _ => {
            // The mode of a sticky directory, such as /tmp, must stay. mkdir fails if another user
            // creates the new directory first.
            let directory = exposure.directory.join("apikey");
            let directory = quoted(&directory.display().to_string());
            let (uid, gid) = (found.uid(), found.gid());
            format!(
                "give the database a directory of its own: mkdir -m 700 {directory} && \
                 chown {uid}:{gid} {directory} && mv --backup=numbered {files} {directory}"
            )
        }
    }
}

/// Refuses a path where others could tamper with the new database or backup. The hint for root is
/// to run `command` as the directory's owner.
///
/// # Errors
/// [`Kind::NotPermitted`].
pub(in crate::store) fn check_new(path: &Path, target: Target, command: &str) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let user = geteuid();
    let own = directory.metadata().ok().and_then(|found| {
        let threat = match target {
            Target::Database => Threat::Plant,
            Target::Backup => Threat::Replace,
        };
        Exposure::find(directory, &found, user.as_raw(), threat)
    });
    let Some(exposure) = own.or_else(|| above(directory, user.as_raw()).into_iter().next()) else {
        return Ok(());
    };
    let hint = match (exposure.fix(), target) {
        (None, _) if user.is_root() => {
            let owner = user_name(exposure.owner());
            format!("{} {command}", as_user(&owner))
        }
        (None, _) => "choose a directory of your own".to_owned(),
        (Some(_), Target::Database) if exposure.is_sticky() => {
            let name = Path::new("apikey").join(path.file_name().unwrap_or_default());
            let own = quoted(&directory.join(name).display().to_string());
            format!("give the database a directory of its own, such as --db {own}")
        }
        (Some(fix), _) => format!("{fix}, or choose another directory"),
    };
    Err(not_permitted(exposure.fact()).hint(hint))
}

/// Returns the directories above `directory` through which others could replace the files of
/// `user`, the nearest first. Missing directories are omitted.
pub(in crate::store) fn above(directory: &Path, user: u32) -> Vec<Exposure> {
    let ancestors = directory.ancestors().skip(1);
    ancestors
        .filter_map(|above| {
            let found = above.metadata().ok()?;
            Exposure::find(above, &found, user, Threat::Replace)
        })
        .collect()
}

/// Refuses a default path in a directory that belongs to another user, since a process that runs
/// with that user's HOME would leave its own files there. Root's directories are allowed.
///
/// # Errors
/// [`Kind::NotPermitted`].
pub(in crate::store) fn check_default(db: &Path) -> Result<()> {
    let deepest = db
        .ancestors()
        .skip(1)
        .find_map(|directory| Some((directory, directory.metadata().ok()?)));
    let Some((directory, found)) = deepest else {
        return Ok(());
    };
    let owner = Uid::from_raw(found.uid());
    if owner.is_root() || owner == geteuid() {
        return Ok(());
    }
    let name = user_name(owner);
    let fact = format!(
        "the default path of the database is in {}, which belongs to {name}",
        directory.display()
    );
    Err(not_permitted(fact).hint(if geteuid().is_root() {
        format!(
            "run as that user: {} apikey, or name the database with --db PATH",
            as_user(&name)
        )
    } else {
        "set HOME to your own directory, or name the database with --db PATH".to_owned()
    }))
}

/// Returns the files that move with the database at `db`, quoted for a shell.
fn files_of(db: &Path, found: &Metadata) -> String {
    let mut files = quoted(&db.display().to_string());
    for suffix in ["-journal", ".usage", ".shared-secret"] {
        let file = sidecar::path(db, suffix);
        // A user other than root and the owner of the database may have created that file.
        let belongs_to_it = |of_file: Metadata| of_file.uid() == found.uid() || of_file.uid() == 0;
        if file.symlink_metadata().is_ok_and(belongs_to_it) {
            files.push(' ');
            files.push_str(&quoted(&file.display().to_string()));
        }
    }
    files
}

fn facts(directory: &Path, found: &Metadata) -> Facts {
    // A directory service may be slow, so it is only queried if the answer matters.
    let matters = group_writes(found.mode());
    Facts {
        owner: found.uid(),
        mode: found.mode(),
        has_private_group: matters
            && is_private_group(Gid::from_raw(found.gid()), Uid::from_raw(found.uid())),
        has_acl: matters && has_acl(directory),
    }
}

/// Returns whether an access control list names users or groups, or can't be read.
fn has_acl(directory: &Path) -> bool {
    let size = rustix::fs::getxattr_query(directory, "system.posix_acl_access");
    !matches!(size, Err(Errno::NODATA | Errno::NOTSUP))
}

/// Returns the error for a path whose metadata can't be read.
pub(super) fn cannot_inspect(path: &Path, error: std::io::Error) -> Error {
    let fact = format!("can't inspect {}: {error}", path.display());
    Error::new(Kind::Io, fact).caused_by(error)
}
