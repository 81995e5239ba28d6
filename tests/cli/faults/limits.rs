//! Too little of something: file size, disk, memory.

use std::sync::Mutex;

use super::super::sandbox::{APIKEY, Ran, Sandbox, has};
use super::super::waiting::{is_installed, run};
use super::commands::{COMMANDS, Command};
use super::prepared::{Prepared, Run};
use super::promise::check;
use super::{Tally, in_parallel};

/// The promised commands, prepared.
fn promised() -> Vec<Prepared> {
    let promised = COMMANDS
        .iter()
        .filter(|command| command.is_promised && command.first.is_none());
    let promised: Vec<&'static Command> = promised.collect();
    in_parallel(promised.len(), |i| Prepared::new(promised[i]))
}

/// Runs each of the commands in each of the ways, which are lines of sh that run
/// `"$@"`, and checks what is promised. Some must fail, and some must not.
fn run_each_way(prepared: &[Prepared], ways: &[String]) {
    let tally = Mutex::new(Tally::default());
    in_parallel(prepared.len() * ways.len(), |i| {
        let (prepared, way) = (&prepared[i / ways.len()], &ways[i % ways.len()]);
        let sandbox = prepared.sandbox();
        let run = run_by(prepared, &sandbox, way);
        let checked = check(prepared, &sandbox, &run, false);
        let failed = run.ran.code != 0;
        let mut tally = tally.lock().unwrap();
        tally.add(way, prepared, &run, checked, failed);
    });
    let tally = tally.into_inner().unwrap();
    tally.tell();
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
    assert!((1..tally.runs).contains(&tally.injected));
}

fn run_by(prepared: &Prepared, sandbox: &Sandbox, way: &str) -> Run {
    let mut shell = sandbox.program("/bin/sh");
    shell.args(["-c", way, "sh", APIKEY]);
    prepared.finish(sandbox, shell)
}

/// Every command that writes a database, or what lies beside one.
const CHANGES: [&str; 22] = [
    "create b -g readonly",
    "create b -g readonly --export .",
    "create a -g readonly --if-absent",
    "activate a",
    "deactivate a",
    "rename a b",
    "set-groups a admin",
    "set-description a x",
    "set-owner a u",
    "set-app a x",
    "set-expiry a 90d",
    "set-permissions a x:y",
    "delete a --yes",
    "group create g",
    "group set-permissions readonly x:y",
    "user add v",
    "user deactivate u",
    "shared-secret rotate",
    "shared-secret delete --yes",
    "backup copy",
    "--db new/keys.db init",
    "--db new/keys.db restore whole --yes",
];

/// A database with a key, a user, a shared secret and a backup, and the key's secret in a
/// file `s`.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("s"), sandbox.key("a")).unwrap();
    for args in [
        &["user", "add", "u", "-g", "readonly"][..],
        &["shared-secret", "create"],
        &["backup", "whole"],
    ] {
        sandbox.run(args).succeeds();
    }
    sandbox
}

/// Every file with what is in it.
fn contents(sandbox: &Sandbox) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let read = |path: std::path::PathBuf| (path.clone(), std::fs::read(path).unwrap());
    sandbox.files().into_iter().map(read).collect()
}

#[test]
fn no_change_begins_under_a_limit_on_the_size_of_files() {
    let sandbox = furnished();
    let before = contents(&sandbox);
    for line in CHANGES {
        // One is ample: a limit that is far away may be near for the next change.
        for (limit, hint) in [
            ("-f 60", "only root can raise that limit"),
            ("-f 1000000", "only root can raise that limit"),
            ("-S -f 60", "hint: ulimit -f unlimited"),
        ] {
            let ran = sandbox.shell(&format!("ulimit {limit}; exec $APIKEY {line}"));
            let ran = ran.exits(5).says("(ulimit -f)").says(hint);
            assert_eq!(ran.stdout, "", "{line}");
        }
        let ran = sandbox.shell(&format!("ulimit -f 60; exec $APIKEY {line} --json"));
        assert_eq!(ran.exits(5).error_code(), "io", "{line}");
        assert_eq!(contents(&sandbox), before, "{line}");
    }
    assert!(!sandbox.path("new").exists());
    // Nor is the default database made.
    let sandbox = Sandbox::empty();
    sandbox
        .shell("ulimit -f 60; exec $APIKEY create a -g readonly")
        .exits(5);
    assert!(sandbox.files().is_empty());
}

