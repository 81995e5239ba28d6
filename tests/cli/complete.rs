//! The candidates that a completing shell gets.

use std::ffi::OsStr;

use sqlite_only::sqlite_only;

use super::sandbox::{Ran, Sandbox, finish};

/// Runs apikey as the script of `shell` does, to complete the last of `words`.
pub fn ask(
    sandbox: &Sandbox,
    shell: &str,
    words: &[impl AsRef<OsStr>],
    env: &[(&str, &str)],
) -> Ran {
    let mut command = sandbox.apikey(&["--", "apikey"]);
    command
        .args(words)
        .env("_APIKEY_COMPLETE", shell)
        .envs(env.iter().copied());
    finish(command.spawn().unwrap())
}

/// Returns the candidates for the last word of `line`, without descriptions.
#[track_caller]
fn offered_to(sandbox: &Sandbox, user: Option<&str>, line: &str) -> Vec<String> {
    let arguments: Vec<&str> = line.split(' ').collect();
    let env: Vec<_> = user.map(|user| ("SUDO_USER", user)).into_iter().collect();
    let ran = ask(sandbox, "fish", &arguments, &env).succeeds();
    assert_eq!(ran.stderr, "", "{line}");
    let value = |line: &str| line.split('\t').next().unwrap().to_owned();
    ran.stdout.lines().map(value).collect()
}

#[track_caller]
pub fn offered(sandbox: &Sandbox, line: &str) -> Vec<String> {
    offered_to(sandbox, None, line)
}

/// Returns a database with keys, groups, users, permissions and applications.
pub fn populated() -> Sandbox {
    let sandbox = Sandbox::new();
    for args in [
        &[
            "group",
            "create",
            "deploy",
            "--allow",
            "deploy:start@prod-*",
        ][..],
        &["user", "add", "alice", "-g", "deploy"],
        &["user", "add", "alan", "-g", "deploy"],
        &["user", "deactivate", "alan"],
        &["create", "nightly.eu-1", "-g", "deploy", "--app", "shop"],
        &[
            "create",
            "nightly.us-1",
            "-g",
            "readonly",
            "--app",
            "billing",
            "--allow",
            "order:create",
        ],
        &["create", "old", "-g", "readonly", "--expires", "90d"],
        &["set-expiry", "old", "2020-01-01"],
        &["create", "off", "-g", "readonly"],
        &["deactivate", "off"],
    ] {
        sandbox.run(args).succeeds();
    }
    sandbox
}

