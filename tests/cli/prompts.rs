//! The prompts of `create` at a terminal, answered by a user.

use sqlite_only::sqlite_only;

use super::machine::block_after;
use super::pty::{CTRL_C, DOWN, ENTER, ESCAPE, SPACE, Terminal};
use super::sandbox::Sandbox;

/// Returns the only key, as json.
#[track_caller]
pub fn the_key(sandbox: &Sandbox) -> serde_json::Value {
    let listed = sandbox.run(&["list", "--json"]).succeeds().json();
    let keys = listed.as_array().unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys[0].clone()
}

/// Answers the prompts of `create` up to the menu of delivery methods.
pub fn answer_everything(terminal: &mut Terminal) {
    terminal.at("Name:", "deploy-bot\r");
    terminal.at("Description:", "deploys at night\r");
    terminal.at("> [ ] readonly  *:read", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.at("Expires (", "90d\r");
    terminal.at("Create this key? [Y/n]:", "y\r");
    terminal.sees("cancel");
    terminal.sees("Esc to cancel]");
}

pub fn is_secret(text: &str) -> bool {
    text.len() == 63 && text.starts_with("apik_")
}

/// Returns the secret on the screen.
pub fn secret_on(screen: &str) -> String {
    let secret = screen.split_whitespace().find(|text| is_secret(text));
    secret.unwrap_or_else(|| panic!("{screen}")).to_owned()
}

#[test]
fn the_guide_to_keys_shows_the_prompts_of_create() {
    let sandbox = Sandbox::new();
    let display = [("DISPLAY", ":0")];
    let mut terminal = Terminal::with(&sandbox, 80, &display, "$APIKEY create");
    answer_everything(&mut terminal);
    let shown = block_after("keys.md", "## At the terminal");
    let shown = shown.strip_prefix("$ apikey create\n").unwrap();
    let without_times = |text: &str| -> Vec<String> {
        let is_time = |text: &&str| text.len() == 20 && text.ends_with('Z');
        let clean = |line: &str| match line.split(' ').find(is_time) {
            Some(time) => line.replace(time, "TIME"),
            None => line.trim_end().to_owned(),
        };
        text.trim_end().lines().map(clean).collect()
    };
    assert_eq!(without_times(&terminal.contents()), without_times(shown));
}

#[sqlite_only("the default file is not created")]
#[test]
fn no_at_the_summary_creates_no_key() {
    for no in ["n\r", "No\r"] {
        let sandbox = Sandbox::empty();
        let mut terminal =
            Terminal::open(&sandbox, 80, "$APIKEY create x -g readonly -d '' --copy");
        assert_eq!(terminal.ends(), 6, "{}", terminal.contents());
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create x -d ''");
        terminal.at("> [ ] readonly", SPACE);
        terminal.at("> [x] readonly", ENTER);
        terminal.at("[30d]:", ENTER);
        terminal.at("Create this key?", no);
        terminal.exits(&sandbox, 1);
        // No database is created, either.
        assert!(!sandbox.db().exists());
    }
}

/// The prompts of `create`, each with an answer.
const QUESTIONS: [(&str, &str); 7] = [
    ("Name:", "deploy-bot\r"),
    ("Description:", "\r"),
    ("[ ] readonly", " \r"),
    ("> (no owner)", "\r"),
    ("Expires (90d", "2w\r"),
    ("Create this key?", "y\r"),
    ("> show on this screen", "\r"),
];

/// Returns a database with a user who can own a key.
fn with_an_owner() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "alice", "-g", "admin", "-g", "readonly"])
        .succeeds();
    sandbox
}

#[test]
fn ctrl_c_at_any_prompt_is_exit_130_and_creates_no_key() {
    let sandbox = with_an_owner();
    for stop in 0..=QUESTIONS.len() {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
        for (question, answer) in &QUESTIONS[..stop] {
            if *question == "> show on this screen" {
                terminal.at("> copy to", &[DOWN, DOWN].concat());
            }
            terminal.at(question, answer);
        }
        match QUESTIONS.get(stop) {
            Some(("> show on this screen", _)) => terminal.sees("> copy to"),
            Some((question, _)) => terminal.sees(question),
            None => terminal.sees("Press Enter when you have saved it."),
        }
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
        assert!(terminal.contents().contains("interrupted"), "{stop}");
        assert_eq!(sandbox.count("keys"), 0, "{stop}");
    }
}

