//! Names of the operating system's users and groups, looked up through the C library. A directory
//! service may answer slowly.

use nix::unistd::{Group, User};
use rustix::process::{Gid, Uid};

/// Returns the login name of `uid`, if it has one.
pub(crate) fn login_name(uid: Uid) -> Option<String> {
    Some(user(uid)?.name)
}

/// Returns the login name of `uid`, or its number if it has no name.
pub(crate) fn user_name(uid: Uid) -> String {
    login_name(uid).unwrap_or_else(|| uid.to_string())
}

/// Returns the name of the group `gid`, or its number if it has no name.
pub(crate) fn group_name(gid: Gid) -> String {
    group(gid).map_or_else(|| gid.to_string(), |group| group.name)
}

/// Returns the name and number of the group whose name or number is `wanted`; none if there is no
/// such group. A group without a name, such as one of another machine or a container, is named by
/// its number.
///
/// # Errors
/// If the groups can't be looked up.
pub(crate) fn find_group(wanted: &str) -> nix::Result<Option<(String, u32)>> {
    /// `(gid_t) -1` is no group: to chown(2) it means "don't change".
    const NO_GROUP: u32 = u32::MAX;
    let named = |group: Group| (group.name, group.gid.as_raw());
    if let Some(group) = Group::from_name(wanted)? {
        return Ok(Some(named(group)));
    }
    let number = wanted.parse().ok().filter(|number| *number != NO_GROUP);
    let Some(number) = number else {
        return Ok(None);
    };
    let group = Group::from_gid(nix::unistd::Gid::from_raw(number))?;
    Ok(Some(group.map_or((number.to_string(), number), named)))
}

/// Returns whether `gid` is the private group of the user `uid`: it has the user's name, is the
/// user's primary group and lists no other user.
pub(crate) fn is_private_group(gid: Gid, uid: Uid) -> bool {
    let Some((user, group)) = user(uid).zip(group(gid)) else {
        return false;
    };
    user.gid == group.gid
        && user.name == group.name
        && group.mem.iter().all(|member| *member == user.name)
}

fn user(uid: Uid) -> Option<User> {
    User::from_uid(nix::unistd::Uid::from_raw(uid.as_raw())).ok()?
}

fn group(gid: Gid) -> Option<Group> {
    Group::from_gid(nix::unistd::Gid::from_raw(gid.as_raw())).ok()?
}
