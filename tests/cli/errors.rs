//! Tests of the contract's errors and exit codes, in text and in json, in addition to
//! `bad_inputs`.

use std::os::unix::process::CommandExt;

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, clock, finish, has, is_root};

/// Name, preparation in sh, arguments, exit code, `error.code`.
type Case = (&'static str, &'static str, &'static str, i32, &'static str);

const DB: &str = ".local/share/apikey/keys.db";

const CASES: &[Case] = &[
    ("a missing argument", "", "show", 2, "usage"),
    (
        "csv for a command that is no listing",
        "",
        "show a --format csv",
        2,
        "usage",
    ),
    (
        "jsonl for a command that is no listing",
        "",
        "verify --format jsonl",
        2,
        "usage",
    ),
    (
        "an unknown status",
        "",
        "list --status gone",
        2,
        "invalid-input",
    ),
    (
        "an unknown field",
        "",
        "list --sort hash",
        2,
        "invalid-input",
    ),
    (
        "an unknown format",
        "",
        "list --format xml",
        2,
        "invalid-input",
    ),
    (
        "no such group",
        "",
        "group show nosuch",
        3,
        "group-not-found",
    ),
    (
        "a group in use",
        "",
        "group delete readonly -y",
        3,
        "in-use",
    ),
    (
        "a closed stdout for a secret",
        "",
        "create b -g readonly",
        6,
        "not-handed-over",
    ),
    (
        "no room for a report",
        "",
        "rename a b",
        7,
        "outcome-unknown",
    ),
];

#[sqlite_only("prepares files")]
#[test]
fn every_error_has_its_exit_code_in_text_and_json() {
    for &(name, arrange, line, code, error) in CASES {
        for json in [true, false] {
            let sandbox = Sandbox::new();
            sandbox.key("a");
            sandbox.shell(arrange).succeeds();
            let redirect = match name {
                "no room for a report" => ">/dev/full",
                "a closed stdout for a secret" => ">&-",
                _ => "",
            };
            // Only json prints a report.
            let json = json || error == "outcome-unknown";
            let before = sandbox.content();
            let format = if json && !line.contains("--format") {
                "--json"
            } else {
                ""
            };
            let ran = sandbox.shell(&format!("$APIKEY {line} {format} {redirect}"));
            assert_eq!(ran.code, code, "{name}: {ran:?}");
            assert_eq!(ran.stdout, "", "{name}: {ran:?}");
            if !format.is_empty() || line.contains("jsonl") {
                let last = ran.stderr.lines().last().unwrap().to_owned();
                let last = super::sandbox::Ran {
                    stderr: last,
                    ..ran
                };
                assert_eq!(last.error_code(), error, "{name}");
            } else {
                let errors = ran
                    .stderr
                    .lines()
                    .filter(|line| line.starts_with("error: "))
                    .count();
                let hints = ran
                    .stderr
                    .lines()
                    .filter(|line| line.starts_with("hint: "))
                    .count();
                assert_eq!((errors, hints), (1, 1), "{name}: {ran:?}");
                let fact = ran
                    .stderr
                    .lines()
                    .find(|line| line.starts_with("error: "))
                    .unwrap();
                assert!(!fact.ends_with('.'), "{name}: {fact}");
            }
            if !matches!(code, 6 | 7) {
                assert_eq!(sandbox.content(), before, "{name}");
            }
        }
    }
}

