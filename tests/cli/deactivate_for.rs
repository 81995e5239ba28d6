//! `deactivate --for`: a deactivation that ends by itself.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;
use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, clock, wait_until};

/// Returns `status` and `reactivates_at` of the key `a`.
fn state(sandbox: &Sandbox) -> (String, Value) {
    let shown = sandbox.show("a");
    let status = shown["status"].as_str().unwrap().to_owned();
    (status, shown["reactivates_at"].clone())
}

fn seconds_until_active(sandbox: &Sandbox) -> i64 {
    let select = "SELECT reactivates_at FROM keys WHERE name = 'a'";
    let end = sandbox.number(select);
    end - clock()
}

#[sqlite_only("the view for programs that read the file")]
#[test]
fn a_temporary_deactivation_ends_in_verify_list_and_the_view_in_the_same_second() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.run(&["deactivate", "a", "--for", "1h"]).succeeds();
    let mut batch = sandbox
        .apikey(&["verify", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = batch.stdin.take().unwrap();
    let mut output = BufReader::new(batch.stdout.take().unwrap());
    let mut in_batch = || {
        writeln!(input, "{secret}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        line.starts_with("accepted")
    };
    let accepts = || sandbox.feed(&["verify", "-q"], &secret).code == 0;
    let lists = || sandbox.names(&["--status", "active"]) == ["a"];
    let shows = || state(&sandbox).0 == "active";
    let is_usable = || sandbox.count("usable_secrets") == 1;
    let end = clock() + 2;
    sandbox.sql(&format!("UPDATE keys SET reactivates_at = {end}"));
    let (mut refused, mut accepted) = (0, 0);
    while accepted < 10 {
        for (name, is_active) in [
            ("verify", &mut (|| accepts()) as &mut dyn FnMut() -> bool),
            ("batch", &mut in_batch),
            ("list", &mut (|| lists())),
            ("show", &mut (|| shows())),
            ("usable_secrets", &mut (|| is_usable())),
        ] {
            let before = clock();
            let is_active = is_active();
            let after = clock();
            // The command ran at a time from `before` to `after`.
            assert!(
                after >= end || !is_active,
                "{name} is {} s early",
                end - after
            );
            assert!(
                before < end || is_active,
                "{name} is {} s late",
                before - end
            );
            refused += usize::from(!is_active);
            accepted += usize::from(is_active);
        }
    }
    assert!(refused > 0);
    assert_eq!(state(&sandbox).1, Value::Null);
    // The row is unchanged: no command had to run.
    assert_eq!(sandbox.count("keys WHERE active = 0"), 1);
    drop(input);
    batch.wait().unwrap();
}

#[test]
fn a_permanent_deactivation_stays_and_a_temporary_one_gets_another_end() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let log = || sandbox.run(&["log", "--limit", "1", "--json"]).json()[0].clone();
    let first = sandbox
        .run(&["deactivate", "a", "--for", "1h", "--json"])
        .succeeds();
    let end = first.json()[0]["reactivates_at"].clone();
    first.says("deactivated \"a\" until ");
    assert_eq!(log()["details"]["until"], end);
    assert_eq!(state(&sandbox), ("inactive".to_owned(), end));
    let since = "SELECT deactivated_at FROM keys";
    let since = || sandbox.number(since);
    sandbox.sql("UPDATE keys SET deactivated_at = deactivated_at - 100");
    let begin = since();
    for time in ["2h", "30m"] {
        sandbox.run(&["deactivate", "a", "--for", time]).succeeds();
    }
    assert!((1700..=1800).contains(&seconds_until_active(&sandbox)));
    // Refusals count from the first deactivation on.
    assert_eq!(since(), begin);
    sandbox
        .run(&["deactivate", "a"])
        .succeeds()
        .says("deactivated \"a\"");
    assert_eq!(state(&sandbox), ("inactive".to_owned(), Value::Null));
    let entries = sandbox.count("log");
    let already = sandbox.run(&["deactivate", "a", "--for", "1h"]).succeeds();
    already.says("\"a\" is already inactive");
    assert_eq!(
        (state(&sandbox).1, sandbox.count("log")),
        (Value::Null, entries)
    );
    sandbox.run(&["activate", "a"]).succeeds();
    assert_eq!(state(&sandbox), ("active".to_owned(), Value::Null));
    // A key that is active again by itself can be deactivated like any other.
    sandbox.run(&["deactivate", "a", "--for", "1h"]).succeeds();
    sandbox.sql("UPDATE keys SET reactivates_at = 1, deactivated_at = 0");
    sandbox
        .run(&["activate", "a"])
        .succeeds()
        .says("already active");
    sandbox.run(&["deactivate", "a"]).succeeds();
    assert!(since() > 0);
    assert_eq!(state(&sandbox), ("inactive".to_owned(), Value::Null));
    for bad in ["0s", "1y", "", "-1h", "never"] {
        let option = format!("--for={bad}");
        sandbox.run(&["deactivate", "a", &option]).exits(2);
    }
}

#[test]
fn a_clock_that_is_behind_decides_no_end() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.tamper("UPDATE log SET at = at + 1000 WHERE seq = (SELECT max(seq) FROM log)");
    let ran = sandbox
        .run(&["deactivate", "a", "--for", "1h", "--json"])
        .exits(75);
    assert_eq!(ran.error_code(), "clock");
    sandbox.run(&["deactivate", "a"]).succeeds();
}

