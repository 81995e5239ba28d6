//! `review`: its answers, formats and rights.

use serde_json::Value;

use super::pty::Terminal;
use super::sandbox::{Ran, Sandbox};

const DAY: i64 = 86_400;

/// Returns a database with an expired key of alice, an inactive key of bob that was refused after
/// its deactivation, and an active key without an owner.
fn sample_sandbox() -> Sandbox {
    let sandbox = Sandbox::staffed();
    sandbox.key("free");
    sandbox.create(&["late", "-g", "deploy", "--owner", "alice"]);
    sandbox
        .run(&["set-expiry", "late", "2020-01-01"])
        .succeeds();
    let secret = sandbox.create(&["off", "-g", "deploy", "--owner", "bob"]);
    sandbox.run(&["deactivate", "off"]).succeeds();
    sandbox.feed(&["verify"], secret).exits(1);
    sandbox
}

/// Returns the rows of `review --format csv` without their dates: `NAME OWNER CHECK`.
fn rows(ran: &Ran) -> Vec<String> {
    let mut lines = ran.stdout.lines();
    assert_eq!(lines.next(), Some("name,owner,check,since,detail"));
    let row = |line: &str| line.split(',').take(3).collect::<Vec<_>>().join(" ");
    lines.map(row).collect()
}

fn rows_of(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    rows(&sandbox.run(&[&["review", "--format", "csv"], args].concat()))
}

#[test]
fn a_review_exits_with_1_for_findings_and_0_without() {
    let sandbox = sample_sandbox();
    sandbox.run(&["review"]).exits(1);
    for none in ["--only=pending", "--status=active", "--search=nosuch"] {
        for format in ["table", "json", "jsonl", "csv"] {
            let ran = sandbox
                .run(&["review", none, "--format", format])
                .succeeds();
            let expected = match format {
                "json" => "[]\n",
                "csv" => "name,owner,check,since,detail\n",
                _ => "",
            };
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected, ""));
        }
    }
}

#[test]
fn findings_are_grouped_by_owner_in_a_table_and_rows_in_csv() {
    let sandbox = sample_sandbox();
    let ran = sandbox.run(&[
        "review",
        "--only",
        "no-expiry",
        "--only",
        "expired",
        "--utc",
    ]);
    let table = ran.exits(1);
    assert_eq!(
        table.stdout,
        "OWNER  NAME  CHECK      SINCE                 DETAIL\n\
         alice  late  expired    2020-01-01T00:00:00Z  it has expired\n\
         -      free  no-expiry  -                     it never expires\n"
    );
    assert_eq!(table.stderr, "");
    let csv = sandbox.run(&["review", "--format", "csv"]).exits(1);
    assert_eq!(rows(&csv), ["late alice expired", "off bob refused"]);
    assert!(
        csv.stdout
            .contains("late,alice,expired,2020-01-01T00:00:00Z,it has expired\n")
    );
    let all = ["--only", "no-owner", "--only", "no-expiry"];
    let free = ["free  no-expiry", "free  no-owner"];
    assert_eq!(rows_of(&sandbox, &all), free);
}

#[test]
fn json_has_the_keys_with_findings_as_list_prints_them() {
    let sandbox = sample_sandbox();
    let listed = sandbox.run(&["list", "--json"]).succeeds().json();
    let reviewed = sandbox.run(&["review", "--json"]).exits(1);
    assert_eq!(reviewed.stderr, "");
    let reviewed = reviewed.json();
    let names: Vec<&Value> = reviewed
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["name"])
        .collect();
    assert_eq!(names, ["late", "off"]);
    for key in reviewed.as_array().unwrap() {
        let mut key = key.clone();
        let findings = key.as_object_mut().unwrap().remove("findings").unwrap();
        let mut all = listed.as_array().unwrap().iter();
        assert_eq!(all.find(|other| other["id"] == key["id"]), Some(&key));
        let [finding] = &findings.as_array().unwrap()[..] else {
            panic!("{findings}");
        };
        let names: Vec<&String> = finding.as_object().unwrap().keys().collect();
        assert_eq!(names, ["check", "detail", "since"]);
    }
    let off = &reviewed[1];
    assert_eq!(off["findings"][0]["check"], "refused");
    assert_eq!(off["findings"][0]["since"], off["last_refused_at"]);
    assert!(off["last_refused_at"].is_string(), "{off}");
    let lines = sandbox
        .run(&["review", "--format", "jsonl"])
        .exits(1)
        .stdout;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines, *reviewed.as_array().unwrap());
}

