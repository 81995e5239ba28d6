//! Why a file can't be read or written, and the command that fixes it. The operating system
//! says "permission denied" of causes that have nothing in common.

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
use crate::files::quoted;

/// Why it can't be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Denied {
    /// The cause.
    pub(crate) fact: String,
    /// What to do; of [`for_owner`] a command.
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

/// Returns why this process can't change the file at `path`, or make another beside it, as
/// SQLite does for every change.
pub(crate) fn changing(path: &Path) -> Option<Denied> {
    let file = entering(path).or_else(|| wanting(path, Access::READ_OK | Access::WRITE_OK));
    file.or_else(|| creating(path))
}

/// Returns why this process can't make a file, or a directory for it, at `path`.
pub(crate) fn creating(path: &Path) -> Option<Denied> {
    let there = path.ancestors().skip(1).find(|above| above.is_dir());
    entering(path).or_else(|| wanting(there?, Access::WRITE_OK | Access::EXEC_OK))
}

/// Returns what keeps the owner of the database at `path` from changing the file at
/// `file`, which is the database, its directory or what lies beside it.
pub(crate) fn for_owner(file: &Path) -> Option<Denied> {
    let found = file.metadata().ok()?;
    let needs = if found.is_dir() { 0o700 } else { 0o600 };
    let mounted_read_only = || is_read_only(file).then(|| read_only(file));
    let locked = || attribute(file).map(|attribute| immutable(file, attribute));
    let closed = || (found.mode() & needs != needs).then(|| closed_to_owner(file, needs));
    mounted_read_only().or_else(locked).or_else(closed)
}

/// Returns which directory on the way to `path` keeps this process out.
fn entering(path: &Path) -> Option<Denied> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
    above.reverse();
    let entered = |directory: &&Path| {
        directory.as_os_str().is_empty() || access(*directory, Access::EXEC_OK).is_ok()
    };
    let closed = above.into_iter().find(|directory| !entered(directory))?;
    wanting(closed, Access::EXEC_OK)
}

/// Returns why this process may not do what is `wanted` with what is at `path`.
fn wanting(path: &Path, wanted: Access) -> Option<Denied> {
    let writes = wanted.contains(Access::WRITE_OK);
    if let Some(attribute) = attribute(path).filter(|_| writes) {
        return Some(immutable(path, attribute));
    }
    match access(path, wanted) {
        Err(Errno::ROFS) => Some(read_only(path)),
        Err(Errno::ACCESS | Errno::PERM) => Some(closed(path, wanted)),
        // It may do that, or something else is the matter.
        _ => None,
    }
}

fn closed(path: &Path, wanted: Access) -> Denied {
    let Ok(found) = path.metadata() else {
        return Denied {
            fact: format!("permission denied: {} can't be used", path.display()),
            hint: "run it as its owner".to_owned(),
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
    let what = match (needs, found.is_dir()) {
        (0o100, _) => "can't be entered",
        (_, true) => "can't be written",
        (0o400, _) => "can't be read",
        _ => "can't be changed",
    };
    let mode = found.mode() & 0o7777;
    let fact = format!("permission denied: {} {what} ({mode:04o})", path.display());
    let hint = if is_own {
        "its mode allows it: look for an access list (getfacl) or a security module".to_owned()
    } else {
        let uid = Uid::from_raw(found.uid());
        let owner = login_name(uid).unwrap_or_else(|| format!("user {uid}"));
        format!("it belongs to {owner}: run it as that user")
    };
    Denied { fact, hint }
}

/// That the owner of what is at `path` lacks some of the bits `needs`.
fn closed_to_owner(path: &Path, needs: u32) -> Denied {
    let has = path.metadata().map_or(0, |found| found.mode() & 0o7777);
    let lacks = |bit: u32| needs & bit != 0 && has & bit == 0;
    let bits = [
        (0o400, 'r', "read"),
        (0o200, 'w', "written"),
        (0o100, 'x', "entered"),
    ];
    let (names, verbs): (String, Vec<&str>) = bits
        .into_iter()
        .filter(|(bit, ..)| lacks(*bit))
        .map(|(_, name, verb)| (name, verb))
        .unzip();
    Denied {
        fact: format!(
            "missing permission: {} can't be {} by its owner ({has:04o})",
            path.display(),
            verbs.join(" and ")
        ),
        hint: format!("chmod u+{names} {}", shown(path)),
    }
}

fn read_only(path: &Path) -> Denied {
    let mount = mount_of(path);
    Denied {
        fact: format!(
            "read-only file system: nothing can be changed on {}",
            mount.display()
        ),
        hint: format!("mount -o remount,rw {}", shown(mount)),
    }
}

/// What a file is locked by, as chattr(1) names it.
#[derive(Clone, Copy)]
enum Attribute {
    Immutable,
    AppendOnly,
}

fn immutable(path: &Path, attribute: Attribute) -> Denied {
    let (name, letter) = match attribute {
        Attribute::Immutable => ("immutable", 'i'),
        Attribute::AppendOnly => ("append-only", 'a'),
    };
    let kind = if path.is_dir() { "directory" } else { "file" };
    Denied {
        fact: format!(
            "{name} {kind}: {} can't be changed, not even by root",
            path.display()
        ),
        hint: format!("chattr -{letter} {}", shown(path)),
    }
}

fn attribute(path: &Path) -> Option<Attribute> {
    let path = CString::new(path.as_os_str().as_encoded_bytes()).ok()?;
    let found = statx(CWD, &path, AtFlags::empty(), StatxFlags::empty()).ok()?;
    let has = |attribute| found.stx_attributes.contains(attribute);
    match (
        has(StatxAttributes::IMMUTABLE),
        has(StatxAttributes::APPEND),
    ) {
        (true, _) => Some(Attribute::Immutable),
        (_, true) => Some(Attribute::AppendOnly),
        _ => None,
    }
}

fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Returns where the file system that `path` is on is mounted.
fn mount_of(path: &Path) -> &Path {
    let is_on_it = |above: &&Path| is_read_only(above);
    let directories = path.ancestors().take_while(is_on_it);
    let device = |path: &Path| path.metadata().ok().map(|found| found.dev());
    let own = device(path);
    directories
        .take_while(|above| device(above) == own)
        .last()
        .unwrap_or(path)
}

fn shown(path: &Path) -> String {
    quoted(&path.display().to_string())
}
