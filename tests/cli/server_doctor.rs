//! `doctor` on a server detects each problem, and the commands that it prints fix them.

use std::process::Command;

use serde_json::Value;

use super::clock::{Clock, NOON};
use super::sandbox::{APIKEY, Sandbox};
use super::server::Server;

const CHECKS: [&str; 12] = [
    "encoding",
    "schema",
    "grants",
    "replication",
    "local-clock",
    "integrity",
    "hashes",
    "log",
    "policy",
    "clock",
    "pending",
    "usage",
];

/// Returns a database with a key that was used.
fn used() -> Sandbox {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.feed(&["verify"], secret).succeeds();
    sandbox
}

fn examine(sandbox: &Sandbox) -> Vec<Value> {
    let ran = sandbox.run(&["doctor", "--json"]);
    let findings = ran.json().as_array().unwrap().clone();
    let is_ok = findings.iter().all(|finding| finding["ok"] == true);
    assert_eq!(ran.code, i32::from(!is_ok), "{ran:?}");
    findings
}

fn text(finding: &Value, field: &str) -> String {
    finding[field].as_str().unwrap().to_owned()
}

/// Returns the failed checks.
fn failed(sandbox: &Sandbox) -> Vec<String> {
    let findings = examine(sandbox);
    let failed = findings.iter().filter(|finding| finding["ok"] == false);
    failed.map(|finding| text(finding, "check")).collect()
}

/// Returns the message and the fix of `check`, the only failed one.
#[track_caller]
fn complaint(sandbox: &Sandbox, check: &str) -> (String, String) {
    assert_eq!(failed(sandbox), [check]);
    of_check(sandbox, check)
}

/// Returns the message and the fix of a check.
fn of_check(sandbox: &Sandbox, check: &str) -> (String, String) {
    let findings = examine(sandbox);
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap();
    (text(found, "message"), text(found, "mend"))
}

/// Runs `fix` with the programs of the server.
fn run_fix(sandbox: &Sandbox, fix: &str) {
    let programs = Server::shared().unwrap().programs();
    let bin = std::path::Path::new(APIKEY).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", programs.display(), bin.display());
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-ec", fix])
        .env("PATH", path)
        .env("HOME", sandbox.home())
        .current_dir(sandbox.home());
    let output = super::waiting::run(&mut shell);
    assert!(output.status.success(), "{fix}: {output:?}");
}

/// Runs the fix of `check`, the only failed one, after which none fails.
#[track_caller]
fn fix(sandbox: &Sandbox, check: &str) -> String {
    let (message, fix) = complaint(sandbox, check);
    run_fix(sandbox, &fix);
    assert_eq!(failed(sandbox), [""; 0], "after {fix}");
    message
}

#[test]
fn a_database_on_a_server_passes_every_check_but_for_a_warning() {
    let sandbox = used();
    let before = sandbox.content();
    let findings = examine(&sandbox);
    let checks: Vec<String> = findings.iter().map(|found| text(found, "check")).collect();
    assert_eq!(checks, CHECKS);
    for finding in &findings {
        let is_warning = finding["check"] == "replication";
        assert_eq!(finding["ok"], true, "{finding}");
        assert_eq!(finding["warning"], is_warning, "{finding}");
        assert_eq!(finding["mend"].is_string(), is_warning, "{finding}");
    }
    let ran = sandbox.run(&["doctor"]).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), CHECKS.len());
    for (line, check) in lines.iter().zip(CHECKS) {
        let label = if check == "replication" {
            "warn"
        } else {
            "ok  "
        };
        assert!(line.starts_with(&format!("{label}  {check} ")), "{line}");
    }
    assert_eq!(sandbox.run(&["doctor", "-q"]).succeeds().stdout, "");
    assert_eq!(sandbox.content(), before);
}

