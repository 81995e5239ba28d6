//! Rules for every command.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, finish};

#[sqlite_only("names another file")]
#[test]
fn global_options_may_precede_or_follow_the_command() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["--db", "k.db", "init"]).succeeds();
    sandbox
        .run(&["create", "a", "-g", "readonly", "--db", "k.db"])
        .succeeds();
    let before = sandbox
        .run(&["--json", "--db", "k.db", "-q", "list"])
        .succeeds()
        .stdout;
    let after = sandbox
        .run(&["list", "--json", "--db", "k.db", "-q"])
        .succeeds()
        .stdout;
    assert_eq!(before, after);
    sandbox
        .run(&[
            "--wide",
            "--utc",
            "--color",
            "never",
            "--no-input",
            "-y",
            "--db=k.db",
            "list",
        ])
        .succeeds();
    sandbox
        .run(&["group", "--json", "list", "--db", "k.db"])
        .succeeds()
        .json();
}

#[sqlite_only("creates the default file")]
#[test]
fn quiet_omits_the_note_of_a_new_database() {
    let ran = Sandbox::empty().run(&["-q", "create", "a", "-g", "readonly"]);
    assert_eq!(ran.succeeds().stderr, "");
}

#[test]
fn quiet_omits_notes_but_no_errors() {
    let sandbox = Sandbox::new();
    let ran = sandbox
        .run(&["-q", "create", "a", "-g", "readonly"])
        .succeeds();
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.len(), 64);
    assert_eq!(
        sandbox.run(&["deactivate", "a", "-q"]).succeeds().stderr,
        ""
    );
    assert_eq!(sandbox.run(&["delete", "a", "-qy"]).succeeds().stderr, "");
    assert_ne!(sandbox.run(&["show", "a", "-q"]).exits(3).stderr, "");
}

#[test]
fn a_change_prints_only_json_on_stdout() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for args in [
        &["deactivate", "a"][..],
        &["rename", "a", "b"],
        &["set-groups", "b", "admin"],
        &["set-description", "b", "x"],
        &["set-app", "b", "x"],
        &["set-expiry", "b", "90d"],
        &["group", "create", "g"],
        &["delete", "b", "-y"],
    ] {
        let ran = sandbox.run(args).succeeds();
        assert_eq!(ran.stdout, "", "{args:?}");
        assert_ne!(ran.stderr, "", "{args:?}");
    }
}

