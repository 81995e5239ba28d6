//! `init --shared`: the files it creates, the directories it refuses, and that a failure leaves
//! no file that the wrong users can access.

use super::sandbox::{Sandbox, finish, has, is_root, mode};

/// Returns a HOME that others can enter, and the name of the current user's group.
fn open_home() -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    let group = sandbox.shell("chmod 755 . && id -gn").succeeds().stdout;
    (sandbox, group.trim().to_owned())
}

#[test]
fn directories_and_files_get_their_modes_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let (sandbox, group) = open_home();
        let init = format!("umask {umask}; $APIKEY --db a/b/k.db init --json --shared {group}");
        let ran = sandbox.shell(&init).succeeds();
        ran.clone()
            .says(&format!("members of the group \"{group}\" may verify"));
        assert_eq!(ran.json()["shared"], group);
        for (name, expected) in [
            ("a", 0o710),
            ("a/b", 0o2750),
            ("a/b/k.db", 0o640),
            ("a/b/k.db.usage", 0o660),
        ] {
            assert_eq!(mode(&sandbox.path(name)), expected, "{name}, umask {umask}");
        }
        assert_eq!(sandbox.files().len(), 2, "umask {umask}");
        let details: String = rusqlite::Connection::open(sandbox.path("a/b/k.db"))
            .unwrap()
            .query_row("SELECT details FROM log", [], |row| row.get(0))
            .unwrap();
        assert!(details.contains(&format!("\"shared\":\"{group}\"")));

        // A new usage file gets the same mode.
        let change = "rm a/b/k.db.usage; $APIKEY --db a/b/k.db group create g";
        sandbox
            .shell(&format!("umask {umask}; {change}"))
            .succeeds();
        assert_eq!(
            mode(&sandbox.path("a/b/k.db.usage")),
            0o660,
            "umask {umask}"
        );
        assert_eq!(sandbox.files().len(), 2, "umask {umask}");
    }
    let sandbox = Sandbox::empty();
    let json = sandbox.run(&["init", "--json"]).succeeds().json();
    assert!(json["shared"].is_null(), "{json}");
}

#[test]
fn a_group_may_be_given_by_its_number_and_a_missing_one_is_an_error() {
    let (sandbox, group) = open_home();
    let number = sandbox.shell("id -g").succeeds().stdout;
    let by_number = [
        "--db",
        "a/k.db",
        "init",
        "--json",
        "--shared",
        number.trim(),
    ];
    let json = sandbox.run(&by_number).succeeds().json();
    assert_eq!(json["shared"], group);
    for (group, hint) in [
        ("no-such-group", "groupadd --system no-such-group"),
        ("no such", "groupadd --system 'no such'"),
        // For chown(2), this number means "no change".
        ("4294967295", "give the number of a group"),
    ] {
        let init = ["--db", "b/c/k.db", "init", "--shared", group];
        let ran = sandbox.run(&[&init[..], &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), "group-not-found", "{group}");
        sandbox.run(&init).exits(3).says(hint);
        assert!(!sandbox.path("b").exists(), "{group}");
    }
    let empty = ["--db", "b/k.db", "init", "--shared", ""];
    sandbox.run(&empty).exits(2);
    let in_a_file = ["--db", "a/k.db/x/k.db", "init", "--shared", &group];
    sandbox.run(&in_a_file).exits(5).says("can't create ");
    let second = ["--db", "a/k.db", "init", "--shared", &group, "--json"];
    assert_eq!(sandbox.run(&second).exits(3).error_code(), "exists");
    assert_eq!(sandbox.files().len(), 2);
}

#[test]
fn completion_of_shared_offers_no_apikey_groups() {
    let sandbox = Sandbox::new();
    let mut completion = sandbox.apikey(&["--", "apikey", "init", "--shared", ""]);
    let offered = finish(completion.env("_APIKEY_COMPLETE", "bash").spawn().unwrap());
    assert_eq!(offered.stdout, "");
}

#[test]
fn a_database_is_shared_with_a_group_without_a_name() {
    if !has("root, to give files to any group", is_root()) {
        return;
    }
    let sandbox = Sandbox::empty();
    // As in containers, and on machines without the directory service.
    let init = [
        "--db",
        "s/k.db",
        "init",
        "--shared",
        "54397",
        "--argon2",
        "m=8,t=1,p=1",
    ];
    let ran = sandbox.run(&[&init[..], &["--json"]].concat()).succeeds();
    assert_eq!(ran.json()["shared"], "54397");
    for (file, mode) in [("s", 0o2750), ("s/k.db", 0o640), ("s/k.db.usage", 0o660)] {
        use std::os::unix::fs::MetadataExt;
        let found = sandbox.path(file).metadata().unwrap();
        assert_eq!(
            (found.gid(), found.mode() & 0o7777),
            (54397, mode),
            "{file}"
        );
    }
    let create = ["--db", "s/k.db", "create", "a", "-g", "readonly"];
    let secret = sandbox.run(&create).succeeds().stdout;
    std::fs::write(sandbox.path("secret"), secret).unwrap();
    sandbox.run(&["--db", "s/k.db", "doctor"]).succeeds();
    // A member verifies, and its use is recorded.
    let member = "chmod 755 . && exec setpriv --clear-groups --reuid 54398 --regid 54397 \
                  $APIKEY --db s/k.db verify < secret";
    let ran = sandbox.shell(member).succeeds();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("accepted a\n", "")
    );
}
