use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use super::sandbox::{Ran, Sandbox, finish, full_pipe, has, mode, wait_until_blocked};

fn run_shared_secret(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(&[&["shared-secret"], args].concat())
}

fn secret_file(sandbox: &Sandbox) -> PathBuf {
    sandbox.path(".local/share/apikey/keys.db.shared-secret")
}

fn sign(sandbox: &Sandbox, message: &[u8]) -> String {
    let ran = sandbox.feed(&["shared-secret", "sign"], message).succeeds();
    ran.stdout.trim_end().to_owned()
}

fn check(sandbox: &Sandbox, signature: &str, message: &[u8]) -> i32 {
    sandbox
        .feed(&["shared-secret", "check", "--", signature], message)
        .code
}

#[test]
fn a_shared_secret_is_created_shown_and_deleted() {
    let sandbox = Sandbox::new();
    for args in [
        &["show"][..],
        &["rotate"],
        &["sign"],
        &["check", "x"],
        &["delete", "-y"],
    ] {
        let ran = run_shared_secret(&sandbox, &[args, &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), "not-found", "{args:?}");
    }
    let created = run_shared_secret(&sandbox, &["create"]).succeeds().stdout;
    let secret = created.trim_end();
    assert_eq!(secret.len(), 43);
    assert!(
        secret.bytes().all(|c| c.is_ascii_alphanumeric()),
        "{secret}"
    );
    assert_eq!(mode(&secret_file(&sandbox)), 0o600);
    assert_eq!(
        run_shared_secret(&sandbox, &["show"]).succeeds().stdout,
        created
    );
    assert_eq!(
        run_shared_secret(&sandbox, &["show", "--json"])
            .succeeds()
            .json()["secret"],
        secret
    );
    let ran = run_shared_secret(&sandbox, &["create", "--json"]).exits(3);
    assert_eq!(ran.error_code(), "exists");
    assert_eq!(
        run_shared_secret(&sandbox, &["show"]).succeeds().stdout,
        created
    );
    assert!(
        !std::fs::read(sandbox.db())
            .unwrap()
            .windows(43)
            .any(|part| part == secret.as_bytes())
    );
    run_shared_secret(&sandbox, &["delete"]).exits(2);
    run_shared_secret(&sandbox, &["delete", "-y"]).succeeds();
    assert!(!secret_file(&sandbox).exists());
    let other = run_shared_secret(&sandbox, &["create"]).succeeds().stdout;
    assert_ne!(other, created);
    let actions = sandbox.count("log WHERE action LIKE 'shared-secret-%'");
    assert_eq!(actions, 3);
}

#[test]
fn a_signature_equals_that_of_other_programs() {
    let sandbox = Sandbox::new();
    let secret = run_shared_secret(&sandbox, &["create"])
        .succeeds()
        .stdout
        .trim_end()
        .to_owned();
    // RFC 4231 is in the unit tests; this compares with Python's implementation.
    let message = b"{\"event\": \"push\"}\n\0\xff".as_slice();
    let signature = sign(&sandbox, message);
    assert!(
        signature.starts_with("sha256=") && signature.len() == 71,
        "{signature}"
    );
    std::fs::write(sandbox.path("message"), message).unwrap();
    let python = sandbox.shell(&format!(
        "command -v python3 > /dev/null && python3 -c 'import hmac, sys; \
         print(\"sha256=\" + hmac.new(b\"{secret}\", sys.stdin.buffer.read(), \"sha256\").hexdigest())' < message"
    ));
    if has("python3", python.code == 0) {
        assert_eq!(python.stdout.trim_end(), signature);
    }
    let json = sandbox
        .feed(&["shared-secret", "sign", "--json"], message)
        .succeeds()
        .json();
    assert_eq!(json["signature"], signature);
    assert_eq!(check(&sandbox, &signature, message), 0);
    assert_eq!(check(&sandbox, &signature, b"other"), 1);
    for wrong in [
        "",
        "sha256=",
        "x",
        "--help",
        &signature[7..],
        &signature[..70],
        &format!("{signature}0"),
    ] {
        assert_eq!(check(&sandbox, wrong, message), 1, "{wrong:?}");
    }
    let quiet = sandbox
        .feed(&["shared-secret", "check", &signature], message)
        .succeeds();
    assert_eq!(quiet.stdout, "");
    let valid = |signature: &str| {
        let args = ["shared-secret", "check", "--json", "--", signature];
        sandbox.feed(&args, message).json()["valid"].clone()
    };
    assert_eq!((valid(&signature), valid("x")), (true.into(), false.into()));
    // The message may be long.
    let long = vec![7; 3_000_000];
    assert_eq!(check(&sandbox, &sign(&sandbox, &long), &long), 0);
}