#[sqlite_only("prepares files")]
#[test]
fn a_foreign_newer_or_damaged_database_is_reported_and_unchanged() {
    for (sql, error) in [
        ("PRAGMA application_id = 1", "database-foreign"),
        ("PRAGMA user_version = 99", "database-newer"),
        ("PRAGMA user_version = 0", "database-foreign"),
        ("UPDATE settings SET prefix = 'NOT'", "database-damaged"),
        (
            "UPDATE settings SET argon2 = 'm=1,t=1,p=1'",
            "database-damaged",
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE keys SET name = 'a b'",
            "database-damaged",
        ),
        ("UPDATE secrets SET last_four = 'a b!'", "database-damaged"),
        ("DROP TABLE log", "database-damaged"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.sql(sql);
        let before = sandbox.content();
        let command: &[&str] = if sql.starts_with("DROP") {
            &["group", "create", "x", "--json"]
        } else {
            &["list", "--json"]
        };
        let ran = sandbox.run(command).exits(5);
        assert_eq!(ran.error_code(), error, "{sql}");
        assert_eq!(sandbox.content(), before, "{sql}");
    }
    for (name, damage) in [
        ("cut", "truncate -s 20000"),
        ("cut in a page", "truncate -s 5000"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.shell(&format!("{damage} {DB}")).succeeds();
        let ran = sandbox.run(&["list", "--json"]).exits(5);
        assert_eq!(ran.error_code(), "database-damaged", "{name}");
    }
}

#[sqlite_only("prepares files")]
#[test]
fn an_action_that_the_files_permissions_forbid_is_exit_4() {
    if !has("root, to become an ordinary user", is_root()) {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), secret).unwrap();
    sandbox
        .shell("chmod 755 . .local .local/share .local/share/apikey; chmod 644 s")
        .succeeds();
    let as_ordinary_user = |args: &[&str]| {
        let mut command = sandbox.apikey(&[args, &["--json"]].concat());
        finish(command.uid(65534).gid(65534).spawn().unwrap())
    };
    for args in [
        &["list"][..],
        &["verify", "--key-file", "s"],
        &["deactivate", "a"],
        &["create", "b", "-g", "readonly"],
    ] {
        assert_eq!(
            as_ordinary_user(args).exits(4).error_code(),
            "not-permitted",
            "{args:?}"
        );
    }
    // A user who may only read the file can read and verify.
    sandbox.shell(&format!("chmod 644 {DB}")).succeeds();
    as_ordinary_user(&["list"]).succeeds();
    let verified = as_ordinary_user(&["verify", "--key-file", "s"]).succeeds();
    assert_eq!(verified.stderr.lines().count(), 1, "{verified:?}");
    assert!(
        verified.stderr.contains("could not be recorded"),
        "{verified:?}"
    );
    for args in [
        &["deactivate", "a"][..],
        &["create", "b", "-g", "readonly"],
        &["delete", "a", "-y"],
    ] {
        assert_eq!(
            as_ordinary_user(args).exits(4).error_code(),
            "not-permitted",
            "{args:?}"
        );
    }
    let mut elsewhere = sandbox.apikey(&["--db", "/root/closed/k.db", "init", "--json"]);
    let ran = finish(elsewhere.uid(65534).gid(65534).spawn().unwrap());
    assert_eq!(ran.exits(4).error_code(), "not-permitted");
}

#[test]
fn a_clock_before_the_keys_creation_gives_no_verdict() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.sql(&format!("UPDATE keys SET created_at = {}", clock() + 200));
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox.sql("UPDATE keys SET created_at = 4102444800");
    let ran = sandbox.feed(&["verify", "--json"], &secret).exits(75);
    assert_eq!(ran.error_code(), "clock");
    assert!(ran.stderr.contains("2100-01-01T00:00:00Z"), "{ran:?}");
    assert_eq!(ran.stdout, "");
    // A wrong secret is refused as usual.
    sandbox.feed(&["verify"], Sandbox::new().key("x")).exits(1);
}

#[test]
fn a_hash_without_enough_memory_is_exit_75() {
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--argon2", "m=262144,t=1,p=1"])
        .succeeds();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), secret).unwrap();
    let ran = sandbox
        .shell("ulimit -v 200000; $APIKEY verify --key-file s --json")
        .exits(75);
    assert_eq!(ran.error_code(), "out-of-memory");
    let ran = sandbox
        .shell("ulimit -v 200000; $APIKEY create b -g readonly --json")
        .exits(75);
    assert_eq!(ran.error_code(), "out-of-memory");
    assert_eq!(sandbox.count("keys"), 1);
}

#[sqlite_only("prepares files")]
#[test]
fn a_database_of_another_program_in_wal_mode_is_unchanged() {
    for command in [
        &["list"][..],
        &["activate", "x"],
        &["create", "a", "-g", "readonly"],
    ] {
        let sandbox = Sandbox::empty();
        let conn = rusqlite::Connection::open(sandbox.path("f.db")).unwrap();
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .unwrap();
        conn.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
            .unwrap();
        drop(conn);
        let before = std::fs::read(sandbox.path("f.db")).unwrap();
        let ran = sandbox
            .run(&[&["--db", "f.db", "--json"], command].concat())
            .exits(5);
        assert_eq!(ran.error_code(), "database-foreign", "{command:?}");
        assert_eq!(
            std::fs::read(sandbox.path("f.db")).unwrap(),
            before,
            "{command:?}"
        );
        assert_eq!(sandbox.files().len(), 1, "{command:?}");
    }
}

#[test]
fn the_nearest_command_is_suggested() {
    let sandbox = Sandbox::empty();
    for (typed, meant) in [
        ("creat", "did you mean 'create'?"),
        ("lst", "did you mean 'list'?"),
        ("set-group", "did you mean 'set-groups'?"),
        // A hidden command is not suggested.
        ("hold-clipboards", "see `apikey --help`"),
    ] {
        sandbox.run(&[typed]).exits(2).says(meant);
    }
}