#[test]
fn what_only_reads_is_done_under_a_limit_on_the_size_of_files() {
    let sandbox = furnished();
    for limit in [0, 1, 60] {
        for line in [
            "verify < s",
            "verify --batch < s",
            "list",
            "show a",
            "user list",
            "group show admin",
            "log",
            "log verify",
            "doctor",
            "shared-secret show",
            "shared-secret sign < s",
            "completions bash",
            "help json",
        ] {
            let line = format!("ulimit -f {limit}; exec $APIKEY {line} > >(cat)");
            let mut bash = sandbox.program("bash");
            bash.args(["-c", &line]).env("APIKEY", APIKEY);
            let ran = super::super::sandbox::finish(bash.spawn().unwrap());
            assert_eq!(ran.code, 0, "{line}: {ran:?}");
        }
    }
}

#[test]
fn too_little_memory_is_told_before_anything_begins() {
    if !super::can_trace() {
        return;
    }
    let prepared = promised();
    let way = |kib: usize| format!("ulimit -c 0; ulimit -v {kib}; exec \"$@\"");
    let one = &prepared[0];
    // The loader fails, or Rust does before main, and then comes the least memory in
    // which the command can say a word.
    let (mut too_little, mut enough) = (1024, 4 << 20);
    while enough - too_little > 16 {
        let kib = usize::midpoint(too_little, enough);
        let sandbox = one.sandbox();
        let run = run_by(one, &sandbox, &way(kib));
        match run.ran.code {
            0 | 75 => enough = kib,
            _ => {
                check(one, &sandbox, &run, true).unwrap();
                too_little = kib;
            }
        }
    }
    // From there on each ends in order, well past what is asked for at once.
    let ways: Vec<_> = (64..12 * 1024)
        .step_by(384)
        .map(|more| way(enough + more))
        .collect();
    run_each_way(&prepared, &ways);
}

/// Whether a file system can be mounted where nobody else sees it.
fn can_mount() -> bool {
    let mut tried = std::process::Command::new("unshare");
    tried.args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let may = is_installed("unshare") && run(&mut tried).status.success();
    has(
        "unshare, and leave to mount in a name space of one's own",
        may,
    )
}

