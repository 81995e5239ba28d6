//! Tests that the secret's random part is in no file and no output except the one that delivers
//! it, and that the hash is in no output.

use sqlite_only::sqlite_only;

use super::sandbox::{Sandbox, commands};

/// Every command, in an order in which each one has an effect.
const COMMANDS: &[&[&str]] = &[
    &[
        "import", "keys.csv", "--scheme", "plain", "--shape", ":16:hex", "--json",
    ],
    &["list"],
    &["list", "--json", "--wide"],
    &["list", "--format", "csv"],
    &["list", "--format", "jsonl"],
    &["review", "--json"],
    &["review", "--format", "csv", "--only", "never-used"],
    &["show", "demo"],
    &["show", "demo", "--json"],
    &["deactivate", "demo", "--json"],
    &["activate", "demo", "--json"],
    &["set-description", "demo", "x", "--json"],
    &["set-app", "demo", "x", "--json"],
    &["set-expiry", "demo", "90d", "--json"],
    &["set-meta", "demo", "a=b", "--json"],
    &["group", "create", "g", "--json"],
    &["group", "set-description", "g", "x", "--json"],
    &["group", "list", "--json"],
    &["group", "show", "g", "--json"],
    &["group", "set-permissions", "g", "x", "--json"],
    &["group", "rename", "g", "h", "--json"],
    &["policy", "set", "max-age", "90d", "--json"],
    &["policy", "--json"],
    &["policy", "unset", "max-age", "--json"],
    &["user", "add", "u", "-g", "readonly", "--json"],
    &["user", "set-groups", "u", "readonly", "admin", "--json"],
    &["user", "set-expiry", "u", "90d", "--json"],
    &["user", "deactivate", "u", "--json"],
    &["user", "activate", "u", "--json"],
    &["user", "rename", "u", "v", "--json"],
    &["user", "list", "--json"],
    &["user", "show", "v", "--json"],
    &["set-owner", "demo", "v", "--json"],
    &["set-permissions", "demo", "x@y", "--json"],
    &["show", "demo"],
    &["set-owner", "demo", "--none"],
    &["user", "delete", "v", "-y", "--json"],
    &["shared-secret", "create"],
    &["shared-secret", "show", "--json"],
    &["shared-secret", "rotate", "--overlap", "1h", "--json"],
    &["shared-secret", "sign", "--json"],
    &["shared-secret", "check", "sha256=00"],
    &["shared-secret", "delete", "-y"],
    &["set-groups", "demo", "h", "--json"],
    &["verify", "--key-file", "secret"],
    &["verify", "--key-file", "secret", "--json"],
    &["verify", "--key-file", "secret", "--json", "-g", "admin"],
    &["set-groups", "demo", "admin"],
    &["group", "delete", "h", "-y"],
    &["rename", "demo", "demo2", "--json"],
    &["create", "other", "-g", "readonly", "--json"],
    &["rotate", "other", "--overlap", "1h", "--json"],
    &["cancel-rotation", "other", "-y", "--json"],
    &["rotate", "other", "--overlap", "1h"],
    &["finish-rotation", "other", "--json"],
    &["scan", ".", "--json"],
    &["scan", "."],
    &["renew", "secret", "--overlap", "1h", "--json"],
    &["scan", ".", "--deactivate"],
    &["completions", "bash"],
    &["help", "json"],
    &["doctor"],
    &["doctor", "--json"],
    &["backup", "copy", "--json"],
    &["restore", "copy", "-y", "--json", "--db", "new.db"],
    &["init"],
    &["delete", "demo2", "-y", "--json"],
    &["log"],
    &["log", "--wide"],
    &["log", "--json"],
    &["log", "--format", "jsonl"],
    &["log", "--format", "csv"],
    &["log", "head"],
    &["log", "verify"],
];

