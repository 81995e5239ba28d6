//! A database is used only in a directory where no user but its owner and root may create
//! files, and no file is created through another user's directory.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::complete::offered;
use super::sandbox::{Ran, Sandbox, commands, finish, mode};
use super::waiting::in_time;

const DIRECTORY: &str = ".local/share/apikey";

/// A command line for each command that opens the database.
pub const OPENING: &[&[&str]] = &[
    &["create", "b", "-g", "readonly"],
    &["import", "-", "--scheme", "plain", "--shape", ":40:hex"],
    &["list"],
    &["review"],
    &["show", "a"],
    &["activate", "a"],
    &["deactivate", "a"],
    &["rename", "a", "b"],
    &["set-groups", "a", "admin"],
    &["set-description", "a", "x"],
    &["set-owner", "a", "--none"],
    &["set-app", "a", "x"],
    &["set-expiry", "a", "never"],
    &["set-permissions", "a", "--none"],
    &["set-meta", "a", "x=y"],
    &["rotate", "a", "--overlap", "1h"],
    &["finish-rotation", "a"],
    &["cancel-rotation", "a", "--yes"],
    &["renew", "s", "--overlap", "1h"],
    &["delete", "a", "--yes"],
    &["verify"],
    &["scan", "."],
    &["group", "create", "g"],
    &["group", "list"],
    &["group", "show", "admin"],
    &["group", "set-permissions", "admin", "--none"],
    &["group", "set-description", "admin", "x"],
    &["group", "rename", "readonly", "x"],
    &["group", "delete", "readonly", "--yes"],
    &["policy"],
    &["policy", "set", "max-age", "90d"],
    &["policy", "unset", "max-age"],
    &["user", "add", "u"],
    &["user", "list"],
    &["user", "show", "u"],
    &["user", "activate", "u"],
    &["user", "deactivate", "u"],
    &["user", "set-groups", "u", "admin"],
    &["user", "set-expiry", "u", "never"],
    &["user", "rename", "u", "v"],
    &["user", "delete", "u", "--yes"],
    &["shared-secret", "create"],
    &["shared-secret", "show"],
    &["shared-secret", "rotate"],
    &["shared-secret", "delete", "--yes"],
    &["shared-secret", "sign"],
    &["shared-secret", "check", "sha256=00"],
    &["log"],
    &["log", "head"],
    &["log", "verify"],
    &["doctor"],
    &["backup", "copy"],
];

fn chmod(sandbox: &Sandbox, directory: &str, mode: u32) {
    let path = sandbox.path(directory);
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub fn contents(sandbox: &Sandbox) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| (std::fs::read(&path).unwrap(), path);
    let files = sandbox.files().into_iter().map(read);
    files.map(|(bytes, path)| (path, bytes)).collect()
}

#[test]
fn no_command_uses_a_database_next_to_which_others_may_create_files() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    let not_opening = ["init", "restore", "completions", "help"];
    for command in commands() {
        let is_listed = OPENING.iter().any(|args| {
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            args.starts_with(&command)
        });
        assert!(
            is_listed || not_opening.contains(&command[0].as_str()),
            "{command:?}"
        );
    }
    for directory_mode in [0o1777, 0o777, 0o703] {
        chmod(&sandbox, DIRECTORY, directory_mode);
        let before = contents(&sandbox);
        for args in OPENING {
            let ran = sandbox.feed(&[args, &["--json"][..]].concat(), &secret);
            assert_eq!(ran.code, 4, "{directory_mode:o} {args:?}: {ran:?}");
            assert_eq!(ran.error_code(), "not-permitted", "{args:?}");
            assert_eq!(ran.stdout, "", "{args:?}");
            ran.says("directory of its own");
            assert!(contents(&sandbox) == before, "{directory_mode:o} {args:?}");
        }
        let batch = sandbox.feed(&["verify", "--batch"], format!("{secret}\n"));
        assert_eq!(batch.exits(4).stdout, "error not-permitted\n");
        assert_eq!(offered(&sandbox, "show "), [""; 0]);
        chmod(&sandbox, DIRECTORY, 0o700);
        sandbox.run(&["show", "a"]).succeeds();
    }
}

#[test]
fn a_running_batch_notices_that_others_may_create_files() {
    use std::io::{BufRead, BufReader, Write};

    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = sandbox.apikey(&["verify", "--batch"]);
    let mut child = batch.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut verify = || {
        writeln!(stdin, "{secret}").unwrap();
        let mut verdict = String::new();
        in_time(pid, "a verdict", || stdout.read_line(&mut verdict)).unwrap();
        verdict
    };
    assert_eq!(verify(), "accepted a\n");
    chmod(&sandbox, DIRECTORY, 0o1777);
    assert_eq!(verify(), "error not-permitted\n");
    chmod(&sandbox, DIRECTORY, 0o700);
    assert_eq!(verify(), "accepted a\n");
    drop(stdin);
    finish(child).exits(4);
}

