use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, finish, mode};
use super::waiting::wait_for;

#[sqlite_only("creates the default file")]
#[test]
fn only_the_secret_goes_to_stdout() {
    let sandbox = Sandbox::empty();
    let ran = sandbox
        .run(&["create", "demo", "--group", "readonly"])
        .succeeds();
    let secret = ran.stdout.strip_suffix('\n').unwrap();
    assert_eq!(secret.len(), 63);
    assert!(!secret.contains(char::is_whitespace));
    assert!(ran.stderr.contains("created \"demo\""));
    assert!(ran.stderr.contains("shown only once"));
    assert!(!ran.stderr.contains(&secret[15..]));
    let accepted = sandbox.feed(&["verify"], &ran.stdout).succeeds();
    assert_eq!(accepted.stdout, "accepted demo\n");
}

#[test]
fn every_option_is_stored() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&[
        "create",
        "full",
        "-g",
        "readonly",
        "--group",
        "admin",
        "-g",
        "admin",
        "-d",
        "-starts with a hyphen",
        "--app",
        "billing",
        "--expires",
        "2037-01-31",
        "--json",
    ]);
    let created = ran.succeeds().json();
    assert_eq!(created["created"], true);
    let key = &created["key"];
    assert_eq!(key["groups"], serde_json::json!(["admin", "readonly"]));
    assert_eq!(key["description"], "-starts with a hyphen");
    assert_eq!(key["application"], "billing");
    assert_eq!(key["expires_at"], "2037-01-31T00:00:00Z");
    assert_eq!(key["status"], "active");
    assert_eq!(key["owner"], serde_json::Value::Null);
    let secret = created["secret"].as_str().unwrap();
    assert_eq!(sandbox.show("full")["key"], key["key"]);
    sandbox
        .feed(&["verify", "--app", "billing"], secret)
        .succeeds();
}

#[test]
fn the_fields_of_a_key_are_those_of_the_contract_in_order() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let line = sandbox
        .run(&["list", "--format", "jsonl"])
        .succeeds()
        .stdout;
    let fields = [
        "id",
        "name",
        "description",
        "key",
        "status",
        "groups",
        "permissions",
        "owner",
        "application",
        "created_at",
        "created_by",
        "last_used_at",
        "last_use_known_since",
        "last_refused_at",
        "expires_at",
        "meta",
        "rotated_at",
        "previous",
        "reactivates_at",
    ];
    let positions: Vec<usize> = fields
        .iter()
        .map(|field| line.find(&format!("\"{field}\":")).unwrap())
        .collect();
    assert!(positions.is_sorted(), "{line}");
    let header = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    assert_eq!(header.lines().next().unwrap(), fields.join(","));
}

#[test]
fn an_export_is_a_new_file_that_only_its_owner_can_read() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    let ran = sandbox
        .run(&["create", "web", "-g", "readonly", "--export", "out"])
        .succeeds();
    assert_eq!(ran.stdout, "");
    let file = sandbox.path("out/web.APIKEY");
    assert_eq!(mode(&file), 0o600);
    let content = std::fs::read_to_string(&file).unwrap();
    assert_eq!(content.len(), 64);
    assert!(content.ends_with('\n'));
    sandbox
        .run(&["verify", "--key-file", "out/web.APIKEY"])
        .succeeds();

    let created = sandbox.run(&[
        "create", "web2", "-g", "readonly", "--export", "w", "--json",
    ]);
    let created = created.succeeds().json();
    assert_eq!(created["exported_to"], "w");
    assert!(created.get("secret").is_none());
}

#[test]
fn an_expiry_is_printed_as_an_absolute_time_and_must_be_in_the_future() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["create", "a", "-g", "readonly", "--expires", "2037-02-03"]);
    ran.succeeds().says("2037-02-03T00:00:00Z");
    sandbox
        .run(&["create", "b", "-g", "readonly", "--expires", "never"])
        .succeeds()
        .says("never");
    for past in ["0s", "2020-01-01", "1969-12-31T23:59:59Z"] {
        let ran = sandbox
            .run(&["create", "c", "-g", "readonly", "--expires", past, "--json"])
            .exits(2);
        assert_eq!(ran.error_code(), "invalid-input");
    }
    for wrong in ["1M", "1y", "soon", "-1d", "2027-02-30", "365001d"] {
        let expires = format!("--expires={wrong}");
        sandbox
            .run(&["create", "c", "-g", "readonly", &expires])
            .exits(2);
    }
    assert_eq!(sandbox.names(&[]), ["a", "b"]);
}

