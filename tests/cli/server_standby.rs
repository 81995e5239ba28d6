//! A change that was committed, but is on no standby server, as the server remarks: the outcome is
//! unknown, since the change is lost if the server is.

use std::process::{Child, Command, Stdio};

use super::sandbox::{APIKEY, Ran, finish};
use super::server::{Database, Server};
use super::waiting::wait_for;

/// A database on a server of its own, since the standby servers are a setting of the server.
struct Place {
    database: Database,
    home: tempfile::TempDir,
}

impl Place {
    fn new() -> Option<Self> {
        // The server stops with this process.
        let server: &'static Server = Box::leak(Box::new(Server::start()?));
        let place = Self {
            database: server.create_database(),
            home: tempfile::tempdir().unwrap(),
        };
        place.run(&["init", "--argon2", "m=8,t=1,p=1"]).succeeds();
        for name in ["a", "b", "c"] {
            place.run(&["create", name, "-g", "readonly"]).succeeds();
        }
        Some(place)
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(APIKEY);
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("APIKEY_DB", self.database.uri())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(self.start(args))
    }

    /// Makes every COMMIT wait for a standby server that doesn't exist, or none.
    fn wait_for_standby(&self, waits: bool) {
        let name = if waits { "nobody" } else { "" };
        self.database.query(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{name}'"
        ));
        self.database.query("SELECT pg_reload_conf()");
        let shown = "SHOW synchronous_standby_names";
        wait_for("the setting", || {
            self.database.query(shown).trim_end() == name
        });
    }

    /// Waits until a COMMIT waits for the standby server, then calls `function` of PostgreSQL with
    /// its process.
    fn interrupt_commit(&self, function: &str) {
        let call = format!(
            "SELECT {function}(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event = 'SyncRep'"
        );
        wait_for("the wait for a standby", || {
            self.database.query(&call) == "t\n"
        });
    }

    fn status(&self, name: &str) -> String {
        let select = format!("SELECT active FROM keys WHERE name = '{name}'");
        self.database.query(&select).trim_end().to_owned()
    }
}

#[test]
fn a_role_that_asks_for_other_messages_is_still_warned_of_a_missing_standby() {
    let Some(place) = Place::new() else { return };
    let set = |setting: &str| {
        place
            .database
            .query(&format!("ALTER ROLE apikey SET {setting}"))
    };
    set("client_min_messages = error");
    place.wait_for_standby(true);
    let cancelled = place.start(&["deactivate", "a"]);
    place.interrupt_commit("pg_cancel_backend");
    let said = "may be lost if the server fails";
    finish(cancelled).exits(7).says(said);
    place.wait_for_standby(false);
    // The messages of the server's log are no warning.
    set("client_min_messages = log");
    set("log_duration = on");
    place.run(&["deactivate", "b"]).succeeds();
}

#[test]
fn a_commit_that_may_be_on_no_standby_is_an_unknown_outcome_until_it_is_on_one() {
    let Some(place) = Place::new() else { return };
    place.wait_for_standby(true);

    let cancelled = place.start(&["deactivate", "a"]);
    place.interrupt_commit("pg_cancel_backend");
    let said = "may be lost if the server fails";
    finish(cancelled).exits(7).says(said);
    assert_eq!(place.status("a"), "0");

    // The connection is lost, and so is the remark. The next COMMIT waits again.
    let terminated = place.start(&["deactivate", "b"]);
    place.interrupt_commit("pg_terminate_backend");
    place.interrupt_commit("pg_cancel_backend");
    finish(terminated).exits(7).says("it is unknown whether");
    assert_eq!(place.status("b"), "0");

    let replicated = place.start(&["deactivate", "c"]);
    place.interrupt_commit("pg_terminate_backend");
    place.wait_for_standby(false);
    finish(replicated).succeeds();
    assert_eq!(place.status("c"), "0");
}
