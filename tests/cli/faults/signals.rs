//! Signals at any time: they end the command, and no change is half done.

use std::os::unix::process::CommandExt;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::super::sandbox::{APIKEY, Sandbox, finish, full_pipe, wait_until_blocked};
use super::super::waiting::wait_for;
use super::commands::COMMANDS;
use super::plan::{CALLS, sample, signals};
use super::prepared::Prepared;
use super::{can_trace, in_parallel, sweep};

#[test]
fn after_a_signal_at_any_call_a_change_is_complete_or_undone() {
    if !can_trace() {
        return;
    }
    let promised = COMMANDS.iter().filter(|command| command.is_promised);
    let promised: Vec<_> = promised.collect();
    let prepared = in_parallel(promised.len(), |i| Prepared::new(promised[i]));
    let mut groups = Vec::new();
    for (i, prepared) in prepared.iter().enumerate() {
        for call in CALLS {
            let count = prepared.counts.get(call).copied().unwrap_or(0);
            for signal in ["INT", "TERM"] {
                groups.push(signals(i, call, count, signal));
            }
        }
    }
    let tally = sweep(&prepared, &sample(&groups, 250));
    // In the other runs the command ended before the signal.
    assert!(tally.injected * 100 >= tally.runs * 95);
}

/// Starts a `create` that waits for a reader of its secret, in a shell that first runs `trap`.
/// Returns the process and the reader.
fn waiting_create(sandbox: &Sandbox, trap: &str) -> (Child, std::io::PipeReader) {
    let (reader, writer) = full_pipe();
    let mut command = sandbox.program("/bin/sh");
    command
        .args(["-c", &format!("{trap}; exec $APIKEY create a -g readonly")])
        .env("APIKEY", APIKEY)
        .stdout(writer);
    let child = command.spawn().unwrap();
    drop(command);
    wait_until_blocked(&child);
    (child, reader)
}

#[test]
fn a_create_that_waits_for_a_reader_can_be_interrupted_and_leaves_no_key() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let sandbox = Sandbox::new();
        let (child, reader) = waiting_create(&sandbox, "trap - HUP");
        assert_eq!(sandbox.show("a")["status"], "pending");
        kill_process(Pid::from_child(&child), signal).unwrap();
        finish(child).exits(130).says("no key was created");
        drop(reader);
        assert_eq!(sandbox.count("keys"), 0);
        let args = ["create", "a", "-g", "readonly", "--if-absent", "--json"];
        let second = sandbox.run(&args).succeeds().json();
        assert_eq!(second["created"], true, "{signal:?}");
    }
}

#[test]
fn a_signal_between_insertion_and_activation_leaves_no_key() {
    if !can_trace() {
        return;
    }
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for (option, call) in [
            ("", "write:signal=SIG:when=1"),
            ("--export .", "linkat:signal=SIG"),
            // In the transaction that inserts the key, and in the one that activates it.
            ("", "pwrite64:signal=SIG:when=1"),
            ("--export .", "pwrite64:signal=SIG:when=1"),
        ] {
            let sandbox = Sandbox::new();
            let call = call.replace("SIG", signal);
            let ran = sandbox.shell(&format!(
                "trap - HUP; strace -qq -o calls -e inject={call} $APIKEY create a -g readonly {option}"
            ));
            ran.exits(130);
            assert_eq!(sandbox.count("keys"), 0, "{call} {option}");
            let left = sandbox.files();
            assert_eq!(left.len(), 3, "{call} {option}: {left:?}");
            sandbox.key("a");
        }
    }
}

#[test]
fn a_signal_during_the_creation_of_a_database_leaves_no_file() {
    if !can_trace() {
        return;
    }
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for line in ["init", "create a -g readonly"] {
            for when in [1, 4, 8] {
                let sandbox = Sandbox::empty();
                let ran = sandbox.shell(&format!(
                    "strace -qq -o /dev/null -e inject=pwrite64:signal={signal}:when={when} \
                     $APIKEY {line}"
                ));
                ran.exits(130).says("interrupted");
                let left = std::fs::read_dir(sandbox.home()).unwrap();
                let left = left.flatten().filter(|entry| entry.file_name() == ".local");
                // The new directories above it are removed, too.
                assert_eq!(left.count(), 0, "{signal} {line} {when}");
            }
        }
    }
}