#[test]
fn every_change_of_the_schema_is_found() {
    for (change, difference) in [
        (
            "DROP TRIGGER log_is_kept ON log",
            "the trigger \"log.log_is_kept\" is missing",
        ),
        (
            "ALTER TABLE log DISABLE TRIGGER log_is_kept",
            "the trigger \"log.log_is_kept\" was changed",
        ),
        (
            "DROP TRIGGER begin_usage ON secrets",
            "the trigger \"secrets.begin_usage\" is missing",
        ),
        (
            "DROP VIEW usable_secrets",
            "the view \"usable_secrets\" is missing",
        ),
        (
            "CREATE OR REPLACE FUNCTION log_is_kept() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN RETURN NULL; END'",
            "the function \"log_is_kept()\" was changed",
        ),
        (
            "ALTER TABLE keys ADD COLUMN note text",
            "the column \"keys.note\" is not part of it",
        ),
        (
            "ALTER TABLE keys ALTER COLUMN id DROP NOT NULL",
            "the column \"keys.id\" was changed",
        ),
        ("CREATE TABLE mine (x int)", "\"mine.x\" is not part of it"),
        (
            "DROP INDEX one_current_secret",
            "the index \"one_current_secret\" is missing",
        ),
        (
            "ALTER TABLE keys DROP CONSTRAINT keys_owner_fkey",
            "the constraint \"keys.keys_owner_fkey\" is missing",
        ),
        (
            "CREATE RULE quiet AS ON DELETE TO keys DO INSTEAD NOTHING",
            "the rule \"keys.quiet\" is not part of it",
        ),
        (
            "CREATE FUNCTION lower(integer) RETURNS text LANGUAGE sql AS 'SELECT null'",
            "the function \"lower(integer)\" is not part of it",
        ),
        ("ALTER TABLE log DISABLE TRIGGER ALL", "was changed"),
    ] {
        let sandbox = used();
        sandbox.sql(&format!("SET ROLE apikey; {change}"));
        let findings = examine(&sandbox);
        let schema = findings
            .iter()
            .find(|finding| finding["check"] == "schema")
            .unwrap();
        assert_eq!(schema["ok"], false, "{change}");
        let message = text(schema, "message");
        assert!(message.contains(difference), "{change}: {message}");
    }
}

#[test]
fn a_changed_schema_is_replaced_by_a_backup_and_a_dump_is_kept() {
    let sandbox = used();
    sandbox.run(&["backup", "copy"]).succeeds();
    sandbox.sql("DROP TRIGGER log_is_kept ON log");
    let (_, fix) = complaint(&sandbox, "schema");
    run_fix(&sandbox, &fix.replace("BACKUP", "copy --yes"));
    assert_eq!(failed(&sandbox), [""; 0]);
    assert_eq!(sandbox.names(&[]), ["a"]);
    let dump = std::fs::read_to_string(sandbox.path("damaged.sql")).unwrap();
    assert!(dump.contains("CREATE TABLE public.keys"), "{dump}");
}

#[test]
fn rights_beyond_those_of_a_verifier_are_found_and_taken_away() {
    let sandbox = used();
    let database = sandbox.value("SELECT current_database()");
    let role = format!("verifier_{database}");
    sandbox.sql(&format!("CREATE ROLE {role}"));
    sandbox.run(&["init", "--shared", &role]).succeeds();
    assert_eq!(failed(&sandbox), [""; 0]);
    for (grant, right) in [
        (
            format!("GRANT TEMPORARY ON DATABASE {database} TO PUBLIC"),
            "PUBLIC has TEMPORARY on DATABASE",
        ),
        (
            format!("GRANT CREATE ON DATABASE {database} TO PUBLIC"),
            "PUBLIC has CREATE on DATABASE",
        ),
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC".to_owned(),
            "PUBLIC has CREATE on SCHEMA public",
        ),
        (
            format!("GRANT CREATE ON SCHEMA public TO {role}"),
            "has CREATE on SCHEMA public",
        ),
        (
            format!("GRANT SELECT ON log TO {role}"),
            "has SELECT on TABLE log",
        ),
        (
            format!("GRANT UPDATE ON keys TO {role}"),
            "has UPDATE on TABLE keys",
        ),
        (
            format!("GRANT UPDATE (slot) ON usage TO {role}"),
            "has UPDATE (slot) on TABLE usage",
        ),
        (
            format!("GRANT UPDATE ON SEQUENCE keys_number_seq TO {role}"),
            "on SEQUENCE keys_number_seq",
        ),
        (
            "GRANT SELECT ON secrets TO PUBLIC".to_owned(),
            "PUBLIC has SELECT on TABLE secrets",
        ),
        (
            format!("GRANT SELECT ON keys TO {role} WITH GRANT OPTION"),
            "has SELECT WITH GRANT OPTION on TABLE keys",
        ),
    ] {
        sandbox.sql(&grant);
        let message = fix(&sandbox, "grants");
        assert!(message.contains(right), "{grant}: {message}");
    }
    // The verifier still has its rights.
    sandbox.sql(&format!(
        "SET ROLE {role}; SELECT hash FROM usable_secrets; UPDATE usage SET accepted = accepted"
    ));
    sandbox.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    // A table that belongs to another role is that role's to change.
    sandbox.sql("ALTER TABLE policy OWNER TO test; GRANT ALL ON policy TO apikey");
    let (message, fix) = complaint(&sandbox, "grants");
    assert!(
        message.contains("TABLE policy belongs to test"),
        "{message}"
    );
    assert!(fix.contains("ALTER TABLE policy OWNER TO apikey"), "{fix}");
}

