//! `log verify` detects each kind of tampering.

use rusqlite::types::Value as Column;
use rusqlite::{Connection, params_from_iter};
use sha2::{Digest, Sha256};
use sqlite_only::sqlite_only;

use super::sandbox::{APIKEY, Ran, Sandbox, finish};

/// Returns the hash of an entry, computed independently of `store/log.rs`.
fn hash(previous: &[u8], fields: &[String]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    for field in fields {
        hasher.update(format!("{}:{field},", field.len()));
    }
    hasher.finalize().to_vec()
}

/// Appends entries until the log has `count`.
pub fn lengthen(sandbox: &Sandbox, count: i64) {
    let mut conn = sandbox.sqlite();
    let last = "SELECT seq, at, hash FROM log ORDER BY seq DESC LIMIT 1";
    let (last, at, mut previous): (i64, i64, Vec<u8>) = conn
        .query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let change = conn.transaction().unwrap();
    let insert = "INSERT INTO log VALUES (?1, ?2, 'of-the-test', 'test', NULL, ?3, ?4)";
    for seq in last + 1..=count {
        let details = format!("{{\"n\":{seq}}}");
        let fields = [
            &seq.to_string(),
            &at.to_string(),
            "of-the-test",
            "test",
            "",
            &details,
        ];
        previous = hash(&previous, &fields.map(str::to_owned));
        let mut insert = change.prepare_cached(insert).unwrap();
        insert
            .execute(rusqlite::params![seq, at, details, previous])
            .unwrap();
    }
    change.commit().unwrap();
}

/// Rewrites the log with valid numbers and hashes.
pub fn rewrite(conn: &Connection) {
    let mut select = conn.prepare("SELECT * FROM log ORDER BY seq").unwrap();
    let read = |row: &rusqlite::Row<'_>| (0..7).map(|column| row.get(column)).collect();
    let rows: rusqlite::Result<Vec<Vec<Column>>> = select.query_map([], read).unwrap().collect();
    conn.execute("DELETE FROM log", []).unwrap();
    let mut previous = vec![0; 32];
    for (mut row, seq) in rows.unwrap().into_iter().zip(1i64..) {
        row[0] = seq.into();
        let fields: Vec<String> = row[..6]
            .iter()
            .map(|field| match field {
                Column::Null => String::new(),
                Column::Integer(number) => number.to_string(),
                Column::Text(text) => text.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        previous = hash(&previous, &fields);
        row[6] = previous.clone().into();
        let insert = "INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        conn.execute(insert, params_from_iter(&row)).unwrap();
    }
}

/// Returns a database with seven log entries, its head, and a connection that can rewrite the
/// log.
pub fn populated() -> (Sandbox, String, Connection) {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["group", "create", "g"]).succeeds();
    sandbox.run(&["set-description", "a", "needle"]).succeeds();
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.run(&["activate", "a"]).succeeds();
    let head = head(&sandbox);
    assert!(head.starts_with("7:"));
    let conn = sandbox.sqlite_without_triggers();
    conn.execute_batch("PRAGMA ignore_check_constraints = ON")
        .unwrap();
    (sandbox, head, conn)
}

pub fn head(sandbox: &Sandbox) -> String {
    let head = sandbox.run(&["log", "head"]).succeeds().stdout;
    head.strip_suffix('\n').unwrap().to_owned()
}

pub fn verify(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["log", "verify"])
}

pub fn expect(sandbox: &Sandbox, head: &str) -> Ran {
    sandbox.run(&["log", "verify", "--expect", head])
}

#[sqlite_only("rewrites the log through a connection of SQLite")]
#[test]
fn an_untouched_log_is_valid() {
    let (sandbox, first, _) = populated();
    lengthen(&sandbox, 2500);
    let last = head(&sandbox);
    for ran in [
        verify(&sandbox),
        expect(&sandbox, &first),
        expect(&sandbox, &last),
    ] {
        let ran = ran.succeeds();
        assert_eq!(ran.stdout, "");
        assert_eq!(ran.stderr, "");
    }
    let json = sandbox.run(&["log", "verify", "--json"]).succeeds().stdout;
    assert_eq!(json, "{\"valid\":true,\"first_wrong\":null}\n");
    // Reading appends no entry.
    assert_eq!(head(&sandbox), last);
}

