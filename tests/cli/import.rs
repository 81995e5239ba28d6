//! `import`: keys of another system, which their clients keep until each is rotated.

use serde_json::json;
use sha2::{Digest, Sha256, Sha512};
use sqlite_only::sqlite_only;

use super::sandbox::Sandbox;

/// The shape of the keys that [`key`] returns.
pub const SHAPE: &str = "sk_live_:32:hex";

/// Returns a key of another system.
pub fn key(number: usize) -> String {
    format!("sk_live_{}", &sha256(&format!("key {number}"))[..32])
}

pub fn sha256(text: &str) -> String {
    base16(&Sha256::digest(text))
}

pub fn sha512(text: &str) -> String {
    base16(&Sha512::digest(text))
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the verdict on a secret, which `verify` and `verify --batch` print alike.
pub fn verdict(sandbox: &Sandbox, secret: &str) -> String {
    let alone = sandbox.feed(&["verify"], secret);
    let batch = sandbox.feed(&["verify", "--batch"], format!("{secret}\n{secret}\n"));
    assert_eq!(batch.stdout, alone.stdout.repeat(2), "{secret}");
    assert_eq!(batch.code, alone.code, "{secret}");
    alone.stdout.trim_end().to_owned()
}

/// Imports the lines of a csv file.
pub fn import(sandbox: &Sandbox, lines: &str, args: &[&str]) -> super::sandbox::Ran {
    sandbox.feed(&[&["import", "-"], args].concat(), lines)
}

const PLAIN: &[&str] = &["--scheme", "plain", "--shape", SHAPE, "-g", "readonly"];

/// A database with the key `old`, imported.
pub fn imported() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = format!("name,key\nold,{}\n", key(1));
    import(&sandbox, &lines, PLAIN).succeeds();
    sandbox
}

#[test]
fn the_keys_of_a_django_app_are_taken_over_and_rotated_one_by_one_until_none_is_left() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["user", "add", "alice", "-g", "readonly"])
        .succeeds();
    // Django REST Framework API Key: PREFIX.SECRET, and sha512$$ with its SHA-512.
    let clients: Vec<(String, String)> = (0..50)
        .map(|number| {
            let random = sha256(&format!("client {number}"));
            let key = format!("{}.{}", &random[..8], &random[8..40]);
            (format!("client-{number}"), key)
        })
        .collect();
    let mut lines = String::from("name,digest,owner,created\n");
    for (name, key) in &clients {
        lines += &format!(
            "{name},sha512$${},alice,2024-03-01 12:00:00+00:00\n",
            sha512(key)
        );
    }
    std::fs::write(sandbox.path("keys.csv"), lines).unwrap();
    let args = [
        "import",
        "keys.csv",
        "--scheme",
        "drf-api-key",
        "--shape",
        ":41:base62",
    ];
    let args = [&args[..], &["-g", "readonly"]].concat();
    sandbox
        .run(&[&args[..], &["--dry-run"]].concat())
        .succeeds()
        .says("would import 50 keys");
    assert_eq!(sandbox.count("keys"), 0);
    sandbox.run(&args).succeeds().says("imported 50 keys");
    let left = |code: i32| {
        let review = ["review", "--only", "imported", "--format", "csv", "-q"];
        let review = sandbox.run(&review).exits(code);
        review.stdout.lines().count()
    };
    assert_eq!(left(1), 50);

    // The clients are unchanged.
    let all: String = clients.iter().map(|(_, key)| format!("{key}\n")).collect();
    let accepted: String = clients
        .iter()
        .map(|(name, _)| format!("accepted {name}\n"))
        .collect();
    let batch = || sandbox.feed(&["verify", "--batch", "-g", "readonly"], &all);
    assert_eq!(batch().succeeds().stdout, accepted);

    // One after the other gets a new secret; the old one is accepted during the overlap.
    for (at, (name, old)) in clients.iter().enumerate() {
        let rotate = ["rotate", name, "--overlap", "1h"];
        let new = sandbox.run(&rotate).succeeds().stdout;
        let said = sandbox.feed(&["verify", "--json"], &new).succeeds().json();
        assert_eq!(said["secret"], "current");
        let said = sandbox.feed(&["verify", "--json"], old).succeeds().json();
        assert_eq!(
            (&said["secret"], &said["key"]["name"]),
            (&json!("previous"), &json!(name))
        );
        let previous = &said["key"]["previous"]["key"];
        assert!(
            previous.as_str().unwrap().starts_with("imported…"),
            "{previous}"
        );
        assert_eq!(left(i32::from(at < 49)), 49 - at);
    }
    sandbox
        .run(&["finish-rotation", "--rotating", "-y"])
        .succeeds();
    let refused = batch().exits(1).stdout;
    assert_eq!(refused, "refused rotated\n".repeat(50));
    sandbox.run(&["log", "verify"]).succeeds();
}