#[test]
fn existing_values_are_offered_for_arguments_that_name_them() {
    let sandbox = populated();
    let keys = &["nightly.eu-1", "nightly.us-1", "off", "old"][..];
    let groups = &["admin", "deploy", "readonly"][..];
    let permissions = &[
        "*",
        "*:read",
        "apikey:manage",
        "deploy:start@prod-*",
        "order:create",
    ][..];
    for (line, expected) in [
        ("show ", keys),
        ("show nightly.e", &["nightly.eu-1"]),
        ("show -- o", &["off", "old"]),
        ("show nope", &[]),
        ("delete off o", &["off", "old"]),
        ("activate ", &["off"]),
        ("deactivate ", &["nightly.eu-1", "nightly.us-1", "old"]),
        ("rename o", &["off", "old"]),
        // With filters no word is a KEY.
        ("activate --status inactive ", &[]),
        ("deactivate -gdeploy ", &[]),
        ("set-expiry --search=o ", &[]),
        ("set-meta --unused-for 90d ", &[]),
        ("set-owner --no-owner ", &["alan", "alice"]),
        ("create x -g deploy --like o", &["off", "old"]),
        ("set-groups off ", groups),
        ("set-groups off --add d", &["deploy"]),
        ("set-groups off --remove=d", &["--remove=deploy"]),
        ("create x -g", &["-gadmin", "-gdeploy", "-greadonly"]),
        ("verify --group r", &["readonly"]),
        ("group show ", groups),
        ("help ex", &["exit-codes"]),
        ("help set-o", &["set-owner"]),
        ("help hold", &[]),
        ("hold", &[]),
        ("create x --copy=o", &["--copy=osc52"]),
        ("group rename d", &["deploy"]),
        ("group delete ", groups),
        ("group set-description a", &["admin"]),
        ("group set-permissions deploy ", permissions),
        ("group create x --allow d", &["deploy:start@prod-*"]),
        (
            "set-permissions off order:create d",
            &["deploy:start@prod-*"],
        ),
        ("create x --allow *", &["*", "*:read"]),
        (
            "verify --can ",
            &["apikey:manage", "deploy:start", "order:create"],
        ),
        ("verify --can deploy:start@", &[]),
        ("set-owner off a", &["alan", "alice"]),
        ("create x --owner ali", &["alice"]),
        ("list --owner ", &["alan", "alice"]),
        ("log ", &["head", "verify"]),
        ("log --key o", &["off", "old"]),
        ("log --operator ", &["alan", "alice"]),
        ("user show ", &["alan", "alice"]),
        ("user activate ", &["alan"]),
        ("user deactivate ", &["alice"]),
        ("user set-groups alice --add d", &["deploy"]),
        ("user delete al", &["alan", "alice"]),
        ("list --app ", &["billing", "shop"]),
        ("verify --app=s", &["--app=shop"]),
        ("set-app off b", &["billing"]),
        (
            "list --status ",
            &["pending", "inactive", "expired", "blocked", "active"],
        ),
        ("list --status=e", &["--status=expired"]),
        ("list --sort cr", &["created_at", "created_by"]),
        ("list --format js", &["json", "jsonl"]),
        ("--color a", &["auto", "always"]),
        ("set-g", &["set-groups"]),
        ("group set-p", &["set-permissions"]),
        ("list --rev", &["--reverse"]),
        ("review --only over", &["overlap-ending-in-use"]),
        (
            "review --except=own",
            &["--except=owner-inactive", "--except=owner-missing-group"],
        ),
        ("review --created-by ", &["alan", "alice"]),
        ("review --max", &["--max-age"]),
        ("completions z", &["zsh"]),
        ("--db /", &["/"]),
        ("create x --export ", &["/"]),
        ("verify --key-file=x", &["/"]),
    ] {
        assert_eq!(offered(&sandbox, line), expected, "{line}");
    }
    let about = |line: &str| {
        let arguments: Vec<&str> = line.split(' ').collect();
        ask(&sandbox, "fish", &arguments, &[]).succeeds().stdout
    };
    assert_eq!(about("show ol"), "old\texpired in readonly\n");
    assert_eq!(about("group show d"), "deploy\tdeploy:start@prod-*\n");
    assert_eq!(about("user show ala"), "alan\tinactive in deploy\n");
}

#[test]
fn existing_values_are_not_offered_for_new_names() {
    let sandbox = populated();
    for line in [
        "create ",
        "create n",
        "create x -d n",
        "create x --expires ",
        "rename off ",
        "rename off o",
        "group create ",
        "group create d",
        "group rename deploy d",
        "user add ",
        "user add a",
        "user rename alice a",
        "set-description off ",
        "verify --key-env o",
        "verify --can x --on ",
        "list --search n",
        "list --limit ",
        "shared-secret check ",
    ] {
        assert_eq!(offered(&sandbox, line), [""; 0], "{line}");
    }
}

