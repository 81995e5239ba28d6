//! `backup` and `restore` of a database on a server: a backup is a file, and takes a database from
//! one engine to the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::engine::Database;
use super::sandbox::{Ran, Sandbox, finish, full_pipe, has, mode, wait_until_blocked};
use super::waiting::{is_installed, wait_for};

/// Runs `args` on the database in the file `db`.
fn on(sandbox: &Sandbox, db: &str, args: &[&str]) -> Ran {
    sandbox.run(&[&["--db", db], args].concat())
}

/// Creates a file with every kind of record. Returns a secret that is accepted.
fn create_file(sandbox: &Sandbox, db: &str) -> String {
    let run = |line: &str| {
        let args: Vec<&str> = line.split_whitespace().collect();
        on(sandbox, db, &args)
            .succeeds()
            .stdout
            .trim_end()
            .to_owned()
    };
    run("init --prefix acme --argon2 m=8,t=1,p=1");
    run("group create deploy --allow deploy:* --allow read@prod-*");
    run("user add alice -g deploy -g readonly --expires 2199-01-01");
    run("user add bob -g admin");
    run("user deactivate bob");
    run("policy set max-overlap 30d");
    run("create first -g readonly --owner alice --app shop --allow deploy:x --meta Ticket=1=2");
    run("create off -g admin --expires 2030-01-01");
    run("create paused -g deploy");
    let secret = run("create used -g readonly -g deploy");
    run("create gone -g readonly");
    run("rotate first --overlap 3d");
    run("rotate off --overlap 0s");
    let refused = run("create refused -g readonly");
    run("deactivate off refused");
    run("deactivate paused --for 5d");
    for args in [
        &["set-description", "used", r"back\slash \N “ä” 'x'"][..],
        &["group", "set-description", "deploy", "\\."],
    ] {
        on(sandbox, db, args).succeeds();
    }
    let csv = "name,key\nold,sk_live_00112233445566778899aabbccddeeff\n";
    let import = "import - --scheme plain --shape sk_live_:32:hex -g readonly";
    let args: Vec<&str> = ["--db", db].into_iter().chain(import.split(' ')).collect();
    sandbox.feed(&args, csv).succeeds();
    // Its number must not be assigned again.
    run("delete gone --yes");
    sandbox.feed(&["--db", db, "verify"], &secret).succeeds();
    sandbox.feed(&["--db", db, "verify"], &refused).exits(1);
    secret
}

/// Returns the rows of every table of a file, and the last numbers that were assigned.
fn tables(file: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let conn = Connection::open(file).unwrap();
    let mut names = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    let rows = |table: &String| {
        let mut select = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        let mut rows: Vec<Vec<Value>> = select
            .query_map([], read)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        rows.sort_by_key(|row| format!("{row:?}"));
        rows
    };
    names
        .iter()
        .map(|name| (name.clone(), rows(name)))
        .collect()
}

