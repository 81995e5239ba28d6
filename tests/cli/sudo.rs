//! Operators as real users of the operating system, and through the real sudo with the lines
//! of the guide to a shared machine.

use std::path::Path;

use super::machine::{Machine, block_after, can_create_users};
use super::sandbox::{has, mode};

const GUIDE: &str = "shared-machine.md";

#[test]
fn each_system_user_has_its_registered_rights_and_no_variable_changes_them() {
    if !can_create_users() {
        return;
    }
    let mut machine = Machine::new("a");
    for user in ["admin", "self", "audit", "nobody", "forger"] {
        machine.add_user(user);
    }
    let db = machine.path("db/keys.db").display().to_string();
    let apikey = format!("{} --db {db}", machine.path("apikey").display());
    let (admin, own, audit) = (
        machine.name("admin"),
        machine.name("self"),
        machine.name("audit"),
    );
    // All of them can read the file, so only the rights limit what they see.
    machine
        .root(&format!(
            "mkdir db; {apikey} init --argon2 m=8,t=1,p=1; chmod 755 db; chmod 644 db/*
             {apikey} group create own --allow apikey:own --allow x
             {apikey} group create audit --allow apikey:read
             {apikey} user add {admin} -g admin
             {apikey} user add {own} -g own
             {apikey} user add {audit} -g audit
             {apikey} create roots -g readonly
             {apikey} create selfs -g own --owner {own}"
        ))
        .succeeds();
    let as_user = |user: &str, args: &str| machine.run_as(user, &format!("{apikey} {args}"));
    let count = |user: &str| {
        let listed = as_user(user, "list --json").succeeds().json();
        listed.as_array().unwrap().len()
    };

    assert_eq!(count("admin"), 2);
    assert_eq!(count("self"), 1);
    assert_eq!(count("audit"), 2);
    as_user("self", "show roots").exits(3);
    as_user("nobody", "list").exits(4);
    // None of these users can write the file, so none can change the database.
    for user in ["admin", "self", "audit", "nobody"] {
        as_user(user, "deactivate selfs").exits(4);
    }
    let shown = as_user("admin", "show selfs --json").succeeds().json();
    assert_eq!(
        (&shown["owner"], &shown["status"]),
        (&own.clone().into(), &"active".into())
    );

    // The environment makes no user another operator.
    let forged =
        format!("SUDO_USER={admin} SUDO_UID=0 USER={admin} LOGNAME={admin} USERNAME={admin}");
    for (user, args) in [
        ("forger", "list"),
        ("forger", "create x -g readonly"),
        ("forger", "user add forger -g admin"),
        ("self", "activate selfs"),
        ("self", "user list"),
        ("audit", "delete selfs -y"),
    ] {
        let ran = machine
            .run_as(user, &format!("{forged} {apikey} {args}"))
            .exits(4);
        assert!(!ran.stderr.contains(&admin), "{ran:?}");
    }
    let listed = machine.run_as("self", &format!("{forged} {apikey} list --json"));
    assert_eq!(listed.succeeds().json().as_array().unwrap().len(), 1);
    // Root requires no right, unless it came through sudo.
    machine.root(&format!("{apikey} list")).succeeds();
    machine
        .root(&format!(
            "SUDO_USER={} {apikey} list",
            machine.name("nobody")
        ))
        .exits(4);
}

