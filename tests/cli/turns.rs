//! Hashes take turns, as many at once as there are cores; and nobody is refused for want
//! of one.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::sandbox::{Sandbox, finish};
use super::waiting::wait_for;

/// The byte of the queue for turns.
const QUEUE: i64 = 1 << 62;

/// The byte of the first turn; the others come after it.
pub const FIRST_TURN: i64 = QUEUE + 1;

/// A lock for writing on so many bytes from that one on; on all of them where it is none.
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

/// Whether anybody but whoever holds `usage` has locked that byte.
fn is_taken(byte: i64, usage: &File) -> bool {
    let mut asked = lock(byte, 1);
    fcntl(usage, FcntlArg::F_OFD_GETLK(&mut asked)).unwrap();
    i32::from(asked.l_type) == libc::F_WRLCK
}

/// Locks the usage file from that byte on, as whoever may verify can.
pub fn hold_from(first: i64, sandbox: &Sandbox) -> File {
    hold(&lock(first, 0), sandbox)
}

/// A database whose hashes take 19 MiB, with a key "a" and its secret in a file.
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

/// The most memory that process has needed, in KiB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let words = line.unwrap().split_whitespace().nth(1);
    words.unwrap().parse().unwrap()
}

#[test]
fn who_waits_for_a_turn_takes_no_memory_yet() {
    let sandbox = costly();
    let turns = hold_from(FIRST_TURN, &sandbox);
    let waiting: Vec<_> = (0..2).map(|_| verify(&sandbox)).collect();
    // It never sleeps for long: that it waits, its memory tells.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        for child in &waiting {
            let peak = peak(child);
            assert!(peak < 15 << 10, "{peak} KiB");
        }
    }
    drop(turns);
    for child in waiting {
        let ran = finish(child).succeeds();
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("accepted a\n", "")
        );
    }
}

#[test]
fn there_is_more_than_one_turn_where_there_is_more_than_one_core() {
    if std::thread::available_parallelism().unwrap().get() == 1 {
        return;
    }
    let sandbox = costly();
    sandbox.sql("UPDATE settings SET argon2 = 'm=262144,t=10,p=1'");
    let first = hold(&lock(FIRST_TURN, 1), &sandbox);
    let mut creating = sandbox
        .apikey(&["create", "b", "-g", "readonly"])
        .spawn()
        .unwrap();
    wait_for("it takes the second turn", || {
        assert!(creating.try_wait().unwrap().is_none(), "it took no turn");
        is_taken(FIRST_TURN + 1, &first)
    });
    finish(creating).succeeds();
}

#[test]
fn what_is_revoked_while_a_turn_is_waited_for_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for args in [&["verify"][..], &["verify", "--batch"]] {
        sandbox.run(&["activate", "a"]).succeeds();
        let turns = hold_from(FIRST_TURN, &sandbox);
        let mut child = sandbox.apikey(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(secret.as_bytes()).unwrap();
        drop(stdin);
        wait_for("it waits for a turn", || {
            assert!(child.try_wait().unwrap().is_none(), "it waits for no turn");
            is_taken(QUEUE, &turns)
        });
        sandbox.run(&["deactivate", "a"]).succeeds();
        drop(turns);
        let ran = finish(child).exits(1);
        assert_eq!(ran.stdout, "refused inactive\n", "{args:?}");
    }
}

#[test]
fn turns_that_are_kept_from_others_delay_and_refuse_nobody() {
    let sandbox = costly();
    let secrets: String = (0..40)
        .map(|n| sandbox.key(&format!("k{n}")) + "\n")
        .collect();
    std::fs::write(sandbox.path("all"), secrets).unwrap();
    let _kept = hold_from(QUEUE, &sandbox);
    let creating = sandbox
        .apikey(&["create", "b", "-g", "readonly", "-q"])
        .spawn()
        .unwrap();
    let verifying = verify(&sandbox);
    // It waits once, not forty times, and needs nothing for each.
    let ran = sandbox.shell("ulimit -n 15; $APIKEY verify --batch < all");
    assert_eq!(ran.stdout.matches("accepted k").count(), 40, "{ran:?}");
    assert_eq!(ran.succeeds().stderr, "");
    assert_eq!(finish(verifying).succeeds().stdout, "accepted a\n");
    assert!(finish(creating).succeeds().stdout.starts_with("apik_"));
}
