//! `backup`: a consistent copy of the database and its usage file, taken while others write.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::time::Instant;

use super::sandbox::{APIKEY, Ran, Sandbox, finish, full_pipe, has, mode, wait_until_blocked};
use super::waiting::{PATIENCE, is_installed};

/// Runs `args` on the database in the file `db`.
pub fn on(sandbox: &Sandbox, db: &str, args: &[&str]) -> Ran {
    sandbox.run(&[&["--db", db], args].concat())
}

#[test]
fn a_backup_has_the_keys_and_their_last_uses() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let off = sandbox.key("off");
    sandbox.key("unused");
    sandbox.run(&["deactivate", "off"]).succeeds();
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox.feed(&["verify"], &off).exits(1);
    let ran = sandbox.run(&["backup", "copy.db"]).succeeds();
    assert_eq!(ran.stdout, "");
    ran.says("backed up 3 keys to ").says("copy.db");
    for file in ["copy.db", "copy.db.usage"] {
        assert_eq!(mode(&sandbox.path(file)), 0o600, "{file}");
    }
    let list = ["list", "--json"];
    assert_eq!(
        on(&sandbox, "copy.db", &list).succeeds().stdout,
        sandbox.run(&list).succeeds().stdout
    );
    let shown = on(&sandbox, "copy.db", &["show", "a", "--json"]).json();
    assert!(shown["last_used_at"].is_string(), "{shown}");
    let shown = on(&sandbox, "copy.db", &["show", "off", "--json"]).json();
    assert!(shown["last_refused_at"].is_string(), "{shown}");
    sandbox
        .feed(&["--db", "copy.db", "verify"], &secret)
        .succeeds();
    on(&sandbox, "copy.db", &["doctor"]).succeeds();
    // No other file is left behind.
    let mut names: Vec<_> = std::fs::read_dir(sandbox.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".local", "copy.db", "copy.db.usage"]);
}

#[test]
fn backup_and_restore_follow_links() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    std::fs::create_dir(sandbox.path("real")).unwrap();
    symlink("real", sandbox.path("link")).unwrap();
    sandbox.run(&["backup", "link/copy"]).succeeds();
    symlink("real/copy", sandbox.path("latest")).unwrap();
    on(&sandbox, "link/new", &["restore", "latest", "--inactive"]).succeeds();
    let shown = on(&sandbox, "real/new", &["list", "--json"]).json();
    assert_eq!(shown[0]["name"], "a");
}

#[test]
fn backup_refuses_a_path_next_to_a_leftover_journal() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("copy-journal"), "x").unwrap();
    sandbox
        .run(&["backup", "copy"])
        .exits(3)
        .says("copy-journal");
    assert!(!sandbox.path("copy").exists());
}

#[test]
fn a_draft_is_in_a_directory_where_others_can_plant_no_journal() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    // SQLite creates and opens files only in the draft's own directory.
    for (command, mode) in [
        ("--db open/new init", "755"),
        ("backup open/copy", "1777"),
        ("--db open/restored restore complete --yes", "755"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.run(&["backup", "complete"]).succeeds();
        sandbox.shell(&format!("mkdir -m {mode} open")).succeeds();
        let ran = sandbox.shell(&format!(
            "strace -f -qq -o calls -e trace=openat,mkdir,mkdirat,chmod,fchmodat \"$APIKEY\" {command}"
        ));
        ran.succeeds();
        let calls = std::fs::read_to_string(sandbox.path("calls")).unwrap();
        let created = calls
            .lines()
            .filter(|call| call.contains("/open/.db.") && call.contains("O_CREAT"));
        let depths: Vec<usize> = created
            .map(|call| call.split("/open/").nth(1).unwrap())
            .map(|path| path.split('"').next().unwrap().matches('/').count())
            .collect();
        assert!(depths.len() > 1, "{command}: {depths:?}");
        assert!(
            depths.iter().all(|depth| *depth == 1),
            "{command}: {depths:?}"
        );
        assert!(calls.contains(", 0700) = 0"), "{command}");
    }
}

#[test]
fn json_names_the_backup_and_counts_its_keys() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let json = sandbox.run(&["backup", "c", "--json"]).succeeds().json();
    assert_eq!(json["keys"], 1);
    let backup = json["backup"].as_str().unwrap();
    assert_eq!(backup, sandbox.path("c").to_str().unwrap());
}

#[test]
fn backup_never_replaces_a_file() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("file"), "mine").unwrap();
    std::fs::write(sandbox.path("other.usage"), "mine").unwrap();
    std::fs::create_dir(sandbox.path("directory")).unwrap();
    symlink("nowhere", sandbox.path("link")).unwrap();
    let db = sandbox.db();
    for path in ["file", "other", "directory", "link", db.to_str().unwrap()] {
        let ran = sandbox.run(&["backup", path, "--json"]).exits(3);
        assert_eq!(ran.error_code(), "exists", "{path}");
    }
    assert_eq!(std::fs::read(sandbox.path("file")).unwrap(), b"mine");
    assert_eq!(std::fs::read(sandbox.path("other.usage")).unwrap(), b"mine");
    assert!(!sandbox.path("nowhere").exists());
    assert!(!sandbox.path("other").exists());
    for path in [
        "no/such/directory",
        "file/in",
        "x-journal",
        "x-wal",
        "x-shm",
        "x.usage",
        "x.shared-secret",
        "-",
    ] {
        let ran = sandbox.run(&["backup", path, "--json"]).exits(2);
        assert_eq!(ran.error_code(), "invalid-input", "{path}");
    }
    let journal = format!("{}-journal", db.display());
    sandbox.run(&["backup", &journal]).exits(2);
    // A failed backup leaves no file behind.
    assert_eq!(sandbox.files().len(), 5, "{:?}", sandbox.files());
}

