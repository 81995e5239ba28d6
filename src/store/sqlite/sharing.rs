//! A database that is shared with a group of the operating system. The group's members may
//! verify: they read keys.db, write the usage file, and change nothing else.
//!
//! Nothing but the modes of these files and of their directory keeps members from doing more: a
//! user who may write in the directory can plant a journal, which SQLite plays back into the
//! database. So a database is shared only in a directory with the right group and mode.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use rustix::process::{Gid, Uid, geteuid};

use super::directory;
use crate::accounts::{find_group, group_name, user_name};
use crate::config::Location;
use crate::error::{Error, Kind, Result};
use crate::store::errors::{not_permitted, quoted};

/// The mode of the database's directory: members may list and enter it, and files created in it,
/// such as a journal, get its group.
pub(in crate::store) const DIRECTORY_MODE: u32 = 0o2750;

/// The mode of new directories above the database's directory: members may pass through, but not
/// list them, because these directories may later hold other files.
pub(in crate::store) const ANCESTOR_MODE: u32 = 0o710;

/// The mode of keys.db.
pub(in crate::store) const DATABASE_MODE: u32 = 0o640;

/// The mode of the usage file.
pub(in crate::store) const USAGE_MODE: u32 = 0o660;

const SET_GID: u32 = 0o2000;
const GROUP_MAY_READ: u32 = 0o040;
const OTHERS_MAY_READ: u32 = 0o004;

/// Permissions of one class of users.
const MAY_WRITE: u32 = 0o2;
const MAY_ENTER: u32 = 0o1;

/// The group of the operating system whose members may verify.
#[derive(Debug, Clone)]
pub(crate) struct Verifiers {
    name: String,
    gid: u32,
}

impl Verifiers {
    /// Returns the group with that name, or else with that number. A number is accepted even if no
    /// group has it here: the group may have its name only on another machine or in a container.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] when there is no such group, and [`Kind::Io`] when groups can't be
    /// looked up.
    pub(crate) fn find(group: &str) -> Result<Self> {
        let found = find_group(group).map_err(|error| {
            let fact = format!("can't look up the group \"{group}\": {error}");
            Error::new(Kind::Io, fact).caused_by(error)
        })?;
        let Some((name, gid)) = found else {
            let fact = format!("the operating system has no group \"{group}\"");
            let is_number = group.bytes().all(|c| c.is_ascii_digit());
            return Err(Error::new(Kind::GroupNotFound, fact).hint(if is_number {
                "give the number of a group".to_owned()
            } else {
                format!("groupadd --system {}", quoted(group))
            }));
        };
        Ok(Self { name, gid })
    }

    /// Returns the group's name, or its number if it has no name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Refuses a path for the database where members could do more than verify.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], with the commands that fix the directories.
    pub(in crate::store) fn check_directories(&self, db: &Path) -> Result<()> {
        let own = db.parent().unwrap_or(Path::new("/"));
        let (mut facts, mut commands) = (Vec::new(), Vec::new());
        for exposure in directory::above(own, geteuid().as_raw()).iter().rev() {
            let Some(fix) = exposure.fix() else {
                return Err(self.wrong_owner(db, exposure.owner(), exposure.fact()));
            };
            facts.push(exposure.fact());
            commands.push(fix);
        }
        // A missing directory needs no check: it is created with the right group and mode.
        if let Some(found) = own.metadata().ok().filter(Metadata::is_dir) {
            let owner = Uid::from_raw(found.uid());
            if owner != geteuid() {
                let name = user_name(owner);
                let fact = format!("the directory {} belongs to {name}", own.display());
                return Err(self.wrong_owner(db, owner, fact));
            }
            // Without set-group-ID, a journal, which copies pages of the database, would get
            // the group of the process that creates it.
            let is_right = found.gid() == self.gid
                && self.members_may(MAY_ENTER, &found)
                && found.mode() & (MAY_WRITE << 3 | MAY_WRITE) == 0
                && found.mode() & SET_GID != 0;
            if !is_right {
                facts.push(format!(
                    "the directory {} must have the group \"{}\" and mode {DIRECTORY_MODE:o}; it \
                     has \"{}\" and {:o}",
                    own.display(),
                    self.name,
                    group_name(Gid::from_raw(found.gid())),
                    found.mode() & 0o7777,
                ));
                let (group, path) = (quoted(&self.name), quoted(&own.display().to_string()));
                commands.push(format!(
                    "chgrp {group} {path} && chmod {DIRECTORY_MODE:o} {path}"
                ));
            }
        }
        if facts.is_empty() {
            return Ok(());
        }
        Err(not_permitted(facts.join("; ")).hint(commands.join(" && ")))
    }

