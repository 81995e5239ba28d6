//! The memory of `log`.

use sqlite_only::sqlite_only;

use super::log_verify::lengthen;
use super::sandbox::Sandbox;

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn memory_does_not_grow_with_the_number_of_entries() {
    let short = Sandbox::new();
    lengthen(&short, 10_000);
    let long = Sandbox::new();
    lengthen(&long, 60_000);
    for format in ["table", "json", "jsonl", "csv"] {
        let args = ["log", "--format", format];
        let (short, long) = (short.peak(&args), long.peak(&args));
        // 50,000 more entries in memory would take 10 MiB or more.
        assert!(
            long < short + 4 * 1024,
            "{format}: {short} KiB for 10,000 entries, {long} KiB for 60,000"
        );
    }
}

#[sqlite_only("lengthens the log through a connection of SQLite")]
#[test]
fn memory_does_not_grow_with_the_length_of_entries() {
    let short = Sandbox::new();
    lengthen(&short, 10_000);
    let long = Sandbox::new();
    lengthen(&long, 300);
    let text = "x".repeat(100_000);
    long.tamper(&format!("UPDATE log SET details = '{{\"to\":\"{text}\"}}'"));
    for format in ["table", "jsonl"] {
        let args = ["log", "--format", format];
        let (short, long) = (short.peak(&args), long.peak(&args));
        // 300 of these entries in memory would take 30 MiB.
        assert!(
            long < short + 8 * 1024,
            "{format}: {short} KiB for short entries, {long} KiB for long entries"
        );
    }
}
