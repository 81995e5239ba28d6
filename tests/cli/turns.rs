//! Hashes take turns, as many at once as there are cores; and nobody is refused for want
//! of one.

use std::fs::File;
use std::process::Child;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::sandbox::{Sandbox, finish, wait_until_it_sleeps};

/// The byte of the queue for turns; they are those after it.
const QUEUE: i64 = 1 << 62;

/// Locks the usage file from that byte on, as whoever may verify can.
fn hold_from(first: i64, sandbox: &Sandbox) -> File {
    let file = File::options().write(true).open(sandbox.usage()).unwrap();
    let lock = libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).unwrap(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap(),
        l_start: first,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&lock)).unwrap();
    file
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
    let turns = hold_from(QUEUE + 1, &sandbox);
    let waiting: Vec<_> = (0..2).map(|_| verify(&sandbox)).collect();
    for child in &waiting {
        wait_until_it_sleeps(child.id());
        let peak = peak(child);
        assert!(peak < 15 << 10, "{peak} KiB");
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
fn turns_that_are_kept_from_others_delay_and_refuse_nobody() {
    let sandbox = costly();
    let _kept = hold_from(QUEUE, &sandbox);
    let creating = sandbox
        .apikey(&["create", "b", "-g", "readonly", "-q"])
        .spawn()
        .unwrap();
    let verifying = verify(&sandbox);
    assert_eq!(finish(verifying).succeeds().stdout, "accepted a\n");
    assert!(finish(creating).succeeds().stdout.starts_with("apik_"));
}

#[test]
fn many_more_than_there_are_cores_are_all_answered() {
    let sandbox = costly();
    let many: Vec<_> = (0..64).map(|_| verify(&sandbox)).collect();
    for child in many {
        let ran = finish(child).succeeds();
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("accepted a\n", "")
        );
    }
}
