//! A shared database with real users: verifiers can only verify, and other users can do nothing.

use std::path::Path;

use super::machine::{Machine, can_create_users};
use super::rights;
use super::sandbox::{Ran, has};

/// A database of the user owner, shared with the group verify. Its members are owner and
/// verifier, but not outsider. It is not the owner's primary group.
pub struct Shared {
    pub machine: Machine,
    pub db: String,
}

impl Shared {
    pub fn new(tag: &str) -> Self {
        let mut machine = Machine::new(tag);
        let group = machine.name("verify");
        machine
            .root(&format!("groupadd --system {group}"))
            .succeeds();
        machine.groups.push(group.clone());
        for user in ["owner", "verifier", "outsider"] {
            machine.add_user(user);
        }
        for user in ["owner", "verifier"] {
            let user = machine.name(user);
            machine
                .root(&format!("usermod --append --groups {group} {user}"))
                .succeeds();
        }
        let db = machine.path("lib/keys.db").display().to_string();
        let owner = machine.name("owner");
        let install = format!("install -d -o {owner} -g {group} -m 2750 lib");
        machine.root(&install).succeeds();
        let shared = Self { machine, db };
        let init = format!("init --argon2 m=8,t=1,p=1 --shared {group}");
        shared.apikey("owner", &init).succeeds();
        for (name, file) in [("job", "secret"), ("off", "secret-off")] {
            let created = shared.apikey("owner", &format!("create {name} -g readonly"));
            std::fs::write(shared.machine.path(file), created.succeeds().stdout).unwrap();
        }
        shared.apikey("owner", "deactivate off").succeeds();
        shared
    }

    /// Runs `apikey` as `user`.
    pub fn apikey(&self, user: &str, args: &str) -> Ran {
        self.machine.run_as(user, &self.line(args))
    }

    pub fn line(&self, args: &str) -> String {
        let binary = self.machine.path("apikey");
        format!("{} --db {} {args}", binary.display(), self.db)
    }

    /// Returns the modes, owners and groups of the directory and its files.
    pub fn layout(&self) -> String {
        let stat = "cd lib && stat -c '%a %U:%G %n' . $(ls -A)";
        let found = self.machine.root(stat).succeeds().stdout;
        found.replace(&self.machine.name(""), "")
    }

    /// Returns the expected layout.
    pub fn expected_layout(&self) -> &'static str {
        "2750 owner:verify .\n640 owner:verify keys.db\n660 owner:verify keys.db.usage\n"
    }

    /// Asserts that the verifier can verify, without a message on stderr.
    #[track_caller]
    pub fn verifies(&self) {
        for (file, code, verdict) in [
            ("secret", 0, "accepted job\n"),
            ("secret-off", 1, "refused inactive\n"),
        ] {
            // The test fails if `verify` hangs.
            let line = self.line(&format!("verify --key-file {file}"));
            let ran = self
                .machine
                .run_as("verifier", &format!("timeout 60 {line}"))
                .exits(code);
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (verdict, ""));
        }
    }
}

/// Commands that only read: a user who may read the file could use sqlite3 as well.
const READING: &[&[&str]] = &[
    &["list"],
    &["review"],
    &["show"],
    &["group", "list"],
    &["group", "show"],
    &["user", "list"],
    &["user", "show"],
    &["log"],
    &["doctor"],
];

pub fn has_python() -> bool {
    has("python3", Path::new("/usr/bin/python3").exists())
}

/// Returns the arguments of every case, as a list and as a line of sh with a text on stdin, since a
/// scan of /dev/null is refused. Leaves out the cases that name another database.
fn cases() -> impl Iterator<Item = (&'static [&'static str], String)> {
    let cases = rights::cases().filter(|(args, _)| !args.contains(&"--db"));
    cases.map(|(args, _)| (*args, format!("{} < /etc/passwd", args.join(" "))))
}

