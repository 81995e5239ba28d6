//! `backup`, `init` and `restore` under signals and on a failing disk.

use super::backup::on;
use super::sandbox::{Ran, Sandbox, has};
use super::waiting::is_installed;

#[test]
fn a_signal_leaves_no_partial_backup() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["backup", "complete"]).succeeds();
    let before = sandbox.files();
    for signal in ["INT", "TERM", "HUP"] {
        for (call, command) in [
            ("pwrite64", "backup copy"),
            ("write", "--db new/k restore complete --yes"),
        ] {
            let ran = sandbox.shell(&format!(
                "strace -qq -o /dev/null -e trace={call} -e inject={call}:signal={signal}:when=1 \
                 \"$APIKEY\" {command}"
            ));
            ran.exits(130);
            assert_eq!(sandbox.files(), before, "{signal} {command}");
            assert!(!sandbox.path("new").exists(), "{signal} {command}");
        }
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    // HUP is ignored, as under nohup.
    let ignoring_hangup = "trap '' HUP; strace -qq -o /dev/null -e trace=pwrite64 \
                   -e inject=pwrite64:signal=HUP:when=5 \"$APIKEY\" backup copy";
    sandbox.shell(ignoring_hangup).succeeds();
    on(&sandbox, "copy", &["doctor"]).succeeds();
}

/// Runs `args` with the given system calls failing from the `when`th on.
fn failing(sandbox: &Sandbox, calls: &str, when: &str, args: &str) -> Ran {
    sandbox.shell(&format!(
        "strace -qq -o /dev/null -e trace='{calls}' -e inject='{calls}:error=EIO:when={when}' \
         \"$APIKEY\" {args}"
    ))
}

#[test]
fn a_failing_disk_leaves_no_partial_backup() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let before = sandbox.files();
    for (calls, starts) in [
        ("/^(linkat|rename.*)$", &["1+", "2+"][..]),
        ("/^f(data)?sync$", &["1+", "2+", "3+", "4+", "5+", "6+"]),
        ("/^pwrite64$", &["1+", "9+"]),
    ] {
        for when in starts {
            let ran = failing(&sandbox, calls, when, "backup copy --json");
            assert_eq!(ran.exits(5).error_code(), "io", "{calls} {when}");
            assert_eq!(sandbox.files(), before, "{calls} {when}");
        }
    }
    sandbox.run(&["backup", "copy"]).succeeds();
}

#[test]
fn a_failing_disk_leaves_no_partial_database_or_a_warning() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let source = Sandbox::new();
    source.run(&["backup", "copy"]).succeeds();
    let copy = source.path("copy").display().to_string();
    let restore = format!("restore {copy} --yes --json");
    for command in ["init --json", &restore] {
        let (mut failed, mut created) = (0, 0);
        for calls in [
            "/^(linkat|rename.*)$",
            "/^f(data)?sync$",
            "/^pwrite64$",
            "/^openat$",
        ] {
            for n in 1..40 {
                let sandbox = Sandbox::empty();
                let ran = failing(&sandbox, calls, &format!("{n}+"), command);
                match ran.code {
                    0 => break,
                    // The program didn't start.
                    127 => {}
                    7 => {
                        created += 1;
                        sandbox.run(&["doctor"]).succeeds();
                        ran.says("was created, but it is unknown whether it is durable");
                    }
                    code => {
                        failed += 1;
                        assert!(matches!(code, 4 | 5), "{calls} {n}: {ran:?}");
                        assert!(sandbox.files().is_empty(), "{command} {calls} {n}: {ran:?}");
                        assert!(!sandbox.path(".local").exists(), "{command} {calls} {n}");
                    }
                }
            }
        }
        assert!(
            failed > 20 && created > 0,
            "{command}: {failed} and {created}"
        );
    }
}
