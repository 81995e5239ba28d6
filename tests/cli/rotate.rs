//! `rotate`, `finish-rotation` and `cancel-rotation`, through the binary.

use std::os::unix::fs::symlink;

use serde_json::Value;
use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, clock, finish, mode};

/// Rotates the key `a` with that overlap and returns the new secret.
#[track_caller]
fn rotate(sandbox: &Sandbox, overlap: &str) -> String {
    let ran = sandbox
        .run(&["rotate", "a", "--overlap", overlap])
        .succeeds();
    ran.stdout.trim_end().to_owned()
}

#[track_caller]
fn verdict(sandbox: &Sandbox, secret: &str) -> String {
    let ran = sandbox.feed(&["verify"], secret);
    assert_eq!(
        ran.code,
        i32::from(!ran.stdout.starts_with("accepted")),
        "{ran:?}"
    );
    ran.stdout.trim_end().to_owned()
}

/// Moves everything that is dated by secrets back by that many seconds.
fn pass(sandbox: &Sandbox, seconds: i64) {
    sandbox.age(seconds);
    sandbox.sql(&format!(
        "UPDATE secrets SET created_at = created_at - {seconds}, valid_until = valid_until - {seconds}"
    ));
}

#[test]
fn both_secrets_are_accepted_in_the_overlap_and_only_the_new_one_after_it() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let before = sandbox.show("a");
    let new = rotate(&sandbox, "1h");
    assert_ne!(old, new);
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    assert_eq!(verdict(&sandbox, &new), "accepted a");
    let key = sandbox.show("a");
    for field in ["id", "name", "groups", "created_at", "expires_at", "status"] {
        assert_eq!(key[field], before[field], "{field}");
    }
    assert_ne!(key["key"], before["key"]);
    assert_eq!(key["previous"]["key"], before["key"]);
    assert_eq!(key["previous"]["state"], "previous");
    pass(&sandbox, 3600);
    assert_eq!(verdict(&sandbox, &old), "refused rotated");
    assert_eq!(verdict(&sandbox, &new), "accepted a");
    let key = sandbox.show("a");
    assert_eq!(key["previous"]["state"], "ended");
    assert!(key["previous"]["drained"].is_null());
    assert!(key["previous"]["last_refused_at"].is_string());
}

#[test]
fn verify_says_which_secret_it_was() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let new = rotate(&sandbox, "1h");
    let secret =
        |secret: &str| sandbox.feed(&["verify", "--json"], secret).json()["secret"].clone();
    assert_eq!(secret(&old), "previous");
    assert_eq!(secret(&new), "current");
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    let json = sandbox.feed(&["verify", "--json"], &old).exits(1).json();
    assert_eq!(json["reason"], "rotated");
    assert_eq!(json["secret"], Value::Null);
    assert_eq!(json["key"]["name"], "a");
    // Only who holds the ended secret learns that it was rotated, and only while the key exists.
    sandbox.sql("UPDATE secrets SET hash = (SELECT hash FROM secrets WHERE state = 'current')");
    let json = sandbox.feed(&["verify", "--json"], &old).exits(1).json();
    assert_eq!(
        (&json["reason"], json.get("key")),
        (&"unknown".into(), None)
    );
    let (sandbox, old) = (Sandbox::new(), new);
    assert_eq!(verdict(&sandbox, &old), "refused unknown");
    let old = sandbox.key("a");
    rotate(&sandbox, "0s");
    assert_eq!(verdict(&sandbox, &old), "refused rotated");
    sandbox.run(&["delete", "a", "--yes"]).succeeds();
    assert_eq!(verdict(&sandbox, &old), "refused unknown");
}

