//! Three nodes, each with PostgreSQL, Patroni and etcd, in namespaces of their own: a process of a
//! node dies with the node, and a link can be cut.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::sandbox::{APIKEY, Ran, finish, has, is_root};
use super::super::server;
use super::super::waiting::{self, catch_ignored_signals, in_time, is_installed, wait_for};

/// The script that runs the nodes.
const NODES: &str = include_str!("nodes.sh");

/// Gives a client hash slots of its own, as on another machine.
const ALONE: &str = r#"mount -t tmpfs run /run/user && mkdir -m 700 /run/user/0 && exec "$@""#;

/// The namespaces of the nodes. They end with the script.
const NAMESPACES: &[&str] = &[
    "--mount",
    "--net",
    "--pid",
    "--ipc",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// The numbers of the nodes.
const NUMBERS: [u8; 3] = [1, 2, 3];

/// Running nodes. They end when this is dropped, or when this process ends.
pub struct Cluster {
    nodes: Mutex<Child>,
    /// The process id of `nodes`.
    pid: u32,
    /// The process id of its child, the script, in whose namespaces programs run.
    script: String,
    programs: PathBuf,
    /// Nodes that compete with those of another test for the cores would lose their leader.
    _only: MutexGuard<'static, ()>,
}

/// The machine on which a client runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Another machine, at the bridge that connects the nodes.
    Bridge,
    /// The machine of this node.
    Node(u8),
}

impl Cluster {
    /// Starts three nodes, with an initialised database. Returns none where this isn't possible.
    pub fn start() -> Option<Self> {
        let programs = [
            "patroni", "etcd", "ip", "unshare", "nsenter", "setpriv", "curl",
        ];
        let is_complete = programs.into_iter().all(is_installed);
        let what = "root, with Patroni, etcd, iproute2, curl and namespaces";
        if !has(what, is_root() && is_complete && can_create_bridges()) {
            return None;
        }
        let Some(programs) = server::programs() else {
            has("PostgreSQL", false);
            return None;
        };
        static ONLY: Mutex<()> = Mutex::new(());
        let only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
        catch_ignored_signals();
        let (user, group) = server::account().unwrap();
        let nodes = Command::new("unshare")
            .args(NAMESPACES)
            .args(["sh", "-c", NODES, "sh"])
            .arg(&programs)
            .args([user.to_string(), group.to_string()])
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut cluster = Self {
            pid: nodes.id(),
            script: String::new(),
            nodes: Mutex::new(nodes),
            programs,
            _only: only,
        };
        cluster.run_line("true");
        let children = format!("/proc/{0}/task/{0}/children", cluster.pid);
        let children = std::fs::read_to_string(children).unwrap();
        children.trim_end().clone_into(&mut cluster.script);
        cluster.wait_until_whole();
        let leader = cluster.wait_for_leader();
        for sql in [
            "CREATE ROLE apikey LOGIN",
            "CREATE DATABASE apikey OWNER apikey ENCODING 'UTF8' TEMPLATE template0",
        ] {
            cluster.query(leader, sql).unwrap();
        }
        let init = ["init", "--argon2", "m=8,t=1,p=1"];
        cluster.apikey(Side::Bridge, &init, "").succeeds();
        Some(cluster)
    }