#[test]
fn an_operator_is_offered_only_values_that_the_operator_may_see() {
    let sandbox = Sandbox::staffed();
    for args in [
        &[
            "create",
            "hers",
            "-g",
            "deploy",
            "--owner",
            "alice",
            "--app",
            "her-app",
            "--allow",
            "deploy:hers",
        ][..],
        &[
            "create",
            "his",
            "-g",
            "deploy",
            "--owner",
            "bob",
            "--app",
            "his-app",
            "--allow",
            "deploy:his",
        ],
        &["create", "ownerless", "-g", "readonly"],
    ] {
        sandbox.run(args).succeeds();
    }
    let groups = &["admin", "audit", "deploy", "own", "readonly"][..];
    let all = &["hers", "his", "ownerless"][..];
    let users = &["admin", "alice", "bob", "carol"][..];
    for (user, keys, apps, deploys, groups, users) in [
        (
            "alice",
            &["hers"][..],
            &["her-app"][..],
            &["deploy:*", "deploy:hers"][..],
            groups,
            &[][..],
        ),
        (
            "bob",
            &["his"],
            &["his-app"],
            &["deploy:*", "deploy:his"],
            groups,
            &[],
        ),
        (
            "carol",
            all,
            &["her-app", "his-app"],
            &["deploy:*", "deploy:hers", "deploy:his"],
            groups,
            users,
        ),
        (
            "admin",
            all,
            &["her-app", "his-app"],
            &["deploy:*", "deploy:hers", "deploy:his"],
            groups,
            users,
        ),
        ("outsider", &[], &[], &[], &[], &[]),
    ] {
        let offered = |line: &str| offered_to(&sandbox, Some(user), line);
        assert_eq!(offered("show "), keys, "{user}");
        assert_eq!(offered("list --app "), apps, "{user}");
        assert_eq!(offered("create x --allow deploy"), deploys, "{user}");
        assert_eq!(offered("set-groups hers "), groups, "{user}");
        assert_eq!(offered("user show "), users, "{user}");
        assert_eq!(offered("list --owner "), users, "{user}");
        assert_eq!(offered("list --status e"), ["expired"], "{user}");
    }
    // An operator's own keys are found among thousands of others, and only these.
    sandbox.multiply("ownerless", 5000);
    assert_eq!(offered_to(&sandbox, Some("alice"), "show "), ["hers"]);
    sandbox.sql("UPDATE keys SET owner = (SELECT id FROM users WHERE name = 'bob') WHERE name LIKE 'copy-%' AND number % 2 = 1");
    let bobs = offered_to(&sandbox, Some("bob"), "show ");
    assert_eq!(bobs.len(), 100);
    assert_eq!(bobs.last().unwrap(), "his");
    assert!(!bobs.contains(&"hers".to_owned()) && !bobs.contains(&"ownerless".to_owned()));
    let owner = |name: &String| sandbox.show(name)["owner"].clone();
    assert_eq!(
        (owner(&bobs[0]), owner(&bobs[98])),
        ("bob".into(), "bob".into())
    );
}

#[test]
fn of_thousands_of_values_the_first_99_and_the_last_are_offered() {
    let sandbox = Sandbox::new();
    sandbox.key("middle");
    sandbox.multiply("middle", 4000);
    sandbox.sql(
        "UPDATE keys SET name = 'copy-x' WHERE name = 'copy-004000';
         INSERT INTO key_permissions SELECT number, 'copy:' || substr(name, 6) FROM keys WHERE name <> 'middle'",
    );
    // With the last value, the offered values have the same common beginning as all existing ones.
    let keys = offered(&sandbox, "show c");
    assert_eq!(keys.len(), 100);
    assert_eq!(
        (&*keys[0], &*keys[98], &*keys[99]),
        ("copy-000001", "copy-000099", "copy-x")
    );
    assert_eq!(
        offered(&sandbox, "show copy-0001").last().unwrap(),
        "copy-000199"
    );
    let permissions = offered(&sandbox, "create x -g readonly --allow c");
    assert_eq!(permissions.len(), 100);
    assert_eq!(
        (&*permissions[98], &*permissions[99]),
        ("copy:000099", "copy:x")
    );
    // A single match among thousands, which no index finds.
    sandbox.run(&["deactivate", "copy-x"]).succeeds();
    assert_eq!(offered(&sandbox, "activate "), ["copy-x"]);
    sandbox
        .sql("UPDATE keys SET active = 0; UPDATE keys SET active = 1 WHERE name = 'copy-003000'");
    assert_eq!(offered(&sandbox, "deactivate "), ["copy-003000"]);
    sandbox.sql("UPDATE keys SET active = CASE WHEN number <= 3500 THEN 1 ELSE 0 END");
    let inactive = offered(&sandbox, "activate ");
    assert_eq!(
        (inactive.len(), &*inactive[0], &*inactive[99]),
        (100, "copy-003500", "copy-x")
    );
}