#[test]
fn the_end_of_the_overlap_counts_for_min_remaining_and_follows_a_new_expiry() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let new = rotate(&sandbox, "1h");
    let remaining = |secret: &str| {
        let ran = sandbox.feed(&["verify", "--min-remaining", "2h"], secret);
        ran.stdout.trim_end().to_owned()
    };
    assert_eq!(remaining(&old), "refused expires-soon");
    assert_eq!(remaining(&new), "accepted a");
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let rotated = &[
        "rotate",
        "a",
        "--overlap",
        "7d",
        "--expires",
        "1h",
        "--json",
    ];
    let key = sandbox.run(rotated).succeeds().json()["key"].clone();
    assert_eq!(key["previous"]["valid_until"], key["expires_at"]);
    assert_eq!(sandbox.show("a")["expires_at"], key["expires_at"]);
}

#[test]
fn the_uses_of_each_secret_are_shown_also_those_of_a_cancelled_one() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let new = rotate(&sandbox, "1h");
    assert!(sandbox.show("a")["previous"]["last_used_at"].is_null());
    verdict(&sandbox, &old);
    assert!(sandbox.show("a")["previous"]["last_used_at"].is_string());
    sandbox.run(&["cancel-rotation", "a", "-y"]).succeeds();
    assert!(sandbox.show("a")["previous"]["last_refused_at"].is_null());
    assert_eq!(verdict(&sandbox, &new), "refused rotated");
    assert!(sandbox.show("a")["previous"]["last_refused_at"].is_string());
}

#[test]
fn an_overlap_of_nothing_ends_every_secret_before_even_in_an_overlap() {
    let sandbox = Sandbox::new();
    let first = sandbox.key("a");
    let second = rotate(&sandbox, "1h");
    let refused = sandbox
        .run(&["rotate", "a", "--overlap", "1h", "--json"])
        .exits(3);
    assert_eq!(refused.error_code(), "rotating");
    let third = rotate(&sandbox, "0s");
    assert_eq!(verdict(&sandbox, &first), "refused rotated");
    assert_eq!(verdict(&sandbox, &second), "refused rotated");
    assert_eq!(verdict(&sandbox, &third), "accepted a");
}

#[test]
fn finishing_twice_is_no_error_and_says_already() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    rotate(&sandbox, "1h");
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    assert_eq!(verdict(&sandbox, &old), "refused rotated");
    let entries = sandbox.count("log");
    sandbox
        .run(&["finish-rotation", "a"])
        .succeeds()
        .says("already");
    assert_eq!(sandbox.count("log"), entries);
}

#[test]
fn cancelling_makes_the_previous_secret_current_and_ends_the_new_one() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let none = sandbox
        .run(&["cancel-rotation", "a", "-y", "--json"])
        .exits(3);
    assert_eq!(none.error_code(), "not-rotating");
    let new = rotate(&sandbox, "1h");
    sandbox
        .run(&["cancel-rotation", "a"])
        .exits(2)
        .says("--yes");
    let key = sandbox
        .run(&["cancel-rotation", "a", "-y", "--json"])
        .succeeds()
        .json();
    assert!(key["rotated_at"].is_null());
    assert_eq!(key["previous"]["state"], "ended");
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    assert_eq!(verdict(&sandbox, &new), "refused rotated");
    // After the overlap a rotation can't be undone.
    rotate(&sandbox, "1h");
    pass(&sandbox, 3600);
    sandbox.run(&["cancel-rotation", "a", "-y"]).exits(3);
}

#[sqlite_only("removes the usage file")]
#[test]
fn a_rotation_is_finished_if_drained_only_when_every_key_is() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    let new = rotate(&sandbox, "7d");
    sandbox.run(&["rotate", "b", "--overlap", "7d"]).succeeds();
    let drained = |name: &str| sandbox.show(name)["previous"]["drained"].clone();
    assert_eq!(drained("a"), false);
    pass(&sandbox, 86_400);
    sandbox.feed(&["verify"], &new).succeeds();
    assert_eq!((drained("a"), drained("b")), (true.into(), false.into()));
    let entries = sandbox.count("log");
    let both = &["finish-rotation", "a", "b", "--if-drained"];
    sandbox
        .run(both)
        .exits(1)
        .says("the previous secret may still be in use");
    assert_eq!(sandbox.count("log"), entries);
    sandbox
        .run(&["finish-rotation", "a", "--if-drained"])
        .succeeds();
    assert_eq!(sandbox.show("a")["previous"]["state"], "ended");
    // A previous secret whose last use is unknown doesn't count as drained.
    std::fs::remove_file(sandbox.usage()).unwrap();
    assert!(drained("b").is_null());
    sandbox
        .run(&["finish-rotation", "b", "--if-drained"])
        .exits(1);
}

