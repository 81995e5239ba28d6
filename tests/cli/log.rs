//! The entries that `log` lists. `log_shown.rs` tests their formats, `log_verify.rs` the chain.

use serde_json::Value;

use super::pty::Terminal;
use super::sandbox::Sandbox;

/// Returns the entries that `log` lists with `args`, each as `seq action`.
pub fn listed(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let args = [&["log", "--json", "-q"], args].concat();
    let entries = sandbox.run(&args).succeeds().json();
    let line = |entry: &Value| format!("{} {}", entry["seq"], entry["action"].as_str().unwrap());
    entries.as_array().unwrap().iter().map(line).collect()
}

/// Returns a database with log entries 1 to 10, and the ids of the keys of entries 2 to 5, 6 to
/// 8, and 9 and 10.
pub fn populated() -> (Sandbox, [String; 3]) {
    let sandbox = Sandbox::new();
    sandbox.key("first");
    sandbox.run(&["rename", "first", "nightly"]).succeeds();
    let first = sandbox.show("nightly")["id"].clone();
    sandbox.run(&["delete", "nightly", "-y"]).succeeds();
    sandbox.key("nightly");
    let second = sandbox.show("nightly")["id"].clone();
    sandbox.run(&["delete", "nightly", "-y"]).succeeds();
    sandbox.key("Nightly");
    let third = sandbox.show("nightly")["id"].clone();
    (
        sandbox,
        [first, second, third].map(|id| id.as_str().unwrap().to_owned()),
    )
}

#[test]
fn a_limit_lists_the_last_entries_with_the_newest_at_the_end() {
    let (sandbox, _) = populated();
    assert_eq!(listed(&sandbox, &[]).len(), 10);
    assert_eq!(
        listed(&sandbox, &["--limit", "3"]),
        ["8 delete", "9 create", "10 hand-over"]
    );
    assert_eq!(listed(&sandbox, &["--limit", "1"]), ["10 hand-over"]);
    assert_eq!(listed(&sandbox, &["--limit", "11"]).len(), 10);
    assert_eq!(
        listed(&sandbox, &["--limit", "18446744073709551615"]).len(),
        10
    );
    sandbox.run(&["log", "--limit", "0"]).exits(2);
}

#[test]
fn a_name_lists_the_existing_key_and_reports_former_keys_of_that_name() {
    let (sandbox, [first, second, third]) = populated();
    let last = ["9 create", "10 hand-over"];
    for key in ["nightly", "NIGHTLY", &third] {
        assert_eq!(listed(&sandbox, &["--key", key]), last, "{key}");
    }
    let short = sandbox.show("nightly")["key"].as_str().unwrap().to_owned();
    assert_eq!(listed(&sandbox, &["--key", &short]), last);
    assert_eq!(
        listed(&sandbox, &["--key", &short.replace('…', "...")]),
        last
    );
    let mut terminal = Terminal::open(&sandbox, 120, "$APIKEY log --key nightly > out");
    terminal.sees(&format!("2 keys, with the ids {first}, {second}"));
    assert_eq!(sandbox.run(&["log", "--key", &third]).succeeds().stderr, "");
}

#[test]
fn a_deleted_key_is_found_by_its_id_its_short_form_and_its_names() {
    let (sandbox, [first, second, _]) = populated();
    sandbox.run(&["rename", "nightly", "daily"]).succeeds();
    let of_first = ["2 create", "3 hand-over", "4 rename", "5 delete"];
    for key in [&first, "first", "FIRST", &format!("apik_{first}…0000")] {
        assert_eq!(listed(&sandbox, &["--key", key]), of_first, "{key}");
    }
    assert_eq!(listed(&sandbox, &["--key", &second]).len(), 3);
    // All keys that ever had the name, two of them deleted and one renamed since.
    assert_eq!(listed(&sandbox, &["--key", "nightly"]).len(), 4 + 3 + 3);
    assert_eq!(
        listed(&sandbox, &["--key", "nightly", "--limit", "2"]),
        ["10 hand-over", "11 rename"]
    );
    let mut terminal = Terminal::open(&sandbox, 120, "$APIKEY log --key first > out");
    terminal.sees(&format!(
        "no key is named \"first\" now; it was the name of the key with the id {first}"
    ));
    assert_eq!(sandbox.run(&["log", "--key", &first]).succeeds().stderr, "");
    for key in ["nosuch", "00000000", &format!("other_{first}…0000")] {
        let ran = sandbox.run(&["log", "--key", key, "--json"]).exits(3);
        assert_eq!(ran.error_code(), "key-not-found");
    }
    // The names of groups are no names of keys.
    sandbox.run(&["group", "create", "crew"]).succeeds();
    sandbox.run(&["log", "--key", "crew"]).exits(3);
    sandbox.run(&["log", "--key", "readonly"]).exits(3);
}

#[test]
fn the_short_form_of_another_secret_names_no_key() {
    let (sandbox, [_, _, third]) = populated();
    let short = sandbox.show("nightly")["key"].as_str().unwrap().to_owned();
    let wrong = if short.ends_with("0000") {
        "1111"
    } else {
        "0000"
    };
    let key = format!("apik_{third}…{wrong}");
    sandbox.run(&["log", "--key", &key]).exits(3);
}

#[test]
fn filters_combine_with_and() {
    let sandbox = Sandbox::new();
    sandbox
        .as_user("bob", &["group", "create", "crew"])
        .succeeds();
    sandbox
        .as_user("bob", &["create", "a", "-g", "crew"])
        .succeeds();
    sandbox.as_user("eve", &["deactivate", "a"]).succeeds();
    sandbox.tamper("UPDATE log SET at = at - 86400 WHERE seq <= 3");
    for (args, seqs) in [
        (&["--operator", "bob"][..], &[2, 3, 4][..]),
        (&["--operator", "eve"], &[5]),
        (&["--operator", "BOB"], &[]),
        (&["--operator", "nobody"], &[]),
        (&["--operator", "uid:4711"], &[]),
        (&["--since", "1h"], &[4, 5]),
        (&["--since", "2d"], &[1, 2, 3, 4, 5]),
        (&["--since", "365000d"], &[1, 2, 3, 4, 5]),
        (&["--since", "1h", "--operator", "bob"], &[4]),
        (&["--key", "a"], &[3, 4, 5]),
        (&["--key", "a", "--operator", "bob", "--limit", "1"], &[4]),
    ] {
        let seqs: Vec<String> = seqs.iter().map(ToString::to_string).collect();
        let found = listed(&sandbox, args);
        let found: Vec<_> = found
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(found, seqs, "{args:?}");
    }
    for args in [
        &["--since", "1M"][..],
        &["--since", "never"],
        &["--operator", "a b"],
        &["--operator", ""],
        &["--key", "a b"],
        &["nonsense"],
    ] {
        sandbox.run(&[&["log"], args].concat()).exits(2);
    }
}

#[test]
fn head_and_verify_refuse_the_options_of_the_listing() {
    let sandbox = Sandbox::new();
    for option in [
        ["--limit", "1"],
        ["--key", "a"],
        ["--operator", "a"],
        ["--since", "1d"],
    ] {
        for command in ["head", "verify"] {
            let before = [&["log"], &option[..], &[command]].concat();
            sandbox.run(&before).exits(2).says(option[0]);
            let after = [&["log", command], &option[..]].concat();
            sandbox.run(&after).exits(2);
        }
    }
    sandbox.run(&["log", "--json", "head"]).succeeds().json();
    sandbox.run(&["log", "head", "--format", "csv"]).exits(2);
    sandbox
        .run(&["log", "verify", "--format", "jsonl"])
        .exits(2);
}
