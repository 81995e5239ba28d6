//! `list`: filters and sorting.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, has};
use super::waiting::is_installed;

pub fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["group", "create", "deploy"]).succeeds();
    sandbox.create(&[
        "alpha",
        "-g",
        "readonly",
        "-d",
        "Erste Prüfung 100%",
        "--app",
        "shop",
    ]);
    sandbox.create(&["Beta", "-g", "deploy", "-g", "readonly", "--expires", "5d"]);
    sandbox.create(&[
        "gamma",
        "-g",
        "admin",
        "--app",
        "billing",
        "--expires",
        "90d",
    ]);
    sandbox.create(&["delta", "-g", "deploy", "-d", "under_score"]);
    sandbox.run(&["deactivate", "delta"]).succeeds();
    sandbox.create(&["old", "-g", "readonly"]);
    sandbox.run(&["set-expiry", "old", "2020-01-01"]).succeeds();
    sandbox
}

#[test]
fn different_filters_combine_with_and_and_repeated_ones_with_or() {
    let sandbox = furnished();
    let all: &[&str] = &["alpha", "Beta", "delta", "gamma", "old"];
    for (args, names) in [
        (&[][..], all),
        (&["--status", "active"], &["alpha", "Beta", "gamma"]),
        (
            &["--status", "inactive", "--status", "expired"],
            &["delta", "old"],
        ),
        (&["-g", "deploy"], &["Beta", "delta"]),
        (
            &["-g", "DEPLOY", "-g", "admin"],
            &["Beta", "delta", "gamma"],
        ),
        (&["-g", "deploy", "--status", "active"], &["Beta"]),
        (&["--app", "shop"], &["alpha"]),
        (&["--app", "SHOP", "--app", "billing"], &["alpha", "gamma"]),
        (&["--app", "none"], &[]),
        (&["--expires-within", "14d"], &["Beta"]),
        (&["--expires-within", "365d"], &["Beta", "gamma"]),
        (&["--search", "PRÜFUNG"], &["alpha"]),
        (&["--search", "BETA"], &["Beta"]),
        (&["--search", "elta"], &["delta"]),
        (&["--search", "%"], &["alpha"]),
        (&["--search", "_"], &["delta"]),
        (&["--search", "-x"], &[]),
        (&["--never-used"], all),
        (&["--limit", "2"], &["alpha", "Beta"]),
        (&["--reverse", "--limit", "1"], &["old"]),
        (&["--unused-for", "1h"], &[]),
        (&["--unused-for", "0s"], all),
    ] {
        assert_eq!(sandbox.names(args), names, "{args:?}");
    }
    assert_eq!(
        sandbox
            .run(&["list", "-g", "nosuch", "--json"])
            .exits(3)
            .error_code(),
        "group-not-found"
    );
}

#[sqlite_only("counts the pages that are read")]
#[test]
fn the_keys_of_an_owner_are_found_by_an_index() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let sandbox = Sandbox::staffed();
    sandbox.key("a");
    sandbox.multiply("a", 20_000);
    sandbox.sql(
        "UPDATE keys SET owner = (SELECT id FROM users WHERE name = 'alice') WHERE number % 9000 = 7",
    );
    for args in ["", "--sort created_at"] {
        let list = format!("\"$APIKEY\" list --owner alice --format csv {args}");
        let trace = format!("strace -qq -o calls -e trace=pread64 {list}");
        let ran = sandbox.shell(&trace).succeeds();
        assert_eq!(ran.stdout.lines().count(), 1 + 3, "{ran:?}");
        // The table has more than a thousand pages.
        let reads = sandbox.shell("wc -l < calls").succeeds().stdout;
        let reads: u32 = reads.trim().parse().unwrap();
        assert!(reads < 200, "{reads} pages read {args}");
    }
}

#[test]
fn unused_for_counts_from_the_last_use() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("used");
    sandbox.key("never");
    sandbox.age(864_000);
    sandbox.feed(&["verify"], &secret).succeeds();
    assert_eq!(sandbox.names(&["--never-used"]), ["never"]);
    assert_eq!(sandbox.names(&["--unused-for", "9d"]), ["never"]);
    assert_eq!(sandbox.names(&["--unused-for", "11d"]), [""; 0]);
    assert_eq!(
        sandbox.names(&["--sort", "last_used_at"]),
        ["never", "used"]
    );
}

#[test]
fn every_field_sorts_both_ways() {
    let sandbox = furnished();
    let key = sandbox.show("alpha");
    let fields = key
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| !field.starts_with("effective") && *field != "limits");
    for field in fields {
        let ascending = sandbox.names(&["--sort", field]);
        let mut descending = sandbox.names(&["--sort", field, "--reverse"]);
        assert_eq!(ascending.len(), 5, "{field}");
        descending.sort();
        let mut sorted = ascending.clone();
        sorted.sort();
        assert_eq!(descending, sorted, "{field}");
        assert_eq!(
            sandbox.names(&["--sort", field, "--limit", "2"]),
            ascending[..2],
            "{field}"
        );
    }
    for (field, names) in [
        ("name", ["alpha", "Beta", "delta", "gamma", "old"]),
        ("expires_at", ["old", "Beta", "gamma", "alpha", "delta"]),
        ("application", ["gamma", "alpha", "Beta", "delta", "old"]),
        ("groups", ["gamma", "delta", "Beta", "alpha", "old"]),
        ("status", ["alpha", "Beta", "gamma", "old", "delta"]),
        ("description", ["alpha", "delta", "Beta", "gamma", "old"]),
    ] {
        assert_eq!(sandbox.names(&["--sort", field]), names, "{field}");
    }
    assert_eq!(
        sandbox.names(&["--reverse"]),
        ["old", "gamma", "delta", "Beta", "alpha"]
    );
}

#[test]
fn texts_sort_ignoring_case_and_keys_without_text_come_last() {
    let sandbox = Sandbox::new();
    for (name, text) in [("k1", Some("apple")), ("k2", Some("Banana")), ("k3", None)] {
        let mut args = vec![name, "-g", "readonly"];
        args.extend(
            text.into_iter()
                .flat_map(|text| ["-d", text, "--app", text]),
        );
        sandbox.create(&args);
    }
    for field in ["description", "application"] {
        assert_eq!(sandbox.names(&["--sort", field]), ["k1", "k2", "k3"]);
        let reversed = sandbox.names(&["--sort", field, "--reverse"]);
        assert_eq!(reversed, ["k2", "k1", "k3"], "{field}");
    }
}
