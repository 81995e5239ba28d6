//! The Python example in docs/verifying.md verifies keys through the view `usable_secrets`.

use super::markdown::blocks;
use super::sandbox::{Sandbox, finish, has};
use super::waiting;

#[test]
fn the_guides_python_verifies_a_key() {
    let mut argon2 = std::process::Command::new("python3");
    argon2.args(["-c", "import argon2"]);
    let is_there = waiting::is_installed("python3") && waiting::run(&mut argon2).status.success();
    if !has("python3 with argon2-cffi", is_there) {
        return;
    }
    let example = &blocks("docs/verifying.md", "python")[0];
    assert!(
        example.lines().count() <= 12,
        "the example has more than twelve lines"
    );
    let sandbox = Sandbox::empty();
    let secret = sandbox.key("demo");
    sandbox.create(&["off", "-g", "readonly"]);
    std::fs::write(sandbox.path("verify.py"), example).unwrap();
    let verify = |secret: &str| {
        let mut command = sandbox.program("python3");
        command
            .arg("verify.py")
            .env("HOME", sandbox.home())
            .stdin(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), secret.as_bytes()).unwrap();
        finish(child)
    };
    assert_eq!(
        verify(&format!("{secret}\n")).succeeds().stdout,
        "accepted\n"
    );
    let used = sandbox.show("demo")["last_used_at"].clone();
    assert!(used.is_string(), "{used}");
    assert!(sandbox.show("off")["last_used_at"].is_null());
    let mut wrong = secret.clone().into_bytes();
    wrong[20] = if wrong[20] == b'a' { b'b' } else { b'a' };
    assert_eq!(
        verify(str::from_utf8(&wrong).unwrap()).exits(1).stdout,
        "refused\n"
    );
    assert_eq!(
        verify(&Sandbox::new().key("demo")).exits(1).stdout,
        "refused\n"
    );
    sandbox.run(&["deactivate", "demo"]).succeeds();
    assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
    sandbox.run(&["activate", "demo"]).succeeds();
    sandbox
        .run(&["set-expiry", "demo", "2020-01-01"])
        .succeeds();
    assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
    sandbox.run(&["set-expiry", "demo", "never"]).succeeds();
    for args in [
        &["user", "add", "alice", "-g", "readonly"][..],
        &["set-owner", "demo", "alice"],
    ] {
        sandbox.run(args).succeeds();
    }
    assert_eq!(verify(&secret).succeeds().stdout, "accepted\n");
    for (stop, back) in [
        (&["deactivate", "alice"][..], &["activate", "alice"][..]),
        (
            &["set-expiry", "alice", "2020-01-01"],
            &["set-expiry", "alice", "90d"],
        ),
    ] {
        sandbox.run(&[&["user"], stop].concat()).succeeds();
        assert_eq!(verify(&secret).exits(1).stdout, "refused\n");
        sandbox.run(&[&["user"], back].concat()).succeeds();
        assert_eq!(verify(&secret).succeeds().stdout, "accepted\n");
    }
}
