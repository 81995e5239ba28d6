//! `scan --deactivate`: what it ends, who may, and what the log keeps.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;

use super::sandbox::{Sandbox, finish};
use super::scan::{OTHER, states, write};

/// Returns a database with the key `current`, whose secret leaked, the key `turned`, whose previous
/// secret leaked, the key `off`, which is inactive, and the text that has their secrets.
fn leaked() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let secrets = ["current", "turned", "off"].map(|name| sandbox.key(name));
    sandbox
        .run(&["rotate", "turned", "--overlap", "1h"])
        .succeeds();
    sandbox.run(&["deactivate", "off"]).succeeds();
    let text = format!("{}\n{OTHER}", secrets.join("\n"));
    write(&sandbox, &[("leak.log", text.as_bytes())]);
    (sandbox, text)
}

#[test]
fn keys_of_live_secrets_are_deactivated_and_previous_secrets_end() {
    let (sandbox, text) = leaked();
    let entries = sandbox.count("log");
    let ran = sandbox.run(&["scan", "leak.log", "--deactivate"]).exits(1);
    assert_eq!(ran.stdout.lines().count(), 4);
    ran.says("deactivated \"current\"")
        .says("ended the previous secret of \"turned\"");
    assert_eq!(sandbox.count("log"), entries + 2);
    let after = [
        "inactive current",
        "ended turned",
        "inactive off",
        "other-database -",
    ];
    assert_eq!(states(&sandbox, &text), after);
    assert_eq!(sandbox.show("turned")["status"], "active");
    assert_eq!(sandbox.show("turned")["previous"]["state"], "ended");
    assert!(sandbox.show("current")["reactivates_at"].is_null());
    // Nothing is live any more.
    sandbox
        .run(&["scan", "leak.log", "--deactivate"])
        .succeeds();
    assert_eq!(sandbox.count("log"), entries + 2);
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn a_temporary_deactivation_becomes_permanent() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.run(&["deactivate", "a", "--for", "1h"]).succeeds();
    sandbox.feed(&["scan", "--deactivate"], &secret).exits(1);
    assert!(sandbox.show("a")["reactivates_at"].is_null());
    assert_eq!(states(&sandbox, &secret), ["inactive a"]);
}

