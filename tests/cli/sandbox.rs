//! A hermetic sandbox for each test: an empty HOME, a cleared environment, and a database with
//! the cheapest hashes, on the engine of the test target.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::config::DbConfig;
use serde_json::Value;
use tempfile::TempDir;

use super::engine::Database;
use super::waiting::{catch_ignored_signals, in_time, output, wait_for};

/// The binary under test.
pub const APIKEY: &str = match option_env!("APIKEY_TEST_BINARY") {
    // Another build, such as an optimised one, which leaves other copies in memory.
    Some(binary) => binary,
    None => env!("CARGO_BIN_EXE_apikey"),
};

/// The cost of the cheapest hash.
const CHEAP: &str = "m=8,t=1,p=1";

pub struct Sandbox {
    directory: TempDir,
    database: Database,
}

/// The exit code and the output of a command.
#[derive(Debug, Clone)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    /// Returns an empty HOME, and a place for a database.
    pub fn empty() -> Self {
        Self::with(Database::empty)
    }

    fn with(database: impl FnOnce(&Path) -> Database) -> Self {
        catch_ignored_signals();
        let directory = tempfile::tempdir().unwrap();
        let database = database(directory.path());
        Self {
            directory,
            database,
        }
    }

    /// Returns a HOME with a database: at the default path, or on the server.
    pub fn new() -> Self {
        if let Some(database) = Database::initialised(CHEAP) {
            return Self::with(|_| database);
        }
        let sandbox = Self::empty();
        sandbox.run(&["init", "--argon2", CHEAP]).succeeds();
        sandbox
    }

    pub fn home(&self) -> &Path {
        self.directory.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// Returns the path of the default database.
    pub fn db(&self) -> PathBuf {
        self.path(".local/share/apikey/keys.db")
    }

    pub fn usage(&self) -> PathBuf {
        self.path(".local/share/apikey/keys.db.usage")
    }

    /// Returns the variables by which apikey finds the database, if it needs any.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.database.environment()
    }

    /// Returns a command for `program` in the sandbox. Its environment has only HOME, PATH and what
    /// [`environment`](Self::environment) returns.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment())
            .current_dir(self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn apikey(&self, args: &[&str]) -> Command {
        let mut command = self.program(APIKEY);
        command.args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        finish(self.apikey(args).spawn().unwrap())
    }

    /// Runs apikey as `user` would through sudo. SUDO_USER counts, since the user who runs the
    /// tests is root or owns the database. Stdin is an empty pipe.
    pub fn as_user(&self, user: &str, args: &[&str]) -> Ran {
        let mut command = self.apikey(args);
        command.env("SUDO_USER", user).stdin(Stdio::piped());
        finish(command.spawn().unwrap())
    }

    /// Returns a database with a user for each right of an operator: admin, alice and bob with
    /// apikey:own, both in deploy, and carol with apikey:read.
    pub fn staffed() -> Self {
        let sandbox = Self::new();
        for args in [
            &["group", "create", "deploy", "--allow", "deploy:*"][..],
            &["group", "create", "own", "--allow", "apikey:own"],
            &["group", "create", "audit", "--allow", "apikey:read"],
            &["user", "add", "admin", "-g", "admin"],
            &["user", "add", "alice", "-g", "own", "-g", "deploy"],
            &["user", "add", "bob", "-g", "own", "-g", "deploy"],
            &["user", "add", "carol", "-g", "audit"],
        ] {
            sandbox.run(args).succeeds();
        }
        sandbox
    }

    /// Runs apikey with `input` on stdin.
    pub fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut child = self.apikey(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // An error is ignored: the command may stop reading early.
        let _ = in_time(child.id(), "an end to the input", move || {
            stdin.write_all(input.as_ref())
        });
        finish(child)
    }

    /// Runs a line of sh with `$APIKEY` in it.
    pub fn shell(&self, line: &str) -> Ran {
        let mut command = self.program("/bin/sh");
        command.args(["-c", line]).env("APIKEY", APIKEY);
        finish(command.spawn().unwrap())
    }

    /// Creates a key and returns its secret.
    pub fn create(&self, args: &[&str]) -> String {
        let ran = self.run(&[&["create"], args].concat()).succeeds();
        ran.stdout.trim_end().to_owned()
    }

    /// Creates a key in the group readonly and returns its secret.
    pub fn key(&self, name: &str) -> String {
        self.create(&[name, "--group", "readonly"])
    }

    /// Returns the key as json.
    pub fn show(&self, key: &str) -> Value {
        self.run(&["show", key, "--json"]).succeeds().json()
    }

    pub fn names(&self, args: &[&str]) -> Vec<String> {
        let listed = self
            .run(&[&["list", "--json", "-q"], args].concat())
            .succeeds()
            .json();
        let name = |key: &Value| key["name"].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(name).collect()
    }

    /// Opens the SQLite database directly, without apikey's settings.
    pub fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.db()).unwrap()
    }

    pub fn sqlite_without_triggers(&self) -> rusqlite::Connection {
        let conn = self.sqlite();
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .unwrap();
        conn
    }

    /// Leaves the SQLite database like a change that was killed half-way through writing.
    pub fn tear(&self) {
        let conn = self.sqlite();
        conn.execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;
             UPDATE keys SET active = 0;
             CREATE TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             SELECT hex(randomblob(50)) FROM n;",
        )
        .unwrap();
        let journal = self.db().with_extension("db-journal");
        let read = |path: &Path| std::fs::read(path).unwrap();
        let (torn, hot) = (read(&self.db()), read(&journal));
        conn.execute_batch("ROLLBACK").unwrap();
        drop(conn);
        std::fs::write(self.db(), torn).unwrap();
        std::fs::write(journal, hot).unwrap();
    }

    pub fn sql(&self, sql: &str) {
        self.database.execute(sql);
    }

    /// Runs `sql` without triggers, which protect the log, and without foreign keys.
    pub fn tamper(&self, sql: &str) {
        self.database.execute_without_triggers(sql);
    }

    /// Returns the rows of a query, a line for each, with `|` between columns.
    pub fn rows(&self, select: &str) -> Vec<String> {
        let rows = self.database.query(select);
        rows.lines().map(str::to_owned).collect()
    }

    /// Returns the only value of a query; nothing for NULL.
    #[track_caller]
    pub fn value(&self, select: &str) -> String {
        let rows = self.rows(select);
        assert_eq!(rows.len(), 1, "{select}: {rows:?}");
        rows.concat()
    }

    /// Returns the only value of a query, a number.
    #[track_caller]
    pub fn number(&self, select: &str) -> i64 {
        self.value(select).parse().unwrap()
    }

    /// Returns what `log` prints with `args`, without the role of a server, which only PostgreSQL
    /// has.
    pub fn log(&self, args: &[&str]) -> String {
        let printed = self.run(&[&["log"], args].concat()).succeeds().stdout;
        Database::without_role(printed)
    }

    /// Returns the action and the details of each entry of the log, without the role of a server.
    pub fn logged(&self) -> Vec<(String, Value)> {
        let entries: Vec<Value> = serde_json::from_str(&self.log(&["--json"])).unwrap();
        let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
        let entries = entries.iter();
        entries
            .map(|entry| (action(entry), entry["details"].clone()))
            .collect()
    }

    /// Returns the content of the database and its dates of last use, to compare it with a later
    /// one.
    pub fn content(&self) -> Vec<u8> {
        self.database.content()
    }

    pub fn count(&self, what: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {what}"))
    }

    /// Makes every key older by `seconds`, and the start of the record of uses.
    pub fn age(&self, seconds: i64) {
        self.sql(&format!(
            "UPDATE keys SET created_at = created_at - {seconds}"
        ));
        self.database.age_usage(seconds);
    }

    /// Adds `count` copies of the key `name`.
    pub fn multiply(&self, name: &str, count: usize) {
        self.sql(&format!(
            "BEGIN;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO keys (id, name, active, created_at, created_by)
             SELECT substr(CAST(100000000 + i AS text), 2),
                    'copy-' || substr(CAST(1000000 + i AS text), 2),
                    active, created_at - i % 1000, created_by
               FROM n, keys WHERE name = '{name}' ORDER BY i;
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT k.number, s.hash, s.last_four, s.state, k.created_at FROM keys k, secrets s
              WHERE k.name LIKE 'copy-%' AND s.key = (SELECT number FROM keys WHERE name = '{name}')
              ORDER BY k.number;
             INSERT INTO key_groups SELECT k.number, m.group_id FROM keys k, key_groups m
              WHERE k.name LIKE 'copy-%' AND m.key = (SELECT number FROM keys WHERE name = '{name}');
             COMMIT;"
        ));
    }

    /// Returns every file below HOME.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.home().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    directories.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

