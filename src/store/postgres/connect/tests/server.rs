//! Servers with TLS, passwords and rules of their own, on a unix socket and on loopback.

use std::fs::{self, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::getuid;

use super::PASSWORD;
use super::certificates::{Certificates, Pair};
use crate::accounts::login_name;
use crate::store::tests::server::{account, command, programs};

/// The rules of a login. Each role has its own, so that a test chooses a rule by the role.
/// `{login}` stands for the role with the name of this user.
const RULES: &str = "
local     all         test      trust
local     replication test      trust
local     all         scram     scram-sha-256
local     all         clear     password
local     all         {login},peered peer
local     all         all       trust
host      all         free      127.0.0.1/32 trust
host      all         reader    127.0.0.1/32 trust
host      all         scram     127.0.0.1/32 scram-sha-256
host      all         hashed    127.0.0.1/32 md5
host      all         clear     127.0.0.1/32 password
hostssl   all         only_tls  127.0.0.1/32 trust
hostnossl all         never_tls 127.0.0.1/32 trust
hostssl   all         certified 127.0.0.1/32 cert
";

/// Creates the roles.
const ROLES: &str = "
CREATE ROLE {login} LOGIN;
CREATE ROLE peered LOGIN;
CREATE ROLE free LOGIN;
CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
CREATE ROLE reader LOGIN;
ALTER ROLE reader SET default_transaction_read_only = on;
CREATE ROLE scram LOGIN PASSWORD '{password}';
CREATE ROLE clear LOGIN PASSWORD '{password}';
CREATE ROLE only_tls LOGIN;
CREATE ROLE never_tls LOGIN;
CREATE ROLE certified LOGIN;
SET password_encryption = md5;
CREATE ROLE hashed LOGIN PASSWORD '{password}';
";

/// Runs the server until stdin is closed, then deletes its directory.
const WATCHER: &str = r#"
    directory=$1
    shift
    "$@" -D "$directory/data" -k "$directory" -c listen_addresses=127.0.0.1 \
        -c fsync=off -c shared_buffers=8MB > "$directory/log" 2>&1 &
    read -r _
    kill -QUIT $!
    wait
    rm -rf "$directory"
"#;

/// A running server.
pub(super) struct Server {
    directory: PathBuf,
    programs: PathBuf,
    port: u16,
    /// It stops the server when its stdin is closed, however this process ends.
    _watcher: Child,
}

impl Server {
    /// Returns the server for most tests, with a certificate for `localhost` and `127.0.0.1`. None
    /// if PostgreSQL is missing; with `APIKEY_TEST_ALL=1` it must be there.
    pub(super) fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let certificates = Certificates::shared();
        let start = || Self::start(Some(&certificates.server));
        reported(SERVER.get_or_init(start).as_ref())
    }

    /// Returns a standby of [`Self::shared`].
    pub(super) fn standby() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let start = || Self::shared().map(Self::start_standby);
        SERVER.get_or_init(start).as_ref()
    }

    /// Returns a server whose certificate has expired.
    pub(super) fn expired() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let certificates = Certificates::shared();
        let start = || Self::start(Some(&certificates.expired));
        reported(SERVER.get_or_init(start).as_ref())
    }

    /// Returns a server without TLS.
    pub(super) fn without_tls() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        reported(SERVER.get_or_init(|| Self::start(None)).as_ref())
    }

    fn start(certificate: Option<&Pair>) -> Option<Self> {
        let programs = programs()?;
        let directory = new_directory();
        let data = directory.join("data");
        let initialised = command(programs.join("initdb"))
            .args(["--auth=trust", "--username=test", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(initialised.success());
        let login = format!("\"{}\"", login_name(getuid()).unwrap());
        let rules = RULES.replace("{login}", &login);
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let mut options = Vec::new();
        if let Some(pair) = certificate {
            let mut place = |setting: &str, name: &str, content: &str| {
                let path = directory.join(name);
                fs::write(&path, content).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
                give(&path);
                options.push("-c".to_owned());
                options.push(format!("{setting}={}", path.display()));
            };
            place("ssl_cert_file", "server.crt", &pair.certificate);
            place("ssl_key_file", "server.key", &pair.key);
            let issuer = &Certificates::shared().issuer.certificate;
            place("ssl_ca_file", "root.crt", issuer);
            options.extend(["-c", "ssl=on"].map(str::to_owned));
        }
        let server = Self::run(directory, programs, &options);
        let roles = ROLES.replace("{login}", &login);
        server.execute(&roles.replace("{password}", PASSWORD));
        Some(server)
    }

    fn start_standby(&self) -> Self {
        let directory = new_directory();
        let copied = command(self.programs.join("pg_basebackup"))
            .args(["--username=test", "--checkpoint=fast", "--no-sync"])
            .args(["--write-recovery-conf", "--wal-method=stream"])
            .arg(format!("--host={}", self.directory.display()))
            .arg(format!("--port={}", self.port))
            .arg(format!("--pgdata={}", directory.join("data").display()))
            .status()
            .unwrap();
        assert!(copied.success());
        Self::run(directory, self.programs.clone(), &[])
    }

    /// Runs the server whose data is in `directory`, and waits until it accepts connections.
    fn run(directory: PathBuf, programs: PathBuf, options: &[String]) -> Self {
        let port = free_port();
        let watcher = command("/bin/sh")
            .args(["-c", WATCHER, "sh"])
            .args([&directory, &programs.join("postgres")])
            .args(["-p", &port.to_string()])
            .args(options)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal reaches only the tests.
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self {
            directory,
            programs,
            port,
            _watcher: watcher,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.psql("SELECT") {
            assert!(Instant::now() < deadline, "PostgreSQL doesn't start");
            sleep(Duration::from_millis(50));
        }
        server
    }

    /// Executes statements as the superuser.
    fn execute(&self, script: &str) {
        assert!(self.psql(script), "{script}");
    }

    fn psql(&self, script: &str) -> bool {
        let ran = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
            .args(["--username=test", "--dbname=postgres", "--command", script])
            .arg(format!("--host={}", self.directory.display()))
            .arg(format!("--port={}", self.port))
            .output()
            .unwrap();
        ran.status.success()
    }

    /// Returns the port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URI for `role` on the unix socket.
    pub(super) fn socket(&self, role: &str) -> String {
        let (port, directory) = (self.port, self.directory.display());
        format!("postgres://{role}@:{port}/postgres?host={directory}")
    }

    /// Returns the URI for `role` on loopback with the parameters `more`, without TLS unless they
    /// say otherwise.
    pub(super) fn tcp(&self, role: &str, more: &str) -> String {
        let mode = if more.contains("sslmode") {
            ""
        } else {
            "sslmode=disable"
        };
        format!(
            "postgres://{role}@127.0.0.1:{}/postgres?{mode}&{more}",
            self.port
        )
        .trim_end_matches('&')
        .replace("?&", "?")
    }
}

/// Returns `server`; if PostgreSQL is missing, reports that this test is left out.
fn reported(server: Option<&'static Server>) -> Option<&'static Server> {
    if server.is_none() {
        let all = std::env::var_os("APIKEY_TEST_ALL").is_some_and(|all| all == "1");
        assert!(!all, "PostgreSQL is missing, which APIKEY_TEST_ALL forbids");
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let left_out = format!("left out: {test}, because PostgreSQL is missing");
        // The test harness captures eprintln.
        let _ = writeln!(std::io::stderr(), "{left_out}");
    }
    server
}

/// Returns a new directory that belongs to the user of the server.
pub(super) fn new_directory() -> PathBuf {
    let directory = tempfile::tempdir().unwrap().keep();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    give(&directory);
    directory
}

/// Gives a file to the user of the server.
pub(super) fn give(path: &Path) {
    if let Some((user, group)) = account() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// Returns a port of loopback at which nothing listens.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
