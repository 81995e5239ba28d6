//! The roles of a server: a verifier can verify and record uses, and nothing else; and no
//! caller becomes another operator through a variable of the environment.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sandbox::{APIKEY, Ran, finish};
use super::server::{Database, OWNER, Server};

/// A database with a key `a`, a role that owns nothing, and a HOME.
struct Place {
    database: Database,
    verifier: String,
    secret: String,
    home: tempfile::TempDir,
}

impl Place {
    /// Returns a place whose role is a verifier; none without PostgreSQL.
    fn new() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let database = Server::shared()?.create_database();
        let verifier = format!("verifier_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        database.query(&format!("CREATE ROLE {verifier} LOGIN"));
        let mut place = Self {
            database,
            verifier,
            secret: String::new(),
            home: tempfile::tempdir().unwrap(),
        };
        let init = [
            "init",
            "--argon2",
            "m=8,t=1,p=1",
            "--shared",
            &place.verifier,
        ];
        place.run(&init).succeeds();
        let created = place.run(&["create", "a", "-g", "readonly"]).succeeds();
        created.stdout.trim_end().clone_into(&mut place.secret);
        Some(place)
    }

    fn command(&self, role: &str, args: &[&str]) -> Command {
        let mut command = Command::new(APIKEY);
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("APIKEY_DB", self.uri(role))
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn uri(&self, role: &str) -> String {
        let uri = self.database.uri();
        uri.replacen(&format!("{OWNER}@"), &format!("{role}@"), 1)
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(OWNER, args).spawn().unwrap())
    }

    fn run_as_verifier(&self, args: &[&str]) -> Ran {
        finish(self.command(&self.verifier, args).spawn().unwrap())
    }

    fn verify(&self, args: &[&str], input: &str) -> Ran {
        self.feed(&self.verifier, args, input)
    }

    /// Runs apikey as `role` with `input` on stdin.
    fn feed(&self, role: &str, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(role, args);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        finish(child)
    }

    /// Executes a statement as the verifier. Returns the error of the server, if there is one.
    fn execute(&self, statement: &str) -> Option<String> {
        let script = format!("SET ROLE {};\n{statement};", self.verifier);
        let (_, errors) = self.database.run(&script);
        (!errors.is_empty()).then_some(errors)
    }

    #[track_caller]
    fn refuses(&self, statement: &str) {
        let error = self.execute(statement);
        let is_refused = |error: &String| error.contains("permission denied");
        assert!(
            error.as_ref().is_some_and(is_refused),
            "{statement}: {error:?}"
        );
    }
}

const TABLES: [&str; 14] = [
    "settings",
    "users",
    "groups",
    "keys",
    "secrets",
    "key_groups",
    "user_groups",
    "key_permissions",
    "key_meta",
    "group_permissions",
    "policy",
    "import_shapes",
    "weak_secrets",
    "usage",
];

#[test]
fn a_verifier_verifies_and_records_uses_and_may_do_nothing_else() {
    let Some(place) = Place::new() else { return };
    place.verify(&["verify"], &place.secret).succeeds();
    let batch = place.verify(&["verify", "--batch"], &format!("{}\n", place.secret));
    assert!(batch.succeeds().stdout.contains("accepted"));
    let recorded = place
        .database
        .query("SELECT count(*) FROM usage WHERE slot > 0 AND accepted > 0");
    assert_eq!(recorded, "1\n");
    for args in [
        &["create", "b", "-g", "readonly"][..],
        &["rotate", "a", "--overlap", "1h"],
        &["deactivate", "a"],
        &["delete", "a", "--yes"],
        &["rename", "a", "b"],
        &["set-expiry", "a", "2099-01-31"],
        &["user", "add", "eve", "-g", "admin"],
        &["group", "create", "g"],
        &["policy", "set", "max-lifetime", "1d"],
        &["log"],
        &["log", "verify"],
    ] {
        let ran = place.run_as_verifier(args);
        assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
    }
    assert_eq!(
        place.run(&["list", "--json"]).succeeds().json()[0]["status"],
        "active"
    );
}

/// Returns the arguments of an import from stdin.
fn import(shape: &str) -> [&str; 6] {
    ["import", "-", "--scheme", "plain", "--shape", shape]
}

