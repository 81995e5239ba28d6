//! The reason why a file can't be read or written, and what to do about it. The operating
//! system's "permission denied" has several unrelated reasons.

use std::ffi::CString;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, CWD, StatVfsMountFlags, StatxAttributes, StatxFlags, access, statvfs, statx,
};
use rustix::io::Errno;
use rustix::process::{Uid, geteuid};

use crate::accounts::login_name;
use crate::error::{Error, Kind};
use crate::model::quoted;

/// The reason why a file can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Denied {
    /// The reason.
    pub(crate) fact: String,
    /// The fix: advice or a command; always a command in the result of [`for_owner`].
    pub(crate) hint: String,
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::new(Kind::NotPermitted, denied.fact).hint(denied.hint)
    }
}

/// Returns why this process can't read the file at `path`, if it can't.
pub(crate) fn reading(path: &Path) -> Option<Denied> {
    entering(path).or_else(|| wanting(path, Access::READ_OK))
}

/// Returns why this process can't change the file at `path` or create another one next to it, as
/// SQLite does for every change.
pub(crate) fn changing(path: &Path) -> Option<Denied> {
    let file = entering(path).or_else(|| wanting(path, Access::READ_OK | Access::WRITE_OK));
    file.or_else(|| creating(path))
}

/// Returns why this process can't create a file, or a directory for it, at `path`.
pub(crate) fn creating(path: &Path) -> Option<Denied> {
    let directory = path.ancestors().skip(1).find(|above| above.is_dir());
    entering(path).or_else(|| wanting(directory?, Access::WRITE_OK | Access::EXEC_OK))
}

/// Returns why the owner of the database can't change `file`: the database, its directory or a
/// sidecar.
pub(crate) fn for_owner(file: &Path) -> Option<Denied> {
    let found = file.metadata().ok()?;
    let needs = if found.is_dir() { 0o700 } else { 0o600 };
    let mounted_read_only = || is_read_only(file).then(|| read_only(file));
    let locked = || lock_attribute(file).map(|attribute| immutable(file, attribute));
    let closed = || (found.mode() & needs != needs).then(|| closed_to_owner(file, needs));
    mounted_read_only().or_else(locked).or_else(closed)
}

/// Returns why this process can't enter a directory on the way to `path`.
fn entering(path: &Path) -> Option<Denied> {
    let mut directories: Vec<&Path> = path.ancestors().skip(1).collect();
    directories.reverse();
    let is_closed = |directory: &&Path| {
        !directory.as_os_str().is_empty() && access(*directory, Access::EXEC_OK).is_err()
    };
    let closed = directories.into_iter().find(is_closed)?;
    wanting(closed, Access::EXEC_OK)
}

/// Returns why this process lacks the access `wanted` to `path`.
fn wanting(path: &Path, wanted: Access) -> Option<Denied> {
    let writes = wanted.contains(Access::WRITE_OK);
    if let Some(attribute) = lock_attribute(path).filter(|_| writes) {
        return Some(immutable(path, attribute));
    }
    match access(path, wanted) {
        Err(Errno::ROFS) => Some(read_only(path)),
        Err(Errno::ACCESS | Errno::PERM) => Some(closed(path, wanted)),
        // The process has access, or there is another cause.
        _ => None,
    }
}

fn closed(path: &Path, wanted: Access) -> Denied {
    let Ok(found) = path.metadata() else {
        return Denied {
            fact: format!("permission denied: can't use {}", path.display()),
            hint: "run as its owner".to_owned(),
        };
    };
    let is_own = found.uid() == geteuid().as_raw();
    let needs = match (found.is_dir(), wanted.contains(Access::WRITE_OK)) {
        (true, true) => 0o300,
        (true, false) => 0o100,
        (false, true) => 0o600,
        (false, false) => 0o400,
    };
    if is_own && found.mode() & needs != needs {
        return closed_to_owner(path, needs);
    }
    let verb = match (needs, found.is_dir()) {
        (0o100, _) => "enter",
        (_, true) => "write to",
        (0o400, _) => "read",
        _ => "change",
    };
    let (path, mode) = (path.display(), found.mode() & 0o7777);
    let fact = format!("permission denied: can't {verb} {path} (mode {mode:04o})");
    let hint = if is_own {
        "the mode permits it; check for an access list (getfacl) or a security module".to_owned()
    } else {
        let uid = Uid::from_raw(found.uid());
        let owner = login_name(uid).unwrap_or_else(|| format!("user {uid}"));
        format!("it is owned by {owner}; run as that user")
    };
    Denied { fact, hint }
}

/// Returns the reason that the owner of `path` lacks some of the permission bits in `needs`, and
/// the chmod that adds them.
fn closed_to_owner(path: &Path, needs: u32) -> Denied {
    let has = path.metadata().map_or(0, |found| found.mode() & 0o7777);
    let lacks = |bit: u32| needs & bit != 0 && has & bit == 0;
    let bits = [
        (0o400, 'r', "read"),
        (0o200, 'w', "write"),
        (0o100, 'x', "enter"),
    ];
    let (names, verbs): (String, Vec<&str>) = bits
        .into_iter()
        .filter(|(bit, ..)| lacks(*bit))
        .map(|(_, name, verb)| (name, verb))
        .unzip();
    Denied {
        fact: format!(
            "missing permission: the owner can't {} {} (mode {has:04o})",
            verbs.join(" and "),
            path.display()
        ),
        hint: format!("chmod u+{names} {}", shown(path)),
    }
}

fn read_only(path: &Path) -> Denied {
    let mount = mount_of(path);
    Denied {
        fact: format!("read-only file system: can't write to {}", mount.display()),
        hint: format!("mount -o remount,rw {}", shown(mount)),
    }
}

fn immutable(path: &Path, (name, letter): (&str, char)) -> Denied {
    let kind = if path.is_dir() { "directory" } else { "file" };
    Denied {
        fact: format!(
            "{name} {kind}: {} can't be changed, not even by root",
            path.display()
        ),
        hint: format!("chattr -{letter} {}", shown(path)),
    }
}

/// Returns the name and the letter in chattr(1) of the attribute that locks the file at `path`.
fn lock_attribute(path: &Path) -> Option<(&'static str, char)> {
    let path = CString::new(path.as_os_str().as_encoded_bytes()).ok()?;
    let found = statx(CWD, &path, AtFlags::empty(), StatxFlags::empty()).ok()?;
    let has = |attribute| found.stx_attributes.contains(attribute);
    let immutable = has(StatxAttributes::IMMUTABLE).then_some(("immutable", 'i'));
    immutable.or(has(StatxAttributes::APPEND).then_some(("append-only", 'a')))
}

fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Returns the mount point of the file system of `path`.
fn mount_of(path: &Path) -> &Path {
    let device = |path: &Path| path.metadata().ok().map(|found| found.dev());
    let is_on_it = |above: &&Path| is_read_only(above) && device(above) == device(path);
    path.ancestors().take_while(is_on_it).last().unwrap_or(path)
}

fn shown(path: &Path) -> String {
    quoted(&path.display().to_string())
}
