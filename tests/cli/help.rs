//! `apikey help`, and the help of `apikey` itself.

use super::sandbox::{Sandbox, commands, finish};

/// The topics, and a text from each.
const TOPICS: [(&str, &str); 4] = [
    ("exit-codes", "key-not-found"),
    ("permissions", "apikey:own"),
    ("filters", "--unused-for"),
    ("json", "last_used_at"),
];

#[test]
fn help_for_a_command_is_the_output_of_its_help_option() {
    let sandbox = Sandbox::empty();
    let nouns = ["group", "user", "shared-secret"].map(|noun| vec![noun.to_owned()]);
    for path in commands().into_iter().chain(nouns).chain([vec![]]) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        for color in ["never", "always"] {
            let option = [&path[..], &["--help", "--color", color]].concat();
            let command = [&["help"], &path[..], &["--color", color]].concat();
            let expected = sandbox.run(&option).succeeds();
            let ran = sandbox.run(&command).succeeds();
            assert_eq!(ran.stdout, expected.stdout, "{path:?}");
            assert_eq!(ran.stderr, "");
        }
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn the_overview_has_each_command_on_one_line_at_80_columns() {
    let sandbox = Sandbox::empty();
    for option in ["-h", "--help"] {
        let mut command = sandbox.apikey(&[option]);
        let ran = finish(command.env("COLUMNS", "80").spawn().unwrap()).succeeds();
        assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80));
        for (heading, names) in apikey::cli::GROUPS {
            let section = ran.stdout.split_once(&format!("\n{heading}:\n")).unwrap().1;
            let found = section.lines().map(|line| line.split_whitespace().next());
            let found: Vec<&str> = found.map_while(|name| name).collect();
            assert_eq!(found.join(" "), names, "{heading}");
        }
    }
}

#[test]
fn help_for_a_topic_needs_no_right_and_no_database() {
    let sandbox = Sandbox::staffed();
    for (topic, text) in TOPICS {
        for ran in [
            sandbox.as_user("mallory", &["help", topic]),
            sandbox.run(&["--db", "no/such.db", "help", topic]),
        ] {
            let ran = ran.succeeds();
            assert!(ran.stdout.contains(text), "{ran:?}");
            assert_eq!(ran.stderr, "");
        }
        for option in ["-h", "--help"] {
            let help = sandbox.run(&[option]).succeeds().stdout;
            assert!(help.contains("apikey help TOPIC"), "{help}");
            assert!(help.contains(&format!("\n  {topic} ")), "{help}");
        }
        let own = sandbox.run(&["help", "help"]).succeeds().stdout;
        assert!(own.contains(topic), "{own}");
    }
}

#[test]
fn a_topic_is_as_wide_as_the_terminal_but_at_most_100_columns() {
    let sandbox = Sandbox::empty();
    for (topic, _) in TOPICS {
        let widest = |columns: &str| {
            // Without a terminal on stdout, the width is that of COLUMNS, as for clap's help.
            let mut command = sandbox.apikey(&["help", topic]);
            let ran = finish(command.env("COLUMNS", columns).spawn().unwrap()).succeeds();
            assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
            assert!(ran.stdout.ends_with("\n") && !ran.stdout.ends_with("\n\n"));
            let widths = ran.stdout.lines().map(|line| line.chars().count());
            widths.max().unwrap()
        };
        assert!(widest("60") <= 60, "{topic}");
        assert!((80..=100).contains(&widest("200")), "{topic}");
    }
}

#[test]
fn headings_of_a_topic_are_coloured_like_those_of_help() {
    let sandbox = Sandbox::empty();
    let help = |color: &str| {
        let ran = sandbox.run(&["help", "json", "--color", color]).succeeds();
        ran.stdout
    };
    let heading = |help: &str| {
        let mut lines = help.lines().map(str::to_owned);
        lines.find(|line| line.contains("Verdict:")).unwrap()
    };
    assert_eq!(heading(&help("never")), "Verdict:");
    let overview = sandbox.run(&["help", "--color", "always"]).succeeds();
    let mut lines = overview.stdout.lines();
    let usage = lines.find(|line| line.contains("Usage:")).unwrap();
    let style = usage.split("Usage:").next().unwrap();
    assert!(style.contains("\u{1b}["), "{style:?}");
    assert!(lines.any(|line| line.starts_with(&format!("{style}Keys:"))));
    assert!(heading(&help("always")).starts_with(style));
    let mut command = sandbox.apikey(&["help", "json"]);
    let plain = finish(command.env("NO_COLOR", "1").spawn().unwrap());
    assert_eq!(plain.stdout, help("never"));
}

#[test]
fn help_for_an_unknown_command_or_topic_is_wrong_usage() {
    let sandbox = Sandbox::empty();
    for (subject, fact, hint) in [
        (
            &["lst"][..],
            "unrecognized command or topic 'lst'",
            "did you mean 'list'?",
        ),
        (
            &["exit-code"],
            "unrecognized command or topic 'exit-code'",
            "did you mean 'exit-codes'?",
        ),
        (
            &["permission"],
            "unrecognized command or topic 'permission'",
            "did you mean 'permissions'?",
        ),
        (
            &["xyzzy"],
            "unrecognized command or topic 'xyzzy'",
            "see `apikey --help`",
        ),
        (
            &["group", "crate"],
            "`apikey group` has no subcommand 'crate'",
            "did you mean 'create'?",
        ),
        (
            &["group", "json"],
            "`apikey group` has no subcommand 'json'",
            "see `apikey group --help`",
        ),
        (
            &["list", "json"],
            "`apikey list` has no subcommand 'json'",
            "see `apikey list --help`",
        ),
        (
            &["json", "list"],
            "'json' is a topic and takes no further arguments",
            "use `apikey help json`",
        ),
    ] {
        let args = [&["help"], subject].concat();
        let ran = sandbox.run(&args).exits(2);
        assert_eq!(ran.stdout, "", "{subject:?}");
        assert_eq!(ran.stderr, format!("error: {fact}\nhint: {hint}\n"));
        let ran = sandbox.run(&[&args[..], &["--json"]].concat()).exits(2);
        assert_eq!(ran.error_code(), "usage");
    }
}

#[test]
fn a_closed_pipe_after_help_is_no_error() {
    let sandbox = Sandbox::empty();
    for args in [&["help", "json"][..], &["help"], &["help", "create"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = finish(sandbox.apikey(args).stdout(writer).spawn().unwrap());
        assert_eq!(ran.succeeds().stderr, "", "{args:?}");
    }
    sandbox.shell("$APIKEY help json > /dev/full").exits(5);
}