#[test]
fn an_imported_key_has_the_facts_of_its_line() {
    let sandbox = Sandbox::staffed();
    let lines = format!(
        "\u{feff}name,description,key,group,owner,application,expires,created,status\r\n\
         a,\"first, of \"\"all\"\"\",{},deploy own,alice,shop,2099-01-31,2024-03-01,active\r\n\
         \r\n\
         b,,{},,,,never,90d,inactive\r\n\
         c,,{},,,,2001-01-01,,",
        key(1),
        key(2),
        key(3)
    );
    let ran = import(&sandbox, &lines, &[PLAIN, &["--json"]].concat()).succeeds();
    let printed = ran.json();
    assert_eq!(printed.as_array().unwrap().len(), 3);
    let shown = sandbox.show("a");
    for (field, value) in [
        ("description", json!("first, of \"all\"")),
        ("groups", json!(["deploy", "own"])),
        ("owner", json!("alice")),
        ("application", json!("shop")),
        ("expires_at", json!("2099-01-31T00:00:00Z")),
        ("created_at", json!("2024-03-01T00:00:00Z")),
        ("status", json!("active")),
        ("rotated_at", json!(null)),
        ("previous", json!(null)),
    ] {
        assert_eq!(shown[field], value, "{field}");
        assert_eq!(printed[0][field], value, "{field}");
    }
    let short = shown["key"].as_str().unwrap().to_owned();
    assert_eq!(short, format!("imported…{}", shown["id"].as_str().unwrap()));
    // The short form refers to the key, and is no secret.
    assert_eq!(sandbox.show(&short)["name"], "a");
    assert_eq!(sandbox.names(&["--search", &short]), ["a"]);
    sandbox
        .feed(&["verify"], &short)
        .exits(2)
        .says("short form");
    let b = sandbox.show("b");
    assert_eq!(
        (&b["status"], &b["groups"]),
        (&json!("inactive"), &json!(["readonly"]))
    );
    assert_eq!(sandbox.show("c")["status"], "expired");
    for (number, expected) in [
        (1, "accepted a"),
        (2, "refused inactive"),
        (3, "refused expired"),
        (4, "refused unknown"),
    ] {
        assert_eq!(verdict(&sandbox, &key(number)), expected);
    }
    let log = sandbox
        .run(&["log", "--key", "a", "--json"])
        .succeeds()
        .json();
    assert_eq!(log[0]["action"], "import");
    assert_eq!(log[0]["details"]["scheme"], "plain");
}

#[test]
fn json_lines_are_imported_as_csv_is() {
    let sandbox = Sandbox::new();
    let lines = format!(
        "{}\n\n{}\n",
        json!({"name": "a", "key": key(1), "group": ["admin", "readonly"], "owner": null}),
        json!({"name": "b", "key": key(2), "group": "admin", "description": ""}),
    );
    std::fs::write(sandbox.path("keys.jsonl"), &lines).unwrap();
    let args = ["--scheme", "plain", "--shape", SHAPE];
    sandbox
        .run(&[&["import", "keys.jsonl"], &args[..]].concat())
        .succeeds();
    assert_eq!(sandbox.show("a")["groups"], json!(["admin", "readonly"]));
    assert_eq!(sandbox.show("b")["groups"], json!(["admin"]));
    assert_eq!(verdict(&sandbox, &key(2)), "accepted b");
    let skipping = [&args[..], &["--from", "jsonl", "--skip-existing"]].concat();
    import(&sandbox, &lines, &skipping)
        .succeeds()
        .says("skipped 2 keys whose secret was imported before")
        .says("nothing to import");
}

