//! What is in the memory of a process, read as root can: a secret for as long as it is
//! needed, and no longer.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::process::Stdio;

use super::presented::{foreign, mistyped};
use super::process::{at, end};
use super::pty::Terminal;
use super::sandbox::{
    Sandbox, full_pipe, has, wait_until_asleep, wait_until_blocked, wait_until_blocked_on,
};
use super::verify_batch::Coprocess;
use super::waiting::{in_time, wait_for};

/// What a process has written to its memory: each mapping's name and bytes.
struct Memory(Vec<(String, Vec<u8>)>);

impl Memory {
    fn of(pid: u32) -> Self {
        let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let address = |hex: &str| u64::from_str_radix(hex, 16).unwrap();
        let mapping = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (begin, end) = words[0].split_once('-').unwrap();
            let (begin, end) = (address(begin), address(end));
            let mut bytes = vec![0; usize::try_from(end - begin).unwrap()];
            memory.read_exact_at(&mut bytes, begin).unwrap();
            (words.get(5).unwrap_or(&"").to_string(), bytes)
        };
        // What can't be written can't have been written to.
        let writable = maps.lines().filter(|line| line.contains(" rw"));
        Self(writable.map(mapping).collect())
    }

    /// The pieces of the secret in it, of ten characters or more of its random part,
    /// each with the mapping where it is.
    fn pieces(&self, secret: &str) -> Vec<(&str, String)> {
        const PIECE: usize = 10;
        let random = &secret.as_bytes()[14..57];
        let is_piece = |bytes: &[u8]| random.windows(PIECE).any(|piece| piece == bytes);
        let mut found = Vec::new();
        for (name, bytes) in &self.0 {
            let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
            for word in words.filter(|word| word.windows(PIECE).any(is_piece)) {
                found.push((name.as_str(), String::from_utf8_lossy(word).into_owned()));
            }
        }
        found
    }
}

fn can_read_memory() -> bool {
    /// As `linux/capability.h` numbers it.
    const CAP_SYS_PTRACE: u64 = 19;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let held = u64::from_str_radix(held.unwrap().trim(), 16).unwrap();
    let may = held >> CAP_SYS_PTRACE & 1 == 1;
    has("root, who may read any memory", may)
}

#[test]
fn once_handed_over_a_secret_is_in_no_memory() {
    if !can_read_memory() {
        return;
    }
    for options in [&[][..], &["--json"]] {
        let sandbox = Sandbox::new();
        let (mut handed_over, full) = full_pipe();
        let mut filler = vec![0; rustix::pipe::fcntl_getpipe_size(&full).unwrap()];
        let (_notes, also_full) = full_pipe();
        let mut command = sandbox.apikey(&[&["create", "a", "-g", "readonly"], options].concat());
        command.stdout(full).stderr(also_full);
        let child = command.spawn().unwrap();
        drop(command);
        wait_until_blocked_on(child.id(), &["1"]);
        let before = Memory::of(child.id());
        let read = || handed_over.read_exact(&mut filler);
        in_time(child.id(), "what fills the pipe", read).unwrap();
        wait_until_blocked_on(child.id(), &["2"]);
        let mut line = vec![0; 4096];
        let len = in_time(child.id(), "the secret", || handed_over.read(&mut line)).unwrap();
        let line = String::from_utf8_lossy(&line[..len]).into_owned();
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let secret = words.max_by_key(|word| word.len()).unwrap();
        assert_eq!(secret.len(), 63);
        // While it waits to be written it is there, and is found.
        assert!(!before.pieces(secret).is_empty());
        let memory = Memory::of(child.id());
        assert_eq!(memory.pieces(secret), [], "{options:?}");
        end(child);
    }
}

#[test]
fn once_in_its_file_a_secret_is_in_no_memory() {
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
fn once_judged_a_secret_is_in_no_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let right = sandbox.key("a");
    let unknown = Sandbox::new().key("x");
    let (foreign, mistyped) = (foreign(), mistyped(&right));
    for (case, secret, options) in [
        ("right", &right, &[][..]),
        ("right, and told in json", &right, &["--json"]),
        ("of another group", &right, &["-g", "admin"]),
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
        // While it waits for more, what it has read is found in its memory.
        wait_for("the secret is in its memory", || {
            assert!(child.try_wait().unwrap().is_none(), "{case}");
            !Memory::of(child.id()).pieces(secret).is_empty()
        });
        drop(stdin);
        wait_until_blocked_on(child.id(), &["1"]);
        assert_eq!(Memory::of(child.id()).pieces(secret), [], "{case}");
        end(child);
    }
    // From a file; and from the environment, of which only that one copy is left.
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
fn while_a_batch_waits_no_secret_of_an_earlier_line_is_in_its_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let (right, other) = (sandbox.key("a"), sandbox.key("b"));
    let unknown = Sandbox::new().key("x");
    let (foreign, mistyped) = (foreign(), mistyped(&right));
    let damaged = sandbox.key("damaged");
    sandbox.sql("UPDATE secrets SET hash = 'x' WHERE key = (SELECT number FROM keys WHERE name = 'damaged')");
    let over_and_over = format!("{right}\n").repeat(3000) + &right;
    for (case, line, options) in [
        ("right", right.clone(), &[][..]),
        ("right, and told in json", right.clone(), &["--json"]),
        ("unknown", unknown, &[]),
        ("mistyped", mistyped, &[]),
        ("of another prefix", foreign, &[]),
        ("of a damaged hash", damaged, &[]),
        ("in quotes", format!("\"{right}\""), &[]),
        ("two at once", format!("{right} {other}"), &[]),
        ("too long", format!("{right}{}", " ".repeat(70_000)), &[]),
        ("remembered", over_and_over, &[]),
    ] {
        let mut batch = Coprocess::start(&sandbox, options);
        batch.write(&line);
        let secret = line.trim_matches('"').get(..63).unwrap();
        let answers = line.lines().count();
        // While the line lacks its end, what was read of it is found.
        wait_for("the secret is in its memory", || {
            assert!(batch.child.try_wait().unwrap().is_none(), "{case}");
            answers > 1 || !Memory::of(batch.child.id()).pieces(secret).is_empty()
        });
        batch.write("\n");
        for _ in 0..answers {
            assert!(!batch.answer().is_empty(), "{case}");
        }
        // Told, and then recorded: it is done when all of it waits.
        wait_until_asleep(batch.child.id());
        assert_eq!(Memory::of(batch.child.id()).pieces(secret), [], "{case}");
        batch.end();
    }
}

#[test]
fn once_judged_a_secret_that_was_typed_is_in_no_memory() {
    if !can_read_memory() {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.shell("mkfifo verdict").succeeds();
    // Open for both, as a pipe's two ends in one.
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
    let pid = at(&sandbox);
    wait_until_blocked_on(pid, &["1"]);
    assert_eq!(Memory::of(pid).pieces(&secret), []);
    assert!(!terminal.contents().contains(&secret[14..30]));
    in_time(pid, "what fills the pipe", || {
        (&both).read_exact(&mut vec![0; size])
    })
    .unwrap();
    terminal.exits(&sandbox, 0);
}

#[test]
fn what_made_the_shared_secret_keeps_no_copy() {
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
    let kept = sandbox.db().with_extension("db.shared-secret");
    let kept = std::fs::read_to_string(kept).unwrap();
    let shared = kept.lines().next().unwrap();
    assert_eq!(shared.len(), 43);
    let like_a_secret = format!("{}{shared}", "x".repeat(14));
    assert_eq!(Memory::of(child.id()).pieces(&like_a_secret), []);
    end(child);
}