#[test]
fn a_backup_of_a_file_becomes_a_database_on_a_server_and_a_file_again() {
    let sandbox = Sandbox::empty();
    let secret = create_file(&sandbox, "start.db");
    let head = on(&sandbox, "start.db", &["log", "head"]).succeeds().stdout;
    let head = head.trim_end();
    on(&sandbox, "start.db", &["backup", "there.db"]).succeeds();

    let restored = sandbox.run(&["restore", "there.db", "--yes"]).succeeds();
    restored
        .says("used")
        .says("users who would be active: alice");
    sandbox.run(&["log", "verify", "--expect", head]).succeeds();
    sandbox.run(&["doctor"]).succeeds();
    let last = sandbox.run(&["log", "--json", "--limit", "1"]).json();
    assert_eq!(last[0]["action"], "restore");
    assert_eq!(last[0]["details"]["role"], "apikey");
    let listed = |db: Option<&str>| {
        let db: Vec<&str> = db.iter().flat_map(|db| ["--db", db]).collect();
        ["list", "user list", "group list", "policy"].map(|command| {
            let args: Vec<&str> = command.split(' ').chain(["--json"]).collect();
            let shown = sandbox.run(&[&db[..], &args].concat()).succeeds().json();
            without_known_since(shown)
        })
    };
    assert_eq!(listed(None), listed(Some("start.db")));
    let imported = "sk_live_00112233445566778899aabbccddeeff";
    for secret in [&secret, imported] {
        sandbox.feed(&["verify", "--no-record"], secret).succeeds();
    }

    let ran = sandbox.run(&["backup", "back.db"]).succeeds();
    ran.says("backed up 6 keys to ");
    for file in ["back.db", "back.db.usage"] {
        assert_eq!(mode(&sandbox.path(file)), 0o600, "{file}");
    }
    on(&sandbox, "back.db", &["doctor"]).succeeds();
    on(&sandbox, "back.db", &["log", "verify", "--expect", head]).succeeds();
    assert_eq!(listed(Some("back.db")), listed(Some("start.db")));
    // Every row and number is the same, but for the log, which has an entry more.
    let (there, mut back) = (
        tables(&sandbox.path("there.db")),
        tables(&sandbox.path("back.db")),
    );
    let log = back.get_mut("log").unwrap();
    let restores = log
        .iter()
        .position(|entry| entry[3] == Value::from("restore".to_owned()));
    log.remove(restores.unwrap());
    assert_eq!(there, back);
    let dates = |file: &str| std::fs::read(sandbox.path(file)).unwrap().split_off(16);
    assert_eq!(dates("there.db.usage"), dates("back.db.usage"));

    // Both engines assign the next number, not that of the deleted key.
    on(&sandbox, "end.db", &["restore", "back.db", "--inactive"]).succeeds();
    on(&sandbox, "end.db", &["create", "next", "-g", "admin"]).succeeds();
    sandbox.run(&["create", "next", "-g", "admin"]).succeeds();
    let numbers = "SELECT number, slot FROM keys JOIN secrets ON key = number WHERE name = 'next'";
    let end = Connection::open(sandbox.path("end.db")).unwrap();
    let in_file: (i64, i64) = end
        .query_row(numbers, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(
        sandbox.value(numbers),
        format!("{}|{}", in_file.0, in_file.1)
    );
    assert_eq!(in_file.0, 8);
}

/// Removes the beginning of the record of uses, which a restore sets, and what follows from it.
fn without_known_since(mut listed: serde_json::Value) -> serde_json::Value {
    if let Some(objects) = listed.as_array_mut() {
        for object in objects {
            if let Some(object) = object.as_object_mut() {
                object.remove("last_use_known_since");
            }
            if let Some(previous) = object
                .get_mut("previous")
                .and_then(|key| key.as_object_mut())
            {
                previous.remove("drained");
            }
        }
    }
    listed
}

#[test]
fn restored_as_inactive_no_key_on_the_server_is_active() {
    let sandbox = Sandbox::empty();
    let secret = create_file(&sandbox, "start.db");
    on(&sandbox, "start.db", &["backup", "copy"]).succeeds();
    let restored = sandbox
        .run(&["restore", "copy", "--inactive", "--json"])
        .succeeds()
        .json();
    assert_eq!(restored["active"], 0);
    assert_eq!(restored["keys"], 6);
    let refused = sandbox.feed(&["verify"], &secret).exits(1);
    assert_eq!(refused.stdout, "refused inactive\n");
    assert_eq!(sandbox.count("keys WHERE active = 1"), 0);
    sandbox.run(&["log", "verify"]).succeeds();
    // Each entry names the role that made the change.
    let entries = "log WHERE action = 'deactivate' AND details LIKE '%\"role\":\"apikey\"%'";
    assert_eq!(sandbox.count(entries), 4);
    // The record begins with the restore.
    assert_eq!(
        sandbox.number(
            "SELECT count(*) FROM usage WHERE slot = 0 AND accepted >= (SELECT max(at) FROM log)"
        ),
        1
    );
}

#[test]
fn only_a_database_that_init_would_take_is_restored_into() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["backup", "copy"]).succeeds();
    let before = sandbox.content();
    let ran = sandbox
        .run(&["restore", "copy", "--yes", "--json"])
        .exits(3);
    assert_eq!(ran.error_code(), "exists");
    assert_eq!(sandbox.content(), before);
    for content in [
        "CREATE TABLE mine (x int)",
        "CREATE VIEW mine AS SELECT 1",
        "UPDATE pg_database SET encoding = 0 WHERE datname = current_database()",
    ] {
        let other = Sandbox::empty();
        other.sql(content);
        let copy = sandbox.path("copy");
        let args = ["restore", copy.to_str().unwrap(), "--yes", "--json"];
        let ran = other.run(&args).exits(3);
        assert_eq!(ran.error_code(), "exists", "{content}");
        assert_eq!(
            other.count("pg_class WHERE relname = 'keys'"),
            0,
            "{content}"
        );
    }
    let missing = sandbox.environment()[0].1.replace("@/", "@/no_such_");
    let ran = on(&sandbox, &missing, &["restore", "copy", "--yes", "--json"]).exits(5);
    assert_eq!(ran.error_code(), "database-missing");
}

