use super::sandbox::{Sandbox, commands, finish};

/// The topics, and something that each says.
const TOPICS: [(&str, &str); 3] = [
    ("exit-codes", "key-not-found"),
    ("permissions", "apikey:own"),
    ("json", "last_used_at"),
];

#[test]
fn help_on_a_command_is_what_its_help_option_prints() {
    let sandbox = Sandbox::empty();
    let nouns = ["group", "user", "shared-secret"].map(|noun| vec![noun.to_owned()]);
    for words in commands().into_iter().chain(nouns).chain([vec![]]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for color in ["never", "always"] {
            let option = [&words[..], &["--help", "--color", color]].concat();
            let command = [&["help"], &words[..], &["--color", color]].concat();
            let expected = sandbox.run(&option).succeeds();
            let ran = sandbox.run(&command).succeeds();
            assert_eq!(ran.stdout, expected.stdout, "{words:?}");
            assert_eq!(ran.stderr, "");
        }
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn help_on_a_topic_asks_for_no_right_and_no_database() {
    let sandbox = Sandbox::staffed();
    for (topic, says) in TOPICS {
        for ran in [
            sandbox.as_user("mallory", &["help", topic]),
            sandbox.run(&["--db", "no/such.db", "help", topic]),
        ] {
            let ran = ran.succeeds();
            assert!(ran.stdout.contains(says), "{ran:?}");
            assert_eq!(ran.stderr, "");
        }
        for whole in [["-h"], ["--help"]] {
            let help = sandbox.run(&whole).succeeds().stdout;
            assert!(help.contains("apikey help TOPIC"), "{help}");
            assert!(help.contains(&format!("\n  {topic} ")), "{help}");
        }
        let own = sandbox.run(&["help", "help"]).succeeds().stdout;
        assert!(own.contains(topic), "{own}");
    }
}

#[test]
fn a_topic_is_no_wider_than_the_terminal_and_no_wider_than_100_columns() {
    let sandbox = Sandbox::empty();
    for (topic, _) in TOPICS {
        let widest = |columns: &str| {
            // What is asked where stdout is no terminal, for clap's help too.
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
fn headings_of_a_topic_are_coloured_where_help_is() {
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
    let whole = sandbox.run(&["help", "--color", "always"]).succeeds();
    let of_clap = whole.stdout.lines().find(|line| line.contains("Usage:"));
    let style = of_clap.unwrap().split("Usage:").next().unwrap().to_owned();
    assert!(style.contains("\u{1b}["), "{style:?}");
    assert!(heading(&help("always")).starts_with(&style));
    let mut command = sandbox.apikey(&["help", "json"]);
    let unwanted = finish(command.env("NO_COLOR", "1").spawn().unwrap());
    assert_eq!(unwanted.stdout, help("never"));
}

#[test]
fn a_word_that_is_neither_command_nor_topic_is_wrong_usage() {
    let sandbox = Sandbox::empty();
    for (words, fact, hint) in [
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
            "`apikey group` has no command 'crate'",
            "did you mean 'create'?",
        ),
        (
            &["group", "json"],
            "`apikey group` has no command 'json'",
            "see `apikey group --help`",
        ),
        (
            &["list", "json"],
            "`apikey list` has no command 'json'",
            "see `apikey list --help`",
        ),
        (
            &["json", "list"],
            "'json' is a topic, which no other word follows",
            "see `apikey help json`",
        ),
    ] {
        let args = [&["help"], words].concat();
        let ran = sandbox.run(&args).exits(2);
        assert_eq!(ran.stdout, "", "{words:?}");
        assert_eq!(ran.stderr, format!("error: {fact}\nhint: {hint}\n"));
        let ran = sandbox.run(&[&args[..], &["--json"]].concat()).exits(2);
        assert_eq!(ran.error_code(), "usage");
    }
}

#[test]
fn a_reader_that_has_seen_enough_of_help_is_no_error() {
    let sandbox = Sandbox::empty();
    for args in [&["help", "json"][..], &["help"], &["help", "create"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = finish(sandbox.apikey(args).stdout(writer).spawn().unwrap());
        assert_eq!(ran.succeeds().stderr, "", "{args:?}");
    }
    sandbox.shell("$APIKEY help json > /dev/full").exits(5);
}
