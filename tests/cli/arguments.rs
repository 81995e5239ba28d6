//! Every argument of every command, from clap's definitions: none accepts a secret, and no help
//! or error shows a value of the environment.

use clap::{Arg, ArgAction};

use super::complete::ask;
use super::sandbox::{Ran, Sandbox, finish};

/// Returns every command, including hidden ones and the program itself, with its path.
pub fn all() -> Vec<(Vec<String>, clap::Command)> {
    fn add(
        path: &[String],
        command: &clap::Command,
        found: &mut Vec<(Vec<String>, clap::Command)>,
    ) {
        found.push((path.to_owned(), command.clone()));
        for sub in command.get_subcommands() {
            add(&[path, &[sub.get_name().to_owned()]].concat(), sub, found);
        }
    }
    let mut found = Vec::new();
    add(&[], &apikey::cli::command(), &mut found);
    assert!(found.len() >= 42);
    found
}

/// Returns every way to give `text` as `arg`, alone or inside a longer text.
fn ways_to_give(arg: &Arg, text: &str) -> Vec<Vec<String>> {
    let longer = format!("see https://example.com/?key={text}&more");
    let mut ways = Vec::new();
    for text in [text, &longer] {
        if let Some(long) = arg.get_long() {
            ways.push(vec![format!("--{long}={text}")]);
            if matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
                ways.push(vec![format!("--{long}"), text.to_owned()]);
            }
        }
        if let Some(short) = arg.get_short() {
            ways.push(vec![format!("-{short}{text}")]);
            ways.push(vec![format!("-{short}"), text.to_owned()]);
        }
        if arg.is_positional() {
            ways.push(vec![text.to_owned()]);
            ways.push(vec!["--".to_owned(), text.to_owned()]);
            ways.push(vec!["filler".to_owned(), text.to_owned()]);
        }
    }
    ways
}

/// Returns ways to give `text` to any command as an unexpected argument.
fn unexpected(text: &str) -> Vec<Vec<String>> {
    let ways = [
        &[text][..],
        &["filler", "filler", "filler", text],
        &["--", text],
        &[&format!("--{text}")],
        &[&format!("-{text}")],
        &[&format!("--no-such-option={text}")],
        &["--help", text],
        &["--db", &format!("/tmp/{text}/keys.db")],
        &[&format!("--db=file:{text}?mode=rw")],
    ]
    .map(|way| way.iter().map(|argument| (*argument).to_owned()).collect());
    ways.into()
}

#[track_caller]
fn check_is_not_repeated(ran: &Ran, secret: &str) {
    for random in secret.as_bytes()[14..].windows(10) {
        let random = str::from_utf8(random).unwrap();
        let is_repeated = ran.stdout.contains(random) || ran.stderr.contains(random);
        assert!(!is_repeated, "{ran:?}");
    }
}

#[test]
fn a_secret_is_refused_as_any_argument_of_any_command_and_never_repeated() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let before = (sandbox.content(), sandbox.files());
    let mut count = 0;
    for (path, command) in all() {
        let ways = command
            .get_arguments()
            .flat_map(|arg| ways_to_give(arg, &secret));
        for way in ways.chain(unexpected(&secret)) {
            let args = [&path[..], &way].concat();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            // In front, since an argument after `--` is no option.
            let ran = sandbox.run(&[&["--json"], &args[..]].concat());
            assert_eq!((ran.code, &*ran.stdout), (2, ""), "{args:?}: {ran:?}");
            assert_eq!(ran.error_code(), "usage", "{args:?}");
            check_is_not_repeated(&ran, &secret);
            let ran = sandbox.run(&args);
            assert_eq!((ran.code, &*ran.stdout), (2, ""), "{args:?}: {ran:?}");
            check_is_not_repeated(&ran, &secret);
            let fact = "error: a secret is among the arguments";
            assert!(ran.stderr.starts_with(fact), "{args:?}: {ran:?}");
            assert_eq!(ran.stderr.lines().count(), 2, "{args:?}: {ran:?}");
            count += 1;
        }
    }
    assert!(count > 500, "only {count}");
    assert_eq!((sandbox.content(), sandbox.files()), before);
}

#[test]
fn completion_does_not_repeat_a_secret() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let inside = format!("--db=/tmp/{secret}");
    for words in [
        &["show", &secret][..],
        &["show", &secret, ""],
        &["show", "a", &format!("--{secret}")],
        &[&secret, ""],
        &[&inside, "show", ""],
        &["--db", &secret],
        &["create", "b", "--group", &format!("readonly{secret}")],
        &["create", "b", "--export", &secret],
    ] {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let ran = ask(&sandbox, shell, words, &[]);
            check_is_not_repeated(&ran.succeeds(), &secret);
        }
    }
}

/// Returns every environment variable that `config` or a dependency reads.
fn variables() -> Vec<&'static str> {
    let config = include_str!("../../src/config.rs");
    let is_name = |text: &&str| {
        let has_letters = text.bytes().all(|c| c.is_ascii_uppercase() || c == b'_');
        has_letters && text.len() > 3
    };
    let mut named: Vec<&str> = config.split('"').filter(is_name).collect();
    for name in ["APIKEY_DB", "SUDO_USER", "TERM", "HOME", "_APIKEY_COMPLETE"] {
        assert!(named.contains(&name), "{name}");
    }
    let read_by_dependencies = [
        "COLUMNS",
        "LINES",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "TZ",
        "LANG",
    ];
    named.extend(read_by_dependencies);
    named.extend(["XDG_DATA_HOME", "TERMINFO", "SHELL", "USER", "LOGNAME"]);
    named
}

#[test]
fn no_help_and_no_usage_error_shows_a_value_of_the_environment() {
    const MARKER: &str = "a-value-of-the-environment";
    let sandbox = Sandbox::empty();
    let run = |path: &[String], args: &[&str]| {
        let mut command = sandbox.program(super::sandbox::APIKEY);
        command.args(path).args(args);
        command.envs(variables().into_iter().map(|name| (name, MARKER)));
        let ran = finish(command.spawn().unwrap());
        let shown = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!shown.contains(MARKER), "{path:?} {args:?}: {ran:?}");
        ran
    };
    for (path, command) in all() {
        for help in ["--help", "-h"] {
            let help = run(&path, &[help]).succeeds();
            assert!(help.stdout.contains("Usage:"), "{path:?}: {help:?}");
        }
        let help = [&["help".to_owned()], &path[..]].concat();
        if !command.is_hide_set() {
            run(&help, &[]).succeeds();
        }
        run(&path, &["--no-such-option"]).exits(2);
        run(&path, &["--color", "no-such-colour"]).exits(2);
        for arg in command.get_arguments().filter_map(Arg::get_long) {
            let way = format!("--{arg}=\u{7f}");
            let ran = run(&path, &[&way, "--no-such-option"]);
            assert_eq!(ran.code, 2, "{path:?} {way}: {ran:?}");
        }
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_secret_in_the_environment_is_not_repeated() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for name in variables() {
        if name == "_APIKEY_COMPLETE" {
            continue;
        }
        for args in [
            &["list"][..],
            &["show", "nosuch", "--json"],
            &["verify"],
            &["create"],
            &["init"],
            &["--help"],
        ] {
            let mut command = sandbox.apikey(args);
            command.env(name, &secret);
            check_is_not_repeated(&finish(command.spawn().unwrap()), &secret);
        }
    }
}
