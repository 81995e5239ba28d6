//! Exit 0: the key is active and its secret was delivered. Any other exit: no key is active, or
//! exit 7 says what to check. No file is overwritten or left behind.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;

use sqlite_only::sqlite_only;

use super::sandbox::{Ran, Sandbox, finish, has, is_root, mode};
use super::waiting::{in_time, is_installed, wait_for};

/// Asserts that a failed delivery created nothing.
#[track_caller]
fn check_nothing_was_created(sandbox: &Sandbox, ran: Ran, files_before: &[PathBuf]) {
    let ran = ran.exits(6);
    assert_eq!(ran.stdout, "", "{ran:?}");
    assert!(ran.stderr.contains("no key was created"), "{ran:?}");
    assert_eq!(sandbox.count("keys"), 0, "{ran:?}");
    assert_eq!(sandbox.files(), files_before);
}

#[test]
fn a_stdout_that_can_not_take_the_secret_creates_no_key() {
    for (case, redirection) in [
        ("closed", ">&-"),
        ("/dev/null", ">/dev/null"),
        ("/dev/full", ">/dev/full"),
        ("open for reading only", "1</dev/zero"),
    ] {
        for format in ["", "--json"] {
            let sandbox = Sandbox::new();
            let files = sandbox.files();
            let ran = sandbox.shell(&format!(
                "$APIKEY create a -g readonly {format} {redirection}"
            ));
            assert!(
                ran.stderr.contains("not-handed-over") == (format == "--json"),
                "{case}: {ran:?}"
            );
            check_nothing_was_created(&sandbox, ran, &files);
            // The name is free again.
            sandbox.key("a");
        }
    }
}

#[sqlite_only("the shared secret is a file")]
#[test]
fn a_device_that_keeps_nothing_is_refused_before_a_key_is_created() {
    let sandbox = Sandbox::new();
    let nodes = "mknod null c 1 3; mknod zero c 1 5; mknod random c 1 8; mknod kmsg c 1 11";
    let has_nodes = is_root() && sandbox.shell(nodes).code == 0;
    let before = sandbox.content();
    let mut devices = vec![
        "/dev/zero",
        "/dev/random",
        "/dev/urandom",
        "/dev/full",
        "/dev/null",
    ];
    if has("root, to make devices", has_nodes) {
        devices.extend(["null", "zero", "random", "kmsg"]);
    }
    for device in devices {
        for args in [
            "create a -g readonly",
            "create a -g readonly --json",
            "create a -g readonly --if-absent",
            "shared-secret create",
        ] {
            let ran = sandbox.shell(&format!("$APIKEY {args} > {device}"));
            let ran = ran.exits(6);
            assert!(ran.stderr.contains("the secret would be lost"), "{ran:?}");
            assert_eq!(sandbox.content(), before, "{device}");
        }
        let ran = sandbox.run(&["create", "a", "-g", "readonly", "--export", device]);
        ran.exits(6).says("already exists");
    }
    assert!(
        !sandbox
            .path(".local/share/apikey/keys.db.shared-secret")
            .exists()
    );
    // Nothing is lost with a secret that is already stored.
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox
        .shell("$APIKEY shared-secret rotate > /dev/zero")
        .exits(6);
    sandbox
        .shell("$APIKEY shared-secret show > /dev/zero")
        .succeeds();
}