#[test]
fn the_previous_secret_is_valid_until_its_overlap_ends() {
    let sandbox = Sandbox::new();
    let first = run_shared_secret(&sandbox, &["create"]).succeeds().stdout;
    let old = sign(&sandbox, b"m");
    let rotated = run_shared_secret(&sandbox, &["rotate", "--overlap", "1h"]).succeeds();
    assert_ne!(rotated.stdout, first);
    assert_eq!(mode(&secret_file(&sandbox)), 0o600);
    assert_eq!(
        run_shared_secret(&sandbox, &["show"]).stdout,
        rotated.stdout
    );
    let new = sign(&sandbox, b"m");
    assert_eq!(
        (check(&sandbox, &old, b"m"), check(&sandbox, &new, b"m")),
        (0, 0)
    );
    // Move the end of the overlap into the past.
    let content = std::fs::read_to_string(secret_file(&sandbox)).unwrap();
    let until = content.trim_end().rsplit(' ').next().unwrap().to_owned();
    std::fs::write(
        secret_file(&sandbox),
        content.replace(&until, "2020-01-01T00:00:00Z"),
    )
    .unwrap();
    assert_eq!(
        (check(&sandbox, &old, b"m"), check(&sandbox, &new, b"m")),
        (1, 0)
    );
    std::fs::write(secret_file(&sandbox), &content).unwrap();
    // Another rotation ends the previous secret, whatever its overlap.
    run_shared_secret(&sandbox, &["rotate", "--overlap", "1h"]).succeeds();
    assert_eq!(
        (check(&sandbox, &old, b"m"), check(&sandbox, &new, b"m")),
        (1, 0)
    );
    // Without an overlap the previous secret is no longer valid.
    run_shared_secret(&sandbox, &["rotate"]).succeeds();
    assert_eq!(check(&sandbox, &new, b"m"), 1);
    assert_eq!(
        std::fs::read_to_string(secret_file(&sandbox))
            .unwrap()
            .lines()
            .count(),
        1
    );
    run_shared_secret(&sandbox, &["rotate", "--overlap", "0s"]).succeeds();
    assert_eq!(
        std::fs::read_to_string(secret_file(&sandbox))
            .unwrap()
            .lines()
            .count(),
        1
    );
    run_shared_secret(&sandbox, &["rotate", "--overlap", "1M"]).exits(2);
}

#[test]
fn an_overlap_may_end_while_the_message_arrives() {
    let sandbox = Sandbox::new();
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let old = sign(&sandbox, b"m");
    run_shared_secret(&sandbox, &["rotate", "--overlap", "1h"]).succeeds();
    let mut child = sandbox
        .apikey(&["shared-secret", "check", "--", &old])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut message = child.stdin.take().unwrap();
    wait_until_blocked(&child);
    let content = std::fs::read_to_string(secret_file(&sandbox)).unwrap();
    let until = content.trim_end().rsplit(' ').next().unwrap();
    std::fs::write(
        secret_file(&sandbox),
        content.replace(until, "2020-01-01T00:00:00Z"),
    )
    .unwrap();
    message.write_all(b"m").unwrap();
    drop(message);
    finish(child).exits(1);
}

