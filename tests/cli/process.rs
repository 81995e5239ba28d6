//! What others can get at of a process: not its memory, while it is there, and no
//! core, when it isn't. And what is in that memory.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::pty::Terminal;
use super::sandbox::{
    Sandbox, finish, full_pipe, has, is_root, wait_until_it_sleeps, wait_until_it_waits,
    wait_until_process_waits,
};

/// A user who is not root.
const NOBODY: u32 = 65534;

/// What of a process only those may read who may trace it.
const CLOSED: [&str; 4] = ["mem", "environ", "maps", "auxv"];

/// That neither `user`, whose process it is, nor anybody else but root gets at it.
/// None is whoever runs the tests.
#[track_caller]
pub fn check_lets_nobody_look(pid: u32, user: Option<u32>) {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core"));
    let cores: Vec<&str> = cores.unwrap().split_whitespace().skip(4).collect();
    assert_eq!(cores, ["0", "0", "bytes"], "a core could be written");
    if user.is_none() && is_root() {
        return;
    }
    for name in CLOSED {
        assert!(!reads(pid, name, user), "/proc/{pid}/{name} can be read");
    }
    assert!(!traces(pid, user), "{pid} can be traced");
    // Nor is more hidden than must be: who holds a lock is told by its name.
    assert!(reads(pid, "comm", user) && reads(pid, "stat", user));
}

/// `command` as that user runs it.
fn as_user(command: &mut Command, user: Option<u32>) -> &mut Command {
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match user {
        Some(uid) => command.uid(uid).gid(uid).current_dir("/"),
        None => command,
    }
}

/// Whether that user can open the file of that process and read from it.
fn reads(pid: u32, name: &str, user: Option<u32>) -> bool {
    // The first bytes of a memory are never there: that it could be opened tells.
    let line = format!("exec < /proc/{pid}/{name}");
    let line = match name {
        "mem" => line,
        _ => format!("{line}; read -r line || test -n \"$line\""),
    };
    let mut command = Command::new("/bin/sh");
    as_user(command.args(["-c", &line]), user)
        .status()
        .unwrap()
        .success()
}

/// Whether that user can trace the process, as a debugger does.
fn traces(pid: u32, user: Option<u32>) -> bool {
    let strace = Command::new("strace").arg("-V").output();
    if !has("strace", strace.is_ok()) {
        return false;
    }
    // It says so at once where it may not; where it may, it goes on.
    let mut command = Command::new("timeout");
    let line = ["1", "strace", "-o", "/dev/null", "-p", &pid.to_string()];
    let status = as_user(command.args(line), user).status().unwrap();
    // timeout has its own code for what it had to end (timeout(1)).
    status.code() != Some(1)
}

/// A place where processes run as a user who is not root, and that user, if the tests
/// are run by root.
fn of_an_ordinary_user() -> (Sandbox, Option<u32>) {
    let sandbox = Sandbox::new();
    if !is_root() {
        return (sandbox, None);
    }
    let owned = format!("chown -R {NOBODY} . && chmod 755 .");
    sandbox.shell(&owned).succeeds();
    (sandbox, Some(NOBODY))
}