#[sqlite_only("its commands use files")]
#[test]
fn no_command_leaks_the_secret_or_the_hash() {
    let sandbox = Sandbox::new();
    let created = sandbox
        .run(&["create", "demo", "-g", "readonly"])
        .succeeds();
    let secret = created.stdout.trim_end().to_owned();
    let random = &secret[14..57];
    std::fs::write(sandbox.path("secret"), &secret).unwrap();
    let keys = "name,key,group\nold,0123456789abcdef,readonly\n";
    std::fs::write(sandbox.path("keys.csv"), keys).unwrap();
    let hash: String = sandbox
        .sqlite()
        .query_row("SELECT hash FROM secrets", [], |row| row.get(0))
        .unwrap();
    let digest = hash.rsplit('$').next().unwrap().to_owned();
    let salt = hash.rsplit('$').nth(1).unwrap().to_owned();

    let check = |source: &str, text: &[u8], is_hash_forbidden: bool| {
        let contains = |part: &str| {
            text.windows(part.len())
                .any(|window| window == part.as_bytes())
        };
        // Even ten characters would be a leak.
        for at in 0..=random.len() - 10 {
            assert!(!contains(&random[at..at + 10]), "the secret is in {source}");
        }
        if is_hash_forbidden {
            for part in [&digest, &salt, "argon2id$"] {
                assert!(!contains(part), "the hash is in {source}");
            }
        }
    };
    check("the notes of create", created.stderr.as_bytes(), true);
    for args in COMMANDS {
        let ran = sandbox.run(args);
        assert!(matches!(ran.code, 0 | 1 | 3), "{args:?}: {ran:?}");
        check(
            &format!("the output of {args:?}"),
            (ran.stdout + &ran.stderr).as_bytes(),
            true,
        );
        for file in sandbox
            .files()
            .iter()
            .filter(|file| !file.ends_with("secret"))
        {
            let source = format!("{} after {args:?}", file.display());
            check(&source, &std::fs::read(file).unwrap(), false);
        }
        // The whole table, not only the columns that the listing shows.
        check(&format!("the log after {args:?}"), &logged(&sandbox), true);
    }
    // secure_delete leaves nothing of a deleted row in free pages.
    let file = std::fs::read(sandbox.db()).unwrap();
    assert!(
        !file
            .windows(digest.len())
            .any(|window| window == digest.as_bytes())
    );
}

/// Returns the content of the table of the log.
fn logged(sandbox: &Sandbox) -> Vec<u8> {
    let conn = sandbox.sqlite();
    let mut select = conn
        .prepare("SELECT concat_ws(' ', seq, at, operator, action, key, details) FROM log")
        .unwrap();
    let lines = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    lines.join("\n").into_bytes()
}

#[sqlite_only("the shared secret is a file")]
#[test]
fn a_shared_secret_is_not_in_the_log() {
    let sandbox = Sandbox::new();
    let mut secrets = Vec::new();
    for args in [
        &["shared-secret", "create"][..],
        &["shared-secret", "rotate"],
        &["shared-secret", "rotate", "--overlap", "1h"],
    ] {
        let printed = sandbox.run(args).succeeds().stdout;
        secrets.push(printed.trim_end().to_owned());
    }
    sandbox.run(&["shared-secret", "delete", "-y"]).succeeds();
    let listed = ["table", "json", "jsonl", "csv"]
        .map(|format| sandbox.run(&["log", "--format", format]).succeeds().stdout);
    let all = String::from_utf8(logged(&sandbox)).unwrap() + &listed.concat();
    assert!(all.contains("shared-secret-rotate"));
    for secret in secrets {
        for at in 0..=secret.len() - 10 {
            assert!(!all.contains(&secret[at..at + 10]), "{all}");
        }
    }
}

#[test]
fn every_command_is_in_the_list() {
    for path in commands() {
        let is_listed = COMMANDS
            .iter()
            .any(|args| path.iter().zip(*args).all(|(name, arg)| name == arg));
        assert!(is_listed, "COMMANDS lacks {path:?}");
    }
}
