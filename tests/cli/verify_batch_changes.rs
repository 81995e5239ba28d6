//! `verify --batch` during changes of keys, of the database, of its sidecars and of the time.

use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, clock, full_pipe, has, is_root, wait_until, wait_until_asleep};
use super::verify_batch::{Coprocess, batch};
use super::waiting::is_installed;

#[test]
fn a_revoked_key_is_refused_at_once_though_it_was_accepted_before() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "u", "-g", "readonly"])
        .succeeds();
    let secret = sandbox.create(&["a", "-g", "readonly", "--owner", "u"]);
    let mut batch = Coprocess::start(&sandbox, &["-g", "readonly"]);
    for (change, verdict) in [
        (&["list"][..], "accepted a"),
        (&["deactivate", "a"], "refused inactive"),
        (&["activate", "a"], "accepted a"),
        (&["set-expiry", "a", "2020-01-01"], "refused expired"),
        (&["set-expiry", "a", "never"], "accepted a"),
        (&["user", "deactivate", "u"], "refused owner-inactive"),
        (&["user", "activate", "u"], "accepted a"),
        (
            &["user", "set-groups", "u", "--none"],
            "refused owner-missing-group",
        ),
        (&["set-owner", "a", "--none"], "accepted a"),
        (&["set-groups", "a", "admin"], "refused missing-group"),
        (&["set-groups", "a", "readonly"], "accepted a"),
        (&["rename", "a", "b"], "accepted b"),
        (&["delete", "b", "-y"], "refused unknown"),
    ] {
        sandbox.run(change).succeeds();
        for _ in 0..3 {
            assert_eq!(batch.ask(&secret), verdict, "{change:?}");
        }
    }
    assert_eq!(batch.end().exits(1).stderr, "");
}

#[test]
fn a_changed_hash_is_computed_again() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let (mine, other) = (hash(&sandbox, "a"), {
        sandbox.key("other");
        hash(&sandbox, "other")
    });
    let set = |hash: &str| {
        sandbox.sql(&format!("UPDATE secrets SET hash = '{hash}' WHERE key = (SELECT number FROM keys WHERE name = 'a')"));
    };
    let mut batch = Coprocess::start(&sandbox, &[]);
    for _ in 0..2 {
        assert_eq!(batch.ask(&secret), "accepted a");
        set(&other);
        assert_eq!(batch.ask(&secret), "refused unknown");
        set("$argon2id$");
        assert_eq!(batch.ask(&secret), "error database-damaged");
        set(&mine);
    }
    batch.end().exits(5).says("the stored hash is damaged");
}

fn hash(sandbox: &Sandbox, name: &str) -> String {
    let select = "SELECT hash FROM secrets JOIN keys ON number = key";
    sandbox.value(&format!("{select} WHERE name = '{name}'"))
}

#[test]
fn a_pending_key_is_unknown_even_if_its_secret_was_accepted_before() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let set = |state: &str| sandbox.sql(&format!("UPDATE secrets SET state = '{state}'"));
    let mut batch = Coprocess::start(&sandbox, &[]);
    for _ in 0..2 {
        set("pending");
        assert_eq!(batch.ask(&secret), "refused unknown");
        set("current");
        assert_eq!(batch.ask(&secret), "accepted a");
    }
    assert_eq!(batch.end().exits(1).stderr, "");
}