#[test]
fn quiet_prints_the_findings_alone() {
    let sandbox = sample_sandbox();
    for format in ["table", "csv", "jsonl", "json"] {
        let with = sandbox
            .run(&["review", "--utc", "--format", format])
            .exits(1);
        let quiet = sandbox
            .run(&["review", "--utc", "-q", "--format", format])
            .exits(1);
        let lines = with
            .stdout
            .lines()
            .filter(|line| !line.starts_with("OWNER") && *line != "name,owner,check,since,detail");
        let widths = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = lines.map(widths).collect();
        let found: Vec<String> = quiet.stdout.lines().map(widths).collect();
        assert_eq!(found, lines);
        assert_eq!(quiet.stderr, "");
        let none = ["review", "-q", "--only", "pending", "--format", format];
        let none = sandbox.run(&none).succeeds();
        let expected = if format == "json" { "[]\n" } else { "" };
        assert_eq!((none.stdout.as_str(), none.stderr.as_str()), (expected, ""));
    }
}

#[test]
fn only_and_except_choose_the_checks() {
    let sandbox = sample_sandbox();
    assert_eq!(
        rows_of(&sandbox, &["--only", "expired"]),
        ["late alice expired"]
    );
    assert_eq!(
        rows_of(&sandbox, &["--except", "expired"]),
        ["off bob refused"]
    );
    let both = [
        "--only", "no-owner", "--only", "expired", "--except", "expired",
    ];
    assert_eq!(rows_of(&sandbox, &both), ["free  no-owner"]);
    assert_eq!(rows_of(&sandbox, &["--owner", "bob"]), ["off bob refused"]);
    for args in [
        &["--only", "unusd"][..],
        &["--except", "unusd"],
        &["--only", ""],
        &["--only", "expired", "--except", "expired"],
        &["--only", "old"],
        &["--max-age", "1y"],
        &["--unused-after", "never"],
        &["--search", ""],
    ] {
        let ran = sandbox
            .run(&[&["review", "--json"], args].concat())
            .exits(2);
        assert_eq!(ran.stdout, "", "{args:?}");
        ran.error_code();
    }
    let ran = sandbox.run(&["review", "--only", "unusd"]).exits(2);
    ran.says("hint: did you mean 'unused'?");
    let ran = sandbox.run(&["review", "--only", "old"]).exits(2);
    ran.says("hint: give it with --max-age");
    let mut every = vec!["review"];
    for check in [
        "unused",
        "expiring",
        "expired",
        "owner-inactive",
        "owner-missing-group",
        "refused",
        "drained",
        "overlap-ending-in-use",
        "pending",
        "policy",
        "imported-weak",
    ] {
        every.extend(["--except", check]);
    }
    sandbox.run(&every).exits(2).says("every check is excluded");
    let ran = sandbox.run(&["review", "-q", "--max-age", "1d", "--only", "pending"]);
    ran.succeeds()
        .says("warning: --max-age has no effect without --only old");
}