#[test]
fn the_overlap_never_outlasts_the_key() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "--expires", "1h"]);
    rotate(&sandbox, "7d");
    let key = sandbox.show("a");
    assert_eq!(key["previous"]["valid_until"], key["expires_at"]);
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    sandbox.sql("UPDATE keys SET expires_at = 1000");
    let expired = sandbox.run(&["rotate", "a", "--overlap", "1h"]).exits(3);
    assert!(expired.stderr.contains("--expires"), "{expired:?}");
    let ran = sandbox.run(&[
        "rotate",
        "a",
        "--overlap",
        "1h",
        "--expires",
        "never",
        "--json",
    ]);
    assert!(ran.succeeds().json()["key"]["expires_at"].is_null());
    sandbox
        .run(&["rotate", "a", "--overlap", "0s", "--expires", "2020-01-01"])
        .exits(2);
}

#[test]
fn a_rotation_that_fails_leaves_everything_as_it_was() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    std::fs::write(sandbox.path("there"), "x").unwrap();
    let before = sandbox.show("a");
    for args in [
        &["--export", "there"][..],
        &["--export", "no/such/directory"],
        &["--copy"],
    ] {
        let args = [&["rotate", "a", "--overlap", "0s", "--json"], args].concat();
        let ran = sandbox.run(&args).exits(6);
        assert_eq!(ran.error_code(), "not-handed-over", "{args:?}");
        assert!(ran.stderr.contains("nothing was rotated"), "{ran:?}");
    }
    let discarded = sandbox.shell("$APIKEY rotate a --overlap 0s > /dev/full");
    assert_eq!(discarded.code, 6, "{discarded:?}");
    assert_eq!(sandbox.show("a"), before);
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    // A failed rotation during an overlap ends neither secret.
    let new = rotate(&sandbox, "1h");
    let leak = ["rotate", "a", "--overlap", "0s", "--export", "there"];
    sandbox.run(&leak).exits(6);
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    assert_eq!(verdict(&sandbox, &new), "accepted a");
}

#[test]
fn the_new_secret_is_exported_like_that_of_a_new_key() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let ran = sandbox.run(&["rotate", "a", "--overlap", "1h", "--export", ".", "--json"]);
    let json = ran.succeeds().json();
    assert_eq!(
        (&json["rotated"], &json["exported_to"]),
        (&true.into(), &"./a.APIKEY".into())
    );
    assert_eq!(json["secret"], Value::Null);
    let file = sandbox.path("a.APIKEY");
    assert_eq!(mode(&file), 0o600);
    sandbox
        .run(&["verify", "--key-file", "a.APIKEY"])
        .succeeds();
    let printed = sandbox
        .run(&["rotate", "a", "--overlap", "0s", "--json"])
        .succeeds()
        .json();
    let secret = printed["secret"].as_str().unwrap();
    assert_eq!(verdict(&sandbox, secret), "accepted a");
    assert_eq!(printed["key"], {
        let mut shown = sandbox.show("a");
        for field in ["effective_groups", "effective_permissions", "limits"] {
            shown.as_object_mut().unwrap().remove(field);
        }
        shown["last_used_at"] = printed["key"]["last_used_at"].clone();
        shown
    });
}

