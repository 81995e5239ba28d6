//! Repeated options: an option with one value is refused when repeated, so that no value is
//! silently dropped.

use clap::ArgAction;

use super::arguments::all;
use super::sandbox::Sandbox;

#[test]
fn verify_drops_no_requirement() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["group", "create", "orders", "--allow", "order:read"])
        .succeeds();
    let secret = sandbox.create(&["a", "-g", "orders", "--app", "shop", "--expires", "1d"]);
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    for args in [
        &["--can", "admin:wipe", "--can", "order:read"][..],
        &["--can", "order:read", "--can=order:read"],
        &["--can", "order:read", "--on", "x", "--on", "y"],
        &["--app", "billing", "--app", "shop"],
        &["--min-remaining", "90d", "--min-remaining", "1h"],
        &["--key-file", "nowhere", "--key-file", "s"],
        &["--key-env", "NOWHERE", "--key-env", "SECRET"],
        &["--key-file", "s", "--key-env", "SECRET"],
        &["--on", "x"],
    ] {
        for batch in [&[][..], &["--batch"]] {
            let args = [&["verify"], args, batch].concat();
            let ran = sandbox.feed(&args, &secret).exits(2);
            assert_eq!(ran.stdout, "", "{args:?}");
            let ran = sandbox.feed(&[&args[..], &["--json"]].concat(), &secret);
            assert_eq!(ran.exits(2).error_code(), "usage", "{args:?}");
        }
    }
    let repeated = ["verify", "--can", "a:b", "--can", "c:d"];
    sandbox
        .feed(&repeated, &secret)
        .exits(2)
        .says("'--can <ACTION>' cannot be used multiple times")
        .says("hint: give it once");
    let both = |other: &str| {
        let args = ["verify", "-g", "orders", "-g", other];
        sandbox.feed(&args, &secret).stdout
    };
    assert_eq!(both("Orders"), "accepted a\n");
    assert_eq!(both("readonly"), "refused missing-group\n");
}

/// Returns a value that the option accepts.
fn value(option: &str) -> &'static str {
    match option {
        "expires" | "min-remaining" | "unused-for" | "expires-within" | "since" | "overlap"
        | "if-older-than" | "clear-after" | "expired-for" | "older-than" | "refused-within"
        | "for" | "unused-after" | "warn-before" | "max-age" => "1d",
        "argon2" => "m=8,t=1,p=1",
        "can" => "a:b",
        "meta" => "a=b",
        "copy" => "clipboard",
        "limit" | "at-most" => "1",
        "sort" => "name",
        "scheme" => "plain",
        "shape" => ":9:hex",
        "from" => "csv",
        "rules" => "gitleaks",
        "status" => "active",
        "expect" => "1:0000000000000000000000000000000000000000000000000000000000000000",
        _ => "ab",
    }
}

#[test]
fn no_command_drops_a_value() {
    const LAST_VALUE_WINS: [&str; 3] = ["db", "format", "color"];
    let sandbox = Sandbox::new();
    let before = sandbox.content();
    let mut count = 0;
    for (path, command) in all() {
        for arg in command.get_arguments() {
            let Some(long) = arg
                .get_long()
                .filter(|long| !LAST_VALUE_WINS.contains(long))
            else {
                continue;
            };
            if !matches!(arg.get_action(), ArgAction::Set) {
                continue;
            }
            let option = format!("--{long}={}", value(long));
            let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
            args.extend([&*option, &*option]);
            let ran = sandbox.run(&args).exits(2);
            let says = "cannot be used multiple times";
            assert!(ran.stderr.contains(says), "{args:?}: {ran:?}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count}");
    assert_eq!(sandbox.content(), before);
}

#[test]
fn every_flag_may_be_repeated() {
    let sandbox = Sandbox::new();
    for (path, command) in all() {
        for arg in command.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            if !matches!(arg.get_action(), ArgAction::SetTrue) {
                continue;
            }
            let option = format!("--{long}");
            let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
            args.extend([&*option, &*option, "--no-such-option"]);
            let ran = sandbox.run(&args).exits(2);
            assert!(!ran.stderr.contains("multiple times"), "{args:?}: {ran:?}");
        }
    }
}
