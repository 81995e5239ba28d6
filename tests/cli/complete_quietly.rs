//! Completion changes nothing and prints no errors.

use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sqlite_only::sqlite_only;

use super::complete::{ask, offered, populated};
use super::sandbox::{APIKEY, Sandbox, finish};

/// Returns a line for every file and directory below HOME: name, mode, size, time of change and
/// a checksum of the content.
fn snapshot(sandbox: &Sandbox) -> Vec<String> {
    snapshot_with(sandbox, |path| {
        let mut hasher = DefaultHasher::new();
        std::fs::read(path).unwrap().hash(&mut hasher);
        hasher.finish()
    })
}

fn snapshot_with(sandbox: &Sandbox, content: fn(&Path) -> u64) -> Vec<String> {
    let mut all = sandbox.files();
    let directories = all.iter().flat_map(|file| file.ancestors().skip(1));
    let directories: Vec<PathBuf> = directories.map(PathBuf::from).collect();
    all.extend(directories);
    all.retain(|path| path.starts_with(sandbox.home()));
    all.sort();
    all.dedup();
    let line = |path: &PathBuf| {
        let metadata = path.symlink_metadata().unwrap();
        let content = metadata.is_file().then(|| content(path));
        let (mode, size) = (metadata.mode(), metadata.len());
        let times = (metadata.mtime(), metadata.mtime_nsec());
        format!("{} {mode:o} {size} {times:?} {content:?}", path.display())
    };
    all.iter().map(line).collect()
}

#[sqlite_only("prepares files")]
#[test]
fn completion_changes_no_file_and_prints_no_error_for_any_database() {
    /// A state of the database, the function that causes it, and whether keys are offered in it.
    type Case = (&'static str, fn(&Sandbox), bool);
    let cases: &[Case] = &[
        ("intact", |_| {}, true),
        (
            "without a usage file",
            |sandbox| std::fs::remove_file(sandbox.usage()).unwrap(),
            true,
        ),
        (
            "missing",
            |sandbox| std::fs::remove_file(sandbox.db()).unwrap(),
            false,
        ),
        (
            "missing with its directory",
            |sandbox| std::fs::remove_dir_all(sandbox.path(".local")).unwrap(),
            false,
        ),
        (
            "empty",
            |sandbox| std::fs::write(sandbox.db(), "").unwrap(),
            false,
        ),
        (
            "no database",
            |sandbox| std::fs::write(sandbox.db(), "x".repeat(5000)).unwrap(),
            false,
        ),
        (
            "cut short",
            |sandbox| {
                let content = std::fs::read(sandbox.db()).unwrap();
                std::fs::write(sandbox.db(), &content[..content.len() / 2]).unwrap();
            },
            false,
        ),
        (
            "newer",
            |sandbox| sandbox.sql("PRAGMA user_version = 99"),
            false,
        ),
        (
            "another program's",
            |sandbox| sandbox.sql("PRAGMA application_id = 1"),
            false,
        ),
        (
            "without its tables",
            |sandbox| {
                sandbox.sql("PRAGMA foreign_keys = OFF; DROP TABLE settings; DROP TABLE key_groups; DROP TABLE keys");
            },
            false,
        ),
        (
            "with a WAL",
            |sandbox| sandbox.sql("PRAGMA journal_mode = WAL"),
            false,
        ),
        (
            "with the journal of an interrupted change",
            |sandbox| {
                let journal = sandbox.db().with_extension("db-journal");
                let conn = sandbox.sqlite();
                conn.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE keys SET active = 0; CREATE TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT hex(randomblob(50)) FROM n;").unwrap();
                let (torn, hot) = (
                    std::fs::read(sandbox.db()).unwrap(),
                    std::fs::read(&journal).unwrap(),
                );
                conn.execute_batch("ROLLBACK").unwrap();
                drop(conn);
                std::fs::write(sandbox.db(), torn).unwrap();
                std::fs::write(journal, hot).unwrap();
            },
            false,
        ),
        (
            "a directory",
            |sandbox| {
                std::fs::remove_file(sandbox.db()).unwrap();
                std::fs::create_dir(sandbox.db()).unwrap();
            },
            false,
        ),
    ];
    for (state, make, is_offered) in cases {
        let sandbox = populated();
        make(&sandbox);
        let before = snapshot(&sandbox);
        let keys: &[&str] = if *is_offered {
            &["nightly.eu-1", "nightly.us-1"]
        } else {
            &[]
        };
        assert_eq!(offered(&sandbox, "show n"), keys, "{state}");
        for line in [
            "activate ",
            "group show ",
            "user show ",
            "list --app ",
            "create x --allow ",
            "create x -g r",
            "list --st",
        ] {
            offered(&sandbox, line);
        }
        assert_eq!(snapshot(&sandbox), before, "{state}");
    }
}

#[sqlite_only("prepares files")]
#[test]
fn completion_waits_for_no_lock_and_migrates_no_older_database() {
    let sandbox = populated();
    let holder = sandbox.sqlite();
    // Without the content, since closing a file would release this process's locks on it.
    let snapshot_without_content = || snapshot_with(&sandbox, |_| 0);
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let before = snapshot_without_content();
    assert_eq!(offered(&sandbox, "show n"), [""; 0]);
    assert_eq!(snapshot_without_content(), before);
    holder.execute_batch("ROLLBACK").unwrap();
    // A lock that only prepares a change permits readers.
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(offered(&sandbox, "show nightly.e"), ["nightly.eu-1"]);
    holder.execute_batch("ROLLBACK").unwrap();
    drop(holder);

    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    let before = snapshot(&sandbox);
    assert_eq!(offered(&sandbox, "show "), [""; 0]);
    assert_eq!(snapshot(&sandbox), before);
    sandbox.run(&["list"]).succeeds();
    assert_eq!(offered(&sandbox, "show "), ["deploy-bot", "gone", "Older"]);
}

#[sqlite_only("prepares files")]
#[test]
fn an_unreadable_file_and_a_missing_home_are_ignored() {
    let sandbox = populated();
    let directory = sandbox.path("private");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o000)).unwrap();
    let ran = ask(
        &sandbox,
        "bash",
        &["--db", "private/keys.db", "show", ""],
        &[],
    )
    .succeeds();
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""));
    for home in ["", "relative", "/nowhere"] {
        let ran = ask(&sandbox, "bash", &["show", ""], &[("HOME", home)]).succeeds();
        assert_eq!(ran.stderr, "", "{home}");
        let ran = ask(
            &sandbox,
            "bash",
            &["--db", "~/x", "show", ""],
            &[("HOME", home)],
        )
        .succeeds();
        assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""), "{home}");
    }
    let mut closed = sandbox.program("/bin/sh");
    closed
        .args(["-c", "_APIKEY_COMPLETE=bash $APIKEY -- apikey show '' >&-; echo $? >&2; _APIKEY_COMPLETE=bash $APIKEY -- apikey show '' >/dev/full"])
        .env("APIKEY", APIKEY);
    assert_eq!(finish(closed.spawn().unwrap()).succeeds().stderr, "0\n");
}