#[test]
fn an_operator_with_own_only_lengthens_a_temporary_deactivation() {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["a", "-g", "deploy", "--owner", "alice"]);
    let alice = |args: &[&str]| sandbox.as_user("alice", args);
    alice(&["deactivate", "a", "--for", "2h"]).succeeds();
    alice(&["deactivate", "a", "--for", "3h"]).succeeds();
    let denied = alice(&["deactivate", "a", "--for", "1h"]).exits(4);
    denied.says("may not activate \"a\" before");
    alice(&["deactivate", "--owner", "alice", "--for", "1s", "-y"]).exits(4);
    alice(&["activate", "a"]).exits(4);
    assert!(seconds_until_active(&sandbox) > 2 * 3600);
    alice(&["deactivate", "a"]).succeeds();
    assert_eq!(state(&sandbox), ("inactive".to_owned(), Value::Null));
    // A permanent deactivation stays permanent.
    alice(&["deactivate", "a", "--for", "1s"]).succeeds();
    assert_eq!(state(&sandbox), ("inactive".to_owned(), Value::Null));
}

#[sqlite_only("restores a file")]
#[test]
fn a_restored_key_becomes_active_by_itself_unless_all_are_inactive() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["deactivate", "a", "--for", "1h"]).succeeds();
    let backup = sandbox.path("backup.db");
    let backup = backup.to_str().unwrap();
    sandbox.run(&["backup", backup]).succeeds();
    for (more, reactivates) in [(&[][..], true), (&["--inactive"], false)] {
        for file in [sandbox.db(), sandbox.usage()] {
            std::fs::remove_file(file).unwrap();
        }
        let ran = sandbox
            .run(&[&["restore", backup, "-y"], more].concat())
            .succeeds();
        assert_eq!(
            ran.stderr.contains("would be active, or become so"),
            reactivates,
            "{ran:?}"
        );
        let (status, end) = state(&sandbox);
        assert_eq!((&*status, end.is_string()), ("inactive", reactivates));
    }
}

#[test]
fn a_refusal_counts_although_another_was_recorded_shortly_before() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    // Refused for another reason, and within a minute because it is inactive.
    sandbox.feed(&["verify", "-g", "admin"], &secret).exits(1);
    let refusal = || {
        let select = "SELECT deactivated_at FROM keys";
        let since = sandbox.number(select);
        let at = sandbox.show("a")["last_refused_at"]
            .as_str()
            .unwrap()
            .to_owned();
        (since, at)
    };
    wait_until(clock() + 1);
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.feed(&["verify"], &secret).exits(1);
    let (since, at) = refusal();
    let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
    assert!(at.timestamp() >= since, "{at} {since}");
    let found = sandbox.run(&["review", "--only", "refused", "-q"]).exits(1);
    assert!(
        found.stdout.contains("refused since it was deactivated"),
        "{found:?}"
    );
}
