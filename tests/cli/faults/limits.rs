//! Limits: file size, disk space, memory.

use std::sync::Mutex;

use super::super::sandbox::{APIKEY, Ran, Sandbox, has};
use super::super::waiting::{is_installed, run};
use super::commands::{COMMANDS, Command, FILE, Target};
use super::prepared::{Prepared, Run};
use super::promise::check;
use super::renewal::FILE_NEW;
use super::{Tally, in_parallel};

/// Returns the commands of the default sweep, prepared.
fn promised() -> Vec<Prepared> {
    let promised = COMMANDS
        .iter()
        .filter(|command| command.is_promised && command.first.is_none());
    let promised: Vec<&'static Command> = promised.collect();
    in_parallel(promised.len(), |i| Prepared::new(promised[i]))
}

/// Runs each command in each of `scripts`, which are lines of sh that run `"$@"`, and checks the
/// promises. Some runs must fail, and some must succeed.
fn run_in_each(prepared: &[Prepared], scripts: &[String]) {
    let tally = Mutex::new(Tally::default());
    in_parallel(prepared.len() * scripts.len(), |i| {
        let (prepared, script) = (&prepared[i / scripts.len()], &scripts[i % scripts.len()]);
        let sandbox = prepared.sandbox();
        let run = run_by(prepared, &sandbox, script);
        let checked = check(prepared, &sandbox, &run, false);
        let failed = run.ran.code != prepared.command.good;
        let mut tally = tally.lock().unwrap();
        tally.add(script, prepared, &run, checked, failed);
    });
    let tally = tally.into_inner().unwrap();
    tally.print();
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
    assert!((1..tally.runs).contains(&tally.injected));
}

fn run_by(prepared: &Prepared, sandbox: &Sandbox, script: &str) -> Run {
    if prepared.command.target == Target::Renewed {
        // In a namespace, no file of another user can be read or replaced.
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        let owner = (Some(user.as_raw()), Some(group.as_raw()));
        for file in [FILE, FILE_NEW].map(|name| sandbox.path(name)) {
            if file.exists() {
                std::os::unix::fs::chown(file, owner.0, owner.1).unwrap();
            }
        }
    }
    let mut shell = sandbox.program("/bin/sh");
    shell.args(["-c", script, "sh", APIKEY]);
    prepared.finish(sandbox, shell)
}

/// Every command that writes a database or one of its sidecars.
const CHANGES: [&str; 30] = [
    "create b -g readonly",
    "create b -g readonly --export .",
    "create a -g readonly --if-absent",
    "import keys.csv --scheme plain --shape :16:hex -g readonly",
    "activate a",
    "deactivate a",
    "rename a b",
    "set-groups a admin",
    "set-description a x",
    "set-owner a u",
    "set-app a x",
    "set-expiry a 90d",
    "set-permissions a x:y",
    "set-meta a x=y",
    "rotate a --overlap 1h",
    "finish-rotation r",
    "cancel-rotation r --yes",
    "renew s --overlap 1h",
    "delete a --yes",
    "scan s --deactivate",
    "group create g",
    "group set-permissions readonly x:y",
    "policy set max-age 1d",
    "user add v",
    "user deactivate u",
    "shared-secret rotate",
    "shared-secret delete --yes",
    "backup copy",
    "--db new/keys.db init",
    "--db new/keys.db restore whole --yes",
];

/// Returns a database with a key, a user, a shared secret and a backup. The key's secret is in the
/// file `s`.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("s"), sandbox.key("a")).unwrap();
    let keys = "name,key\nold,0123456789abcdef\n";
    std::fs::write(sandbox.path("keys.csv"), keys).unwrap();
    sandbox.key("r");
    for args in [
        &["user", "add", "u", "-g", "readonly"][..],
        &["rotate", "r", "--overlap", "1h"],
        &["shared-secret", "create"],
        &["backup", "whole"],
    ] {
        sandbox.run(args).succeeds();
    }
    sandbox
}

/// Returns every file with its content.
fn contents(sandbox: &Sandbox) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let read = |path: std::path::PathBuf| (path.clone(), std::fs::read(path).unwrap());
    sandbox.files().into_iter().map(read).collect()
}

