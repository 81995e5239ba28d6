//! `doctor` names the files that killed `init`, `backup` and `restore` commands leave behind.

use std::path::PathBuf;

use serde_json::Value;

use super::pty::{ENTER, Terminal};
use super::sandbox::{Sandbox, has};
use super::waiting::is_installed;

const DIRECTORY: &str = ".local/share/apikey";

/// Returns the drafts in the database's directory.
fn drafts(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(sandbox.path(DIRECTORY)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(".db.") || name.starts_with(".keys.db.")
    });
    paths
}

/// Returns `doctor`'s finding about leftovers.
fn finding(sandbox: &Sandbox) -> Value {
    let findings = sandbox.run(&["doctor", "--json"]).json();
    let mut findings = findings.as_array().unwrap().iter();
    let found = findings.find(|finding| finding["check"] == "leftovers");
    found.unwrap().clone()
}

#[test]
fn doctor_names_the_leftovers_of_killed_commands_and_how_to_remove_them() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    for (call, command) in [
        ("(linkat|rename.*)", "init"),
        ("pwrite64", "--db new init"),
        ("pwrite64", "backup copy"),
        ("write", "--db new restore complete --yes"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox
            .shell(&format!("cd {DIRECTORY}; $APIKEY backup complete"))
            .succeeds();
        assert_eq!(finding(&sandbox)["ok"], true);
        if command == "init" {
            sandbox
                .shell(&format!("rm {DIRECTORY}/keys.db*"))
                .succeeds();
        }
        let killed = sandbox.shell(&format!(
            "cd {DIRECTORY}; exec strace -qq -o /dev/null -e 'trace=/^{call}$' \
             -e 'inject=/^{call}$:signal=KILL:when=1' $APIKEY {command}"
        ));
        assert_eq!(killed.code, 137, "{command}: {killed:?}");
        let left = drafts(&sandbox);
        assert!(!left.is_empty(), "{command}");
        if command == "init" {
            sandbox.run(&["init"]).succeeds();
        }
        let found = finding(&sandbox);
        assert_eq!(found["ok"], false, "{command}");
        let message = found["message"].as_str().unwrap();
        assert!(message.contains("/.db."), "{command}: {message}");
        sandbox.shell(found["mend"].as_str().unwrap()).succeeds();
        assert!(drafts(&sandbox).is_empty(), "{command}");
        assert_eq!(finding(&sandbox)["ok"], true);
    }
}

#[test]
fn the_draft_of_a_running_command_is_no_leftover() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .shell(&format!("cd {DIRECTORY}; $APIKEY backup complete"))
        .succeeds();
    let line = format!("(cd {DIRECTORY}; \"$APIKEY\" --db new restore complete)");
    let mut terminal = Terminal::open(&sandbox, 100, &line);
    terminal.sees("Restore the backup (active keys: 1, blocked: 0)? [y/N]");
    assert_eq!(drafts(&sandbox).len(), 1);
    assert_eq!(finding(&sandbox)["ok"], true);
    terminal.press(&format!("n{ENTER}"));
    terminal.exits(&sandbox, 1);
    // Files of other programs are no leftovers: no draft has such names.
    for name in [".db.backups", ".db.1234567", ".keys.db.notes", ".db."] {
        std::fs::create_dir(sandbox.path(&format!("{DIRECTORY}/{name}"))).unwrap();
    }
    std::fs::write(sandbox.path(&format!("{DIRECTORY}/.db.abcdef")), "").unwrap();
    assert_eq!(finding(&sandbox)["ok"], true);
}
