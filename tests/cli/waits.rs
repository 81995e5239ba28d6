//! The time is read after every wait for a lock, so that an expiry during the wait counts.

use std::io::Write;
use std::process::{Child, Stdio};

use rusqlite::Connection;

use super::sandbox::{Ran, Sandbox, clock, finish, wait_until};
use super::waiting::in_time;

/// Locks the database against all other processes until the connection is dropped.
fn lock(sandbox: &Sandbox) -> Connection {
    let conn = sandbox.sqlite();
    conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
    conn
}

/// Returns the result of the command that `start` starts, which waits for the lock until `second`.
fn run_after_waiting(sandbox: &Sandbox, second: i64, start: impl FnOnce() -> Child) -> Ran {
    let lock = lock(sandbox);
    let child = start();
    wait_until(second);
    drop(lock);
    finish(child)
}

/// Lets the key or user expire in two seconds, and returns that time.
fn expire_soon(sandbox: &Sandbox, table: &str, name: &str) -> i64 {
    let end = clock() + 2;
    sandbox.sql(&format!(
        "UPDATE {table} SET expires_at = {end} WHERE name = '{name}'"
    ));
    end
}

fn start_with_input(sandbox: &Sandbox, args: &[&str], input: &str) -> Child {
    let mut command = sandbox.apikey(args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    child
}

#[test]
fn a_key_that_expires_while_verify_waits_is_refused() {
    for args in [&["verify"][..], &["verify", "--batch"]] {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        let end = expire_soon(&sandbox, "keys", "a");
        let ran = run_after_waiting(&sandbox, end, || start_with_input(&sandbox, args, &secret));
        assert_eq!(ran.exits(1).stdout, "refused expired\n", "{args:?}");
    }
}

#[test]
fn a_remembered_key_that_expires_while_a_batch_waits_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let end = expire_soon(&sandbox, "keys", "a");
    let mut command = sandbox.apikey(&["verify", "--batch"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{secret}").unwrap();
    let mut first = [0; "accepted a\n".len()];
    let pid = child.id();
    let stdout = child.stdout.as_mut().unwrap();
    let read = || std::io::Read::read_exact(stdout, &mut first);
    in_time(pid, "a verdict", read).unwrap();
    let ran = run_after_waiting(&sandbox, end, || {
        writeln!(stdin, "{secret}").unwrap();
        drop(stdin);
        child
    });
    assert_eq!(&first, b"accepted a\n");
    assert_eq!(ran.exits(1).stdout, "refused expired\n");
}

#[test]
fn nothing_is_created_with_an_expiry_that_passes_during_the_wait() {
    for args in [
        &["create", "late", "-g", "readonly", "--expires", "2s"][..],
        &["user", "add", "late", "--expires", "2s"],
    ] {
        let sandbox = Sandbox::new();
        let end = clock() + 4;
        let ran = run_after_waiting(&sandbox, end, || sandbox.apikey(args).spawn().unwrap());
        let ran = ran.exits(2).says("is not in the future");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert_eq!(sandbox.count("keys") + sandbox.count("users"), 0);
        assert_eq!(sandbox.count("log"), 1);
    }
}

#[test]
fn the_recorded_time_is_that_of_the_change() {
    let sandbox = Sandbox::new();
    let end = clock() + 3;
    let args = ["create", "a", "-g", "readonly"];
    run_after_waiting(&sandbox, end, || sandbox.apikey(&args).spawn().unwrap()).succeeds();
    assert_eq!(sandbox.count(&format!("keys WHERE created_at >= {end}")), 1);
    assert_eq!(
        sandbox.count(&format!("log WHERE seq > 1 AND at < {end}")),
        0
    );
}

#[test]
fn a_user_who_expires_while_the_command_waits_may_do_nothing() {
    let sandbox = Sandbox::staffed();
    let args = ["create", "mine", "-g", "deploy"];
    sandbox.as_user("alice", &args).succeeds();
    let end = expire_soon(&sandbox, "users", "alice");
    let ran = run_after_waiting(&sandbox, end, || {
        let mut command = sandbox.apikey(&["deactivate", "mine"]);
        command.env("SUDO_USER", "alice").spawn().unwrap()
    });
    ran.exits(4).says("alice has expired");
}

#[test]
fn a_listing_has_the_status_at_the_time_of_reading() {
    for args in [&["list", "--status", "expired"][..], &["show", "a"]] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        let end = expire_soon(&sandbox, "keys", "a");
        let args = [args, &["--json", "-q"]].concat();
        let ran = run_after_waiting(&sandbox, end, || sandbox.apikey(&args).spawn().unwrap());
        let ran = ran.succeeds();
        assert!(ran.stdout.contains("\"status\":\"expired\""), "{ran:?}");
    }
}

#[test]
fn a_change_reports_the_status_at_the_time_of_the_change() {
    for (table, args) in [
        ("keys", &["rename", "late", "later"][..]),
        ("keys", &["set-description", "late", "text"]),
        ("keys", &["set-owner", "late", "--none"]),
        ("keys", &["set-app", "late", "billing"]),
        ("users", &["user", "rename", "late", "later"]),
        ("users", &["user", "set-groups", "late", "readonly"]),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("late");
        sandbox.run(&["user", "add", "late"]).succeeds();
        let end = expire_soon(&sandbox, table, "late");
        let args = [args, &["--json", "-q"]].concat();
        let ran = run_after_waiting(&sandbox, end, || sandbox.apikey(&args).spawn().unwrap());
        let ran = ran.succeeds();
        assert!(ran.stdout.contains("\"status\":\"expired\""), "{ran:?}");
    }
}
