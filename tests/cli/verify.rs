use serde_json::Value;
use sqlite_only::sqlite_only;

use super::sandbox::{APIKEY, Sandbox, clock, finish, has, is_root, wait_until};
use super::waiting::{is_installed, wait_for};

#[track_caller]
fn assert_refused(sandbox: &Sandbox, args: &[&str], secret: &str, reason: &str) {
    let args = [&["verify"], args].concat();
    let text = sandbox.feed(&args, secret).exits(1);
    assert_eq!(text.stdout, format!("refused {reason}\n"));
    let json = sandbox
        .feed(&[&args[..], &["--json"]].concat(), secret)
        .exits(1)
        .json();
    assert_eq!(json["accepted"], false);
    assert_eq!(json["reason"], reason);
    assert!(json["message"].is_string());
    // Only a caller with the right secret sees the key.
    let secret_is_right = !matches!(reason, "malformed" | "unknown");
    assert_eq!(json.get("key").is_some(), secret_is_right, "{json}");
}

/// Returns a wrong secret for the key `name`. It is a secret of another database, whose id the
/// key takes: a secret with a changed id would fail the checksum.
pub fn wrong_secret_for(sandbox: &Sandbox, name: &str) -> String {
    let other = Sandbox::new();
    let secret = other.key("x");
    let id = sandbox.show(name)["id"].as_str().unwrap().to_owned();
    sandbox.sql(&format!(
        "UPDATE secrets SET last_four = '{}' WHERE key = (SELECT number FROM keys WHERE id = '{id}');
         UPDATE keys SET id = '{}' WHERE id = '{id}'",
        &secret[secret.len() - 4..],
        &secret[5..13]
    ));
    secret
}

#[test]
fn every_reason_is_reported_by_exit_code_text_and_json() {
    let sandbox = Sandbox::new();
    let secret = sandbox.create(&["demo", "-g", "readonly", "--app", "shop", "--expires", "1h"]);
    sandbox
        .feed(&["verify", "--app", "shop", "-g", "readonly"], &secret)
        .succeeds();
    assert_refused(&sandbox, &[], "nonsense", "malformed");
    assert_refused(&sandbox, &[], &Sandbox::new().key("demo"), "unknown");
    assert_refused(&sandbox, &["--app", "other"], &secret, "wrong-application");
    assert_refused(
        &sandbox,
        &["-g", "readonly", "-g", "admin"],
        &secret,
        "missing-group",
    );
    assert_refused(&sandbox, &["-g", "nosuch"], &secret, "missing-group");
    assert_refused(
        &sandbox,
        &["--min-remaining", "2h"],
        &secret,
        "expires-soon",
    );
    sandbox
        .run(&["set-expiry", "demo", "2020-01-01"])
        .succeeds();
    assert_refused(&sandbox, &["--app", "other"], &secret, "expired");
    sandbox.run(&["deactivate", "demo"]).succeeds();
    assert_refused(&sandbox, &[], &secret, "inactive");
    sandbox.run(&["delete", "demo", "-y"]).succeeds();
    assert_refused(&sandbox, &[], &secret, "unknown");
}

#[test]
fn a_wrong_secret_reveals_nothing_about_the_key() {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    sandbox.sql("DELETE FROM key_groups");
    let wrong = wrong_secret_for(&sandbox, "demo");
    assert_refused(&sandbox, &[], &wrong, "unknown");
    sandbox.run(&["deactivate", "demo"]).succeeds();
    assert_refused(&sandbox, &[], &wrong, "unknown");
    let key = sandbox.show("demo");
    assert!(
        key["last_used_at"].is_null() && key["last_refused_at"].is_null(),
        "{key}"
    );
}

#[test]
fn a_prefix_of_another_database_is_malformed() {
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--prefix", "acme", "--argon2", "m=8,t=1,p=1"])
        .succeeds();
    assert_refused(&sandbox, &[], &Sandbox::new().key("demo"), "malformed");
}