    /// Runs a line of the script of the nodes and waits for its end.
    pub fn run_line(&self, line: &str) {
        let mut nodes = self.nodes.lock().unwrap();
        writeln!(nodes.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut end = [0; 2];
        let stdout = nodes.stdout.as_mut().unwrap();
        in_time(self.pid, line, || stdout.read_exact(&mut end)).unwrap();
        assert_eq!(&end, b".\n", "{line}");
    }

    /// Runs a statement on a node as the superuser. Returns what it prints, unless it fails.
    pub fn query(&self, node: u8, sql: &str) -> Option<String> {
        let mut psql = self.command(Side::Bridge, self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--username=test", "--dbname=postgres", "--host"])
            .args([&format!("10.0.0.{node}"), "--command", sql]);
        let output = waiting::run(&mut psql);
        let printed = String::from_utf8(output.stdout).unwrap();
        output
            .status
            .success()
            .then(|| printed.trim_end().to_owned())
    }

    /// Waits for a leader and returns it.
    pub fn wait_for_leader(&self) -> u8 {
        let mut leader = None;
        wait_slowly_for("a leader", || {
            leader = self.leader();
            leader.is_some()
        });
        leader.unwrap()
    }

    /// Returns the node that holds the lock of the leader, if its synchronous standby is recorded:
    /// without that record, no other node may become the leader.
    fn leader(&self) -> Option<u8> {
        let find = |role| NUMBERS.into_iter().find(|node| self.has_role(*node, role));
        find("synchronous").and_then(|_| find("primary"))
    }

    /// Asks Patroni on a node for its role.
    fn has_role(&self, node: u8, role: &str) -> bool {
        let mut curl = self.command(Side::Bridge, "curl");
        curl.args(["--silent", "--fail", "--max-time", "5"]);
        let url = format!("http://10.0.0.{node}:8008/{role}");
        waiting::run(curl.arg(url)).status.success()
    }

    /// Waits until there is a leader that two standbys follow.
    pub fn wait_until_whole(&self) {
        let select = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        let is_whole = |leader| self.query(leader, select).is_some_and(|count| count == "2");
        wait_slowly_for("a leader and two standbys", || {
            self.leader().is_some_and(is_whole)
        });
    }

    /// Returns a command for `program` on `side`, with an empty environment.
    fn command(&self, side: Side, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.script, "--mount", "--pid"]);
        match side {
            Side::Bridge => command.arg("--net"),
            Side::Node(node) => {
                let node = node.to_string();
                command.args(["ip", "netns", "exec", &node, "sh", "-c", ALONE, "sh"])
            }
        };
        command
            .arg(program)
            .env_clear()
            .env("LC_ALL", "C")
            .env("HOME", "/run/user/0");
        command
    }

    /// Runs apikey on `side` with `input`. It knows all nodes, and asks the primary.
    pub fn apikey(&self, side: Side, args: &[&str], input: &str) -> Ran {
        let hosts = NUMBERS.map(|node| format!("10.0.0.{node}"));
        let uri = format!(
            "postgres://apikey@{}/apikey?sslmode=disable",
            hosts.join(",")
        );
        let mut child = self
            .command(side, APIKEY)
            .args(args)
            .env("APIKEY_DB", uri)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let id = child.id();
        std::thread::scope(|scope| {
            // An error is ignored: the command may end without reading.
            scope.spawn(move || {
                in_time(id, "the input", || {
                    let _ = stdin.write_all(input.as_bytes());
                });
            });
            finish(child)
        })
    }
}

/// Waits until `condition` returns true. Between two checks it leaves the cores to the nodes.
#[track_caller]
pub fn wait_slowly_for(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || {
        std::thread::sleep(Duration::from_millis(100));
        condition()
    });
}

/// Returns whether this user may create a bridge in a network of its own.
fn can_create_bridges() -> bool {
    let mut command = Command::new("unshare");
    let bridge = ["ip", "link", "add", "bridge", "type", "bridge"];
    waiting::run(command.args(NAMESPACES).args(bridge))
        .status
        .success()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_logs();
        }
        let nodes = self.nodes.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(nodes.stdin.take());
        let _ = in_time(self.pid, "the end", || nodes.wait());
    }
}

impl Cluster {
    /// Prints the last lines of each log, the newest first.
    fn print_logs(&self) {
        for program in ["patroni", "etcd"] {
            for node in NUMBERS {
                let log = format!("/proc/{}/root/run/{node}/{program}.log", self.script);
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(40).collect();
                let lines = lines.join("\n");
                // An error must not be a second panic.
                let _ = writeln!(std::io::stderr(), "{program} of node {node}:\n{lines}");
            }
        }
    }
}
