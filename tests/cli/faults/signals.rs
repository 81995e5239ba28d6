//! Signals, at every moment: whoever sends one ends the command, and half of nothing.

use std::process::Child;

use super::super::sandbox::{APIKEY, Sandbox, finish, full_pipe, wait_until_it_waits};
use super::commands::COMMANDS;
use super::plan::{CALLS, sample, signals};
use super::prepared::Prepared;
use super::{can_trace, in_parallel, sweep};

#[test]
fn a_signal_at_any_moment_leaves_all_of_a_change_or_nothing() {
    if !can_trace() {
        return;
    }
    let promised = COMMANDS.iter().filter(|command| command.is_promised);
    let promised: Vec<_> = promised.collect();
    let prepared = in_parallel(promised.len(), |i| Prepared::new(promised[i]));
    let mut groups = Vec::new();
    for (i, one) in prepared.iter().enumerate() {
        for call in CALLS {
            let count = one.counts.get(call).copied().unwrap_or(0);
            for signal in ["INT", "TERM"] {
                groups.push(signals(i, call, count, signal));
            }
        }
    }
    let tally = sweep(&prepared, &sample(&groups, 250));
    // All of them die of it but those that had ended by then.
    assert!(tally.injected * 100 >= tally.runs * 95);
}

/// A `create` that waits for somebody to read its secret, run by a shell that was
/// told `trap` of signals; and whoever could read it.
fn waiting_create(sandbox: &Sandbox, trap: &str) -> (Child, std::io::PipeReader) {
    let (reader, writer) = full_pipe();
    let mut command = sandbox.program("/bin/sh");
    command
        .args(["-c", &format!("{trap}; exec $APIKEY create a -g readonly")])
        .env("APIKEY", APIKEY)
        .stdout(writer);
    let child = command.spawn().unwrap();
    drop(command);
    wait_until_it_waits(&child);
    (child, reader)
}

#[test]
fn a_create_that_waits_for_a_reader_can_be_interrupted_and_leaves_a_pending_key() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let sandbox = Sandbox::new();
        let (child, reader) = waiting_create(&sandbox, "true");
        assert_eq!(sandbox.show("a")["status"], "pending");
        kill_process(Pid::from_child(&child), signal).unwrap();
        finish(child).exits(code);
        drop(reader);
        assert_eq!(sandbox.count("keys WHERE state = 'active'"), 0);
        for refused in [&["activate", "a"][..], &["create", "a", "-g", "readonly"]] {
            sandbox.run(refused).exits(3).says("pending");
        }
        sandbox.run(&["delete", "a", "-y"]).succeeds();
        sandbox.key("a");
    }
}

#[test]
fn a_reader_that_goes_while_it_is_waited_for_makes_no_key() {
    for trap in ["trap - PIPE", "trap '' PIPE"] {
        let sandbox = Sandbox::new();
        let (child, reader) = waiting_create(&sandbox, trap);
        drop(reader);
        finish(child).exits(6).says("no key was created");
        assert_eq!(sandbox.count("keys"), 0);
        assert_eq!(sandbox.count("log WHERE action = 'hand-over-failed'"), 1);
    }
}

#[test]
fn nobody_reading_along_is_no_fault_of_a_change() {
    for trap in ["trap - PIPE", "trap '' PIPE"] {
        let sandbox = Sandbox::new();
        let unheard = |args: &str| {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = sandbox.program("/bin/sh");
            command
                .args(["-c", &format!("{trap}; exec $APIKEY {args}")])
                .env("APIKEY", APIKEY)
                .stderr(writer);
            finish(command.spawn().unwrap()).succeeds().stdout
        };
        let secret = unheard("create a -g readonly");
        sandbox.feed(&["verify"], secret).succeeds();
        unheard("delete a --yes");
        assert_eq!(sandbox.count("keys"), 0);
    }
}