#[test]
fn malformed_is_the_only_verdict_without_a_database() {
    let sandbox = Sandbox::empty();
    assert_refused(&sandbox, &[], "nonsense", "malformed");
    let secret = Sandbox::new().key("demo");
    let ran = sandbox.feed(&["verify", "--json"], secret).exits(5);
    assert_eq!(ran.error_code(), "database-missing");
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_binary_gives_every_test_vector_its_outcome() {
    let vectors: Value = serde_json::from_str(include_str!("../fixtures/keys.json")).unwrap();
    for vector in vectors.as_array().unwrap() {
        let text = |field: &str| vector[field].as_str().unwrap();
        let sandbox = Sandbox::empty();
        let init = [
            "init",
            "--prefix",
            text("prefix"),
            "--argon2",
            "m=8,t=1,p=1",
        ];
        sandbox.run(&init).succeeds();
        let ran = sandbox.feed(&["verify"], text("input"));
        let name = text("name");
        match text("outcome") {
            "well-formed" => assert_eq!(ran.exits(1).stdout, "refused unknown\n", "{name}"),
            "malformed" => assert_eq!(ran.exits(1).stdout, "refused malformed\n", "{name}"),
            _ => {
                let ran = ran.exits(2).says("hint: ");
                assert_eq!(ran.stdout, "", "{name}");
            }
        }
    }
}

#[test]
fn a_byte_order_mark_is_ignored_and_each_mistake_in_passing_a_secret_has_its_hint() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let short = sandbox.show("a")["key"].as_str().unwrap().to_owned();
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    for input in [
        format!("\u{feff}{secret}"),
        format!(" \u{feff}{secret}\r\n"),
    ] {
        let ran = sandbox.feed(&["verify"], &input).succeeds();
        assert_eq!(ran.stdout, "accepted a\n");
        let ran = sandbox.feed(&["verify", "--batch"], &input).succeeds();
        assert_eq!(ran.stdout, "accepted a\n");
    }
    for (input, hint) in [
        (Vec::new(), "pass one on stdin"),
        ("\u{feff}\n".into(), "pass one on stdin"),
        (
            format!("{secret} {secret}").into(),
            "pass one secret per call",
        ),
        (format!("'{secret}'").into(), "without the quotes"),
        (
            format!("Bearer {secret}").into(),
            "only the secret after it",
        ),
        (
            format!("API_KEY={secret}").into(),
            "the secret after the \"=\"",
        ),
        (wide(&secret), "encode it as UTF-8"),
        (wide(&format!("\u{feff}{secret}\r\n")), "encode it as UTF-8"),
        (short.into(), "pass the secret that `apikey create` printed"),
        (vec![b'x'; 4097], "nothing else"),
    ] {
        let ran = sandbox.feed(&["verify"], &input).exits(2).says("hint: ");
        assert_eq!(ran.stdout, "");
        let ran = ran.says(hint);
        assert!(!ran.stderr.contains(&secret[14..]), "{ran:?}");
        let ran = sandbox.feed(&["verify", "--json"], &input).exits(2);
        assert_eq!(ran.error_code(), "invalid-input");
    }
}

#[test]
fn the_secret_is_read_from_stdin_a_file_or_the_environment() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    std::fs::write(sandbox.path("s"), format!("\n  {secret}\r\n")).unwrap();
    sandbox.run(&["verify", "--key-file", "s"]).succeeds();
    sandbox
        .shell("mkfifo f; cat s > f & $APIKEY verify --key-file f")
        .succeeds();
    let mut command = sandbox.apikey(&["verify", "--key-env", "API_KEY"]);
    finish(command.env("API_KEY", &secret).spawn().unwrap()).succeeds();
    for args in [
        &["--key-file", "nowhere"][..],
        &["--key-file", "."],
        &["--key-env", "NOWHERE"],
        &["--key-env", ""],
    ] {
        let ran = sandbox
            .run(&[&["verify", "--json"], args].concat())
            .exits(2);
        assert_eq!(ran.error_code(), "invalid-input");
    }
    sandbox
        .run(&["verify", "--key-file", "s", "--key-env", "API_KEY"])
        .exits(2);
}

#[test]
fn a_use_is_recorded_if_the_secret_was_right() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    let dates = || {
        let key = sandbox.show("demo");
        (
            key["last_used_at"].is_string(),
            key["last_refused_at"].is_string(),
        )
    };
    assert_eq!(dates(), (false, false));
    sandbox.feed(&["verify", "--no-record"], &secret).succeeds();
    sandbox.feed(&["verify"], Sandbox::new().key("x")).exits(1);
    assert_eq!(dates(), (false, false));
    sandbox.feed(&["verify", "-g", "admin"], &secret).exits(1);
    assert_eq!(dates(), (false, true));
    sandbox.feed(&["verify"], &secret).succeeds();
    assert_eq!(dates(), (true, true));
    let table = sandbox.run(&["list"]).succeeds().stdout;
    assert!(!table.contains("Never"), "{table}");
}

#[test]
fn group_names_are_compared_ignoring_case() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    sandbox
        .feed(&["verify", "-g", "ReadOnly"], &secret)
        .succeeds();
    sandbox.feed(&["verify", "-g", "nosuch"], &secret).exits(1);
}

