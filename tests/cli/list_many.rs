//! `list` on many keys: its memory, and its locks.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlite_only::sqlite_only;

use super::process_memory::LIMIT;
use super::sandbox::{Sandbox, finish};
use super::waiting::{in_time, wait_for};

#[test]
fn a_paused_listing_never_delays_a_revocation() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 3000);
    let sorts = ["name", "created_at"];
    let formats = ["table", "json", "jsonl", "csv"];
    for (format, sort) in formats.iter().flat_map(|f| sorts.map(|sort| (f, sort))) {
        sandbox.run(&["activate", "a"]).succeeds();
        let mut command = sandbox.apikey(&["list", "--format", format, "--sort", sort]);
        let mut child = command.spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0];
        in_time(child.id(), "a first line", || out.read_exact(&mut first)).unwrap();
        // The pipe fills up while the reader pauses. If the listing held a lock, this would be
        // exit 75.
        sandbox.run(&["deactivate", "a"]).succeeds();
        let mut rest = Vec::new();
        in_time(child.id(), "the end", || out.read_to_end(&mut rest)).unwrap();
        finish(child).succeeds();
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_keys() {
    let small = Sandbox::new();
    small.key("a");
    small.multiply("a", 3_000);
    let large = Sandbox::new();
    large.key("a");
    large.multiply("a", 40_000);
    for (format, sort) in [
        ("table", "name"),
        ("json", "name"),
        ("jsonl", "created_at"),
        ("csv", "name"),
    ] {
        let args = ["list", "-q", "--format", format, "--sort", sort];
        let (small, large) = (small.peak(&args), large.peak(&args));
        // Keeping 37,000 more keys in memory would take more than 20 MiB.
        assert!(
            large < small + 12 * 1024,
            "{format}: {small} KiB for 3,000 keys, {large} KiB for 40,000"
        );
    }
}

#[test]
fn many_keys_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "deploy"]).succeeds();
    sandbox.create(&[
        "a",
        "-g",
        "deploy",
        "-g",
        "readonly",
        "-d",
        "what it is for",
    ]);
    sandbox.multiply("a", 60_000);
    for args in [
        &["--format", "table"][..],
        &["--format", "jsonl", "--sort", "groups", "-g", "deploy"],
    ] {
        let args = [&["list", "-q"], args].concat();
        let peak = sandbox.peak(&args);
        assert!(peak <= LIMIT, "{args:?}: {peak} KiB");
    }
}

#[test]
fn keys_with_long_descriptions_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 20_000);
    let text = "x".repeat(1000);
    sandbox.sql(&format!("UPDATE keys SET description = '{text}' || number"));
    for format in ["table", "csv"] {
        let peak = sandbox.peak(&["list", "-q", "--format", format]);
        assert!(peak <= LIMIT, "{format}: {peak} KiB");
    }
}

#[test]
fn keys_with_groups_and_owners_of_their_own_are_listed_in_32_mib() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 60_000);
    let (permission, user, group) = ("x".repeat(900), "u".repeat(50), "g".repeat(50));
    sandbox.sql(&format!(
        "INSERT INTO key_permissions SELECT number, '{permission}' FROM keys;
         INSERT INTO users (id, name, created_at, created_by)
         SELECT 'u' || id, '{user}' || id, 0, 'root' FROM keys WHERE number > 30000;
         INSERT INTO groups (id, name, created_at, created_by)
         SELECT 'g' || id, '{group}' || id, 0, 'root' FROM keys WHERE number > 30000;
         DELETE FROM key_groups;
         INSERT INTO key_groups SELECT number, 'g' || id FROM keys WHERE number > 30000;
         UPDATE keys SET owner = 'u' || id WHERE number > 30000;"
    ));
    for format in ["table", "jsonl"] {
        let peak = sandbox.peak(&["list", "-q", "--format", format]);
        assert!(peak <= LIMIT, "{format}: {peak} KiB");
    }
}

#[sqlite_only("writes through a connection of SQLite")]
#[test]
fn a_key_and_its_groups_are_read_in_one_transaction() {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "even"]).succeeds();
    sandbox.run(&["group", "create", "odd"]).succeeds();
    sandbox.create(&["a", "-g", "even", "-d", "even"]);
    sandbox.multiply("a", 8000);
    sandbox.sql("UPDATE keys SET description = 'even'");
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let conn = sandbox.sqlite();
            conn.busy_timeout(std::time::Duration::from_secs(60))
                .unwrap();
            for group in ["odd", "even"].iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                conn.execute_batch(&format!(
                    "BEGIN IMMEDIATE;
                     UPDATE keys SET description = '{group}' WHERE number % 500 = 0;
                     UPDATE key_groups SET group_id = (SELECT id FROM groups WHERE name = '{group}')
                      WHERE key % 500 = 0;
                     COMMIT;"
                ))
                .unwrap();
            }
        });
        let list = |_| {
            let mut ran = None;
            // On a busy machine the writer may block a reader for too long.
            wait_for("a list that gets the lock", || {
                ran = Some(sandbox.run(&["list", "--format", "csv"]));
                ran.as_ref().is_some_and(|ran| ran.code != 75)
            });
            ran.unwrap()
        };
        let all: Vec<_> = (0..5).map(list).collect();
        // Before an assertion can fail: the scope waits for the writer.
        done.store(true, Ordering::Relaxed);
        for ran in all {
            let listed = ran.succeeds().stdout;
            let mut rows = csv::Reader::from_reader(listed.as_bytes());
            let mut count = 0;
            for row in rows.records() {
                let row = row.unwrap();
                assert_eq!(row[2], row[5], "{row:?}");
                count += 1;
            }
            assert_eq!(count, 8001);
        }
    });
}