#[sqlite_only("replaces and damages files")]
#[test]
fn an_error_for_one_line_does_not_end_the_batch() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let db = sandbox.db();
    let aside = db.with_extension("aside");
    let mut batch = Coprocess::start(&sandbox, &[]);
    let move_away = || std::fs::rename(&db, &aside).unwrap();
    let move_back = || std::fs::rename(&aside, &db).unwrap();
    let good = std::fs::read(&db).unwrap();
    assert_eq!(batch.ask(&secret), "accepted a");
    move_away();
    assert_eq!(batch.ask(&secret), "error database-missing");
    assert_eq!(batch.ask("nonsense"), "refused malformed");
    std::fs::create_dir(&db).unwrap();
    assert_eq!(batch.ask(&secret), "error database-foreign");
    std::fs::remove_dir(&db).unwrap();
    sandbox
        .shell(&format!("mkfifo {}", db.display()))
        .succeeds();
    assert_eq!(batch.ask(&secret), "error database-foreign");
    std::fs::remove_file(&db).unwrap();
    move_back();
    assert_eq!(batch.ask(&secret), "accepted a");
    // The file is overwritten.
    std::fs::write(&db, &good[..good.len() / 2]).unwrap();
    assert_eq!(batch.ask(&secret), "error database-damaged");
    std::fs::write(
        &db,
        [&good[..4096], &vec![0xff; good.len() - 4096]].concat(),
    )
    .unwrap();
    assert_eq!(batch.ask(&secret), "error database-damaged");
    std::fs::write(&db, "").unwrap();
    assert_eq!(batch.ask(&secret), "error database-foreign");
    std::fs::write(&db, &good).unwrap();
    assert_eq!(batch.ask(&secret), "accepted a");
    let select = "SELECT user_version FROM pragma_user_version";
    let version: i64 = sandbox
        .sqlite()
        .query_row(select, [], |row| row.get(0))
        .unwrap();
    sandbox.sql("PRAGMA user_version = 99");
    assert_eq!(batch.ask(&secret), "error database-newer");
    sandbox.sql(&format!("PRAGMA user_version = {version}"));
    assert_eq!(batch.ask(&secret), "accepted a");
    let ran = batch.end().exits(5);
    assert!(!ran.stderr.contains("error:"), "{ran:?}");
    ran.says("there is no database at ")
        .says("hint: apikey --db ");
}

#[sqlite_only("replaces and damages files")]
#[test]
fn a_replaced_database_is_the_one_that_is_read() {
    let sandbox = Sandbox::new();
    let other = Sandbox::new();
    let (mine, theirs) = (sandbox.key("mine"), other.key("theirs"));
    let mut batch = Coprocess::start(&sandbox, &[]);
    assert_eq!(batch.ask(&mine), "accepted mine");
    assert_eq!(batch.ask(&theirs), "refused unknown");
    // Another file is renamed to this path, as by a restore; then the file is overwritten with as
    // many bytes.
    let keep = sandbox.path("keep");
    std::fs::rename(sandbox.db(), &keep).unwrap();
    std::fs::copy(other.db(), sandbox.path("moved")).unwrap();
    std::fs::rename(sandbox.path("moved"), sandbox.db()).unwrap();
    assert_eq!(batch.ask(&mine), "refused unknown");
    assert_eq!(batch.ask(&theirs), "accepted theirs");
    let original = std::fs::read(&keep).unwrap();
    assert_eq!(
        original.len() as u64,
        sandbox.db().metadata().unwrap().len()
    );
    std::fs::write(sandbox.db(), original).unwrap();
    assert_eq!(batch.ask(&theirs), "refused unknown");
    assert_eq!(batch.ask(&mine), "accepted mine");
    // The database is removed and restored.
    sandbox.run(&["backup", "copy"]).succeeds();
    sandbox.run(&["rename", "mine", "renamed"]).succeeds();
    assert_eq!(batch.ask(&mine), "accepted renamed");
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.run(&["restore", "copy", "-y"]).succeeds();
    assert_eq!(batch.ask(&mine), "accepted mine");
    batch.end().exits(1);
}

