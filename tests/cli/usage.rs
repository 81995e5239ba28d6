//! The usage file as an accident or an enemy would leave it: no verdict changes,
//! nothing hangs or grows, at most one line on stderr.

use super::sandbox::{Sandbox, mode};

#[test]
fn no_state_of_the_usage_file_changes_a_verdict() {
    for (case, arrange, warned) in [
        ("missing", "rm U", true),
        ("empty", ": > U", false),
        ("cut in a record", "printf 1234567890123456789 > U", false),
        ("random", "head -c 4096 /dev/urandom > U", false),
        (
            "far future",
            "printf '%0.s\\377\\377\\377\\377\\377\\377\\377\\177' 1 2 3 4 > U",
            false,
        ),
        ("a folder", "rm U && mkdir U", true),
        ("a link", "rm U && ln -s /etc/passwd U", true),
        ("a dangling link", "rm U && ln -s nowhere U", true),
        ("a pipe", "rm U && mkfifo U", true),
        ("a device", "rm U && ln -s /dev/zero U", true),
    ] {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        let usage = sandbox.usage().display().to_string();
        sandbox.shell(&arrange.replace('U', &usage)).succeeds();
        let ran = sandbox.feed(&["verify"], &secret).succeeds();
        assert_eq!(ran.stdout, "accepted a\n", "{case}");
        assert_eq!(
            ran.stderr.lines().count(),
            usize::from(warned),
            "{case}: {ran:?}"
        );
        let shown = &sandbox.show("a")["last_used_at"];
        assert_eq!(shown.is_string(), !warned, "{case}: {shown}");
        sandbox.run(&["list"]).succeeds();
        assert!(!sandbox.path("nowhere").exists());
    }
}

#[test]
fn a_usage_file_that_went_missing_is_made_again_by_the_next_change() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::remove_file(sandbox.usage()).unwrap();
    sandbox.run(&["set-description", "a", "x"]).succeeds();
    assert_eq!(mode(&sandbox.usage()), 0o600);
    assert_eq!(sandbox.feed(&["verify"], &secret).succeeds().stderr, "");
    assert!(sandbox.show("a")["last_used_at"].is_string());
}

#[test]
fn a_record_is_sixteen_bytes_at_the_keys_slot() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let secret = sandbox.key("b");
    sandbox.feed(&["verify"], &secret).succeeds();
    let file = std::fs::read(sandbox.usage()).unwrap();
    let date = i64::from_le_bytes(file[32..40].try_into().unwrap());
    let shown = sandbox.show("b")["last_used_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let expected: i64 = sandbox
        .sqlite()
        .query_row(
            "SELECT CAST(strftime('%s', ?1) AS INTEGER)",
            [shown],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(date, expected);
    assert!(file[..32].iter().all(|byte| *byte == 0));
}
