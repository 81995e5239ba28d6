//! Rules that fill in what is not given, and what the policy changes and doesn't change elsewhere.

use sqlite_only::sqlite_only;

use super::policy_rules::{check, populated, set};
use super::sandbox::Sandbox;

#[test]
fn a_key_without_an_expiry_takes_the_default_lifetime() {
    let sandbox = Sandbox::new();
    set(&sandbox, "max-lifetime", "90d");
    set(&sandbox, "default-lifetime", "30d");
    let lifetime = |name: &str| -> Option<i64> {
        let select = format!("SELECT expires_at - created_at FROM keys WHERE name = '{name}'");
        sandbox.value(&select).parse().ok()
    };
    let ran = sandbox.run(&["create", "a", "-g", "readonly"]).succeeds();
    ran.says("the policy's default-lifetime");
    assert_eq!(lifetime("a"), Some(30 * 86_400));
    let ran = sandbox
        .run(&["create", "b", "-g", "readonly", "--expires", "60d"])
        .succeeds();
    assert!(!ran.stderr.contains("default-lifetime"), "{ran:?}");
    assert_eq!(lifetime("b"), Some(60 * 86_400));
    // An explicit excess is refused, never shortened.
    check(
        &sandbox,
        &[
            ("create c -g readonly --expires never", Some("max-lifetime")),
            ("create c -g readonly --expires 91d", Some("max-lifetime")),
        ],
    );
    sandbox.run(&["policy", "unset", "max-lifetime"]).succeeds();
    sandbox
        .run(&["create", "c", "-g", "readonly", "--expires", "never"])
        .succeeds();
    assert_eq!(lifetime("c"), None);
    // The json has the expiry, too.
    let ran = sandbox.run(&["create", "d", "-g", "readonly", "--json"]);
    assert!(ran.json()["key"]["expires_at"].is_string());
}

#[test]
fn a_script_takes_the_default_overlap() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let ran = sandbox.run(&["rotate", "a", "--json"]).exits(2);
    assert_eq!(ran.error_code(), "usage");
    set(&sandbox, "default-overlap", "2d");
    sandbox.run(&["rotate", "a"]).succeeds();
    let select = "SELECT p.valid_until - c.created_at FROM secrets p, secrets c
                   WHERE c.state = 'current' AND p.state = 'previous'";
    let overlap = sandbox.number(select);
    assert_eq!(overlap, 2 * 86_400);
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    set(&sandbox, "default-overlap", "0s");
    sandbox.run(&["rotate", "a"]).succeeds();
    assert_eq!(sandbox.show("a")["previous"]["state"], "ended");
}

#[test]
fn drain_after_decides_when_a_previous_secret_counts_as_drained() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let new = sandbox.run(&["rotate", "a", "--overlap", "30d"]).succeeds();
    // Two days pass.
    sandbox.age(2 * 86_400);
    sandbox.sql(
        "UPDATE secrets SET created_at = created_at - 172800, valid_until = valid_until - 172800",
    );
    sandbox.feed(&["verify"], new.stdout).succeeds();
    for (value, is_drained) in [("1d", true), ("2d", true), ("3d", false)] {
        set(&sandbox, "drain-after", value);
        let listed = sandbox.names(&["--drained"]);
        assert_eq!(listed.len(), usize::from(is_drained), "{value}");
        assert_eq!(sandbox.show("a")["previous"]["drained"], is_drained);
        let keys = sandbox.run(&["list", "--json"]).succeeds().json();
        assert_eq!(keys[0]["previous"]["drained"], is_drained, "{value}");
    }
    let finish = ["finish-rotation", "a", "--if-drained"];
    sandbox.run(&finish).exits(1);
    set(&sandbox, "drain-after", "2d");
    sandbox.run(&finish).succeeds();
}

#[test]
fn no_rule_changes_what_verify_answers() {
    let sandbox = populated();
    let secrets: Vec<String> = ["old-name", "no-owner", "expires-late"]
        .iter()
        .map(|name| sandbox.create(&[name, "-g", "deploy"]))
        .chain([sandbox.create(&["b", "-g", "deploy", "--owner", "bob"])])
        .collect();
    let answers = |sandbox: &Sandbox| -> Vec<String> {
        let requirements: [&[&str]; 4] = [
            &[],
            &["-g", "deploy"],
            &["--can", "deploy:run"],
            &["--min-remaining", "1d", "--json"],
        ];
        let mut all = Vec::new();
        for secret in &secrets {
            for asked in requirements {
                let args = [&["verify", "--no-record"], asked].concat();
                let ran = sandbox.feed(&args, secret);
                all.push(format!("{} {}", ran.code, ran.stdout));
            }
        }
        all
    };
    let before = answers(&sandbox);
    for (rule, value) in [
        ("max-lifetime", "1s"),
        ("default-lifetime", "1s"),
        ("owner-required", "true"),
        ("name-pattern", "x"),
        ("max-keys-per-owner", "1"),
        ("max-overlap", "0s"),
        ("default-overlap", "0s"),
        ("self-service-groups", "admin"),
        ("max-age", "1s"),
        ("unused-after", "1s"),
        ("warn-before", "1s"),
        ("drain-after", "1s"),
    ] {
        set(&sandbox, rule, value);
        assert_eq!(answers(&sandbox), before, "{rule}");
    }
}

#[sqlite_only("restores a file")]
#[test]
fn restore_warns_of_keys_that_break_the_restored_policy() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.key("b");
    sandbox.create(&["c", "-g", "readonly", "--expires", "1d"]);
    set(&sandbox, "max-lifetime", "90d");
    sandbox.run(&["backup", "backup"]).succeeds();
    let restore = ["--db", "x/keys.db", "restore", "backup", "-y"];
    let ran = sandbox.run(&restore).succeeds();
    ran.says("2 keys break a rule of the policy")
        .says("apikey review --only policy");
    let review = ["--db", "x/keys.db", "review", "--only", "policy", "--json"];
    let found = sandbox.run(&review).exits(1).json();
    assert_eq!(found.as_array().unwrap().len(), 2);
    let policy = ["--db", "x/keys.db", "policy", "--json"];
    let rules = sandbox.run(&policy).succeeds().json();
    assert_eq!(rules[0]["value"], "90d");
    sandbox.run(&["policy", "unset", "max-lifetime"]).succeeds();
    sandbox.run(&["backup", "other"]).succeeds();
    let ran = sandbox
        .run(&["--db", "y/keys.db", "restore", "other", "-y"])
        .succeeds();
    assert!(!ran.stderr.contains("rule"), "{ran:?}");
}

#[test]
fn a_selection_that_breaks_a_rule_changes_nothing() {
    let sandbox = populated();
    let give = ["set-owner", "--no-owner", "alice", "--yes", "--json"];
    // alice owns one key, and seven keys have no owner.
    let without_owner = sandbox.names(&["--no-owner"]).len();
    assert_eq!(without_owner, 7);
    for limit in ["4", "7"] {
        set(&sandbox, "max-keys-per-owner", limit);
        let before = sandbox.content();
        let ran = sandbox.run(&give).exits(3);
        assert_eq!(ran.error_code(), "policy", "{limit}");
        assert!(sandbox.content() == before, "{limit}");
    }
    set(&sandbox, "max-keys-per-owner", "8");
    sandbox.run(&give).succeeds();
    assert_eq!(sandbox.names(&["--owner", "alice"]).len(), 8);
}