#[test]
fn a_database_on_a_disk_that_is_full_keeps_its_promises() {
    if !can_mount() || !super::can_trace() {
        return;
    }
    let prepared = promised();
    let size = prepared[0].sandbox().db().metadata().unwrap().len();
    // What the database holds lies on the small disk while the command runs.
    let way = |kib: u64| {
        format!(
            "exec unshare -rm /bin/sh -ec '
                mkdir small
                mount -t tmpfs -o mode=700,size={kib}k tmpfs small
                cp -p .local/share/apikey/* small
                mount --bind small .local/share/apikey
                code=0
                \"$@\" || code=$?
                umount .local/share/apikey
                rm .local/share/apikey/*
                cp -p small/* .local/share/apikey
                umount small
                rmdir small
                exit $code' sh \"$@\""
        )
    };
    let first = size / 1024 + 4;
    let ways: Vec<_> = (first..first + 72).step_by(4).map(way).collect();
    run_each_way(&prepared, &ways);
}

/// Runs lines of sh where the database, whose files are copied there and back, lies on a
/// disk with room for that many KiB more.
fn with_room_for(sandbox: &Sandbox, kib: u64, lines: &str) -> Ran {
    let size = sandbox.db().metadata().unwrap().len() / 1024 + kib;
    sandbox.shell(&format!(
        "exec unshare -rm /bin/sh -c '
            mkdir small
            mount -t tmpfs -o mode=700,size={size}k tmpfs small
            cp -p .local/share/apikey/* small
            mount --bind small .local/share/apikey
            {lines}
            code=$?
            umount .local/share/apikey
            cp -p small/* .local/share/apikey
            exit $code'"
    ))
}

#[test]
fn a_database_that_can_not_grow_loses_and_leaves_nothing() {
    if !can_mount() {
        return;
    }
    let sandbox = Sandbox::new();
    let create = "i=0; while $APIKEY create k$i -g readonly -q; do i=$((i + 1)); done";
    let ran = with_room_for(
        &sandbox,
        64,
        &format!("{create}; $APIKEY create k$i -g readonly -q"),
    );
    // Which write fails first is a matter of pages: that of the pending key, and nothing
    // was changed; or that of the active one, and then it may be that it can't be deleted.
    assert!(matches!(ran.code, 3 | 5 | 6 | 7), "{ran:?}");
    let active = sandbox.count("secrets WHERE state = 'current'");
    assert!(active > 0, "{ran:?}");
    let mut accepted = 0;
    for secret in ran.stdout.lines() {
        accepted += i64::from(sandbox.feed(&["verify"], secret).code == 0);
    }
    assert_eq!(active, accepted, "{ran:?}");
    let whole: String = sandbox
        .sqlite()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
}

#[test]
fn a_change_there_is_no_room_for_is_not_made_and_that_is_known() {
    if !can_mount() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let lines = "for i in $(seq 1000); do $APIKEY set-description a $i -q || break; done; \
                 $APIKEY set-description a last -q";
    let ran = with_room_for(&sandbox, 64, lines).exits(5);
    // The last one that was reported as done is what is there.
    let done = sandbox.count("log WHERE action = 'set-description'");
    assert!((1..1000).contains(&done), "{ran:?}");
    assert_eq!(sandbox.show("a")["description"], done.to_string());
}

#[test]
fn a_database_that_finds_no_room_is_not_begun() {
    if !can_mount() {
        return;
    }
    let mut made = 0;
    for kib in (4..=256).step_by(8) {
        for command in ["init", "create a -g readonly"] {
            let sandbox = Sandbox::empty();
            let ran = sandbox.shell(&format!(
                "exec unshare -rm /bin/sh -ec '
                    mkdir -p .local/share
                    mount -t tmpfs -o mode=700,size={kib}k tmpfs .local/share
                    code=0
                    $APIKEY {command} || code=$?
                    find .local/share -type f | sed s/^/left:/
                    exit $code'"
            ));
            let left = ran.stdout.lines().filter(|line| line.starts_with("left:"));
            let (left, code) = (left.count(), ran.code);
            match command {
                "init" if code == 0 => {
                    assert_eq!(left, 2, "{ran:?}");
                    made += 1;
                }
                "init" => assert_eq!((code, left), (5, 0), "{kib} KiB: {ran:?}"),
                // Where there was room for the database, it may stay.
                _ => assert!(matches!((code, left), (0 | 5..=7, 2) | (5, 0)), "{ran:?}"),
            }
        }
    }
    assert!((1..30).contains(&made), "{made}");
}

#[test]
fn a_target_on_a_disk_that_is_full_gets_no_secret_and_there_is_no_key() {
    if !can_mount() {
        return;
    }
    for target in [
        "--export full",
        "> full/new.APIKEY",
        "--json > full/new.APIKEY",
    ] {
        let sandbox = Sandbox::new();
        let ran = sandbox.shell(&format!(
            "exec unshare -rm /bin/sh -ec '
                mkdir full
                mount -t tmpfs -o size=64k tmpfs full
                head -c 65536 /dev/zero >full/filler
                code=0
                $APIKEY create new -g readonly {target} || code=$?
                cat full/new.APIKEY >&2 || true
                exit $code'"
        ));
        let ran = ran.exits(6).says("no key was created");
        assert!(!ran.stderr.contains("apik_"), "{ran:?}");
        assert_eq!(sandbox.count("keys"), 0);
        sandbox.key("new");
    }
}
