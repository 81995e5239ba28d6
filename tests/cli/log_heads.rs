//! Heads of the log, kept elsewhere, detect a rewritten log.

use sqlite_only::sqlite_only;

use super::log_verify::{expect, head, populated, rewrite, verify};
use super::machine::block_after;
use super::sandbox::{APIKEY, finish};

#[sqlite_only("reads the log through a connection of SQLite")]
#[test]
fn log_head_prints_one_line_which_expect_accepts() {
    let (sandbox, head, conn) = populated();
    let (seq, hash): (i64, String) = conn
        .query_row(
            "SELECT seq, lower(hex(hash)) FROM log ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(head, format!("{seq}:{hash}"));
    let ran = sandbox.run(&["log", "head"]).succeeds();
    assert_eq!(
        (ran.stdout, ran.stderr),
        (format!("{head}\n"), String::new())
    );
    let json = sandbox.run(&["log", "head", "--json"]).succeeds().json();
    assert_eq!(json, serde_json::json!({"seq": seq, "hash": hash}));
    expect(&sandbox, &head.to_uppercase()).succeeds();
    sandbox
        .shell("head=$($APIKEY log head) && $APIKEY deactivate a && $APIKEY log verify --expect \"$head\"")
        .succeeds();
    for bad in [
        "",
        "7",
        "7:",
        &hash,
        &format!("0:{hash}"),
        &format!("-1:{hash}"),
        &head[..head.len() - 1],
    ] {
        let ran = sandbox
            .run(&["log", "verify", "--json", "--expect", bad])
            .exits(2);
        assert!(
            ran.stdout.is_empty() && !ran.stderr.contains("first_wrong"),
            "{ran:?}"
        );
    }
}

#[sqlite_only("rewrites the log through a connection of SQLite")]
#[test]
fn a_rewritten_log_is_detected_only_by_a_head_kept_elsewhere() {
    for sql in [
        "UPDATE log SET operator = 'eve' WHERE seq = 2",
        "UPDATE log SET at = at + 1 WHERE seq = 1",
        "UPDATE log SET details = '{}' WHERE seq = 7",
        "UPDATE log SET seq = 0 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 4;
         UPDATE log SET seq = 4 WHERE seq = 0",
        "INSERT INTO log SELECT -1, at, operator, action, key, details, hash FROM log WHERE seq = 4",
    ] {
        let (sandbox, head, conn) = populated();
        conn.execute_batch(sql).unwrap();
        rewrite(&conn);
        // Without a head the rewritten log is valid.
        verify(&sandbox).succeeds();
        let ran = expect(&sandbox, &head).exits(1);
        assert_eq!(ran.stdout, "7\n", "{sql}");
        assert!(ran.stderr.contains("not the expected one"), "{ran:?}");
    }
    let (sandbox, head, conn) = populated();
    conn.execute("DELETE FROM log WHERE seq = 4", []).unwrap();
    rewrite(&conn);
    verify(&sandbox).succeeds();
    // The log has one entry less, so the last entry is missing.
    assert_eq!(expect(&sandbox, &head).exits(1).stdout, "7\n");
}

#[sqlite_only("copies the file")]
#[test]
fn an_older_copy_of_the_file_is_detected_only_by_a_head_kept_elsewhere() {
    let (sandbox, early, _) = populated();
    let copy = std::fs::read(sandbox.db()).unwrap();
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.run(&["delete", "a", "-y"]).succeeds();
    let late = head(&sandbox);
    std::fs::write(sandbox.db(), copy).unwrap();
    verify(&sandbox).succeeds();
    expect(&sandbox, &early).succeeds();
    assert_eq!(expect(&sandbox, &late).exits(1).stdout, "8\n");
    // The older copy is also detected while its log grows, and once its log is as long as before.
    for name in ["b", "c"] {
        sandbox.run(&["group", "create", name]).succeeds();
    }
    verify(&sandbox).succeeds();
    assert_eq!(expect(&sandbox, &late).exits(1).stdout, "9\n");
    sandbox.run(&["group", "create", "d"]).succeeds();
    assert_eq!(expect(&sandbox, &late).exits(1).stdout, "9\n");
    expect(&sandbox, &early).succeeds();
}

#[sqlite_only("rewrites the log through a connection of SQLite")]
#[test]
fn the_guides_line_for_cron_prints_nothing_until_the_log_is_tampered_with() {
    let (sandbox, _, conn) = populated();
    let line = block_after("log.md", "This line is for cron on another machine");
    let line = line.trim_end().strip_prefix("0 * * * * ").unwrap();
    // Another directory stands for the other machine.
    let elsewhere = sandbox.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let cron = |line: &str| {
        let ssh = "ssh() { shift; HOME=$THERE /bin/sh -c \"$*\"; }; apikey() { $APIKEY \"$@\"; };";
        let path = std::env::var("PATH").unwrap();
        let bin = std::path::Path::new(APIKEY).parent().unwrap().display();
        let mut command = sandbox.program("/bin/sh");
        command
            .args(["-c", &format!("{ssh} {line}")])
            .env("THERE", sandbox.home())
            .env("PATH", format!("{bin}:{path}"))
            .current_dir(&elsewhere);
        finish(command.spawn().unwrap())
    };
    let heads = || std::fs::read_to_string(elsewhere.join("heads")).unwrap();
    cron("ssh keys.example.org apikey log head > heads").succeeds();
    for count in 2..4 {
        sandbox
            .run(&["group", "create", &format!("g{count}")])
            .succeeds();
        let ran = cron(line).succeeds();
        assert_eq!(ran.stdout + &ran.stderr, "");
        assert_eq!(heads().lines().count(), count);
    }
    conn.execute("UPDATE log SET operator = 'eve' WHERE seq = 2", [])
        .unwrap();
    rewrite(&conn);
    let before = heads();
    let ran = cron(line).exits(1);
    assert_eq!(ran.stdout, "9\n");
    assert!(
        ran.stderr.contains("entry 9 is not the expected one"),
        "{ran:?}"
    );
    // The kept heads stay, so the next run reports it again.
    assert_eq!(heads(), before);
    cron(line).exits(1);
}