#[test]
fn the_hint_gives_the_database_a_directory_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["shared-secret", "create"]).succeeds();
    let command = |ran: Ran, before: &str| {
        let (_, command) = ran.stderr.split_once(before).unwrap();
        sandbox.shell(&format!("set -e; {command}")).succeeds();
    };
    chmod(&sandbox, DIRECTORY, 0o777);
    command(sandbox.run(&["list"]).exits(4), "or run: ");
    assert_eq!(mode(&sandbox.path(DIRECTORY)), 0o775);
    sandbox.run(&["list"]).succeeds();

    chmod(&sandbox, DIRECTORY, 0o1777);
    command(sandbox.run(&["list"]).exits(4), "of its own: ");
    assert_eq!(mode(&sandbox.path(DIRECTORY)), 0o1777);
    let moved = sandbox.path(DIRECTORY).join("apikey/keys.db");
    let moved = moved.to_str().unwrap();
    sandbox.run(&["--db", moved, "doctor"]).succeeds();
    let shared = ["--db", moved, "shared-secret", "show"];
    sandbox.run(&shared).succeeds();
}

#[test]
fn no_database_is_created_where_others_may_create_files() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["backup", "copy"]).succeeds();
    std::fs::remove_file(sandbox.db()).unwrap();
    std::fs::create_dir(sandbox.path("open")).unwrap();
    for directory_mode in [0o777, 0o1777, 0o702] {
        chmod(&sandbox, DIRECTORY, directory_mode);
        chmod(&sandbox, "open", directory_mode);
        let before = contents(&sandbox);
        for args in [
            &["init"][..],
            &["create", "a", "-g", "readonly"],
            &["group", "create", "g"],
            &["user", "add", "u"],
            &["restore", "copy", "--yes"],
            &["--db", "open/k.db", "init"],
            &["--db", "open/k.db", "restore", "copy", "--inactive"],
        ] {
            let ran = sandbox.run(&[args, &["--json"]].concat()).exits(4);
            assert_eq!(ran.error_code(), "not-permitted", "{args:?}");
            assert!(contents(&sandbox) == before, "{args:?}");
        }
        // Below it, only users who may rename the new directory could replace the database.
        let below = ["--db", "open/new/k.db", "init"];
        match directory_mode & 0o1000 {
            0 => sandbox.run(&below).exits(4).says("could replace files in"),
            _ => sandbox.run(&below).succeeds(),
        };
        // Others must not be able to replace a backup, but may create files next to it.
        let backup = ["--db", "other/k.db", "backup", "open/copy"];
        let _ = sandbox.run(&["--db", "other/k.db", "init"]);
        match directory_mode & 0o1000 {
            0 => sandbox.run(&backup).exits(4).says("chmod o-w "),
            _ => sandbox.run(&backup).succeeds(),
        };
        std::fs::remove_dir_all(sandbox.path("open")).unwrap();
        std::fs::create_dir(sandbox.path("open")).unwrap();
    }
}

#[test]
fn a_path_with_a_literal_tilde_quotes_or_control_characters_is_refused() {
    let sandbox = Sandbox::empty();
    let run = |args: &[&str], variable: &str| {
        let mut command = sandbox.apikey(args);
        finish(command.env("APIKEY_DB", variable).spawn().unwrap())
    };
    for path in [
        "~/x",
        "~",
        "~root/x",
        "'k.db'",
        "\"k.db\"",
        "o'brien.db",
        "keys.db\r",
        "keys.db\n",
        "a\tb.db",
        "a\u{7f}",
        "a\u{85}",
        "\u{1b}[2J",
    ] {
        for command in [
            &["init"][..],
            &["create", "a", "-g", "readonly"],
            &["list"],
            &["restore", "copy", "--yes"],
        ] {
            let ran = run(&[command, &["--json"]].concat(), path).exits(2);
            assert_eq!(ran.error_code(), "invalid-input", "{path:?}");
            ran.says("APIKEY_DB ");
            let named = [&["--db", path, "--json"], command].concat();
            let ran = run(&named, "").exits(2);
            assert_eq!(ran.error_code(), "invalid-input", "{path:?}");
            ran.says("--db ");
            assert!(sandbox.files().is_empty(), "{path:?}");
            assert_eq!(std::fs::read_dir(sandbox.home()).unwrap().count(), 0);
        }
    }
    run(&["--db", "", "init"], "").exits(2).says("--db");
    // Empty means unset, and ~ is refused only at the beginning.
    run(&["--db", "./~/x~", "init"], "").succeeds();
    assert!(sandbox.path("~/x~").is_file());
    run(&["init"], "").succeeds();
    assert!(sandbox.db().is_file());
}