#[sqlite_only("replaces and damages files")]
#[test]
fn effects_of_other_programs_are_handled_as_without_batch() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let journal = sandbox.db().with_extension("db-journal");
    let mut batch = Coprocess::start(&sandbox, &[]);
    assert_eq!(batch.ask(&secret), "accepted a");
    // An interrupted change is rolled back first.
    sandbox.tear();
    assert_eq!(batch.ask(&secret), "accepted a");
    assert!(!journal.exists());
    // A reader of the file can lock SQLite's RESERVED byte, so that an interrupted change looks
    // like a running one.
    if has("python3", is_installed("python3")) {
        let hide = format!(
            "import fcntl, sys\ndb = open({:?}, 'rb')\n\
             fcntl.lockf(db, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 0x40000001)\n\
             print('held', flush=True)\nsys.stdin.read()",
            sandbox.db()
        );
        sandbox.tear();
        let mut hidden = Coprocess::of(sandbox.program("python3").args(["-c", &hide]));
        assert_eq!(hidden.answer(), "held");
        assert_eq!(batch.ask(&secret), "error locked");
        hidden.end();
        assert_eq!(batch.ask(&secret), "accepted a");
    }
    // Opening a pipe would wait for ever, even if nothing else has changed.
    for _ in 0..5 {
        assert_eq!(batch.ask(&secret), "accepted a");
        assert_eq!(batch.ask(&secret), "accepted a");
        sandbox
            .shell(&format!("mkfifo {}", journal.display()))
            .succeeds();
        assert_eq!(batch.ask(&secret), "error io");
        std::fs::remove_file(&journal).unwrap();
    }
    assert_eq!(batch.ask(&secret), "accepted a");
    // Another process may have changes in a WAL that are not in the database file.
    let conn = sandbox.sqlite();
    let wal = conn.query_row("PRAGMA journal_mode = WAL", [], |row| {
        row.get::<_, String>(0)
    });
    assert_eq!(wal.unwrap(), "wal");
    assert_eq!(batch.ask(&secret), "accepted a");
    conn.execute_batch("UPDATE keys SET active = 0").unwrap();
    assert_eq!(batch.ask(&secret), "refused inactive");
    conn.execute_batch("UPDATE keys SET active = 1").unwrap();
    assert_eq!(batch.ask(&secret), "accepted a");
    drop(conn);
    batch.end().exits(5).says("is not a regular file");
}

#[sqlite_only("a lock on the whole file")]
#[test]
fn no_lock_is_held_between_lines_and_the_holder_of_another_lock_is_named() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &[]);
    assert_eq!(batch.ask(&secret), "accepted a");
    let conn = sandbox.sqlite();
    // The exclusive lock would fail if the batch held a read lock.
    conn.execute_batch("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE")
        .unwrap();
    assert_eq!(batch.ask(&secret), "error locked");
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(batch.ask(&secret), "accepted a");
    let holder = format!("(process {})", std::process::id());
    batch.end().exits(75).says(&holder);
}