#[test]
fn no_change_begins_under_a_limit_on_the_size_of_files() {
    let sandbox = furnished();
    let before = contents(&sandbox);
    for line in CHANGES {
        // A generous limit is refused, too: the next change may reach it.
        for (limit, hint) in [
            ("-f 60", "run without this limit, which only root can raise"),
            (
                "-f 1000000",
                "run without this limit, which only root can raise",
            ),
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
    // The default database is not created, either.
    let sandbox = Sandbox::empty();
    sandbox
        .shell("ulimit -f 60; exec $APIKEY create a -g readonly")
        .exits(5);
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_command_that_only_reads_ignores_a_limit_on_the_size_of_files() {
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
fn too_little_memory_is_reported_before_anything_changes() {
    if !super::can_trace() {
        return;
    }
    let prepared = promised();
    let script = |kib: usize| format!("ulimit -c 0; ulimit -v {kib}; exec \"$@\"");
    let create = &prepared[0];
    // With less memory, the loader or Rust fails before main. The search finds the least memory
    // with which the command can report an error.
    let (mut too_little, mut enough) = (1024, 4 << 20);
    while enough - too_little > 16 {
        let kib = usize::midpoint(too_little, enough);
        let sandbox = create.sandbox();
        let run = run_by(create, &sandbox, &script(kib));
        match run.ran.code {
            0 | 75 => enough = kib,
            _ => {
                check(create, &sandbox, &run, true).unwrap();
                too_little = kib;
            }
        }
    }
    // With more memory every run ends in order, up to well above the largest allocation.
    let scripts: Vec<_> = (64..12 * 1024)
        .step_by(384)
        .map(|more| script(enough + more))
        .collect();
    run_in_each(&prepared, &scripts);
}

/// Returns whether a file system can be mounted in a private namespace.
fn can_mount() -> bool {
    let mut tried = std::process::Command::new("unshare");
    tried.args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let can = is_installed("unshare") && run(&mut tried).status.success();
    has(
        "unshare, and permission to mount in a private namespace",
        can,
    )
}

#[test]
fn every_promise_holds_on_a_full_disk() {
    if !can_mount() || !super::can_trace() {
        return;
    }
    let prepared = promised();
    let size = prepared[0].sandbox().db().metadata().unwrap().len();
    // The database is on the small disk while the command runs.
    let script = |kib: u64| {
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
    let scripts: Vec<_> = (first..first + 72).step_by(4).map(script).collect();
    run_in_each(&prepared, &scripts);
}

/// Runs lines of sh with the database on a disk that has `kib` KiB of free space. Its files are
/// copied there and back.
fn with_free_space(sandbox: &Sandbox, kib: u64, lines: &str) -> Ran {
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
fn a_database_that_can_not_grow_loses_no_key() {
    if !can_mount() {
        return;
    }
    let sandbox = Sandbox::new();
    let create = "i=0; while $APIKEY create k$i -g readonly -q; do i=$((i + 1)); done";
    let ran = with_free_space(
        &sandbox,
        64,
        &format!("{create}; $APIKEY create k$i -g readonly -q"),
    );
    // The first write that fails depends on the pages: the insertion, so that nothing changes; or
    // the activation, after which the pending key may not be deletable.
    assert!(matches!(ran.code, 3 | 5 | 6 | 7), "{ran:?}");
    let active = sandbox.count("secrets WHERE state = 'current'");
    assert!(active > 0, "{ran:?}");
    let mut accepted = 0;
    for secret in ran.stdout.lines() {
        accepted += i64::from(sandbox.feed(&["verify"], secret).code == 0);
    }
    assert_eq!(active, accepted, "{ran:?}");
    let integrity: String = sandbox
        .sqlite()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(integrity, "ok");
}

#[test]
fn a_change_without_free_space_fails_and_the_last_one_stays() {
    if !can_mount() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let lines = "for i in $(seq 1000); do $APIKEY set-description a $i -q || break; done; \
                 $APIKEY set-description a last -q";
    let ran = with_free_space(&sandbox, 64, lines).exits(5);
    // The last change with exit 0 stays.
    let done = sandbox.count("log WHERE action = 'set-description'");
    assert!((1..1000).contains(&done), "{ran:?}");
    assert_eq!(sandbox.show("a")["description"], done.to_string());
}

#[test]
fn without_free_space_no_database_is_created() {
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
                // If there was space for the database, it may remain.
                _ => assert!(matches!((code, left), (0 | 5..=7, 2) | (5, 0)), "{ran:?}"),
            }
        }
    }
    assert!((1..30).contains(&made), "{made}");
}

#[test]
fn a_target_on_a_full_disk_gets_no_secret_and_no_key_is_created() {
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