#[test]
fn invalid_lines_and_lines_with_a_secret_get_no_output() {
    let sandbox = populated();
    let secret = sandbox.key("a");
    let invalid = OsString::from_vec(b"\xff".to_vec());
    let argument = |text: &str| OsString::from(text);
    let (head, tail) = secret.split_at(20);
    for words in [
        vec![],
        vec![invalid.clone()],
        vec![argument("show"), invalid],
        vec![OsStr::from_bytes(secret.as_bytes()).to_owned()],
        vec![argument("set-description"), argument(&secret), argument("")],
        vec![
            argument("show"),
            argument("a"),
            argument(&format!("--search=x{secret}")),
        ],
        vec![
            argument(&format!("{head}''{tail}")),
            argument("show"),
            argument(""),
        ],
        vec![
            argument("--db"),
            argument(&format!("/tmp/{secret}")),
            argument("show"),
            argument(""),
        ],
        // clap_complete panics on this line.
        vec![
            argument("set-description"),
            argument("a"),
            argument("--db"),
            argument("--x"),
            argument(""),
        ],
    ] {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell", "tcsh"] {
            let ran = ask(&sandbox, shell, &words, &[]).succeeds();
            assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""), "{shell} {words:?}");
        }
    }
}

#[test]
fn a_description_has_no_control_characters() {
    let sandbox = populated();
    sandbox
        .sql("INSERT INTO group_permissions SELECT id, 'x@\u{1b}[2J\nforged\u{202e}' FROM groups");
    for (shell, line) in [
        ("fish", "group show "),
        ("zsh", "group show "),
        ("zsh", "create x --allow "),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let ran = ask(&sandbox, shell, &arguments, &[]).succeeds();
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{ran:?}");
        assert!(!ran.stdout.contains("\nforged"), "{ran:?}");
    }
}

#[test]
fn the_variable_alone_has_no_effect() {
    let sandbox = populated();
    let secret = sandbox.key("a");
    sandbox.run(&["deactivate", "a"]).succeeds();
    std::fs::write(sandbox.path("secret"), secret).unwrap();
    let with = |args: &[&str]| {
        finish(
            sandbox
                .apikey(args)
                .env("_APIKEY_COMPLETE", "bash")
                .spawn()
                .unwrap(),
        )
    };
    let verdict = with(&["verify", "--key-file", "secret"]).exits(1);
    assert_eq!(verdict.stdout, "refused inactive\n");
    with(&[]).exits(2);
    with(&["show", "--", "off"]).succeeds();
    let unset = |args: &[&str]| {
        finish(
            sandbox
                .apikey(args)
                .env("_APIKEY_COMPLETE", "")
                .spawn()
                .unwrap(),
        )
    };
    unset(&["--", "apikey", "show", ""]).exits(2);
}
