//! What `init`, `backup` and `restore` leave when they are killed, and that `doctor` names it.

use std::path::PathBuf;

use serde_json::Value;

use super::pty::{ENTER, Terminal};
use super::sandbox::{Sandbox, has};
use super::waiting::is_installed;

const DIRECTORY: &str = ".local/share/apikey";

/// The drafts in the database's directory.
fn drafts(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(sandbox.path(DIRECTORY)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(".db.") || name.starts_with(".keys.db.")
    });
    paths
}

/// What `doctor` says of leftovers.
fn finding(sandbox: &Sandbox) -> Value {
    let findings = sandbox.run(&["doctor", "--json"]).json();
    let mut findings = findings.as_array().unwrap().iter();
    let found = findings.find(|one| one["check"] == "leftovers");
    found.unwrap().clone()
}

#[test]
fn what_a_killed_command_leaves_is_named_with_the_command_that_removes_it() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    for (call, command) in [
        ("(linkat|rename.*)", "init"),
        ("pwrite64", "--db new init"),
        ("pwrite64", "backup copy"),
        ("write", "--db new restore whole --yes"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        sandbox
            .shell(&format!("cd {DIRECTORY}; $APIKEY backup whole"))
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
fn what_a_command_works_on_is_no_leftover() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .shell(&format!("cd {DIRECTORY}; $APIKEY backup whole"))
        .succeeds();
    let line = format!("(cd {DIRECTORY}; \"$APIKEY\" --db new restore whole)");
    let mut terminal = Terminal::open(&sandbox, 100, &line);
    terminal.sees("Restore the backup (active keys: 1, blocked: 0)? [y/N]");
    assert_eq!(drafts(&sandbox).len(), 1);
    assert_eq!(finding(&sandbox)["ok"], true);
    terminal.press(&format!("n{ENTER}"));
    terminal.exits(&sandbox, 1);
    // Names that no draft has are another program's.
    for name in [".db.backups", ".db.1234567", ".keys.db.notes", ".db."] {
        std::fs::create_dir(sandbox.path(&format!("{DIRECTORY}/{name}"))).unwrap();
    }
    std::fs::write(sandbox.path(&format!("{DIRECTORY}/.db.abcdef")), "").unwrap();
    assert_eq!(finding(&sandbox)["ok"], true);
}