#[test]
fn a_verifier_verifies_and_changes_nothing_even_if_it_is_an_administrator() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("v");
    shared.verifies();
    for (key, kind) in [("job", "last_used_at"), ("off", "last_refused_at")] {
        let shown = shared.apikey("owner", &format!("show {key} --json"));
        assert!(shown.succeeds().json()[kind].is_string(), "{key}");
    }
    // As with sg, or Group= in a unit of systemd: the user is no member, but the process has the
    // group.
    let in_group = format!(
        "runuser -u {} -g {} -- {}",
        shared.machine.name("outsider"),
        shared.machine.name("verify"),
        shared.line("verify --key-file secret")
    );
    shared.machine.root(&in_group).succeeds();

    let verifier = shared.machine.name("verifier");
    for args in [
        "group create deploy",
        "group create own --allow apikey:own",
        "user add alice",
        "user add bob",
        &format!("user add {verifier} -g admin"),
        "create hers -g deploy",
        "shared-secret create",
    ] {
        shared.apikey("owner", args).succeeds();
    }
    let (before, layout) = (std::fs::read(&shared.db).unwrap(), shared.layout());
    assert!(
        layout
            .ends_with("600 owner:verify keys.db.shared-secret\n660 owner:verify keys.db.usage\n")
    );
    for (args, line) in cases() {
        let ran = shared.apikey("verifier", &format!("{line} --json"));
        let is_reading = READING.iter().any(|reading| args.starts_with(reading));
        if is_reading || args == ["policy"] || args == ["scan"] {
            // A review has findings.
            let code = i32::from(args == ["review"]);
            assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        } else {
            assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
            assert_eq!(ran.error_code(), "not-permitted", "{args:?}");
            assert_eq!(ran.stdout, "", "{args:?}");
        }
        assert!(std::fs::read(&shared.db).unwrap() == before, "{args:?}");
        assert_eq!(shared.layout(), layout, "{args:?}");
    }
    shared.apikey("verifier", "init").exits(3);
    shared.verifies();
}

#[test]
fn a_user_outside_the_group_can_read_nothing() {
    if !can_create_users() {
        return;
    }
    let shared = Shared::new("o");
    let machine = &shared.machine;
    let outsider = machine.name("outsider");
    machine
        .root(&format!(
            "install -d -o {outsider} -m 755 own; ln -s {} own/link.db; ln -s {} own/lib",
            shared.db,
            machine.path("lib").display()
        ))
        .succeeds();
    // Administrators of the database are subject to the file's mode, too.
    let added = format!("user add {outsider} -g admin");
    shared.apikey("owner", &added).succeeds();
    let layout = shared.layout();
    let binary = machine.path("apikey").display().to_string();
    for db in [&shared.db, "own/link.db", "own/lib/keys.db"] {
        let lines = cases().map(|(_, line)| line);
        let more = ["verify --key-file secret", "init"].map(str::to_owned);
        for args in lines.chain(more) {
            let ran = machine.run_as("outsider", &format!("{binary} --db {db} {args} --json"));
            assert_eq!(ran.code, 4, "--db {db} {args}: {ran:?}");
            assert_eq!(ran.error_code(), "not-permitted", "--db {db} {args}");
            assert_eq!(ran.stdout, "", "--db {db} {args}");
        }
    }
    for read in [
        "cat $F/keys.db",
        "cat $F/keys.db.usage",
        "stat $F/keys.db",
        "ls $F",
    ] {
        let line = format!("F={}; {read}", machine.path("lib").display());
        machine.root(&line).succeeds();
        assert_ne!(machine.run_as("outsider", &line).code, 0, "{read}");
    }
    // The checksum of a text with the shape of a secret is checked without a database.
    let wrong = "apik_31JLLeUZ_oG3ejdii7RuBcMwW4gGjGkfof8heht0zXznnGRZguPQ2DTegM";
    let malformed = format!("echo {wrong} | {}", shared.line("verify"));
    let ran = machine.run_as("outsider", &malformed).exits(1);
    assert_eq!(ran.stdout, "refused malformed\n");
    assert_eq!(shared.layout(), layout);
}