#[test]
fn a_key_that_exists_is_a_conflict_unless_it_is_skipped() {
    let sandbox = imported();
    let entries = sandbox.count("log");
    for (lines, code) in [
        (
            format!("name,key\nnew,{}\nOLD,{}\n", key(2), key(3)),
            "name-taken",
        ),
        (
            format!("name,key\nnew,{}\nnewer,{}\n", key(2), key(1)),
            "exists",
        ),
    ] {
        let ran = import(&sandbox, &lines, &[PLAIN, &["--json"]].concat()).exits(3);
        assert_eq!(ran.error_code(), code);
        ran.says("line 3: ").says("--skip-existing");
        assert_eq!(sandbox.count("log"), entries);
        let skipping = [PLAIN, &["--skip-existing", "--dry-run"]].concat();
        import(&sandbox, &lines, &skipping)
            .succeeds()
            .says("would import 1 key");
        assert_eq!(sandbox.count("log"), entries);
    }
    // A client whose secret is not imported is refused.
    let lines = format!(
        "name,key\nnew,{}\n\nOLD,{}\nother,{}\n",
        key(2),
        key(3),
        key(1)
    );
    let skipping = [PLAIN, &["--skip-existing", "--json"]].concat();
    let ran = import(&sandbox, &lines, &skipping).succeeds();
    assert_eq!(ran.json().as_array().unwrap().len(), 1);
    ran.says("skipped 1 key whose secret was imported before")
        .says("skipped 1 key whose name is taken by a key with another secret, the first on line 4")
        .says("imported 1 key");
    assert_eq!(verdict(&sandbox, &key(3)), "refused unknown");
    sandbox.run(&["delete", "new", "-y"]).succeeds();
    // The id of a key is no free name.
    let id = sandbox.show("old")["id"].as_str().unwrap().to_owned();
    import(&sandbox, &format!("name,key\n{id},{}\n", key(2)), PLAIN).exits(3);
    // A deleted key leaves nothing that a new import would find.
    sandbox.run(&["delete", "old", "-y"]).succeeds();
    assert_eq!(verdict(&sandbox, &key(1)), "refused unknown");
    import(&sandbox, &format!("name,key\nold,{}\n", key(1)), PLAIN).succeeds();
    assert_eq!(verdict(&sandbox, &key(1)), "accepted old");
}

#[test]
fn a_shape_that_would_cost_a_second_hash_is_refused() {
    let sandbox = imported();
    let lines = format!("name,digest\nnew,{}\n", sha256("x"));
    let with = |scheme: &str, shape: &str| {
        let args = [
            "--scheme",
            scheme,
            "--shape",
            shape,
            "-g",
            "readonly",
            "--dry-run",
        ];
        let lines = match scheme {
            "sha512-hex" => format!("name,digest\nnew,{}\n", sha512("x")),
            "drf-api-key" => format!("name,digest\nnew,sha512$${}\n", sha512("x")),
            _ => lines.clone(),
        };
        import(&sandbox, &lines, &args)
    };
    // Schemes with SHA-256 of the whole text share a shape.
    with("sha256-hex", SHAPE).succeeds();
    with("sanctum", SHAPE).succeeds();
    with("sha512-hex", ":41:hex").succeeds();
    for (scheme, shape, expected) in [
        (
            "sha512-hex",
            SHAPE,
            "a text can have this shape and one that was imported",
        ),
        (
            "drf-api-key",
            "sk_:37:base64url",
            "a text can have this shape and one",
        ),
        (
            "sha512-hex",
            ":8-60:base64url",
            "a text can have this shape and one",
        ),
        (
            "sha256-hex",
            ":63:base64url",
            "secrets of apikey can have this shape",
        ),
        (
            "sha256-hex",
            "acme_:58:base64url",
            "secrets of apikey can have this shape",
        ),
    ] {
        with(scheme, shape).exits(2).says(expected);
    }
    for length in 33..40 {
        let shape = format!("sk_live_:{length}:hex");
        let args = [
            "--scheme",
            "sha256-hex",
            "--shape",
            &shape,
            "-g",
            "readonly",
        ];
        let name = format!("name,digest\nn{length},{}\n", sha256(&shape));
        import(&sandbox, &name, &args).succeeds();
    }
    let ninth = with("sha256-hex", ":41:hex").exits(3);
    ninth.says("8 shapes");
    with("sha256-hex", SHAPE).succeeds();
}

