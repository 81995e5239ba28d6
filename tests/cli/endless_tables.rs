//! Tables that are practically endless: a signal ends a command that reads one, and `backup`
//! and `restore` find the damage first.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::directories::contents;
use super::sandbox::{Ran, Sandbox, finish};
use super::waiting::wait_for;

/// The page size of our databases.
const PAGE: usize = 4096;

/// Makes the table with the page `root` practically endless: inserts pages above its rows in
/// which every entry leads to the same next page.
fn make_endless(db: &Path, root: usize) {
    /// SQLite refuses trees of more than 20 levels.
    const LEVELS: usize = 12;
    const ENTRIES: u16 = 400;
    let mut bytes = std::fs::read(db).unwrap();
    let first_new = bytes.len() / PAGE + 1;
    // The first page begins with the header of the file.
    let header = |page: usize| (page - 1) * PAGE + if page == 1 { 100 } else { 0 };
    let interior = |bytes: &mut Vec<u8>, page: usize, next: usize| {
        let next = u32::try_from(next).unwrap().to_be_bytes();
        let (start, entry) = (header(page), PAGE - 8);
        let mut head = vec![5, 0, 0];
        head.extend(ENTRIES.to_be_bytes());
        head.extend(u16::try_from(entry).unwrap().to_be_bytes());
        head.push(0);
        head.extend(next);
        for _ in 0..ENTRIES {
            head.extend(u16::try_from(entry).unwrap().to_be_bytes());
        }
        bytes[start..start + head.len()].copy_from_slice(&head);
        let entry = (page - 1) * PAGE + entry;
        bytes[entry..entry + 4].copy_from_slice(&next);
        bytes[entry + 4] = 1;
    };
    // The content of the root moves to the last page.
    let mut last = bytes[(root - 1) * PAGE..root * PAGE].to_vec();
    if root == 1 {
        last.copy_within(100..1000, 0);
    }
    bytes.resize(bytes.len() + (LEVELS - 1) * PAGE, 0);
    bytes.extend(last);
    interior(&mut bytes, root, first_new);
    for level in 0..LEVELS - 1 {
        interior(&mut bytes, first_new + level, first_new + level + 1);
    }
    let pages = u32::try_from(bytes.len() / PAGE).unwrap();
    bytes[28..32].copy_from_slice(&pages.to_be_bytes());
    std::fs::write(db, bytes).unwrap();
}

/// Returns whether the process has an open file in that directory.
fn has_open(pid: u32, directory: &Path) -> bool {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"));
    open.into_iter().flatten().flatten().any(|entry| {
        let target = entry.path().read_link().unwrap_or_default();
        target.starts_with(directory)
    })
}

/// Runs a command that never ends, and sends it `signal` while it reads.
fn interrupted(sandbox: &Sandbox, args: &[&str], directory: &Path, signal: Signal) -> Ran {
    let mut command = sandbox.apikey(args);
    let input = File::open(sandbox.path("secret")).unwrap();
    let child = command.stdin(input).spawn().unwrap();
    wait_for("it reads", || has_open(child.id(), directory));
    std::thread::sleep(Duration::from_millis(100));
    kill_process(Pid::from_child(&child), signal).unwrap();
    finish(child)
}

#[test]
fn a_signal_ends_an_endless_read_and_no_file_is_left_behind() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("secret"), secret).unwrap();
    let directory = sandbox.db().parent().unwrap().canonicalize().unwrap();
    std::fs::copy(sandbox.db(), sandbox.path("endless")).unwrap();
    make_endless(&sandbox.path("endless"), 1);
    std::fs::create_dir(sandbox.path("new")).unwrap();
    let target = sandbox.path("new").canonicalize().unwrap();
    let before = contents(&sandbox);
    let restore = ["--db", "new/k.db", "restore", "endless", "--inactive"];
    for (signal, _) in SIGNALS {
        interrupted(&sandbox, &restore, &target, signal).exits(130);
        assert!(contents(&sandbox) == before, "{signal:?}");
        assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
    }
    std::fs::rename(sandbox.path("endless"), sandbox.db()).unwrap();
    let before = contents(&sandbox);
    for args in [
        &["list"][..],
        &["verify"],
        &["doctor"],
        &["log", "verify"],
        &["backup", "copy"],
        &["deactivate", "a"],
        &["create", "b", "-g", "readonly"],
    ] {
        for (signal, code) in SIGNALS {
            let ran = interrupted(&sandbox, args, &directory, signal);
            assert_eq!(ran.code, code, "{args:?} {signal:?}: {ran:?}");
            assert!(contents(&sandbox) == before, "{args:?}");
        }
    }
}

/// Signals that end a process, and the exit codes that a shell reports.
const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

#[test]
fn an_endless_table_is_found_damaged_before_it_is_read() {
    for table in ["keys", "users", "key_groups", "log"] {
        let sandbox = Sandbox::staffed();
        sandbox.key("a");
        let root = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
        let root: usize = sandbox
            .sqlite()
            .query_row(&root, [], |row| row.get(0))
            .unwrap();
        make_endless(&sandbox.db(), root);
        let before = contents(&sandbox);
        let ran = sandbox.run(&["backup", "copy", "--json"]).exits(5);
        assert_eq!(ran.error_code(), "database-damaged", "{table}");
        assert!(contents(&sandbox) == before, "{table}");
        std::fs::rename(sandbox.db(), sandbox.path("copy")).unwrap();
        let before = contents(&sandbox);
        let ran = sandbox.run(&["restore", "copy", "--inactive", "--json"]);
        assert_eq!(ran.exits(5).error_code(), "database-damaged", "{table}");
        assert!(contents(&sandbox) == before, "{table}");
    }
}