#[test]
fn the_right_to_see_keys_decides_which_are_reviewed() {
    let sandbox = sample_sandbox();
    let all = ["late alice expired", "off bob refused"];
    let review = |user| sandbox.as_user(user, &["review", "--format", "csv"]);
    assert_eq!(rows(&review("carol").exits(1)), all);
    assert_eq!(rows(&review("admin").exits(1)), all);
    assert_eq!(rows(&review("alice").exits(1)), all[..1]);
    assert_eq!(rows(&review("bob").exits(1)), all[1..]);
    sandbox
        .run(&["user", "add", "dave", "-g", "deploy"])
        .succeeds();
    review("dave").exits(4);
    review("eve").exits(4);
    // Another user's keys and the user itself don't exist for alice.
    let others = ["review", "--owner", "bob", "--json"];
    let ran = sandbox.as_user("alice", &others).exits(3);
    assert_eq!(ran.error_code(), "user-not-found");
    let others = ["review", "--search", "off", "--json"];
    assert_eq!(sandbox.as_user("alice", &others).succeeds().stdout, "[]\n");
}

#[test]
fn a_closed_pipe_ends_a_review_quietly() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 20_000);
    for format in ["table", "json", "jsonl", "csv"] {
        let line = format!("$APIKEY review --only no-owner --format {format} | head -c 9");
        let ran = sandbox.shell(&line).succeeds();
        assert_eq!((ran.stdout.len(), ran.stderr.as_str()), (9, ""), "{format}");
    }
    // The same at a terminal: no remark counts the findings, since not all keys were read.
    let line = "$APIKEY review --only no-owner | head -c 9";
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.ends();
    let shown = terminal.contents();
    assert!(!shown.contains("findings"), "{shown}");
    sandbox
        .shell("$APIKEY review --only no-owner > /dev/full")
        .exits(5)
        .says("can't write to stdout");
}

#[test]
fn a_terminal_shows_each_owner_once_and_the_count() {
    let sandbox = Sandbox::staffed();
    for name in ["a", "b"] {
        sandbox.create(&[name, "-g", "deploy", "--owner", "alice"]);
    }
    let screen = |args: &str, code| {
        let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY review {args}"));
        assert_eq!(terminal.ends(), code, "{args}");
        terminal.contents()
    };
    let shown = screen("--only no-expiry --only never-used", 1);
    assert!(shown.contains("OWNER"), "{shown}");
    assert_eq!(shown.matches("alice").count(), 1, "{shown}");
    assert_eq!(shown.matches("it never expires").count(), 2, "{shown}");
    assert!(shown.contains("4 findings on 2 keys"), "{shown}");
    let quiet = screen("-q --only no-expiry", 1);
    assert!(!quiet.contains("OWNER"), "{quiet}");
    assert!(!quiet.contains("findings"), "{quiet}");
    let none = screen("", 0);
    assert!(none.contains("nothing found"), "{none}");
    assert_eq!(screen("-q", 0).trim(), "exit code 0");
    assert!(screen("--only no-expiry --search b", 1).contains("1 finding on 1 key"));
}

#[test]
fn a_remark_counts_the_keys_whose_use_is_unknown() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    sandbox.run(&["deactivate", "b"]).succeeds();
    // The keys are older than the record of uses.
    let older = format!("UPDATE keys SET created_at = created_at - 100 * {DAY}");
    sandbox.sql(&older);
    let remark = "the use of 1 key is unknown";
    let shown = |args: &str| {
        let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY review {args}"));
        terminal.ends();
        terminal.contents()
    };
    assert!(shown("").contains(remark));
    assert!(!shown("-q").contains(remark));
    assert!(!shown("--only expired").contains(remark));
    assert_eq!(sandbox.run(&["review"]).succeeds().stderr, "");
    let unknown = rows_of(&sandbox, &["--only", "use-unknown", "--only", "never-used"]);
    assert_eq!(unknown, ["a  use-unknown"]);
    // The filter leaves out both keys, even the inactive one, with a warning.
    let ran = sandbox.run(&["review", "--unused-for", "90d"]).succeeds();
    ran.says("warning: 2 keys are left out");
}