impl Ran {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Returns stdout as json.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("not json: {self:#?}"))
    }

    /// Returns the error's code in the json on stderr.
    #[track_caller]
    pub fn error_code(&self) -> String {
        let error: Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|_| panic!("not json: {self:#?}"));
        let error = &error["error"];
        assert!(error["message"].is_string(), "{self:#?}");
        assert!(
            error["hint"].is_string() || error["hint"].is_null(),
            "{self:#?}"
        );
        error["code"].as_str().unwrap().to_owned()
    }

    /// Checks that stderr contains `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in {self:#?}");
        self
    }
}

pub fn finish(child: Child) -> Ran {
    ran(&output(child))
}

pub fn ran(output: &Output) -> Ran {
    use std::os::unix::process::ExitStatusExt;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        // As a shell reports it.
        code: output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap()),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Returns every command that does something, as its name's words.
pub fn commands() -> Vec<Vec<String>> {
    fn add(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let path = [path, &[sub.get_name().to_owned()]].concat();
            add(sub, &path, found);
            if !sub.is_subcommand_required_set() {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    add(&apikey::cli::command(), &[], &mut found);
    assert!(found.len() >= 41);
    found
}

/// Returns a full pipe. A process that writes to it waits.
pub fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let size = rustix::pipe::fcntl_getpipe_size(&writer).unwrap();
    (&writer).write_all(&vec![b' '; size]).unwrap();
    (reader, writer)
}

/// Waits until `child` is blocked on its stdin or stdout.
pub fn wait_until_blocked(child: &Child) {
    wait_until_blocked_on(child.id(), &["0", "1"]);
}

/// Waits until the process is blocked on the file behind one of its descriptors `ends`.
pub fn wait_until_blocked_on(pid: u32, ends: &[&str]) {
    if !is_root() {
        return wait_until_asleep(pid);
    }
    let process = PathBuf::from(format!("/proc/{pid}"));
    let open = |number: &str| std::fs::read_link(process.join("fd").join(number)).ok();
    wait_for("the process is blocked", || {
        // read is 0, write is 1 and poll is 7 on x86_64; read is 63, write is 64 and ppoll
        // is 73 on arm64.
        let call = std::fs::read_to_string(process.join("syscall")).unwrap_or_default();
        let mut fields = call.split_whitespace();
        let name = fields.next();
        if matches!(name, Some("7" | "73" | "271")) {
            return true;
        }
        let is_transfer = matches!(name, Some("0" | "1" | "63" | "64"));
        // A copy of a descriptor may have any number: the child may inherit terminals of other
        // tests.
        let number = fields.next().and_then(|field| field.strip_prefix("0x"));
        let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let file = number.and_then(|number| open(&number.to_string()));
        is_transfer && file.is_some() && ends.iter().any(|end| file == open(end))
    });
}

/// Waits until the process has been asleep for some time. Only root can learn more about an
/// apikey process, which hides from other users.
pub fn wait_until_asleep(pid: u32) {
    /// Longer than the pause between two attempts to take a lock.
    const STEADY: Duration = Duration::from_millis(300);
    let status = format!("/proc/{pid}/status");
    let sleeps = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = |name: &str| status.lines().find(|line| line.starts_with(name));
        let ended = line("State:").is_none_or(|state| state.contains("Z (zombie)"));
        assert!(!ended, "the process has ended");
        let asleep = line("State:").is_some_and(|state| state.contains("S (sleeping)"));
        asleep.then(|| line("voluntary_ctxt_switches:").map(str::to_owned))
    };
    let (mut before, mut since) = (None, Instant::now());
    wait_for("the process stays asleep", || {
        let now = sleeps();
        if now != before {
            (before, since) = (now, Instant::now());
        }
        before.is_some() && since.elapsed() >= STEADY
    });
}

/// Returns the time in Unix seconds.
pub fn clock() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs().try_into().unwrap()
}

/// Waits until the clock reaches `second`.
pub fn wait_until(second: i64) {
    wait_for("the clock reaches the second", || clock() >= second);
}

/// Returns the permission bits of `path`.
pub fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Returns `is_there`: whether the machine has `what`, which a test needs. If not, prints that
/// the test is left out, or fails with `APIKEY_TEST_ALL=1`.
pub fn has(what: &str, is_there: bool) -> bool {
    if !is_there {
        assert!(
            std::env::var_os("APIKEY_TEST_ALL").is_none_or(|all| all != "1"),
            "left out, which APIKEY_TEST_ALL forbids: {what} is missing"
        );
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // The test harness captures eprintln.
        let _ = writeln!(
            std::io::stderr(),
            "left out: {test}, because {what} is missing"
        );
    }
    is_there
}
