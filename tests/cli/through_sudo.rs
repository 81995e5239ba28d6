//! Through sudo, files, variables and screens that the operator names are not used as another
//! user.

use super::machine::{Machine, can_create_users};
use super::pty::{ESCAPE, Terminal};
use super::sandbox::{Ran, Sandbox, finish};

/// Arguments that name something of the operator's, in pairs whose errors would differ if it
/// were used.
const NAMING: [[&[&str]; 2]; 7] = [
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
    [&["scan", "-", "secret"], &["scan", "nowhere/secret"]],
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
fn a_file_or_variable_is_refused_before_it_is_used() {
    let damaged = Sandbox::staffed();
    std::fs::write(damaged.db(), "no database").unwrap();
    for (sandbox, code) in [
        (Sandbox::staffed(), 2),
        // A missing database may have had users.
        (Sandbox::empty(), 2),
        (damaged, 5),
    ] {
        std::fs::write(sandbox.path("secret"), "not a secret").unwrap();
        let before = sandbox.files();
        for pair in NAMING {
            let [first, second] = pair.map(|args| {
                let ran = through_sudo(&sandbox, args).exits(code).says("hint: ");
                assert_eq!(ran.stdout, "", "{args:?}");
                ran.stderr
            });
            assert_eq!(first, second, "{pair:?}");
            assert_eq!(first.contains("through sudo, "), code == 2, "{first}");
        }
        assert_eq!(sandbox.files(), before);
    }
}

#[test]
fn a_file_to_import_is_refused_before_it_is_opened() {
    let sandbox = Sandbox::staffed();
    std::fs::write(sandbox.path("keys"), "not csv").unwrap();
    for file in ["keys", "nowhere"] {
        let args = ["import", file, "--scheme", "plain", "--shape", ":9:hex"];
        // Only a user who may import learns that the file is the reason.
        through_sudo_as(&sandbox, "admin", &args)
            .exits(2)
            .says("through sudo, import FILE would");
        through_sudo_as(&sandbox, "alice", &args).exits(4);
    }
}

#[test]
fn without_sudo_or_without_users_files_and_variables_may_be_named() {
    let staffed = Sandbox::staffed();
    let secret = staffed.create(&["a", "-g", "deploy"]);
    let without_users = Sandbox::new();
    let other = without_users.key("a");
    for (sandbox, secret, sudo_user) in [(&staffed, &secret, ""), (&without_users, &other, "alice")]
    {
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
fn the_delivery_menu_offers_only_permitted_options() {
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
        terminal.sees("show on this screen");
        let menu = terminal.contents();
        for method in ["copy to the clipboard", "write to the file job.APIKEY"] {
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

/// Returns the command prefix that the hint gives for a root shell.
#[track_caller]
fn as_owner(ran: &Ran) -> String {
    let (_, hint) = ran.stderr.split_once("in a root shell: ").unwrap();
    let (command, _) = hint.split_once(" apikey …").unwrap();
    command.to_owned()
}

#[test]
fn in_a_root_shell_of_sudo_the_printed_hint_works() {
    if !can_create_users() {
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

    // The environment of a shell of `sudo -i`.
    let shell_of = |user: &str, line: &str| {
        let sudo_i = format!("export SUDO_USER={user} SUDO_UID=4711 SUDO_GID=4711");
        machine.root(&format!("{sudo_i}; {line}"))
    };
    let shell = |line: &str| shell_of(&alice, line);
    let export = format!("{apikey} create x -g readonly --export db/x.APIKEY");
    let key_file = format!("{apikey} verify --key-file db/x.APIKEY");
    for (user, line, code) in [
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
        let ran = shell_of(user, line).exits(code);
        shell_of(user, &format!("{} {line}", as_owner(&ran))).succeeds();
    }
    let log = shell(&format!("env -u SUDO_USER {apikey} log --json")).succeeds();
    let log = log.json();
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(last["operator"], owner);
    // Alice is registered by now, so she needs no hint.
    shell(&format!("{apikey} list")).succeeds();
}

#[test]
fn restore_reveals_nothing_about_files_that_only_the_owner_may_see() {
    if !can_create_users() {
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
        first.contains("operators may not restore this file"),
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
    // Without sudo, the owner gets the actual error.
    let line = format!("{apikey} restore nosuch -y");
    machine
        .run_as("owner", &line)
        .exits(5)
        .says("there is no backup at");
}
