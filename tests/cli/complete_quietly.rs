//! That to complete leaves no trace, and that nothing is said of what goes wrong.

use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::complete::{ask, furnished, offered};
use super::sandbox::{APIKEY, Sandbox, finish};

/// Every file and folder below HOME, a line each: name, mode, when it was changed, and
/// of the content a checksum.
fn trace(sandbox: &Sandbox) -> Vec<String> {
    trace_with(sandbox, |path| {
        let mut hasher = DefaultHasher::new();
        std::fs::read(path).unwrap().hash(&mut hasher);
        hasher.finish()
    })
}

fn trace_with(sandbox: &Sandbox, content: fn(&Path) -> u64) -> Vec<String> {
    let mut all = sandbox.files();
    let folders = all.iter().flat_map(|file| file.ancestors().skip(1));
    let folders: Vec<PathBuf> = folders.map(PathBuf::from).collect();
    all.extend(folders);
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

#[test]
fn to_complete_leaves_no_trace_and_says_nothing_whatever_the_database() {
    /// What makes a database what it is, and whether its keys are offered then.
    type Case = (&'static str, fn(&Sandbox), bool);
    let cases: &[Case] = &[
        ("as it should be", |_| {}, true),
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
            "missing with its folder",
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
                let whole = std::fs::read(sandbox.db()).unwrap();
                std::fs::write(sandbox.db(), &whole[..whole.len() / 2]).unwrap();
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
            "in the middle of a change that was cut off",
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
            "a folder",
            |sandbox| {
                std::fs::remove_file(sandbox.db()).unwrap();
                std::fs::create_dir(sandbox.db()).unwrap();
            },
            false,
        ),
    ];
    for (what, make, is_offered) in cases {
        let sandbox = furnished();
        make(&sandbox);
        let before = trace(&sandbox);
        let keys: &[&str] = if *is_offered {
            &["nightly.eu-1", "nightly.us-1"]
        } else {
            &[]
        };
        assert_eq!(offered(&sandbox, "show n"), keys, "{what}");
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
        assert_eq!(trace(&sandbox), before, "{what}");
    }
}

#[test]
fn a_lock_is_not_waited_for_and_an_older_database_is_not_migrated() {
    let sandbox = furnished();
    let holder = sandbox.sqlite();
    // Not the content: whoever closes a file drops its own locks on it.
    let trace_without_content = || trace_with(&sandbox, |_| 0);
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let before = trace_without_content();
    assert_eq!(offered(&sandbox, "show n"), [""; 0]);
    assert_eq!(trace_without_content(), before);
    holder.execute_batch("ROLLBACK").unwrap();
    // Whoever only means to write keeps nobody from reading.
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(offered(&sandbox, "show nightly.e"), ["nightly.eu-1"]);
    holder.execute_batch("ROLLBACK").unwrap();
    drop(holder);

    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.sql(include_str!("../fixtures/schema-1.sql"));
    let before = trace(&sandbox);
    assert_eq!(offered(&sandbox, "show "), [""; 0]);
    assert_eq!(trace(&sandbox), before);
    sandbox.run(&["list"]).succeeds();
    assert_eq!(offered(&sandbox, "show "), ["deploy-bot", "gone", "Older"]);
}

#[test]
fn a_file_that_may_not_be_read_and_a_home_that_is_not_there_are_passed_over() {
    let sandbox = furnished();
    let other = sandbox.path("shut");
    std::fs::create_dir(&other).unwrap();
    std::fs::set_permissions(&other, PermissionsExt::from_mode(0o000)).unwrap();
    let ran = ask(&sandbox, "bash", &["--db", "shut/keys.db", "show", ""], &[]).succeeds();
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
fn no_line_makes_it_speak_of_anything_but_offers() {
    let sandbox = furnished();
    let secret = sandbox.key("a");
    let invalid = OsString::from_vec(b"\xff".to_vec());
    let word = |text: &str| OsString::from(text);
    let (head, tail) = secret.split_at(20);
    for words in [
        vec![],
        vec![invalid.clone()],
        vec![word("show"), invalid],
        vec![OsStr::from_bytes(secret.as_bytes()).to_owned()],
        vec![word("set-description"), word(&secret), word("")],
        vec![
            word("show"),
            word("a"),
            word(&format!("--search=x{secret}")),
        ],
        vec![word(&format!("{head}''{tail}")), word("show"), word("")],
        vec![
            word("--db"),
            word(&format!("/tmp/{secret}")),
            word("show"),
            word(""),
        ],
        // clap_complete panics on it.
        vec![
            word("set-description"),
            word("a"),
            word("--db"),
            word("--x"),
            word(""),
        ],
    ] {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell", "tcsh"] {
            let ran = ask(&sandbox, shell, &words, &[]).succeeds();
            assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""), "{shell} {words:?}");
        }
    }
}

#[test]
fn what_is_said_of_a_word_steers_no_terminal() {
    let sandbox = furnished();
    sandbox.sql(
        "INSERT INTO group_permissions SELECT id, 'x@' || char(27) || '[2J' || char(10) || 'forged' || char(8238) FROM groups",
    );
    for (shell, line) in [
        ("fish", "group show "),
        ("zsh", "group show "),
        ("zsh", "create x --allow "),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = ask(&sandbox, shell, &words, &[]).succeeds();
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{ran:?}");
        assert!(!ran.stdout.contains("\nforged"), "{ran:?}");
    }
}

#[test]
fn the_variable_alone_decides_nothing() {
    let sandbox = furnished();
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
