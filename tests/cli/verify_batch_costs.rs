//! `verify --batch`: what it keeps in memory and what it computes, however long its input
//! is and whoever is slow.

use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::sandbox::{APIKEY, Sandbox, has, is_root};
use super::verify_batch::Coprocess;
use super::waiting::{in_time, is_installed, wait_for};

/// A line of /proc/PID/status, in KiB.
fn kib(child: &Child, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// More than what it takes at most beside hashes that cost nothing, in KiB.
const LITTLE: u64 = 32 << 10;

#[test]
fn a_line_without_an_end_takes_no_more_memory_than_another() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &[]);
    let long = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        batch.write(&long);
    }
    assert_eq!(batch.ask(""), "refused malformed");
    assert_eq!(batch.ask(&secret), "accepted a");
    let peak = kib(&batch.child, "VmHWM:");
    assert!(peak < LITTLE, "{peak} KiB");
    // And one that the end of the input ends.
    batch.write(&long);
    assert_eq!(batch.end().exits(1).stdout, "refused malformed\n");
}

/// Whether every thread of that process waits for something.
fn sleeps(child: &Child) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let state = |task: &Path| {
        let stat = std::fs::read_to_string(task.join("stat")).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.starts_with(" S"))
    };
    tasks.into_iter().all(|task| state(&task.unwrap().path()))
}

#[test]
fn while_nobody_takes_its_verdicts_it_reads_no_more_than_a_little() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    // The longest lines, and the shortest.
    for (line, word, count) in [
        (vec![b'x'; 4096], "malformed", 25_000),
        (Vec::new(), "malformed", 1_000_000),
        (secret.clone().into_bytes(), "\"accepted\":true", 30_000),
    ] {
        let Coprocess {
            mut child,
            mut stdin,
            mut stdout,
        } = Coprocess::start(&sandbox, &["--json"]);
        let is_fed = Arc::new(AtomicBool::new(false));
        let fed = Arc::clone(&is_fed);
        let feeder = std::thread::spawn(move || {
            let lines = [&line[..], b"\n"].concat().repeat(1000);
            for _ in 0..count / 1000 {
                stdin.write_all(&lines).unwrap();
            }
            fed.store(true, Ordering::SeqCst);
            stdin
        });
        // Until it waits, all of it, for somebody to take what it says.
        let mut still = 0;
        wait_for("it waits for a reader", || {
            assert!(!is_fed.load(Ordering::SeqCst), "it took all of it");
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            still = if sleeps(&child) { still + 1 } else { 0 };
            still == 1000
        });
        // Then it goes on.
        let mut told = String::new();
        in_time(child.id(), "every verdict", || {
            for n in 0..count {
                told.clear();
                stdout.read_line(&mut told).unwrap();
                assert!(told.contains(word), "{n}: {told}");
            }
        });
        let peak = kib(&child, "VmHWM:");
        assert!(peak < LITTLE, "{peak} KiB");
        let stdin = feeder.join().unwrap();
        let batch = Coprocess {
            child,
            stdin,
            stdout,
        };
        assert_eq!(batch.end().stdout, "");
    }
}

