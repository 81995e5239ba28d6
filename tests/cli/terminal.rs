//! Tests in a real pty.

use rexpect::session::{PtySession, spawn_command};

use super::sandbox::{APIKEY, Sandbox, clock};
use super::waiting::TERMINAL_PATIENCE;

/// Runs a line of sh in a terminal with that many columns.
fn at_a_terminal(sandbox: &Sandbox, columns: u16, line: &str) -> PtySession {
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args([
            "-c",
            &format!("stty cols {columns} rows 50; {line}; echo exit code $?"),
        ])
        .env_clear()
        .env("HOME", sandbox.home())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm")
        .env("APIKEY", APIKEY)
        .envs(sandbox.environment())
        .current_dir(sandbox.home());
    spawn_command(command, TERMINAL_PATIENCE).unwrap()
}

/// Returns the remaining output and the exit code.
fn to_the_end(session: &mut PtySession) -> (String, i32) {
    // rexpect makes a character of each byte.
    let bytes = session
        .exp_eof()
        .unwrap()
        .chars()
        .map(|c| c as u8)
        .collect();
    let text = String::from_utf8(bytes).unwrap();
    let (printed, code) = text.rsplit_once("exit code ").unwrap();
    (printed.to_owned(), code.trim().parse().unwrap())
}

/// Returns `text` as a user sees it.
fn seen(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn delete_needs_an_explicit_yes() {
    for (answer, code, names) in [
        ("y\r", 0, &[][..]),
        ("Yes\r", 0, &[]),
        ("n\r", 1, &["a"]),
        ("\r", 1, &["a"]),
        // "maybe" is no answer.
        ("maybe\rn\r", 1, &["a"]),
    ] {
        let sandbox = Sandbox::new();
        sandbox.key("a");
        let mut session = at_a_terminal(&sandbox, 80, "$APIKEY delete a -q");
        session.exp_string("Never").unwrap();
        session.exp_string("Delete \"a\" for good? [y/N]").unwrap();
        session.send(answer).unwrap();
        session.flush().unwrap();
        let (text, exit) = to_the_end(&mut session);
        assert_eq!(exit, code, "{answer:?}: {text}");
        assert_eq!(sandbox.names(&[]), names, "{answer:?}");
    }
}

#[test]
fn ctrl_c_at_a_prompt_is_exit_130_and_restores_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (command, prompt) in [("delete a", "[y/N]"), ("verify", "Secret")] {
        let line = format!(
            "stty echo; stty -g > before; trap : INT; $APIKEY {command}; echo code $?; stty -g > after"
        );
        let mut session = at_a_terminal(&sandbox, 80, &line);
        session.exp_string(prompt).unwrap();
        session.send_control('c').unwrap();
        session.exp_string("\u{1b}[?25h").unwrap();
        session.exp_string("code 130").unwrap();
        to_the_end(&mut session);
        let settings = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
        assert_eq!(settings("before"), settings("after"));
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[test]
fn no_input_forbids_prompts_at_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for line in ["delete a", "group delete admin"] {
        let mut session = at_a_terminal(&sandbox, 80, &format!("$APIKEY {line} --no-input"));
        let (text, code) = to_the_end(&mut session);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("--yes"), "{text}");
    }
    let mut session = at_a_terminal(&sandbox, 80, "$APIKEY verify --no-input");
    let (text, code) = to_the_end(&mut session);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("--no-input forbids prompts"), "{text}");
    assert!(text.contains("--key-file"), "{text}");
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[test]
fn a_secret_is_not_asked_for_if_the_prompt_would_not_be_seen() {
    let sandbox = Sandbox::new();
    let line = "$APIKEY verify 2> errors; code=$?; cat errors; (exit $code)";
    let mut session = at_a_terminal(&sandbox, 80, line);
    let (text, code) = to_the_end(&mut session);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("stdin is a terminal, but stderr"), "{text}");
}

#[test]
fn a_batch_reads_no_secrets_from_a_terminal_which_would_show_them() {
    let sandbox = Sandbox::new();
    let mut session = at_a_terminal(&sandbox, 80, "$APIKEY verify --batch");
    let (text, code) = to_the_end(&mut session);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("stdin is a terminal"), "{text}");
    assert!(text.contains("hint:"), "{text}");
}

