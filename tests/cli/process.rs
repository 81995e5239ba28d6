//! Tests that other programs can read neither the memory of a process nor a core file of it.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use sqlite_only::sqlite_only;

use super::pty::Terminal;
use super::sandbox::{
    Sandbox, finish, full_pipe, has, is_root, wait_until_asleep, wait_until_blocked,
};
use super::waiting::{in_time, is_installed, wait_for};

/// A user other than root.
const USER: u32 = 65534;

/// The files of a process that only a user who may trace it can read.
const PRIVATE_FILES: [&str; 4] = ["mem", "environ", "maps", "auxv"];

/// Checks that `user`, the owner of the process, can't read its memory or trace it. `None` is the
/// user who runs the tests.
#[track_caller]
pub fn check_is_protected(pid: u32, user: Option<u32>) {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core"));
    let cores: Vec<&str> = cores.unwrap().split_whitespace().skip(4).collect();
    assert_eq!(cores, ["0", "0", "bytes"], "a core file could be written");
    if user.is_none() && is_root() {
        return;
    }
    for name in PRIVATE_FILES {
        assert!(!reads(pid, name, user), "/proc/{pid}/{name} can be read");
    }
    assert!(!traces(pid, user), "{pid} can be traced");
    // Other files are readable: an error names the process that holds a lock.
    assert!(reads(pid, "comm", user) && reads(pid, "stat", user));
}

/// Prepares `command` to run as `user`.
fn as_user(command: &mut Command, user: Option<u32>) -> &mut Command {
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match user {
        Some(uid) => command.uid(uid).gid(uid).current_dir("/"),
        None => command,
    }
}

/// Returns whether `user` can open and read a file of the process.
fn reads(pid: u32, name: &str, user: Option<u32>) -> bool {
    // Address 0 is never mapped, so for mem it is enough to open the file.
    let line = format!("exec < /proc/{pid}/{name}");
    let line = match name {
        "mem" => line,
        _ => format!("{line}; read -r line || test -n \"$line\""),
    };
    let mut command = Command::new("/bin/sh");
    finish(as_user(command.args(["-c", &line]), user).spawn().unwrap()).code == 0
}

/// Returns whether `user` can trace the process, like a debugger.
fn traces(pid: u32, user: Option<u32>) -> bool {
    if !has("strace", is_installed("strace")) {
        return false;
    }
    // strace fails at once without permission; otherwise it runs until the timeout.
    let mut command = Command::new("timeout");
    let line = ["1", "strace", "-o", "/dev/null", "-p", &pid.to_string()];
    let ran = finish(as_user(command.args(line), user).spawn().unwrap());
    // timeout(1) has its own exit code for a program that it ended.
    ran.code != 1
}

/// Returns a sandbox for an ordinary user, and that user if root runs the tests.
fn ordinary_sandbox() -> (Sandbox, Option<u32>) {
    let sandbox = Sandbox::new();
    if !is_root() {
        return (sandbox, None);
    }
    let owned = format!("chown -R {USER} . && chmod 755 .");
    sandbox.shell(&owned).succeeds();
    (sandbox, Some(USER))
}

fn run_by(mut command: Command, user: Option<u32>) -> Child {
    if let Some(uid) = user {
        command.uid(uid).gid(uid);
    }
    command.spawn().unwrap()
}

pub fn end(mut child: Child) {
    child.kill().unwrap();
    in_time(child.id(), "the end", || child.wait()).unwrap();
}

#[test]
fn no_program_of_the_same_user_reads_a_process() {
    let (sandbox, user) = ordinary_sandbox();
    // The check finds an unprotected process.
    let mut other = sandbox.program("cat");
    other.stdin(Stdio::piped());
    let other = run_by(other, user);
    wait_until_asleep(other.id());
    assert!(
        PRIVATE_FILES
            .iter()
            .all(|name| reads(other.id(), name, user))
    );
    end(other);

    let (_reader, writer) = full_pipe();
    let mut create = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    create.stdout(writer);
    let mut verify = sandbox.apikey(&["verify"]);
    verify.stdin(Stdio::piped());
    for command in [create, verify] {
        let child = run_by(command, user);
        wait_until_blocked(&child);
        check_is_protected(child.id(), user);
        end(child);
    }
}

/// Returns the process that the terminal's shell has started.
pub fn child_in(sandbox: &Sandbox) -> u32 {
    let shell = std::fs::read_to_string(sandbox.path("pid")).unwrap();
    let shell = shell.trim();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
    children.unwrap().trim().parse().unwrap()
}