    /// Returns the error for a directory that belongs to another user, `owner`, who could replace
    /// the database, but could not use a database that root created.
    fn wrong_owner(&self, db: &Path, owner: Uid, fact: String) -> Error {
        not_permitted(fact).hint(if geteuid().is_root() {
            format!(
                "sudo -u {} apikey --db {} init --shared {}",
                quoted(&user_name(owner)),
                quoted(&db.display().to_string()),
                quoted(&self.name),
            )
        } else {
            "choose a directory of your own with --db PATH".to_owned()
        })
    }

    /// Returns which directories members can't enter on the way to the database at `location`,
    /// as a message, and the command that lets members enter them. A closed directory is no reason
    /// to refuse `init --shared`, since it gives members no additional rights.
    pub(crate) fn closed_directories(&self, location: &Location) -> Option<(String, String)> {
        let is_closed = |directory: &&Path| {
            let found = directory.metadata();
            found.is_ok_and(|found| !self.members_may(MAY_ENTER, &found))
        };
        let directories = location.file()?.ancestors().skip(1).filter(is_closed);
        let mut directories: Vec<String> = directories
            .map(|directory| directory.display().to_string())
            .collect();
        directories.reverse();
        let quoted: Vec<String> = directories.iter().map(|path| quoted(path)).collect();
        let fact = format!(
            "members of the group \"{}\" can't enter {}",
            self.name,
            directories.join(" and ")
        );
        // Without "go", chmod would skip the bits that are set in the umask.
        (!directories.is_empty()).then(|| (fact, format!("chmod go+x {}", quoted.join(" "))))
    }

    /// Returns whether the mode gives members this permission: the bits of the file's group count
    /// if that is the members' group, otherwise the bits of other users.
    fn members_may(&self, permission: u32, found: &Metadata) -> bool {
        let mode = found.mode();
        let class = if found.gid() == self.gid {
            mode >> 3
        } else {
            mode
        };
        class & permission != 0
    }

    /// Gives the new file or directory at `path` to the group.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`] when this user is not in the group, and [`Kind::Io`] for other
    /// errors.
    pub(in crate::store) fn set_group(&self, path: &Path) -> Result<()> {
        lchown(path, None, Some(self.gid)).map_err(|error| self.cannot_set_group(error))
    }

    fn cannot_set_group(&self, error: io::Error) -> Error {
        let fact = format!("can't give files to the group \"{}\": {error}", self.name);
        let user = geteuid();
        if error.kind() != ErrorKind::PermissionDenied || user.is_root() {
            let cannot = Error::new(Kind::Io, fact).hint("choose another path with --db PATH");
            return cannot.caused_by(error);
        }
        not_permitted(fact).caused_by(error).hint(format!(
            "usermod --append --groups {} {}, then log in again",
            quoted(&self.name),
            quoted(&user_name(user)),
        ))
    }
}

/// Returns whether the group of a database is meant to verify, given the database's metadata. If
/// all users may read the database, the group's permission to read says nothing.
pub(in crate::store) fn is_shared(found: &Metadata) -> bool {
    found.mode() & (GROUP_MAY_READ | OTHERS_MAY_READ) == GROUP_MAY_READ
}
