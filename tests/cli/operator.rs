//! The operator: the login name, which no environment variable can forge.

use std::os::unix::process::CommandExt;

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, finish, has, is_root};

#[test]
fn the_operator_is_the_login_name_and_not_what_the_environment_says() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    command.env("USER", "mallory").env("LOGNAME", "mallory");
    finish(command.spawn().unwrap()).succeeds();
    let login = sandbox.shell("id -un").succeeds().stdout;
    assert_eq!(sandbox.show("a")["created_by"], login.trim_end());
    let by = sandbox.value("SELECT DISTINCT operator FROM log");
    assert_eq!(by, login.trim_end());
}

#[sqlite_only("the owner of a file")]
#[test]
fn sudo_user_counts_only_for_root_and_the_owner() {
    if !has("root, to become other users", is_root()) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.shell("chmod -R a+rX . .local").succeeds();
    let run = |args: &[&str], uid: Option<u32>, sudo_user: &str| {
        let mut command = sandbox.apikey(args);
        command.env("SUDO_USER", sudo_user);
        if let Some(uid) = uid {
            command.uid(uid).gid(65534);
        }
        finish(command.spawn().unwrap())
    };
    let create = |name: &str, uid: Option<u32>, sudo_user: &str| {
        run(&["create", name, "-g", "readonly"], uid, sudo_user).succeeds();
        let select = "SELECT created_by FROM keys WHERE name = ?1";
        let by = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        sandbox.sqlite().query_row(select, [name], by).unwrap()
    };
    assert_eq!(create("a", None, "alice"), "alice");
    // A login name that can't be read is not the name of sudo's target.
    assert_eq!(create("b", None, "al\u{1b}ice"), "uid:?");
    assert_eq!(create("c", None, ""), "root");
    // Other users may only read; the denial names the operator.
    let add = ["user", "add", "alice", "-g", "admin"];
    sandbox.run(&add).succeeds();
    for (uid, name) in [(65534, "nobody"), (54321, "uid:54321")] {
        let refused = run(&["list"], Some(uid), "alice").exits(4);
        refused.says(&format!("{name} is not a registered user"));
    }
    sandbox.shell("chown -R 65534 .").succeeds();
    assert_eq!(create("d", Some(65534), "alice"), "alice");
}

#[sqlite_only("the owner of a file")]
#[test]
fn the_operator_through_sudo_is_known_from_the_first_command() {
    if !has("root, to become other users", is_root()) {
        return;
    }
    let sandbox = Sandbox::empty();
    let home = sandbox.home().display().to_string();
    sandbox.shell(&format!("chown 65534 {home}")).succeeds();
    for name in ["a", "b"] {
        let mut command = sandbox.apikey(&["create", name, "-g", "readonly"]);
        command.env("SUDO_USER", "alice").uid(65534).gid(65534);
        finish(command.spawn().unwrap()).succeeds();
    }
    assert_eq!(sandbox.count("log WHERE operator <> 'alice'"), 0);
    assert_eq!(sandbox.count("keys WHERE created_by = 'alice'"), 2);
}

#[test]
fn the_owner_may_do_everything_but_not_through_sudo() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["user", "list"]).succeeds();
    sandbox.as_user("", &["user", "list"]).succeeds();
    sandbox.as_user("root", &["user", "list"]).exits(4);
}