#[test]
fn a_name_must_differ_from_names_ignoring_case_and_from_ids() {
    let sandbox = Sandbox::new();
    sandbox.key("Deploy");
    let id = sandbox.show("deploy")["id"].as_str().unwrap().to_owned();
    for name in ["deploy", "DEPLOY", &id] {
        let ran = sandbox
            .run(&["create", name, "-g", "readonly", "--json"])
            .exits(3);
        assert_eq!(ran.error_code(), "name-taken", "{name}");
    }
    sandbox.key("other");
    assert_eq!(
        sandbox
            .run(&["rename", "other", &id, "--json"])
            .exits(3)
            .error_code(),
        "name-taken"
    );
    sandbox.run(&["rename", "deploy", "DEPLOY"]).succeeds();
    assert_eq!(sandbox.show(&id)["name"], "DEPLOY");
}

#[test]
fn an_unknown_group_is_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["create", "a", "-g", "readnoly"]).exits(3);
    ran.says("no group named \"readnoly\"")
        .says("did you mean \"readonly\"?");
    assert_eq!(sandbox.count("keys"), 0);
}

#[test]
fn a_pending_key_takes_only_show_and_delete() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("half");
    sandbox.sql("UPDATE secrets SET state = 'pending'");
    for command in [
        &["create", "HALF", "-g", "readonly"][..],
        &["activate", "half"],
        &["deactivate", "half"],
        &["rename", "half", "full"],
        &["set-groups", "half", "admin"],
        &["set-description", "half", "x"],
        &["set-app", "half", "x"],
        &["set-expiry", "half", "never"],
        &["set-permissions", "half", "x:y"],
        &["set-owner", "half", "--none"],
        &["set-meta", "half", "x=y"],
        &["rotate", "half", "--overlap", "1h"],
        &["finish-rotation", "half"],
        &["cancel-rotation", "half", "--yes"],
    ] {
        let ran = sandbox.run(&[command, &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), "pending", "{command:?}");
    }
    assert_eq!(
        sandbox.feed(&["verify"], &secret).exits(1).stdout,
        "refused unknown\n"
    );
    let json = sandbox.feed(&["verify", "--json"], &secret).exits(1).json();
    assert_eq!(
        (&json["reason"], json.get("key")),
        (&"unknown".into(), None)
    );
    assert!(sandbox.show("half")["last_refused_at"].is_null());
    assert_eq!(sandbox.show("half")["status"], "pending");
    assert_eq!(sandbox.names(&["--status", "pending"]), ["half"]);
    sandbox.run(&["delete", "half", "--yes"]).succeeds();
    sandbox.key("half");
}

#[test]
fn a_copied_row_with_another_id_and_name_is_a_valid_key() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    sandbox.multiply("a", 2);
    assert_eq!(sandbox.names(&[]), ["a", "copy-000001", "copy-000002"]);
    sandbox.run(&["deactivate", "copy-000001"]).succeeds();
    assert_eq!(sandbox.show("copy-000002")["status"], "active");
}

#[test]
fn if_absent_leaves_an_existing_key_unchanged() {
    let sandbox = Sandbox::new();
    let args = [
        "create",
        "nightly",
        "-g",
        "readonly",
        "--if-absent",
        "--json",
    ];
    let created = sandbox.run(&args).succeeds().json();
    assert_eq!(created["created"], true);
    let secret = created["secret"].as_str().unwrap();
    let (database, files) = (sandbox.content(), sandbox.files());
    let second = sandbox.run(&args).succeeds().json();
    assert_eq!(second["created"], false);
    assert_eq!(second["key"]["id"], created["key"]["id"]);
    assert!(second.get("secret").is_none());
    // Other options change nothing and create no file.
    for more in [
        &["-g", "admin"][..],
        &["-g", "no-such-group"],
        &["--export", "."],
        &["--export", "/nowhere/at/all"],
        &["--copy"],
        &["--expires", "90d"],
    ] {
        let args = ["create", "NIGHTLY", "-g", "readonly", "--if-absent"];
        let ran = sandbox.run(&[&args[..], more].concat()).succeeds();
        assert_eq!(ran.stdout, "");
        ran.says(
            "the key \"nightly\" already exists and is active; its secret can't be shown again",
        );
    }
    let quiet = sandbox.run(&["create", "nightly", "-g", "readonly", "--if-absent", "-q"]);
    assert_eq!(quiet.succeeds().stderr, "");
    let discarded = "$APIKEY create nightly -g readonly --if-absent > /dev/null";
    sandbox.shell(discarded).succeeds();
    assert_eq!(sandbox.content(), database);
    assert_eq!(sandbox.files(), files);
    sandbox.feed(&["verify"], secret).succeeds();
}

