//! The prompts of `create` and `rotate` offer and refuse as the policy says.

use super::pty::{CTRL_C, DOWN, ENTER, SPACE, Terminal};
use super::sandbox::Sandbox;

fn with_rules(sandbox: Sandbox, rules: &[(&str, &str)]) -> Sandbox {
    for (rule, value) in rules {
        sandbox.run(&["policy", "set", rule, value]).succeeds();
    }
    sandbox
}

#[test]
fn create_offers_the_default_lifetime_and_refuses_what_breaks_a_rule() {
    let rules = [
        ("default-lifetime", "60d"),
        ("max-lifetime", "90d"),
        ("name-pattern", "svc-.*"),
    ];
    let sandbox = with_rules(Sandbox::new(), &rules);
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY create --export .");
    terminal.at("Name:", "deploy\r");
    terminal.sees("the name \"deploy\" doesn't match");
    terminal.press("\u{15}svc-a\r");
    terminal.at("Description:", ENTER);
    terminal.at("> [ ] readonly", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.at("[60d]:", "never\r");
    terminal.sees("the key never expires; max-lifetime is 90d");
    terminal.press("\u{15}90d\r");
    terminal.at("Create this key? [Y/n]:", "y\r");
    terminal.exits(&sandbox, 0);
    let select = "SELECT name FROM keys WHERE expires_at - created_at > 89 * 86400";
    assert_eq!(sandbox.value(select), "svc-a");
}

#[test]
fn create_offers_no_key_without_an_owner_if_one_is_required() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "alice", "-g", "readonly", "-g", "admin"])
        .succeeds();
    let sandbox = with_rules(sandbox, &[("owner-required", "true")]);
    let mut terminal = Terminal::open(
        &sandbox,
        100,
        "$APIKEY create a -d x --expires never --export .",
    );
    terminal.at("> [ ] readonly", SPACE);
    terminal.at("> [x] readonly", ENTER);
    terminal.at("> alice", ENTER);
    assert!(!terminal.contents().contains("(no owner)"));
    terminal.at("Create this key? [Y/n]:", "y\r");
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("a")["owner"], "alice");
}

#[test]
fn rotate_offers_the_permitted_overlaps_with_the_default_first_under_the_cursor() {
    for (rules, expected) in [
        (&[("default-overlap", "1d")][..], "> keep it for 24 hours"),
        (&[("default-overlap", "36h")], "> keep it for 36 hours"),
        // Refusing clients is never preselected.
        (&[("default-overlap", "0s")], "> keep it for 1 hour"),
        (&[("max-overlap", "30m")], "> keep it for 30 minutes"),
    ] {
        let sandbox = with_rules(Sandbox::new(), rules);
        sandbox.key("a");
        let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY rotate a");
        terminal.sees("Enter to select");
        terminal.sees(expected);
        terminal.sees("end it now");
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
    }
    let sandbox = with_rules(Sandbox::new(), &[("max-overlap", "1d")]);
    sandbox.key("a");
    let mut terminal = Terminal::open(&sandbox, 100, "$APIKEY rotate a --export s");
    terminal.at("> keep it for 1 hour", DOWN);
    terminal.sees("> keep it for 24 hours");
    terminal.sees("Enter to select");
    assert!(!terminal.contents().contains("7 days"));
    terminal.press(ENTER);
    terminal.at("[y/N]:", "y\r");
    terminal.exits(&sandbox, 0);
}

#[test]
fn self_service_is_offered_only_the_groups_of_the_rule() {
    let sandbox = with_rules(Sandbox::staffed(), &[("self-service-groups", "deploy")]);
    for (user, offers_own) in [("alice", false), ("admin", true)] {
        let env = [("SUDO_USER", user)];
        let mut terminal = Terminal::with(&sandbox, 100, &env, "$APIKEY create a -d x");
        // The last line of the menu: everything above is drawn.
        terminal.sees("Space to tick");
        assert_eq!(terminal.contents().contains("] own"), offers_own, "{user}");
        terminal.press(CTRL_C);
        terminal.exits(&sandbox, 130);
    }
}
