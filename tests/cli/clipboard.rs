//! The clipboards of a real X server and a real Wayland compositor.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::machine::{Machine, can_create_users};
use super::process::check_is_protected;
use super::sandbox::{APIKEY, Ran, Sandbox, finish, has, is_root, ran};
use super::waiting::{self, in_time, is_installed, wait_for};

/// A display and its user.
struct Desktop {
    server: Child,
    /// The environment variables that name the display.
    environment: Vec<(&'static str, String)>,
    /// The commands that read the clipboard, fill it, and list its types.
    paste: &'static str,
    copy: &'static str,
    types: &'static str,
    home: PathBuf,
    apikey: PathBuf,
    /// Another user if the tests run as root, which sway refuses.
    uid: Option<u32>,
    /// The mark that identifies the processes of this desktop: only root may read the environment
    /// of a process that holds a secret.
    mark: String,
    _owned: (Option<Sandbox>, Option<Machine>),
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Returns a number that no other desktop has. It becomes the `oom_score_adj` of a process, where
/// it is harmless; children inherit it, and every user may read it.
fn mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    ((std::process::id() * 16 + next) % 900 + 1).to_string()
}

impl Desktop {
    fn x11() -> Option<Self> {
        let is_there = is_installed("Xvfb") && is_installed("xclip");
        if !has("Xvfb with xclip", is_there) {
            return None;
        }
        let sandbox = Sandbox::new();
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "320x240x8"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let read = || stdout.read_line(&mut number);
        in_time(server.id(), "the number of the display", read).unwrap();
        Some(Self {
            server,
            environment: vec![("DISPLAY", format!(":{}", number.trim()))],
            paste: "xclip -selection clipboard -o -t UTF8_STRING",
            // Redirected, because its child would keep the pipes of the test open.
            copy: "xclip -selection clipboard -i > /dev/null 2>&1",
            types: "xclip -selection clipboard -o -t TARGETS",
            home: sandbox.home().to_owned(),
            apikey: APIKEY.into(),
            uid: None,
            mark: mark(),
            _owned: (Some(sandbox), None),
        })
    }

    fn wayland() -> Option<Self> {
        let programs = ["sway", "wl-paste", "wl-copy"];
        if !has(
            "sway with wl-clipboard",
            programs.into_iter().all(is_installed),
        ) {
            return None;
        }
        let (sandbox, machine, home, apikey, uid) = if is_root() {
            if !can_create_users() {
                return None;
            }
            let mut machine = Machine::new("wl");
            machine.add_user("desk");
            let home = machine.path("home");
            let name = machine.name("desk");
            let install = format!("install -d -m 700 -o {name} {0} {0}/run", home.display());
            machine.root(&install).succeeds();
            let uid = machine.root(&format!("id -u {name}")).succeeds().stdout;
            let apikey = machine.path("apikey");
            (None, Some(machine), home, apikey, uid.trim().parse().ok())
        } else {
            let sandbox = Sandbox::empty();
            std::fs::create_dir(sandbox.path("run")).unwrap();
            let only = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(sandbox.path("run"), only).unwrap();
            let home = sandbox.home().to_owned();
            (Some(sandbox), None, home, APIKEY.into(), None)
        };
        let run = home.join("run");
        let mut sway = Command::new("sway");
        sway.args(["-c", "/dev/null"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .envs([("WLR_BACKENDS", "headless"), ("WLR_RENDERER", "pixman")])
            .env("XDG_RUNTIME_DIR", &run)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(uid) = uid {
            sway.uid(uid).gid(uid);
        }
        let mut server = sway.spawn().unwrap();
        let mut socket = String::new();
        wait_for("sway has a socket", || {
            assert!(server.try_wait().unwrap().is_none(), "sway did not start");
            let names = std::fs::read_dir(&run).unwrap();
            let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let is_socket = |name: &String| name.starts_with("wayland-") && !name.contains('.');
            socket = names.into_iter().find(is_socket).unwrap_or_default();
            !socket.is_empty()
        });
        let desktop = Self {
            server,
            environment: vec![
                ("WAYLAND_DISPLAY", socket),
                ("XDG_RUNTIME_DIR", run.display().to_string()),
            ],
            paste: "wl-paste --no-newline",
            copy: "wl-copy > /dev/null 2>&1",
            types: "wl-paste --list-types",
            home,
            apikey,
            uid,
            mark: mark(),
            _owned: (sandbox, machine),
        };
        desktop.run("$APIKEY init --argon2 m=8,t=1,p=1").succeeds();
        Some(desktop)
    }

    fn database(&self) -> PathBuf {
        self.home.join(".local/share/apikey/keys.db")
    }

    /// Runs a line of sh on the desktop. It may contain `$APIKEY`.
    fn run(&self, line: &str) -> Ran {
        ran(&waiting::run(&mut self.command(line)))
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &self.marked(line)])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.home)
            .env("APIKEY", &self.apikey)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.home)
            .stdin(Stdio::null());
        if let Some(uid) = self.uid {
            command.uid(uid).gid(uid);
        }
        command
    }

    /// Returns the line for a shell that first marks itself; its children inherit the mark.
    fn marked(&self, line: &str) -> String {
        format!("echo {} > /proc/$$/oom_score_adj; {line}", self.mark)
    }

    /// Returns the processes that hold a secret on this desktop.
    fn holders(&self) -> Vec<Process> {
        let is_here = |process: &Process| {
            process.arguments.contains("hold-clipboard") && process.mark.trim() == self.mark
        };
        Process::all().into_iter().filter(is_here).collect()
    }

    #[track_caller]
    fn wait_until_released(&self) {
        wait_for("no process holds a secret", || self.holders().is_empty());
    }
}