#[test]
fn a_signal_during_a_change_leaves_no_journal() {
    if !can_trace() {
        return;
    }
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for call in ["pwrite64", "fsync"] {
            let sandbox = Sandbox::new();
            sandbox.key("a");
            let ran = sandbox.shell(&format!(
                "trap - HUP; strace -qq -o calls -e inject={call}:signal={signal}:when=2 \
                 $APIKEY deactivate a"
            ));
            assert!(ran.code > 128, "{ran:?}");
            assert_eq!(sandbox.files().len(), 3, "{:?}", sandbox.files());
            assert_eq!(sandbox.show("a")["status"], "inactive");
        }
    }
}

#[test]
fn a_signal_that_stops_the_process_is_held_until_the_transaction_ends() {
    if !can_trace() {
        return;
    }
    for signal in ["TSTP", "TTIN", "TTOU"] {
        for line in [
            "deactivate a",
            "create b -g readonly",
            "shared-secret rotate",
        ] {
            let sandbox = Sandbox::new();
            sandbox.key("a");
            sandbox.run(&["shared-secret", "create"]).succeeds();
            let mut command = sandbox.program("strace");
            // In its own process group, whose parent is in another one: an orphaned group can't be
            // stopped.
            command
                .args(["-qq", "-o", "calls", "-e", "trace=pwrite64", "-e"])
                .arg(format!("inject=pwrite64:signal={signal}:when=2"))
                .arg(APIKEY)
                .args(line.split(' '))
                .process_group(0);
            let child = command.spawn().unwrap();
            let group = Pid::from_child(&child);
            wait_for("it is stopped", || {
                let calls = std::fs::read_to_string(sandbox.path("calls"));
                calls.unwrap_or_default().contains("--- stopped by SIG")
            });
            let journal = sandbox.path(".local/share/apikey/keys.db-journal");
            let is_cut_off = journal.exists();
            let other = sandbox.run(&["set-description", "a", "while it is stopped"]);
            kill_process_group(group, Signal::CONT).unwrap();
            let ran = finish(child);
            assert!(!is_cut_off, "{signal} {line}");
            other.succeeds();
            ran.succeeds();
        }
    }
}

#[test]
fn a_process_that_is_stopped_while_it_reads_blocks_no_change() {
    if !can_trace() {
        return;
    }
    for line in [
        "list",
        "list --sort description --search a --unused-for 0s",
        "list --can x:y",
        "show a",
        "log",
        "log --key a",
        "log verify",
        "doctor",
        "user list",
        "group list",
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        let mut command = sandbox.program("strace");
        // Each read of the file sends it a signal to stop.
        command
            .args(["-qq", "-o", "calls", "-e", "trace=pread64", "-e"])
            .arg("inject=pread64:signal=TSTP")
            .arg(APIKEY)
            .args(line.split(' '))
            .process_group(0);
        let mut child = command.spawn().unwrap();
        let group = Pid::from_child(&child);
        let mut stops = 0;
        loop {
            let mut has_ended = false;
            wait_for("the next stop, or the end", || {
                let calls = std::fs::read_to_string(sandbox.path("calls"));
                let calls = calls.unwrap_or_default();
                let stopped = calls.matches("--- stopped by SIGTSTP").count();
                has_ended = child.try_wait().unwrap().is_some();
                let is_next = stopped > stops;
                stops += usize::from(is_next);
                is_next || has_ended
            });
            if has_ended {
                break;
            }
            // Limited, because `log verify` must read an entry more for each change.
            let description = format!("{}", stops.min(20));
            let other = sandbox.run(&["set-description", "a", &description]);
            kill_process_group(group, Signal::CONT).unwrap();
            assert_eq!(other.code, 0, "{line}, stop {stops}: {other:?}");
        }
        assert!(stops > 0, "{line}");
        let ran = finish(child);
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
    }
}

#[test]
fn a_reader_that_closes_the_pipe_before_the_delivery_leaves_no_key() {
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
fn a_change_succeeds_with_a_closed_stderr_pipe() {
    for trap in ["trap - PIPE", "trap '' PIPE"] {
        let sandbox = Sandbox::new();
        let without_stderr = |args: &str| {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = sandbox.program("/bin/sh");
            command
                .args(["-c", &format!("{trap}; exec $APIKEY {args}")])
                .env("APIKEY", APIKEY)
                .stderr(writer);
            finish(command.spawn().unwrap()).succeeds().stdout
        };
        let secret = without_stderr("create a -g readonly");
        sandbox.feed(&["verify"], secret).succeeds();
        without_stderr("delete a --yes");
        assert_eq!(sandbox.count("keys"), 0);
    }
}