#[sqlite_only("rewrites the log through a connection of SQLite")]
#[test]
fn tampering_is_reported_at_the_first_invalid_entry() {
    let zeros = "zeroblob(32)";
    // The tampering, and the reported entry without and with a head.
    for (sql, alone, with_head) in [
        // A changed field, each field once.
        ("UPDATE log SET at = at - 1 WHERE seq = 3", "3", "3"),
        ("UPDATE log SET operator = 'eve' WHERE seq = 1", "1", "1"),
        ("UPDATE log SET action = 'activate' WHERE seq = 6", "6", "6"),
        ("UPDATE log SET key = '00000000' WHERE seq = 7", "7", "7"),
        ("UPDATE log SET key = NULL WHERE seq = 2", "2", "2"),
        ("UPDATE log SET key = '' WHERE seq = 4", "4", "4"),
        ("UPDATE log SET details = '{}' WHERE seq = 5", "5", "5"),
        ("UPDATE log SET details = replace(details, ':', ': ') WHERE seq = 5", "5", "5"),
        (&format!("UPDATE log SET hash = {zeros} WHERE seq = 4"), "4", "4"),
        (&format!("UPDATE log SET hash = {zeros} WHERE seq = 7"), "7", "7"),
        ("UPDATE log SET hash = X'' WHERE seq = 7", "7", "7"),
        // Removed entries: the first, in the middle, the last, the tail, all.
        ("DELETE FROM log WHERE seq = 1", "1", "1"),
        ("DELETE FROM log WHERE seq = 4", "4", "4"),
        ("DELETE FROM log WHERE seq = 7", "", "7"),
        ("DELETE FROM log WHERE seq > 2", "", "3"),
        ("DELETE FROM log", "1", "1"),
        // Removed entries, with the later ones renumbered.
        ("DELETE FROM log WHERE seq = 1; UPDATE log SET seq = seq - 1", "1", "1"),
        (
            "DELETE FROM log WHERE seq = 4; UPDATE log SET seq = seq - 1 WHERE seq > 4",
            "4",
            "4",
        ),
        // Added entries: before the first, in the middle, after the last, far away.
        (&format!("INSERT INTO log VALUES (0, 0, 'eve', 'x', NULL, '{{}}', {zeros})"), "0", "0"),
        (&format!("INSERT INTO log VALUES (-7, 0, 'eve', 'x', NULL, '{{}}', {zeros})"), "-7", "-7"),
        (
            "UPDATE log SET seq = -seq WHERE seq > 4; UPDATE log SET seq = 1 - seq WHERE seq < 0;
             INSERT INTO log SELECT 5, at, operator, action, key, details, hash FROM log WHERE seq = 4",
            "5",
            "5",
        ),
        (&format!("INSERT INTO log VALUES (8, 0, 'eve', 'x', NULL, '{{}}', {zeros})"), "8", "8"),
        (&format!("INSERT INTO log VALUES (99, 0, 'eve', 'x', NULL, '{{}}', {zeros})"), "8", "8"),
        // A changed order, and changed numbers.
        (
            "UPDATE log SET seq = 0 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 4;
             UPDATE log SET seq = 4 WHERE seq = 0",
            "3",
            "3",
        ),
        ("UPDATE log SET seq = -seq; UPDATE log SET seq = seq + 8", "1", "1"),
        ("UPDATE log SET seq = -seq; UPDATE log SET seq = 1 - seq", "1", "1"),
        ("UPDATE log SET seq = 70 WHERE seq = 7", "7", "7"),
    ] {
        let (sandbox, head, conn) = populated();
        conn.execute_batch(sql).unwrap();
        let code = |first: &str| i32::from(!first.is_empty());
        let line = |first: &str| first.lines().map(|line| format!("{line}\n")).collect::<String>();
        let ran = verify(&sandbox);
        assert_eq!((ran.code, &ran.stdout), (code(alone), &line(alone)), "{sql}");
        let ran = expect(&sandbox, &head).exits(1);
        assert_eq!(ran.stdout, line(with_head), "{sql}");
        assert!(ran.stderr.contains("the log was changed"), "{ran:?}");
        assert_eq!(sandbox.run(&["log", "verify", "-q", "--expect", &head]).stderr, ran.stderr);
        let json = ["log", "verify", "--json", "--expect", &head];
        let json = sandbox.run(&json).exits(1).json();
        let first: i64 = with_head.parse().unwrap();
        assert_eq!(json, serde_json::json!({"valid": false, "first_wrong": first}));
    }
}

#[sqlite_only("changes a byte of the file")]
#[test]
fn a_byte_changed_in_the_file_is_detected() {
    let (sandbox, head, conn) = populated();
    drop(conn);
    let mut bytes = std::fs::read(sandbox.db()).unwrap();
    let needle = br#""to":"needle""#;
    let at = bytes
        .windows(needle.len())
        .position(|window| window == needle);
    bytes[at.unwrap() + needle.len() - 2] = b'f';
    std::fs::write(sandbox.db(), bytes).unwrap();
    let entry = sandbox.run(&["log", "--json"]).succeeds().json()[4]["details"]["to"].clone();
    assert_eq!(entry, "needlf");
    assert_eq!(verify(&sandbox).exits(1).stdout, "5\n");
    assert_eq!(expect(&sandbox, &head).exits(1).stdout, "5\n");
}

#[sqlite_only("rewrites the log through a connection of SQLite")]
#[test]
fn an_unreadable_log_is_exit_5_and_not_exit_1() {
    for sql in [
        "DROP TABLE log",
        "ALTER TABLE log RENAME COLUMN at TO moment",
    ] {
        let (sandbox, _, conn) = populated();
        conn.execute_batch(sql).unwrap();
        for args in [&["log", "verify", "--json"][..], &["log", "--json"]] {
            let ran = sandbox.run(args).exits(5);
            assert_eq!(ran.error_code(), "database-damaged");
        }
    }
    let (sandbox, _, conn) = populated();
    conn.execute_batch("DELETE FROM log").unwrap();
    sandbox
        .run(&["log", "head"])
        .exits(5)
        .says("the log is empty");
    assert_eq!(sandbox.run(&["log", "--json"]).succeeds().stdout, "[]\n");
}

#[test]
fn the_log_stays_valid_while_others_write() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let writer = sandbox
        .program("/bin/sh")
        .args(["-c", "for n in 1 2 3 4 5 6 7 8 9 10; do $APIKEY deactivate a -q; $APIKEY activate a -q; done"])
        .env("APIKEY", APIKEY)
        .spawn()
        .unwrap();
    let mut kept = head(&sandbox);
    for _ in 0..10 {
        expect(&sandbox, &kept).succeeds();
        kept = head(&sandbox);
    }
    finish(writer).succeeds();
    assert!(head(&sandbox).starts_with("23:"));
    expect(&sandbox, &kept).succeeds();
}