#[test]
fn of_sixteen_rotations_at_once_one_succeeds() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let start = || {
        sandbox
            .apikey(&["rotate", "a", "--overlap", "1h", "--json"])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..16).map(|_| start()).collect();
    let ran: Vec<_> = children.into_iter().map(finish).collect();
    let (done, refused): (Vec<_>, Vec<_>) = ran.iter().partition(|ran| ran.code == 0);
    assert_eq!(done.len(), 1, "{ran:?}");
    for ran in refused {
        assert_eq!(
            (ran.code, ran.error_code()),
            (3, "rotating".to_owned()),
            "{ran:?}"
        );
    }
    let secret = done[0].json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&sandbox, &secret), "accepted a");
    assert_eq!(verdict(&sandbox, &old), "accepted a");
}

#[test]
fn a_pending_secret_keeps_others_out_for_fifteen_minutes() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let pend = |age: i64| {
        sandbox.sql(&format!(
            "DELETE FROM secrets WHERE state = 'pending';
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT key, hash, '0000', 'pending', {} FROM secrets LIMIT 1",
            clock() - age
        ));
    };
    pend(890);
    let refused = sandbox
        .run(&["rotate", "a", "--overlap", "1h", "--json"])
        .exits(3);
    assert_eq!(refused.error_code(), "rotating");
    assert_eq!(sandbox.show("a")["status"], "active");
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    pend(901);
    let new = rotate(&sandbox, "1h");
    assert_eq!(verdict(&sandbox, &new), "accepted a");
    assert_eq!(sandbox.count("secrets"), 2);
    // A rotation without an overlap, for a leaked secret, doesn't wait for a pending one.
    pend(1);
    sandbox.run(&["rotate", "a", "--overlap", "0s"]).succeeds();
    assert_eq!(verdict(&sandbox, &old), "refused rotated");
}

#[test]
fn rotating_during_other_changes_ends_in_a_state_that_show_explains() {
    for other in [
        &["delete", "a", "-y"][..],
        &["deactivate", "a"],
        &["set-expiry", "a", "1h"],
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        for _ in 0..4 {
            let rotation = sandbox
                .apikey(&["rotate", "a", "--overlap", "0s"])
                .spawn()
                .unwrap();
            let other = finish(sandbox.apikey(other).spawn().unwrap());
            let rotated = finish(rotation);
            assert!(matches!(other.code, 0 | 3), "{other:?}");
            assert!(matches!(rotated.code, 0 | 3 | 6), "{rotated:?}");
            let shown = sandbox.run(&["show", "a", "--json"]);
            if shown.code == 3 {
                break;
            }
            let key = shown.succeeds().json();
            assert_ne!(key["status"], "pending");
            if rotated.code == 0 && key["status"] == "active" {
                assert_eq!(verdict(&sandbox, rotated.stdout.trim_end()), "accepted a");
            }
            sandbox.run(&["doctor", "-q"]).succeeds();
        }
    }
}

#[test]
fn users_rotate_and_finish_their_own_keys_and_keep_the_expiry() {
    let sandbox = Sandbox::staffed();
    sandbox.create(&[
        "hers",
        "-g",
        "deploy",
        "--owner",
        "alice",
        "--expires",
        "90d",
    ]);
    sandbox.create(&["his", "-g", "deploy", "--owner", "bob"]);
    let alice = |args: &[&str]| sandbox.as_user("alice", args);
    alice(&["rotate", "hers", "--overlap", "1h", "--expires", "never"]).exits(4);
    alice(&["rotate", "hers", "--overlap", "1h", "--expires", "1d"]).exits(4);
    alice(&["rotate", "hers", "--overlap", "1h"]).succeeds();
    alice(&["cancel-rotation", "hers", "-y"]).exits(4);
    alice(&["finish-rotation", "hers"]).succeeds();
    let other = alice(&["rotate", "his", "--overlap", "1h", "--json"]).exits(3);
    assert_eq!(other.error_code(), "key-not-found");
    sandbox
        .as_user("carol", &["rotate", "his", "--overlap", "1h"])
        .exits(4);
    // A key that an administrator deactivated stays so.
    sandbox.run(&["deactivate", "hers"]).succeeds();
    let secret = alice(&["rotate", "hers", "--overlap", "1h"])
        .succeeds()
        .stdout;
    assert_eq!(verdict(&sandbox, &secret), "refused inactive");
}