#[sqlite_only("replaces and damages files")]
#[test]
fn each_line_is_decided_at_its_own_time() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &["--json"]);
    assert!(batch.ask(&secret).contains(r#""accepted":true"#));
    let start = clock();
    sandbox.sql(&format!("UPDATE keys SET expires_at = {}", start + 2));
    wait_until(start + 2);
    let verdict = batch.ask(&secret);
    assert!(verdict.contains(r#""reason":"expired""#), "{verdict}");
    // The last-use dates are read again for each line, too.
    std::fs::remove_file(sandbox.usage()).unwrap();
    let start = clock();
    wait_until(start + 1);
    let verdict = batch.ask(&secret);
    assert!(verdict.contains(r#""last_used_at":null"#), "{verdict}");
    batch.end().exits(1);
}

#[test]
fn every_verdict_is_right_while_other_processes_change_keys() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.key("a"), sandbox.key("b"));
    let input = format!("{a}\n{b}\n").repeat(20_000);
    let mut command = sandbox.apikey(&["verify", "--batch"]);
    std::fs::write(sandbox.path("lines"), input).unwrap();
    let lines = std::fs::File::open(sandbox.path("lines")).unwrap();
    let child = command.stdin(lines).spawn().unwrap();
    let changes = std::thread::spawn(move || {
        for n in 0..20 {
            let verb = if n % 2 == 0 { "deactivate" } else { "activate" };
            sandbox.run(&[verb, "a"]).succeeds();
        }
        sandbox
    });
    let ran = super::sandbox::finish(child);
    changes.join().unwrap();
    assert!(matches!(ran.code, 0 | 1), "{}: {}", ran.code, ran.stderr);
    assert_eq!(ran.stderr, "");
    let mut verdicts = ran.stdout.lines();
    for _ in 0..20_000 {
        assert!(matches!(
            verdicts.next(),
            Some("accepted a" | "refused inactive")
        ));
        assert_eq!(verdicts.next(), Some("accepted b"));
    }
    assert_eq!(verdicts.next(), None);
}

#[test]
fn a_signal_ends_the_batch_whatever_it_waits_for() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut batch = Coprocess::start(&sandbox, &[]);
        assert_eq!(batch.ask(&secret), "accepted a");
        kill_process(Pid::from_child(&batch.child), signal).unwrap();
        batch.end().exits(code);
        // A batch that waits for a reader of its verdicts ends, too.
        let (_reader, full) = full_pipe();
        std::fs::write(sandbox.path("s"), &secret).unwrap();
        let mut command = sandbox.apikey(&["verify", "--batch"]);
        command.stdin(std::fs::File::open(sandbox.path("s")).unwrap());
        let child = command.stdout(full).spawn().unwrap();
        wait_until_asleep(child.id());
        kill_process(Pid::from_child(&child), signal).unwrap();
        super::sandbox::finish(child).exits(code);
    }
}

#[test]
fn the_batch_works_with_fewer_threads_or_reports_an_error() {
    if !has("root, to become a user with few processes", is_root()) {
        return;
    }
    let sandbox = Sandbox::new();
    let input = format!("{}\n", sandbox.key("a")).repeat(100);
    std::fs::write(sandbox.path("s"), input).unwrap();
    sandbox
        .shell("chown -R 54322:54322 . && chmod 755 .")
        .succeeds();
    let with = |processes: usize| {
        let user = "setpriv --clear-groups --regid 54322 --reuid 54322";
        sandbox.shell(&format!(
            "{user} prlimit --nproc={processes} $APIKEY verify --batch --json < s"
        ))
    };
    for processes in [1, 2] {
        let ran = with(processes).exits(75);
        assert_eq!(
            (ran.error_code().as_str(), ran.stdout.as_str()),
            ("out-of-memory", "")
        );
    }
    assert_eq!(with(3).succeeds().stdout.lines().count(), 100);
}

#[test]
fn no_output_has_the_shape_of_a_secret() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mistyped = format!("{}x{}", &secret[..20], &secret[21..]);
    let lines = [
        secret.clone(),
        mistyped.clone(),
        format!("\"{secret}\""),
        format!("{secret}{secret}"),
        format!("x{}", "y".repeat(5000)),
    ];
    let db: PathBuf = sandbox.path(&format!("{mistyped}.db"));
    for options in [&[][..], &["--json"]] {
        for arrange in ["", "UPDATE secrets SET hash = 'x'"] {
            sandbox.sql(arrange);
            let ran = batch(&sandbox, options, lines.join("\n"));
            assert!(
                !(ran.stdout.clone() + &ran.stderr).contains(&secret[14..24]),
                "{ran:?}"
            );
        }
        // The path of the database is printed without the secret in it.
        let mut command = sandbox.apikey(&["verify", "--batch"]);
        let mut batch = Coprocess::of(command.args(options).env("APIKEY_DB", &db));
        let verdict = batch.ask(&secret);
        let ran = batch.end().exits(5);
        assert!(
            !(verdict + &ran.stderr).contains(&mistyped[14..30]),
            "{ran:?}"
        );
    }
}

#[test]
fn a_replaced_secret_is_refused_though_it_was_accepted_before() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let mut batch = Coprocess::start(&sandbox, &[]);
    for (state, reason) in [("ended", "rotated"), ("pending", "unknown")] {
        assert_eq!(batch.ask(&secret), "accepted a");
        sandbox.sql(&format!(
            "UPDATE secrets SET state = '{state}';
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT number, '', '0000', 'current', created_at FROM keys"
        ));
        assert_eq!(batch.ask(&secret), format!("refused {reason}"));
        sandbox.sql(
            "DELETE FROM secrets WHERE last_four = '0000'; UPDATE secrets SET state = 'current'",
        );
    }
    assert_eq!(batch.ask(&secret), "accepted a");
    batch.end().exits(1);
}