/// Has `apikey verify --batch` have one core: so it hashes one after the other, in the
/// same memory.
fn on_one_core(sandbox: &Sandbox) -> Option<Command> {
    if !has("taskset", is_installed("taskset")) {
        return None;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let cores = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let first = cores
        .unwrap()
        .trim()
        .split([',', '-'])
        .next()
        .unwrap()
        .to_owned();
    let mut command = sandbox.program("taskset");
    command.args(["-c", &first, APIKEY, "verify", "--batch"]);
    Some(command)
}

#[test]
fn what_was_accepted_is_not_hashed_again() {
    let sandbox = Sandbox::new();
    let key = |name: &str, memory: u32| {
        sandbox.sql(&format!(
            "UPDATE settings SET argon2 = 'm={memory},t=1,p=1'"
        ));
        sandbox.key(name)
    };
    let (a, b, c) = (key("a", 65_536), key("b", 131_072), key("c", 65_536));
    sandbox.sql("UPDATE settings SET argon2 = 'm=8,t=1,p=1'");
    let Some(mut command) = on_one_core(&sandbox) else {
        return;
    };
    let mut batch = Coprocess::of(&mut command);
    assert_eq!(batch.ask("x"), "refused malformed");
    let before = kib(&batch.child, "VmSize:");
    assert_eq!(batch.ask(&a), "accepted a");
    // From here on there is no memory for another hash like that one; and with the next,
    // what is kept is given up.
    let limit = Rlimit {
        current: Some((before + 32_768) << 10),
        maximum: None,
    };
    prlimit(Some(Pid::from_child(&batch.child)), Resource::As, limit).unwrap();
    assert_eq!(batch.ask(&b), "error out-of-memory");
    assert_eq!(batch.ask(&c), "error out-of-memory");
    assert_eq!(batch.ask(&a), "accepted a");
    // Its key is read, all the same.
    sandbox.run(&["deactivate", "a"]).succeeds();
    assert_eq!(batch.ask(&a), "refused inactive");
    sandbox.run(&["activate", "a"]).succeeds();
    assert_eq!(batch.ask(&a), "accepted a");
    let old: String = sandbox
        .sqlite()
        .query_row(
            "SELECT hash FROM secrets JOIN keys ON number = key WHERE name = 'a'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    // Another hash of the same secret has to be computed, which now can't be.
    sandbox.sql("UPDATE secrets SET hash = (SELECT hash FROM secrets JOIN keys ON number = key WHERE name = 'c')
          WHERE key = (SELECT number FROM keys WHERE name = 'a')");
    assert_eq!(batch.ask(&a), "error out-of-memory");
    sandbox.sql(&format!(
        "UPDATE secrets SET hash = '{old}' WHERE key = (SELECT number FROM keys WHERE name = 'a')"
    ));
    assert_eq!(batch.ask(&a), "accepted a");
    batch
        .end()
        .exits(75)
        .says("there is not enough memory for a hash");
}

#[test]
fn where_there_is_memory_for_one_hash_at_a_time_they_wait_for_each_other() {
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--argon2", "m=262144,t=1,p=1"])
        .succeeds();
    let mut input = String::new();
    for n in 0..6 {
        input += &sandbox.key(&format!("k{n}"));
        input.push('\n');
    }
    let mut batch = Coprocess::start(&sandbox, &[]);
    assert_eq!(batch.ask("x"), "refused malformed");
    let limit = Rlimit {
        // Enough for one of 256 MiB, and for what each thread sets aside at its first
        // allocation, but not for two.
        current: Some((kib(&batch.child, "VmSize:") + (480 << 10)) << 10),
        maximum: None,
    };
    prlimit(Some(Pid::from_child(&batch.child)), Resource::As, limit).unwrap();
    batch.write(&input);
    for n in 0..6 {
        assert_eq!(batch.answer(), format!("accepted k{n}"));
    }
    assert_eq!(batch.end().exits(1).stderr, "");
}

#[test]
fn the_memory_of_a_hash_serves_for_the_next() {
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--argon2", "m=65536,t=1,p=1"])
        .succeeds();
    let secrets: Vec<String> = (0..8).map(|n| sandbox.key(&format!("k{n}"))).collect();
    let Some(mut command) = on_one_core(&sandbox) else {
        return;
    };
    let mut batch = Coprocess::of(&mut command);
    assert_eq!(batch.ask(&secrets[0]), "accepted k0");
    let faults = |batch: &Coprocess| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", batch.child.id())).unwrap();
        let rest = stat.rsplit(')').next().unwrap().to_owned();
        // The tenth of all is that of minor faults (proc_pid_stat(5)).
        rest.split_whitespace().nth(7).unwrap().parse().unwrap()
    };
    let before = faults(&batch);
    for (n, secret) in secrets.iter().enumerate().skip(1) {
        assert_eq!(batch.ask(secret), format!("accepted k{n}"));
    }
    // One hash in fresh pages alone would be 16,384 of them.
    let taken = faults(&batch) - before;
    assert!(taken < 4096, "{taken} pages");
    let peak = kib(&batch.child, "VmHWM:");
    assert!(peak < LITTLE + 65_536, "{peak} KiB");
    batch.end().succeeds();
}

#[test]
fn known_lines_are_written_together() {
    if !has("root, to see how often a process writes", is_root()) {
        return;
    }
    const COUNT: usize = 20_000;
    let sandbox = Sandbox::new();
    let lines = format!("{}\n", sandbox.key("a")).repeat(COUNT);
    let Coprocess {
        child,
        mut stdin,
        mut stdout,
    } = Coprocess::start(&sandbox, &["--no-record"]);
    let feeder = std::thread::spawn(move || {
        stdin.write_all(lines.as_bytes()).unwrap();
        stdin
    });
    let mut told = vec![0; "accepted a\n".len() * COUNT];
    in_time(child.id(), "every verdict", || stdout.read_exact(&mut told)).unwrap();
    assert_eq!(told, "accepted a\n".repeat(COUNT).into_bytes());
    let calls = std::fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
    let writes = calls.lines().find_map(|line| line.strip_prefix("syscw: "));
    let writes: usize = writes.unwrap().parse().unwrap();
    // How many depends on how long others have the processor meanwhile.
    assert!(writes < COUNT * 3 / 4, "{writes} of {COUNT} lines");
    let stdin = feeder.join().unwrap();
    let batch = Coprocess {
        child,
        stdin,
        stdout,
    };
    batch.end().succeeds();
}
