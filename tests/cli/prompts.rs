//! What is asked at a terminal, answered as a person does.

use super::machine::block_after;
use super::pty::{CTRL_C, DOWN, ENTER, ESCAPE, SPACE, Terminal};
use super::sandbox::{Sandbox, has, mode};

/// The only key there is, as json has it.
#[track_caller]
fn the_key(sandbox: &Sandbox) -> serde_json::Value {
    let listed = sandbox.run(&["list", "--json"]).succeeds().json();
    let keys = listed.as_array().unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys[0].clone()
}

/// Answers everything that `create` asks, to the hand-over's menu.
fn answer_everything(terminal: &mut Terminal) {
    terminal.at("Name:", "deploy-bot\r");
    terminal.at("Description:", "deploys at night\r");
    terminal.at("[ ] readonly  *:read", DOWN);
    terminal.at("> [ ] readonly", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.at("> 30d", DOWN);
    terminal.at("> 90d", ENTER);
    terminal.at("Create this key? [y/N]:", "y\r");
    terminal.sees("close without it");
}

fn is_secret(text: &str) -> bool {
    text.len() == 63 && text.starts_with("apik_")
}

/// The secret that is on the screen.
fn secret_on(screen: &str) -> String {
    let secret = screen.split_whitespace().find(|word| is_secret(word));
    secret.unwrap_or_else(|| panic!("{screen}")).to_owned()
}

#[test]
fn create_asks_for_everything_and_shows_the_secret_on_a_screen_that_goes() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
    answer_everything(&mut terminal);
    let menu = terminal.contents();
    for line in [
        "Name: deploy-bot\n",
        "Description: deploys at night\n",
        "Groups: readonly\n",
        "\n  name         deploy-bot\n  description  deploys at night\n  groups       readonly\n",
        "(in 90 days)\n",
        "Create this key? [y/N]: y\n",
        "> copy it to the clipboard, through the terminal\n",
        "\n  save it in deploy-bot.APIKEY, here\n",
    ] {
        assert!(menu.contains(line), "{line:?} is not in\n{menu}");
    }
    assert_eq!(sandbox.count("keys"), 0);
    terminal.press(DOWN);
    terminal.at("> save it", DOWN);
    terminal.at("> show it here", ENTER);
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
fn the_readme_shows_what_create_asks() {
    let sandbox = Sandbox::new();
    let display = [("DISPLAY", ":0")];
    let mut terminal = Terminal::with(&sandbox, 80, &display, "$APIKEY create");
    answer_everything(&mut terminal);
    let shown = block_after("## At the terminal");
    let shown = shown.strip_prefix("$ apikey create\n").unwrap();
    let without_instants = |text: &str| -> Vec<String> {
        let is_instant = |word: &&str| word.len() == 20 && word.ends_with('Z');
        let clean = |line: &str| match line.split(' ').find(is_instant) {
            Some(instant) => line.replace(instant, "INSTANT"),
            None => line.to_owned(),
        };
        text.trim_end().lines().map(clean).collect()
    };
    assert_eq!(
        without_instants(&terminal.contents()),
        without_instants(shown)
    );
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
    terminal.at("> save it", ENTER);
    terminal.exits(&sandbox, 0);
    let file = sandbox.path("deploy-bot.APIKEY");
    assert_eq!(mode(&file), 0o600);
    let secret = std::fs::read_to_string(&file).unwrap();
    sandbox.feed(&["verify"], &secret).succeeds();
    let left = terminal.contents();
    assert!(
        left.contains("deploy-bot.APIKEY and nowhere else"),
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
    terminal.at("> save it", ENTER);
    // Asked for another, it may be one that can't be made either.
    terminal.at(
        "deploy-bot.APIKEY is there already; save it in:",
        "deploy-bot.APIKEY\r",
    );
    terminal.sees("deploy-bot.APIKEY is there already, too");
    terminal.press("/nowhere/at/all\r");
    terminal.sees("there is no folder /nowhere/at; no key was created");
    terminal.at("> copy it to the clipboard", ENTER);
    terminal.at("Did the secret arrive on your clipboard? [y/N]:", "n\r");
    terminal.sees("the terminal did not take the secret");
    assert_eq!(sandbox.count("keys"), 0);
    terminal.at("> copy it to the clipboard", &[DOWN, DOWN].concat());
    terminal.at("> show it here", ENTER);
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
    terminal.at("> close without it", ENTER);
    terminal.at("Close without the secret, and create no key? [y/N]:", ENTER);
    // No is no: the menu is there again.
    terminal.at("> copy it", &[DOWN, DOWN, DOWN].concat());
    terminal.at("> close without it", ENTER);
    terminal.waits_until(|screen| screen.contents().matches("create no key?").count() == 2);
    terminal.press("y\r");
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.count("keys"), 0);
    assert!(terminal.contents().contains("no key was created"));
}

#[test]
fn refused_at_the_summary_no_key_is_made() {
    for no in ["n\r", "\r", "No\r"] {
        let sandbox = Sandbox::empty();
        let mut terminal =
            Terminal::open(&sandbox, 80, "$APIKEY create x -g readonly -d '' --copy");
        assert_eq!(terminal.ends(), 6, "{}", terminal.contents());
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create x -d ''");
        terminal.at("> [ ] admin", SPACE);
        terminal.at("> [x] admin", ENTER);
        terminal.at("> 30d", ENTER);
        terminal.at("Create this key?", no);
        terminal.exits(&sandbox, 1);
        // Not even a database.
        assert!(!sandbox.db().exists());
    }
}

/// The questions of `create`, each with how to get past it.
const QUESTIONS: [(&str, &str); 8] = [
    ("Name:", "deploy-bot\r"),
    ("Description:", "\r"),
    ("[ ] readonly", " \r"),
    ("> (nobody)", "\r"),
    ("> 30d", "\u{1b}[B\u{1b}[B\u{1b}[B\u{1b}[B\r"),
    ("Expires (90d", "2w\r"),
    ("Create this key?", "y\r"),
    ("> show it here", "\r"),
];

/// A database in which somebody may own a key.
fn with_an_owner() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "alice", "-g", "admin", "-g", "readonly"])
        .succeeds();
    sandbox
}

