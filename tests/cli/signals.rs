//! Tests of the test helpers: they work although the shell that started them ignores signals, and
//! waits and background work end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::time::Duration;

use super::pty::Terminal;
use super::sandbox::{Sandbox, finish};
use super::waiting::{during, ignored_signals, within};

/// Tests that send a signal, press Ctrl-C or look at what a child ignores.
const TESTS: &[&str] = &[
    "signals::no_process_that_a_test_starts_ignores_a_signal",
    "signals::a_wait_in_vain_ends_and_names_the_awaited_event",
    "faults::signals::a_create_that_waits_for_a_reader_can_be_interrupted_and_leaves_no_key",
    "hand_over::of_keys_typed_ahead_only_ctrl_c_counts",
    "verify_batch_changes::a_signal_ends_the_batch_whatever_it_waits_for",
];

#[test]
fn the_tests_pass_and_end_in_a_background_job_of_nohup() {
    let sandbox = Sandbox::empty();
    let tests = std::env::current_exe().unwrap();
    let mut shell = sandbox.program("/bin/sh");
    // `nohup` ignores HUP, and a shell without job control ignores INT and QUIT for a job after
    // `&`; the other signals are ignored here in addition.
    let line = "trap '' HUP INT QUIT TERM TSTP USR1; \"$@\" & wait $!";
    shell
        .args(["-c", line, "sh"])
        .arg(tests)
        .args(["--exact", "--test-threads=2"])
        .args(TESTS);
    let ran = finish(shell.spawn().unwrap()).succeeds();
    let passed = format!("{} passed; 0 failed", TESTS.len());
    assert!(ran.stdout.contains(&passed), "{ran:#?}");
}

#[test]
fn no_process_that_a_test_starts_ignores_a_signal() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.program("cat");
    let status = finish(child.arg("/proc/self/status").spawn().unwrap()).stdout;
    assert!(status.contains("SigIgn:"), "{status}");
    assert_eq!(ignored_signals(&status), 0, "{status}");
    // At a terminal, too.
    let mut terminal = Terminal::open(&sandbox, 80, "cat /proc/self/status > status");
    terminal.exits(&sandbox, 0);
    let status = std::fs::read_to_string(sandbox.path("status")).unwrap();
    assert!(status.contains("SigIgn:"), "{status}");
    assert_eq!(ignored_signals(&status), 0, "{status}");
}

#[test]
fn a_wait_in_vain_ends_and_names_the_awaited_event() {
    // `cat`, the shell's child, holds the output pipes, too, so the wait ends only when both
    // processes are killed.
    let sandbox = Sandbox::new();
    let mut command = sandbox.program("/bin/sh");
    let child = command.args(["-c", "cat; true"]).stdin(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let stdin = child.stdin.take();
    let pid = child.id();
    let waited = catch_unwind(AssertUnwindSafe(|| {
        within(Duration::from_millis(200), pid, "the end", || {
            child.wait_with_output().unwrap()
        })
    }));
    let message = *waited.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("timed out waiting for the end of"),
        "{message}"
    );
    assert!(message.contains("cat; true"), "{message}");
    drop(stdin);
}

#[test]
fn background_work_of_a_test_ends_with_it_even_after_a_failure() {
    let failed = catch_unwind(|| during(std::thread::yield_now, || panic!("on purpose")));
    assert!(failed.is_err());
    assert_eq!(during(std::thread::yield_now, || 7), 7);
}
