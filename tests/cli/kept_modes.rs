//! On a file system without permissions, no file is created that others could read.

use super::sandbox::{Ran, Sandbox, has, is_root};
use super::waiting::is_installed;

/// A sandbox in which all users may access every file in the directory `open`, as on a USB
/// stick with FAT.
struct Open {
    sandbox: Sandbox,
}

impl Open {
    fn new() -> Option<Self> {
        let is_possible = is_root() && is_installed("bindfs") && is_installed("unshare");
        has("root and bindfs", is_possible).then_some(())?;
        let sandbox = Sandbox::new();
        sandbox.shell("mkdir kept open").succeeds();
        Some(Self { sandbox })
    }

    /// Runs a line of sh with `open` mounted, where all files have the given mode.
    fn run(&self, mode: &str, line: &str) -> Ran {
        let line = line.replace('\'', "'\\''");
        self.sandbox.shell(&format!(
            "exec unshare -m /bin/sh -c '
                bindfs --perms={mode} --chmod-ignore kept open || exit 99
                {line}
                code=$?
                umount open
                exit $code'"
        ))
    }
}

/// Every command that creates a file that others must not read, and its exit code.
const COMMANDS: [(&str, i32); 7] = [
    ("create a -g readonly --export open", 6),
    ("create a -g readonly --export open/a.APIKEY --json", 6),
    ("--db open/keys.db init", 5),
    ("--db open/below/keys.db init", 5),
    ("backup open/copy", 5),
    ("--db open/keys.db restore complete --yes", 5),
    ("--db open/keys.db restore complete --inactive", 5),
];

#[test]
fn a_file_system_without_permissions_gets_no_file() {
    let Some(open) = Open::new() else { return };
    open.sandbox.run(&["backup", "complete"]).succeeds();
    let before = open.sandbox.files();
    for mode in ["0755", "0640", "0604"] {
        for (line, code) in COMMANDS {
            let ran = open.run(mode, &format!("$APIKEY {line}; c=$?; ls -A open; exit $c"));
            let ran = ran.exits(code);
            let fact = format!(
                "its file system ignores permissions; other users could access it (mode {mode})"
            );
            assert!(ran.stderr.contains(&fact), "{mode} {line}: {ran:?}");
            assert_eq!(ran.stdout, "", "{mode} {line}: a file is left behind");
            assert_eq!(open.sandbox.files(), before, "{mode} {line}");
        }
    }
    assert_eq!(open.sandbox.count("keys"), 0);
}

#[test]
fn a_file_system_without_permissions_gets_no_shared_secret() {
    let Some(open) = Open::new() else { return };
    open.sandbox
        .shell("cp .local/share/apikey/* kept")
        .succeeds();
    let line = "$APIKEY --db open/keys.db shared-secret create; c=$?; ls -A open >&2; exit $c";
    let ran = open.run("0644", line).exits(5);
    let ran = ran.says("its file system ignores permissions");
    assert!(!ran.stderr.contains("keys.db.shared-secret\n"), "{ran:?}");
    assert!(
        !ran.stderr.contains("keys.db.shared-secret.new\n"),
        "{ran:?}"
    );
}

#[test]
fn a_file_system_where_every_file_is_private_is_accepted() {
    let Some(open) = Open::new() else { return };
    open.sandbox.run(&["backup", "complete"]).succeeds();
    for line in [
        "create a -g readonly --export open",
        "--db open/keys.db init",
        "backup open/copy",
        "--db open/restored.db restore complete --yes",
    ] {
        open.run("0700", &format!("$APIKEY {line}")).succeeds();
    }
}
