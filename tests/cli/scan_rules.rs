//! `scan --rules`: other scanners find the secrets of this database.

use std::process::Command;

use super::sandbox::{Ran, Sandbox, finish, has};
use super::scan::write;
use super::waiting::is_installed;

/// Plants a secret in eight files, as people leak them. No two have the same content.
fn planted(sandbox: &Sandbox) -> [&'static str; 8] {
    let secrets = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| sandbox.key(name));
    let [a, b, c, d, e, f, g, h] = &secrets;
    let files = [
        ("src/.env", format!("API_KEY={a}\n")),
        ("src/values.yaml", format!("api:\n  key: {b}\n")),
        ("src/config.json", format!("{{\"key\": \"{c}\"}}\n")),
        ("src/client.py", format!("TOKEN_{d} = 1\nkey = '{d}'\n")),
        (
            "src/.bash_history",
            format!("curl -H 'Authorization: Bearer {e}' x\n"),
        ),
        (
            "src/app.log",
            format!("2027-01-31T00:00:00Z WARN refused my_{f}: slow\n"),
        ),
        (
            "src/urls.txt",
            format!("https://example.org/?next=%2F&key%3D{g}%26x=1\n"),
        ),
        ("src/shop.APIKEY", format!("{h}\n")),
    ];
    for (name, content) in &files {
        write(sandbox, &[(name, content.as_bytes())]);
    }
    files.map(|(name, _)| name)
}

fn rule(sandbox: &Sandbox, scanner: &str, file: &str) {
    let rule = sandbox.run(&["scan", "--rules", scanner]).succeeds().stdout;
    write(sandbox, &[(file, rule.as_bytes())]);
}

fn run(command: &mut Command) -> Ran {
    finish(command.spawn().unwrap())
}

#[test]
fn detect_secrets_finds_every_planted_secret_with_the_rule() {
    if !has("detect-secrets", is_installed("detect-secrets")) {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--prefix", "acme", "--argon2", "m=8,t=1,p=1"])
        .succeeds();
    let files = planted(&sandbox);
    rule(&sandbox, "detect-secrets", "apikey_detector.py");
    let args = [
        "scan",
        "--all-files",
        "--plugin",
        "apikey_detector.py",
        "src",
    ];
    let found = run(sandbox.program("detect-secrets").args(args))
        .succeeds()
        .json();
    for file in files {
        let results = found["results"][file].as_array();
        let of_rule = |result: &&serde_json::Value| result["type"] == "apikey acme";
        let count = results.map_or(0, |results| results.iter().filter(of_rule).count());
        assert!(count > 0, "{file}: {found:#}");
    }
}

#[test]
fn gitleaks_finds_every_planted_secret_with_the_rule() {
    if !has("gitleaks", is_installed("gitleaks")) {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox
        .run(&["init", "--prefix", "acme", "--argon2", "m=8,t=1,p=1"])
        .succeeds();
    let files = planted(&sandbox);
    rule(&sandbox, "gitleaks", "gitleaks.toml");
    let args = [
        "dir",
        "--config",
        "gitleaks.toml",
        "--report-path",
        "report.json",
        "src",
    ];
    run(sandbox.program("gitleaks").args(args)).exits(1);
    let report = std::fs::read_to_string(sandbox.path("report.json")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&report).unwrap();
    for file in files {
        let is_found = |leak: &serde_json::Value| {
            leak["RuleID"] == "apikey-acme" && leak["File"].as_str().unwrap().ends_with(file)
        };
        assert!(
            found.as_array().unwrap().iter().any(is_found),
            "{file}: {report}"
        );
    }
}

#[test]
fn scan_itself_finds_every_planted_secret() {
    let sandbox = Sandbox::new();
    let files = planted(&sandbox);
    let found = sandbox.run(&["scan", "src"]).exits(1).stdout;
    for file in files {
        assert!(found.contains(&format!("{file}:")), "{file}: {found}");
    }
    assert_eq!(
        found.lines().filter(|line| line.contains(" live ")).count(),
        9
    );
}

#[test]
fn a_rule_needs_no_right_and_has_the_prefix_of_the_database() {
    let sandbox = Sandbox::staffed();
    for (scanner, line) in [
        (
            "gitleaks",
            "regex = '''apik_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}'''",
        ),
        (
            "detect-secrets",
            "re.compile(r\"apik_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}\")",
        ),
    ] {
        let ran = sandbox
            .as_user("dave", &["scan", "--rules", scanner])
            .succeeds();
        assert!(ran.stdout.contains(line), "{ran:?}");
        assert_eq!(ran.stderr, "");
    }
    sandbox.run(&["scan", "--rules", "nosuch"]).exits(2);
    Sandbox::empty()
        .run(&["scan", "--rules", "gitleaks"])
        .exits(5);
}
