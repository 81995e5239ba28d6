//! Tests that a secret is in the memory of a process no longer than needed. Root reads the memory
//! through /proc.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::process::Stdio;

use sqlite_only::sqlite_only;

use super::presented::{foreign, mistyped};
use super::process::{child_in, end};
use super::pty::Terminal;
use super::sandbox::{
    Sandbox, full_pipe, has, wait_until_asleep, wait_until_blocked, wait_until_blocked_on,
};
use super::verify_batch::Coprocess;
use super::waiting::{in_time, wait_for};

/// The writable memory of a process: the name and bytes of each mapping.
struct Memory(Vec<(String, Vec<u8>)>);

impl Memory {
    fn of(pid: u32) -> Self {
        let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let address = |hex: &str| u64::from_str_radix(hex, 16).unwrap();
        let mapping = |line: &str| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (begin, end) = columns[0].split_once('-').unwrap();
            let (begin, end) = (address(begin), address(end));
            let mut bytes = vec![0; usize::try_from(end - begin).unwrap()];
            memory.read_exact_at(&mut bytes, begin).unwrap();
            (columns.get(5).unwrap_or(&"").to_string(), bytes)
        };
        // Mappings that are not writable can't contain a secret.
        let writable = maps.lines().filter(|line| line.contains(" rw"));
        Self(writable.map(mapping).collect())
    }

    /// Returns the pieces of the secret's random part, of ten characters or more, that are in
    /// memory, each with its mapping.
    fn pieces(&self, secret: &str) -> Vec<(&str, String)> {
        const PIECE: usize = 10;
        let random = &secret.as_bytes()[14..57];
        let is_piece = |bytes: &[u8]| random.windows(PIECE).any(|piece| piece == bytes);
        let mut found = Vec::new();
        for (name, bytes) in &self.0 {
            let runs = bytes.split(|byte| !byte.is_ascii_alphanumeric());
            for run in runs.filter(|run| run.windows(PIECE).any(is_piece)) {
                found.push((name.as_str(), String::from_utf8_lossy(run).into_owned()));
            }
        }
        found
    }
}

fn can_read_memory() -> bool {
    /// The number in `linux/capability.h`.
    const CAP_SYS_PTRACE: u64 = 19;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let held = u64::from_str_radix(held.unwrap().trim(), 16).unwrap();
    let is_permitted = held >> CAP_SYS_PTRACE & 1 == 1;
    has("root, which may read any memory", is_permitted)
}

#[test]
fn after_its_delivery_a_secret_is_not_in_memory() {
    if !can_read_memory() {
        return;
    }
    for options in [&[][..], &["--json"]] {
        let sandbox = Sandbox::new();
        let (mut stdout, full) = full_pipe();
        let mut filler = vec![0; rustix::pipe::fcntl_getpipe_size(&full).unwrap()];
        let (_notes, also_full) = full_pipe();
        let mut command = sandbox.apikey(&[&["create", "a", "-g", "readonly"], options].concat());
        command.stdout(full).stderr(also_full);
        let child = command.spawn().unwrap();
        drop(command);
        wait_until_blocked_on(child.id(), &["1"]);
        let before = Memory::of(child.id());
        let read = || stdout.read_exact(&mut filler);
        in_time(child.id(), "the filler of the pipe", read).unwrap();
        wait_until_blocked_on(child.id(), &["2"]);
        let mut line = vec![0; 4096];
        let len = in_time(child.id(), "the secret", || stdout.read(&mut line)).unwrap();
        let line = String::from_utf8_lossy(&line[..len]).into_owned();
        let parts = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let secret = parts.max_by_key(|part| part.len()).unwrap();
        assert_eq!(secret.len(), 63);
        // Before it is written, it is in memory and found.
        assert!(!before.pieces(secret).is_empty());
        let memory = Memory::of(child.id());
        assert_eq!(memory.pieces(secret), [], "{options:?}");
        end(child);
    }
}

#[test]
fn after_its_export_a_secret_is_not_in_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let (_notes, full) = full_pipe();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly", "--export", "s"]);
    let child = command.stderr(full).spawn().unwrap();
    drop(command);
    wait_until_blocked_on(child.id(), &["2"]);
    let secret = std::fs::read_to_string(sandbox.path("s")).unwrap();
    assert_eq!(Memory::of(child.id()).pieces(&secret), []);
    end(child);
}

