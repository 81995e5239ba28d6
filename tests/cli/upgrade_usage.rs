//! Slots and the usage file of a database of an older version.

use std::os::unix::fs::FileExt;

use super::sandbox::clock;
use super::upgrade::first_schema;

#[test]
fn a_failed_migration_leaves_the_usage_file_unchanged() {
    let sandbox = first_schema("");
    let usage = sandbox.db().with_extension("db.usage");
    std::fs::write(
        &usage,
        [&1_700_000_000_i64.to_le_bytes()[..], &[0; 8]].concat(),
    )
    .unwrap();
    let before = std::fs::read(&usage).unwrap();
    let reading = sandbox.sqlite();
    reading
        .execute_batch("BEGIN; SELECT count(*) FROM keys")
        .unwrap();
    sandbox.run(&["list"]).exits(75);
    assert_eq!(std::fs::read(&usage).unwrap(), before);
}

#[test]
fn numbers_and_slots_of_an_emptied_table_are_not_reused() {
    let sandbox = first_schema("PRAGMA foreign_keys = ON; DELETE FROM keys");
    sandbox.key("next");
    let next = "SELECT number || ' ' || slot FROM keys JOIN secrets ON key = number";
    let next: String = sandbox
        .sqlite()
        .query_row(next, [], |row| row.get(0))
        .unwrap();
    assert_eq!(next, "5 5");
}

#[test]
fn a_migration_keeps_last_uses_and_starts_the_record_again() {
    let sandbox = first_schema("");
    let slot: u64 = sandbox
        .sqlite()
        .query_row("SELECT slot FROM keys WHERE name = 'Older'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let usage = std::fs::OpenOptions::new()
        .write(true)
        .open(sandbox.usage())
        .unwrap();
    // The record starts in 2001, and the key was used in 2026.
    usage
        .write_all_at(&1_000_000_000_i64.to_le_bytes(), 0)
        .unwrap();
    usage
        .write_all_at(&1_796_000_000_i64.to_le_bytes(), slot * 16)
        .unwrap();
    let start = clock();
    let shown = sandbox.show("Older");
    let file = std::fs::read(sandbox.usage()).unwrap();
    let known_since = i64::from_le_bytes(file[..8].try_into().unwrap());
    assert!((start..=clock()).contains(&known_since), "{known_since}");
    let used = i64::from_le_bytes(
        file[usize::try_from(slot).unwrap() * 16..][..8]
            .try_into()
            .unwrap(),
    );
    // If the clock is before that date, the date is not credible.
    assert_eq!(used, 1_796_000_000);
    assert_eq!(shown["last_used_at"].is_string(), start + 300 >= used);
    // The record starts now, so no key is known to be unused.
    assert_eq!(sandbox.names(&["--never-used"]), [""; 0]);
}
