use super::sandbox::{APIKEY, Sandbox, finish, mode};

#[test]
fn init_creates_a_database_with_two_groups() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(&["init"]).succeeds();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("created the database"), "{ran:?}");
    let groups = sandbox.run(&["group", "list", "--json"]).succeeds().json();
    let facts = |at: usize| {
        (
            groups[at]["name"].clone(),
            groups[at]["permissions"].clone(),
        )
    };
    assert_eq!(
        facts(0),
        ("admin".into(), vec!["*", "apikey:manage"].into())
    );
    assert_eq!(facts(1), ("readonly".into(), vec!["*:read"].into()));
    assert_eq!(groups.as_array().unwrap().len(), 2);
}

#[test]
fn init_never_touches_an_existing_file() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let before = std::fs::read(sandbox.db()).unwrap();
    let ran = sandbox.run(&["init", "--json"]).exits(3);
    assert_eq!(ran.error_code(), "exists");
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), before);

    for (name, arrange) in [
        ("empty", "touch x"),
        ("directory", "mkdir x"),
        ("text", "echo hello > x"),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.shell(arrange).succeeds();
        sandbox.run(&["--db", "x", "init"]).exits(3);
        assert_eq!(
            sandbox.files().len(),
            usize::from(name != "directory"),
            "{name}"
        );
    }
}

#[test]
fn only_the_owner_can_read_the_files_whatever_the_umask() {
    for umask in ["000", "022", "777"] {
        let sandbox = Sandbox::empty();
        sandbox
            .shell(&format!("umask {umask}; $APIKEY init"))
            .succeeds();
        assert_eq!(mode(&sandbox.db()), 0o600, "{umask}");
        assert_eq!(mode(&sandbox.usage()), 0o600, "{umask}");
        assert_eq!(mode(&sandbox.path(".local/share/apikey")), 0o700, "{umask}");
        assert_eq!(mode(&sandbox.path(".local")), 0o700, "{umask}");
        assert_eq!(sandbox.files().len(), 2, "{umask}");
    }
}

#[test]
fn an_existing_directory_keeps_its_mode() {
    let sandbox = Sandbox::empty();
    sandbox
        .shell("mkdir -m 755 keys && $APIKEY --db keys/k.db init")
        .succeeds();
    assert_eq!(mode(&sandbox.path("keys")), 0o755);
}

#[test]
fn prefix_and_cost_apply_to_every_key() {
    let sandbox = Sandbox::empty();
    let created = sandbox.run(&[
        "init",
        "--prefix",
        "acme1",
        "--argon2",
        "m=16,t=3,p=2",
        "--json",
    ]);
    let created = created.succeeds().json();
    assert_eq!(created["prefix"], "acme1");
    assert_eq!(
        created["database"],
        sandbox.db().canonicalize().unwrap().to_str().unwrap()
    );
    let secret = sandbox.key("a");
    assert!(secret.starts_with("acme1_"));
    let hash: String = sandbox
        .sqlite()
        .query_row("SELECT hash FROM secrets", [], |row| row.get(0))
        .unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=16,t=3,p=2$"), "{hash}");
    sandbox.feed(&["verify"], &secret).succeeds();
}

#[test]
fn only_init_creates_a_database_at_another_path() {
    let sandbox = Sandbox::empty();
    for command in [
        &["create", "a", "-g", "readonly"][..],
        &["group", "create", "g"],
        &["list"],
    ] {
        let ran = sandbox
            .run(&[&["--db", "x/k.db"], command].concat())
            .exits(5);
        let hint = format!(
            "hint: apikey --db {}/x/k.db init",
            sandbox.home().canonicalize().unwrap().display()
        );
        ran.says(&hint);
        assert!(sandbox.files().is_empty());
    }
    sandbox.run(&["--db", "x/k.db", "init"]).succeeds();
    sandbox
        .run(&["--db", "x/k.db", "create", "a", "-g", "readonly"])
        .succeeds();
    let mut by_environment = sandbox.apikey(&["list", "-q"]);
    by_environment.env("APIKEY_DB", "x/k.db");
    let listed = finish(by_environment.spawn().unwrap());
    assert!(listed.stdout.contains("a     active"));
}