#[test]
fn after_the_verdict_a_secret_is_not_in_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let right = sandbox.key("a");
    let unknown = Sandbox::new().key("x");
    let (foreign, mistyped) = (foreign(), mistyped(&right));
    for (case, secret, options) in [
        ("right", &right, &[][..]),
        ("right, with json", &right, &["--json"]),
        ("missing group", &right, &["-g", "admin"]),
        ("unknown", &unknown, &[]),
        ("mistyped", &mistyped, &[]),
        ("of another prefix", &foreign, &[]),
    ] {
        let (_verdict, full) = full_pipe();
        let mut command = sandbox.apikey(&[&["verify"], options].concat());
        command.stdin(Stdio::piped()).stdout(full);
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(secret.as_bytes()).unwrap();
        // While it waits for more input, the input so far is in memory.
        wait_for("the secret is in its memory", || {
            assert!(child.try_wait().unwrap().is_none(), "{case}");
            !Memory::of(child.id()).pieces(secret).is_empty()
        });
        drop(stdin);
        wait_until_blocked_on(child.id(), &["1"]);
        assert_eq!(Memory::of(child.id()).pieces(secret), [], "{case}");
        end(child);
    }
    // From a file, and from the environment, where the original remains.
    std::fs::write(sandbox.path("s"), &right).unwrap();
    for (options, copies) in [(["--key-file", "s"], 0), (["--key-env", "KEY"], 1)] {
        let (_verdict, full) = full_pipe();
        let mut command = sandbox.apikey(&[&["verify"][..], &options].concat());
        command.env("KEY", &right).stdout(full);
        if copies == 0 {
            command.env_remove("KEY");
        }
        let child = command.spawn().unwrap();
        wait_until_blocked(&child);
        let memory = Memory::of(child.id());
        let left = memory.pieces(&right);
        assert_eq!(left.len(), copies, "{options:?}: {left:#?}");
        assert!(left.iter().all(|(name, _)| *name == "[stack]"));
        end(child);
    }
}

#[test]
fn while_a_batch_waits_no_earlier_secret_is_in_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let (right, other) = (sandbox.key("a"), sandbox.key("b"));
    let unknown = Sandbox::new().key("x");
    let (foreign, mistyped) = (foreign(), mistyped(&right));
    let damaged = sandbox.key("damaged");
    sandbox.sql("UPDATE secrets SET hash = 'x' WHERE key = (SELECT number FROM keys WHERE name = 'damaged')");
    let repeated = format!("{right}\n").repeat(3000) + &right;
    for (case, line, options) in [
        ("right", right.clone(), &[][..]),
        ("right, with json", right.clone(), &["--json"]),
        ("unknown", unknown, &[]),
        ("mistyped", mistyped, &[]),
        ("of another prefix", foreign, &[]),
        ("of a damaged hash", damaged, &[]),
        ("in quotes", format!("\"{right}\""), &[]),
        ("two at once", format!("{right} {other}"), &[]),
        ("too long", format!("{right}{}", " ".repeat(70_000)), &[]),
        ("remembered", repeated, &[]),
    ] {
        let mut batch = Coprocess::start(&sandbox, options);
        batch.write(&line);
        let secret = line.trim_matches('"').get(..63).unwrap();
        let answers = line.lines().count();
        // Until the line ends, its beginning is in memory.
        wait_for("the secret is in its memory", || {
            assert!(batch.child.try_wait().unwrap().is_none(), "{case}");
            answers > 1 || !Memory::of(batch.child.id()).pieces(secret).is_empty()
        });
        batch.write("\n");
        for _ in 0..answers {
            assert!(!batch.answer().is_empty(), "{case}");
        }
        // The batch records the use after the answer; when all its threads sleep, the use is
        // recorded.
        wait_until_asleep(batch.child.id());
        assert_eq!(Memory::of(batch.child.id()).pieces(secret), [], "{case}");
        batch.end();
    }
}

#[test]
fn after_the_verdict_a_typed_secret_is_not_in_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.shell("mkfifo verdict").succeeds();
    // One descriptor is both ends of the pipe.
    let both = File::options()
        .read(true)
        .write(true)
        .open(sandbox.path("verdict"))
        .unwrap();
    let size = rustix::pipe::fcntl_getpipe_size(&both).unwrap();
    (&both).write_all(&vec![b' '; size]).unwrap();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY verify > verdict");
    terminal.sees("Secret: ");
    terminal.press(&format!("{secret}\r"));
    terminal.sees("[hidden]");
    let pid = child_in(&sandbox);
    wait_until_blocked_on(pid, &["1"]);
    assert_eq!(Memory::of(pid).pieces(&secret), []);
    assert!(!terminal.contents().contains(&secret[14..30]));
    in_time(pid, "the filler of the pipe", || {
        (&both).read_exact(&mut vec![0; size])
    })
    .unwrap();
    terminal.exits(&sandbox, 0);
}

#[sqlite_only("the shared secret is a file")]
#[test]
fn after_its_creation_a_shared_secret_is_not_in_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let (_notes, full) = full_pipe();
    let mut command = sandbox.apikey(&["shared-secret", "create"]);
    command.stderr(full);
    let child = command.spawn().unwrap();
    drop(command);
    wait_until_blocked_on(child.id(), &["2"]);
    let file = sandbox.db().with_extension("db.shared-secret");
    let file = std::fs::read_to_string(file).unwrap();
    let shared = file.lines().next().unwrap();
    assert_eq!(shared.len(), 43);
    let like_a_secret = format!("{}{shared}", "x".repeat(14));
    assert_eq!(Memory::of(child.id()).pieces(&like_a_secret), []);
    end(child);
}
