//! The rule that decides who could tamper with the content of a directory. No I/O.

/// The sticky bit: in the directory, users may rename and delete only their own files.
const STICKY: u32 = 0o1000;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// The facts that decide who may create, rename and delete files in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// User id of the directory's owner.
    pub(super) owner: u32,
    /// Permission bits, the sticky bit included.
    pub(super) mode: u32,
    /// Whether the group has no other member than the directory's owner.
    pub(super) has_private_group: bool,
    /// Whether an access control list names users or groups.
    pub(super) has_acl: bool,
}

/// An attack on a file or directory that is kept in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threat {
    /// Creating a file next to it, such as a journal. The sticky bit doesn't prevent that.
    Plant,
    /// Renaming or deleting it, and creating another under its name.
    Replace,
}

/// The users who could carry out such an attack, other than root and the owner of the kept file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intruder {
    /// The directory's owner.
    Owner,
    /// Members of the directory's group.
    Group,
    /// Users or groups that an access control list names.
    Listed,
    /// All users.
    Others,
}

/// Returns who could carry out `threat` against the files of `user` in a directory.
///
/// The facts about the group and the access control list count only if the mode lets the group
/// write: if there is a list, the group's bits of the mode limit what the list grants (acl(5)).
pub(super) fn intruder(facts: Facts, user: u32, threat: Threat) -> Option<Intruder> {
    if facts.owner != 0 && facts.owner != user {
        return Some(Intruder::Owner);
    }
    if threat == Threat::Replace && facts.mode & STICKY != 0 {
        return None;
    }
    if facts.mode & OTHERS_WRITE != 0 {
        return Some(Intruder::Others);
    }
    if facts.mode & GROUP_WRITES == 0 {
        return None;
    }
    if facts.has_acl {
        return Some(Intruder::Listed);
    }
    (!facts.has_private_group).then_some(Intruder::Group)
}

/// Returns whether the mode lets the group write, so that the group's members and the access
/// control list matter.
pub(super) fn group_writes(mode: u32) -> bool {
    mode & GROUP_WRITES != 0
}

#[cfg(test)]
mod tests {
    use super::Intruder::{Group, Listed, Others, Owner};
    use super::*;

    const ROOT: u32 = 0;
    const ALICE: u32 = 1000;
    const BOB: u32 = 1001;

    /// The owner and mode of a directory; who could plant a file next to a database in it, and
    /// who could replace the database.
    type Case = (u32, u32, Option<Intruder>, Option<Intruder>);

    #[track_caller]
    fn check(cases: &[Case], user: u32, has_private_group: bool, has_acl: bool) {
        for (owner, mode, plants, replaces) in cases {
            let facts = Facts {
                owner: *owner,
                mode: *mode,
                has_private_group,
                has_acl,
            };
            let found = |threat| intruder(facts, user, threat);
            assert_eq!(found(Threat::Plant), *plants, "{owner} {mode:04o}");
            assert_eq!(found(Threat::Replace), *replaces, "{owner} {mode:04o}");
        }
    }

    #[test]
    fn the_owner_and_the_mode_of_a_directory_decide_who_could_tamper() {
        let cases: &[Case] = &[
            (ALICE, 0o700, None, None),
            (ALICE, 0o755, None, None),
            (ALICE, 0o2750, None, None),
            (ALICE, 0o1700, None, None),
            (ROOT, 0o755, None, None),
            (ALICE, 0o770, Some(Group), Some(Group)),
            (ALICE, 0o2775, Some(Group), Some(Group)),
            (ROOT, 0o775, Some(Group), Some(Group)),
            (ALICE, 0o777, Some(Others), Some(Others)),
            (ALICE, 0o702, Some(Others), Some(Others)),
            (ROOT, 0o1777, Some(Others), None),
            (ALICE, 0o1770, Some(Group), None),
            (BOB, 0o700, Some(Owner), Some(Owner)),
            (BOB, 0o755, Some(Owner), Some(Owner)),
            (BOB, 0o1777, Some(Owner), Some(Owner)),
        ];
        check(cases, ALICE, false, false);
        let cases: &[Case] = &[
            (ROOT, 0o700, None, None),
            (ROOT, 0o1777, Some(Others), None),
            (ALICE, 0o700, Some(Owner), Some(Owner)),
        ];
        check(cases, ROOT, false, false);
    }

    #[test]
    fn a_private_group_may_write_and_all_users_may_not() {
        let cases: &[Case] = &[
            (ALICE, 0o775, None, None),
            (ALICE, 0o2770, None, None),
            (ROOT, 0o775, None, None),
            (ALICE, 0o777, Some(Others), Some(Others)),
            (BOB, 0o770, Some(Owner), Some(Owner)),
        ];
        check(cases, ALICE, true, false);
    }

    #[test]
    fn an_access_list_counts_if_the_mode_lets_the_group_write() {
        let cases: &[Case] = &[
            (ALICE, 0o755, None, None),
            (ALICE, 0o775, Some(Listed), Some(Listed)),
            (ALICE, 0o1770, Some(Listed), None),
        ];
        check(cases, ALICE, true, true);
        check(cases, ALICE, false, true);
    }
}
