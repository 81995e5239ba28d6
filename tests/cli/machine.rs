//! Users, groups and a directory of the real machine for a test, and the guides' commands that
//! set them up.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::sandbox::{APIKEY, Ran, has, is_root, ran};
use super::waiting::{self, catch_ignored_signals, in_time};

/// Users and groups of the operating system, which exist while a test runs.
pub struct Machine {
    directory: tempfile::TempDir,
    tag: String,
    /// Users, groups and a file of sudo; dropping the machine removes them.
    pub users: Vec<String>,
    pub groups: Vec<String>,
    pub sudoers: Option<PathBuf>,
}

impl Machine {
    /// Creates a directory with the binary that every user can enter.
    pub fn new(tag: &str) -> Self {
        catch_ignored_signals();
        let directory = tempfile::tempdir().unwrap();
        let machine = Self {
            tag: format!("akt{}{tag}", std::process::id()),
            directory,
            users: Vec::new(),
            groups: Vec::new(),
            sudoers: None,
        };
        std::fs::copy(APIKEY, machine.path("apikey")).unwrap();
        machine
            .root(&format!(
                "chmod 755 {0} {0}/apikey",
                machine.directory.path().display()
            ))
            .succeeds();
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the name of `user` in the operating system.
    pub fn name(&self, user: &str) -> String {
        format!("{}{user}", self.tag)
    }

    pub fn add_user(&mut self, user: &str) {
        let name = self.name(user);
        self.root(&format!(
            "useradd --system --no-create-home --shell /bin/sh {name}"
        ))
        .succeeds();
        self.users.push(name);
    }

    /// Runs a line of sh as root, in an empty environment.
    pub fn root(&self, line: &str) -> Ran {
        run(
            Command::new("/bin/sh").args(["-ec", line]),
            self.directory.path(),
        )
    }

    /// Runs a line of sh as `user`, in a new login.
    pub fn run_as(&self, user: &str, line: &str) -> Ran {
        run(&mut self.sh_as(user, line), self.directory.path())
    }

    /// Starts a line of sh as `user`. It must print a line when it is ready and end when its stdin
    /// ends. Returns the process and that line.
    pub fn hold_as(&self, user: &str, line: &str) -> (Holder, String) {
        let mut command = self.sh_as(user, line);
        prepare(&mut command, self.directory.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let pid = child.id();
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.as_mut().unwrap());
        in_time(pid, "a first line", || stdout.read_line(&mut ready)).unwrap();
        (Holder(child), ready.trim_end().to_owned())
    }

    fn sh_as(&self, user: &str, line: &str) -> Command {
        let mut command = Command::new("runuser");
        command.args(["-u", &self.name(user), "--", "/bin/sh", "-c", line]);
        command
    }
}

/// A process that runs until it is dropped.
pub struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = in_time(self.0.id(), "the end", || self.0.wait());
    }
}

fn run(command: &mut Command, directory: &Path) -> Ran {
    prepare(command, directory);
    ran(&waiting::run(command))
}

fn prepare(command: &mut Command, directory: &Path) {
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .current_dir(directory);
}

impl Drop for Machine {
    fn drop(&mut self) {
        let sudoers = self
            .sudoers
            .iter()
            .map(|path| format!("rm -f {}", path.display()));
        let users = self
            .users
            .iter()
            .map(|user| format!("userdel {user} || true"));
        let groups = self
            .groups
            .iter()
            .map(|group| format!("groupdel {group} || true"));
        let lines: Vec<String> = sudoers.chain(users).chain(groups).collect();
        self.root(&lines.join("\n"));
    }
}

/// Returns whether the test can create users.
pub fn can_create_users() -> bool {
    let is_there = |program: &str| Path::new("/usr/sbin").join(program).exists();
    has(
        "root, with useradd and runuser, to create users",
        is_root() && is_there("useradd") && is_there("runuser"),
    )
}

/// Returns the first code block after `marker` in `guide`, a file in docs/.
pub fn block_after(guide: &str, marker: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let text = std::fs::read_to_string(docs.join(guide)).unwrap();
    let (_, after) = text
        .split_once(marker)
        .unwrap_or_else(|| panic!("{guide} has no {marker:?}"));
    let (_, block) = after.split_once("\n```").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

impl Machine {
    /// Returns `text` of a guide with this test's users, groups and paths.
    pub fn translated(&self, text: &str) -> String {
        let db_directory = self.path("lib").display().to_string();
        let binary = self.path("apikey").display().to_string();
        let text = text
            .replace("/usr/bin/apikey", &binary)
            .replace("/var/lib/apikey", &db_directory)
            .replace(
                "--gid apikey-verify apikey",
                &format!("--gid apikey-verify {}", self.name("owner")),
            )
            .replace("apikey-verify", &self.name("verify"))
            .replace("apikey-operators", &self.name("ops"))
            .replace("(apikey)", &format!("({})", self.name("owner")));
        let text = text.replace("-u apikey", &format!("-u {}", self.name("owner")));
        let text = text.replace("-o apikey", &format!("-o {}", self.name("owner")));
        let names = ["alice", "bob", "carol", "www-data"];
        names.iter().fold(text, |text, name| {
            text.replace(name, &self.name(&name.replace('-', "")))
        })
    }
}
