//! A secret handed over at a terminal: shown, saved, copied through it, or left.

use super::prompts::{answer_everything, secret_on, the_key};
use super::pty::{CTRL_C, DOWN, ENTER, Terminal};
use super::sandbox::{Sandbox, has, mode};
use super::waiting::{is_installed, wait_for};

#[test]
fn create_asks_for_everything_and_shows_the_secret_on_a_screen_that_goes() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    let menu = terminal.contents();
    for line in [
        "Name: deploy-bot\n",
        "Description: deploys at night\n",
        "Groups: 1 ticked: readonly\n",
        "\n  name         deploy-bot\n  description  deploys at night\n  groups       readonly\n",
        "(in 90 days)\n",
        "Create this key? [Y/n]: y\n",
        "> copy to the clipboard, through the terminal\n",
        "\n  write to the file deploy-bot.APIKEY in this directory\n",
    ] {
        assert!(menu.contains(line), "{line:?} is not in\n{menu}");
    }
    assert_eq!(sandbox.count("keys"), 0);
    terminal.press(DOWN);
    terminal.at("> write to", DOWN);
    terminal.at("> show on this screen", ENTER);
    terminal.sees("Press Enter when you have it.");
    assert!(terminal.is_alternate());
    let shown = terminal.contents();
    let secret = secret_on(&shown);
    assert!(!shown.contains("deploys at night"), "{shown}");
    // Nobody has it yet, so it is no use.
    assert_eq!(the_key(&sandbox)["status"], "pending");
    sandbox.feed(&["verify"], &secret).exits(1);
    terminal.press(ENTER);
    terminal.exits(&sandbox, 0);
    let left = terminal.contents();
    assert!(!left.contains(&secret), "{left}");
    assert!(left.contains("created \"deploy-bot\""), "{left}");
    let key = the_key(&sandbox);
    assert_eq!(key["status"], "active");
    assert_eq!(key["description"], "deploys at night");
    assert_eq!(key["groups"], serde_json::json!(["readonly"]));
    assert!(key["expires_at"].is_string(), "{key}");
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn the_secret_is_on_no_screen_but_the_one_that_goes() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, ENTER].concat());
    terminal.sees("Press Enter");
    let secret = secret_on(&terminal.contents());
    terminal.press(ENTER);
    terminal.exits(&sandbox, 0);
    let sent = String::from_utf8(terminal.bytes).unwrap();
    let (before, after) = sent.split_once("\u{1b}[?1049h").unwrap();
    let (within, after) = after.split_once("\u{1b}[?1049l").unwrap();
    assert!(within.contains(&secret));
    for outside in [before, after] {
        assert!(!outside.contains(&secret[14..]), "{outside}");
    }
    // Wiped, too: some terminals show that screen again.
    let wiped = within.rsplit_once("\u{1b}[H\u{1b}[K").unwrap().1;
    assert_eq!(wiped.matches("\u{1b}[K").count(), 39, "{within:?}");
}

#[test]
fn where_there_is_no_other_screen_it_says_that_the_secret_stays() {
    let sandbox = Sandbox::new();
    let terms = [("TERM", "vt100")];
    let mut terminal = Terminal::with(&sandbox, 80, &terms, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, ENTER].concat());
    terminal.sees("Press Enter");
    assert!(!terminal.is_alternate());
    let shown = terminal.contents();
    assert!(
        shown.contains("no alternate screen, so the secret stays"),
        "{shown}"
    );
    terminal.press(ENTER);
    terminal.exits(&sandbox, 0);
    let secret = secret_on(&terminal.contents());
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn create_saves_the_secret_in_a_file_of_ones_own() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "umask 022; $APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(DOWN);
    terminal.at("> write to", ENTER);
    terminal.exits(&sandbox, 0);
    let file = sandbox.path("deploy-bot.APIKEY");
    assert_eq!(mode(&file), 0o600);
    let secret = std::fs::read_to_string(&file).unwrap();
    sandbox.feed(&["verify"], &secret).succeeds();
    let left = terminal.contents();
    assert!(
        left.contains("deploy-bot.APIKEY; there is no other copy"),
        "{left}"
    );
    assert!(!left.contains(&secret[14..40]), "{left}");
}

