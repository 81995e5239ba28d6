//! `renew` as cron runs it, each day of a year.

use super::clock::{Clock, DAY, NOON, rfc3339};
use super::sandbox::{APIKEY, Ran, finish, has};
use super::waiting::is_installed;

const RENEW: [&str; 7] = [
    "renew",
    "s.APIKEY",
    "--overlap",
    "2d",
    "--if-older-than",
    "30d",
    "--json",
];

/// Calls at which a renewal is killed: before and after it stores the new secret, writes
/// `FILE.new`, makes the secret current and replaces FILE.
const STEPS: [(&str, usize); 8] = [
    ("renameat", 1),
    ("fsync", 8),
    ("linkat", 1),
    ("fsync", 10),
    ("unlink", 1),
    ("fsync", 14),
    ("unlink", 2),
    ("fsync", 2),
];

/// Runs `renew` at `now`, and kills it at the call of that number.
fn killed(clock: &Clock, now: i64, (call, number): (&str, usize)) -> Ran {
    let mut command = clock.sandbox.program("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    command.args(["-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]);
    command.arg(APIKEY).args(RENEW);
    clock.set(&mut command, now);
    let child = command.spawn().unwrap();
    let pid = child.id();
    let ran = finish(child);
    // strace ends by the same signal, so libfaketime doesn't remove its own files.
    for file in ["faketime_shm", "sem.faketime_sem"] {
        let _ = std::fs::remove_file(format!("/dev/shm/{file}_{pid}"));
    }
    ran
}

#[test]
fn the_secret_in_a_file_that_is_renewed_daily_is_accepted_all_year_though_runs_are_killed() {
    let Some(clock) = Clock::new() else { return };
    if !has("strace", is_installed("strace")) {
        return;
    }
    let create = ["create", "a", "-g", "readonly", "--export", "s.APIKEY"];
    clock.run(NOON, &create).succeeds();
    let file = clock.sandbox.path("s.APIKEY");
    let secret = || std::fs::read_to_string(&file).unwrap();
    let accepted = |now: i64| {
        clock.feed(now, &["verify"], &secret()).succeeds();
    };
    let mut since = rfc3339(NOON);
    let (mut renewed, mut kills, mut left_over) = (0, 0, 0);
    let mut is_after_kill = false;
    for day in 1..=365 {
        let now = NOON + day * DAY;
        let before = secret();
        accepted(now);
        let is_due = since <= rfc3339(now - 30 * DAY);
        if is_due && !is_after_kill {
            let ran = killed(&clock, now, STEPS[kills % STEPS.len()]);
            assert_ne!(ran.code, 0, "{day}: {ran:?}");
            kills += 1;
            is_after_kill = true;
            left_over += usize::from(clock.sandbox.path("s.APIKEY.new").exists());
        } else {
            let json = clock.run(now, &RENEW).succeeds().json();
            let rotated_at = json["key"]["rotated_at"].as_str();
            since = rotated_at.map_or(since, str::to_owned);
            is_after_kill = false;
            assert!(!clock.sandbox.path("s.APIKEY.new").exists(), "{day}");
        }
        renewed += usize::from(secret() != before);
        accepted(now);
    }
    assert!(matches!(renewed, 11 | 12), "{renewed}");
    assert!(kills >= 11 && left_over >= 3, "{kills} {left_over}");
    clock.run(NOON + 365 * DAY, &["log", "verify"]).succeeds();
}
