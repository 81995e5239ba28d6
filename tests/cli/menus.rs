//! Menus: a letter narrows the list and never does anything else.

use rustix::process::{Pid, Signal, kill_process};

use super::process::child_in;
use super::pty::{CTRL_C, DOWN, ENTER, LEFT, RIGHT, SPACE, Terminal};
use super::sandbox::Sandbox;

/// Letters that are commands in other programs' menus.
const LETTERS: [&str; 8] = ["a", "q", "j", "k", "h", "l", "n", "y"];

#[test]
fn typing_readonly_and_enter_adds_no_key_to_admin() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create x -d ''");
    // The cursor doesn't start on the powerful group.
    terminal.at("> [ ] readonly", "readonly");
    terminal.waits_until(|screen| !screen.contents().contains("admin"));
    terminal.press(ENTER);
    terminal.at("a key needs at least one group", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.sees("? Groups: 1 ticked: readonly");
    terminal.at("[30d]:", ENTER);
    terminal.at("Create this key? [Y/n]:", ENTER);
    terminal.at("> copy to", "show");
    terminal.at("> show on this screen", ENTER);
    terminal.at("Press Enter", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("x")["groups"], serde_json::json!(["readonly"]));
}

#[test]
fn typing_a_name_in_delete_ticks_no_key() {
    let sandbox = Sandbox::new();
    for name in ["old-api", "quarry", "jakarta"] {
        sandbox.key(name);
    }
    for typed in [&["old-api"], &LETTERS[..]].concat() {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY delete --yes");
        terminal.at("[ ] quarry", typed);
        terminal.sees(&format!("Keys to delete: {typed}"));
        assert!(!terminal.contents().contains("[x]"), "{typed}");
        terminal.press(ENTER);
        terminal.exits(&sandbox, 1);
        assert!(terminal.contents().contains("no key was ticked"), "{typed}");
    }
    assert_eq!(sandbox.names(&[]).len(), 3);
}

#[test]
fn a_name_is_found_before_an_id_and_a_description() {
    let sandbox = Sandbox::new();
    sandbox.create(&["billing", "-g", "readonly", "-d", "bills of the shop"]);
    sandbox.key("my-shop");
    sandbox.key("nightly");
    let id = sandbox.show("nightly")["id"].as_str().unwrap().to_owned();
    for (typed, first, second) in [
        ("shop", "> my-shop", "  billing"),
        ("SHOP", "> my-shop", "  billing"),
        (&id, "> nightly", ""),
    ] {
        let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY deactivate");
        terminal.at("nightly", typed);
        terminal.waits_until(|screen| {
            let contents = screen.contents();
            contents.contains(first)
                && contents.contains(second)
                && (contents.matches("apik_").count() < 3)
        });
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
    }
    // Text without a match selects nothing.
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY deactivate");
    terminal.at("nightly", "zzz");
    terminal.waits_until(|screen| !screen.contents().contains("nightly"));
    terminal.press(ENTER);
    terminal.press(CTRL_C);
    terminal.exits(&sandbox, 130);
    for name in ["billing", "my-shop", "nightly"] {
        assert_eq!(sandbox.show(name)["status"], "active");
    }
}

#[test]
fn ticked_entries_are_counted_and_the_arrows_tick_the_shown_ones() {
    let sandbox = Sandbox::new();
    for name in ["web-a", "web-b", "job"] {
        sandbox.key(name);
    }
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY delete");
    terminal.sees("→ only those shown, ← none");
    terminal.at("[ ] job", SPACE);
    terminal.at("> [x] job", "web");
    terminal.waits_until(|screen| !screen.contents().contains("[x] job"));
    terminal.press(RIGHT);
    terminal.at("> [x] web-a", ENTER);
    terminal.sees("? Keys to delete: 2 ticked: web-a, web-b");
    terminal.at("Delete these 2 keys for good? [y/N]:", ENTER);
    terminal.exits(&sandbox, 1);
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY delete");
    terminal.at("> [ ] job", RIGHT);
    terminal.at("> [x] job", LEFT);
    terminal.at("> [ ] job", ENTER);
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.names(&[]), ["job", "web-a", "web-b"]);
}