#[test]
fn backup_on_a_server_never_replaces_a_file() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("mine"), "mine").unwrap();
    std::fs::write(sandbox.path("other.usage"), "mine").unwrap();
    for path in ["mine", "other"] {
        let ran = sandbox.run(&["backup", path, "--json"]).exits(3);
        assert_eq!(ran.error_code(), "exists", "{path}");
    }
    assert_eq!(std::fs::read(sandbox.path("mine")).unwrap(), b"mine");
    assert_eq!(sandbox.files().len(), 2);
}

#[test]
fn a_secret_that_is_being_delivered_is_not_in_a_backup_of_a_server() {
    let sandbox = Sandbox::new();
    let (reader, writer) = full_pipe();
    let child = sandbox
        .apikey(&["create", "half", "-g", "readonly"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    sandbox.run(&["backup", "copy"]).succeeds();
    assert_eq!(sandbox.count("secrets WHERE state = 'pending'"), 1);
    drop(reader);
    finish(child).exits(6);
    on(&sandbox, "copy", &["show", "half"]).exits(3);
    on(&sandbox, "copy", &["doctor"]).succeeds();
}

#[test]
fn a_damaged_database_on_a_server_is_not_backed_up() {
    for damage in [
        "UPDATE secrets SET hash = 'x'",
        "UPDATE log SET operator = 'x' WHERE seq = 1",
        "UPDATE key_groups SET group_id = 'nothing'",
        "UPDATE usage SET accepted = 9000000000000000000; DELETE FROM settings",
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox.tamper(damage);
        let ran = sandbox.run(&["backup", "copy", "--json"]).exits(5);
        assert_eq!(ran.error_code(), "database-damaged", "{damage}");
        assert!(sandbox.files().is_empty(), "{damage}");
    }
}

#[test]
fn backups_of_a_server_taken_during_changes_are_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let mut writer = sandbox
        .program("/bin/sh")
        .env("APIKEY", super::sandbox::APIKEY)
        .args([
            "-c",
            "while \"$APIKEY\" set-description a x && \"$APIKEY\" deactivate a && \"$APIKEY\" activate a; do :; done",
        ])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for n in 0..10 {
        let name = format!("copy-{n}");
        let entries = sandbox.count("log");
        wait_for("another change", || sandbox.count("log") > entries);
        sandbox.run(&["backup", &name]).succeeds();
        on(&sandbox, &name, &["doctor", "-q"]).succeeds();
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    for n in 0..10 {
        let head = on(&sandbox, &format!("copy-{n}"), &["log", "head"])
            .succeeds()
            .stdout;
        let expect = ["log", "verify", "--expect", head.trim_end()];
        sandbox.run(&expect).succeeds();
    }
}

/// Runs `apikey restore copy --yes` on the server, with `signal` at the `when`th message to it.
/// Returns its exit code, and what is left in the directory of its draft.
fn interrupted(sandbox: &Sandbox, signal: &str, when: usize) -> (i32, Vec<String>) {
    let ran = sandbox.shell(&format!(
        "strace -f -qq -o calls -e trace=mkdir,sendto,write \
         -e inject=sendto:signal={signal}:when={when} \"$APIKEY\" restore copy --yes"
    ));
    let calls = std::fs::read_to_string(sandbox.path("calls")).unwrap();
    let draft = calls.lines().find_map(|call| {
        let (_, path) = call.split_once("mkdir(\"/var/tmp/.db.")?;
        Some(format!("/var/tmp/.db.{}", path.split('"').next()?))
    });
    let Some(draft) = draft else {
        return (ran.code, Vec::new());
    };
    let left = std::fs::read_dir(&draft).into_iter().flatten();
    let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left = left.collect();
    let _ = std::fs::remove_dir(&draft);
    (ran.code, left)
}

#[test]
fn a_restore_that_is_killed_at_any_message_leaves_nothing() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    // A signal that comes before the command begins has its usual effect.
    for (signal, codes, step) in [("KILL", [137, 137], 1), ("TERM", [130, 143], 9)] {
        let sandbox = Sandbox::empty();
        create_file(&sandbox, "start.db");
        on(&sandbox, "start.db", &["backup", "copy"]).succeeds();
        let mut kills = 0;
        for when in (1..).step_by(step) {
            let (ended, left) = interrupted(&sandbox, signal, when);
            assert_eq!(left, [""; 0], "{signal} {when}");
            // The server notices the end of the process a little later.
            let backends =
                "pg_stat_activity WHERE usename = 'apikey' AND datname = current_database()";
            wait_for("the end of the transaction", || {
                sandbox.count(backends) == 0
            });
            let tables = sandbox.count("pg_class WHERE relname IN ('settings', 'keys', 'log')");
            if codes.contains(&ended) && tables == 0 {
                kills += 1;
                continue;
            }
            // The COMMIT was sent.
            assert_eq!(tables, 3, "{signal} {when}: {ended}");
            break;
        }
        assert!(kills * step > 20, "{signal}: {kills}");
        sandbox.run(&["doctor", "-q"]).succeeds();
        sandbox.run(&["log", "verify"]).succeeds();
    }
}

#[test]
fn a_backup_of_a_server_that_is_killed_leaves_no_file_of_that_name() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (signal, code) in [("KILL", 137), ("TERM", 130)] {
        for call in [
            "pwrite64:when=1",
            "pwrite64:when=9",
            "linkat:when=1",
            "fsync:when=1",
        ] {
            let (name, when) = call.split_once(':').unwrap();
            let ran = sandbox.shell(&format!(
                "strace -f -qq -o /dev/null -e trace={name} -e inject={name}:signal={signal}:{when} \
                 \"$APIKEY\" backup copy"
            ));
            if ran.code == code {
                assert!(!sandbox.path("copy").exists(), "{signal} {call}");
            }
        }
    }
    let _ = std::fs::remove_file(sandbox.path("copy.usage"));
    sandbox.run(&["backup", "last"]).succeeds();
}