#[test]
fn text_shaped_like_a_secret_is_not_repeated() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mistyped = format!("{}0{}", &secret[..40], &secret[41..]).replace("apik_", "apix_");
    let cut = &secret[..50];
    for args in [
        &["show", &mistyped][..],
        &[&mistyped],
        &["--format", &mistyped, "list"],
        &["list", &format!("--{mistyped}")],
        &["--db", &mistyped, "list"],
        &["verify", "--key-file", &mistyped],
        &["verify", "--key-env", &mistyped],
        &["create", "b", "-g", &mistyped],
        &["create", "b", "-g", cut],
        &["rename", "a", "b", &mistyped],
        &["list", "--sort", &mistyped],
        &["set-expiry", "a", &mistyped],
    ] {
        for format in [&[][..], &["--json"]] {
            let ran = sandbox.run(&[format, args].concat());
            assert!(ran.code != 0, "{args:?}");
            assert!(!ran.stderr.contains(&secret[16..30]), "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn a_message_has_no_control_characters() {
    let sandbox = Sandbox::new();
    for arg in ["\u{1b}[2J", "a\nerror: forged", "\u{202e}x"] {
        for args in [
            &["show", arg][..],
            &[arg],
            &["list", "--sort", arg],
            &["--db", arg, "list"],
        ] {
            let ran = sandbox.run(args);
            assert!(ran.code != 0);
            let is_unsafe = ran.stderr.contains(['\u{1b}', '\u{202e}'])
                || ran.stderr.contains("\nerror: forged");
            assert!(!is_unsafe, "{args:?}: {:?}", ran.stderr);
        }
    }
}

#[test]
fn arguments_and_environment_that_are_no_text_cause_no_panic() {
    let sandbox = Sandbox::new();
    let bytes = OsStr::from_bytes(b"\xff\x80");
    for count in 0..3 {
        let mut command = sandbox.apikey(&["show", "--db", "x"][..count]);
        let ran = finish(command.arg(bytes).spawn().unwrap());
        assert!(matches!(ran.code, 2 | 5), "{ran:?}");
    }
    let mut command = sandbox.apikey(&["list"]);
    command
        .env("APIKEY_DB", bytes)
        .env("NO_COLOR", bytes)
        .env("TERM", bytes)
        .env("SUDO_USER", bytes)
        .env("COLUMNS", bytes);
    finish(command.spawn().unwrap()).exits(5);
    // The second is the byte order mark of UTF-16.
    for (bytes, code) in [(bytes, 1), (OsStr::from_bytes(b"\xff\xfe"), 2)] {
        let mut command = sandbox.apikey(&["verify", "--key-env", "KEY"]);
        finish(command.env("KEY", bytes).spawn().unwrap()).exits(code);
    }
}

#[sqlite_only("names another file")]
#[test]
fn a_missing_empty_or_relative_home_causes_no_panic() {
    let sandbox = Sandbox::empty();
    let with_home = |home: Option<&str>| {
        let mut command = sandbox.apikey(&["--db", "k.db", "list"]);
        command.env_remove("HOME");
        if let Some(home) = home {
            command.env("HOME", home);
        }
        finish(command.spawn().unwrap())
    };
    for home in [None, Some(""), Some("here")] {
        with_home(home).exits(5).says("there is no database");
    }
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn closed_streams_change_only_the_exit_code_of_a_failed_delivery() {
    for number in 0..8 {
        let closed = |at: usize| number >> at & 1 == 1;
        let redirections: Vec<&str> = ["<&-", ">&-", "2>&-"]
            .into_iter()
            .enumerate()
            .filter_map(|(at, text)| closed(at).then_some(text))
            .collect();
        let closed_all = redirections.join(" ");
        let no_delivery = if closed(1) { 6 } else { 0 };
        let sandbox = Sandbox::new();
        sandbox.key("a");
        for (line, code) in [
            ("list", 0),
            ("show a", 0),
            ("show nosuch", 3),
            ("set-description a x", 0),
            ("create b -g readonly", no_delivery),
            ("create c -g readonly --export c", 0),
            ("verify --key-file c", 0),
            ("verify --key-file nowhere", 2),
            ("shared-secret create", no_delivery),
            ("create", 2),
            ("delete a", 2),
            ("delete a --yes", 0),
            ("init", 3),
            ("help list", 0),
            ("list --frobnicate", 2),
        ] {
            for json in ["", "--json"] {
                // A change can't be repeated with --json.
                let line = match (json, line.split(' ').next()) {
                    ("", _) | (_, Some("list" | "show" | "verify" | "init")) => line,
                    _ => continue,
                };
                let ran = sandbox.shell(&format!("$APIKEY {line} {json} {closed_all}"));
                assert_eq!(ran.code, code, "{line} {json} {closed_all}: {ran:?}");
                assert!(!ran.stderr.contains("panicked"), "{ran:?}");
            }
        }
        assert_eq!(sandbox.count("keys"), if closed(1) { 1 } else { 2 });
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for closed in [">&-", "2>&-", ">&- 2>&-"] {
        let line = format!("echo x | $APIKEY verify {closed}");
        sandbox.shell(&line).exits(1);
    }
    // A note that can't be written changes no exit code.
    sandbox.shell("$APIKEY deactivate a 2>/dev/full").succeeds();
    sandbox.shell("$APIKEY show nosuch 2>/dev/full").exits(3);
}

#[test]
fn json_that_cannot_be_written_is_an_unknown_outcome_only_after_a_change() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("off");
    sandbox.run(&["deactivate", "off"]).succeeds();
    sandbox.run(&["user", "add", "alice"]).succeeds();
    sandbox.run(&["rotate", "a", "--overlap", "0s", "--export", "s"]);
    let before = sandbox.content();
    for line in [
        "deactivate a --dry-run",
        "deactivate --search a --dry-run",
        "deactivate --search nosuch --yes",
        "deactivate off",
        "rename a a",
        "set-description a ''",
        "create a -g readonly --if-absent",
        "renew s --overlap 1h --if-older-than 1d",
        "policy unset max-age",
        "group rename admin admin",
        "group set-permissions readonly '*:read'",
        "user activate alice",
        "user set-groups alice --none",
        "user set-expiry alice never",
    ] {
        let ran = sandbox.shell(&format!("$APIKEY {line} --json > /dev/full"));
        assert_eq!(ran.code, 5, "{line}: {ran:?}");
        assert!(!ran.stderr.contains("the change was made"), "{line}");
    }
    assert!(sandbox.content() == before);
    let ran = sandbox.shell("$APIKEY deactivate --search a --yes --json > /dev/full");
    ran.exits(7).says("the change was made");
}

#[test]
fn a_terminal_of_any_size_or_none_causes_no_panic() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let odd = [
        "",
        "0",
        "1",
        "-1",
        "65536",
        "99999999999999999999",
        "x",
        "\u{ff11}",
    ];
    for columns in odd {
        for args in [
            &["--help"][..],
            &["list"],
            &["show", "a"],
            &["help", "json"],
        ] {
            let mut command = sandbox.apikey(args);
            command.env("COLUMNS", columns).env("LINES", columns);
            let ran = finish(command.spawn().unwrap()).succeeds();
            assert_eq!(ran.stderr, "", "{columns:?} {args:?}");
        }
    }
}

#[test]
fn colour_is_one_decision() {
    let sandbox = Sandbox::new();
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = sandbox.apikey(&[args, &["show", "nosuch"]].concat());
        let ran = finish(command.envs(env.iter().copied()).spawn().unwrap()).exits(3);
        ran.stderr.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(colored(&["--color", "always"], &[("CLICOLOR_FORCE", "0")]));
}

#[test]
fn help_and_version_go_to_stdout_without_values_of_the_environment() {
    let sandbox = Sandbox::empty();
    let help = |args: &[&str]| {
        let mut command = sandbox.apikey(args);
        command
            .env("APIKEY_DB", "hidden-value")
            .env("SUDO_USER", "hidden-value");
        let ran = finish(command.spawn().unwrap()).succeeds();
        assert!(!ran.stdout.contains("hidden-value"), "{args:?}");
        assert_eq!(ran.stderr, "");
        ran.stdout
    };
    assert_eq!(
        help(&["--version"]),
        format!("apikey {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(help(&["--help"]).contains("75   try again later"));
    assert!(help(&["help", "verify"]).contains("--key-file"));
    assert!(help(&["group", "create", "-h"]).contains("--description"));
    sandbox.run(&[]).exits(2).says("Usage: apikey");
    sandbox
        .shell("$APIKEY --help | head -n 1 >/dev/null; $APIKEY --help > /dev/full")
        .exits(5);
}

#[test]
fn a_value_may_look_like_an_option() {
    let sandbox = Sandbox::new();
    let ran = sandbox
        .run(&["create", "a", "-g", "readonly", "-d", "--json"])
        .succeeds();
    assert_eq!(ran.stdout.len(), 64, "{ran:?}");
    let key = sandbox.show("a");
    assert_eq!(key["description"], "--json");
    let listed = sandbox
        .run(&["list", "--search", "--json"])
        .succeeds()
        .stdout;
    assert!(listed.starts_with("NAME"), "{listed}");
    sandbox
        .run(&["set-description", "a", "--", "--json"])
        .succeeds();
}

#[test]
fn flags_may_be_repeated_and_the_last_format_and_colour_count() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let twice = [
        "--json", "-q", "list", "--json", "--json", "-q", "-q", "--format", "csv", "--format",
        "json", "--color", "always", "--color", "never",
    ];
    assert_eq!(
        sandbox
            .run(&twice)
            .succeeds()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn color_always_and_clicolor_force_colour_pipes_including_tables() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox
        .run(&["user", "add", "alice", "-g", "admin"])
        .succeeds();
    let printed = |args: &[&str], env: &[(&str, &str)]| {
        // Absolute times, since relative ones differ from run to run.
        let mut command = sandbox.apikey(&[args, &["--utc"]].concat());
        let ran = finish(command.envs(env.iter().copied()).spawn().unwrap()).succeeds();
        // The line of doctor that has the time of the run.
        let is_clock = |line: &&str| !line.contains("not more than 5 minutes behind the log");
        let text = ran.stdout + &ran.stderr;
        text.split_inclusive('\n')
            .filter(is_clock)
            .collect::<String>()
    };
    for args in [
        &["list"][..],
        &["list", "--wide"],
        &["show", "a"],
        &["group", "list"],
        &["group", "show", "admin"],
        &["user", "list"],
        &["user", "show", "alice"],
        &["log"],
        &["doctor"],
        &["--help"],
    ] {
        let plain = printed(args, &[]);
        assert!(!plain.contains('\u{1b}'), "{args:?}: {plain:?}");
        let always = [args, &["--color", "always"]].concat();
        for (args, env) in [
            (&always[..], &[][..]),
            (&always, &[("NO_COLOR", "1"), ("TERM", "dumb")]),
            (args, &[("CLICOLOR_FORCE", "1")]),
        ] {
            let coloured = printed(args, env);
            assert!(
                coloured.contains("\u{1b}["),
                "{args:?} {env:?}: {coloured:?}"
            );
            // Without the colours, the output is identical.
            let bare = anstream::adapter::strip_str(&coloured).to_string();
            assert_eq!(bare, plain, "{args:?} {env:?}");
        }
        for env in ["CLICOLOR_FORCE", "NO_COLOR"] {
            let never = [args, &["--color", "never"]].concat();
            assert_eq!(printed(&never, &[(env, "1")]), plain);
        }
    }
    // Data for programs is never coloured.
    for format in ["json", "jsonl", "csv"] {
        let args = ["list", "--color", "always", "--format", format];
        assert!(!printed(&args, &[]).contains('\u{1b}'), "{format}");
    }
    // `delete` lists the keys on stderr.
    let deleted = printed(&["delete", "a", "-y", "--color", "always"], &[]);
    let heading = deleted.lines().next().unwrap();
    assert!(heading.contains("\u{1b}[1mNAME"), "{deleted:?}");
}
