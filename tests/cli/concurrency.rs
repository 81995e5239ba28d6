//! Concurrent commands on one database, and interrupted changes.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, finish};

#[test]
fn thirty_two_processes_verify_while_one_creates_keys() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let off = sandbox.key("off");
    sandbox.run(&["deactivate", "off"]).succeeds();
    std::fs::write(sandbox.path("a"), secret).unwrap();
    std::fs::write(sandbox.path("off"), off).unwrap();
    for round in 0..4 {
        let verifiers: Vec<_> = (0..32)
            .map(|n| {
                let file = if n % 4 == 0 { "off" } else { "a" };
                (
                    n,
                    sandbox
                        .apikey(&["verify", "--key-file", file])
                        .spawn()
                        .unwrap(),
                )
            })
            .collect();
        for n in 0..4 {
            sandbox.key(&format!("new-{round}-{n}"));
        }
        for (n, child) in verifiers {
            let ran = finish(child);
            let expected = if n % 4 == 0 {
                (1, "refused inactive\n")
            } else {
                (0, "accepted a\n")
            };
            assert_eq!(
                (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
                (expected.0, expected.1, "")
            );
        }
    }
    assert_eq!(sandbox.names(&["--status", "active"]).len(), 17);
}

#[test]
fn concurrent_changes_are_all_made_and_logged() {
    let sandbox = Sandbox::new();
    let create = |n: usize| {
        sandbox
            .apikey(&["create", &format!("k{n}"), "-g", "readonly"])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..16).map(create).collect();
    for child in children {
        finish(child).succeeds();
    }
    assert_eq!(sandbox.count("secrets WHERE state = 'current'"), 16);
    assert_eq!(sandbox.count("log"), 1 + 2 * 16);
    sandbox.run(&["log", "verify"]).succeeds();
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn a_lock_of_another_process_is_exit_75_and_the_error_names_the_process() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let holder = sandbox.sqlite();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let deactivate = sandbox
        .apikey(&["deactivate", "a", "--json"])
        .spawn()
        .unwrap();
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    let verify = sandbox
        .apikey(&["verify", "--key-file", "s", "--json"])
        .spawn()
        .unwrap();
    for child in [deactivate, verify] {
        let ran = finish(child).exits(75);
        assert_eq!(ran.error_code(), "locked");
        let holder = format!("(process {})", std::process::id());
        assert!(ran.stderr.contains(&holder), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(sandbox.show("a")["status"], "active");
}

#[sqlite_only("the journal of a file")]
#[test]
fn the_next_command_undoes_an_interrupted_change() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    // A hot journal: the database and its journal in the middle of a commit.
    let journal = sandbox.db().with_extension("db-journal");
    let before = std::fs::read(sandbox.db()).unwrap();
    let conn = sandbox.sqlite();
    conn.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE keys SET active = 0; CREATE TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT hex(randomblob(50)) FROM n;").unwrap();
    let (torn, hot) = (
        std::fs::read(sandbox.db()).unwrap(),
        std::fs::read(&journal).unwrap(),
    );
    conn.execute_batch("ROLLBACK").unwrap();
    drop(conn);
    assert_ne!(torn, before);
    for command in [&["list"][..], &["verify"], &["deactivate", "nosuch"]] {
        std::fs::write(sandbox.db(), &torn).unwrap();
        std::fs::write(&journal, &hot).unwrap();
        let ran = sandbox.feed(command, &secret);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        assert!(!journal.exists());
        assert_eq!(sandbox.show("a")["status"], "active");
    }
}