#[test]
fn ctrl_c_at_every_question_is_exit_130_and_no_key() {
    let sandbox = with_an_owner();
    for stop in 0..=QUESTIONS.len() {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
        for (question, answer) in &QUESTIONS[..stop] {
            if *question == "> show it here" {
                terminal.at("> copy it", &[DOWN, DOWN].concat());
            }
            terminal.at(question, answer);
        }
        match QUESTIONS.get(stop) {
            Some(("> show it here", _)) => terminal.sees("> copy it"),
            Some((question, _)) => terminal.sees(question),
            None => terminal.sees("Press Enter when you have it."),
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
    for stop in [2, 3, 4, 7] {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create");
        for (question, answer) in &QUESTIONS[..stop] {
            terminal.at(question, answer);
        }
        terminal.at(
            if stop == 7 {
                "> copy it"
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
fn only_what_is_missing_is_asked() {
    let sandbox = with_an_owner();
    let line = "$APIKEY create -g readonly -d x --owner alice --expires never --export .";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.at("Name:", "a\r");
    terminal.at("Create this key?", "y\r");
    terminal.exits(&sandbox, 0);
    let asked = terminal.contents();
    for not in [
        "Description:",
        "Groups:",
        "Owner:",
        "Expires:",
        "The secret:",
    ] {
        assert!(!asked.contains(not), "{not} in\n{asked}");
    }
    assert!(sandbox.path("a.APIKEY").exists());
    // With a name and groups nothing is.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY create b -g readonly");
    terminal.exits(&sandbox, 0);
    sandbox
        .feed(&["verify"], secret_on(&terminal.contents()))
        .succeeds();
}

#[test]
fn an_answer_that_cannot_be_is_asked_for_again() {
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
    terminal.sees("a key is in one group at least");
    terminal.at("> [ ] admin", " \r");
    terminal.at("> (nobody)", "ali");
    terminal.at("> alice", ENTER);
    terminal.at("> 30d", &[DOWN, DOWN, DOWN, DOWN].concat());
    terminal.at("> another time", ENTER);
    terminal.at("Expires (90d", "2020-01-01\r");
    terminal.sees("is not in the future");
    terminal.press("never\r");
    terminal.at("Create this key?", "y\r");
    terminal.at("> copy it", &[DOWN, ENTER].concat());
    terminal.exits(&sandbox, 0);
    let key = sandbox.show("taken2");
    assert_eq!(key["owner"], "alice");
    assert!(key["expires_at"].is_null());
}

#[test]
fn whoever_may_make_its_own_keys_is_offered_no_more_than_that() {
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
    terminal.at("> 30d", ENTER);
    terminal.at("Create this key?", "y\r");
    assert!(!terminal.contents().contains("Owner:"));
    assert!(
        terminal.contents().contains("owner    alice"),
        "{}",
        terminal.contents()
    );
    terminal.at("> show it here", ENTER);
    // Through sudo neither a clipboard nor a file would be hers.
    assert!(!terminal.contents().contains("> copy it"));
    terminal.at("Press Enter", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("job")["owner"], "alice");
    let mut terminal = Terminal::with(&sandbox, 80, &alice, "$APIKEY create job2 --owner bob");
    assert_eq!(terminal.ends(), 4, "{}", terminal.contents());
    let mut terminal = Terminal::with(&sandbox, 80, &[("SUDO_USER", "carol")], "$APIKEY create");
    assert_eq!(terminal.ends(), 4, "{}", terminal.contents());
}

#[test]
fn ctrl_c_while_the_key_is_stored_leaves_none() {
    let sandbox = Sandbox::new();
    let strace = std::process::Command::new("strace").arg("-V").output();
    if !has("strace", strace.is_ok()) {
        return;
    }
    // A disk that takes its time, and somebody who thinks better of it meanwhile.
    let slow = "strace -f -qq -o /dev/null -e trace=fdatasync,fsync \
                -e inject=fdatasync,fsync:delay_enter=300000 $APIKEY create";
    let mut terminal = Terminal::open(&sandbox, 80, slow);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show it here", ENTER);
    let journal = sandbox.path(".local/share/apikey/keys.db-journal");
    while !journal.exists() {
        std::thread::yield_now();
    }
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

#[test]
fn set_groups_ticks_those_of_today() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .run(&["group", "create", "deploy", "--allow", "deploy:*"])
        .succeeds();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.sees("> [ ] admin     *, apikey:manage");
    terminal.sees("  [ ] deploy    deploy:*");
    terminal.at("  [x] readonly  *:read", DOWN);
    terminal.at("> [ ] deploy", SPACE);
    terminal.at("> [x] deploy", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(
        sandbox.show("a")["groups"],
        serde_json::json!(["deploy", "readonly"])
    );
    // None is no answer, and Ctrl-C changes nothing.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.at("[x] deploy", &[DOWN, SPACE, DOWN, SPACE, ENTER].concat());
    terminal.at("a key is in one group at least", CTRL_C);
    terminal.exits(&sandbox, 130);
    assert_eq!(
        sandbox.show("a")["groups"],
        serde_json::json!(["deploy", "readonly"])
    );
}

#[test]
fn delete_ticks_several_and_then_asks() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        sandbox.key(name);
    }
    let ticking = |sandbox: &Sandbox| {
        let mut terminal = Terminal::open(sandbox, 100, "$APIKEY delete");
        terminal.at("> [ ] a  apik_", SPACE);
        terminal.at("> [x] a", &[DOWN, DOWN].concat());
        terminal.at("> [ ] c", SPACE);
        terminal.at("> [x] c", ENTER);
        terminal.sees("LAST USED");
        terminal
    };
    let mut terminal = ticking(&sandbox);
    terminal.at("Delete these 2 keys for good? [y/N]:", "n\r");
    terminal.exits(&sandbox, 1);
    assert_eq!(sandbox.names(&[]), ["a", "b", "c"]);
    let mut terminal = ticking(&sandbox);
    terminal.at("Delete these 2 keys for good? [y/N]:", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.names(&[]), ["b"]);
    for (keys, code) in [(ENTER, 1), (ESCAPE, 130), (CTRL_C, 130)] {
        let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY delete");
        terminal.at("> [ ] b", keys);
        terminal.exits(&sandbox, code);
        assert_eq!(sandbox.names(&[]), ["b"]);
    }
}

#[test]
fn show_activate_and_deactivate_pick_what_is_typed_in_part() {
    let sandbox = Sandbox::new();
    for name in ["deploy-bot", "nightly", "off"] {
        sandbox.key(name);
    }
    sandbox.run(&["deactivate", "off"]).succeeds();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY show");
    terminal.at("off ", "ght");
    terminal.at("> nightly", ENTER);
    terminal.exits(&sandbox, 0);
    assert!(
        terminal
            .contents()
            .contains("effective permissions  *:read")
    );

    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY deactivate");
    terminal.sees("> deploy-bot");
    assert!(
        !terminal.contents().contains("off"),
        "{}",
        terminal.contents()
    );
    terminal.press(ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("deploy-bot")["status"], "inactive");

    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY activate");
    terminal.sees("> deploy-bot");
    assert!(!terminal.contents().contains("nightly"));
    terminal.at("off ", &[DOWN, ENTER].concat());
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("off")["status"], "active");
    for command in ["show", "activate", "deactivate"] {
        for keys in [ESCAPE, CTRL_C] {
            let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY {command}"));
            terminal.at("Key to ", keys);
            terminal.exits(&sandbox, 130);
        }
    }
    sandbox.run(&["activate", "deploy-bot"]).succeeds();
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY activate");
    terminal.exits(&sandbox, 3);
    assert!(terminal.contents().contains("there is no key to activate"));
}

#[test]
fn nothing_is_asked_where_nobody_can_answer() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (line, gives) in [
        ("create", "NAME"),
        ("create b", "--group"),
        ("create -g readonly", "NAME"),
        ("show", "KEY"),
        ("activate", "KEY"),
        ("deactivate", "KEY"),
        ("delete", "KEY"),
        ("delete --yes", "KEY"),
        ("set-groups a", "GROUP"),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let ran = sandbox
            .run(&args)
            .exits(2)
            .says("there is no terminal to ask at");
        ran.says(gives).says("apikey ");
        assert_eq!(
            sandbox
                .run(&[&args[..], &["--json"]].concat())
                .exits(2)
                .error_code(),
            "usage"
        );
        for (silenced, why) in [
            (format!("$APIKEY {line} --no-input"), "--no-input forbids"),
            (format!("$APIKEY {line} < /dev/null"), "no terminal"),
            (
                format!("$APIKEY {line} 2> said; cat said; exit 2"),
                "no terminal",
            ),
            (format!("TERM=dumb $APIKEY {line}"), "can't draw a menu"),
            (format!("stty rows 2; $APIKEY {line}"), "too small"),
            (format!("stty cols 1; $APIKEY {line}"), ""),
        ] {
            let line = silenced.replace("exit 2", "(exit 2)");
            let mut terminal = Terminal::open(&sandbox, 100, &line);
            assert_eq!(terminal.ends(), 2, "{line}: {}", terminal.contents());
            let said = terminal.contents();
            assert!(said.contains(why), "{line}: {said}");
        }
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
}

/// The sequence by which a terminal is sent `text` for its clipboard.
fn osc52(text: &str) -> String {
    use base64ct::{Base64, Encoding};
    format!(
        "\u{1b}]52;c;{}\u{7}",
        Base64::encode_string(text.as_bytes())
    )
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
    let sent = String::from_utf8(terminal.bytes).unwrap();
    let (_, after) = sent.split_once("\u{1b}]52;c;").unwrap();
    let (encoded, _) = after.split_once('\u{7}').unwrap();
    let secret = {
        use base64ct::{Base64, Encoding};
        String::from_utf8(Base64::decode_vec(encoded).unwrap()).unwrap()
    };
    sandbox.feed(&["verify"], &secret).succeeds();
    assert!(!sent.contains(&secret[14..]), "{sent:?}");
    assert!(sent.contains(&osc52(&secret)));
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
    let tmux = std::process::Command::new("tmux").arg("-V").output();
    if !has("tmux", tmux.is_ok()) {
        return;
    }
    let config = "set -g allow-passthrough on\nset -g default-terminal screen\n";
    std::fs::write(sandbox.path("tmux.conf"), config).unwrap();
    let line = "TMUX_TMPDIR=$PWD tmux -u -f tmux.conf new-session \
                \"$APIKEY create a -g readonly --copy=osc52; echo code $? > code\"";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    terminal.at("Did the secret arrive", "y\r");
    terminal.ends();
    let code = std::fs::read_to_string(sandbox.path("code")).unwrap();
    assert_eq!(code, "code 0\n");
    // tmux passed on what it was asked to, without its wrapping.
    let sent = String::from_utf8_lossy(&terminal.bytes).into_owned();
    let (_, after) = sent
        .split_once("\u{1b}]52;c;")
        .expect("nothing came through");
    let (encoded, _) = after.split_once('\u{7}').unwrap();
    use base64ct::{Base64, Encoding};
    let secret = Base64::decode_vec(encoded).unwrap();
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn an_expiry_that_comes_while_somebody_thinks_is_refused() {
    let sandbox = Sandbox::new();
    let line = "$APIKEY create a -d '' --expires 1s --export .";
    let mut terminal = Terminal::open(&sandbox, 100, line);
    terminal.at("[ ] admin", " \r");
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
fn what_is_neither_yes_nor_no_is_asked_again() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::open(
        &sandbox,
        80,
        "$APIKEY create a --export . -d '' --expires 9d",
    );
    terminal.at("[ ] admin", " \r");
    terminal.at("Create this key?", "90d\r");
    terminal.at("answer y or n", "yes\r");
    terminal.exits(&sandbox, 0);
    assert!(sandbox.path("a.APIKEY").exists());
}

#[test]
fn an_owner_is_chosen_among_those_who_are_in_all_the_groups() {
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
    terminal.at("[ ] admin", " \r");
    terminal.sees("not in all of these groups, so not to own the key: dora");
    terminal.sees("\n  alice");
    assert!(
        !terminal.contents().contains("alan"),
        "{}",
        terminal.contents()
    );
    terminal.at("> (nobody)", "al");
    terminal.at("> alice", ENTER);
    terminal.at("Create this key?", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("a")["owner"], "alice");
    // The other way round: an owner who is named has groups to choose from.
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
    // So has a key that has one, which keeps what it is in.
    sandbox
        .run(&["user", "set-groups", "alice", "readonly"])
        .succeeds();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.sees("[x] admin");
    terminal.at("[ ] readonly", CTRL_C);
    terminal.exits(&sandbox, 130);
}

#[test]
fn what_cannot_be_handed_over_is_told_before_anything_is_asked() {
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
fn only_what_one_may_change_is_there_to_be_picked() {
    let sandbox = Sandbox::staffed();
    sandbox
        .run(&["user", "set-groups", "alice", "--add", "audit"])
        .succeeds();
    for owner in ["alice", "bob"] {
        sandbox.create(&[&format!("{owner}s-job"), "-g", "deploy", "--owner", owner]);
    }
    let alice = [("SUDO_USER", "alice")];
    for (command, sees_bobs) in [("delete", false), ("deactivate", false), ("show", true)] {
        let line = format!("$APIKEY {command}");
        let mut terminal = Terminal::with(&sandbox, 100, &alice, &line);
        terminal.sees(if sees_bobs { "bobs-job" } else { "alices-job" });
        // What is drawn after that, if anything is.
        terminal.press(DOWN);
        terminal.sees("alices-job");
        let offered = terminal.contents();
        assert_eq!(
            offered.contains("bobs-job"),
            sees_bobs,
            "{command}: {offered}"
        );
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
    }
    // A key whose secret was never handed over has no groups to be ticked.
    sandbox.sql("UPDATE keys SET state = 'pending'");
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY set-groups alices-job");
    assert_eq!(terminal.ends(), 3, "{}", terminal.contents());
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY deactivate");
    assert_eq!(terminal.ends(), 3, "{}", terminal.contents());
}

#[test]
fn menus_stay_within_small_screens() {
    let sandbox = Sandbox::new();
    for n in 10..60 {
        let name = format!("team-{n}-with-a-name-that-is-rather-long");
        sandbox.run(&["group", "create", &name]).succeeds();
    }
    for (columns, rows) in [(40, 12), (20, 6), (80, 24)] {
        let line = format!("stty rows {rows}; $APIKEY create a -d ''");
        let mut terminal = Terminal::open(&sandbox, columns, &line);
        terminal.resize(rows, columns);
        terminal.sees("> [ ] admin");
        assert!(
            terminal.contents().contains("Groups"),
            "{}",
            terminal.contents()
        );
        for _ in 0..4 {
            terminal.press(DOWN);
        }
        terminal.sees("> [ ] team-12");
        let contents = terminal.contents();
        assert_eq!(contents.matches("Groups").count(), 1, "{contents}");
        terminal.press(CTRL_C);
        assert_eq!(terminal.ends(), 130);
    }
}

#[test]
fn of_names_that_begin_alike_the_one_that_is_picked_is_meant() {
    let sandbox = Sandbox::new();
    let [a, b] = ["a", "b"].map(|end| format!("production-eu-central-1-deploy-bot-{end}"));
    sandbox.key(&a);
    sandbox.key(&b);
    for columns in [40, 20, 120] {
        let mut terminal = Terminal::open(&sandbox, columns, "$APIKEY deactivate");
        terminal.at("> prod", DOWN);
        terminal.waits_until(|screen| screen.contents().contains("\n> prod"));
        terminal.press(ENTER);
        terminal.exits(&sandbox, 0);
        assert_eq!(sandbox.show(&a)["status"], "active", "{columns}");
        assert_eq!(sandbox.show(&b)["status"], "inactive", "{columns}");
        sandbox.run(&["activate", &b]).succeeds();
    }
}

#[test]
fn a_secret_is_no_answer() {
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
fn a_terminal_that_becomes_too_small_ends_the_question_and_no_more() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for command in ["create", "delete", "set-groups a"] {
        let mut terminal = Terminal::open(&sandbox, 80, &format!("$APIKEY {command}"));
        if command == "create" {
            terminal.at("Name:", "x\r");
            terminal.at("Description:", "\r");
        }
        terminal.sees("> [ ] a");
        terminal.shrink(2, 80);
        terminal.press(DOWN);
        terminal.exits(&sandbox, 2);
        let said = String::from_utf8_lossy(&terminal.bytes).into_owned();
        assert!(
            said.contains("became too small") && !said.contains("panicked"),
            "{said}"
        );
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[test]
fn what_is_shown_is_in_no_history_of_a_tmux_without_other_screens() {
    let sandbox = Sandbox::new();
    let tmux = std::process::Command::new("tmux").arg("-V").output();
    if !has("tmux", tmux.is_ok()) {
        return;
    }
    let config = "set -g default-terminal screen\nsetw -g alternate-screen off\n";
    std::fs::write(sandbox.path("tmux.conf"), config).unwrap();
    let line = "TMUX_TMPDIR=$PWD tmux -u -f tmux.conf new-session \
                \"$APIKEY create; tmux capture-pane -p -S - > history\"";
    let mut terminal = Terminal::open(&sandbox, 80, line);
    answer_everything(&mut terminal);
    terminal.press(&[DOWN, DOWN].concat());
    terminal.at("> show it here", ENTER);
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
fn what_can_never_be_is_told_before_anything_is_asked() {
    let sandbox = with_an_owner();
    std::fs::write(sandbox.path("there"), "").unwrap();
    for (line, code) in [
        ("create -g nope", 3),
        ("create -g readonly -g nope", 3),
        ("create --owner nobody -g readonly", 3),
        ("create x --export there", 6),
    ] {
        let mut terminal = Terminal::open(&sandbox, 100, &format!("$APIKEY {line}"));
        if line.starts_with("create -") {
            terminal.at("Name:", "x\r");
        }
        assert_eq!(terminal.ends(), code, "{line}: {}", terminal.contents());
        assert!(!terminal.contents().contains("Description"), "{line}");
    }
}

#[test]
fn where_the_display_is_gone_the_terminal_may_have_a_clipboard() {
    let sandbox = Sandbox::new();
    let gone = [("DISPLAY", ":9999")];
    let mut terminal = Terminal::with(&sandbox, 80, &gone, "$APIKEY create");
    answer_everything(&mut terminal);
    terminal.at("> copy it to the clipboard, for 45 seconds", ENTER);
    terminal.sees("there is no clipboard");
    terminal.at("> copy it to the clipboard, through the terminal", ENTER);
    terminal.at("Did the secret arrive", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(the_key(&sandbox)["status"], "active");
}
