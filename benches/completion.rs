//! `cargo bench --bench completion`: what a shell waits for when TAB is pressed
//! among 100,000 keys, against `apikey --version`, which does nothing; whole
//! processes, interleaved.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench is a program of its own: it may end where it fails, and prints its table"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Pairs of runs of each line, after one that isn't counted.
const ROUNDS: usize = 40;

/// What is typed before TAB. Of the keys all are active, and none is inactive.
const LINES: [&str; 6] = [
    "show ",
    "show copy-0999",
    "deactivate ",
    "activate ",
    "list --app ",
    "create x --allow ",
];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("keys.db");
    let apikey = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apikey"));
        command.env("APIKEY_DB", &db).stdout(Stdio::null());
        command
    };
    let made = apikey().args(["init", "-q"]).status().unwrap();
    assert!(made.success());
    let conn = rusqlite::Connection::open(&db).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
         INSERT INTO keys (id, name, hash, last_four, state, application, created_at, created_by)
         SELECT printf('%08d', i), printf('copy-%06d', i), hex(zeroblob(48)), 'abcd', 'active',
                printf('app-%d', i % 7), 0, '' FROM n;
         INSERT INTO key_groups SELECT k.id, g.id FROM keys k, groups g WHERE g.name = 'readonly';
         INSERT INTO key_permissions SELECT id, 'order:read@' || slot FROM keys;",
    )
    .unwrap();
    drop(conn);
    println!("{:<20} {:>8} {:>24}", "", "median", "against --version");
    for line in LINES {
        let mut complete = apikey();
        complete
            .env("_APIKEY_COMPLETE", "fish")
            .args(["--", "apikey"])
            .args(line.split(' '));
        let mut nothing = apikey();
        nothing.arg("--version");
        let pair = |_| (time(&mut complete), time(&mut nothing));
        let pairs: Vec<_> = (0..=ROUNDS).map(pair).skip(1).collect();
        let took = median(pairs.iter().map(|(ours, _)| ours.as_secs_f64() * 1000.0));
        let ratio = median(pairs.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()));
        println!("{line:<20} {took:>6.1}ms {ratio:>24.1}");
    }
}

fn time(command: &mut Command) -> Duration {
    let begin = Instant::now();
    assert!(command.status().unwrap().success());
    begin.elapsed()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