#[test]
fn a_setting_that_waits_for_no_standby_is_a_warning() {
    let sandbox = used();
    let (message, _) = of_check(&sandbox, "replication");
    assert!(message.starts_with("no standby is connected"), "{message}");
    let database = sandbox.value("SELECT current_database()");
    sandbox.sql(&format!(
        "ALTER DATABASE {database} SET synchronous_commit = local"
    ));
    let (message, fix) = of_check(&sandbox, "replication");
    assert!(
        message.starts_with("synchronous_commit is local"),
        "{message}"
    );
    run_fix(&sandbox, &fix);
    let (message, _) = of_check(&sandbox, "replication");
    assert!(message.starts_with("no standby is connected"), "{message}");
}

#[test]
fn another_clock_on_this_machine_is_a_warning() {
    let Some(clock) = Clock::new() else {
        return;
    };
    let ran = clock.run(NOON, &["doctor"]).succeeds();
    let line = ran.stdout.lines().find(|line| line.contains("local-clock"));
    let line = line.unwrap();
    assert!(line.starts_with("warn  local-clock "), "{line}");
    assert!(line.contains("but the server's says"), "{line}");
    assert!(
        line.ends_with("fix it with: timedatectl set-ntp true"),
        "{line}"
    );
}

#[test]
fn another_encoding_is_found() {
    let sandbox = used();
    sandbox.sql("UPDATE pg_database SET encoding = 0 WHERE datname = current_database()");
    let (message, fix) = complaint(&sandbox, "encoding");
    assert!(message.contains("SQL_ASCII"), "{message}");
    assert!(fix.contains("createdb --encoding UTF8"), "{fix}");
}

#[test]
fn invalid_content_is_found() {
    for (change, check, message) in [
        (
            "UPDATE keys SET description = E'\\x07'",
            "integrity",
            "a description is invalid",
        ),
        (
            "UPDATE secrets SET hash = 'x'",
            "hashes",
            "a hash of \"a\" is damaged",
        ),
        (
            "UPDATE log SET operator = 'x' WHERE seq = 1",
            "log",
            "entry 1 was changed",
        ),
        (
            "INSERT INTO policy VALUES ('max-age', 'x')",
            "policy",
            "the value of max-age",
        ),
        (
            "UPDATE secrets SET state = 'pending'",
            "pending",
            "the secret of \"a\" was not delivered",
        ),
        (
            "UPDATE keys SET created_at = created_at + 3600",
            "clock",
            "the clock is behind, or was ahead then",
        ),
    ] {
        let sandbox = used();
        sandbox.tamper(change);
        let findings = examine(&sandbox);
        let found = findings
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap();
        assert_eq!(found["ok"], false, "{change}: {found}");
        assert!(
            text(found, "message").contains(message),
            "{change}: {found}"
        );
    }
}

#[test]
fn impossible_and_missing_uses_are_found_and_fixed() {
    for (change, message) in [
        (
            "DELETE FROM usage WHERE slot > 0",
            "a secret of \"a\" has no row",
        ),
        (
            "DELETE FROM usage",
            "the record of uses has no beginning (and 1 more)",
        ),
        (
            "UPDATE usage SET accepted = 0 WHERE slot = 0",
            "the record of uses has no beginning",
        ),
        (
            "UPDATE usage SET refused = -1 WHERE slot > 0",
            "the last-use date of \"a\" is invalid",
        ),
        (
            "UPDATE usage SET accepted = 9000000000000000000",
            "the record of uses has an invalid beginning (and 1 more)",
        ),
    ] {
        let sandbox = used();
        sandbox.sql(change);
        let found = fix(&sandbox, "usage");
        assert!(found.contains(message), "{change}: {found}");
        let shown = sandbox.show("a");
        assert!(
            shown["last_use_known_since"].is_string(),
            "{change}: {shown}"
        );
    }
    // A row of a deleted secret is no problem.
    let sandbox = used();
    sandbox.sql("INSERT INTO usage VALUES (99, 1, 1)");
    assert_eq!(failed(&sandbox), [""; 0]);
}