#[test]
fn a_socket_an_unnamed_file_and_a_terminal_take_a_secret() {
    let sandbox = Sandbox::new();
    let (socket, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = sandbox.apikey(&["create", "socket", "-g", "readonly"]);
    command.stdout(Stdio::from(std::os::fd::OwnedFd::from(socket)));
    let child = command.spawn().unwrap();
    drop(command);
    finish(child).succeeds();
    let mut secret = String::new();
    std::io::Read::read_to_string(&mut peer, &mut secret).unwrap();
    sandbox.feed(&["verify"], secret).succeeds();

    let mut unnamed = tempfile::tempfile().unwrap();
    let mut command = sandbox.apikey(&["create", "unnamed", "-g", "readonly"]);
    command.stdout(unnamed.try_clone().unwrap());
    finish(command.spawn().unwrap()).succeeds();
    let mut secret = String::new();
    std::io::Seek::rewind(&mut unnamed).unwrap();
    std::io::Read::read_to_string(&mut unnamed, &mut secret).unwrap();
    sandbox.feed(&["verify"], secret).succeeds();

    let line = "$APIKEY create terminal -g readonly";
    let mut terminal = super::pty::Terminal::open(&sandbox, 100, line);
    terminal.exits(&sandbox, 0);
    assert_eq!(sandbox.show("terminal")["status"], "active");
}

#[test]
fn a_pipe_without_a_reader_creates_no_key() {
    let sandbox = Sandbox::new();
    let files = sandbox.files();
    let mut child = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    let (reader, writer) = std::io::pipe().unwrap();
    child.stdout(writer);
    drop(reader);
    let child = child.spawn().unwrap();
    check_nothing_was_created(&sandbox, finish(child), &files);
    let failed: i64 = sandbox.count("log WHERE action = 'hand-over-failed'");
    assert_eq!(failed, 1);
}

#[test]
fn a_path_that_can_not_be_a_new_file_creates_no_key() {
    for (case, arrange, path) in [
        ("an existing file", "echo precious > out", "out"),
        (
            "an existing default name",
            "mkdir out; echo precious > out/a.APIKEY",
            "out",
        ),
        ("a symlink", "echo precious > real; ln -s real out", "out"),
        ("a dangling symlink", "ln -s nowhere out", "out"),
        ("a missing directory", "true", "nowhere/out"),
        ("a missing directory with a slash", "true", "nowhere/"),
        ("a file as directory", "echo precious > out", "out/x"),
        ("a device", "true", "/dev/null"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.shell(arrange).succeeds();
        let files = sandbox.files();
        let ran = sandbox.run(&["create", "a", "-g", "readonly", "--export", path]);
        check_nothing_was_created(&sandbox, ran, &files);
        // The preflight failed, so nothing was ever inserted.
        assert_eq!(sandbox.count("log"), 1, "{case}");
        for file in sandbox.files().iter().filter(|file| file.is_file()) {
            if !file.starts_with(sandbox.path(".local")) {
                assert_eq!(std::fs::read(file).unwrap(), b"precious\n", "{case}");
            }
        }
    }
}

#[test]
fn a_directory_without_write_permission_creates_no_key() {
    let sandbox = Sandbox::new();
    sandbox.shell("mkdir ro && chmod 555 ro").succeeds();
    let files = sandbox.files();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly", "--export", "ro"]);
    if is_root() {
        // Root may write anywhere, so the command runs as the user `nobody`.
        sandbox.shell("chmod 755 . && chown -R 65534 .").succeeds();
        command.uid(65534).gid(65534);
    }
    check_nothing_was_created(&sandbox, finish(command.spawn().unwrap()), &files);
}

#[sqlite_only("the modes of the files of a database")]
#[test]
fn the_umask_neither_widens_nor_breaks_permissions() {
    for umask in ["000", "777"] {
        let sandbox = Sandbox::empty();
        let line = format!("umask {umask}; $APIKEY create a -g readonly --export a.APIKEY");
        sandbox.shell(&line).succeeds();
        assert_eq!(mode(&sandbox.path("a.APIKEY")), 0o600);
        assert_eq!(mode(&sandbox.db()), 0o600);
        sandbox
            .run(&["verify", "--key-file", "a.APIKEY"])
            .succeeds();
        assert_eq!(sandbox.files().len(), 3);
    }
}

#[sqlite_only("the modes of the files of a database")]
#[test]
fn the_umask_breaks_nothing_for_an_unprivileged_user() {
    if !has("root, to become an ordinary user", is_root()) {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.shell("chown 65534 .").succeeds();
    let mut command = sandbox.program("/bin/sh");
    command
        .args([
            "-c",
            "umask 777; $APIKEY create a -g readonly --export a.APIKEY && $APIKEY list",
        ])
        .env("APIKEY", super::sandbox::APIKEY)
        .uid(65534)
        .gid(65534);
    let ran = finish(command.spawn().unwrap()).succeeds();
    assert!(ran.stdout.contains("nobody"), "{ran:?}");
    assert_eq!(mode(&sandbox.path("a.APIKEY")), 0o600);
}

#[test]
fn a_create_that_is_killed_leaves_no_active_key() {
    let sandbox = Sandbox::new();
    // The pipe is full, so the delivery waits until the process is killed.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let filler = [b'x'; 4096];
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
    while std::io::Write::write(&mut writer, &filler).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::empty()).unwrap();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    command.stdout(Stdio::from(writer));
    let mut child = command.spawn().unwrap();
    wait_for("the key is pending", || sandbox.count("keys") > 0);
    assert_eq!(sandbox.show("a")["status"], "pending");
    child.kill().unwrap();
    assert_ne!(finish(child).code, 0);
    drop(reader);
    assert_eq!(sandbox.count("secrets WHERE state = 'current'"), 0);
    sandbox.run(&["delete", "a", "-y"]).succeeds();
}

#[test]
fn a_key_deleted_during_its_delivery_is_not_created() {
    let sandbox = Sandbox::new();
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
    while std::io::Write::write(&mut writer, &[b'x'; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::empty()).unwrap();
    let mut command = sandbox.apikey(&["create", "a", "-g", "readonly"]);
    command.stdout(Stdio::from(writer));
    let child = command.spawn().unwrap();
    drop(command);
    wait_for("the key is pending", || sandbox.count("keys") > 0);
    sandbox.run(&["delete", "a", "-y"]).succeeds();
    let mut rest = Vec::new();
    let read = || std::io::Read::read_to_end(&mut reader, &mut rest);
    in_time(child.id(), "the end", read).unwrap();
    finish(child).exits(6).says("no key was created");
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn a_redirected_secret_is_complete() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("$APIKEY create a -g readonly > out")
        .succeeds();
    sandbox
        .shell("$APIKEY create b -g readonly >> out")
        .succeeds();
    let content = std::fs::read_to_string(sandbox.path("out")).unwrap();
    assert_eq!(content.lines().count(), 2);
    for secret in content.lines() {
        sandbox.feed(&["verify"], secret).succeeds();
    }
}

#[test]
fn a_file_that_others_can_read_prints_a_warning() {
    let sandbox = Sandbox::new();
    let create = |umask: &str, name: &str| {
        let line = format!("umask {umask}; $APIKEY create {name} -g readonly -q > {name}");
        sandbox.shell(&line).succeeds().stderr
    };
    assert!(
        create("022", "a").contains("warning: other users have access to the output file"),
        "no warning"
    );
    assert_eq!(create("077", "b"), "");
    let piped = sandbox
        .shell("$APIKEY create c -g readonly -q | cat")
        .succeeds();
    assert_eq!(piped.stderr, "");
}

#[test]
fn an_interrupted_system_call_is_not_taken_for_ctrl_c() {
    let sandbox = Sandbox::new();
    if !has("strace", is_installed("strace")) {
        return;
    }
    let ran = sandbox.shell(
        "strace -f -qq -o /dev/null -e trace=linkat -e inject=linkat:error=EINTR \
         $APIKEY create a -g readonly --export . --json",
    );
    assert_eq!(ran.exits(6).error_code(), "not-handed-over");
    assert_eq!(sandbox.count("keys"), 0);
    assert!(!sandbox.path("a.APIKEY").exists());
}

#[sqlite_only("a disk error of the file")]
#[test]
fn a_key_that_is_active_after_a_failed_commit_keeps_its_file() {
    let sandbox = Sandbox::new();
    if !has("strace", is_installed("strace")) {
        return;
    }
    let create = |name: &str, inject: &str| {
        sandbox.shell(&format!(
            "strace -f -qq -o calls -e trace=fsync {inject} \
             $APIKEY create {name} -g readonly --export ."
        ))
    };
    create("a", "").succeeds();
    let calls = std::fs::read_to_string(sandbox.path("calls")).unwrap();
    // The last call syncs the directory after the journal is deleted: the change is committed.
    let last = calls.matches("fsync(").count();
    let ran = create("b", &format!("-e inject=fsync:error=EIO:when={last}"));
    ran.exits(7).says("whether its key is active is unknown");
    assert_eq!(sandbox.show("b")["status"], "active");
    sandbox
        .run(&["verify", "--key-file", "b.APIKEY"])
        .succeeds();
}
