//! `created_by`: the login name, which an environment variable can't forge.

use std::os::unix::process::CommandExt;

use super::sandbox::{Sandbox, finish, has, is_root};

#[test]
fn the_operator_is_the_login_name_whatever_the_environment_says() {
    let sandbox = Sandbox::empty();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    command.env("USER", "mallory").env("LOGNAME", "mallory");
    finish(command.spawn().unwrap()).succeeds();
    let login = sandbox.shell("id -un").succeeds().stdout;
    assert_eq!(sandbox.show("a")["created_by"], login.trim_end());
    let by: String = sandbox
        .sqlite()
        .query_row("SELECT DISTINCT operator FROM log", [], |row| row.get(0))
        .unwrap();
    assert_eq!(by, login.trim_end());
}

#[test]
fn sudo_user_counts_for_root_and_the_owner_and_nobody_else() {
    if !has("root, to become other users", is_root()) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.shell("chmod -R a+rwX . .local").succeeds();
    let create = |name: &str, uid: Option<u32>, sudo_user: &str| {
        let mut command = sandbox.apikey(&["create", name, "-g", "readonly"]);
        command.env("SUDO_USER", sudo_user);
        if let Some(uid) = uid {
            command.uid(uid).gid(65534);
        }
        finish(command.spawn().unwrap()).succeeds();
        sandbox.show(name)["created_by"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(create("a", None, "alice"), "alice");
    assert_eq!(create("b", Some(65534), "alice"), "nobody");
    assert_eq!(create("c", Some(54321), "alice"), "uid:54321");
    // A login name that can't be told is nobody's, least of all root's.
    assert_eq!(create("d", None, "al\u{1b}ice"), "uid:?");
    assert_eq!(create("e", None, ""), "root");
    let db = sandbox.db();
    sandbox
        .shell(&format!("chown 65534 {}", db.display()))
        .succeeds();
    assert_eq!(create("f", Some(65534), "alice"), "alice");
}

#[test]
fn who_comes_through_sudo_is_known_from_the_first_command_on() {
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