#[test]
fn if_absent_does_not_hide_errors() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["create", "--if-absent", "-g", "readonly"])
        .exits(2);
    sandbox.key("a");
    // Wrong usage is an error, whether the key exists or not.
    sandbox
        .run(&["create", "a", "--if-absent"])
        .exits(2)
        .says("--group");
    // An expiry that has passed since the key was created is no error.
    let past = [
        "create",
        "a",
        "-g",
        "readonly",
        "--if-absent",
        "--expires",
        "2020-01-01",
    ];
    sandbox.run(&past).succeeds();
    sandbox
        .run(&[&["create", "b"], &past[2..]].concat())
        .exits(2);
    // A key whose secret was never delivered is neither present nor absent.
    sandbox.sql("UPDATE secrets SET state = 'pending'");
    let ran = sandbox.run(&["create", "a", "-g", "readonly", "--if-absent", "--json"]);
    assert_eq!(ran.exits(3).error_code(), "pending");
    sandbox
        .run(&["create", "a b", "-g", "readonly", "--if-absent"])
        .exits(2);
}

#[test]
fn if_absent_reveals_no_key_that_the_operator_may_not_see() {
    let sandbox = Sandbox::staffed();
    for owner in ["alice", "bob"] {
        sandbox.create(&[&format!("{owner}s-job"), "-g", "deploy", "--owner", owner]);
    }
    let args = |name| ["create", name, "-g", "deploy", "--if-absent", "--json"];
    let own = sandbox.as_user("alice", &args("alices-job")).succeeds();
    assert_eq!(own.json()["created"], false);
    let other = sandbox.as_user("alice", &args("bobs-job")).exits(3);
    assert_eq!(other.error_code(), "name-taken");
    assert!(!other.stderr.contains("deploy"), "{other:?}");
    sandbox.as_user("carol", &args("alices-job")).exits(4);
}

#[test]
fn only_one_of_many_processes_creates_the_key_with_if_absent() {
    let sandbox = Sandbox::new();
    let args = [
        "create",
        "nightly",
        "-g",
        "readonly",
        "--if-absent",
        "--json",
    ];
    let children: Vec<_> = (0..8)
        .map(|_| sandbox.apikey(&args).spawn().unwrap())
        .collect();
    let mut created = 0;
    for ran in children.into_iter().map(finish) {
        created += usize::from(ran.succeeds().json()["created"] == true);
    }
    assert_eq!(created, 1);
    assert_eq!(sandbox.names(&["--status", "active"]), ["nightly"]);
}

#[test]
fn if_absent_waits_for_the_delivery_of_another_process() {
    let sandbox = Sandbox::new();
    sandbox.key("nightly");
    sandbox.sql("UPDATE secrets SET state = 'pending'");
    let args = [
        "create",
        "nightly",
        "-g",
        "readonly",
        "--if-absent",
        "--json",
    ];
    let child = sandbox.apikey(&args).spawn().unwrap();
    // The command polls, and sleeps between two lookups.
    let status = format!("/proc/{}/status", child.id());
    let sleeps = || {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary_"));
        let count = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        count.unwrap()
    };
    wait_for("it has slept twenty times", || sleeps() >= 20);
    sandbox.sql("UPDATE secrets SET state = 'current'");
    assert_eq!(finish(child).succeeds().json()["created"], false);
}

#[test]
fn only_one_of_many_processes_creates_the_file_with_if_absent() {
    let sandbox = Sandbox::new();
    for round in 0..10 {
        let name = format!("nightly-{round}");
        let args = [
            "create",
            &name,
            "-g",
            "readonly",
            "--if-absent",
            "--export",
            ".",
            "--json",
        ];
        let children: Vec<_> = (0..6)
            .map(|_| sandbox.apikey(&args).spawn().unwrap())
            .collect();
        let created = |child| finish(child).succeeds().json()["created"] == true;
        let results: Vec<bool> = children.into_iter().map(created).collect();
        let count = results.iter().filter(|created| **created).count();
        assert_eq!(count, 1, "{results:?}");
        let secret = std::fs::read(sandbox.path(&format!("{name}.APIKEY"))).unwrap();
        sandbox.feed(&["verify"], &secret).succeeds();
    }
}
