//! The documentation is true: completions and manual are generated from the clap
//! definitions, every example in help, README and guides runs, consoles and the picture
//! show what the binary prints, links lead to files, and the sources follow the map in
//! `src/lib.rs`.
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
#[path = "engine/sqlite.rs"]
mod engine;
#[allow(
    dead_code,
    reason = "shared with the tests through the binary, which use all of it"
)]
#[path = "cli/sandbox.rs"]
mod sandbox;
#[cfg(feature = "postgres")]
#[allow(dead_code, reason = "the tests of the store use more of it")]
#[path = "engine/server.rs"]
mod server;
#[allow(
    dead_code,
    reason = "shared with the tests through the binary, which use all of it"
)]
#[path = "cli/waiting.rs"]
mod waiting;

#[path = "docs/english.rs"]
mod english;
#[path = "docs/examples.rs"]
mod examples;
#[path = "docs/growth.rs"]
mod growth;
#[path = "docs/guides.rs"]
mod guides;
#[path = "docs/install.rs"]
mod install;
#[path = "docs/leaks.rs"]
mod leaks;
#[path = "docs/man_programs.rs"]
mod man_programs;
#[path = "docs/manual.rs"]
mod manual;
#[path = "docs/markdown.rs"]
mod markdown;
#[path = "docs/picture.rs"]
mod picture;
#[cfg(feature = "postgres")]
#[path = "docs/postgres.rs"]
mod postgres;
#[path = "docs/recipes.rs"]
mod recipes;
#[path = "docs/security.rs"]
mod security;
#[path = "docs/sessions.rs"]
mod sessions;
#[path = "docs/structure.rs"]
mod structure;
#[path = "docs/topics.rs"]
mod topics;
#[path = "docs/usable_secrets.rs"]
mod usable_secrets;

use std::path::{Path, PathBuf};

use clap_complete::Shell;

use apikey::error::{EXIT_CODES, Kind};
use manual::pages;
use markdown::readme;
use sandbox::Sandbox;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a checked-in file with its expected content, or writes it.
#[track_caller]
fn check(path: &Path, expected: &[u8]) {
    if std::env::var_os("APIKEY_BLESS").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not current; rewrite it with APIKEY_BLESS=1 cargo test --test docs",
        path.display()
    );
}

/// Returns the names of the files in `directory`, sorted.
fn names_in(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(directory)).unwrap();
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

#[test]
fn the_readme_names_every_command() {
    let readme = readme();
    for (name, command) in pages() {
        if command.is_subcommand_required_set() {
            continue;
        }
        let words = name.replacen("apikey-", "", 1);
        let nouns = ["group", "user", "policy", "shared-secret", "log"];
        let below = |noun: &&str| words.strip_prefix(&format!("{noun}-")).map(str::to_owned);
        let found = nouns.iter().find_map(|noun| Some((noun, below(noun)?)));
        let words = found.map_or(words.clone(), |(noun, sub)| format!("{noun} {sub}"));
        assert!(
            readme.contains(&format!("`{words}`")),
            "the README does not name {words}"
        );
    }
}

#[test]
fn the_readmes_exit_codes_are_those_of_the_program() {
    let readme = readme().replace('`', "");
    for (exit, meaning) in EXIT_CODES {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.exit() == exit);
        let codes = kinds.map(Kind::code).collect::<Vec<_>>().join(", ");
        let row = format!("| {exit} | {meaning} | {codes} |").replace("|  |", "| |");
        assert!(readme.contains(&row), "the README has no row {row}");
    }
}
