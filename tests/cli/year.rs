//! Some weeks of the year that tests/year simulates: cron's lines, clients, and an administrator.

use std::path::Path;

use super::clock::Clock;
use super::sandbox::{APIKEY, finish, has};
use super::waiting::is_installed;

#[test]
fn nothing_in_use_is_stopped_without_a_line_in_the_review_of_the_next_day() {
    let Some(clock) = Clock::new() else { return };
    if !has("python3", is_installed("python3")) {
        return;
    }
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/year");
    let mut command = clock.sandbox.program("python3");
    // No files next to the sources.
    command.arg("-B").arg(program).args(["--binary", APIKEY]);
    // With the second of January, when cron deletes.
    command.args(["--start", "2027-11-01", "--days", "75", "--keys", "60"]);
    let ran = finish(command.spawn().unwrap()).succeeds();
    let months = ["2027-11", "2027-12", "2028-01"];
    for month in months {
        assert!(ran.stdout.contains(&format!("| {month} |")), "{ran:?}");
    }
}