#[test]
fn escape_ends_a_menu_like_ctrl_c() {
    let sandbox = with_an_owner();
    for stop in [2, 3, 6] {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
        for (question, answer) in &QUESTIONS[..stop] {
            terminal.at(question, answer);
        }
        terminal.at(
            if stop == 6 {
                "> copy to"
            } else {
                QUESTIONS[stop].0
            },
            ESCAPE,
        );
        terminal.exits(&sandbox, 130);
        assert_eq!(sandbox.count("keys"), 0, "{stop}");
    }
}

#[test]
fn create_prompts_only_for_missing_arguments() {
    let sandbox = with_an_owner();
    let line = "$APIKEY create -g readonly -d x --owner alice --expires never --export .";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.at("Name:", "a\r");
    terminal.at("Create this key?", "y\r");
    terminal.exits(&sandbox, 0);
    let screen = terminal.contents();
    for prompt in [
        "Description:",
        "Groups:",
        "Owner:",
        "Expires:",
        "Deliver the secret:",
    ] {
        assert!(!screen.contains(prompt), "{prompt} in\n{screen}");
    }
    assert!(sandbox.path("a.APIKEY").exists());
    // With a name and groups nothing is missing.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create b -g readonly");
    terminal.exits(&sandbox, 0);
    sandbox
        .feed(&["verify"], secret_on(&terminal.contents()))
        .succeeds();
}

#[test]
fn an_invalid_answer_is_prompted_again() {
    let sandbox = with_an_owner();
    sandbox.key("taken");
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY create");
    terminal.at("Name:", "-x\r");
    terminal.sees("a name begins with a letter or a digit");
    terminal.press("taken\r");
    terminal.sees("there is a key named \"taken\" already");
    terminal.press("taken2\r");
    terminal.at("Description:", "\r");
    terminal.at("[ ] readonly", ENTER);
    terminal.sees("a key needs at least one group");
    terminal.at("> [ ] readonly", " \r");
    terminal.at("> (no owner)", "ali");
    terminal.at("> alice", ENTER);
    terminal.at("Expires (90d", "2020-01-01\r");
    terminal.sees("is not in the future");
    terminal.press("never\r");
    terminal.at("Create this key?", "y\r");
    terminal.at("> copy to", &[DOWN, ENTER].concat());
    terminal.exits(&sandbox, 0);
    let key = sandbox.show("taken2");
    assert_eq!(key["owner"], "alice");
    assert!(key["expires_at"].is_null());
}

#[test]
fn an_operator_with_apikey_own_is_offered_only_what_it_may_give() {
    let sandbox = Sandbox::staffed();
    let alice = [("SUDO_USER", "alice")];
    let mut terminal = Terminal::with(&sandbox, 80, &alice, "$APIKEY create job -d ''");
    terminal.at("[ ] deploy", SPACE);
    let offered = terminal.contents();
    assert!(
        !offered.contains("admin") && !offered.contains("audit"),
        "{offered}"
    );
    terminal.at("> [x] deploy", ENTER);
    terminal.at("[30d]:", ENTER);
    terminal.at("Create this key?", "y\r");
    assert!(!terminal.contents().contains("Owner:"));
    assert!(
        terminal.contents().contains("owner    alice"),
        "{}",
        terminal.contents()
    );
    terminal.at("> show on this screen", ENTER);
    // Through sudo, the clipboard and the file would be another user's.
    assert!(!terminal.contents().contains("> copy to"));
    terminal.at("Press Enter", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("job")["owner"], "alice");
    let mut terminal = Terminal::with(&sandbox, 80, &alice, "$APIKEY create job2 --owner bob");
    assert_eq!(terminal.ends(), 4, "{}", terminal.contents());
    let mut terminal = Terminal::with(&sandbox, 80, &[("SUDO_USER", "carol")], "$APIKEY create");
    assert_eq!(terminal.ends(), 4, "{}", terminal.contents());
}