#[test]
fn the_log_has_reason_path_and_line() {
    for (reason, args) in [
        ("found by scan", &[][..]),
        ("in a ticket", &["--reason", "in a ticket"]),
    ] {
        let (sandbox, _) = leaked();
        let scan = ["scan", "leak.log", "--deactivate", "--json"];
        sandbox.run(&[&scan, args].concat()).exits(1);
        let log = sandbox
            .run(&["log", "--limit", "2", "--json"])
            .succeeds()
            .json();
        for entry in log.as_array().unwrap() {
            assert_eq!(entry["reason"], reason);
            assert_eq!(entry["details"]["path"], "leak.log");
        }
        let actions =
            ["action", "name"].map(|field| [log[0][field].clone(), log[1][field].clone()]);
        let mut pairs = [0, 1].map(|at| format!("{} {}", actions[0][at], actions[1][at]));
        pairs.sort();
        assert_eq!(
            pairs,
            [r#""deactivate" "current""#, r#""finish-rotation" "turned""#]
        );
    }
}

#[test]
fn an_operator_ends_its_own_secrets_or_none() {
    let sandbox = Sandbox::staffed();
    let key = |name: &str, owner: &str| sandbox.create(&[name, "-g", "deploy", "--owner", owner]);
    let (hers, his) = (key("hers", "alice"), key("his", "bob"));
    let both = format!("{hers}\n{his}");
    let scan = |operator: &str, text: &str, args: &[&str]| {
        write(&sandbox, &[("in", text.as_bytes())]);
        let mut command = sandbox.apikey(&[&["scan"], args].concat());
        command.env("SUDO_USER", operator);
        command.stdin(File::open(sandbox.path("in")).unwrap());
        finish(command.spawn().unwrap())
    };
    // As from verify, a holder of both secrets learns both keys.
    for operator in ["alice", "carol", "admin"] {
        let ran = scan(operator, &both, &[]).exits(1);
        assert!(ran.stdout.contains(" live hers ") && ran.stdout.contains(" live his "));
    }
    scan("dave", &both, &[]).exits(4);
    let entries = sandbox.count("log");
    scan("carol", &both, &["--deactivate"]).exits(4);
    scan("alice", &both, &["--deactivate"])
        .exits(4)
        .says("doesn't own the key \"his\"");
    assert_eq!(sandbox.count("log"), entries);
    assert_eq!(states(&sandbox, &both), ["live hers", "live his"]);
    scan("alice", &hers, &["--deactivate"]).exits(1);
    assert_eq!(states(&sandbox, &both), ["inactive hers", "live his"]);
    // Only an operator who may read the log learns of a deleted key.
    sandbox.run(&["delete", "hers", "-y"]).succeeds();
    for (operator, state) in [("carol", "deleted hers"), ("alice", "unknown -")] {
        let ran = scan(operator, &hers, &[]).succeeds();
        assert!(ran.stdout.contains(state), "{ran:?}");
    }
}

#[test]
fn live_secrets_end_even_if_their_lines_can_t_be_printed() {
    let (sandbox, _) = leaked();
    let ran = sandbox.shell("$APIKEY scan leak.log --deactivate > /dev/full");
    ran.exits(7).says("can't be listed");
    assert_eq!(sandbox.show("current")["status"], "inactive");
    let (sandbox, _) = leaked();
    let ran = sandbox.shell("$APIKEY scan leak.log --deactivate | true");
    ran.succeeds();
    assert_eq!(sandbox.show("current")["status"], "inactive");
}

#[test]
fn a_database_that_can_t_be_written_is_exit_4_before_the_search() {
    let (sandbox, _) = leaked();
    if super::sandbox::is_root() {
        return;
    }
    std::fs::set_permissions(sandbox.db(), std::fs::Permissions::from_mode(0o400)).unwrap();
    let ran = sandbox.run(&["scan", "leak.log", "--deactivate"]).exits(4);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_key_that_can_t_be_decided_on_is_a_warning_and_every_other_live_secret_ends() {
    for (damage, code, fact) in [
        (
            "UPDATE secrets SET hash = 'damaged'
              WHERE key = (SELECT number FROM keys WHERE name = 'b')",
            5,
            "the stored hash is damaged",
        ),
        (
            "UPDATE keys SET created_at = created_at + 1000000 WHERE name = 'b'",
            75,
            "the clock says",
        ),
    ] {
        let sandbox = Sandbox::new();
        let secrets = ["a", "b", "c"].map(|name| sandbox.key(name));
        let short = sandbox.show("b")["key"].as_str().unwrap().to_owned();
        sandbox.sql(damage);
        write(&sandbox, &[("leak.log", secrets.join("\n").as_bytes())]);
        let states = |args: &[&str]| {
            let ran = sandbox.run(&[&["scan", "leak.log"], args].concat());
            let ran = ran.exits(code).says(fact);
            assert!(!format!("{ran:?}").contains(&secrets[1][14..]), "{ran:?}");
            let warning = format!("warning: can't check {short} in leak.log:2:1: {fact}");
            assert!(ran.stderr.contains(&warning), "{ran:?}");
            let state = |line: &str| line.split(' ').nth(1).unwrap().to_owned();
            (ran.stdout.lines().map(state).collect::<Vec<_>>(), ran)
        };
        assert_eq!(states(&[]).0, ["live", "live"]);
        let (found, ran) = states(&["--deactivate"]);
        assert_eq!(found, ["live", "live"]);
        ran.says("deactivated \"a\"").says("deactivated \"c\"");
        assert_eq!(states(&[]).0, ["inactive", "inactive"]);
        assert_eq!(sandbox.show("b")["status"], "active");
    }
}