#[test]
fn a_key_that_can_be_guessed_needs_a_word_and_is_found_in_a_review() {
    let sandbox = Sandbox::new();
    let args = [
        "--scheme",
        "plain",
        "--shape",
        ":12-32:hex",
        "-g",
        "readonly",
    ];
    let lines = "name,key\nstrong,0123456789abcdef\nweak,0123456789abcde\n";
    import(&sandbox, lines, &args)
        .exits(2)
        .says("line 3: ")
        .says("less than 64 bits; --allow-weak");
    assert_eq!(sandbox.count("keys"), 0);
    import(&sandbox, lines, &[&args[..], &["--allow-weak"]].concat()).succeeds();
    let found = || {
        let review = sandbox.run(&["review", "--format", "csv", "-q"]);
        let lines = review.stdout.lines().map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let findings = found();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0].starts_with("weak,,imported-weak,"),
        "{findings:?}"
    );
    assert!(findings[0].contains("about 60 bits"), "{findings:?}");
    // It is found until the old secret has ended.
    sandbox
        .run(&["rotate", "weak", "--overlap", "1h"])
        .succeeds();
    assert_eq!(found().len(), 1);
    sandbox.run(&["finish-rotation", "weak"]).succeeds();
    assert_eq!(found(), [""; 0]);
    // A digest hides the length of its key, so the least length counts.
    let lines = format!("name,digest\nother,{}\n", sha256("x"));
    let args = [
        "--scheme",
        "sha256-hex",
        "--shape",
        ":12-32:hex",
        "-g",
        "readonly",
    ];
    import(&sandbox, &lines, &args)
        .exits(2)
        .says("less than 64 bits");
}

#[test]
fn neither_padding_nor_the_public_part_of_a_key_makes_it_hard_to_guess() {
    for (scheme, shape, key, weak) in [
        ("drf-api-key", ":15:hex", "abcd.0123456789", true),
        ("drf-api-key", ":24:hex", "01234567.0123456789abcde", true),
        ("drf-api-key", ":25:hex", "01234567.0123456789abcdef", false),
        ("plain", ":12:base64", "AAAAAAAAAA==", true),
        ("plain", ":12:base64", "AAAAAAAAAAA=", false),
        ("sha256-hex", ":12:base64", "AAAAAAAAAAA=", true),
        (
            "sha256-hex",
            ":24:base64",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            false,
        ),
    ] {
        let sandbox = Sandbox::new();
        let lines = match scheme {
            "plain" => format!("name,key\na,{key}\n"),
            "sha256-hex" => format!("name,digest\na,{}\n", sha256(key)),
            _ => format!("name,digest\na,sha512$${}\n", sha512(key)),
        };
        let args = ["--scheme", scheme, "--shape", shape, "-g", "readonly"];
        if weak {
            import(&sandbox, &lines, &args)
                .exits(2)
                .says("less than 64 bits; --allow-weak");
            assert_eq!(sandbox.count("keys"), 0);
        }
        import(&sandbox, &lines, &[&args[..], &["--allow-weak"]].concat()).succeeds();
        assert_eq!(verdict(&sandbox, key), "accepted a");
        let review = ["review", "--only", "imported-weak"];
        sandbox.run(&review).exits(i32::from(weak));
    }
}

#[test]
fn an_imported_key_that_is_inactive_only_for_a_time_still_has_its_old_secret() {
    let sandbox = Sandbox::new();
    let args = ["--scheme", "plain", "--shape", ":15:hex", "-g", "readonly"];
    let lines = "name,key\nold,0123456789abcde\n";
    import(&sandbox, lines, &[&args[..], &["--allow-weak"]].concat()).succeeds();
    let findings = |code: i32| {
        for check in ["imported", "imported-weak"] {
            sandbox.run(&["review", "--only", check]).exits(code);
        }
    };
    findings(1);
    sandbox
        .run(&["deactivate", "old", "--for", "1h"])
        .succeeds();
    findings(1);
    // Only an activation makes the secret accepted again.
    sandbox.run(&["deactivate", "old"]).succeeds();
    findings(0);
    sandbox.run(&["activate", "old"]).succeeds();
    findings(1);
}