#[test]
fn through_sudo_with_the_guides_line_each_role_does_what_it_may() {
    let has_sudo = Path::new("/usr/sbin/visudo").exists() && Path::new("/usr/bin/sudo").exists();
    if !can_create_users() || !has("sudo", has_sudo) {
        return;
    }
    let mut machine = Machine::new("s");
    for group in ["verify", "ops"] {
        machine.groups.push(machine.name(group));
    }
    machine.users.push(machine.name("owner"));
    machine
        .root(&machine.translated(&block_after(GUIDE, "as root, once:")))
        .succeeds();
    let path = Path::new("/etc/sudoers.d").join(machine.name("sudo"));
    machine.sudoers = Some(path.clone());
    let line = block_after(GUIDE, "this line, exactly");
    std::fs::write(&path, machine.translated(&line)).unwrap();
    machine
        .root(&format!("chmod 440 {0}; visudo -c -f {0}", path.display()))
        .succeeds();
    for user in ["alice", "bob", "carol", "mallory", "outsider", "wwwdata"] {
        machine.add_user(user);
    }
    for user in ["alice", "bob", "carol", "mallory"] {
        let (group, user) = (machine.name("ops"), machine.name(user));
        machine
            .root(&format!("usermod --append --groups {group} {user}"))
            .succeeds();
    }

    let alias = machine.translated(&block_after(GUIDE, "scripts write it out:"));
    let through = alias
        .trim()
        .strip_prefix("alias apikey='")
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    let through = through.replacen("sudo ", "sudo -n ", 1);
    let as_user = |user: &str, lines: &str| {
        machine.run_as(
            user,
            &format!(
                "apikey() {{ {through} \"$@\"; }}\n{}",
                machine.translated(lines)
            ),
        )
    };

    // The administrator registers the others, as the guide has it.
    for role in ["### Administrator", "### Self-service user", "### Auditor"] {
        let ran = as_user("alice", &format!("set -e\n{}", block_after(GUIDE, role)));
        ran.succeeds();
    }
    as_user("alice", "apikey create payroll --group admin").succeeds();
    // Self-service: bob's own shell creates the file.
    let home = machine.path(&machine.name("bob"));
    machine
        .root(&format!(
            "install -d -m 700 -o {} {}",
            machine.name("bob"),
            home.display()
        ))
        .succeeds();
    as_user(
        "bob",
        "cd bob && umask 077 && apikey create job --group readonly > job.APIKEY",
    )
    .succeeds();
    assert_eq!(mode(&home.join("job.APIKEY")), 0o600);
    let mine = as_user("bob", "apikey list --json").succeeds().json();
    assert_eq!(mine.as_array().unwrap().len(), 1);
    assert_eq!(mine[0]["owner"], machine.name("bob"));
    assert_eq!(mine[0]["created_by"], machine.name("bob"));
    as_user("bob", "apikey show payroll").exits(3);
    as_user("bob", "apikey create x --group admin").exits(4);
    as_user("bob", "apikey user list").exits(4);
    as_user(
        "bob",
        "cd bob && apikey create x --group readonly --export x",
    )
    .exits(2)
    .says("umask 077; sudo -u");
    // The auditor sees all keys and changes none; an unregistered user sees none.
    let all = as_user("carol", "apikey list --json").succeeds().json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    as_user("carol", "apikey deactivate job").exits(4);
    as_user("mallory", "apikey list").exits(4);

    // sudo and the fixed --db forbid these.
    let binary = machine.path("apikey").display().to_string();
    let db = machine.path("lib/keys.db").display().to_string();
    let owner = machine.name("owner");
    let lines = [
        format!("sudo -n -u {owner} {binary} list"),
        format!("sudo -n -u {owner} {binary} --db other.db init"),
        format!("sudo -n -u root {binary} --db {db} list"),
        format!("sudo -n {binary} --db {db} list"),
        format!(
            "sudo -n -u {owner} SUDO_USER={} {binary} --db {db} user list",
            machine.name("alice")
        ),
        format!("sudo -n -E -u {owner} {binary} --db {db} user list"),
        format!("sudo -n -u {owner} /bin/sh -c id"),
        format!("sudo -n -u {owner} {binary} --db {db} --db other.db init"),
        format!("sudo -n -u {owner} {binary} --db {db} --db=other.db list"),
        format!("sudo -n -u {owner} {binary} --db {db} list --search -- --db other.db"),
        format!("sudo -n -u {owner} {binary} --db '{db} /../other.db' init"),
        format!("sudo -n -u {owner} {binary} '--db {db} /../other.db' init"),
        format!("sudo -n -u {owner} {binary} --db {db} verify --key-file {db}"),
        format!("sudo -n -u {owner} {binary} --db {db} create x -g readonly -d -- --db other.db"),
    ];
    for line in &lines {
        let ran = machine.run_as("bob", line);
        assert_ne!(ran.code, 0, "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
    }
    as_user("outsider", "apikey list").exits(1);
    // Variables set before sudo change nothing either.
    let line = "export SUDO_USER=alice USER=alice LOGNAME=alice; apikey user list";
    as_user("bob", line).exits(4);
    // Without sudo bob has no access to the file.
    machine
        .run_as("bob", &format!("{binary} --db {db} list"))
        .exits(4);

    // The verifying job: no right, no sudo, only the file.
    machine
        .root(&machine.translated(&block_after(GUIDE, "### Verifying job")))
        .succeeds();
    let secret = std::fs::read_to_string(home.join("job.APIKEY")).unwrap();
    std::fs::write(machine.path("secret"), secret).unwrap();
    let job = |args: &str| machine.run_as("wwwdata", &format!("{binary} --db {db} {args}"));
    let accepted = job("verify --can x:read --key-file secret").succeeds();
    assert_eq!(
        (accepted.stdout.as_str(), accepted.stderr.as_str()),
        ("accepted job\n", "")
    );
    let example = machine.translated(&block_after(GUIDE, "the job runs, for example"));
    let refused = machine.run_as("wwwdata", &format!("SECRET_FILE=secret; {example}"));
    assert_eq!(refused.exits(1).stdout, "refused missing-permission\n");
    let seen = as_user("carol", "apikey show job --json").succeeds().json();
    assert!(seen["last_used_at"].is_string(), "{seen}");
    job("list").exits(4);
    job("create x -g readonly").exits(4);
    machine
        .run_as("wwwdata", &format!("echo x > {db}-journal"))
        .exits(2);
    assert_eq!(mode(Path::new(&db)), 0o640);
    as_user("alice", "apikey user deactivate bob").succeeds();
    let refused = job("verify --key-file secret").exits(1);
    assert_eq!(refused.stdout, "refused owner-inactive\n");

    // Without a database no user is registered, and no operator may create one.
    let backup = machine.path("lib/backup.db").display().to_string();
    as_user("alice", &format!("apikey backup {backup}")).succeeds();
    machine.root(&format!("rm {db} {db}.usage")).succeeds();
    let forged = home.join("forged.db").display().to_string();
    let bob = machine.name("bob");
    machine
        .run_as(
            "bob",
            &format!(
                "{binary} --db {forged} init && {binary} --db {forged} user add {bob} -g admin"
            ),
        )
        .succeeds();
    // The owner can read the forged database, which still belongs to bob.
    machine
        .root(&format!("mv {forged} forged.db; chmod 644 forged.db"))
        .succeeds();
    let forged = machine.path("forged.db").display().to_string();
    for line in [
        "apikey init".to_owned(),
        format!("apikey restore {forged} --yes"),
        format!("apikey restore {forged} --inactive"),
        format!("apikey restore {backup} --yes"),
    ] {
        as_user("bob", &line).exits(4);
        assert!(!Path::new(&db).exists(), "{line}");
    }
    // Root must restore as the owner, who could not use a database of root.
    let restore = format!("{binary} --db {db} restore {backup} --yes");
    let as_owner = format!("env -u SUDO_USER -u SUDO_UID runuser -u {owner} --");
    machine
        .root(&restore)
        .exits(4)
        .says(&format!("{as_owner} apikey --db {db} restore"));
    for by_root in [true, false] {
        if by_root {
            // A shell of `sudo -i` has this variable.
            machine.root(&format!("export SUDO_USER={bob}; {as_owner} {restore}"))
        } else {
            as_user("alice", &format!("apikey restore {backup} --yes"))
        }
        .succeeds()
        .says("users who would be active");
        let owners = machine.root(&format!("stat -c %U:%a {db} {db}.usage"));
        assert_eq!(owners.stdout, format!("{owner}:600\n{owner}:600\n"));
        as_user("carol", "apikey list").succeeds();
        // The lines of the guide share the database again.
        let commands = block_after(GUIDE, "share it again:");
        machine
            .root(&format!("cd lib; {}", machine.translated(&commands)))
            .succeeds();
        job("verify --key-file secret").exits(1);
        machine.root(&format!("rm {db} {db}.usage")).succeeds();
    }
}
