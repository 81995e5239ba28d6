//! A database shared with a group of the operating system, whose members may
//! verify: they read keys.db, write the usage file, and change nothing.
//!
//! The modes of those files and of their folder are all that keeps them from more:
//! whoever may write in the folder may plant a journal, which SQLite would play into
//! the database. So none is made in a folder that doesn't keep it.

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

/// The mode of a folder that is made: the members enter it, and what is made in it,
/// a journal too, gets its group.
pub(in crate::store) const FOLDER_MODE: u32 = 0o2750;

/// The mode of a folder above it that is made: the members pass through, and other
/// things may come to be in it.
pub(in crate::store) const WAY_MODE: u32 = 0o710;

/// The mode of keys.db.
pub(in crate::store) const DATABASE_MODE: u32 = 0o640;

/// The mode of the usage file.
pub(in crate::store) const USAGE_MODE: u32 = 0o660;

const SET_GID: u32 = 0o2000;
const GROUP_MAY_READ: u32 = 0o040;
const OTHERS_MAY_READ: u32 = 0o004;

/// Of one class of users.
const MAY_WRITE: u32 = 0o2;
const MAY_ENTER: u32 = 0o1;

/// The group of the operating system whose members may verify.
#[derive(Debug, Clone)]
pub(crate) struct Verifiers {
    name: String,
    gid: u32,
}

impl Verifiers {
    /// Returns the group of that name, or else of that number. A group that has a number
    /// alone, as one from another machine or a container has, goes by its number.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] when there is no group of that name.
    pub(crate) fn find(group: &str) -> Result<Self> {
        let found = find_group(group).map_err(|error| {
            let fact = format!("the group \"{group}\" can't be looked up: {error}");
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

    /// The group's name, or its number where it has none.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Refuses a place for the database at `db` where members could do more than verify.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`], with the commands that mend it.
    pub(in crate::store) fn check_place(&self, db: &Path) -> Result<()> {
        let own = db.parent().unwrap_or(Path::new("/"));
        let mut faults = Vec::new();
        for exposure in directory::above(own, geteuid().as_raw()).iter().rev() {
            let Some(fix) = exposure.fix() else {
                return Err(self.not_whose(db, exposure.owner(), exposure.fact()));
            };
            faults.push((exposure.fact(), fix));
        }
        // What isn't there is made as it should be.
        if let Some(found) = own.metadata().ok().filter(Metadata::is_dir) {
            let owner = Uid::from_raw(found.uid());
            if owner != geteuid() {
                let name = user_name(owner);
                let fact = format!("the directory {} belongs to {name}", own.display());
                return Err(self.not_whose(db, owner, fact));
            }
            faults.extend(self.fault_of_own(own, &found));
        }
        if faults.is_empty() {
            return Ok(());
        }
        let (facts, commands): (Vec<_>, Vec<_>) = faults.into_iter().unzip();
        Err(not_permitted(facts.join("; ")).hint(commands.join(" && ")))
    }

    /// Refuses a directory of another user, `owner`: that user could replace what is made
    /// there, and could not use what root makes.
    fn not_whose(&self, db: &Path, owner: Uid, fact: String) -> Error {
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

    /// What is wrong with the database's own folder, and what mends it.
    fn fault_of_own(&self, folder: &Path, found: &Metadata) -> Option<(String, String)> {
        let mode = found.mode();
        let is_right = found.gid() == self.gid
            && self.members_may(MAY_ENTER, found)
            && mode & (MAY_WRITE << 3 | MAY_WRITE) == 0
            // Else a journal, a copy of pages of the database, would be the group's
            // that its maker happens to be in.
            && mode & SET_GID != 0;
        if is_right {
            return None;
        }
        let (group, path) = (quoted(&self.name), quoted(&folder.display().to_string()));
        Some((
            format!(
                "the directory {} must have the group \"{}\" and mode {FOLDER_MODE:o}; it has \"{}\" \
                 and {:o}",
                folder.display(),
                self.name,
                group_name(Gid::from_raw(found.gid())),
                mode & 0o7777,
            ),
            format!("chgrp {group} {path} && chmod {FOLDER_MODE:o} {path}"),
        ))
    }

    /// Returns what keeps members from reaching the database at `location`, and the commands
    /// that fix it. It gives no member more rights, so it is no reason to refuse.
    pub(crate) fn out_of_reach(&self, location: &Location) -> Option<(String, String)> {
        let closed = |folder: &&Path| {
            let found = folder.metadata();
            found.is_ok_and(|found| !self.members_may(MAY_ENTER, &found))
        };
        let closed: Vec<&Path> = location.file().ancestors().skip(1).filter(closed).collect();
        let shown = |folder: &&Path| folder.display().to_string();
        let folders: Vec<String> = closed.iter().rev().map(shown).collect();
        let quoted: Vec<String> = folders.iter().map(|folder| quoted(folder)).collect();
        let fact = format!(
            "members of \"{}\" can't enter {}",
            self.name,
            folders.join(" and ")
        );
        // Without a class, chmod would leave out what the umask takes away.
        (!folders.is_empty()).then(|| (fact, format!("chmod go+x {}", quoted.join(" "))))
    }

    /// As far as the mode tells: what another group may, some members may, too.
    fn members_may(&self, what: u32, found: &Metadata) -> bool {
        let mode = found.mode();
        let class = if found.gid() == self.gid {
            mode >> 3
        } else {
            mode
        };
        class & what != 0
    }

    /// Gives what is at `path`, and was just made, to the group.
    ///
    /// # Errors
    /// When the operating system doesn't let whoever runs this do so.
    pub(in crate::store) fn give(&self, path: &Path) -> Result<()> {
        lchown(path, None, Some(self.gid)).map_err(|error| self.cannot_give(error))
    }

    fn cannot_give(&self, error: io::Error) -> Error {
        let fact = format!(
            "nothing can be given to the group \"{}\": {error}",
            self.name
        );
        let user = geteuid();
        if error.kind() != ErrorKind::PermissionDenied || user.is_root() {
            let cannot = Error::new(Kind::Io, fact).hint("choose another place with --db PATH");
            return cannot.caused_by(error);
        }
        not_permitted(fact).caused_by(error).hint(format!(
            "usermod --append --groups {} {}, then log in again",
            quoted(&self.name),
            quoted(&user_name(user)),
        ))
    }
}

/// Whether the group of the database that `found` is of verifies. Where everybody may
/// read it, that its group may says nothing.
pub(in crate::store) fn is_shared(found: &Metadata) -> bool {
    found.mode() & (GROUP_MAY_READ | OTHERS_MAY_READ) == GROUP_MAY_READ
}
