//! A PostgreSQL server for the tests of one process, on a unix socket in a temporary directory.

use std::fs;
use std::io::{Seek, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The role that owns the databases. It has no other rights.
pub const OWNER: &str = "apikey";

/// A running server.
pub struct Server {
    directory: PathBuf,
    programs: PathBuf,
    /// It stops the server when its stdin is closed, however this process ends.
    _watcher: Child,
}

/// A database of the server, which is dropped with this.
pub struct Database {
    server: &'static Server,
    name: String,
}

/// Runs the server until stdin is closed, then deletes its directory.
const WATCHER: &str = r#"
    directory=$1
    shift
    "$@" > "$directory/log" 2>&1 &
    read -r _
    kill -QUIT $!
    wait
    rm -rf "$directory"
"#;

/// The settings of a server for tests: no connections from other machines, no crash to survive.
const FOR_TESTS: [&str; 2] = ["listen_addresses=", "fsync=off"];

/// Returns the directory of the server programs, if they are installed: `APIKEY_TEST_POSTGRES`, or
/// Debian's newest.
pub fn programs() -> Option<PathBuf> {
    if let Some(programs) = std::env::var_os("APIKEY_TEST_POSTGRES") {
        let programs = PathBuf::from(programs);
        assert!(
            programs.join("initdb").exists(),
            "APIKEY_TEST_POSTGRES has no initdb"
        );
        return Some(programs);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let number = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let newest = versions
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(number);
    Some(newest?.join("bin"))
}

/// Returns a command that runs as the user that [`account`] returns: the server refuses to run as
/// root.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
    command
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Returns the user and the group that the server runs as, if this user is root.
pub fn account() -> Option<(u32, u32)> {
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
    /// Returns the server of this process, which the first call starts. Returns none if PostgreSQL
    /// is not installed; with `APIKEY_TEST_ALL=1` it must be.
    pub fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// Starts another server, which stops when this process ends.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| FOR_TESTS.map(str::to_owned).to_vec())
    }

    /// Does the same with the settings that `configure` returns. It gets the server's directory, in
    /// which `data` is the directory of the database.
    pub fn start_with(configure: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var_os("APIKEY_TEST_ALL").is_none_or(|all| all != "1"),
                "PostgreSQL is missing, which APIKEY_TEST_ALL forbids"
            );
            return None;
        };
        let directory = tempfile::tempdir().unwrap().keep();
        // Other users may connect, too.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        if let Some((user, group)) = account() {
            chown(&directory, Some(user), Some(group)).unwrap();
        }
        let status = command(programs.join("initdb"))
            .args(["--auth=trust", "--username=test", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(directory.join("data"))
            .status()
            .unwrap();
        assert!(status.success());
        let settings = configure(&directory);
        let watcher = command("/bin/sh")
            .args(["-c", WATCHER, "sh"])
            .args([&directory, &programs.join("postgres"), Path::new("-D")])
            .arg(directory.join("data"))
            .arg("-k")
            .arg(&directory)
            .args(["-c", "max_connections=1000"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal reaches only the tests.
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self {
            directory,
            programs,
            _watcher: watcher,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while server.psql("postgres", "", "SELECT").is_err() {
            assert!(Instant::now() < deadline, "PostgreSQL doesn't start");
            sleep(Duration::from_millis(50));
        }
        server.execute(&format!("CREATE ROLE {OWNER} LOGIN"));
        Some(server)
    }

    /// Creates an empty database.
    pub fn create_database(&'static self) -> Database {
        self.copy_database("template0")
    }

    /// Creates a copy of the database `template`, which must have no connection.
    pub fn copy_database(&'static self, template: &str) -> Database {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // A copy doesn't have the rights of its template.
        let revoke = match template {
            "template0" => String::new(),
            _ => format!("; REVOKE CREATE, TEMPORARY ON DATABASE {name} FROM PUBLIC"),
        };
        self.execute(&format!(
            "CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}{revoke}"
        ));
        Database { server: self, name }
    }

    /// Executes a statement in the database `postgres`.
    fn execute(&self, sql: &str) {
        self.psql("postgres", "", sql).unwrap();
    }

    /// Runs a script as the superuser, with the server's `options` for the session. Returns
    /// what it prints, or else its first error.
    fn psql(&self, database: &str, options: &str, script: &str) -> Result<String, String> {
        let ran = self.run(database, &["--set=ON_ERROR_STOP=1"], options, script);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if ran.status.success() {
            Ok(text(ran.stdout))
        } else {
            Err(text(ran.stderr))
        }
    }

    fn run(&self, database: &str, args: &[&str], options: &str, script: &str) -> Output {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(script.as_bytes()).unwrap();
        input.rewind().unwrap();
        Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args([
                "--username=test",
                "--file=-",
                "--dbname",
                database,
                "--host",
            ])
            .arg(&self.directory)
            .args(args)
            .env("LC_ALL", "C")
            .env("PGOPTIONS", options)
            .stdin(input)
            .output()
            .unwrap()
    }
}

impl Server {
    /// Returns the directory of the server's programs, such as psql.
    pub fn programs(&self) -> &Path {
        &self.programs
    }
}

impl Database {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URI with which its owner connects.
    pub fn uri(&self) -> String {
        let directory = self.server.directory.display();
        format!("postgres://{OWNER}@/{}?host={directory}", self.name)
    }

    /// Returns the command line by which `psql` runs `sql`, for a measurement.
    pub fn psql_command(&self, sql: &str) -> Vec<std::ffi::OsString> {
        let program = self.server.programs.join("psql");
        let args = ["--no-psqlrc", "--quiet", "--command", sql, &self.uri()].map(Into::into);
        std::iter::once(program.into()).chain(args).collect()
    }

    /// Runs a script as the superuser and returns what it prints: a line for each row, with `|`
    /// between columns. Panics at an error.
    #[track_caller]
    pub fn query(&self, script: &str) -> String {
        self.query_with("", script)
    }

    /// Does the same without triggers and foreign keys.
    #[track_caller]
    pub fn query_without_triggers(&self, script: &str) -> String {
        self.query_with("-c session_replication_role=replica", script)
    }

    #[track_caller]
    fn query_with(&self, options: &str, script: &str) -> String {
        let answer = self.server.psql(&self.name, options, script);
        answer.unwrap_or_else(|error| panic!("{script}\n{error}"))
    }

    /// Runs a script, which continues after an error. Returns what it prints to stdout and to
    /// stderr.
    pub fn run(&self, script: &str) -> (String, String) {
        let ran = self.server.run(&self.name, &[], "", script);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(ran.stdout), text(ran.stderr))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let dropped = self.server.psql("postgres", "", &drop);
        assert!(std::thread::panicking() || dropped.is_ok(), "{dropped:?}");
    }
}
