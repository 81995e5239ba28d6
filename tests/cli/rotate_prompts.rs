//! The prompts of `rotate` at a terminal, answered by a user.

use serde_json::Value;

use super::prompts::secret_on;
use super::pty::{CTRL_C, DOWN, ENTER, ESCAPE, Terminal};
use super::sandbox::{Sandbox, mode};

/// The lines of the menu of overlaps, each with a part of the confirmation and with its seconds.
const CHOICES: [(&str, &str, i64); 4] = [
    ("keep it for 1 hour", "(in 1 hour)", 3_600),
    ("keep it for 24 hours", "(in 1 day)", 86_400),
    ("keep it for 7 days", "(in 7 days)", 604_800),
    (
        "end it now: it leaked",
        "refuse its previous secret from now on",
        0,
    ),
];

/// Returns the seconds from the creation of the current secret to the end of the previous secret.
fn overlap(sandbox: &Sandbox) -> i64 {
    let select = "SELECT p.valid_until - c.created_at FROM secrets p, secrets c
                   WHERE c.state = 'current' AND p.slot = c.slot - 1";
    sandbox.number(select)
}

#[track_caller]
fn verdict(sandbox: &Sandbox, secret: &str) -> String {
    let ran = sandbox.feed(&["verify", "--no-record"], secret);
    ran.stdout.trim_end().to_owned()
}

/// A key `a` and what must stay if nothing is rotated.
struct Unrotated {
    sandbox: Sandbox,
    secret: String,
    key: Value,
}

impl Unrotated {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        let key = sandbox.show("a");
        Self {
            sandbox,
            secret,
            key,
        }
    }

    /// Checks that the key is as before and that no other secret is left.
    #[track_caller]
    fn is_unchanged(&self, after: &str) {
        assert_eq!(self.sandbox.show("a"), self.key, "{after}");
        assert_eq!(self.sandbox.count("secrets"), 1, "{after}");
        let verdict = verdict(&self.sandbox, &self.secret);
        assert_eq!(verdict, "accepted a", "{after}");
    }
}

/// Chooses the entry at `index` of the menu of overlaps and confirms it.
#[track_caller]
fn choose(terminal: &mut Terminal, index: usize) {
    let (line, question, _) = CHOICES[index];
    terminal.at("> keep it for 1 hour", &DOWN.repeat(index));
    terminal.at(&format!("> {line}"), ENTER);
    terminal.sees(&format!("? The previous secret: {line}"));
    terminal.sees(question);
    terminal.at("[y/N]:", "y\r");
}

#[test]
fn each_choice_keeps_the_previous_secret_for_that_time() {
    for (index, (line, _, seconds)) in CHOICES.into_iter().enumerate() {
        let Unrotated {
            sandbox,
            secret,
            key,
        } = Unrotated::new();
        let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY rotate a");
        choose(&mut terminal, index);
        terminal.at("> copy to the clipboard", &[DOWN, DOWN].concat());
        terminal.at("> show on this screen", ENTER);
        terminal.sees("Press Enter when you have saved it.");
        assert!(terminal.is_alternate());
        let new = secret_on(&terminal.contents());
        // Nothing changes before the delivery is confirmed.
        assert_eq!(sandbox.show("a"), key, "{line}");
        assert_eq!(verdict(&sandbox, &secret), "accepted a", "{line}");
        assert_eq!(verdict(&sandbox, &new), "refused unknown", "{line}");
        terminal.press(ENTER);
        terminal.exits(&sandbox, 0);
        let left = terminal.contents();
        assert!(left.contains("rotated \"a\""), "{left}");
        assert!(!left.contains(&new[14..]), "{left}");
        assert_eq!(overlap(&sandbox), seconds, "{line}");
        assert_eq!(verdict(&sandbox, &new), "accepted a", "{line}");
        let (expected, state) = match seconds {
            0 => ("refused rotated", "ended"),
            _ => ("accepted a", "previous"),
        };
        assert_eq!(verdict(&sandbox, &secret), expected, "{line}");
        let previous = &sandbox.show("a")["previous"];
        assert_eq!(previous["state"], state, "{line}");
        assert_eq!(previous["key"], key["key"], "{line}");
    }
}

