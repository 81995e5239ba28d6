//! `cargo bench`: one `verify` as a whole process against a bare C program on
//! the system's libargon2, same parameters, same secret, interleaved; and one that
//! matches a permission made to be slow against one that matches none.
//!
//! Figures are ratios within one run: machines differ, and so does one from
//! minute to minute. Needs a C compiler and libargon2 with its header (on
//! Debian: apt-get install gcc libargon2-dev).
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is a program of its own: it may end where it fails, and prints its table"
)]

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Pairs of runs that are counted.
const ROUNDS: usize = 40;

/// Pairs of runs before that.
const WARM_UP: usize = 5;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let reference = folder.path().join("libargon2");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/libargon2.c");
    let compiled = Command::new("cc")
        .args(["-O2", "-o"])
        .args([&reference, &source])
        .arg("-largon2")
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("the reference can't be compiled; on Debian: apt-get install gcc libargon2-dev");
        return ExitCode::FAILURE;
    }

    let secret = folder.path().join("secret");
    let db = folder.path().join("keys.db");
    let apikey = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apikey"));
        command.arg("--db").arg(&db).args(args);
        command
    };
    let made = apikey(&["init", "-q"]).status().unwrap();
    assert!(made.success());
    let slow = [
        "create",
        "bench",
        "-g",
        "readonly",
        "-q",
        "--allow",
        "*a*a*a*a*b",
    ];
    let made = apikey(&slow)
        .stdout(File::create(&secret).unwrap())
        .status()
        .unwrap();
    assert!(made.success());
    let phc: String = rusqlite::Connection::open(&db)
        .unwrap()
        .query_row("SELECT hash FROM keys", [], |row| row.get(0))
        .unwrap();

    let mut verify = apikey(&["verify"]);
    let letters = "a".repeat(10_000);
    let mut matching = apikey(&["verify", "--can", &letters]);
    let mut bare = Command::new(&reference);
    bare.arg(&phc);
    let mut pairs = Vec::new();
    let mut matched = Vec::new();
    for round in 0..WARM_UP + ROUNDS {
        let ours = time(&mut verify, &secret, 0);
        let pair = (ours, time(&mut bare, &secret, 0));
        let slowed = (time(&mut matching, &secret, 1), ours);
        if round >= WARM_UP {
            pairs.push(pair);
            matched.push(slowed);
        }
    }

    let cost = phc.split('$').nth(3).unwrap();
    println!("{ROUNDS} pairs of whole processes, interleaved, {cost}");
    println!("  {:<22} {:>8}", "", "median");
    let (ours, theirs) = (pairs.iter().map(|p| p.0), pairs.iter().map(|p| p.1));
    println!(
        "  {:<22} {:>6.1}ms",
        "apikey verify",
        median(ours.map(millis))
    );
    println!(
        "  {:<22} {:>6.1}ms",
        "C on libargon2",
        median(theirs.map(millis))
    );
    println!("  {:<22} {:>8.2}", "ratio, pair by pair", ratio(&pairs));
    println!();
    println!("verify --can with 10,000 letters on *a*a*a*a*b, against verify");
    println!("  {:<22} {:>8.2}", "ratio, pair by pair", ratio(&matched));
    ExitCode::SUCCESS
}

/// The median of the ratios of each pair.
fn ratio(pairs: &[(Duration, Duration)]) -> f64 {
    let ratios = pairs
        .iter()
        .map(|(one, other)| millis(*one) / millis(*other));
    median(ratios)
}

/// How long `command` takes with the secret on stdin, from spawn to end.
fn time(command: &mut Command, secret: &Path, code: i32) -> Duration {
    command
        .stdin(File::open(secret).unwrap())
        .stdout(Stdio::null());
    let begin = Instant::now();
    let status = command.status().unwrap();
    let took = begin.elapsed();
    assert_eq!(status.code(), Some(code));
    took
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
