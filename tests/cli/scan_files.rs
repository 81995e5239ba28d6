//! `scan`: the files and streams that it reads, and those that it can't read.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::sandbox::{Sandbox, finish, has, is_root};
use super::scan::write;
use super::waiting::is_installed;

#[test]
fn what_can_t_be_read_is_exit_5_unless_something_is_live() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    write(&sandbox, &[("live", secret.as_bytes()), ("clean", b"x")]);
    let ran = sandbox.run(&["scan", "nosuch", "clean", "--json"]).exits(5);
    assert_eq!(ran.stdout, "[]\n");
    assert!(ran.stderr.contains("warning: can't read nosuch"), "{ran:?}");
    assert!(ran.stderr.contains(r#"{"error":{"code":"io""#), "{ran:?}");
    sandbox
        .run(&["scan", "nosuch", "live"])
        .exits(1)
        .says("can't read nosuch");
    sandbox.run(&["deactivate", "a"]).succeeds();
    sandbox.run(&["scan", "nosuch", "live"]).exits(5);
    sandbox.run(&["scan", "clean", "live"]).succeeds();
    if is_root() {
        return;
    }
    write(&sandbox, &[("closed/x", b"x"), ("shut", b"x")]);
    for name in ["closed", "shut"] {
        let none = std::fs::Permissions::from_mode(0o0);
        std::fs::set_permissions(sandbox.path(name), none).unwrap();
        sandbox.run(&["scan", name]).exits(5);
    }
}

#[test]
fn links_in_a_directory_are_not_followed_and_a_named_link_is() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    write(
        &sandbox,
        &[("secret", secret.as_bytes()), ("t/clean", b"x")],
    );
    for (target, link) in [
        ("../secret", "t/file"),
        ("..", "t/up"),
        ("nosuch", "t/dangling"),
    ] {
        symlink(target, sandbox.path(link)).unwrap();
    }
    let ran = sandbox.run(&["scan", "t"]).succeeds();
    assert_eq!((ran.stdout, ran.stderr), (String::new(), String::new()));
    let ran = sandbox.run(&["scan", "t/file"]).exits(1);
    assert!(ran.stdout.starts_with("t/file:1:1 live"), "{ran:?}");
}

#[test]
fn pipes_in_a_directory_are_left_out_and_a_named_pipe_is_read() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let script = "mkdir t; mkfifo t/pipe; $APIKEY scan t && (cat > t/pipe & $APIKEY scan t/pipe)";
    let mut shell = sandbox.program("/bin/sh");
    shell
        .args(["-c", script])
        .env("APIKEY", super::sandbox::APIKEY);
    std::fs::write(sandbox.path("s"), &secret).unwrap();
    shell.stdin(std::fs::File::open(sandbox.path("s")).unwrap());
    let ran = finish(shell.spawn().unwrap());
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
}

#[test]
fn compressed_git_objects_are_not_read_and_one_warning_says_so() {
    if !has("git", is_installed("git")) {
        return;
    }
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let ran = sandbox.shell("git init -q one; git init -q --bare two; mkdir objects");
    ran.succeeds();
    let planted = [
        "one/.git/objects/x",
        "two/objects/x",
        "objects/x",
        "one/.git/config",
    ];
    for path in planted {
        std::fs::write(sandbox.path(path), &secret).unwrap();
    }
    let ran = sandbox.run(&["scan", "one", "two", "objects"]).exits(1);
    let paths: Vec<&str> = ran
        .stdout
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(paths, ["one/.git/config", "objects/x"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    ran.says("warning: the objects of git are compressed");
}

#[test]
fn many_files_are_printed_in_the_order_of_their_paths() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let lines: Vec<String> = (0..3000)
        .map(|i| format!("t/{:02}/{i:04}", i % 50))
        .collect();
    for path in &lines {
        write(&sandbox, &[(path, secret.as_bytes())]);
    }
    let ran = sandbox.run(&["scan", "t"]).exits(1);
    let found: Vec<String> = ran
        .stdout
        .lines()
        .map(|line| line[..10].trim_end_matches(':').to_owned())
        .collect();
    assert_eq!(found.len(), 3000);
    assert!(found.is_sorted());
}

#[test]
fn a_file_with_many_secrets_and_a_long_stream_are_read_in_bounded_memory() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let many = format!("{secret}\n").repeat(10_000);
    write(
        &sandbox,
        &[("many", many.as_bytes()), ("s", secret.as_bytes())],
    );
    let ran = sandbox.run(&["scan", "many"]).exits(1);
    assert_eq!(ran.stdout.lines().count(), 10_000);
    assert!(ran.stdout.contains("\nmany:10000:1 live a apik_"));
    let ran = sandbox
        .shell("(head -c 300000000 /dev/zero; cat s) | (ulimit -v 250000; exec $APIKEY scan)")
        .exits(1);
    assert!(ran.stdout.starts_with("-:1:300000001 live"), "{ran:?}");
}

#[test]
fn a_path_with_a_secret_is_redacted_and_can_t_control_a_terminal() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let name = format!("t/\u{1b}[2J{secret}.bak");
    write(&sandbox, &[(&name, secret.as_bytes())]);
    for args in [
        &["scan", "t"][..],
        &["scan", "t", "--json"],
        &["scan", "t", "--deactivate"],
    ] {
        let ran = sandbox.run(args).exits(1);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !all.contains(&secret[14..]) && !all.contains('\u{1b}'),
            "{all}"
        );
        assert!(
            all.contains("[secret].bak:1:1 ") || all.contains("[secret].bak\""),
            "{all}"
        );
    }
    let log = sandbox.run(&["log", "--json"]).succeeds().stdout;
    assert!(
        log.contains("[secret].bak") && !log.contains(&secret[14..]),
        "{log}"
    );
}

#[test]
fn a_long_path_that_can_t_be_read_is_redacted_before_it_is_shortened() {
    let sandbox = Sandbox::new();
    // A well-formed secret in an argument is refused.
    let mistyped = sandbox.key("a").replace("apik", "apix");
    // The 60 characters that are shown end within the secret.
    let path = format!("{}b{mistyped}{}", "a/".repeat(15), "/c".repeat(300));
    let ran = sandbox.run(&["scan", &path]).exits(5);
    assert!(!ran.stderr.contains(&mistyped[14..20]), "{ran:?}");
    ran.says("can't read a/a/").says("[secret]/c/c").says("…");
}