#[test]
fn yes_does_not_confirm_a_choice_in_a_menu() {
    let sandbox = Sandbox::new();
    sandbox.key("shop");
    for (line, question) in [
        ("delete --yes", "Delete \"shop\" for good? [y/N]:"),
        ("deactivate --yes", "Deactivate \"shop\"? [y/N]:"),
        (
            "set-groups shop --yes",
            "Change the groups of \"shop\"? [y/N]:",
        ),
    ] {
        let mut terminal = Terminal::open(&sandbox, 80, &format!("$APIKEY {line}"));
        terminal.sees("> ");
        match line.split(' ').next() {
            Some("deactivate") => terminal.press(ENTER),
            Some("delete") => {
                terminal.press(SPACE);
                terminal.at("> [x] shop", ENTER);
            }
            _ => {
                terminal.press(DOWN);
                terminal.at("> [ ] admin", SPACE);
                terminal.at("> [x] admin", ENTER);
            }
        }
        terminal.at(question, ENTER);
        terminal.exits(&sandbox, 1);
    }
    let key = sandbox.show("shop");
    assert_eq!(key["status"], "active");
    assert_eq!(key["groups"], serde_json::json!(["readonly"]));
    // --yes doesn't confirm the summary of create, either.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create b -d '' --yes");
    terminal.at("> [ ] readonly", &[SPACE, ENTER].concat());
    terminal.at("[30d]:", ENTER);
    terminal.at("Create this key? [Y/n]:", "n\r");
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.names(&[]), ["shop"]);
}

#[test]
fn an_invalid_expiry_is_refused_and_prompted_again() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY create a -d '' --export .");
    terminal.at("> [ ] readonly", &[SPACE, ENTER].concat());
    terminal.at("[30d]:", "90x\r");
    terminal.at("error: a duration is a number and s, m, h, d or w", "9d\r");
    terminal.at("Create this key? [Y/n]:", ENTER);
    terminal.exits(&sandbox, 0);
    let soon = sandbox.names(&["--expires-within", "9d"]);
    assert_eq!(soon, ["a"]);
}

#[test]
fn the_selected_row_and_ticked_rows_have_colours() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (environment, is_coloured) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        let mut terminal = Terminal::with(&sandbox, 80, environment, "$APIKEY set-groups a");
        terminal.at("> [x] readonly", DOWN);
        terminal.sees("> [ ] admin");
        let bytes = String::from_utf8_lossy(&terminal.bytes).into_owned();
        assert_eq!(bytes.contains("\u{1b}[36m"), is_coloured, "{bytes:?}");
        assert_eq!(bytes.contains("\u{1b}[32m[x]"), is_coloured, "{bytes:?}");
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
    }
}

#[test]
fn a_signal_ends_a_menu_and_restores_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for line in ["delete", "show", "set-groups a"] {
        for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
            let mut terminal = Terminal::open(&sandbox, 80, &format!("$APIKEY {line}"));
            terminal.sees("]");
            let pid = i32::try_from(child_in(&sandbox)).unwrap();
            kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
            // 130 if the menu was waiting for a key, otherwise the code of the signal.
            let ended = terminal.ends();
            assert!([130, code].contains(&ended), "{ended}");
            terminal.exits(&sandbox, ended);
        }
    }
    assert_eq!(sandbox.show("a")["groups"], serde_json::json!(["readonly"]));
}

#[test]
fn keys_typed_before_a_menu_choose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.shell("mkfifo gate").succeeds();
    let mut terminal = Terminal::open(
        &sandbox,
        80,
        "stty -echo; cat gate; stty echo; $APIKEY deactivate",
    );
    terminal.press("\ry\r");
    std::fs::write(sandbox.path("gate"), "now\n").unwrap();
    terminal.at("> a ", ENTER);
    terminal.at("Deactivate \"a\"? [y/N]:", ENTER);
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.show("a")["status"], "active");
}