#[test]
fn the_policy_binds_imported_keys() {
    let sandbox = Sandbox::staffed();
    let set = |rule, value| sandbox.run(&["policy", "set", rule, value]).succeeds();
    let import_key = |name: &str, number: usize, rest: &str| {
        let lines = format!("name,key,owner,expires\n{name},{},{rest}\n", key(number));
        import(
            &sandbox,
            &lines,
            &[&PLAIN[..4], &["-g", "deploy", "--json"]].concat(),
        )
    };
    set("max-lifetime", "90d");
    set("default-lifetime", "30d");
    set("owner-required", "true");
    set("name-pattern", "app-[a-z]+");
    set("max-keys-per-owner", "1");
    for (name, rest, rule) in [
        ("app-a", "alice,2099-01-31", "max-lifetime"),
        ("app-a", "alice,never", "max-lifetime"),
        ("app-a", ",", "owner-required"),
        ("other", "alice,", "name-pattern"),
    ] {
        let ran = import_key(name, 1, rest).exits(3);
        assert_eq!(ran.error_code(), "policy", "{name} {rest}");
        let fact = format!("line 2: the policy's {rule} forbids such a key; nothing was imported");
        for part in [name, "alice"] {
            assert!(!ran.stderr.contains(part), "{ran:?}");
        }
        ran.says(&fact)
            .says(r#""hint":"see the rules with `apikey policy`""#);
    }
    import_key("app-a", 1, "alice,").succeeds();
    assert_ne!(sandbox.show("app-a")["expires_at"], json!(null));
    let ran = import_key("app-b", 2, "alice,").exits(3);
    assert_eq!(ran.error_code(), "policy");
    ran.says("line 2: the policy's max-keys-per-owner forbids");
    // An expired key is revoked, which no rule forbids.
    import_key("app-c", 3, "alice,2001-01-01").succeeds();
}

#[test]
fn renew_puts_a_new_secret_in_the_place_of_an_imported_one() {
    let sandbox = imported();
    let file = sandbox.path("secret");
    std::fs::write(&file, format!("{}\n", key(1))).unwrap();
    let young = [
        "renew",
        "secret",
        "--overlap",
        "1h",
        "--if-older-than",
        "1d",
    ];
    sandbox.run(&young).succeeds().says("not renewed");
    let renewed = sandbox.run(&["renew", "secret", "--overlap", "1h", "--json"]);
    assert_eq!(renewed.succeeds().json()["renewed"], true);
    let new = std::fs::read_to_string(&file).unwrap();
    assert!(new.starts_with("apik_"), "{new}");
    assert_eq!(verdict(&sandbox, new.trim_end()), "accepted old");
    assert_eq!(verdict(&sandbox, &key(1)), "accepted old");
    sandbox
        .run(&["renew", "secret", "--overlap", "1h"])
        .exits(3);
    for (text, reason) in [(key(2).as_str(), "unknown"), ("nonsense", "malformed")] {
        std::fs::write(&file, text).unwrap();
        sandbox
            .run(&["renew", "secret", "--overlap", "1h"])
            .exits(1)
            .says(&format!("refused: {reason}"));
    }
}

#[test]
fn a_cancelled_rotation_makes_the_imported_secret_current_again() {
    let sandbox = imported();
    let new = sandbox
        .run(&["rotate", "old", "--overlap", "1h"])
        .succeeds()
        .stdout;
    sandbox.run(&["cancel-rotation", "old", "-y"]).succeeds();
    assert_eq!(verdict(&sandbox, &key(1)), "accepted old");
    assert_eq!(verdict(&sandbox, new.trim_end()), "refused rotated");
    let short = sandbox.show("old")["key"].as_str().unwrap().to_owned();
    assert!(short.starts_with("imported…"), "{short}");
}

#[test]
fn several_imported_secrets_at_once_are_a_mistake_and_no_refusal() {
    let sandbox = imported();
    let native = sandbox.key("native");
    let (old, other) = (key(1), key(2));
    for text in [
        format!("{old} {other}"),
        format!("{old}\r\n{other}\n"),
        format!("{native}\t{old}"),
    ] {
        let several = "the input contains more than one secret";
        sandbox.feed(&["verify"], &text).exits(2).says(several);
        std::fs::write(sandbox.path("secret"), &text).unwrap();
        let renew = ["renew", "secret", "--overlap", "1h"];
        sandbox.run(&renew).exits(2).says("more than one secret");
    }
    for text in [
        format!("x{old} x{other}"),
        format!("{native} x"),
        format!("{old} x"),
        "x y".to_owned(),
    ] {
        assert_eq!(verdict(&sandbox, &text), "refused malformed");
    }
    let batch = sandbox.feed(&["verify", "--batch"], format!("{old} {other}\n{old}\n"));
    assert_eq!(batch.exits(1).stdout, "refused malformed\naccepted old\n");
}

#[test]
fn every_way_into_verify_takes_an_imported_secret() {
    let sandbox = imported();
    std::fs::write(sandbox.path("secret"), format!(" {}\r\n", key(1))).unwrap();
    let by_file = sandbox.run(&["verify", "--key-file", "secret"]).succeeds();
    assert_eq!(by_file.stdout, "accepted old\n");
    let mut by_variable = sandbox.apikey(&["verify", "--key-env", "OLD_KEY", "--json"]);
    by_variable.env("OLD_KEY", key(1));
    let ran = super::sandbox::finish(by_variable.spawn().unwrap()).succeeds();
    assert_eq!(ran.json()["key"]["name"], "old");
    for args in [&["-g", "readonly"][..], &["--can", "x:read"]] {
        let args = [&["verify"], args].concat();
        sandbox.feed(&args, key(1)).succeeds();
    }
    sandbox.feed(&["verify", "-g", "admin"], key(1)).exits(1);
    assert_ne!(sandbox.show("old")["last_used_at"], json!(null));
}

#[test]
fn hints_are_for_text_without_the_shape_of_an_imported_key() {
    let sandbox = Sandbox::new();
    let key = "\"TOKEN=abcdefghijklmnop\"";
    for text in [key, "TOKEN=abcdefghijklmnop"] {
        sandbox.feed(&["verify"], text).exits(2).says("hint: ");
    }
    let lines = format!("name,key\nodd,\"{}\"\n", key.replace('"', "\"\""));
    let args = [
        "--scheme",
        "plain",
        "--shape",
        "\"TOKEN=:17:abcdefghijklmnop\"",
        "-g",
        "admin",
    ];
    import(&sandbox, &lines, &args).succeeds();
    assert_eq!(verdict(&sandbox, key), "accepted odd");
    sandbox
        .feed(&["verify"], "TOKEN=abcdefghijklmnop")
        .exits(2)
        .says("hint: ");
    sandbox.feed(&["verify"], "\"abc\"").exits(2).says("hint: ");
}

#[sqlite_only("damages the file")]
#[test]
fn what_is_malformed_with_a_native_shape_needs_no_database() {
    let sandbox = imported();
    let native = sandbox.key("native");
    let wrong = format!("{}0", &native[..native.len() - 1]);
    let wrong = if wrong == native {
        native.replace('_', "1_")
    } else {
        wrong
    };
    assert_eq!(verdict(&sandbox, &wrong), "refused malformed");
    std::fs::write(sandbox.db(), "no database").unwrap();
    assert_eq!(verdict(&sandbox, &wrong), "refused malformed");
    // Any other text may be an imported key, so it can't be decided.
    sandbox.feed(&["verify"], key(1)).exits(5);
    let batch = sandbox.feed(&["verify", "--batch"], key(1)).exits(5);
    assert_eq!(batch.stdout, "error database-foreign\n");
    std::fs::remove_file(sandbox.db()).unwrap();
    assert_eq!(verdict(&sandbox, &key(1)), "refused malformed");
}

#[test]
fn wrong_secrets_of_every_kind_have_the_same_answer() {
    let sandbox = imported();
    let native = sandbox.key("native");
    sandbox.run(&["delete", "native", "-y"]).succeeds();
    sandbox.key("other");
    // A secret of another database whose id a key of this one has.
    let wrong = super::verify::wrong_secret_for(&sandbox, "other");
    let answers = [native.as_str(), &wrong, &key(2)].map(|secret| {
        let ran = sandbox.feed(&["verify", "--json"], secret).exits(1);
        assert_eq!(verdict(&sandbox, secret), "refused unknown");
        (ran.stdout, ran.stderr)
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert!(answers[0].0.contains("\"unknown\""), "{answers:?}");
}

#[test]
fn backup_restore_and_doctor_know_imported_keys() {
    let sandbox = imported();
    sandbox.run(&["backup", "copy"]).succeeds();
    let restored = ["--db", "restored/keys.db"];
    std::fs::create_dir(sandbox.path("restored")).unwrap();
    sandbox.shell("chmod 700 restored").succeeds();
    sandbox
        .run(&[&["restore", "copy", "-y"], &restored[..]].concat())
        .succeeds();
    let verify = [&["verify"], &restored[..]].concat();
    assert_eq!(
        sandbox.feed(&verify, key(1)).succeeds().stdout,
        "accepted old\n"
    );
    sandbox.run(&["doctor"]).succeeds();
    for damage in [
        "UPDATE settings SET import_salt = 'x'",
        "UPDATE settings SET import_argon2 = 'm=1'",
        "UPDATE import_shapes SET digest = 'md5'",
        "UPDATE import_shapes SET alphabet = 'ü'",
        "UPDATE import_shapes SET max_length = 5000",
        "DELETE FROM import_shapes",
        "UPDATE secrets SET hash = replace(hash, 't=', 't=1')",
        "UPDATE settings SET import_salt = 'AAAAAAAAAAAAAAAAAAAAAA'",
    ] {
        let sandbox = imported();
        sandbox.sql(damage);
        let doctor = sandbox.run(&["doctor", "-q"]).exits(1);
        assert!(doctor.stdout.contains("FAIL"), "{damage}: {doctor:?}");
    }
}

#[test]
fn only_a_manager_imports_and_through_sudo_only_from_stdin() {
    let sandbox = Sandbox::staffed();
    let lines = format!("name,key\nold,{}\n", key(1));
    std::fs::write(sandbox.path("keys.csv"), &lines).unwrap();
    let as_user = |user: &str, file: &str, input: &str| {
        let mut command = sandbox.apikey(&[&["import", file, "--json"], PLAIN].concat());
        let stdin = std::process::Stdio::from(std::fs::File::open(sandbox.path(input)).unwrap());
        command.env("SUDO_USER", user).stdin(stdin);
        super::sandbox::finish(command.spawn().unwrap())
    };
    for user in ["alice", "carol", "mallory"] {
        let ran = as_user(user, "-", "keys.csv").exits(4);
        assert_eq!(ran.error_code(), "not-permitted", "{user}");
    }
    let ran = as_user("admin", "keys.csv", "keys.csv").exits(2);
    ran.says("through sudo, import FILE would act as")
        .says("import - … < FILE");
    assert_eq!(sandbox.count("keys"), 0);
    as_user("admin", "-", "keys.csv").succeeds();
    assert_eq!(sandbox.show("old")["created_by"], "admin");
}

#[test]
fn other_programs_see_no_imported_secret_in_the_view() {
    let sandbox = imported();
    assert_eq!(sandbox.count("usable_secrets"), 0);
    sandbox
        .run(&["rotate", "old", "--overlap", "1h"])
        .succeeds();
    assert_eq!(sandbox.count("usable_secrets"), 1);
}

#[test]
fn no_file_holds_a_fast_digest_or_a_part_of_an_imported_key() {
    let sandbox = Sandbox::new();
    let lines = format!("name,digest\nold,{}\n", sha256(&key(1)));
    let args = [
        "--scheme",
        "sha256-hex",
        "--shape",
        SHAPE,
        "-g",
        "readonly",
        "--json",
    ];
    let ran = import(&sandbox, &lines, &args).succeeds();
    sandbox.feed(&["verify"], key(1)).succeeds();
    sandbox.feed(&["verify", "--batch"], key(1)).succeeds();
    let digest: Vec<u8> = Sha256::digest(key(1)).to_vec();
    let mut texts = vec![ran.stdout.into_bytes(), ran.stderr.into_bytes()];
    texts.extend(
        sandbox
            .files()
            .iter()
            .map(|file| std::fs::read(file).unwrap()),
    );
    for args in [
        &["log", "--json"][..],
        &["list", "--json"],
        &["show", "old", "--json"],
    ] {
        texts.push(sandbox.run(args).succeeds().stdout.into_bytes());
    }
    let random = key(1)[8..].to_owned();
    let hex = sha256(&key(1));
    for text in &texts {
        let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        for at in 0..=random.len() - 10 {
            assert!(!has(&random.as_bytes()[at..at + 10]));
        }
        assert!(!has(&digest) && !has(&hex.as_bytes()[..16]));
    }
}
