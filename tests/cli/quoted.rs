//! Tests how errors quote arguments: only the beginning of a long value, and no temporary path.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, commands, has};
use super::waiting::is_installed;

/// Returns the arguments of the command that `path` names.
fn arguments(path: &[String]) -> Vec<clap::Arg> {
    let mut command = &apikey::cli::command();
    let mut globals: Vec<clap::Arg> = command.get_arguments().cloned().collect();
    for name in path {
        command = command.find_subcommand(name).unwrap();
    }
    globals.extend(command.get_arguments().cloned());
    globals.retain(|arg| arg.get_action().takes_values());
    globals
}

/// Runs every command once for each of its arguments, with `value` for this argument and no other
/// options.
fn for_each_argument(value: &str, check: impl Fn(&str, &super::sandbox::Ran)) {
    let sandbox = Sandbox::new();
    let mut count = 0;
    for path in commands() {
        for arg in arguments(&path) {
            let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
            let option = arg.get_long().map(|long| format!("--{long}={value}"));
            match &option {
                Some(option) => args.push(option),
                // All positional arguments together: the first wrong one is reported.
                None => args.extend([value; 2]),
            }
            args.extend(["--no-input", "--yes"]);
            let ran = sandbox.run(&args);
            let named = format!("{} {}", path.join(" "), arg.get_id());
            assert!(!ran.stderr.contains("panicked"), "{named}: {ran:?}");
            check(&named, &ran);
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn no_error_repeats_more_than_the_beginning_of_a_long_argument() {
    // More characters than a path may have, and fewer bytes than an argument may have.
    for value in ["é".repeat(2000), "/x".repeat(1000)] {
        let quoted: String = value.chars().take(501).collect();
        for_each_argument(&value, |named, ran| {
            assert!(!ran.stderr.contains(&quoted), "{named}: {ran:?}");
            assert!(ran.stderr.chars().count() < 2000, "{named}: {ran:?}");
        });
    }
}

#[test]
fn an_error_quotes_the_beginning_of_a_long_text() {
    let sandbox = Sandbox::new();
    let long = format!("begins{}", " and continues".repeat(200));
    for args in [
        &["create", "a", "-g", "readonly", "-d", &long][..],
        &["set-description", "a", &long],
        &["list", "--search", &long],
        &["user", "add", "u", "--description", &long],
    ] {
        let ran = sandbox.run(args).exits(2);
        let ran = ran
            .says("'begins and continues")
            .says("…'")
            .says("at most 1,000 are allowed");
        assert!(ran.stderr.len() < 400, "{ran:?}");
    }
}

#[test]
fn no_error_has_the_words_of_a_number_parser() {
    for value in ["x", "-1", "99999999999999999999"] {
        for_each_argument(value, |named, ran| {
            for phrase in [
                "invalid digit",
                "digit found",
                "too large to fit",
                "in string",
            ] {
                assert!(!ran.stderr.contains(phrase), "{named} {value}: {ran:?}");
            }
        });
    }
    let sandbox = Sandbox::new();
    for command in ["list", "log"] {
        for value in ["x", "0", "-1", "1.5", "", "99999999999999999999"] {
            let limit = format!("--limit={value}");
            let ran = sandbox.run(&[command, &limit, "--json"]).exits(2);
            assert_eq!(ran.error_code(), "invalid-input", "{value}");
        }
        let ran = sandbox.run(&[command, "--limit", "x"]).exits(2);
        ran.says("give a whole number of at least 1, such as 20");
    }
}

#[sqlite_only("restores a file")]
#[test]
fn a_missing_backup_is_reported_before_a_missing_terminal() {
    let sandbox = Sandbox::new();
    let restore = |backup: &str| sandbox.run(&["--db", "new.db", "restore", backup, "--json"]);
    assert_eq!(restore("nosuch").exits(5).error_code(), "database-missing");
    std::fs::write(sandbox.path("other"), "not a database").unwrap();
    assert_eq!(restore("other").exits(5).error_code(), "database-foreign");
    sandbox.run(&["backup", "copy"]).succeeds();
    let before = sandbox.files();
    assert_eq!(restore("copy").exits(2).error_code(), "usage");
    assert_eq!(sandbox.files(), before);
    let existing = sandbox.run(&["restore", "copy"]);
    existing.exits(3).says("already exists");
}

#[sqlite_only("drafts of files")]
#[test]
fn no_error_names_a_temporary_path() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    const CALLS: [&str; 12] = [
        "openat",
        "mkdir",
        "fchmod",
        "chmod",
        "pwrite64",
        "write",
        "fsync",
        "ftruncate",
        "linkat",
        "renameat2",
        "rename",
        "unlink",
    ];
    const ERRORS: [&str; 5] = ["EIO", "EACCES", "EROFS", "ENOSPC", "EPERM"];
    let template = Sandbox::new();
    template.key("a");
    template.run(&["shared-secret", "create"]).succeeds();
    template.run(&["backup", "original"]).succeeds();
    let mut failed = 0;
    for line in [
        "backup copy",
        "--db new/keys.db init",
        "--db new.db restore original --yes",
        "create b -g readonly --export .",
        "shared-secret rotate",
    ] {
        for (at, call) in CALLS.iter().enumerate() {
            for (when, error) in (1..8).zip(ERRORS.iter().cycle().skip(at)) {
                let ran = template.shell(&format!(
                    "mkdir work && cp -a .local original original.usage work && cd work && HOME=$PWD
                     strace -qq -o /dev/null -e trace=?{call} \
                         -e inject=?{call}:error={error}:when={when} $APIKEY {line} > out
                     code=$?; cd ..; rm -r work; exit $code"
                ));
                failed += i32::from(ran.code != 0);
                for name in ["/.db.", "/.keys.db.", "/.apikey-", ".new"] {
                    let is_named = ran.stderr.contains(name);
                    assert!(!is_named, "{line} {call} {error} {when}: {ran:?}");
                }
            }
        }
    }
    assert!(failed > 50, "{failed}");
}