#[test]
fn a_secret_typed_at_a_terminal_is_not_shown() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut session = at_a_terminal(&sandbox, 80, "$APIKEY verify");
    session.exp_string("Secret").unwrap();
    session.send_line(&secret).unwrap();
    let (text, code) = to_the_end(&mut session);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\u{1b}[32maccepted\u{1b}[0m a"), "{text}");
    assert!(!text.contains(&secret[14..30]), "{text}");
}

#[test]
fn a_table_fits_the_terminal_and_never_truncates_the_short_form() {
    let sandbox = Sandbox::new();
    sandbox.create(&[
        "a-rather-long-name-for-a-key",
        "-g",
        "readonly",
        "-g",
        "admin",
        "--app",
        "shop",
        "--expires",
        "90d",
        "-d",
        "部署する鍵 and a lot more to say about it than fits on any line of a terminal",
    ]);
    sandbox.sql(&format!(
        "UPDATE keys SET created_at = {}",
        clock() - 100 * 86_400
    ));
    let short = sandbox.show("a-rather-long-name-for-a-key")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    for (columns, dropped) in [
        (240, "nothing"),
        (120, "CREATED BY"),
        (100, "CREATED"),
        (75, "DESCRIPTION"),
        (62, "EXPIRES"),
    ] {
        let mut session = at_a_terminal(&sandbox, columns, "$APIKEY list");
        let (text, code) = to_the_end(&mut session);
        assert_eq!(code, 0);
        let text = seen(&text);
        for line in text.lines().filter(|line| !line.starts_with("no room")) {
            use unicode_width::UnicodeWidthStr;
            assert!(line.width() <= usize::from(columns), "{columns}: {line:?}");
        }
        assert!(text.contains(&short), "{columns}: {text}");
        let (table, note) = text.split_once("no room for ").unwrap_or((&text, ""));
        assert!(
            table.contains("NAME") && !table.contains(dropped),
            "{columns}: {text}"
        );
        // The note names the dropped columns.
        assert_eq!(note.is_empty(), dropped == "nothing", "{text}");
        assert!(note.is_empty() || note.contains(dropped), "{text}");
        assert_eq!(table.lines().count(), 2, "{text}");
        assert_eq!(table.contains("部署"), columns >= 100, "{text}");
        assert_eq!(table.contains("any line of a terminal"), columns == 240);
    }
}

#[test]
fn a_terminal_has_colours_only_with_a_meaning_and_none_if_unwanted() {
    let sandbox = Sandbox::new();
    sandbox.key("fine");
    sandbox.key("off");
    sandbox.run(&["deactivate", "off"]).succeeds();
    let list = |line: &str| to_the_end(&mut at_a_terminal(&sandbox, 100, line)).0;
    let colored = list("$APIKEY list");
    assert!(colored.contains("\u{1b}["), "{colored:?}");
    let line = |name: &str| colored.lines().find(|line| line.starts_with(name)).unwrap();
    // Active is green, inactive dim, and nothing else has a colour.
    assert!(
        line("fine").contains("\u{1b}[38;5;10mactive"),
        "{colored:?}"
    );
    assert_eq!(line("fine").matches('\u{1b}').count(), 2, "{colored:?}");
    assert!(line("off").contains("\u{1b}[2minactive"), "{colored:?}");
    for plain in [
        "NO_COLOR=1 $APIKEY list",
        "TERM=dumb $APIKEY list",
        "$APIKEY list --color never",
    ] {
        assert!(!list(plain).contains('\u{1b}'), "{plain}");
    }
}

#[test]
fn no_cell_controls_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.sql("UPDATE keys SET description = 'x\u{1b}[2J\nforged\u{202e}'");
    let (text, _) = to_the_end(&mut at_a_terminal(
        &sandbox,
        200,
        "$APIKEY list --color never",
    ));
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    assert!(!text.contains("\nforged"), "{text:?}");
}

#[test]
fn keys_typed_before_a_prompt_are_no_answer() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.shell("mkfifo gate").succeeds();
    let line = "cat gate; $APIKEY delete a";
    let mut session = at_a_terminal(&sandbox, 80, line);
    session.send_line("yes").unwrap();
    std::fs::write(sandbox.path("gate"), "now\n").unwrap();
    session.exp_string("[y/N]").unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
    let (text, code) = to_the_end(&mut session);
    assert_eq!(code, 1, "{text}");
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[test]
fn a_verdict_has_a_colour_only_at_a_terminal() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    let verify = |line: &str| to_the_end(&mut at_a_terminal(&sandbox, 80, line)).0;
    for (line, printed) in [
        ("$APIKEY verify < s", "\u{1b}[32maccepted\u{1b}[0m a\r\n"),
        ("NO_COLOR=1 $APIKEY verify < s", "accepted a\r\n"),
        ("$APIKEY verify --color always < s | cat", "accepted a\r\n"),
        (
            "$APIKEY verify -g admin < s",
            "\u{1b}[31mrefused\u{1b}[0m missing-group\r\n",
        ),
        (
            "echo x | $APIKEY verify --batch",
            "\u{1b}[31mrefused\u{1b}[0m malformed\r\n",
        ),
    ] {
        assert_eq!(verify(line), printed, "{line}");
    }
}

#[test]
fn a_dropped_column_is_named_only_at_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "-d", "x"]);
    let list = |line: &str| to_the_end(&mut at_a_terminal(&sandbox, 60, line)).0;
    assert!(list("$APIKEY list").contains("no room for CREATED, CREATED BY"));
    assert!(list("$APIKEY group list").contains("no room for "));
    for line in [
        "$APIKEY list -q",
        "$APIKEY list 2> err; cat err",
        "$APIKEY list --json",
        "$APIKEY list | cat",
    ] {
        assert!(!list(line).contains("no room"), "{line}");
    }
    // A table for a program is never truncated.
    sandbox.sql(&format!(
        "UPDATE keys SET description = '{}'",
        "y".repeat(900)
    ));
    let table = list("$APIKEY list | cat");
    assert!(table.contains(&"y".repeat(900)), "{table}");
    assert!(!table.contains("y…"), "{table}");
}
