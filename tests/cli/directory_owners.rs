//! Directories of other users and groups on the path of a database.

use super::machine::{Machine, can_create_users};
use super::sandbox::has;

/// Returns a machine with the users `owner`, who has a private group, and `other`.
fn two_users(tag: &str) -> Machine {
    let mut machine = Machine::new(tag);
    for user in ["owner", "other"] {
        machine.add_user(user);
    }
    machine
}

#[test]
fn a_group_may_write_the_directory_only_if_it_is_the_owners_private_one() {
    let python = std::path::Path::new("/usr/bin/python3").exists();
    if !can_create_users() || !has("python3", python) {
        return;
    }
    let mut machine = two_users("g");
    let (owner, other) = (machine.name("owner"), machine.name("other"));
    let group = machine.name("team");
    machine.root(&format!("groupadd {group}")).succeeds();
    machine.groups.push(group.clone());
    let apikey = format!(
        "{} --db {}",
        machine.path("apikey").display(),
        machine.path("d/k.db").display()
    );
    machine
        .root(&format!("install -d -o {owner} -g {owner} d"))
        .succeeds();
    machine
        .run_as("owner", &format!("{apikey} init"))
        .succeeds();
    let codes_after = |arrange: &str| {
        machine.root(arrange).succeeds();
        let mut codes = ["owner", "other"]
            .map(|user| machine.run_as(user, &format!("{apikey} list")).code)
            .to_vec();
        codes.push(machine.root(&format!("{apikey} doctor")).code);
        codes.dedup();
        codes
    };
    // The user `other` may not read the file in any case.
    for (arrange, codes) in [
        ("chmod 2775 d", &[0, 4, 0][..]),
        ("chgrp GROUP d", &[4]),
        ("chmod 2755 d", &[0, 4, 0]),
        ("chgrp root d; chmod 775 d", &[4]),
        ("chown root d; chmod 755 d", &[0, 4, 0]),
        ("chown OTHER d", &[4]),
        ("chown OWNER:OWNER d; chmod 770 d", &[0, 4, 0]),
        ("usermod --append --groups OWNER OTHER", &[4]),
        ("gpasswd --delete OTHER OWNER", &[0, 4, 0]),
        // As `setfacl -m u:OTHER:rwx d` does.
        (
            "python3 -c 'import os, pwd, struct
uid, none = pwd.getpwnam(\"OTHER\").pw_uid, 0xffffffff
entry = lambda tag, perm, id=none: struct.pack(\"<HHI\", tag, perm, id)
os.setxattr(\"d\", \"system.posix_acl_access\", struct.pack(\"<I\", 2) + entry(1, 7)
  + entry(2, 7, uid) + entry(4, 7) + entry(0x10, 7) + entry(0x20, 5))'",
            &[4],
        ),
        // The group's bits limit what the list grants.
        ("chmod g-w d", &[0, 4, 0]),
    ] {
        let arrange = arrange
            .replace("GROUP", &group)
            .replace("OTHER", &other)
            .replace("OWNER", &owner);
        assert_eq!(codes_after(&arrange), codes, "{arrange}");
    }
}

#[test]
fn doctor_names_the_directories_through_which_others_could_replace_the_database() {
    if !can_create_users() {
        return;
    }
    let machine = two_users("d");
    let apikey = format!(
        "{} --db {}",
        machine.path("apikey").display(),
        machine.path("d/e/k.db").display()
    );
    machine.root(&format!("{apikey} init")).succeeds();
    let doctor = |arrange: &str| {
        machine.root(arrange).succeeds();
        machine.root(&format!("{apikey} doctor -q || true")).stdout
    };
    let other = machine.name("other");
    for (arrange, fact) in [
        (
            "chmod 777 d",
            "all users could replace files in ".to_owned(),
        ),
        (
            &format!("chmod 775 d; chgrp {other} d"),
            format!("members of the group \"{other}\" could replace"),
        ),
        (
            &format!("chmod 755 d; chown {other} d"),
            format!("belongs to {other}, who could replace files in it"),
        ),
    ] {
        let findings = doctor(arrange);
        let line = findings.lines().find(|line| line.starts_with("FAIL"));
        assert!(line.unwrap().contains(&fact), "{fact}: {findings}");
    }
    // As in /tmp, users rename only their own files.
    let findings = doctor("chown root:root d; chmod 1777 d");
    assert!(!findings.contains("FAIL"), "{findings}");
}

#[test]
fn root_with_another_users_home_creates_no_file_there() {
    if !can_create_users() {
        return;
    }
    let machine = two_users("h");
    let owner = machine.name("owner");
    machine
        .root(&format!(
            "install -d -m 755 -o {owner} home; install -d -m 700 -o {owner} home/data"
        ))
        .succeeds();
    let tree = || machine.root("find home -printf '%m %u %p\\n' | sort");
    let before = tree().succeeds().stdout;
    let (home, binary) = (machine.path("home"), machine.path("apikey"));
    let (home, binary) = (home.display(), binary.display());
    for environment in [
        format!("HOME={home}"),
        format!("HOME=/root XDG_DATA_HOME={home}/data"),
    ] {
        for args in [
            "init",
            "init --shared root",
            "create a -g readonly",
            "group create g",
            "user add u",
            "list",
            "doctor",
            "restore apikey --yes",
        ] {
            let ran = machine.root(&format!("{environment} {binary} {args} --json"));
            assert_eq!(ran.exits(4).error_code(), "not-permitted", "{args}");
            let ran = machine.root(&format!("{environment} {binary} {args}"));
            ran.says(&format!(
                "env -u SUDO_USER -u SUDO_UID runuser -u {owner} -- apikey"
            ));
            assert_eq!(tree().stdout, before, "{environment} {args}");
        }
    }
    // The owner may use the default path, and root may name the database.
    let init = format!("HOME={home} {binary} init");
    machine.run_as("owner", &init).succeeds();
    machine.root(&format!("HOME={home} {binary} list")).exits(4);
    let named = format!("{binary} --db {home}/.local/share/apikey/keys.db list");
    machine.root(&named).succeeds();
}