#[test]
fn a_key_expires_at_the_second_of_its_expiry() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    let now = clock();
    sandbox.sql(&format!("UPDATE keys SET expires_at = {now}"));
    sandbox.feed(&["verify"], &secret).exits(1);
    sandbox.sql(&format!("UPDATE keys SET expires_at = {now} + 3600"));
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn stored_parameters_out_of_bounds_are_damage_and_not_a_refusal() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    for hash in [
        "",
        "plain",
        "$argon2i$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
        "$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
        "$argon2id$v=19$m=8,t=4000000000,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mmgr7pyZcDMvknm52cNWXna6Jg8PoH6exinwmD9xkNU",
    ] {
        sandbox.sql(&format!("UPDATE secrets SET hash = '{hash}'"));
        let ran = sandbox.feed(&["verify", "--json"], &secret).exits(5);
        assert_eq!(ran.error_code(), "database-damaged", "{hash}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn an_unwritten_verdict_is_an_error_and_records_no_use() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    std::fs::write(sandbox.path("s"), secret).unwrap();
    sandbox.shell("$APIKEY verify < s > /dev/full").exits(5);
    assert!(sandbox.show("demo")["last_used_at"].is_null());
    // The exit code is the answer, so a closed or discarded stdout is no error.
    sandbox.shell("$APIKEY verify < s >&-").succeeds();
    sandbox
        .shell("$APIKEY verify < s > /dev/null 2>&-")
        .succeeds();
}

#[sqlite_only("the open files of a process")]
#[test]
fn the_database_is_closed_while_the_hash_is_computed() {
    if !has("root, to see what a process has open", is_root()) {
        return;
    }
    let sandbox = Sandbox::empty();
    // A hash that takes long enough to look at the process.
    sandbox
        .run(&["init", "--argon2", "m=262144,t=10,p=1"])
        .succeeds();
    let secret = sandbox.key("demo");
    let pass = sandbox.path("s");
    std::fs::write(&pass, &secret).unwrap();
    let mut command = sandbox.apikey(&["verify", "--key-file", "s"]);
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let fds = format!("/proc/{}/fd", child.id());
    let resident = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kib.unwrap_or(0)
    };
    // More than a third of the hash's memory: it is being computed.
    wait_for("the hash is being computed", || {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the process ended too early"
        );
        resident() >= 90_000
    });
    let mut open: Vec<_> = std::fs::read_dir(fds)
        .unwrap()
        .filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok())
        .filter(|path| path.starts_with(sandbox.home().canonicalize().unwrap()))
        .collect();
    // The hash slot of `verify` is a lock on the usage file, so that file is open.
    open.retain(|path| *path != sandbox.usage().canonicalize().unwrap());
    assert_eq!(open, [] as [&std::path::Path; 0]);
    finish(child).succeeds();
}

#[test]
fn the_time_of_the_verdict_counts_and_not_that_of_the_start() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    let mut command = sandbox.apikey(&["verify"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    // After two seconds, a time that the process read at its start is past.
    let start = clock();
    wait_until(start + 2);
    sandbox.sql(&format!("UPDATE keys SET expires_at = {}", start + 2));
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), secret.as_bytes()).unwrap();
    drop(child.stdin.take());
    assert_eq!(
        super::sandbox::finish(child).exits(1).stdout,
        "refused expired\n"
    );
}

#[test]
fn the_key_file_may_be_a_dash_for_stdin() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("demo");
    let args = ["verify", "--key-file", "-"];
    let ran = sandbox.feed(&args, &secret).succeeds();
    assert_eq!(ran.stdout, "accepted demo\n");
    // A file named `-` is read by its path `./-`.
    std::fs::write(sandbox.path("-"), "nonsense").unwrap();
    sandbox.feed(&args, &secret).succeeds();
    sandbox.run(&["verify", "--key-file", "./-"]).exits(1);
    // Stdin belongs to the caller, so it may be read through sudo.
    let staffed = Sandbox::staffed();
    let mut command = staffed.apikey(&args);
    command.env("SUDO_USER", "alice");
    finish(command.spawn().unwrap())
        .exits(2)
        .says("the input contains no secret");
}

#[test]
fn an_unknown_id_and_unknown_last_characters_cost_one_hash_at_the_databases_cost() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let unknown_id = Sandbox::new().key("a");
    // This doesn't change the key's hash, which stays cheap.
    sandbox.sql("UPDATE settings SET argon2 = 'm=19456,t=2,p=1'");
    // Counts the expensive hashes: only these ask for large pages.
    let hashes = |secret: &str, verdict: &str| {
        std::fs::write(sandbox.path("secret"), secret).unwrap();
        let mut command = sandbox.program("strace");
        command.args(["-f", "-qq", "-o", "calls", "-e", "trace=madvise", APIKEY]);
        command.args(["verify", "--key-file", "secret"]);
        assert_eq!(
            finish(command.spawn().unwrap()).stdout,
            format!("{verdict}\n")
        );
        let calls = std::fs::read_to_string(sandbox.path("calls")).unwrap();
        calls.matches("MADV_HUGEPAGE").count()
    };
    assert_eq!(hashes(&secret, "accepted a"), 0);
    assert_eq!(hashes(&unknown_id, "refused unknown"), 1);
    // A current, a previous and an ended secret cost one hash, too.
    let new = sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    let current = sandbox
        .run(&["rotate", "a", "--overlap", "0s"])
        .succeeds()
        .stdout;
    assert_eq!(hashes(new.stdout.trim_end(), "refused rotated"), 1);
    assert_eq!(hashes(current.trim_end(), "accepted a"), 1);
    let next = sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    assert_eq!(hashes(next.stdout.trim_end(), "accepted a"), 1);
    assert_eq!(hashes(current.trim_end(), "accepted a"), 1);
    sandbox.sql("UPDATE secrets SET last_four = substr(CAST(10000 + slot AS text), 2)");
    assert_eq!(hashes(&secret, "refused unknown"), 1);
}