#[test]
fn no_program_reads_a_process_that_prompts() {
    for (line, prompt) in [
        ("$APIKEY verify", "Secret: "),
        ("$APIKEY delete a", "[y/N]"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        let mut terminal = Terminal::open(&sandbox, 80, line);
        terminal.sees(prompt);
        check_is_protected(child_in(&sandbox), None);
    }
}

/// Returns the files of the sandbox outside the directory of the database.
fn leftovers(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut files = sandbox.files();
    files.retain(|file| !file.starts_with(sandbox.path(".local")));
    files
}

#[test]
fn no_signal_leaves_a_core_file() {
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
        // Rust's handler treats the first SIGSEGV as a stack overflow; the next one kills.
        let mut ended = None;
        wait_for("the signal ends it", || {
            rustix::process::kill_process(pid, signal).unwrap();
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        let status = ended.unwrap();
        // After SIGQUIT, create deletes its key and exits.
        let is_in_order = signal == SIGNALS[0] && status.code() == Some(130);
        assert!(is_in_order || status.signal() == Some(signal.as_raw()));
        status.core_dumped()
    };
    // The check finds the core file of an unprotected process.
    let sandbox = Sandbox::empty();
    let child = unlimited(&sandbox, "cat").spawn().unwrap();
    wait_until_asleep(child.id());
    let dumped = killed(child, SIGNALS[1]) && !leftovers(&sandbox).is_empty();
    if !has(
        "a kernel that writes core files to the working directory",
        dumped,
    ) {
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
            wait_until_blocked(&child);
            assert!(!killed(child, signal), "{signal:?}: a core file");
        }
        assert!(leftovers(&sandbox).is_empty(), "{signal:?}");
    }
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn an_ordinary_user_sees_which_process_holds_the_lock() {
    if !has("root, to become two ordinary users", is_root()) {
        return;
    }
    let (sandbox, user) = ordinary_sandbox();
    if !has("strace", is_installed("strace")) {
        return;
    }
    finish(run_by(
        sandbox.apikey(&["create", "a", "-g", "readonly"]),
        user,
    ))
    .succeeds();
    let open = "chmod 755 .local .local/share .local/share/apikey; chmod 644 .local/share/apikey/*";
    sandbox.shell(open).succeeds();
    // Stopped when the commit deletes the journal, while no other process may read.
    let mut change = sandbox.program("strace");
    let stop = "-qq -o /dev/null -e trace=unlink,unlinkat -e inject=unlink,unlinkat:signal=STOP";
    change.args(stop.split(' '));
    change.args([super::sandbox::APIKEY, "deactivate", "a"]);
    let strace = run_by(change, user);
    let db = sandbox.db();
    let mut ran = None;
    wait_for("a change that holds the lock", || {
        let list = ["--db", db.to_str().unwrap(), "list", "--json"];
        let other = finish(run_by(sandbox.apikey(&list), Some(USER - 1)));
        ran = (other.code == 75).then_some(other);
        ran.is_some()
    });
    let stderr = ran.unwrap().stderr;
    let (_, holder) = stderr.split_once("locked by apikey (process ").unwrap();
    let holder = holder.split_once(')').unwrap().0.parse().unwrap();
    let holder = rustix::process::Pid::from_raw(holder).unwrap();
    rustix::process::kill_process(holder, rustix::process::Signal::KILL).unwrap();
    finish(strace);
}

#[sqlite_only("its commands use files")]
#[test]
fn no_command_starts_another_program() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    // The tests of the clipboard check the child of `create --copy`.
    for line in [
        "create b -g readonly",
        "create c -g readonly --json",
        "create d -g readonly --export .",
        "verify --key-file s",
        "verify --batch < s",
        "list",
        "show a",
        "deactivate a",
        "delete a --yes",
        "shared-secret create",
        "shared-secret sign",
        "completions bash",
        "help create",
        "log",
        "log verify",
        "doctor",
        "backup copy",
        "--db new restore copy --yes",
        "init",
    ] {
        let traced = "strace -f -qq -e trace=execve,execveat -e signal=none -o calls";
        let ran = sandbox.shell(&format!("{traced} $APIKEY {line} | cat > out; cat calls"));
        let calls: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(calls.len(), 1, "{line}: {calls:#?}");
    }
}