#[test]
fn a_way_that_fails_is_no_end_another_may_be_taken() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("deploy-bot.APIKEY"), "mine").unwrap();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(DOWN);
    terminal.at("> write to", ENTER);
    // Asked for another, it may be one that can't be made either.
    terminal.at(
        "deploy-bot.APIKEY exists; write the secret to:",
        "deploy-bot.APIKEY\r",
    );
    terminal.sees("deploy-bot.APIKEY exists, too");
    terminal.press("/nowhere/at/all\r");
    terminal.sees("there is no directory /nowhere/at; no key was created");
    terminal.at("> copy to the clipboard", ENTER);
    terminal.at("Did the secret arrive on your clipboard? [y/N]:", "n\r");
    terminal.sees("the terminal did not take the secret");
    assert_eq!(sandbox.count("keys"), 0);
    terminal.at("> copy to the clipboard", &[DOWN, DOWN].concat());
    terminal.at("> show on this screen", ENTER);
    terminal.at("Press Enter", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(the_key(&sandbox)["status"], "active");
    let file = std::fs::read(sandbox.path("deploy-bot.APIKEY")).unwrap();
    assert_eq!(file, b"mine");
}

#[test]
fn create_copies_through_the_terminal_when_that_arrives() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(ENTER);
    terminal.sees("Did the secret arrive");
    assert_eq!(the_key(&sandbox)["status"], "pending");
    terminal.press("y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(the_key(&sandbox)["status"], "active");
}

#[test]
fn closing_without_the_secret_takes_a_second_yes_and_makes_no_key() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel", ENTER);
    terminal.at("Cancel and create no key? [y/N]:", ENTER);
    // No is no: the menu is there again.
    terminal.at("> copy to", &[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel", ENTER);
    terminal.waits_until(|screen| screen.contents().matches("create no key?").count() == 2);
    terminal.press("y\r");
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(terminal.contents().contains("no key was created"));
}

#[test]
fn ctrl_c_while_the_key_is_stored_leaves_none() {
    let sandbox = Sandbox::new();
    if !has("strace", is_installed("strace")) {
        return;
    }
    // A disk that takes its time, and somebody who thinks better of it meanwhile.
    let slow = "strace -f -qq -o /dev/null -e trace=fdatasync,fsync \
                -e inject=fdatasync,fsync:delay_enter=300000 $APIKEY create";
    let mut terminal = Terminal::open(&sandbox, 80, slow);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show on this screen", ENTER);
    let journal = sandbox.path(".local/share/apikey/keys.db-journal");
    wait_for("a change is under way", || journal.exists());
    terminal.press(CTRL_C);
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!String::from_utf8_lossy(&terminal.bytes).contains("Press Enter"));
}

#[test]
fn ctrl_c_typed_ahead_counts_and_nothing_else_does() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    // An Enter too many takes the secret from nobody's eyes.
    terminal.press(&[DOWN, DOWN, ENTER, ENTER, ENTER].concat());
    terminal.sees("Press Enter");
    assert_eq!(the_key(&sandbox)["status"], "pending");
    terminal.press(CTRL_C);
    terminal.exits(&sandbox, 130);
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, ENTER, CTRL_C].concat());
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn a_signal_leaves_the_screen_with_the_secret() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, ENTER].concat());
    terminal.sees("Press Enter");
    let secret = secret_on(&terminal.contents());
    sandbox.shell("pkill -TERM -P $(cat pid)").succeeds();
    // In good order where it comes while a key is waited for, else at once.
    let code = terminal.ends();
    assert!([130, 143].contains(&code), "{code}");
    terminal.exits(&sandbox, code);
    assert!(
        !terminal.contents().contains(&secret),
        "{}",
        terminal.contents()
    );
    assert!(sandbox.names(&["--status", "active"]).is_empty());
    sandbox.feed(&["verify"], &secret).exits(1);
}

/// What a terminal was sent for its clipboard.
#[track_caller]
fn copied_by(terminal: &Terminal) -> String {
    use base64ct::{Base64, Encoding};
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    let (_, after) = sent.split_once("\u{1b}]52;c;").expect("nothing was sent");
    let (encoded, _) = after.split_once('\u{7}').unwrap();
    String::from_utf8(Base64::decode_vec(encoded).unwrap()).unwrap()
}

fn has_tmux() -> bool {
    has("tmux", is_installed("tmux"))
}

/// Runs a line of sh in a tmux of its own, in a terminal.
fn in_tmux(sandbox: &Sandbox, option: &str, line: &str) -> Terminal {
    let config = format!("set -g default-terminal screen\n{option}\n");
    std::fs::write(sandbox.path("tmux.conf"), config).unwrap();
    let line = format!("TMUX_TMPDIR=$PWD tmux -u -f tmux.conf new-session \"{line}\"");
    Terminal::open(sandbox, 80, &line)
}

