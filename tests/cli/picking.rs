//! Menus of keys and groups, which open when the command line names none.

use super::pty::{CTRL_C, DOWN, ENTER, ESCAPE, LEFT, RIGHT, SPACE, Terminal};
use super::sandbox::Sandbox;

#[test]
fn set_groups_opens_with_the_present_groups_ticked() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox
        .run(&["group", "create", "deploy", "--allow", "deploy:*"])
        .succeeds();
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.sees("> [ ] deploy    deploy:*");
    terminal.sees("  [x] readonly  *:read");
    terminal.at("  [ ] admin     *, apikey:manage", SPACE);
    terminal.at("> [x] deploy", ENTER);
    terminal.sees("? Groups: 2 ticked: deploy, readonly");
    terminal.sees("to    deploy, readonly");
    terminal.at("Change the groups of \"a\"? [y/N]:", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(
        sandbox.show("a")["groups"],
        serde_json::json!(["deploy", "readonly"])
    );
    // A key needs a group, and Ctrl-C changes nothing.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.at("[x] deploy", &[LEFT, ENTER].concat());
    terminal.at("a key needs at least one group", CTRL_C);
    terminal.exits(&sandbox, 130);
    // Enter alone doesn't confirm, and unchanged groups need no confirmation.
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a --yes");
    terminal.at("> [x] deploy", SPACE);
    terminal.at("> [ ] deploy", ENTER);
    terminal.at("Change the groups of \"a\"? [y/N]:", ENTER);
    terminal.exits(&sandbox, 1);
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY set-groups a");
    terminal.at("> [x] deploy", ENTER);
    terminal.exits(&sandbox, 0);
    assert_eq!(
        sandbox.show("a")["groups"],
        serde_json::json!(["deploy", "readonly"])
    );
}

