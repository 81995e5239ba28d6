//! The consoles in the README and in the guides show what the binary prints.

use std::fmt::Write;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use super::examples::path;
use super::markdown::blocks;
use super::sandbox::{Sandbox, finish};
use super::waiting;

/// Returns `text` with secrets, ids, operators and times replaced.
fn redacted(text: &str, home: &str) -> String {
    let login = waiting::run(std::process::Command::new("id").arg("-un"));
    let login = String::from_utf8(login.stdout).unwrap();
    let mut clean = String::new();
    for line in text.replace(home, "~").lines() {
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let is_ago = word.parse::<u8>().is_ok()
                && words.peek().is_some_and(|next| next.starts_with("second"));
            if is_ago {
                // "seconds ago"
                words.nth(1);
            }
            let word = match word {
                secret if secret.starts_with("apik_") && secret.len() == 63 => "SECRET",
                short if short.starts_with("apik_") => "SHORT",
                when if is_ago || when == "now" => "WHEN",
                name if name == "alice" || name == login.trim() => "OPERATOR",
                word => word,
            };
            write!(clean, "{word} ").unwrap();
        }
        clean.push('\n');
    }
    clean
}

#[test]
fn the_readmes_session_shows_what_the_binary_prints() {
    let session = &blocks("README.md", "console")[0];
    let sandbox = Sandbox::empty();
    let home = sandbox.home().canonicalize().unwrap();
    let mut printed = String::new();
    for line in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let mut command = sandbox.program("/bin/sh");
        command
            .args(["-c", &format!("exec 2>&1; {line}")])
            .env("PATH", path());
        let ran = finish(command.spawn().unwrap());
        write!(printed, "$ {line}\n{}", ran.stdout).unwrap();
    }
    let home = home.to_str().unwrap();
    assert_eq!(
        redacted(&printed, home),
        redacted(session, home),
        "printed:\n{printed}"
    );
}

#[test]
fn the_guide_to_backups_shows_what_doctor_prints() {
    let sandbox = Sandbox::empty();
    for name in ["a", "b"] {
        sandbox.key(name);
    }
    std::fs::set_permissions(sandbox.db(), Permissions::from_mode(0o644)).unwrap();
    let printed = sandbox.run(&["doctor"]).exits(1).stdout;
    let shown = &blocks("docs/backup.md", "console")[0];
    let home = sandbox.home().canonicalize().unwrap();
    let redacted = |text: &str, home: &str| -> Vec<String> {
        let is_time = |word: &&str| word.len() >= 20 && word.contains('T') && word.contains('Z');
        let clean = |line: &str| match line.split(' ').find(is_time) {
            Some(time) => line.replace(&time[..20], "TIME"),
            None => line.replace(home, "~"),
        };
        text.lines().map(clean).collect()
    };
    assert_eq!(
        redacted(&printed, home.to_str().unwrap()),
        redacted(
            shown.strip_prefix("$ apikey doctor\n").unwrap(),
            "/home/alice"
        )
    );
}

#[test]
fn the_guide_to_the_policy_shows_a_refusal() {
    let session = &blocks("docs/policy.md", "console")[0];
    let sandbox = Sandbox::new();
    let mut printed = String::new();
    for line in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let mut command = sandbox.program("/bin/sh");
        command
            .args(["-c", &format!("exec 2>&1; {line}")])
            .env("PATH", path());
        write!(
            printed,
            "$ {line}\n{}",
            finish(command.spawn().unwrap()).stdout
        )
        .unwrap();
    }
    assert_eq!(&printed, session);
}
