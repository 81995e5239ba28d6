//! The usage file: its format, and what happens when it is missing.

use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use super::sandbox::{Sandbox, finish, mode};

#[test]
fn the_next_change_creates_a_missing_usage_file() {
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
    assert!(file[8..32].iter().all(|byte| *byte == 0));
}

#[test]
fn concurrent_writes_of_a_record_each_take_effect_whole() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let secret = sandbox.key("b");
    let last = sandbox.key("c");
    sandbox.feed(&["verify"], last).succeeds();
    let before = std::fs::read(sandbox.usage()).unwrap();
    let now = || chrono::Utc::now().timestamp();
    std::fs::write(sandbox.path("s"), secret).unwrap();
    for round in 0..10 {
        // Long ago, and every byte differs from the current date's.
        let mut file = before.clone();
        file[32..48].fill(round % 2);
        std::fs::write(sandbox.usage(), file).unwrap();
        let start = now();
        let spawn = |args: &[&str]| {
            let mut command = sandbox.apikey(&[&["verify", "--key-file", "s"], args].concat());
            command.stdin(Stdio::null()).spawn().unwrap()
        };
        let all: Vec<_> = [&[][..], &["-g", "admin"], &[], &["-g", "admin"]]
            .into_iter()
            .map(spawn)
            .collect();
        for (ran, code) in all.into_iter().map(finish).zip([0, 1, 0, 1]) {
            assert_eq!(ran.exits(code).stderr, "");
        }
        let after = std::fs::read(sandbox.usage()).unwrap();
        for at in [32, 40] {
            let date = i64::from_le_bytes(after[at..at + 8].try_into().unwrap());
            assert!((start..=now()).contains(&date), "{date}");
        }
        assert_eq!((&after[..32], &after[48..]), (&before[..32], &before[48..]));
    }
}

#[test]
fn a_key_with_a_slot_beyond_the_file_is_verified_and_never_used() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for slot in [1 << 30, i64::MAX, -1, i64::MIN] {
        sandbox.sql(&format!("UPDATE secrets SET slot = {slot}"));
        let ran = sandbox.feed(&["verify"], &secret).succeeds();
        assert_eq!(ran.stdout, "accepted a\n");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        ran.says("the key has no slot in the file");
        assert!(sandbox.show("a")["last_used_at"].is_null());
        assert_eq!(sandbox.names(&["--sort", "last_used_at"]), ["a"]);
        assert_eq!(sandbox.usage().metadata().unwrap().len(), 8, "{slot}");
    }
    // The last possible slot: the file is a hole before it.
    sandbox.sql("UPDATE secrets SET slot = (1 << 30) - 1");
    assert_eq!(sandbox.feed(&["verify"], &secret).succeeds().stderr, "");
    assert!(sandbox.show("a")["last_used_at"].is_string());
    let usage = sandbox.usage().metadata().unwrap();
    assert_eq!(usage.len(), (16 << 30) - 8);
    assert!(usage.blocks() <= 16);
    sandbox.run(&["delete", "a", "-y"]).succeeds();
}

#[test]
fn init_replaces_a_leftover_in_place_of_the_usage_file() {
    for (name, arrange) in [
        ("a file", "head -c 64 /dev/zero | tr '\\0' '\\1' > U"),
        ("a link", "ln -s ../victim U"),
        ("a hard link", "ln victim U"),
        ("a pipe", "mkfifo U"),
    ] {
        let sandbox = Sandbox::empty();
        let (usage, victim) = (sandbox.usage(), sandbox.path("victim"));
        std::fs::create_dir_all(usage.parent().unwrap()).unwrap();
        std::fs::write(&victim, "bytes").unwrap();
        let arrange = arrange.replace('U', &usage.display().to_string());
        sandbox.shell(&arrange).succeeds();
        sandbox.run(&["init", "--argon2", "m=8,t=1,p=1"]).succeeds();
        let found = usage.symlink_metadata().unwrap();
        assert!(found.is_file() && found.nlink() == 1, "{name}");
        assert_eq!((found.len(), mode(&usage)), (8, 0o600), "{name}");
        assert_eq!(std::fs::read(victim).unwrap(), b"bytes", "{name}");
        let secret = sandbox.key("a");
        assert!(sandbox.show("a")["last_used_at"].is_null(), "{name}");
        assert_eq!(sandbox.feed(&["verify"], secret).succeeds().stderr, "");
    }
}