#[test]
fn create_and_group_create_report_that_they_create_the_default_database() {
    for command in [
        &["create", "a", "-g", "readonly"][..],
        &["group", "create", "g"],
    ] {
        let sandbox = Sandbox::empty();
        sandbox.run(command).succeeds().says("created the database");
        sandbox.run(&["list"]).succeeds();
    }
    let sandbox = Sandbox::empty();
    for command in [
        &["list"][..],
        &["show", "a"],
        &["delete", "a", "-y"],
        &["group", "list"],
    ] {
        sandbox.run(command).exits(5).says("there is no database");
        assert!(sandbox.files().is_empty());
    }
}

#[test]
fn symbolic_links_are_resolved() {
    let sandbox = Sandbox::empty();
    sandbox
        .shell("mkdir real && ln -s real link && ln -s real/there.db dangling")
        .succeeds();
    sandbox.run(&["--db", "dangling", "init"]).succeeds();
    assert!(sandbox.path("real/there.db").is_file());
    sandbox
        .run(&["--db", "link/there.db", "create", "a", "-g", "readonly"])
        .succeeds();
    sandbox.run(&["--db", "dangling", "show", "a"]).succeeds();
    // The journal and the usage file are next to the real database.
    assert!(sandbox.path("real/there.db.usage").is_file());
    assert_eq!(std::fs::read_dir(sandbox.home()).unwrap().count(), 3);
}

#[test]
fn the_default_path_is_that_of_the_platform() {
    let sandbox = Sandbox::empty();
    let mut init = sandbox.apikey(&["init"]);
    init.env("XDG_DATA_HOME", sandbox.path("data"));
    finish(init.spawn().unwrap()).succeeds();
    assert!(sandbox.path("data/apikey/keys.db").is_file());
    let mut relative = sandbox.apikey(&["init"]);
    relative.env("HOME", "here");
    let ran = finish(relative.spawn().unwrap()).exits(2);
    ran.says("HOME is not an absolute path");
    assert!(!sandbox.path("here").exists());
}

#[test]
fn concurrent_first_commands_create_one_database() {
    let sandbox = Sandbox::empty();
    let start = |n: usize| {
        sandbox
            .apikey(&["create", &format!("key-{n}"), "-g", "readonly"])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(start).collect();
    for child in children {
        finish(child).succeeds();
    }
    assert_eq!(sandbox.names(&["--status", "active"]).len(), 8);
    assert_eq!(sandbox.files().len(), 2, "{:?}", sandbox.files());
    assert!(std::path::Path::new(APIKEY).is_file());
}

#[test]
fn a_new_database_does_not_inherit_dates_from_a_removed_one() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.feed(&["verify"], &secret).succeeds();
    std::fs::remove_file(sandbox.db()).unwrap();
    sandbox.key("b");
    assert!(sandbox.show("b")["last_used_at"].is_null());
}

#[test]
fn a_leftover_journal_is_never_played_into_a_new_database() {
    for suffix in ["-journal", "-wal", "-shm"] {
        let sandbox = Sandbox::empty();
        std::fs::write(sandbox.path(&format!("k.db{suffix}")), "old pages").unwrap();
        let ran = sandbox.run(&["--db", "k.db", "init", "--json"]).exits(3);
        assert_eq!(ran.error_code(), "exists");
        assert_eq!(sandbox.files().len(), 1);
    }
}

#[test]
fn home_may_be_a_symbolic_link() {
    let sandbox = Sandbox::empty();
    sandbox.shell("mkdir real && ln -s real link").succeeds();
    for path in ["link/new/k.db", "link/k.db"] {
        sandbox.run(&["--db", path, "init"]).succeeds();
    }
    sandbox
        .shell("mkdir home2; ln -s home2 home; HOME=$PWD/home $APIKEY create a -g readonly")
        .succeeds();
    assert!(sandbox.path("home2/.local/share/apikey/keys.db").is_file());
}

#[test]
fn a_path_that_is_too_long_for_sqlite_is_refused() {
    let sandbox = Sandbox::empty();
    let directory = format!("{0}/{0}/{0}", "x".repeat(200));
    let ran = sandbox
        .run(&["--db", &format!("{directory}/k.db"), "init", "--json"])
        .exits(2);
    assert_eq!(ran.error_code(), "invalid-input");
    assert!(sandbox.files().is_empty());
}
