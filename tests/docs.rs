//! What is written down is true: completions and manual are those of the clap
//! definitions, every example runs, the README names every command, its picture and its
//! session show what the binary prints, its Python example and its lines for installing
//! run as printed, and the sources keep to the map of `src/lib.rs`.
//!
//! `APIKEY_BLESS=1 cargo test --test docs` rewrites completions, manual and picture.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails, helpers included"
)]

#[allow(
    dead_code,
    reason = "shared with the tests through the binary, which use all of it"
)]
#[path = "cli/sandbox.rs"]
mod sandbox;
#[allow(
    dead_code,
    reason = "shared with the tests through the binary, which use all of it"
)]
#[path = "cli/waiting.rs"]
mod waiting;

#[path = "docs/examples.rs"]
mod examples;
#[path = "docs/growth.rs"]
mod growth;
#[path = "docs/install.rs"]
mod install;
#[path = "docs/manual.rs"]
mod manual;
#[path = "docs/picture.rs"]
mod picture;
#[path = "docs/security.rs"]
mod security;
#[path = "docs/structure.rs"]
mod structure;
#[path = "docs/topics.rs"]
mod topics;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap_complete::Shell;

use apikey::error::EXIT_CODES;
use manual::pages;
use sandbox::{APIKEY, Sandbox, finish, has};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a checked-in file with what it should be, or writes it.
#[track_caller]
fn check(path: &Path, expected: &[u8]) {
    if std::env::var_os("APIKEY_BLESS").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not current; write it anew with APIKEY_BLESS=1 cargo test --test docs",
        path.display()
    );
}

/// The files in `folder`, by name.
fn names_in(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn completions_are_what_the_command_prints() {
    let sandbox = Sandbox::empty();
    let mut files = Vec::new();
    for (shell, file) in [
        (Shell::Bash, "apikey.bash"),
        (Shell::Zsh, "_apikey"),
        (Shell::Fish, "apikey.fish"),
        (Shell::Elvish, "apikey.elv"),
        (Shell::PowerShell, "_apikey.ps1"),
    ] {
        let script = sandbox
            .run(&["completions", &shell.to_string()])
            .succeeds()
            .stdout;
        check(&root().join("completions").join(file), script.as_bytes());
        files.push(file.to_owned());
    }
    files.sort();
    assert_eq!(names_in("completions"), files);
}

#[test]
fn every_option_and_command_has_a_help_line() {
    for (name, command) in pages() {
        assert!(command.get_about().is_some(), "{name}");
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{name} {}", arg.get_id());
        }
    }
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn the_readme_names_every_command() {
    let readme = readme();
    for (name, command) in pages() {
        if command.is_subcommand_required_set() {
            continue;
        }
        let words = name.replacen("apikey-", "", 1);
        let nouns = ["group", "user", "shared-secret", "log"];
        let below = |noun: &&str| words.strip_prefix(&format!("{noun}-")).map(str::to_owned);
        let found = nouns.iter().find_map(|noun| Some((noun, below(noun)?)));
        let words = found.map_or(words.clone(), |(noun, sub)| format!("{noun} {sub}"));
        assert!(
            readme.contains(&format!("`{words}`")),
            "the README does not name {words}"
        );
    }
    for (code, _) in EXIT_CODES {
        assert!(
            readme.contains(&format!("| {code} |")),
            "the README does not name exit code {code}"
        );
    }
}

/// The contents of the README's code blocks in `language`.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let readme = readme();
    let mut found = Vec::new();
    let mut rest = readme.as_str();
    while let Some((_, after)) = rest.split_once(&fence) {
        let (block, after) = after.split_once("```").unwrap();
        found.push(block.to_owned());
        rest = after;
    }
    found
}

/// `text` with what differs from run to run replaced: secrets, ids, operators
/// and what depends on when.
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
fn the_readmes_session_is_what_happens() {
    let session = &blocks("console")[0];
    let sandbox = Sandbox::empty();
    let home = sandbox.home().canonicalize().unwrap();
    let bin = Path::new(APIKEY).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let mut printed = String::new();
    for line in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let mut command = sandbox.program("/bin/sh");
        command
            .args(["-c", &format!("exec 2>&1; {line}")])
            .env("PATH", &path);
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
fn the_readmes_python_verifies_a_key() {
    let mut argon2 = std::process::Command::new("python3");
    argon2.args(["-c", "import argon2"]);
    let is_there = waiting::is_installed("python3") && waiting::run(&mut argon2).status.success();
    if !has("python3 with argon2-cffi", is_there) {
        return;
    }
    let example = &blocks("python")[0];
    assert!(
        example.lines().count() <= 12,
        "the example has more than twelve lines"
    );
    let sandbox = Sandbox::empty();
    let secret = sandbox.key("demo");
    sandbox.create(&["off", "-g", "readonly"]);
    std::fs::write(sandbox.path("verify.py"), example).unwrap();
    let verify = |secret: &str| {
        let mut command = sandbox.program("python3");
        command
            .arg("verify.py")
            .env("HOME", sandbox.home())
            .stdin(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), secret.as_bytes()).unwrap();
        finish(child)
    };
    assert_eq!(
        verify(&format!("{secret}\n")).succeeds().stdout,
        "accepted\n"
    );
    let used = sandbox.show("demo")["last_used_at"].clone();
    assert!(used.is_string(), "{used}");
    assert!(sandbox.show("off")["last_used_at"].is_null());
    let mut wrong = secret.clone().into_bytes();
    wrong[20] = if wrong[20] == b'a' { b'b' } else { b'a' };
    assert_eq!(
        verify(str::from_utf8(&wrong).unwrap()).exits(1).stdout,
        "refused\n"
    );
    assert_eq!(
        verify(&Sandbox::new().key("demo")).exits(1).stdout,
        "refused\n"
    );
    sandbox.run(&["deactivate", "demo"]).succeeds();
    assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
    sandbox.run(&["activate", "demo"]).succeeds();
    sandbox
        .run(&["set-expiry", "demo", "2020-01-01"])
        .succeeds();
    assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
    sandbox.run(&["set-expiry", "demo", "never"]).succeeds();
    for args in [
        &["user", "add", "alice", "-g", "readonly"][..],
        &["set-owner", "demo", "alice"],
    ] {
        sandbox.run(args).succeeds();
    }
    assert_eq!(verify(&secret).succeeds().stdout, "accepted\n");
    for (stop, back) in [
        (&["deactivate", "alice"][..], &["activate", "alice"][..]),
        (
            &["set-expiry", "alice", "2020-01-01"],
            &["set-expiry", "alice", "90d"],
        ),
    ] {
        sandbox.run(&[&["user"], stop].concat()).succeeds();
        assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
        sandbox.run(&[&["user"], back].concat()).succeeds();
        assert_eq!(verify(&secret).succeeds().stdout, "accepted\n");
    }
}
