//! Last uses in backups and restored databases.

use super::last_use::{aged, beginning};
use super::sandbox::clock;

#[test]
fn a_backup_copies_the_dates_and_the_start_of_the_record() {
    let sandbox = aged();
    let start = beginning(&sandbox);
    sandbox.run(&["backup", "copy"]).succeeds();
    let copied = std::fs::read(sandbox.path("copy.usage")).unwrap();
    assert_eq!(copied[..8], start.to_le_bytes());
    assert_eq!(copied[8..16], [0; 8]);
    assert_eq!(
        copied[16..24],
        std::fs::read(sandbox.usage()).unwrap()[16..24]
    );
}

#[test]
fn restore_starts_the_record_again() {
    let sandbox = aged();
    sandbox.run(&["backup", "copy"]).succeeds();
    let before = clock();
    let restore = ["--db", "new/keys.db", "restore", "copy", "--yes"];
    let ran = sandbox.run(&restore).succeeds();
    let row = ran.stderr.lines().find(|line| line.starts_with("idle"));
    // The list before the confirmation shows what the backup knows.
    assert!(row.unwrap().ends_with("Never"), "{ran:?}");
    let shown = |key| {
        let args = ["--db", "new/keys.db", "show", key, "--json"];
        sandbox.run(&args).succeeds().json()
    };
    let used = shown("used");
    assert_eq!(used["last_used_at"], sandbox.show("used")["last_used_at"]);
    let usage = std::fs::read(sandbox.path("new/keys.db.usage")).unwrap();
    let start = i64::from_le_bytes(usage[..8].try_into().unwrap());
    assert!((before..=clock()).contains(&start), "{start}");
    let args = ["--db", "new/keys.db", "list", "--never-used", "--json"];
    let ran = sandbox.run(&args).succeeds();
    assert_eq!(ran.stdout, "[]\n");
    ran.says("1 key is left out because");
}