#[test]
fn escape_and_ctrl_c_at_any_prompt_are_exit_130_and_rotate_nothing() {
    let unrotated = Unrotated::new();
    let sandbox = &unrotated.sandbox;
    // A line prompt takes only Ctrl-C.
    for (stop, keys) in [
        ("overlap", ESCAPE),
        ("overlap", CTRL_C),
        ("confirmation", CTRL_C),
        ("delivery", ESCAPE),
        ("delivery", CTRL_C),
        ("screen", CTRL_C),
    ] {
        let mut terminal = Terminal::open(sandbox, 100, "$APIKEY rotate a --yes");
        match stop {
            "overlap" => terminal.sees("> keep it for 1 hour"),
            "confirmation" => {
                terminal.at("> keep it for 1 hour", ENTER);
                terminal.sees("[y/N]:");
            }
            _ => {
                // The leak, which would end the secret at once.
                choose(&mut terminal, 3);
                terminal.sees("> copy to");
            }
        }
        if stop == "screen" {
            terminal.press(&[DOWN, DOWN].concat());
            terminal.at("> show on this screen", ENTER);
            terminal.sees("Press Enter");
        }
        terminal.press(keys);
        terminal.exits(sandbox, 130);
        let printed = terminal.contents();
        assert!(printed.contains("interrupted"), "{stop}: {printed}");
        unrotated.is_unchanged(stop);
    }
}