#[test]
fn a_secret_that_was_accepted_and_has_ended_is_refused_on_the_next_line_of_a_batch() {
    use std::io::{BufRead, BufReader, Write};
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let mut batch = sandbox
        .apikey(&["verify", "--batch"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut verdicts = BufReader::new(batch.stdout.take().unwrap()).lines();
    let mut secrets = batch.stdin.take().unwrap();
    let mut ask = |secret: &str| {
        writeln!(secrets, "{secret}").unwrap();
        verdicts.next().unwrap().unwrap()
    };
    assert_eq!(ask(&old), "accepted a");
    let new = rotate(&sandbox, "1h");
    assert_eq!(
        (ask(&old), ask(&new)),
        ("accepted a".into(), "accepted a".into())
    );
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    assert_eq!(
        (ask(&old), ask(&new)),
        ("refused rotated".into(), "accepted a".into())
    );
    sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    sandbox.run(&["cancel-rotation", "a", "-y"]).succeeds();
    assert_eq!(ask(&new), "accepted a");
    drop(secrets);
    assert_eq!(finish(batch).code, 1);
}

#[sqlite_only("the view for programs that read the file")]
#[test]
fn the_view_for_other_programs_has_the_previous_secret_until_it_ends() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    rotate(&sandbox, "1h");
    assert_eq!(sandbox.count("usable_secrets"), 2);
    pass(&sandbox, 3600);
    assert_eq!(sandbox.count("usable_secrets"), 1);
    rotate(&sandbox, "1h");
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    assert_eq!(sandbox.count("usable_secrets"), 1);
}

#[sqlite_only("restores a file")]
#[test]
fn a_backup_keeps_an_overlap_under_way() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    let new = rotate(&sandbox, "1h");
    sandbox.run(&["backup", "copy"]).succeeds();
    std::fs::remove_file(sandbox.db()).unwrap();
    std::fs::remove_file(sandbox.usage()).unwrap();
    let restored = sandbox.run(&["restore", "copy", "-y"]).succeeds();
    restored.says("\"a\" also has a previous secret, apik_");
    assert_eq!(verdict(&sandbox, &old), "accepted a");
    assert_eq!(verdict(&sandbox, &new), "accepted a");
    assert_eq!(sandbox.show("a")["previous"]["state"], "previous");
}

#[test]
fn a_link_takes_no_secret() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    symlink("elsewhere", sandbox.path("link")).unwrap();
    sandbox
        .run(&["rotate", "a", "--overlap", "1h", "--export", "link"])
        .exits(6);
    assert!(!sandbox.path("elsewhere").exists());
}

#[test]
fn doctor_counts_secrets_and_finds_a_previous_one_without_an_end() {
    let sandbox = Sandbox::new();
    let old = sandbox.key("a");
    rotate(&sandbox, "1h");
    let report = sandbox.run(&["doctor"]).succeeds().stdout;
    for fact in ["1 key, ", "hashes of 2 secrets", "dates of 2 secrets"] {
        assert!(report.contains(fact), "{fact:?} is not in\n{report}");
    }
    sandbox.sql("UPDATE secrets SET valid_until = NULL WHERE state = 'previous'");
    let found = sandbox.run(&["doctor", "-q"]).exits(1);
    let fact = "the previous secret of \"a\" has no end";
    assert!(found.stdout.contains(fact), "{found:?}");
    // Until it is repaired, that secret is refused.
    assert_eq!(verdict(&sandbox, &old), "refused rotated");
}
