use sqlite_only::sqlite_only;

use super::sandbox::Sandbox;

#[sqlite_only("reads the usage file")]
#[test]
fn a_deleted_key_is_gone_with_its_last_use() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.feed(&["verify"], &secret).succeeds();
    let ran = sandbox.run(&["delete", "a", "--yes"]).succeeds();
    assert_eq!(ran.stdout, "");
    ran.says("LAST USED").says("deleted \"a\"");
    sandbox.run(&["show", "a"]).exits(3);
    assert_eq!(sandbox.count("key_groups"), 0);
    // The usage record of the deleted secret is zeroed, and its slot is not reused.
    let usage = std::fs::read(sandbox.usage()).unwrap();
    assert!(usage[16..].iter().all(|byte| *byte == 0), "{usage:?}");
    sandbox.key("a");
    let slot: i64 = sandbox
        .sqlite()
        .query_row("SELECT slot FROM secrets", [], |row| row.get(0))
        .unwrap();
    assert_eq!(slot, 2);
    assert!(sandbox.show("a")["last_used_at"].is_null());
}

#[test]
fn several_keys_are_deleted_all_or_none() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c"] {
        sandbox.key(name);
    }
    sandbox.run(&["delete", "a", "nosuch", "b", "-y"]).exits(3);
    assert_eq!(sandbox.names(&[]), ["a", "b", "c"]);
    let deleted = sandbox
        .run(&["-y", "delete", "a", "c", "a", "--json"])
        .succeeds()
        .json();
    assert_eq!(deleted.as_array().unwrap().len(), 2);
    assert_eq!(deleted[1]["name"], "c");
    assert_eq!(sandbox.names(&[]), ["b"]);
}

#[test]
fn nothing_is_deleted_without_a_terminal_or_yes() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for args in [
        &["delete", "a"][..],
        &["delete", "a", "--no-input"],
        &["group", "delete", "readonly"],
    ] {
        let ran = sandbox.feed(&[args, &["--json"]].concat(), "y\n").exits(2);
        assert_eq!(ran.error_code(), "usage");
        assert!(ran.stderr.contains("--yes"));
    }
    assert_eq!(sandbox.names(&[]), ["a"]);
}

#[sqlite_only("reads the usage file")]
#[test]
fn the_keys_to_delete_are_listed_with_a_hint_at_deactivate() {
    let sandbox = Sandbox::staffed();
    let secret = sandbox.create(&["used", "-g", "deploy", "-g", "own", "--owner", "alice"]);
    sandbox.create(&["new", "-g", "readonly"]);
    sandbox.feed(&["verify"], &secret).succeeds();
    let ran = sandbox.run(&["delete", "used", "new", "-y"]).succeeds();
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        lines[1].starts_with("used  active  apik_") && lines[1].contains("  alice  deploy own  "),
        "{ran:?}"
    );
    assert!(
        !lines[1].ends_with("Never") && lines[2].ends_with("  -      readonly    Never"),
        "{ran:?}"
    );
    assert!(
        lines[3] == "used in the last 30 days: used"
            && lines[4].contains("`apikey deactivate used`"),
        "{ran:?}"
    );
    // A key that was last used long ago is probably unused.
    let secret = sandbox.create(&["old", "-g", "readonly"]);
    sandbox.feed(&["verify"], &secret).succeeds();
    let slot: u64 = sandbox
        .sqlite()
        .query_row(
            "SELECT slot FROM secrets JOIN keys ON number = key WHERE name = 'old'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let usage = std::fs::File::options()
        .write(true)
        .open(sandbox.usage())
        .unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let long_ago = now - 30 * 86_400 - 60;
    std::os::unix::fs::FileExt::write_all_at(&usage, &long_ago.to_le_bytes(), slot * 16).unwrap();
    let ran = sandbox.run(&["delete", "old", "-y"]).succeeds();
    assert!(!ran.stderr.contains("last 30 days"), "{ran:?}");
}
