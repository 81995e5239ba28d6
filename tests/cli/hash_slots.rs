//! Hash slots limit concurrent hashes to the number of cores; a process without one is delayed,
//! not refused.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use sqlite_only::sqlite_only;

use super::process_memory;
use super::sandbox::{Sandbox, finish};
use super::waiting::wait_for;

/// The byte that the first in the queue for hash slots locks.
const QUEUE: i64 = 1 << 62;

/// The byte of the first hash slot; the others follow.
pub const FIRST_SLOT: i64 = QUEUE + 1;

/// Returns an exclusive lock on `count` bytes from `first` on; on all of them if `count` is 0.
fn lock(first: i64, count: i64) -> libc::flock {
    libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).unwrap(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap(),
        l_start: first,
        l_len: count,
        l_pid: 0,
    }
}

fn hold(lock: &libc::flock, sandbox: &Sandbox) -> File {
    let file = File::options().write(true).open(sandbox.usage()).unwrap();
    fcntl(&file, FcntlArg::F_OFD_SETLK(lock)).unwrap();
    file
}

/// Returns whether a lock that is not held through `usage` is on that byte.
fn is_taken(byte: i64, usage: &File) -> bool {
    let mut conflict = lock(byte, 1);
    fcntl(usage, FcntlArg::F_OFD_GETLK(&mut conflict)).unwrap();
    i32::from(conflict.l_type) == libc::F_WRLCK
}

/// Locks the usage file from that byte on, as every verifier can.
pub fn hold_from(first: i64, sandbox: &Sandbox) -> File {
    hold(&lock(first, 0), sandbox)
}

/// Returns a database whose hashes take 19 MiB, with a key "a" and its secret in a file.
fn costly() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init"]).succeeds();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("a"), secret).unwrap();
    sandbox
}

fn verify(sandbox: &Sandbox) -> Child {
    let verify = ["verify", "--key-file", "a"];
    sandbox.apikey(&verify).spawn().unwrap()
}

#[sqlite_only("locks on the usage file")]
#[test]
fn a_process_that_waits_for_a_slot_takes_no_memory() {
    let sandbox = costly();
    let slots = hold_from(FIRST_SLOT, &sandbox);
    let waiting: Vec<_> = (0..2).map(|_| verify(&sandbox)).collect();
    // The process polls, so only its memory shows that it is waiting.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        for child in &waiting {
            let memory = process_memory::current(child.id());
            assert!(memory < 5 << 10, "{memory} KiB");
        }
    }
    drop(slots);
    for child in waiting {
        let ran = finish(child).succeeds();
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("accepted a\n", "")
        );
    }
}

#[sqlite_only("locks on the usage file")]
#[test]
fn there_are_several_slots_if_there_are_several_cores() {
    if std::thread::available_parallelism().unwrap().get() == 1 {
        return;
    }
    let sandbox = costly();
    sandbox.sql("UPDATE settings SET argon2 = 'm=262144,t=10,p=1'");
    let first = hold(&lock(FIRST_SLOT, 1), &sandbox);
    let mut creating = sandbox
        .apikey(&["create", "b", "-g", "readonly"])
        .spawn()
        .unwrap();
    wait_for("it takes the second slot", || {
        assert!(creating.try_wait().unwrap().is_none(), "it took no slot");
        is_taken(FIRST_SLOT + 1, &first)
    });
    finish(creating).succeeds();
}

#[sqlite_only("locks on the usage file")]
#[test]
fn a_key_revoked_while_verify_waits_for_a_slot_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for args in [&["verify"][..], &["verify", "--batch"]] {
        sandbox.run(&["activate", "a"]).succeeds();
        let slots = hold_from(FIRST_SLOT, &sandbox);
        let mut child = sandbox.apikey(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(secret.as_bytes()).unwrap();
        drop(stdin);
        wait_for("it waits for a slot", || {
            assert!(child.try_wait().unwrap().is_none(), "it waits for no slot");
            is_taken(QUEUE, &slots)
        });
        sandbox.run(&["deactivate", "a"]).succeeds();
        drop(slots);
        let ran = finish(child).exits(1);
        assert_eq!(ran.stdout, "refused inactive\n", "{args:?}");
    }
}

#[sqlite_only("locks on the usage file")]
#[test]
fn occupied_slots_delay_processes_but_refuse_none() {
    let sandbox = costly();
    let secrets: String = (0..40)
        .map(|n| sandbox.key(&format!("k{n}")) + "\n")
        .collect();
    std::fs::write(sandbox.path("all"), secrets).unwrap();
    let _held = hold_from(QUEUE, &sandbox);
    let creating = sandbox
        .apikey(&["create", "b", "-g", "readonly", "-q"])
        .spawn()
        .unwrap();
    let verifying = verify(&sandbox);
    // The batch waits once, not forty times, and keeps no descriptor per secret.
    let ran = sandbox.shell("ulimit -n 15; $APIKEY verify --batch < all");
    assert_eq!(ran.stdout.matches("accepted k").count(), 40, "{ran:?}");
    assert_eq!(ran.succeeds().stderr, "");
    assert_eq!(finish(verifying).succeeds().stdout, "accepted a\n");
    assert!(finish(creating).succeeds().stdout.starts_with("apik_"));
}
