//! `scan`: what it finds where, its states and formats.

use sqlite_only::sqlite_only;
use std::path::Path;

use super::sandbox::Sandbox;

pub const OTHER: &str = "acme_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM4BwZKb";

/// A well-formed secret whose id no key has.
const UNKNOWN: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// Writes files, with their directories.
pub fn write(sandbox: &Sandbox, files: &[(&str, &[u8])]) {
    for (name, content) in files {
        let path = sandbox.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

/// Returns the states and names of the secrets in `text`, as `scan` prints them.
pub fn states(sandbox: &Sandbox, text: &str) -> Vec<String> {
    let ran = sandbox.feed(&["scan"], text);
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    let state = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} {}", words[1], words[2])
    };
    ran.stdout.lines().map(state).collect()
}

#[test]
fn each_occurrence_is_a_line_with_path_line_column_state_name_and_short_form() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let short = sandbox.show("a")["key"].as_str().unwrap().to_owned();
    let text = format!("x\n  key=\"{secret}\" {secret}\n_{secret}_\n%22{secret}%22");
    write(
        &sandbox,
        &[
            ("t/one", text.as_bytes()),
            ("t/.hidden/two", secret.as_bytes()),
        ],
    );
    let ran = sandbox.run(&["scan", "t"]).exits(1);
    let places = [
        "t/.hidden/two:1:1",
        "t/one:2:8",
        "t/one:2:73",
        "t/one:3:2",
        "t/one:4:4",
    ];
    let lines = places.map(|place| format!("{place} live a {short}\n"));
    assert_eq!((ran.stdout, ran.stderr), (lines.concat(), String::new()));
    let ran = sandbox.feed(&["scan"], &secret).exits(1);
    assert_eq!(ran.stdout, format!("-:1:1 live a {short}\n"));
    let both = sandbox.feed(&["scan", "t/one", "-"], &secret).exits(1);
    assert_eq!(both.stdout.lines().count(), 5);
}

#[test]
fn json_has_the_fields_of_the_contract_and_csv_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let short = sandbox.show("a")["key"].clone();
    let expected = serde_json::json!({
        "path": "-", "line": 2, "column": 3, "state": "live", "name": "a", "key": short,
    });
    let text = format!("\nx_{secret}\n{UNKNOWN}");
    let json = sandbox.feed(&["scan", "--json"], &text).exits(1).json();
    assert_eq!(json[0], expected);
    assert_eq!(json[1]["name"], serde_json::Value::Null);
    assert_eq!(json[1]["state"], "unknown");
    let lines = sandbox.feed(&["scan", "--format", "jsonl"], &text).exits(1);
    let first = lines.stdout.lines().next().unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(first).unwrap(),
        expected
    );
    assert_eq!(lines.stdout.lines().count(), 2);
    assert_eq!(
        sandbox.feed(&["scan", "--json"], "").succeeds().stdout,
        "[]\n"
    );
    sandbox.feed(&["scan", "--format", "csv"], &text).exits(2);
}

#[test]
fn a_secret_has_the_state_that_verify_would_find() {
    let sandbox = Sandbox::staffed();
    let key = |name: &str| sandbox.create(&[name, "-g", "deploy", "--owner", "alice"]);
    let names = ["live", "off", "paused", "late", "gone", "turned"];
    let secrets = names.map(key);
    let turned = sandbox
        .run(&["rotate", "turned", "--overlap", "0s"])
        .succeeds();
    let overlap = sandbox
        .run(&["rotate", "live", "--overlap", "1h"])
        .succeeds();
    for args in [
        &["deactivate", "off"][..],
        &["deactivate", "paused", "--for", "1h"],
        &["set-expiry", "late", "2020-01-01"],
        &["delete", "gone", "-y"],
    ] {
        sandbox.run(args).succeeds();
    }
    let mut text = secrets.join(" ");
    for more in [&turned.stdout, &overlap.stdout, OTHER, UNKNOWN] {
        text = format!("{text}\n{more}");
    }
    let expected = [
        "live live",
        "inactive off",
        "live paused",
        "expired late",
        "deleted gone",
        "ended turned",
        "live turned",
        "live live",
        "other-database -",
        "unknown -",
    ];
    assert_eq!(states(&sandbox, &text), expected);
    // A blocked key is live: its owner may come back.
    sandbox.run(&["user", "deactivate", "alice"]).succeeds();
    assert_eq!(states(&sandbox, &text), expected);
    // A secret with the id and the end of another one is unknown.
    let forged = forged(&sandbox, "off");
    assert_eq!(states(&sandbox, &forged), ["unknown -"]);
}

/// Gives the key a hash of another secret, and returns the right one.
fn forged(sandbox: &Sandbox, name: &str) -> String {
    let secret = sandbox.create(&["forged", "-g", "deploy"]);
    sandbox.sql(&format!(
        "UPDATE secrets SET hash = (SELECT s.hash FROM secrets s JOIN keys k ON k.number = s.key
          WHERE k.name = '{name}') WHERE key = (SELECT number FROM keys WHERE name = 'forged')"
    ));
    secret
}

#[test]
fn a_pending_secret_is_pending() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.sql("UPDATE secrets SET state = 'pending'");
    assert_eq!(states(&sandbox, &secret), ["pending a"]);
}

#[sqlite_only("reads the usage file")]
#[test]
fn no_use_is_recorded() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let before = std::fs::read(sandbox.usage()).unwrap();
    sandbox.feed(&["scan"], &secret).exits(1);
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.feed(&["scan"], &secret).succeeds();
    assert!(std::fs::read(sandbox.usage()).unwrap() == before);
    assert!(sandbox.show("a")["last_used_at"].is_null());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    write(
        &sandbox,
        &[("many", format!("{secret}\n").repeat(5_000).as_bytes())],
    );
    let ran = sandbox.shell("$APIKEY scan many | head -n 1").succeeds();
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""));
}

#[test]
fn a_scan_needs_a_database_and_input() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["scan", "."]).exits(5);
    assert!(!Path::new(&sandbox.db()).exists());
    let sandbox = Sandbox::new();
    sandbox.run(&["scan", "."]).succeeds();
    sandbox
        .run(&["scan", "--reason", "x"])
        .exits(2)
        .says("--deactivate");
    sandbox.run(&["scan", &sandbox.key("a")]).exits(2);
    sandbox.run(&["scan", "--rules", "gitleaks", "."]).exits(2);
}
