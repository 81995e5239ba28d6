//! Names of the operating system's users and groups.

use nix::unistd::{Gid, Group, Uid, User};

/// Returns the name of the group `gid`, or its number where it has no name.
pub(in crate::store) fn group_name(gid: Gid) -> String {
    let found = Group::from_gid(gid).ok().flatten();
    found.map_or_else(|| gid.to_string(), |group| group.name)
}

/// Returns the login name of `uid`, or its number where it has no name.
pub(in crate::store) fn user_name(uid: Uid) -> String {
    let found = User::from_uid(uid).ok().flatten();
    found.map_or_else(|| uid.to_string(), |user| user.name)
}