#[test]
fn delete_lets_the_user_tick_several_keys_and_confirm_them() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        sandbox.key(name);
    }
    let ticking = |sandbox: &Sandbox, line: &str| {
        let mut terminal = Terminal::open(sandbox, 100, line);
        terminal.at("> [ ] a  apik_", SPACE);
        terminal.at("> [x] a", &[DOWN, DOWN].concat());
        terminal.at("> [ ] c", SPACE);
        terminal.at("> [x] c", ENTER);
        terminal.sees("? Keys to delete: 2 ticked: a, c");
        terminal.sees("LAST USED");
        terminal
    };
    // --yes confirms only keys that the command line names.
    for (line, answer) in [("$APIKEY delete", "n\r"), ("$APIKEY delete --yes", ENTER)] {
        let mut terminal = ticking(&sandbox, line);
        terminal.at("Delete these 2 keys for good? [y/N]:", answer);
        terminal.exits(&sandbox, 1);
        assert_eq!(sandbox.names(&[]), ["a", "b", "c"]);
    }
    let mut terminal = ticking(&sandbox, "$APIKEY delete");
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
fn show_activate_and_deactivate_pick_a_key_by_a_part_of_its_name() {
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

    for (answer, code, status) in [(ENTER, 1, "active"), ("y\r", 0, "inactive")] {
        let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY deactivate --yes");
        terminal.sees("> deploy-bot");
        assert!(
            !terminal.contents().contains("off"),
            "{}",
            terminal.contents()
        );
        terminal.press(ENTER);
        terminal.at("Deactivate \"deploy-bot\"? [y/N]:", answer);
        terminal.exits(&sandbox, code);
        assert_eq!(sandbox.show("deploy-bot")["status"], status);
    }

    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY activate");
    terminal.sees("> deploy-bot");
    assert!(!terminal.contents().contains("nightly"));
    terminal.at("off ", &[DOWN, ENTER].concat());
    terminal.at("Activate \"off\"? [y/N]:", "y\r");
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
fn no_menu_opens_without_a_usable_terminal() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (line, missing) in [
        ("create", "NAME"),
        ("create b", "--group"),
        ("create -g readonly", "NAME"),
        ("show", "KEY"),
        ("activate", "KEY"),
        ("deactivate", "KEY"),
        ("delete", "KEY"),
        ("delete --yes", "KEY"),
        ("set-groups a", "GROUP"),
        ("rotate a", "--overlap"),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let ran = sandbox
            .run(&args)
            .exits(2)
            .says("there is no terminal to prompt on");
        ran.says(missing).says("apikey ");
        assert_eq!(
            sandbox
                .run(&[&args[..], &["--json"]].concat())
                .exits(2)
                .error_code(),
            "usage"
        );
        for (command, why) in [
            (format!("$APIKEY {line} --no-input"), "--no-input forbids"),
            (format!("$APIKEY {line} < /dev/null"), "no terminal"),
            (
                format!("$APIKEY {line} 2> stderr; cat stderr; exit 2"),
                "no terminal",
            ),
            (format!("TERM=dumb $APIKEY {line}"), "can't draw a menu"),
            (format!("stty rows 2; $APIKEY {line}"), "too small"),
            (format!("stty cols 1; $APIKEY {line}"), ""),
        ] {
            let line = command.replace("exit 2", "(exit 2)");
            let mut terminal = Terminal::open(&sandbox, 100, &line);
            assert_eq!(terminal.ends(), 2, "{line}: {}", terminal.contents());
            let printed = terminal.contents();
            assert!(printed.contains(why), "{line}: {printed}");
        }
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
    assert_eq!(sandbox.count("secrets"), 1);
}

#[test]
fn a_menu_offers_only_keys_that_the_operator_may_change() {
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
        // Waits for another drawing, which may add keys.
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
    // A pending key is offered in no menu.
    sandbox.sql("UPDATE secrets SET state = 'pending'");
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
        terminal.sees("> [ ] readonly");
        assert!(
            terminal.contents().contains("Groups"),
            "{}",
            terminal.contents()
        );
        for _ in 0..4 {
            terminal.press(DOWN);
        }
        terminal.sees("> [ ] team-13");
        let contents = terminal.contents();
        assert_eq!(contents.matches("Groups").count(), 1, "{contents}");
        terminal.press(CTRL_C);
        assert_eq!(terminal.ends(), 130);
    }
}

#[test]
fn the_picked_key_is_the_one_changed_when_names_look_alike() {
    let sandbox = Sandbox::new();
    let [a, b] = ["a", "b"].map(|end| format!("production-eu-central-1-deploy-bot-{end}"));
    sandbox.key(&a);
    sandbox.key(&b);
    for columns in [40, 20, 120] {
        let mut terminal = Terminal::open(&sandbox, columns, "$APIKEY deactivate");
        terminal.at("> prod", DOWN);
        terminal.waits_until(|screen| screen.contents().contains("\n> prod"));
        terminal.press(ENTER);
        terminal.at("[y/N]", "y\r");
        terminal.exits(&sandbox, 0);
        assert_eq!(sandbox.show(&a)["status"], "active", "{columns}");
        assert_eq!(sandbox.show(&b)["status"], "inactive", "{columns}");
        sandbox.run(&["activate", &b]).succeeds();
    }
}

#[test]
fn a_terminal_that_becomes_too_small_ends_the_menu_without_a_panic() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for command in ["create", "delete", "set-groups a"] {
        let mut terminal = Terminal::open(&sandbox, 80, &format!("$APIKEY {command}"));
        if command == "create" {
            terminal.at("Name:", "x\r");
            terminal.at("Description:", "\r");
        }
        terminal.sees("Enter to accept]");
        terminal.shrink(2, 80);
        terminal.press(&[RIGHT, ENTER].concat());
        terminal.exits(&sandbox, 2);
        let printed = String::from_utf8_lossy(&terminal.bytes).into_owned();
        assert!(
            printed.contains("became too small") && !printed.contains("panicked"),
            "{printed}"
        );
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
}