fn run_by(mut command: Command, user: Option<u32>) -> Child {
    if let Some(uid) = user {
        command.uid(uid).gid(uid);
    }
    command.spawn().unwrap()
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nobody_of_the_same_user_looks_into_a_process() {
    let (sandbox, user) = of_an_ordinary_user();
    // So that it can be seen at all that nobody can.
    let mut other = sandbox.program("cat");
    other.stdin(Stdio::piped());
    let other = run_by(other, user);
    wait_until_it_sleeps(other.id());
    assert!(CLOSED.iter().all(|name| reads(other.id(), name, user)));
    end(other);

    let (_reader, writer) = full_pipe();
    let mut create = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    create.stdout(writer);
    let mut verify = sandbox.apikey(&["verify"]);
    verify.stdin(Stdio::piped());
    for command in [create, verify] {
        let child = run_by(command, user);
        wait_until_it_waits(&child);
        check_lets_nobody_look(child.id(), user);
        end(child);
    }
}

/// The process that the terminal's shell has started.
fn at(sandbox: &Sandbox) -> u32 {
    let shell = std::fs::read_to_string(sandbox.path("pid")).unwrap();
    let shell = shell.trim();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
    children.unwrap().trim().parse().unwrap()
}

#[test]
fn nobody_looks_into_a_process_that_asks() {
    for (line, question) in [
        ("$APIKEY verify", "Secret: "),
        ("$APIKEY delete a", "[y/N]"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        let mut terminal = Terminal::open(&sandbox, 80, line);
        terminal.sees(question);
        check_lets_nobody_look(at(&sandbox), None);
    }
}

/// The files of the sandbox that are no part of the database.
fn left(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut files = sandbox.files();
    files.retain(|file| !file.starts_with(sandbox.path(".local")));
    files
}

#[test]
fn no_signal_leaves_a_core() {
    const SIGNALS: [rustix::process::Signal; 3] = [
        rustix::process::Signal::QUIT,
        rustix::process::Signal::SEGV,
        rustix::process::Signal::ABORT,
    ];
    let unlimited = |sandbox: &Sandbox, line: &str| {
        let mut command = sandbox.program("/bin/sh");
        command.args(["-c", &format!("ulimit -c unlimited && exec {line}")]);
        command.env("APIKEY", super::sandbox::APIKEY);
        command.stdin(Stdio::piped());
        command
    };
    let killed = |mut child: Child, signal| {
        let pid = rustix::process::Pid::from_child(&child);
        // Rust takes the first SIGSEGV for a full stack, and the next as it comes.
        let status = loop {
            rustix::process::kill_process(pid, signal).unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::yield_now();
        };
        assert_eq!(status.signal(), Some(signal.as_raw()));
        status.core_dumped()
    };
    // So that it can be seen at all that there is none.
    let sandbox = Sandbox::empty();
    let child = unlimited(&sandbox, "cat").spawn().unwrap();
    wait_until_it_sleeps(child.id());
    let dumped = killed(child, SIGNALS[1]) && !left(&sandbox).is_empty();
    if !has("a kernel that writes cores to where a process is", dumped) {
        return;
    }
    for signal in SIGNALS {
        let sandbox = Sandbox::new();
        let (_reader, writer) = full_pipe();
        let mut create = unlimited(&sandbox, "$APIKEY create a -g readonly");
        create.stdout(writer);
        let verify = unlimited(&sandbox, "$APIKEY verify");
        for mut command in [create, verify] {
            let child = command.spawn().unwrap();
            wait_until_it_waits(&child);
            assert!(!killed(child, signal), "{signal:?}: it left a core");
        }
        assert!(left(&sandbox).is_empty(), "{signal:?}");
    }
}

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
        wait_until_process_waits(child.id(), &["1"]);
        let before = Memory::of(child.id());
        handed_over.read_exact(&mut filler).unwrap();
        wait_until_process_waits(child.id(), &["2"]);
        let mut line = vec![0; 4096];
        let len = handed_over.read(&mut line).unwrap();
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
    wait_until_process_waits(child.id(), &["2"]);
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
    let foreign = Sandbox::empty();
    foreign.run(&["init", "--prefix", "acme"]).succeeds();
    // As long as the others, so that its random part is where theirs is.
    let foreign = foreign.key("x");
    let last = if right.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &right[..62]);
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
        while Memory::of(child.id()).pieces(secret).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "{case}");
        }
        drop(stdin);
        wait_until_process_waits(child.id(), &["1"]);
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
        wait_until_it_waits(&child);
        let memory = Memory::of(child.id());
        let left = memory.pieces(&right);
        assert_eq!(left.len(), copies, "{options:?}: {left:#?}");
        assert!(left.iter().all(|(name, _)| *name == "[stack]"));
        end(child);
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
    wait_until_process_waits(pid, &["1"]);
    assert_eq!(Memory::of(pid).pieces(&secret), []);
    assert!(!terminal.contents().contains(&secret[14..30]));
    (&both).read_exact(&mut vec![0; size]).unwrap();
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
    wait_until_process_waits(child.id(), &["2"]);
    let kept = sandbox.db().with_extension("db.shared-secret");
    let kept = std::fs::read_to_string(kept).unwrap();
    let shared = kept.lines().next().unwrap();
    assert_eq!(shared.len(), 43);
    let like_a_secret = format!("{}{shared}", "x".repeat(14));
    assert_eq!(Memory::of(child.id()).pieces(&like_a_secret), []);
    end(child);
}

#[test]
fn whoever_is_not_root_learns_who_else_holds_the_lock() {
    if !has("root, to become two ordinary users", is_root()) {
        return;
    }
    let (sandbox, user) = of_an_ordinary_user();
    let strace = Command::new("strace").arg("-V").output();
    if !has("strace", strace.is_ok()) {
        return;
    }
    sandbox.key("a");
    let open = "chmod 777 .local .local/share .local/share/apikey; chmod 666 .local/share/apikey/*";
    sandbox.shell(open).succeeds();
    // Stopped in the middle of a change.
    let mut change = sandbox.program("strace");
    let stop = "-qq -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:signal=STOP";
    change.args(stop.split(' '));
    change.args([super::sandbox::APIKEY, "deactivate", "a"]);
    let strace = run_by(change, user);
    let waits = || sandbox.path(".local/share/apikey/keys.db-journal").exists();
    while !waits() {
        std::thread::yield_now();
    }
    let other = sandbox.apikey(&["set-description", "a", "x", "--json"]);
    let ran = finish(run_by(other, Some(NOBODY - 1))).exits(75);
    let (_, holder) = ran.stderr.split_once("locked by apikey (process ").unwrap();
    let holder = holder.split_once(')').unwrap().0.parse().unwrap();
    let holder = rustix::process::Pid::from_raw(holder).unwrap();
    rustix::process::kill_process(holder, rustix::process::Signal::KILL).unwrap();
    finish(strace);
}
