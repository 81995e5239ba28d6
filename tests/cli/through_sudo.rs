//! Through sudo nothing that the caller names is looked at as another user: no file, no
//! variable, no screen.

use super::machine::{Machine, can_make_users};
use super::pty::{ESCAPE, Terminal};
use super::sandbox::{Ran, Sandbox, finish};

/// What names something of the caller's, in pairs that would be told apart if it were
/// looked at.
const NAMING: [[&[&str]; 2]; 6] = [
    [
        &["verify", "--key-file", "secret"],
        &["verify", "--key-file", "nowhere/secret"],
    ],
    [
        &["verify", "--key-env", "HOME"],
        &["verify", "--key-env", "NOWHERE"],
    ],
    [
        &["create", "x", "-g", "deploy", "--export", "x.APIKEY"],
        &["create", "x", "-g", "deploy", "--export", "secret"],
    ],
    [
        &["create", "--export", "x.APIKEY"],
        &["create", "--export", "nowhere/x"],
    ],
    [
        &["create", "x", "-g", "deploy", "--copy"],
        &["create", "x", "-g", "deploy", "--copy=osc52"],
    ],
    [&["hold-clipboard", "45s"], &["hold-clipboard", "1s"]],
];

fn through_sudo(sandbox: &Sandbox, args: &[&str]) -> Ran {
    through_sudo_as(sandbox, "alice", args)
}

fn through_sudo_as(sandbox: &Sandbox, user: &str, args: &[&str]) -> Ran {
    let mut command = sandbox.apikey(args);
    command.env("SUDO_USER", user).env("SUDO_UID", "4711");
    command.env("DISPLAY", ":4711").env("XAUTHORITY", "secret");
    finish(command.spawn().unwrap())
}

#[test]
fn what_the_caller_names_is_refused_before_it_is_looked_at() {
    let damaged = Sandbox::staffed();
    std::fs::write(damaged.db(), "no database").unwrap();
    for (sandbox, code) in [
        (Sandbox::staffed(), 2),
        // Whether users were registered nobody knows.
        (Sandbox::empty(), 2),
        (damaged, 5),
    ] {
        std::fs::write(sandbox.path("secret"), "not a secret").unwrap();
        let before = sandbox.files();
        for pair in NAMING {
            let [one, other] = pair.map(|args| {
                let ran = through_sudo(&sandbox, args).exits(code).says("hint: ");
                assert_eq!(ran.stdout, "", "{args:?}");
                ran.stderr
            });
            assert_eq!(one, other, "{pair:?}");
            assert_eq!(one.contains("through sudo, "), code == 2, "{one}");
        }
        assert_eq!(sandbox.files(), before);
    }
}

#[test]
fn without_sudo_or_without_users_the_caller_names_its_own() {
    let staffed = Sandbox::staffed();
    let secret = staffed.create(&["a", "-g", "deploy"]);
    let lonely = Sandbox::new();
    let alone = lonely.key("a");
    for (sandbox, secret, sudo_user) in [(&staffed, &secret, ""), (&lonely, &alone, "alice")] {
        std::fs::write(sandbox.path("secret"), secret).unwrap();
        for args in [
            &["verify", "--key-file", "secret"][..],
            &["verify", "--key-env", "SECRET"],
            &["create", "b", "-g", "readonly", "--export", "b.APIKEY"],
        ] {
            let mut command = sandbox.apikey(args);
            command.env("SUDO_USER", sudo_user).env("SECRET", secret);
            finish(command.spawn().unwrap()).succeeds();
        }
    }
}

#[test]
fn the_menu_for_a_secret_offers_only_what_an_option_may_name() {
    let staffed = Sandbox::staffed();
    for (sandbox, sudo_user, offers_a_file) in [
        (&staffed, "admin", false),
        // A missing database may have had users.
        (&Sandbox::empty(), "admin", false),
        (&Sandbox::new(), "admin", true),
        (&Sandbox::empty(), "", true),
    ] {
        let line = "$APIKEY create -g readonly -d '' --expires never";
        let mut terminal = Terminal::with(sandbox, 80, &[("SUDO_USER", sudo_user)], line);
        terminal.at("Name:", "job\r");
        terminal.at("Create this key?", "y\r");
        terminal.sees("show it here");
        let menu = terminal.contents();
        for method in ["copy it to the clipboard", "save it in job.APIKEY"] {
            assert_eq!(menu.contains(method), offers_a_file, "{sudo_user}: {menu}");
        }
        let ran = through_sudo_as(
            sandbox,
            sudo_user,
            &["create", "job", "-g", "readonly", "--export", "."],
        );
        assert_eq!(ran.code == 0, offers_a_file, "{sudo_user}: {ran:?}");
        terminal.press(ESCAPE);
        terminal.exits(sandbox, 130);
    }
}

