//! Keys of other users are hidden from an operator with `apikey:own`.

use serde_json::json;
use sqlite_only::sqlite_only;

use super::self_service::{alice, with_other_keys};

#[test]
fn the_key_of_another_user_seems_not_to_exist() {
    let sandbox = with_other_keys();
    let his = sandbox.show("his");
    let (id, short) = (his["id"].as_str().unwrap(), his["key"].as_str().unwrap());
    let error = |args: &[&str], name: &str| {
        let ran = alice(&sandbox, args).exits(3);
        assert_eq!(ran.error_code(), "key-not-found", "{args:?}");
        ran.stderr.replace(name, "NAME")
    };
    // The error is the same as that of a missing key.
    for key in ["his", "noowner", id, short] {
        for (command, rest) in [
            ("show", &[][..]),
            ("activate", &[]),
            ("deactivate", &[]),
            ("rename", &["x"]),
            ("set-groups", &["deploy"]),
            ("set-permissions", &["--none"]),
            ("set-description", &["x"]),
            ("set-owner", &["alice"]),
            ("set-app", &["x"]),
            ("set-expiry", &["1h"]),
            ("delete", &["-y"]),
        ] {
            let args = |key| [&[command, key], rest, &["--json"]].concat();
            let hidden = error(&args(key), key);
            assert_eq!(hidden, error(&args("zzzzzz"), "zzzzzz"), "{command} {key}");
        }
    }
    // Several keys are changed all or none.
    sandbox.create(&["mine", "-g", "deploy", "--owner", "alice"]);
    alice(&sandbox, &["delete", "mine", "his", "-y"]).exits(3);
    alice(&sandbox, &["deactivate", "mine", "his"]).exits(3);
    assert_eq!(sandbox.show("mine")["status"], "active");
    assert_eq!(sandbox.show("his")["status"], "active");
    // A hidden name is not suggested.
    let ran = alice(&sandbox, &["show", "nobody"]).exits(3);
    assert!(!ran.stderr.contains("did you mean"), "{ran:?}");
    alice(&sandbox, &["show", "mien"])
        .exits(3)
        .says("did you mean \"mine\"?");
}

#[sqlite_only("changes bytes of the file")]
#[test]
fn damage_of_another_users_key_does_not_fail_a_listing() {
    let sandbox = with_other_keys();
    sandbox.create(&["mine", "-g", "deploy", "--owner", "alice"]);
    // A record of the index: three bytes of header, the name, the key's number.
    let record = [&[3, 27, 1][..], b"noowner"].concat();
    let mut bytes = std::fs::read(sandbox.db()).unwrap();
    let mut found = bytes.windows(record.len());
    let at = found.position(|found| found == record).unwrap();
    bytes[at + 3] = b'a';
    std::fs::write(sandbox.db(), bytes).unwrap();
    let everyone = sandbox.run(&["list", "--json"]).exits(5);
    assert_eq!(everyone.error_code(), "database-damaged");
    for format in ["table", "csv", "json"] {
        let own = alice(&sandbox, &["list", "--format", format]).succeeds();
        assert!(own.stdout.contains("mine"), "{own:?}");
    }
}

#[test]
fn only_that_a_name_is_taken_can_be_learned() {
    let sandbox = with_other_keys();
    sandbox.create(&["mine", "-g", "deploy", "--owner", "alice"]);
    sandbox.create(&["waits", "-g", "deploy", "--owner", "bob"]);
    sandbox.sql("UPDATE secrets SET state = 'pending' WHERE key = (SELECT number FROM keys WHERE name = 'waits')");
    let id = sandbox.show("his")["id"].as_str().unwrap().to_owned();
    for name in ["his", "HIS", "noowner", "waits", &id] {
        for args in [
            &["create", name, "-g", "deploy"][..],
            &["rename", "mine", name],
        ] {
            let ran = alice(&sandbox, &[args, &["--json"]].concat()).exits(3);
            assert_eq!(ran.error_code(), "name-taken", "{args:?}");
            let expected = format!("the name \\\"{name}\\\" is taken");
            assert!(ran.stderr.contains(&expected), "{ran:?}");
            for hidden in ["bob", "pending", "id of"] {
                assert!(!ran.stderr.contains(hidden), "{ran:?}");
            }
        }
    }
    // Filters, sorting, groups and users reveal no more.
    let listed = |args: &[&str]| {
        alice(&sandbox, &[&["list", "--json"], args].concat())
            .succeeds()
            .stdout
    };
    for args in [
        &["--search", "bob's"][..],
        &["--group", "readonly"],
        &["--status", "pending"],
        &["--sort", "owner", "--search", "noowner"],
    ] {
        assert_eq!(listed(args), "[]\n", "{args:?}");
    }
    let other = alice(&sandbox, &["list", "--owner", "bob", "--json"]).exits(3);
    let missing = alice(&sandbox, &["list", "--owner", "zed", "--json"]).exits(3);
    assert_eq!(
        other.stderr.replace("bob", "X"),
        missing.stderr.replace("zed", "X")
    );
    let groups = alice(&sandbox, &["group", "list", "--json"])
        .succeeds()
        .json();
    for group in groups.as_array().unwrap() {
        let own = matches!(group["name"].as_str(), Some("deploy" | "own"));
        let keys = i32::from(group["name"] == "deploy");
        assert_eq!(
            (&group["keys"], &group["users"]),
            (&json!(keys), &json!(i32::from(own))),
            "{group}"
        );
    }
    let shown = alice(&sandbox, &["group", "show", "deploy", "--json"])
        .succeeds()
        .json();
    assert_eq!(shown["keys"], 1);
    let everything = sandbox
        .run(&["group", "show", "deploy", "--json"])
        .succeeds()
        .json();
    assert_eq!(
        (&everything["keys"], &everything["users"]),
        (&json!(3), &json!(2))
    );
}
