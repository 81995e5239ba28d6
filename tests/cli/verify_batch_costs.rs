//! The memory and the hashes of `verify --batch`, for long input and slow readers and writers.

use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::process_memory::{LIMIT, peak, status_line};
use super::sandbox::{APIKEY, Sandbox, has, is_root};
use super::verify_batch::Coprocess;
use super::waiting::{in_time, is_installed, wait_for};

#[test]
fn an_endless_line_needs_no_more_memory_than_another() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &[]);
    let long = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        batch.write(&long);
    }
    assert_eq!(batch.ask(""), "refused malformed");
    assert_eq!(batch.ask(&secret), "accepted a");
    let peak = peak(batch.child.id());
    assert!(peak < LIMIT, "{peak} KiB");
    // The end of the input may end a long line.
    batch.write(&long);
    assert_eq!(batch.end().exits(1).stdout, "refused malformed\n");
}

/// Returns whether every thread of the process waits.
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
fn a_batch_whose_verdicts_are_not_read_stops_reading() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    // The longest lines, the shortest, and secrets.
    for (line, expected, count) in [
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
        // Waits until every thread sleeps, since nothing reads the verdicts.
        let mut asleep = 0;
        wait_for("it waits for a reader", || {
            assert!(!is_fed.load(Ordering::SeqCst), "it read all input");
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            asleep = if sleeps(&child) { asleep + 1 } else { 0 };
            asleep == 1000
        });
        // The batch continues when the verdicts are read.
        let mut verdict = String::new();
        in_time(child.id(), "every verdict", || {
            for n in 0..count {
                verdict.clear();
                stdout.read_line(&mut verdict).unwrap();
                assert!(verdict.contains(expected), "{n}: {verdict}");
            }
        });
        let peak = peak(child.id());
        assert!(peak < LIMIT, "{peak} KiB");
        let stdin = feeder.join().unwrap();
        let batch = Coprocess {
            child,
            stdin,
            stdout,
        };
        assert_eq!(batch.end().stdout, "");
    }
}

/// Returns `apikey verify --batch` on one core, where it hashes one secret after the other, in the
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
fn an_accepted_secret_is_not_hashed_again() {
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
    let before = status_line(batch.child.id(), "VmSize");
    assert_eq!(batch.ask(&a), "accepted a");
    // From here on memory doesn't suffice for another hash of this cost: the first attempt frees
    // the buffer that the batch kept.
    let limit = Rlimit {
        current: Some((before + 32_768) << 10),
        maximum: None,
    };
    prlimit(Some(Pid::from_child(&batch.child)), Resource::As, limit).unwrap();
    assert_eq!(batch.ask(&b), "error out-of-memory");
    assert_eq!(batch.ask(&c), "error out-of-memory");
    assert_eq!(batch.ask(&a), "accepted a");
    // The key is read again nevertheless.
    sandbox.run(&["deactivate", "a"]).succeeds();
    assert_eq!(batch.ask(&a), "refused inactive");
    sandbox.run(&["activate", "a"]).succeeds();
    assert_eq!(batch.ask(&a), "accepted a");
    let old = sandbox.value("SELECT hash FROM secrets JOIN keys ON number = key WHERE name = 'a'");
    // A changed hash must be computed again, which fails now.
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
fn workers_wait_for_each_other_when_memory_suffices_for_one_hash() {
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
        // Enough for one hash of 256 MiB and for the arena of each thread, but not for two hashes.
        current: Some((status_line(batch.child.id(), "VmSize") + (480 << 10)) << 10),
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
fn the_next_hash_reuses_the_memory() {
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
    let minor_faults = |batch: &Coprocess| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", batch.child.id())).unwrap();
        let rest = stat.rsplit(')').next().unwrap().to_owned();
        // The tenth field counts minor faults (proc_pid_stat(5)).
        rest.split_whitespace().nth(7).unwrap().parse().unwrap()
    };
    let before = minor_faults(&batch);
    for (n, secret) in secrets.iter().enumerate().skip(1) {
        assert_eq!(batch.ask(secret), format!("accepted k{n}"));
    }
    // A single hash in fresh pages would touch 16,384 of them.
    let pages = minor_faults(&batch) - before;
    assert!(pages < 4096, "{pages} pages");
    let peak = peak(batch.child.id());
    assert!(peak < LIMIT + 65_536, "{peak} KiB");
    batch.end().succeeds();
}

#[test]
fn verdicts_on_remembered_secrets_are_written_together() {
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
    let mut verdicts = vec![0; "accepted a\n".len() * COUNT];
    in_time(child.id(), "every verdict", || {
        stdout.read_exact(&mut verdicts)
    })
    .unwrap();
    assert_eq!(verdicts, "accepted a\n".repeat(COUNT).into_bytes());
    let calls = std::fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
    let writes = calls.lines().find_map(|line| line.strip_prefix("syscw: "));
    let writes: usize = writes.unwrap().parse().unwrap();
    // The exact number depends on the load of the machine.
    assert!(writes < COUNT * 3 / 4, "{writes} of {COUNT} lines");
    let stdin = feeder.join().unwrap();
    let batch = Coprocess {
        child,
        stdin,
        stdout,
    };
    batch.end().succeeds();
}