/// The command that a hint gives for a root shell, before the word apikey.
#[track_caller]
fn as_owner(ran: &Ran) -> String {
    let (_, hint) = ran.stderr.split_once("in a root shell: ").unwrap();
    let (command, _) = hint.split_once(" apikey …").unwrap();
    command.to_owned()
}

#[test]
fn in_a_root_shell_of_sudo_the_hint_that_is_printed_works() {
    if !can_make_users() {
        return;
    }
    let mut machine = Machine::new("i");
    machine.add_user("owner");
    machine.add_user("alice");
    let (owner, alice) = (machine.name("owner"), machine.name("alice"));
    let db = machine.path("db/keys.db").display().to_string();
    let apikey = format!("{} --db {db}", machine.path("apikey").display());
    machine
        .root(&format!("install -d -m 700 -o {owner} db"))
        .succeeds();
    let init = format!("{apikey} init --argon2 m=8,t=1,p=1 && {apikey} user add bob -g admin");
    machine.run_as("owner", &init).succeeds();

    // What `sudo -i` leaves in the environment of its shell.
    let shell_of = |who: &str, line: &str| {
        let sudo_i = format!("export SUDO_USER={who} SUDO_UID=4711 SUDO_GID=4711");
        machine.root(&format!("{sudo_i}; {line}"))
    };
    let shell = |line: &str| shell_of(&alice, line);
    let export = format!("{apikey} create x -g readonly --export db/x.APIKEY");
    let key_file = format!("{apikey} verify --key-file db/x.APIKEY");
    for (who, line, code) in [
        ("bob", &*export, 2),
        ("bob", &*key_file, 2),
        (&*alice, &*key_file, 2),
        (
            &*alice,
            &format!("{apikey} create y -g readonly --export db/y.APIKEY"),
            4,
        ),
        (&*alice, &format!("{apikey} list"), 4),
        (&*alice, &format!("{apikey} user add {alice} -g admin"), 4),
    ] {
        let ran = shell_of(who, line).exits(code);
        shell_of(who, &format!("{} {line}", as_owner(&ran))).succeeds();
    }
    let log = shell(&format!("env -u SUDO_USER {apikey} log --json")).succeeds();
    let log = log.json();
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(last["operator"], owner);
    // Now alice is registered, and has left without it.
    shell(&format!("{apikey} list")).succeeds();
}

#[test]
fn restore_tells_no_files_apart_that_only_the_owner_may_see() {
    if !can_make_users() {
        return;
    }
    let mut machine = Machine::new("r");
    machine.add_user("owner");
    let owner = machine.name("owner");
    let db = machine.path("db/keys.db").display().to_string();
    let apikey = format!("{} --db {db}", machine.path("apikey").display());
    machine
        .root(&format!(
            "install -d -m 700 -o {owner} db; echo x > secret; chmod 600 secret; mkfifo -m 666 pipe"
        ))
        .succeeds();
    let owned =
        "cd db; echo no database > mine; echo x > open; chmod 666 open; ln -s ../secret link";
    machine.run_as("owner", owned).succeeds();
    let restore = |file: &str| {
        let line = format!("export SUDO_USER=bob SUDO_UID=4711; {apikey} restore {file} -y");
        machine.run_as("owner", &line).exits(4).stderr
    };
    let first = restore("nosuch");
    assert!(
        first.contains("no backup that an operator may restore"),
        "{first}"
    );
    for file in [
        "db/mine",
        "db/open",
        "db/link",
        "db",
        "secret",
        "pipe",
        "db/mine/x",
        "/dev/null",
    ] {
        assert_eq!(restore(file), first, "{file}");
    }
    // The owner, without sudo, is told what it is.
    let line = format!("{apikey} restore nosuch -y");
    machine
        .run_as("owner", &line)
        .exits(5)
        .says("there is no backup at");
}