#[test]
fn copying_through_the_terminal_asks_whether_it_arrived() {
    let sandbox = Sandbox::new();
    // Not through stdout, which may be sent anywhere.
    let line = "$APIKEY create a -g readonly --copy=osc52 --json > report";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.sees("Did the secret arrive on your clipboard? [y/N]:");
    assert_eq!(the_key(&sandbox)["status"], "pending");
    terminal.press("y\r");
    terminal.exits(&sandbox, 0);
    let report = std::fs::read_to_string(sandbox.path("report")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["copied"], true);
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    let secret = copied_by(&terminal);
    sandbox.feed(&["verify"], &secret).succeeds();
    assert!(!sent.contains(&secret[14..]), "{sent:?}");
}

#[test]
fn a_secret_that_did_not_arrive_belongs_to_no_key() {
    let sandbox = Sandbox::new();
    for (answer, code) in [("n\r", 6), ("\r", 6), (CTRL_C, 130)] {
        // Only a person can know, so --yes is no answer.
        let line = "$APIKEY create a -g readonly --copy=osc52 --yes";
        let mut terminal = Terminal::open(&sandbox, 80, line);
        terminal.at("Did the secret arrive", answer);
        terminal.exits(&sandbox, code);
        assert_eq!(sandbox.count("keys"), 0, "{answer:?}");
    }
    let line = "$APIKEY create a -g readonly --copy=osc52 --no-input";
    assert_eq!(Terminal::open(&sandbox, 80, line).ends(), 2);
    let line = "$APIKEY create a -g readonly --copy=osc52 < /dev/null";
    assert_eq!(Terminal::open(&sandbox, 80, line).ends(), 6);
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn copying_works_through_tmux() {
    let sandbox = Sandbox::new();
    if !has_tmux() {
        return;
    }
    // While tmux has yet to draw a window, it drops what it is to pass on.
    let line = "echo drawn; read _; $APIKEY create a -g readonly --copy=osc52; echo code $? > code";
    let mut terminal = in_tmux(&sandbox, "set -g allow-passthrough on", line);
    terminal.at("drawn", ENTER);
    terminal.at("Did the secret arrive", "y\r");
    terminal.ends();
    let code = std::fs::read_to_string(sandbox.path("code")).unwrap();
    assert_eq!(code, "code 0\n");
    // tmux passed on what it was asked to, without its wrapping.
    let secret = copied_by(&terminal);
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn what_is_shown_is_in_no_history_of_a_tmux_without_other_screens() {
    let sandbox = Sandbox::new();
    if !has_tmux() {
        return;
    }
    let line = "$APIKEY create; tmux capture-pane -p -S - > history";
    let mut terminal = in_tmux(&sandbox, "setw -g alternate-screen off", line);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show on this screen", ENTER);
    terminal.sees("Press Enter when you have it.");
    let secret = secret_on(&terminal.contents());
    terminal.press(ENTER);
    terminal.ends();
    let history = std::fs::read_to_string(sandbox.path("history")).unwrap();
    assert!(history.contains("created \"deploy-bot\""), "{history}");
    assert!(!history.contains(&secret[14..]), "{history}");
}

#[test]
fn a_terminal_that_shows_what_it_does_not_understand_is_sent_no_secret() {
    let sandbox = Sandbox::new();
    let line = "TERM=dumb $APIKEY create a -g readonly --copy=osc52";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.exits(&sandbox, 6);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!terminal.bytes.contains(&7));
}

#[test]
fn where_the_display_is_gone_the_terminal_may_have_a_clipboard() {
    let sandbox = Sandbox::new();
    let gone = [("DISPLAY", ":9999")];
    let mut terminal = Terminal::with(&sandbox, 80, &gone, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.at("> copy to the clipboard, for 45 seconds", ENTER);
    terminal.sees("there is no clipboard");
    terminal.at("> copy to the clipboard, through the terminal", ENTER);
    terminal.at("Did the secret arrive", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(the_key(&sandbox)["status"], "active");
}

#[test]
fn ctrl_c_while_a_lock_is_waited_for_leaves_no_key_and_no_file() {
    let sandbox = Sandbox::new();
    let line = "$APIKEY create -g readonly -d '' --expires 9d --export .";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.at("Name:", "a\r");
    terminal.sees("Create this key?");
    let reader = sandbox.sqlite();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM keys;")
        .unwrap();
    terminal.press("y\r");
    let journal = sandbox.path(".local/share/apikey/keys.db-journal");
    wait_for("a change is under way", || journal.exists());
    terminal.press(CTRL_C);
    drop(reader);
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!sandbox.path("a.APIKEY").exists());
}