#[test]
fn a_failed_rotation_does_not_replace_a_later_shared_secret() {
    let sandbox = Sandbox::new();
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let (reader, writer) = full_pipe();
    let child = sandbox
        .apikey(&["shared-secret", "rotate"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    let shown = run_shared_secret(&sandbox, &["rotate", "--overlap", "1h"])
        .succeeds()
        .stdout;
    drop(reader);
    finish(child)
        .exits(7)
        .says("can't write to stdout")
        .says("could not be withdrawn: another command has replaced the shared secret");
    assert_eq!(
        run_shared_secret(&sandbox, &["show"]).succeeds().stdout,
        shown
    );
    // Without a later rotation, the failed rotation restores the previous secret.
    let (reader, writer) = full_pipe();
    let child = sandbox
        .apikey(&["shared-secret", "rotate"])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_until_blocked(&child);
    drop(reader);
    finish(child).exits(6).says("nothing was changed");
    assert_eq!(
        run_shared_secret(&sandbox, &["show"]).succeeds().stdout,
        shown
    );
}

#[test]
fn a_readers_lock_prevents_the_change_completely() {
    let sandbox = Sandbox::new();
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let before = std::fs::read(secret_file(&sandbox)).unwrap();
    let reader = sandbox.sqlite();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM keys")
        .unwrap();
    let log = sandbox.count("log");
    for args in [&["rotate", "--overlap", "1d"][..], &["delete", "-y"]] {
        let ran = run_shared_secret(&sandbox, &[args, &["--json"]].concat()).exits(75);
        assert_eq!(ran.error_code(), "locked");
        assert_eq!(ran.stdout, "");
        assert_eq!(std::fs::read(secret_file(&sandbox)).unwrap(), before);
    }
    reader.execute_batch("ROLLBACK").unwrap();
    assert_eq!(sandbox.count("log"), log);
}

#[test]
fn a_rotation_with_a_disk_error_is_either_done_and_logged_or_neither() {
    let sandbox = Sandbox::new();
    let is_installed = sandbox.shell("strace -o /dev/null true").code == 0;
    if !has("strace", is_installed) {
        return;
    }
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let mut failed = 0;
    for call in [
        "fsync",
        "fdatasync",
        "write",
        "pwrite64",
        "unlink",
        "rename,renameat,renameat2",
    ] {
        for nth in 1..=8 {
            let before = (
                std::fs::read(secret_file(&sandbox)).unwrap(),
                sandbox.count("log"),
            );
            let ran = sandbox.shell(&format!(
                "strace -f -o /dev/null -e trace={call} -e inject={call}:error=EIO:when={nth} \
                 $APIKEY shared-secret rotate --overlap 1h"
            ));
            let after = (
                std::fs::read(secret_file(&sandbox)).unwrap(),
                sandbox.count("log"),
            );
            match ran.code {
                0 => assert!(
                    after.0 != before.0 && after.1 == before.1 + 1,
                    "{call} {nth}"
                ),
                // Withdrawn: the log has the rotation and its withdrawal.
                6 => assert!(
                    after.0 == before.0 && after.1 == before.1 + 2,
                    "{call} {nth}"
                ),
                7 => assert_eq!(ran.stdout, "", "{call} {nth}"),
                _ => assert_eq!(after, before, "{call} {nth}: {ran:?}"),
            }
            failed += i32::from(ran.code != 0);
        }
    }
    assert!(failed >= 10, "only {failed} runs failed");
}

#[test]
fn a_leftover_of_a_killed_command_is_removed() {
    let sandbox = Sandbox::new();
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let left = sandbox.path(".local/share/apikey/keys.db.shared-secret.new");
    for args in [&["rotate"][..], &["delete", "-y"], &["create"]] {
        std::fs::write(&left, "half").unwrap();
        run_shared_secret(&sandbox, args).succeeds();
        assert!(!left.exists(), "{args:?}");
    }
}

#[test]
fn a_shared_secret_that_can_not_be_shown_is_not_created() {
    let sandbox = Sandbox::new();
    for line in [
        "$APIKEY shared-secret create > /dev/full",
        "$APIKEY shared-secret create > /dev/null",
        "$APIKEY shared-secret create >&-",
    ] {
        sandbox
            .shell(line)
            .exits(6)
            .says("the shared secret was not shown");
        assert!(!secret_file(&sandbox).exists(), "{line}");
    }
    let created = run_shared_secret(&sandbox, &["create"]).succeeds().stdout;
    run_shared_secret(&sandbox, &["rotate", "--overlap", "1h"]).succeeds();
    let before = std::fs::read(secret_file(&sandbox)).unwrap();
    sandbox
        .shell("$APIKEY shared-secret rotate > /dev/full")
        .exits(6)
        .says("nothing was changed");
    assert_eq!(std::fs::read(secret_file(&sandbox)).unwrap(), before);
    assert!(
        String::from_utf8(before)
            .unwrap()
            .contains(created.trim_end())
    );
    sandbox
        .shell("$APIKEY shared-secret show > /dev/full")
        .exits(6);
    // An output file that others can use prints a warning, as for a key's secret.
    let warned = |umask: &str| {
        let line = format!("umask {umask}; $APIKEY shared-secret show -q > ../shown; rm ../shown");
        sandbox
            .shell(&format!("mkdir -p in; cd in; {line}"))
            .succeeds()
            .stderr
    };
    assert!(warned("022").starts_with("warning: other users have access"));
    assert_eq!(warned("077"), "");
    // The directory has no leftovers.
    let names: Vec<_> = sandbox
        .files()
        .iter()
        .map(|file| file.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["keys.db", "keys.db.shared-secret", "keys.db.usage"]);
}

#[test]
fn a_file_without_a_shared_secret_is_damaged_and_kept() {
    let sandbox = Sandbox::new();
    let path = secret_file(&sandbox);
    for content in ["", "short\n", "a b c\n"] {
        std::fs::write(&path, content).unwrap();
        for args in [
            &["show"][..],
            &["sign"],
            &["rotate"],
            &["create"],
            &["delete", "-y"],
        ] {
            let ran = run_shared_secret(&sandbox, &[args, &["--json"]].concat()).exits(5);
            assert_eq!(ran.error_code(), "database-damaged", "{args:?}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    run_shared_secret(&sandbox, &["show"]).exits(5);
    std::fs::remove_dir(&path).unwrap();
    let target = sandbox.path("target");
    std::fs::write(&target, "a".repeat(43)).unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    run_shared_secret(&sandbox, &["show"]).exits(5);
    sandbox
        .shell(&format!("rm {0}; mkfifo {0}", path.display()))
        .succeeds();
    run_shared_secret(&sandbox, &["show"]).exits(5);
}

#[test]
fn concurrent_rotations_each_show_a_stored_secret() {
    let sandbox = Sandbox::new();
    run_shared_secret(&sandbox, &["create"]).succeeds();
    let children: Vec<_> = (0..8)
        .map(|_| {
            sandbox
                .apikey(&["shared-secret", "rotate", "--overlap", "1h"])
                .spawn()
                .unwrap()
        })
        .collect();
    let shown: Vec<String> = children
        .into_iter()
        .map(|child| finish(child).succeeds().stdout.trim_end().to_owned())
        .collect();
    let content = std::fs::read_to_string(secret_file(&sandbox)).unwrap();
    let current = content.lines().next().unwrap();
    let previous = content.lines().nth(1).unwrap().split(' ').next().unwrap();
    for stored in [current, previous] {
        assert!(shown.iter().any(|secret| secret == stored));
    }
    assert_eq!(
        sandbox.count("log WHERE action = 'shared-secret-rotate'"),
        8
    );
}