#[test]
fn no_at_the_confirmation_and_cancel_in_the_menu_rotate_nothing() {
    let unrotated = Unrotated::new();
    let sandbox = &unrotated.sandbox;
    // Enter alone means no, and --yes doesn't confirm what a menu chose.
    for answer in ["n\r", ENTER] {
        let mut terminal = Terminal::open(sandbox, 100, "$APIKEY rotate a --yes");
        terminal.at("> keep it for 1 hour", "leaked");
        terminal.at("> end it now: it leaked", ENTER);
        terminal.at("from now on? [y/N]:", answer);
        terminal.exits(sandbox, 1);
        assert!(terminal.contents().contains("nothing was rotated"));
        unrotated.is_unchanged(answer);
    }
    let mut terminal = Terminal::open(sandbox, 100, "$APIKEY rotate a");
    choose(&mut terminal, 3);
    terminal.at("> copy to", &[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel: keep the secret", ENTER);
    terminal.at("Cancel without rotating the secret? [y/N]:", ENTER);
    // After no, the menu opens again.
    terminal.at("> copy to", &[DOWN, DOWN, DOWN].concat());
    terminal.at("> cancel: keep the secret", ENTER);
    terminal.waits_until(|screen| screen.contents().matches("rotating the secret?").count() == 2);
    terminal.press("y\r");
    terminal.exits(sandbox, 1);
    assert!(terminal.contents().contains("nothing was rotated"));
    unrotated.is_unchanged("cancel");
}

#[test]
fn with_a_delivery_only_the_overlap_is_asked_and_with_an_overlap_nothing() {
    for (line, file) in [
        ("$APIKEY rotate a --export new", "new"),
        ("$APIKEY rotate a > new", "new"),
        ("$APIKEY rotate a --export . --json", "a.APIKEY"),
    ] {
        let Unrotated {
            sandbox, secret, ..
        } = Unrotated::new();
        let mut terminal = Terminal::open(&sandbox, 100, line);
        choose(&mut terminal, 1);
        terminal.exits(&sandbox, 0);
        let printed = terminal.contents();
        assert!(!printed.contains("Deliver the secret"), "{line}: {printed}");
        let new = std::fs::read_to_string(sandbox.path(file)).unwrap();
        assert_eq!(overlap(&sandbox), 86_400, "{line}");
        for secret in [&secret, new.trim_end()] {
            assert_eq!(verdict(&sandbox, secret), "accepted a", "{line}");
        }
    }
    let Unrotated {
        sandbox, secret, ..
    } = Unrotated::new();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY rotate a --overlap 0s");
    terminal.exits(&sandbox, 0);
    assert!(!terminal.contents().contains("? "));
    let new = secret_on(&terminal.contents());
    assert_eq!(verdict(&sandbox, &new), "accepted a");
    assert_eq!(verdict(&sandbox, &secret), "refused rotated");
}

#[test]
fn after_a_failed_delivery_nothing_is_rotated_and_another_method_can_be_chosen() {
    let unrotated = Unrotated::new();
    let sandbox = &unrotated.sandbox;
    // The file of the secret that is to be replaced.
    std::fs::write(sandbox.path("a.APIKEY"), &unrotated.secret).unwrap();
    let mut terminal = Terminal::open(sandbox, 100, "$APIKEY rotate a");
    choose(&mut terminal, 3);
    terminal.at("> copy to the clipboard", ENTER);
    terminal.at("Did the secret arrive on your clipboard? [y/N]:", "n\r");
    terminal.sees("nothing was rotated");
    terminal.sees("> copy to the clipboard");
    unrotated.is_unchanged("the clipboard");
    terminal.press(DOWN);
    terminal.at("> write to the file a.APIKEY", ENTER);
    terminal.at("a.APIKEY exists; path of a new file:", "new\r");
    terminal.exits(sandbox, 0);
    let old = std::fs::read_to_string(sandbox.path("a.APIKEY")).unwrap();
    let new = std::fs::read_to_string(sandbox.path("new")).unwrap();
    assert_eq!(mode(&sandbox.path("new")), 0o600);
    assert_eq!(verdict(sandbox, &old), "refused rotated");
    assert_eq!(verdict(sandbox, &new), "accepted a");
}

#[test]
fn a_rotation_that_can_not_work_is_refused_before_any_prompt() {
    let unrotated = Unrotated::new();
    let sandbox = &unrotated.sandbox;
    std::fs::write(sandbox.path("there"), "").unwrap();
    for (line, code) in [
        ("rotate a --copy", 6),
        ("rotate a --export there", 6),
        ("rotate a > /dev/null", 6),
        ("rotate b", 3),
        ("rotate", 2),
        ("rotate a --expires 2020-01-01", 2),
    ] {
        let mut terminal = Terminal::open(sandbox, 100, &format!("$APIKEY {line}"));
        assert_eq!(terminal.ends(), code, "{line}: {}", terminal.contents());
        let printed = terminal.contents();
        assert!(!printed.contains("previous secret"), "{line}: {printed}");
        unrotated.is_unchanged(line);
    }
    let staffed = Sandbox::staffed();
    staffed.create(&["his", "-g", "deploy", "--owner", "bob"]);
    for (user, code) in [("alice", 3), ("carol", 4)] {
        let user = [("SUDO_USER", user)];
        let mut terminal = Terminal::with(&staffed, 100, &user, "$APIKEY rotate his");
        assert_eq!(terminal.ends(), code, "{}", terminal.contents());
        assert!(!terminal.contents().contains("previous secret"));
    }
}

#[test]
fn in_an_overlap_only_the_end_of_both_secrets_is_offered() {
    let Unrotated {
        sandbox, secret, ..
    } = Unrotated::new();
    let new = sandbox
        .run(&["rotate", "a", "--overlap", "1h"])
        .succeeds()
        .stdout;
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY rotate a --export newest");
    terminal.sees("> end it and the current secret now: one of them leaked");
    assert!(
        !terminal.contents().contains("keep it"),
        "{}",
        terminal.contents()
    );
    terminal.press(ENTER);
    terminal.at("refuse both of its secrets from now on? [y/N]:", "y\r");
    terminal.exits(&sandbox, 0);
    for ended in [&secret, &new] {
        assert_eq!(verdict(&sandbox, ended), "refused rotated");
    }
    let newest = std::fs::read_to_string(sandbox.path("newest")).unwrap();
    assert_eq!(verdict(&sandbox, &newest), "accepted a");
}

#[test]
fn the_confirmation_shows_the_end_of_an_overlap_that_the_expiry_cuts_short() {
    let sandbox = Sandbox::new();
    sandbox.create(&["a", "-g", "readonly", "--expires", "130m"]);
    for (line, until, answer, code) in [
        ("rotate a --export x --expires 4d", "(in 4 days)", "n\r", 1),
        (
            "rotate a --export x --expires never",
            "(in 7 days)",
            "n\r",
            1,
        ),
        ("rotate a --export x", "(in 2 hours)", "y\r", 0),
    ] {
        let mut terminal = Terminal::open(&sandbox, 120, &format!("$APIKEY {line}"));
        terminal.at("> keep it for 1 hour", "7 days");
        terminal.at("> keep it for 7 days", ENTER);
        terminal.sees("accept its previous secret until");
        terminal.at(&format!("{until}? [y/N]:"), answer);
        terminal.exits(&sandbox, code);
    }
    let key = sandbox.show("a");
    assert_eq!(key["previous"]["valid_until"], key["expires_at"]);
}

#[test]
fn the_confirmed_key_is_rotated_even_if_another_gets_its_name_meanwhile() {
    let Unrotated {
        sandbox, secret, ..
    } = Unrotated::new();
    let other = sandbox.key("b");
    for (name, delivery) in [("a", "--export new"), ("b", "")] {
        let line = format!("$APIKEY rotate {name} {delivery}");
        let mut terminal = Terminal::open(&sandbox, 100, &line);
        terminal.at("> keep it for 1 hour", "leaked");
        terminal.at("> end it now: it leaked", ENTER);
        terminal.sees(&format!("Rotate \"{name}\" and refuse"));
        for [from, to] in [["a", "c"], ["b", "a"], ["c", "b"]] {
            sandbox.run(&["rename", from, to]).succeeds();
        }
        terminal.press("y\r");
        if delivery.is_empty() {
            terminal.at("> copy to", &[DOWN, DOWN].concat());
            terminal.at("> show on this screen", ENTER);
            terminal.at("Press Enter", ENTER);
        }
        terminal.exits(&sandbox, 0);
    }
    // The same key, whose name was first a and then b, was rotated twice.
    let new = std::fs::read_to_string(sandbox.path("new")).unwrap();
    for ended in [&secret, &new] {
        assert_eq!(verdict(&sandbox, ended), "refused rotated");
    }
    assert_eq!(verdict(&sandbox, &other), "accepted b");
}