#[test]
fn two_restores_at_once_make_one_database() {
    let sandbox = Sandbox::empty();
    create_file(&sandbox, "start.db");
    on(&sandbox, "start.db", &["backup", "copy"]).succeeds();
    let restores: Vec<_> = (0..4)
        .map(|_| {
            sandbox
                .apikey(&["restore", "copy", "--yes"])
                .spawn()
                .unwrap()
        })
        .collect();
    let mut codes: Vec<i32> = restores
        .into_iter()
        .map(|child| finish(child).code)
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 3, 3, 3]);
    sandbox.run(&["doctor", "-q"]).succeeds();
}

#[test]
fn an_operator_without_the_right_restores_nothing() {
    let sandbox = Sandbox::staffed();
    sandbox.run(&["backup", "copy"]).succeeds();
    let copy = sandbox.path("copy");
    let target = Database::empty(sandbox.home());
    let db = target.environment()[0].1.clone();
    let args = ["--db", &db, "restore", copy.to_str().unwrap(), "--yes"];
    sandbox.as_user("carol", &args).exits(4);
    // The right counts before the conflict.
    let args = ["restore", copy.to_str().unwrap(), "--yes"];
    sandbox.as_user("carol", &args).exits(4);
    sandbox.as_user("carol", &["backup", "more"]).exits(4);
}
