//! `doctor` detects each problem, and the commands that it prints fix them.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use super::sandbox::{APIKEY, Sandbox, finish, full_pipe, mode, wait_until_blocked};

const CHECKS: [&str; 12] = [
    "file-modes",
    "writable",
    "integrity",
    "foreign-keys",
    "version",
    "hashes",
    "log",
    "policy",
    "clock",
    "pending",
    "leftovers",
    "usage",
];

/// Returns a database with two keys, one of them used, and a shared secret.
pub fn used() -> Sandbox {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.key("b");
    sandbox.feed(&["verify"], secret).succeeds();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox
}

pub fn examine(sandbox: &Sandbox) -> Vec<Value> {
    let ran = sandbox.run(&["doctor", "--json"]);
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    let findings = ran.json().as_array().unwrap().clone();
    let is_ok = findings.iter().all(|finding| finding["ok"] == true);
    assert_eq!(ran.code == 0, is_ok, "{ran:?}");
    for finding in &findings {
        assert_eq!(
            finding["ok"] == true,
            finding["mend"].is_null(),
            "{finding}"
        );
    }
    findings
}

/// Returns the names of the failed checks.
pub fn failing(sandbox: &Sandbox) -> Vec<String> {
    let name = |finding: &Value| finding["check"].as_str().unwrap().to_owned();
    let is_failed = |finding: &&Value| finding["ok"] == false;
    let findings = examine(sandbox);
    findings.iter().filter(is_failed).map(name).collect()
}

/// Returns the message and the fix of the only failed check.
#[track_caller]
pub fn complaint(sandbox: &Sandbox, check: &str) -> (String, String) {
    assert_eq!(failing(sandbox), [check]);
    let findings = examine(sandbox);
    let found = findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap();
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    (text("message"), text("mend"))
}

/// Runs `fix`, after which no check fails.
#[track_caller]
pub fn run_fix(sandbox: &Sandbox, fix: &str) {
    let mut shell = Command::new("/bin/sh");
    let bin = std::path::Path::new(APIKEY).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    shell
        .args(["-ec", fix])
        .env("PATH", path)
        .env("HOME", sandbox.home())
        .current_dir(sandbox.home());
    let output = super::waiting::run(&mut shell);
    assert!(output.status.success(), "{fix}: {output:?}");
    assert_eq!(failing(sandbox), [""; 0], "after {fix}");
}

#[test]
fn a_used_database_passes_every_check() {
    let sandbox = used();
    let checks: Vec<Value> = examine(&sandbox)
        .iter()
        .map(|finding| finding["check"].clone())
        .collect();
    assert_eq!(checks, CHECKS);
    let ran = sandbox.run(&["doctor"]).succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.lines().count(), CHECKS.len());
    for (line, check) in ran.stdout.lines().zip(CHECKS) {
        assert!(line.starts_with(&format!("ok    {check} ")), "{line}");
    }
}

#[test]
fn a_failed_check_is_one_line_with_its_fix() {
    let sandbox = used();
    std::fs::set_permissions(sandbox.db(), Permissions::from_mode(0o644)).unwrap();
    let before = std::fs::read(sandbox.db()).unwrap();
    let ran = sandbox.run(&["doctor"]).exits(1);
    assert_eq!(ran.stdout.lines().count(), CHECKS.len(), "{ran:?}");
    let line = ran.stdout.lines().next().unwrap();
    assert!(line.starts_with("FAIL  file-modes "), "{line}");
    assert!(line.contains("; fix it with: chmod 600 "), "{line}");
    // Doctor runs no fix itself.
    assert_eq!(mode(&sandbox.db()), 0o644);
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), before);
    sandbox.run(&["doctor", "--format", "csv"]).exits(2);
}

#[test]
fn a_key_that_was_never_delivered_is_detected_and_fixed() {
    let sandbox = used();
    let (reader, writer) = full_pipe();
    let mut child = sandbox
        .apikey(&["create", "half", "-g", "readonly"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    child.kill().unwrap();
    finish(child);
    drop(reader);
    let (message, fix) = complaint(&sandbox, "pending");
    assert!(message.contains("\"half\""), "{message}");
    run_fix(&sandbox, &fix);
    assert_eq!(sandbox.names(&[]), ["a", "b"]);
}

#[test]
fn a_clock_that_is_behind_the_log_is_detected() {
    let sandbox = used();
    // The last entry is later than the clock.
    for (ahead, is_behind) in [(299, false), (600, true)] {
        let trigger = "SELECT sql FROM sqlite_schema WHERE name = 'log_is_not_changed'";
        let trigger: String = sandbox
            .sqlite()
            .query_row(trigger, [], |row| row.get(0))
            .unwrap();
        sandbox.sql(&format!(
            "DROP TRIGGER log_is_not_changed;
             UPDATE log SET at = unixepoch() + {ahead} WHERE seq = (SELECT max(seq) FROM log);
             {trigger}"
        ));
        let findings = examine(&sandbox);
        let clock = findings
            .iter()
            .find(|finding| finding["check"] == "clock")
            .unwrap();
        assert_eq!(clock["ok"], !is_behind, "{clock}");
    }
}

#[test]
fn a_missing_or_foreign_file_is_the_usual_error() {
    let sandbox = Sandbox::empty();
    let code = |name: &str| {
        let ran = sandbox.run(&["--db", name, "doctor", "--json"]).exits(5);
        ran.error_code()
    };
    std::fs::write(sandbox.path("text"), "text").unwrap();
    assert_eq!(code("missing"), "database-missing");
    assert_eq!(code("text"), "database-foreign");
}

#[test]
fn doctor_changes_nothing() {
    let sandbox = used();
    let all = || -> Vec<_> {
        let read = |path: std::path::PathBuf| (std::fs::read(&path).unwrap(), path);
        sandbox.files().into_iter().map(read).collect()
    };
    let before = all();
    sandbox.run(&["doctor"]).succeeds();
    assert_eq!(all(), before);
}