#[test]
fn typed_text_is_no_pattern_and_names_match_regardless_of_case() {
    let sandbox = Sandbox::new();
    for name in ["a_b", "aXb", "Deploy-Bot", "a%b".replace('%', ".").as_str()] {
        sandbox.key(name);
    }
    for (typed, expected) in [
        ("a_", &["a_b"][..]),
        ("a%", &[]),
        ("a*", &[]),
        ("a?", &[]),
        ("a[", &[]),
        ("ax", &["axb"]),
        ("dEP", &["dEPloy-Bot"]),
        ("\u{e4}", &[]),
        ("\u{7f}", &[]),
        ("%", &[]),
    ] {
        assert_eq!(
            offered(&sandbox, &format!("show {typed}")),
            expected,
            "{typed}"
        );
    }
    sandbox.run(&["show", "dEPloy-Bot"]).succeeds();
    sandbox.run(&["user", "add", "Bob"]).succeeds();
    assert_eq!(offered(&sandbox, "user show b"), [""; 0]);
    assert_eq!(offered(&sandbox, "user show B"), ["Bob"]);
}

#[sqlite_only("names another file")]
#[test]
fn values_come_from_the_database_of_the_line() {
    let sandbox = populated();
    sandbox
        .run(&["--db", "other database.db", "init"])
        .succeeds();
    sandbox
        .run(&[
            "--db",
            "other database.db",
            "create",
            "elsewhere",
            "-g",
            "readonly",
        ])
        .succeeds();
    let path = sandbox.path("other database.db");
    let path = path.to_str().unwrap();
    let absolute = [
        path,
        &format!("'{path}'"),
        &path.replace(' ', "\\ "),
        "~/other\\ database.db",
        "other\\ database.db",
    ];
    for path in absolute {
        for words in [
            &["--db", path, "show", ""][..],
            &[&format!("--db={path}"), "show", ""],
            &["show", "--db", path, ""],
        ] {
            let ran = ask(&sandbox, "bash", words, &[]).succeeds();
            assert_eq!(ran.stdout, "elsewhere\n", "{words:?}");
        }
    }
    let variable = ask(&sandbox, "bash", &["show", "e"], &[("APIKEY_DB", path)]).succeeds();
    assert_eq!(variable.stdout, "elsewhere\n");
    let two = ask(&sandbox, "bash", &["--db", path, "--db=x", "show", ""], &[]).succeeds();
    assert_eq!(two.stdout, "");
}

#[test]
fn text_that_a_shell_could_run_is_not_offered() {
    let sandbox = populated();
    for (key, permission) in [
        ("a", "deploy:y@';touch${IFS}ran;#"),
        ("b", "deploy:y@$(touch${IFS}ran)"),
        ("c", "deploy:y@`id`"),
        ("d", "deploy:y@\"&&id"),
        ("e", "deploy:y@plain-*.eu/1"),
    ] {
        sandbox.create(&[key, "-g", "readonly", "--allow", permission]);
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for typed in ["deploy:y", "'deploy:y", "\"deploy:y"] {
            let ran = ask(&sandbox, shell, &["create", "x", "--allow", typed], &[]);
            let offered = ran.succeeds().stdout.replace("\\:", ":");
            assert_eq!(offered, "deploy:y@plain-*.eu/1\n", "{shell} {typed}");
        }
    }
}