#[test]
fn an_expiry_that_passes_during_a_prompt_is_refused() {
    let sandbox = Sandbox::new();
    let line = "$APIKEY create a -d '' --expires 1s --export .";
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.at("[ ] readonly", " \r");
    terminal.sees("Create this key?");
    let begun = std::time::Instant::now();
    while begun.elapsed().as_millis() < 2100 {
        std::thread::yield_now();
    }
    terminal.press("y\r");
    terminal.exits(&sandbox, 2);
    assert!(terminal.contents().contains("is not in the future"));
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn an_answer_other_than_yes_and_no_is_prompted_again() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(
        &sandbox,
        80,
        "$APIKEY create a --export . -d '' --expires 9d",
    );
    terminal.at("[ ] readonly", " \r");
    terminal.at("Create this key?", "90d\r");
    terminal.at("answer y or n", "yes\r");
    terminal.exits(&sandbox, 0);
    assert!(sandbox.path("a.APIKEY").exists());
}

#[test]
fn an_owner_is_chosen_among_the_users_in_all_the_groups() {
    let sandbox = with_an_owner();
    for args in [
        &["user", "add", "dora", "-g", "readonly"][..],
        &["user", "add", "alan", "-g", "admin", "-g", "readonly"],
        &["user", "deactivate", "alan"],
    ] {
        sandbox.run(args).succeeds();
    }
    let line = "$APIKEY create a -d '' --expires 9d --export .";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.at("> [ ] readonly", &[DOWN, SPACE, ENTER].concat());
    terminal.sees("not in all of these groups, so they can't own the key: dora");
    terminal.sees("\n  alice");
    assert!(
        !terminal.contents().contains("alan"),
        "{}",
        terminal.contents()
    );
    terminal.at("> (no owner)", "al");
    terminal.at("> alice", ENTER);
    terminal.at("Create this key?", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("a")["owner"], "alice");
    // If the owner is named, only its groups are offered.
    let line = "$APIKEY create b -d '' --expires 9d --owner dora --export .";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.sees("> [ ] readonly");
    assert!(
        !terminal.contents().contains("admin"),
        "{}",
        terminal.contents()
    );
    terminal.press(CTRL_C);
    terminal.exits(&sandbox, 130);
    // The same holds for a key with an owner, but its present groups are offered, too.
    sandbox
        .run(&["user", "set-groups", "alice", "readonly"])
        .succeeds();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.sees("[x] admin");
    terminal.at("[ ] readonly", CTRL_C);
    terminal.exits(&sandbox, 130);
}

#[test]
fn a_delivery_that_can_not_work_is_refused_before_any_prompt() {
    let sandbox = Sandbox::new();
    for (line, code) in [
        ("create a --copy", 6),
        ("create a > /dev/null", 6),
        ("create -g readonly --copy --json", 6),
    ] {
        let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY {line}"));
        assert_eq!(terminal.ends(), code, "{line}: {}", terminal.contents());
        assert!(!terminal.contents().contains("Description"), "{line}");
    }
    let staffed = Sandbox::staffed();
    let alice = [("SUDO_USER", "alice")];
    let mut terminal = Terminal::with(&staffed, 100, &alice, "$APIKEY create a --export .");
    assert_eq!(terminal.ends(), 2, "{}", terminal.contents());
}

#[test]
fn a_secret_is_refused_as_an_answer() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut terminal = Terminal::open(
        &sandbox,
        120,
        "$APIKEY create -g readonly --expires 9d --export .",
    );
    terminal.at("Name:", &format!("{secret}\r"));
    terminal.sees("a secret doesn't belong here");
    terminal.press("b\r");
    terminal.at("Description:", &format!("not {secret}, of course\r"));
    terminal.waits_until(|screen| screen.contents().contains("error:"));
    terminal.press("none\r");
    terminal.at("Create this key?", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("b")["description"], "none");
}

#[test]
fn invalid_arguments_are_refused_before_any_prompt() {
    let sandbox = with_an_owner();
    std::fs::write(sandbox.path("there"), "").unwrap();
    for (line, code) in [
        ("create -g nope", 3),
        ("create -g readonly -g nope", 3),
        ("create --owner nobody -g readonly", 3),
        ("create x --export there", 6),
    ] {
        let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY {line}"));
        assert_eq!(terminal.ends(), code, "{line}: {}", terminal.contents());
        assert!(!terminal.contents().contains("Name:"), "{line}");
    }
}