#[test]
fn backups_taken_during_a_thousand_changes_are_complete() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c", "d"] {
        sandbox.key(name);
    }
    let before = sandbox.count("log");
    // Each change is retried while another process holds the lock; the limit ends a change that
    // fails for another reason.
    let change = "retry() { for try in $(seq 100); do
                    \"$APIKEY\" \"$@\" > out-$1 2> error-$1 && return
                done; cat error-$1; exit 1; } >&2
        for n in $(seq 83); do
            retry set-description NAME \"$n\"
            retry deactivate NAME; retry activate NAME
            retry create NAME-$n -g readonly; retry delete NAME-$n -y
            retry set-expiry NAME 9d; retry set-expiry NAME never
        done";
    let mut writers: Vec<_> = ["a", "b"]
        .iter()
        .map(|name| {
            let mut shell = sandbox.program("/bin/sh");
            let line = change.replace("NAME", name);
            shell.args(["-c", &line]).env("APIKEY", APIKEY);
            std::fs::create_dir(sandbox.path(name)).unwrap();
            shell.current_dir(sandbox.path(name)).spawn().unwrap()
        })
        .collect();
    let mut during = 0;
    let mut n = 0;
    // The test fails if no change is made for a while.
    let (mut latest, mut since) = (0, Instant::now());
    while writers
        .iter_mut()
        .any(|writer| writer.try_wait().unwrap().is_none())
    {
        let name = format!("copy-{n}");
        sandbox.run(&["backup", &name]).succeeds();
        let doctor = on(&sandbox, &name, &["doctor", "--json"]);
        assert_eq!(doctor.code, 0, "{doctor:?}");
        n += 1;
        let changes = sandbox.count("log") - before;
        if changes > latest {
            (latest, since) = (changes, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "no more changes are made");
        during += usize::from((1..1000).contains(&changes));
    }
    for writer in writers {
        finish(writer).succeeds();
    }
    assert!(sandbox.count("log") - before >= 1000);
    assert!(during > 3, "the changes ended before the backups");
    sandbox.run(&["doctor"]).succeeds();
    // Each backup is a snapshot: its log is a beginning of the database's log.
    for n in 0..n {
        let head = |db: &str| on(&sandbox, db, &["log", "head"]).succeeds().stdout;
        let head = head(&format!("copy-{n}"));
        let entries: i64 = head.split(':').next().unwrap().parse().unwrap();
        assert!(entries >= before, "{head}");
    }
}

#[test]
fn a_key_whose_secret_is_being_delivered_is_not_in_a_backup() {
    let sandbox = Sandbox::new();
    let (reader, writer) = full_pipe();
    let child = sandbox
        .apikey(&["create", "half", "-g", "readonly"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    sandbox.run(&["doctor"]).exits(1).says("");
    sandbox.run(&["backup", "copy"]).succeeds();
    assert_eq!(sandbox.count("secrets WHERE state = 'pending'"), 1);
    drop(reader);
    finish(child).exits(6);
    on(&sandbox, "copy", &["show", "half"]).exits(3);
    on(&sandbox, "copy", &["doctor"]).succeeds();
}

#[test]
fn a_damaged_database_is_not_backed_up() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.sql("UPDATE secrets SET hash = 'x'");
    let ran = sandbox.run(&["backup", "copy", "--json"]).exits(5);
    assert_eq!(ran.error_code(), "database-damaged");
    assert!(ran.stderr.contains("hashes"), "{ran:?}");
    assert!(!sandbox.path("copy").exists());
    assert!(!sandbox.path("copy.usage").exists());
}

#[test]
fn absurd_dates_are_not_backed_up() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.key("b");
    sandbox.feed(&["verify"], &secret).succeeds();
    let usage = std::fs::OpenOptions::new()
        .append(true)
        .open(sandbox.usage());
    let mut usage = usage.unwrap();
    // The second half of the first record, the second record, and a hole of a terabyte.
    usage.write_all(&[0x7f; 24]).unwrap();
    usage.set_len(1 << 40).unwrap();
    sandbox.run(&["backup", "copy"]).succeeds();
    let copied = std::fs::read(sandbox.path("copy.usage")).unwrap();
    assert!(copied.len() <= 48, "{copied:?}");
    let shown = on(&sandbox, "copy", &["show", "a", "--json"]).json();
    assert!(shown["last_used_at"].is_string(), "{shown}");
    let shown = on(&sandbox, "copy", &["show", "b", "--json"]).json();
    assert!(shown["last_used_at"].is_null(), "{shown}");
    on(&sandbox, "copy", &["doctor"]).succeeds();
}

#[test]
fn a_backup_without_last_uses_says_so() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    std::fs::remove_file(sandbox.usage()).unwrap();
    let ran = sandbox.run(&["backup", "copy", "-q"]).succeeds();
    ran.says("warning: the backup has no last-use dates");
    on(&sandbox, "copy", &["doctor"]).succeeds();
}