#[test]
fn a_verifier_learns_that_it_may_change_nothing_before_anything_is_read() {
    let Some(place) = Place::new() else { return };
    for length in 16..24 {
        let (shape, key) = (format!(":{length}:hex"), "0123456789".repeat(3));
        let lines = format!("name,key,group\nk{length},{},readonly\n", &key[..length]);
        place.feed(OWNER, &import(&shape), &lines).succeeds();
    }
    // A ninth shape, and a bad line.
    for (shape, lines, code) in [(":30:hex", "", 3), (":16:hex", "name,key\nx\n", 2)] {
        place.feed(OWNER, &import(shape), lines).exits(code);
        place.verify(&import(shape), lines).exits(4);
    }
    for text in [&place.secret[..], "nothing"] {
        let ran = place.verify(&["scan", "--deactivate"], text).exits(4);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_verifier_scans_but_learns_of_no_deleted_key() {
    let Some(place) = Place::new() else { return };
    let deleted = place.run(&["create", "b", "-g", "readonly"]).succeeds();
    place.run(&["delete", "b", "--yes"]).succeeds();
    let text = format!("{}\n{}", place.secret, deleted.stdout);
    let states = |ran: Ran| -> Vec<String> {
        let words = |line: &str| {
            line.split(' ')
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        };
        ran.stdout.lines().map(words).collect()
    };
    let seen_by = |role: &str| states(place.feed(role, &["scan"], &text).exits(1));
    assert_eq!(seen_by(OWNER), ["live a", "deleted b"]);
    assert_eq!(seen_by(&place.verifier), ["live a", "unknown -"]);
}

#[test]
fn the_server_lets_a_verifier_read_all_tables_but_the_log_and_change_only_dates_of_uses() {
    let Some(place) = Place::new() else { return };
    for table in TABLES {
        assert_eq!(place.execute(&format!("SELECT * FROM {table}")), None);
        let column = "SELECT attname FROM pg_attribute WHERE attnum = 1 AND attrelid";
        let column = place
            .database
            .query(&format!("{column} = '{table}'::regclass"));
        let column = column.trim_end();
        place.refuses(&format!("UPDATE {table} SET {column} = {column}"));
        place.refuses(&format!("INSERT INTO {table} SELECT * FROM {table}"));
        place.refuses(&format!("DELETE FROM {table}"));
        place.refuses(&format!("TRUNCATE {table}"));
        if table != "usage" {
            place.refuses(&format!("SELECT * FROM {table} FOR UPDATE"));
        }
    }
    assert_eq!(place.execute("SELECT * FROM usable_secrets"), None);
    for column in ["accepted", "refused"] {
        assert_eq!(
            place.execute(&format!("UPDATE usage SET {column} = 0 WHERE slot = 1")),
            None
        );
    }
    for statement in [
        "SELECT * FROM log",
        "INSERT INTO log SELECT * FROM log",
        "LOCK TABLE usage IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE settings IN ROW EXCLUSIVE MODE",
        "CREATE TEMP TABLE t (n integer)",
        "CREATE TABLE t (n integer)",
        "CREATE SCHEMA s",
        "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    ] {
        // A table is locked only within a transaction.
        place.refuses(&format!("BEGIN; {statement}"));
    }
}

#[test]
fn a_row_that_a_verifier_has_locked_holds_up_no_change_of_the_owner() {
    let Some(place) = Place::new() else { return };
    let hold = format!(
        "SET ROLE {};\nBEGIN;\nSELECT count(*) FROM (SELECT * FROM usage FOR UPDATE) locked;\n",
        place.verifier
    );
    std::thread::scope(|scope| {
        // The lock is held until `done`, which the owner's changes come before.
        let holder = scope.spawn(|| {
            place.database.run(&format!(
                "{hold}DO $$ BEGIN
                    FOR i IN 1..30000 LOOP
                        PERFORM pg_stat_clear_snapshot();
                        EXIT WHEN EXISTS (SELECT 1 FROM pg_database WHERE datname = current_database()
                            AND datconnlimit = 77);
                        PERFORM pg_sleep(0.01);
                    END LOOP;
                END $$;\nCOMMIT;\nSELECT 'released';"
            ))
        });
        let is_held = "SELECT count(*) FROM pg_locks WHERE relation = 'usage'::regclass
            AND mode = 'RowShareLock' AND granted";
        super::waiting::wait_for("the verifier's lock", || {
            place.database.query(is_held) != "0\n"
        });
        let rotated = place.run(&["rotate", "a", "--overlap", "0s"]);
        let created = place.run(&["create", "b", "-g", "readonly"]);
        let deleted = place.run(&["delete", "a", "--yes"]);
        let held = place.database.query(is_held);
        let name = place.database.name();
        place
            .database
            .query(&format!("ALTER DATABASE {name} CONNECTION LIMIT 77"));
        for ran in [rotated, created, deleted] {
            ran.succeeds();
        }
        assert_ne!(held, "0\n");
        assert!(holder.join().unwrap().0.contains("released"));
    });
}

#[test]
fn other_versions_of_the_schema_are_refused_but_the_one_before_is_verified_with() {
    let Some(place) = Place::new() else { return };
    let latest = place.database.query("SELECT schema_version FROM settings");
    let latest: i64 = latest.trim_end().parse().unwrap();
    let set = |version: i64| {
        place
            .database
            .query(&format!("UPDATE settings SET schema_version = {version}"));
    };
    let upgraded = place.run(&["init", "--upgrade"]).succeeds();
    assert!(upgraded.stderr.contains("already"), "{upgraded:?}");
    set(latest - 1);
    place.verify(&["verify"], &place.secret).succeeds();
    for args in [
        &["list", "--json"][..],
        &["create", "b", "-g", "readonly", "--json"],
        &["log", "--json"],
    ] {
        let refused = place.run(args).exits(5);
        let command = format!("apikey --db '{}' init --upgrade", place.uri(OWNER));
        assert!(refused.stderr.contains(&command), "{refused:?}");
        assert_eq!(refused.error_code(), "database-older");
    }
    set(latest - 2);
    place.verify(&["verify"], &place.secret).exits(5);
    set(latest + 1);
    for args in [
        &["list", "--json"][..],
        &["deactivate", "a", "--json"],
        &["init", "--upgrade", "--json"],
    ] {
        assert_eq!(place.run(args).exits(5).error_code(), "database-newer");
    }
    place.verify(&["verify"], &place.secret).exits(5);
}

#[test]
fn the_operator_is_the_caller_of_sudo_only_if_sudo_became_another_user() {
    let Some(place) = Place::new() else { return };
    let own = rustix::process::getuid().as_raw().to_string();
    let operator = |environment: &[(&str, &str)]| {
        let mut command = place.command(OWNER, &["set-description", "a", "x"]);
        command.envs(environment.iter().copied());
        finish(command.spawn().unwrap()).succeeds();
        place.run(&["set-description", "a", "y"]).succeeds();
        let select = "SELECT operator FROM log ORDER BY seq DESC OFFSET 1 LIMIT 1";
        place.database.query(select).trim_end().to_owned()
    };
    let login = operator(&[]);
    assert_eq!(operator(&[("USER", "eve"), ("LOGNAME", "eve")]), login);
    assert_eq!(operator(&[("SUDO_USER", "eve")]), login);
    assert_eq!(operator(&[("SUDO_USER", "eve"), ("SUDO_UID", &own)]), login);
    assert_eq!(
        operator(&[("SUDO_USER", "eve"), ("SUDO_UID", "4711")]),
        "eve"
    );
}

#[test]
fn a_role_without_the_right_on_the_schema_learns_who_can_give_it() {
    let Some(place) = Place::new() else { return };
    place.database.query(&format!(
        "REVOKE USAGE ON SCHEMA public FROM PUBLIC, {}",
        place.verifier
    ));
    place
        .verify(&["verify"], &place.secret)
        .exits(4)
        .says("permission denied for every schema")
        .says("apikey init --shared ROLE");
    place.run(&["init", "--shared", &place.verifier]).succeeds();
    place.verify(&["verify"], &place.secret).succeeds();
    // A schema that isn't there is no matter of rights.
    let set = format!("ALTER ROLE {} SET search_path = nowhere", place.verifier);
    place.database.query(&set);
    place.verify(&["verify"], &place.secret).exits(5);
}

#[test]
fn sharing_an_existing_database_changes_no_setting() {
    let Some(place) = Place::new() else { return };
    for option in [["--prefix", "acme"], ["--argon2", "m=16,t=1,p=1"]] {
        let args = [&["init", "--shared", &place.verifier][..], &option].concat();
        place.run(&args).exits(3).says("is already a database");
    }
}

#[test]
fn doctor_names_roles_that_are_members_of_the_owner() {
    let Some(place) = Place::new() else { return };
    let owner = format!("owner_of_{}", place.verifier);
    place.database.query(&format!(
        "CREATE ROLE {owner} LOGIN;
         GRANT ALL ON SCHEMA public TO {owner};
         DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT oid::regclass FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') LOOP
                EXECUTE format('ALTER TABLE %s OWNER TO {owner}', name);
            END LOOP;
         END $$;
         GRANT {owner} TO {verifier};",
        verifier = place.verifier
    ));
    let ran = finish(place.command(&owner, &["doctor"]).spawn().unwrap()).exits(1);
    let fact = format!("{} is a member of {owner}", place.verifier);
    assert!(ran.stdout.contains(&fact), "{ran:?}");
    let fix = format!("REVOKE {owner} FROM {}", place.verifier);
    assert!(ran.stdout.contains(&fix), "{ran:?}");
    let version = "SELECT current_setting('server_version_num')";
    if place.database.query(version).trim() >= "160000" {
        // The creator of a role is such a member.
        place.database.query(&format!(
            "REVOKE {owner} FROM {verifier};
             GRANT {owner} TO {verifier} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            verifier = place.verifier
        ));
        let doctor = place.command(&owner, &["doctor"]).spawn().unwrap();
        assert!(!finish(doctor).stdout.contains(&fact));
    }
}
