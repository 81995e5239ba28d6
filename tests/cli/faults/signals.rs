//! Signals, at every moment: whoever sends one ends the command, and half of nothing.

use std::os::unix::process::CommandExt;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::super::sandbox::{APIKEY, Sandbox, finish, full_pipe, wait_until_it_waits};
use super::super::waiting::wait_for;
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
    // All of them got it but those that had ended by then.
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
fn a_create_that_waits_for_a_reader_can_be_interrupted_and_leaves_no_key() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let sandbox = Sandbox::new();
        let (child, reader) = waiting_create(&sandbox, "trap - HUP");
        assert_eq!(sandbox.show("a")["status"], "pending");
        kill_process(Pid::from_child(&child), signal).unwrap();
        finish(child).exits(130).says("no key was created");
        drop(reader);
        assert_eq!(sandbox.count("keys"), 0);
        let again = ["create", "a", "-g", "readonly", "--if-absent", "--json"];
        let again = sandbox.run(&again).succeeds().json();
        assert_eq!(again["created"], true, "{signal:?}");
    }
}

#[test]
fn a_signal_between_the_insertion_and_the_activation_leaves_no_key() {
    if !can_trace() {
        return;
    }
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for (way, call) in [
            ("", "write:signal=SIG:when=1"),
            ("--export .", "linkat:signal=SIG"),
            // In the transaction that inserts it, and in the one that activates it.
            ("", "pwrite64:signal=SIG:when=1"),
            ("--export .", "pwrite64:signal=SIG:when=1"),
        ] {
            let sandbox = Sandbox::new();
            let call = call.replace("SIG", signal);
            let ran = sandbox.shell(&format!(
                "trap - HUP; strace -qq -o calls -e inject={call} $APIKEY create a -g readonly {way}"
            ));
            ran.exits(130);
            assert_eq!(sandbox.count("keys"), 0, "{call} {way}");
            let left = sandbox.files();
            assert_eq!(left.len(), 3, "{call} {way}: {left:?}");
            sandbox.key("a");
        }
    }
}

#[test]
fn a_signal_while_a_database_is_made_leaves_nothing_of_it() {
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
                // The directories above the database's were made for it, too.
                assert_eq!(left.count(), 0, "{signal} {line} {when}");
            }
        }
    }
}

#[test]
fn a_signal_in_the_middle_of_a_change_leaves_no_journal() {
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
fn a_signal_that_stops_the_process_waits_for_the_end_of_a_transaction() {
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
            // Of a group of its own, whose parent is in another: else nobody could continue
            // it, and it would not be stopped.
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
fn a_process_that_is_stopped_while_it_reads_keeps_no_change_waiting() {
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
        // Each read of the file asks it to stop.
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
            wait_for("it is stopped again, or ends", || {
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
            // Each change is one more entry for `log verify` to read, which must end.
            let description = format!("{}", stops.min(20));
            let other = sandbox.run(&["set-description", "a", &description]);
            kill_process_group(group, Signal::CONT).unwrap();
            assert_eq!(other.code, 0, "{line}, stop {stops}: {other:?}");
        }
        assert!(stops > 0, "{line}");
        let ran = finish(child);
        // log verify sees what was appended meanwhile, or not.
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
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
