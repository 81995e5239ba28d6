//! The messages on stderr: remarks only at a terminal; errors and warnings always.

use sqlite_only::sqlite_only;

use super::pty::Terminal;
use super::sandbox::{Sandbox, commands};

/// Commands that only read, each with the remark that it prints at a terminal.
const REMARKS: &[(&str, &str)] = &[
    ("list --search nosuch", "no keys"),
    ("list --unused-for 9d", "keys not used since 20"),
    ("list --expires-within 9d", "keys that expire by 20"),
    ("user list", "no users"),
    ("log --operator unknown", "no entries"),
    ("log --since 1d", "since 20"),
    ("log --key old", "no key is named \"old\" now"),
    ("log verify", "the log is intact"),
    (
        "verify --min-remaining 1d < s",
        "the key must be valid until 20",
    ),
    ("verify -g nosuch < s", "there is no group \"nosuch\""),
    (
        "verify --batch -g nosuch < s",
        "there is no group \"nosuch\"",
    ),
    (
        "shared-secret check sha256=$(printf %064d 0) < s",
        "the signature is not valid",
    ),
];

/// Returns a database with which each command prints its remark, and a secret in `s`.
fn sample_sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("s"), sandbox.key("old")).unwrap();
    sandbox.run(&["rename", "old", "new"]).succeeds();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn a_command_that_only_reads_prints_remarks_at_a_terminal_and_none_for_cron() {
    let sandbox = sample_sandbox();
    for (line, remark) in REMARKS {
        let ran = sandbox.shell(&format!("$APIKEY {line}"));
        assert_eq!(ran.stderr, "", "{line}");
        let mut terminal = Terminal::open(&sandbox, 120, &format!("$APIKEY {line} > out"));
        assert_eq!(terminal.ends(), ran.code, "{line}");
        assert!(
            terminal.contents().contains(remark),
            "{line}: {}",
            terminal.contents()
        );
        let mut quiet = Terminal::open(&sandbox, 120, &format!("$APIKEY {line} -q > out"));
        assert_eq!(quiet.ends(), ran.code, "{line}");
        assert!(
            !quiet.contents().contains(remark),
            "{line}: {}",
            quiet.contents()
        );
    }
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn a_listing_without_problems_prints_nothing_on_stderr() {
    let sandbox = sample_sandbox();
    let reads = |path: &Vec<String>| {
        ["list", "show", "log", "head", "doctor"].contains(&path.last().unwrap().as_str())
    };
    for path in commands().into_iter().filter(reads) {
        let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
        match args[..] {
            ["show"] => args.push("new"),
            ["group", "show"] => args.push("admin"),
            ["user", "show"] => continue,
            _ => {}
        }
        let ran = sandbox.run(&args).succeeds();
        assert_eq!(ran.stderr, "", "{args:?}");
    }
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn a_change_is_always_reported_unless_quiet() {
    let sandbox = sample_sandbox();
    sandbox
        .run(&["deactivate", "new"])
        .succeeds()
        .says("deactivated \"new\"");
    let ran = sandbox.run(&["activate", "new", "-q"]).succeeds();
    assert_eq!(ran.stderr, "");
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn verify_quiet_prints_nothing_and_the_exit_code_is_the_answer() {
    let sandbox = sample_sandbox();
    let secret = std::fs::read_to_string(sandbox.path("s")).unwrap();
    for json in [&[][..], &["--json"]] {
        for (args, input, code) in [
            (&["verify"][..], secret.as_str(), 0),
            (&["verify", "-g", "nosuch"], &secret, 1),
            (&["verify"], "nonsense", 1),
            (&["verify", "--batch"], &secret, 0),
            (&["verify", "--batch"], "nonsense\n", 1),
        ] {
            let args = [args, &["-q"], json].concat();
            let ran = sandbox.feed(&args, input).exits(code);
            assert_eq!(
                (ran.stdout, ran.stderr),
                (String::new(), String::new()),
                "{args:?}"
            );
        }
        // An error is no verdict, and is printed.
        let args = [&["verify", "-q"], json].concat();
        let ran = sandbox.feed(&args, "").exits(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{ran:?}");
        // Without a printed verdict, a full stdout is no error.
        let line = format!("$APIKEY verify -q {} < s > /dev/full", json.concat());
        sandbox.shell(&line).succeeds();
        let damaged = Sandbox::new();
        let secret = damaged.key("a");
        damaged.sql("UPDATE secrets SET hash = 'x'");
        let args = [&["verify", "--batch", "-q"], json].concat();
        let ran = damaged.feed(&args, &secret).exits(5);
        assert!(
            ran.stderr.contains("hash") && ran.stdout.is_empty(),
            "{ran:?}"
        );
    }
    assert!(sandbox.show("new")["last_used_at"].is_string());
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn doctor_quiet_prints_only_failures() {
    let sandbox = sample_sandbox();
    for json in [&[][..], &["--json"]] {
        let args = [&["doctor", "-q"], json].concat();
        let ran = sandbox.run(&args).succeeds();
        let none = if json.is_empty() { "" } else { "[]\n" };
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (none, ""));
    }
    sandbox.sql("UPDATE secrets SET hash = 'x'");
    let all = sandbox.run(&["doctor"]).exits(1).stdout;
    let failing: Vec<&str> = all
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    let quiet = sandbox.run(&["doctor", "-q"]).exits(1).stdout;
    assert_eq!(quiet.lines().collect::<Vec<_>>(), failing);
    assert!(!failing.is_empty() && failing.len() < all.lines().count());
    let json = sandbox.run(&["doctor", "-q", "--json"]).exits(1).json();
    let json = json.as_array().unwrap();
    assert_eq!(json.len(), failing.len());
    assert!(json.iter().all(|finding| finding["ok"] == false));
}

#[test]
fn there_is_no_note_on_managers_when_no_user_ever_was_one() {
    const NOTE: &str = "no active user has apikey:manage now";
    let sandbox = Sandbox::new();
    for args in [
        &["group", "set-permissions", "admin", "--none"][..],
        &["user", "add", "alice", "-g", "readonly"],
        &["user", "add", "bob"],
        &["user", "set-groups", "alice", "--none"],
        &["user", "set-expiry", "alice", "2020-01-01"],
        &["user", "deactivate", "alice"],
        &["user", "delete", "bob", "-y"],
        &["user", "delete", "alice", "-y"],
    ] {
        let ran = sandbox.run(args).succeeds();
        assert!(!ran.stderr.contains(NOTE), "{args:?}: {ran:?}");
    }
}