/// The properties of a process that other users or root can read.
struct Process {
    directory: PathBuf,
    arguments: String,
    environment: String,
    mark: String,
}

impl Process {
    fn all() -> Vec<Self> {
        let read = |directory: &Path, name: &str| {
            let bytes = std::fs::read(directory.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let entries = std::fs::read_dir("/proc").unwrap();
        let directories = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let is_process = |directory: &PathBuf| directory.join("cmdline").exists();
        directories
            .filter(is_process)
            .map(|directory| Self {
                arguments: read(&directory, "cmdline"),
                environment: read(&directory, "environ"),
                mark: read(&directory, "oom_score_adj"),
                directory,
            })
            .collect()
    }
}

/// Checks every promise about a clipboard.
fn check(desktop: &Desktop) {
    // The holder outlives the command and closes the files that it inherits.
    let line = "exec 7> held; $APIKEY create first -g readonly --copy --clear-after 1h --json";
    let created = desktop.run(line).succeeds();
    let json = created.json();
    assert_eq!(
        (&json["created"], &json["copied"]),
        (&true.into(), &true.into())
    );
    assert_eq!(json["key"]["status"], "active");
    assert!(json.get("secret").is_none());
    assert!(
        created.stderr.contains("on the clipboard until "),
        "{created:?}"
    );
    let secret = desktop.run(desktop.paste).succeeds().stdout;
    assert_eq!(secret.len(), 63, "{secret}");
    let verify = format!("{} | $APIKEY verify", desktop.paste);
    desktop.run(&verify).succeeds();
    assert!(!created.stderr.contains(&secret[14..]) && !created.stdout.contains(&secret[14..]));

    // No process shows the secret, and clipboard managers are asked not to keep it.
    for process in Process::all() {
        for text in [&process.arguments, &process.environment] {
            assert!(!text.contains(&secret[14..]), "{:?}", process.directory);
        }
    }
    let types = desktop.run(desktop.types).succeeds().stdout;
    assert!(types.contains("x-kde-passwordManagerHint"), "{types}");

    // The holder is one process, in its own session and in the root directory.
    let [holder] = &desktop.holders()[..] else {
        panic!("the number of holders is not one");
    };
    let pid = holder.directory.file_name().unwrap().to_str().unwrap();
    let stat = std::fs::read_to_string(holder.directory.join("stat")).unwrap();
    let session = stat.rsplit_once(") ").unwrap().1.split(' ').nth(3).unwrap();
    assert_eq!(session, pid);
    // Only root can read its memory, and it leaves no core.
    check_is_protected(pid.parse().unwrap(), desktop.uid);
    if is_root() {
        assert_eq!(
            holder.directory.join("cwd").read_link().unwrap(),
            Path::new("/")
        );
        for open in std::fs::read_dir(holder.directory.join("fd")).unwrap() {
            let target = open.unwrap().path().read_link().unwrap_or_default();
            assert!(!target.ends_with("held"), "{target:?}");
        }
    }

    // The holder ends when something else is copied, which stays.
    desktop
        .run(&format!("printf other | {}", desktop.copy))
        .succeeds();
    desktop.wait_until_released();
    assert_eq!(desktop.run(desktop.paste).succeeds().stdout, "other");

    // The clipboard is cleared after the time, and not before.
    pasted_in_time(|clear_after| {
        let line = format!("$APIKEY create second -g readonly --copy --clear-after {clear_after}");
        desktop.run(&line).succeeds();
        let second = desktop.run(desktop.paste).stdout;
        desktop.wait_until_released();
        assert_eq!(desktop.run(desktop.paste).stdout, "");
        desktop.run("$APIKEY delete second --yes").succeeds();
        second.len() == 63 && second != secret
    });

    // If a key can't be activated, its secret is on no clipboard. The last writes belong to the
    // activation.
    let strace = std::path::Path::new("/usr/bin/strace").exists();
    if has("strace", strace) {
        check_failed_activation(desktop);
    }

    // The time starts when the key is active, which may take a wait for a lock.
    pasted_in_time(|clear_after| {
        let waiting =
            Waiting::with_its_secret_copied(desktop, &format!("--clear-after {clear_after}"));
        let (begun, seconds) = (Instant::now(), clear_after.trim_end_matches('s'));
        let seconds: u64 = seconds.parse().unwrap();
        wait_for("the time after which it is cleared", || {
            begun.elapsed() > Duration::from_millis(seconds * 1000 + 500)
        });
        finish(waiting.resume()).succeeds();
        let pasted = desktop.run(desktop.paste).stdout;
        desktop.wait_until_released();
        desktop.run("$APIKEY delete four --yes").succeeds();
        pasted.len() == 63
    });

    // If the secret was replaced before the key is active, the key is withdrawn.
    let waiting = Waiting::with_its_secret_copied(desktop, "");
    desktop
        .run(&format!("printf other | {}", desktop.copy))
        .succeeds();
    desktop.wait_until_released();
    let ran = finish(waiting.resume()).exits(6);
    assert!(ran.stderr.contains("something else was copied"), "{ran:?}");
    desktop.run("$APIKEY show four").exits(3);

    // If the command is killed before the key is active, the holder clears the clipboard.
    let mut waiting = Waiting::with_its_secret_copied(desktop, "--clear-after 1h");
    waiting.create.kill().unwrap();
    finish(waiting.create);
    desktop.wait_until_released();
    assert_eq!(desktop.run(desktop.paste).stdout, "");
}

/// Calls `is_pasted` with a time after which the clipboard is cleared. If the machine is too busy
/// to paste within it, it tries longer times.
fn pasted_in_time(is_pasted: impl FnMut(&str) -> bool) {
    let times = ["2s", "8s", "32s", "128s"];
    assert!(
        times.into_iter().any(is_pasted),
        "the clipboard is cleared too early"
    );
}

fn check_failed_activation(desktop: &Desktop) {
    let create = "$APIKEY create three -g readonly --copy";
    let traced = format!("strace -qq -o writes -e trace=pwrite64 {create} && cat writes");
    let count = desktop.run(&traced).succeeds().stdout.lines().count();
    desktop.run("$APIKEY delete three --yes").succeeds();
    desktop.wait_until_released();
    for nth in [count - 1, count] {
        let failing = format!("-e trace=pwrite64 -e inject=pwrite64:error=EIO:when={nth}");
        let line = format!("strace -qq -o /dev/null {failing} {create}");
        desktop.run(&line).exits(6);
        desktop.wait_until_released();
        assert_eq!(desktop.run(desktop.paste).stdout, "", "{nth}");
        desktop.run("$APIKEY show three").exits(3);
    }
}

/// A stopped `create four --copy` with its secret on the clipboard and its key pending, and a
/// reader whose lock prevents the activation.
///
/// The command waits five seconds for the lock. It is stopped because a busy machine may need
/// longer for the test.
struct Waiting {
    create: Child,
    reader: rusqlite::Connection,
}

impl Waiting {
    fn with_its_secret_copied(desktop: &Desktop, options: &str) -> Self {
        let reader = rusqlite::Connection::open(desktop.database()).unwrap();
        let state = || -> Option<String> {
            let select = "SELECT state FROM secrets JOIN keys ON number = key WHERE name = 'four'";
            reader.query_row(select, [], |row| row.get(0)).ok()
        };
        // Retried if the command was too fast to be stopped between two steps.
        for _ in 0..100 {
            let line = format!("exec $APIKEY create four -g readonly --copy {options}");
            let mut command = desktop.command(&line);
            let create = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            wait_for("the key exists", || state().is_some());
            let pid = Pid::from_child(&create);
            kill_process(pid, Signal::STOP).unwrap();
            reader.execute_batch("BEGIN").unwrap();
            if state().as_deref() == Some("pending") {
                wait_for("the secret is on the clipboard", || {
                    if desktop.run(desktop.paste).stdout.len() == 63 {
                        return true;
                    }
                    // Lets the command run for 20 ms.
                    kill_process(pid, Signal::CONT).unwrap();
                    std::thread::sleep(Duration::from_millis(20));
                    kill_process(pid, Signal::STOP).unwrap();
                    false
                });
                return Self { create, reader };
            }
            kill_process(pid, Signal::CONT).unwrap();
            reader.execute_batch("ROLLBACK").unwrap();
            finish(create).succeeds();
            desktop.run("$APIKEY delete four --yes").succeeds();
        }
        panic!("the command was never stopped in time");
    }

    /// Drops the reader and resumes the command.
    fn resume(self) -> Child {
        drop(self.reader);
        kill_process(Pid::from_child(&self.create), Signal::CONT).unwrap();
        self.create
    }
}

#[test]
fn a_secret_is_on_the_clipboard_of_x11_for_a_while() {
    if let Some(desktop) = Desktop::x11() {
        check(&desktop);
    }
}

#[test]
fn a_secret_is_on_the_clipboard_of_wayland_for_a_while() {
    if let Some(desktop) = Desktop::wayland() {
        check(&desktop);
    }
}

#[test]
fn create_at_a_terminal_copies_to_the_clipboard() {
    use super::pty::{ENTER, SPACE, Terminal};
    let Some(desktop) = Desktop::x11() else {
        return;
    };
    let (Some(sandbox), _) = &desktop._owned else {
        panic!("no sandbox");
    };
    let (name, value) = &desktop.environment[0];
    let display = [(*name, value.as_str())];
    let mut terminal = Terminal::with(
        sandbox,
        80,
        &display,
        &desktop.marked("$APIKEY create a -d '' --expires 90d"),
    );
    terminal.at("> [ ] readonly", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.at("Create this key?", "y\r");
    terminal.sees("cancel");
    terminal.at(
        "> copy to the clipboard and clear it after 45 seconds",
        ENTER,
    );
    terminal.exits(sandbox, 0);
    desktop
        .run(&format!("{} | $APIKEY verify -g readonly", desktop.paste))
        .succeeds();
    // The holder outlives the terminal.
    drop(terminal);
    desktop.run(desktop.paste).succeeds();
    desktop
        .run(&format!("printf other | {}", desktop.copy))
        .succeeds();
    desktop.wait_until_released();
}

#[test]
fn after_an_unknown_outcome_the_secret_stays_on_the_clipboard() {
    let Some(desktop) = Desktop::x11() else {
        return;
    };
    // While the reader holds its lock, the key can be neither activated nor deleted.
    let waiting = Waiting::with_its_secret_copied(&desktop, "");
    let Waiting { create, reader } = waiting;
    kill_process(Pid::from_child(&create), Signal::CONT).unwrap();
    finish(create).exits(7);
    assert_eq!(desktop.run(desktop.paste).stdout.len(), 63);
    drop(reader);
    desktop
        .run(&format!("printf other | {}", desktop.copy))
        .succeeds();
    desktop.wait_until_released();
}

#[test]
fn a_holder_ends_with_its_display() {
    let Some(mut desktop) = Desktop::x11() else {
        return;
    };
    let line = "$APIKEY create a -g readonly --copy --clear-after 1h";
    desktop.run(line).succeeds();
    assert_eq!(desktop.holders().len(), 1);
    desktop.server.kill().unwrap();
    desktop.wait_until_released();
}

#[test]
fn without_a_display_no_key_is_created() {
    let sandbox = Sandbox::empty();
    for environment in [
        &[][..],
        &[("DISPLAY", "")],
        &[("DISPLAY", ":9999")],
        &[("DISPLAY", "nonsense")],
        &[("WAYLAND_DISPLAY", "wayland-77")],
        &[
            ("WAYLAND_DISPLAY", "/nowhere"),
            ("XDG_RUNTIME_DIR", "/nowhere"),
        ],
    ] {
        for clear in [&[][..], &["--clear-after", "2m"]] {
            let args = ["create", "a", "-g", "readonly", "--copy", "--json"];
            let mut command = sandbox.apikey(&[&args[..], clear].concat());
            command.envs(environment.iter().copied());
            let ran = finish(command.spawn().unwrap()).exits(6);
            assert_eq!(ran.error_code(), "not-handed-over", "{environment:?}");
            assert!(ran.stderr.contains("--export"), "{ran:?}");
            assert_eq!(ran.stdout, "");
        }
        // No database is created, either.
        assert!(sandbox.files().is_empty());
    }
}

#[test]
fn a_display_that_does_not_answer_counts_as_missing() {
    let sandbox = Sandbox::new();
    // A display number that no X server of this machine has.
    let number = 20_000 + std::process::id() % 10_000;
    let path = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
    let _ = std::fs::create_dir_all("/tmp/.X11-unix");
    let Ok(listening) = std::os::unix::net::UnixListener::bind(&path) else {
        has("a directory for sockets of X11", false);
        return;
    };
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly", "--copy"]);
    command.env("DISPLAY", format!(":{number}"));
    let ran = finish(command.spawn().unwrap());
    std::fs::remove_file(path).unwrap();
    drop(listening);
    ran.exits(6).says("no key was created");
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn contradictory_options_of_copying_are_refused() {
    let sandbox = Sandbox::new();
    for (options, says) in [
        (&["--copy", "--export", "."][..], "--export"),
        (&["--clear-after", "45s"], "--copy"),
        (&["--copy", "--clear-after", "0s"], "at least 1s"),
        (&["--copy", "--clear-after", "45"], "unit"),
        (&["--copy=paper"], "osc52"),
        (&["--copy=osc52", "--clear-after", "45s"], "--clear-after"),
        (&["--copy=osc52", "--no-input"], "--no-input"),
    ] {
        let args = [&["create", "a", "-g", "readonly"][..], options].concat();
        let ran = sandbox.run(&args).exits(2);
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    // Without a terminal the user can't confirm that the secret arrived.
    let args = ["create", "a", "-g", "readonly", "--copy=osc52", "--json"];
    let ran = sandbox.run(&args).exits(6);
    assert_eq!(ran.error_code(), "not-handed-over");
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn through_sudo_the_clipboard_is_refused() {
    let sandbox = Sandbox::staffed();
    for copy in ["--copy", "--copy=osc52"] {
        let ran = sandbox.as_user("alice", &["create", "a", "-g", "deploy", copy]);
        ran.exits(2).says("umask 077; sudo -u");
    }
    assert_eq!(sandbox.count("keys"), 0);
}
