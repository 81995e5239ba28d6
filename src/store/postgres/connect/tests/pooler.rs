//! Connecting through pgbouncer, which gives each transaction another session.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::server::{Server, free_port, give, new_directory};
use super::{PASSWORD, ask, refused, with_password};
use crate::store::tests::server::command;

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A running pgbouncer, which ends with this.
struct Pooler {
    child: Child,
    port: u16,
}

impl Pooler {
    /// Starts pgbouncer before `server`. Returns none if it is missing; with `APIKEY_TEST_ALL=1` it
    /// must be there.
    fn start(server: &Server) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            let all = std::env::var_os("APIKEY_TEST_ALL").is_some_and(|all| all == "1");
            assert!(!all, "pgbouncer is missing, which APIKEY_TEST_ALL forbids");
            // The test harness captures eprintln.
            let _ = writeln!(std::io::stderr(), "left out: pgbouncer is missing");
            return None;
        }
        let directory = new_directory();
        let write = |name: &str, content: &str| {
            let path = directory.join(name);
            fs::write(&path, content).unwrap();
            give(&path);
            path
        };
        let users = write("users", &format!("\"scram\" \"{PASSWORD}\"\n"));
        let port = free_port();
        let settings = format!(
            "[databases]
            postgres = host=127.0.0.1 port={}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            pool_mode = transaction
            auth_type = scram-sha-256
            auth_file = {}",
            server.port(),
            users.display()
        );
        let settings = write("settings", &settings.replace("            ", ""));
        let child = command(PROGRAM)
            .arg("--quiet")
            .arg(settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pooler = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "pgbouncer doesn't start");
            sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_pooler_is_connected_to_as_a_server_is() {
    let Some(server) = Server::shared() else {
        return;
    };
    let Some(pooler) = Pooler::start(server) else {
        return;
    };
    let uri = |database: &str| format!("postgres://scram@127.0.0.1:{}/{database}", pooler.port);
    let mut parameters = with_password(&uri("postgres"));
    assert_eq!(ask(&parameters, "SELECT current_user").unwrap(), "scram");
    parameters.hosts[0].password = Some(Zeroizing::new("wrong".to_owned()));
    // Old versions give every refusal the SQLSTATE of an error of the protocol.
    let error = refused(&parameters);
    assert!(error.message().contains("authentication failed"), "{error}");
    let error = refused(&with_password(&uri("none")));
    assert!(error.message().contains("none"), "{error}");
}
