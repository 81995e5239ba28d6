//! Too little of something: file size, disk, memory.

use std::sync::Mutex;

use super::super::sandbox::{APIKEY, Sandbox, has};
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

#[test]
fn a_limit_on_the_size_of_files_undoes_a_change_in_order() {
    if !super::can_trace() {
        return;
    }
    // In blocks of 512 bytes; a page has 8 of them, and one of the journal a bit more.
    let way = |blocks: usize| {
        let trap = if blocks.is_multiple_of(2) { "-" } else { "''" };
        format!("trap {trap} XFSZ; ulimit -f {blocks}; exec \"$@\"")
    };
    let ways: Vec<_> = (0..=300).step_by(5).map(way).collect();
    run_each_way(&promised(), &ways);
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

#[test]
fn a_database_that_finds_no_room_is_not_begun() {
    if !can_mount() {
        return;
    }
    let mut made = 0;
    for kib in (4..=128).step_by(4) {
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
