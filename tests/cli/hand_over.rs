//! The delivery of a secret at a terminal: shown, saved, copied through it, or cancelled.

use sqlite_only::sqlite_only;

use super::prompts::{answer_everything, secret_on, the_key};
use super::pty::{CTRL_C, DOWN, ENTER, Terminal};
use super::sandbox::{Sandbox, has, mode};
use super::waiting::{is_installed, wait_for};

#[test]
fn create_prompts_for_everything_and_shows_the_secret_on_the_alternate_screen() {
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
    terminal.sees("Press Enter when you have saved it.");
    assert!(terminal.is_alternate());
    let shown = terminal.contents();
    let secret = secret_on(&shown);
    assert!(!shown.contains("deploys at night"), "{shown}");
    // The secret is not accepted before the delivery is confirmed.
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
fn the_secret_is_shown_only_on_the_alternate_screen() {
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
    // The screen is erased, because some terminals show it again.
    let wiped = within.rsplit_once("\u{1b}[H\u{1b}[K").unwrap().1;
    assert_eq!(wiped.matches("\u{1b}[K").count(), 39, "{within:?}");
}

#[test]
fn without_an_alternate_screen_a_line_warns_that_the_secret_stays() {
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
fn create_saves_the_secret_in_a_private_file() {
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
fn after_a_failed_delivery_another_method_can_be_chosen() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("deploy-bot.APIKEY"), "mine").unwrap();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(DOWN);
    terminal.at("> write to", ENTER);
    // The second path also exists, and the third can't be created.
    terminal.at(
        "deploy-bot.APIKEY exists; path of a new file:",
        "deploy-bot.APIKEY\r",
    );
    terminal.sees("deploy-bot.APIKEY exists; give the path of a new file");
    terminal.press("/nowhere/at/all\r");
    terminal.sees("there is no directory /nowhere/at; no key was created");
    terminal.at("> copy to the clipboard", ENTER);
    terminal.at("Did the secret arrive on your clipboard? [y/N]:", "n\r");
    terminal.sees("the secret was sent, but did not arrive");
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
fn create_copies_through_the_terminal_after_a_confirmation() {
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
fn cancelling_the_delivery_needs_a_confirmation_and_creates_no_key() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel", ENTER);
    terminal.at("Cancel without creating a key? [y/N]:", ENTER);
    // After no, the menu opens again.
    terminal.at("> copy to", &[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel", ENTER);
    terminal
        .waits_until(|screen| screen.contents().matches("without creating a key?").count() == 2);
    terminal.press("y\r");
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(terminal.contents().contains("no key was created"));
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn ctrl_c_while_the_key_is_stored_leaves_no_key() {
    let sandbox = Sandbox::new();
    if !has("strace", is_installed("strace")) {
        return;
    }
    // A slow disk leaves time for Ctrl-C.
    let slow = "strace -f -qq -o /dev/null -e trace=fdatasync,fsync \
                -e inject=fdatasync,fsync:delay_enter=300000 $APIKEY create";
    let mut terminal = Terminal::open(&sandbox, 80, slow);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show on this screen", ENTER);
    let journal = sandbox.path(".local/share/apikey/keys.db-journal");
    wait_for("a transaction has begun", || journal.exists());
    terminal.press(CTRL_C);
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!String::from_utf8_lossy(&terminal.bytes).contains("Press Enter"));
}

#[test]
fn of_keys_typed_ahead_only_ctrl_c_counts() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    // Further Enters don't close the screen with the secret.
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
fn a_signal_closes_the_screen_with_the_secret() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN, ENTER].concat());
    terminal.sees("Press Enter");
    let secret = secret_on(&terminal.contents());
    sandbox.shell("pkill -TERM -P $(cat pid)").succeeds();
    // 130 if the command was waiting for a key, otherwise the code of the signal.
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

/// Returns the text that the terminal received for its clipboard.
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

/// Runs a line of sh in a new tmux server, in a terminal.
fn in_tmux(sandbox: &Sandbox, option: &str, line: &str) -> Terminal {
    let config = format!("set -g default-terminal screen\n{option}\n");
    std::fs::write(sandbox.path("tmux.conf"), config).unwrap();
    let line = format!("TMUX_TMPDIR=$PWD tmux -u -f tmux.conf new-session \"{line}\"");
    Terminal::open(sandbox, 80, &line)
}

#[test]
fn copying_through_the_terminal_is_confirmed_by_the_user() {
    let sandbox = Sandbox::new();
    // The terminal is /dev/tty, since stdout may be redirected.
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
        // Only the user knows the answer, so --yes doesn't give it.
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
    // tmux drops passthrough sequences before it has drawn the window.
    let line = "echo drawn; read _; $APIKEY create a -g readonly --copy=osc52; echo code $? > code";
    let mut terminal = in_tmux(&sandbox, "set -g allow-passthrough on", line);
    terminal.at("drawn", ENTER);
    terminal.at("Did the secret arrive", "y\r");
    terminal.ends();
    let code = std::fs::read_to_string(sandbox.path("code")).unwrap();
    assert_eq!(code, "code 0\n");
    // tmux passed the sequence on, without its wrapping.
    let secret = copied_by(&terminal);
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn the_secret_is_not_in_the_history_of_a_tmux_without_alternate_screens() {
    let sandbox = Sandbox::new();
    if !has_tmux() {
        return;
    }
    let line = "$APIKEY create; tmux capture-pane -p -S - > history";
    let mut terminal = in_tmux(&sandbox, "setw -g alternate-screen off", line);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show on this screen", ENTER);
    terminal.sees("Press Enter when you have saved it.");
    let secret = secret_on(&terminal.contents());
    terminal.press(ENTER);
    terminal.ends();
    let history = std::fs::read_to_string(sandbox.path("history")).unwrap();
    assert!(history.contains("created \"deploy-bot\""), "{history}");
    assert!(!history.contains(&secret[14..]), "{history}");
}

#[test]
fn a_dumb_terminal_which_would_show_the_sequence_gets_no_secret() {
    let sandbox = Sandbox::new();
    let line = "TERM=dumb $APIKEY create a -g readonly --copy=osc52";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.exits(&sandbox, 6);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!terminal.bytes.contains(&7));
}

#[test]
fn after_a_missing_display_the_menu_offers_the_clipboard_of_the_terminal() {
    let sandbox = Sandbox::new();
    let missing = [("DISPLAY", ":9999")];
    let mut terminal = Terminal::with(&sandbox, 80, &missing, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.at(
        "> copy to the clipboard and clear it after 45 seconds",
        ENTER,
    );
    terminal.sees("there is no clipboard");
    terminal.at("> copy to the clipboard, through the terminal", ENTER);
    terminal.at("Did the secret arrive", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(the_key(&sandbox)["status"], "active");
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn ctrl_c_during_a_wait_for_a_lock_leaves_no_key_and_no_file() {
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
    wait_for("a transaction has begun", || journal.exists());
    terminal.press(CTRL_C);
    drop(reader);
    terminal.exits(&sandbox, 130);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!sandbox.path("a.APIKEY").exists());
}
