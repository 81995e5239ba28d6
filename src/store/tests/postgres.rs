//! A PostgreSQL server for a test, on a unix socket in a temporary directory.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running server, which is stopped and whose files are deleted on drop.
pub(super) struct Server {
    directory: tempfile::TempDir,
    process: Child,
    programs: PathBuf,
}

/// Returns the directory of Debian's newest server programs, if they are installed. With
/// `APIKEY_TEST_ALL=1` they must be.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let number = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let newest = versions
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(number);
    if newest.is_none() {
        assert!(
            std::env::var_os("APIKEY_TEST_ALL").is_none_or(|all| all != "1"),
            "PostgreSQL is missing, which APIKEY_TEST_ALL forbids"
        );
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // The harness hides what eprintln prints.
        let _ = writeln!(
            std::io::stderr(),
            "left out: {test}, since PostgreSQL is missing"
        );
    }
    Some(newest?.join("bin"))
}

/// Returns a command that runs as the user that [`account`] returns: the server refuses to run as
/// root.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Returns the user and the group that the server runs as, if this user is root.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = passwd.lines().find(|line| line.starts_with(name))?;
        let mut fields = line.split(':').skip(2).map(|id| id.parse().unwrap());
        Some((fields.next()?, fields.next()?))
    };
    ids("postgres:").or_else(|| ids("nobody:"))
}

impl Server {
    /// Starts a server, if PostgreSQL is installed.
    pub(super) fn start() -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir().unwrap();
        if let Some((user, group)) = account() {
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
        }
        let data = directory.path().join("data");
        let status = command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=test", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(status.success());
        let process = command(&programs.join("postgres"))
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(directory.path())
            .arg("-D")
            .arg(&data)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            directory,
            process,
            programs,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.psql(&["--command=SELECT"]).status.success() {
            assert!(Instant::now() < deadline, "PostgreSQL doesn't start");
            sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// Runs psql, which continues after an error.
    fn psql(&self, args: &[&str]) -> std::process::Output {
        Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--username=test", "--dbname=postgres", "--host"])
            .arg(self.directory.path())
            .args(args)
            .env("LC_ALL", "C")
            .output()
            .unwrap()
    }

    /// Runs `script` and returns what it prints to stdout and to stderr.
    pub(super) fn run(&self, script: &str) -> (String, String) {
        let file = self.directory.path().join("script.sql");
        fs::write(&file, script).unwrap();
        let ran = self.psql(&["--file", file.to_str().unwrap()]);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(ran.stdout), text(ran.stderr))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server's children end with it.
        let pid = i32::try_from(self.process.id()).ok();
        let pid = pid.and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        }
        let _ = self.process.wait();
    }
}
