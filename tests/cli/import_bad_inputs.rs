//! Inputs that `import` refuses: nothing changes, the line is named, and nothing of it is repeated.

use super::import::{SHAPE, import, key, sha256, sha512};
use super::sandbox::Sandbox;

/// A word that stands in each bad line, and that no message may repeat.
const MARK: &str = "zqxj";

/// A scheme, the lines, the number of the bad line, and a part of the message.
type Bad = (&'static str, Vec<u8>, usize, &'static str);

fn csv(heading: &str, line: &str) -> Vec<u8> {
    format!("{heading}\ngood,{}\n{line}\n", key(1)).into_bytes()
}

/// Returns a csv file with three columns whose third line is bad.
fn third(line: &str) -> Vec<u8> {
    format!("name,key,group\ngood,{},readonly\n{line}\n", key(1)).into_bytes()
}

fn digests(good: &str, bad: &str) -> Vec<u8> {
    format!("name,digest\ngood,{good}\n{MARK},{bad}\n").into_bytes()
}

fn bad_csv() -> Vec<Bad> {
    let k = key(2);
    let hex = sha256("x");
    let with = |column: &str, cell: &str| {
        format!("name,key,{column}\na,{},\n{MARK},{k},{cell}\n", key(1)).into_bytes()
    };
    vec![
        (
            "plain",
            csv(&format!("name,key,{MARK}"), ""),
            1,
            "a column other than",
        ),
        (
            "plain",
            csv("name,key,name", ""),
            1,
            "a column occurs twice",
        ),
        ("plain", csv("name", ""), 1, "the heading needs"),
        (
            "plain",
            csv(&format!("{MARK},{k}"), ""),
            1,
            "a column other than",
        ),
        (
            "plain",
            csv("name,key", &format!("\"{MARK},{k}")),
            3,
            "a quote is not closed",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK}\"x\",{k}")),
            3,
            "a quote stands inside",
        ),
        (
            "plain",
            csv("name,key", &format!("\"{MARK}\"x,{k}")),
            3,
            "text follows a closing",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK},{k},")),
            3,
            "another number of cells",
        ),
        ("plain", csv("name,key", MARK), 3, "another number of cells"),
        (
            "plain",
            csv("name,key", &format!(",{k}")),
            3,
            "the name is missing",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK},")),
            3,
            "the key or digest is missing",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK} x,{k}")),
            3,
            "the name is not one",
        ),
        (
            "plain",
            csv("name,key", &format!("GOOD,{k}")),
            3,
            "line 2 has the same name",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK},{}", key(1))),
            3,
            "line 2 has the same key",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK}\0,{k}")),
            3,
            "a control character",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK},{k}0")),
            3,
            "the shape",
        ),
        (
            "plain",
            csv("name,key", &format!("{MARK},pk_live_{}", &k[8..])),
            3,
            "the shape",
        ),
        (
            "plain",
            third(&format!("{MARK},{k},{MARK}/x")),
            3,
            "no group's name",
        ),
        (
            "plain",
            third(&format!("{MARK},{k},{k}")),
            3,
            "another column holds the key",
        ),
        (
            "plain",
            with("owner", &format!("-{MARK}")),
            3,
            "no user's name",
        ),
        (
            "plain",
            with("application", &format!("-{MARK}")),
            3,
            "the application is no name",
        ),
        (
            "plain",
            with("description", &MARK.repeat(251)),
            3,
            "longer than 1,000 characters",
        ),
        ("plain", with("expires", MARK), 3, "the expiry is no time"),
        (
            "plain",
            with("expires", "3months"),
            3,
            "the expiry is no time",
        ),
        ("plain", with("created", "2999-01-31"), 3, "in the future"),
        (
            "plain",
            with("status", MARK),
            3,
            "neither active nor inactive",
        ),
        (
            "plain",
            digests(&hex, &hex),
            2,
            "the scheme plain needs the column key",
        ),
        (
            "sha256-hex",
            csv("name,key", ""),
            2,
            "the scheme needs the column digest",
        ),
        (
            "sha256-hex",
            digests(&hex, &hex[..62]),
            3,
            "not one of the scheme",
        ),
        (
            "sha256-hex",
            digests(&hex, &sha512("x")),
            3,
            "not one of the scheme",
        ),
        (
            "sha256-base64",
            digests(&sha256("y"), "x"),
            2,
            "not one of the scheme",
        ),
        (
            "sanctum",
            digests(&hex, "pbkdf2_sha256$1$a$b"),
            3,
            "a salt of its own",
        ),
        (
            "sha512-hex",
            digests(&sha512("x"), "$2b$12$abcdefghij"),
            3,
            "a salt of its own",
        ),
        (
            "drf-api-key",
            digests(&sha512("x"), "y"),
            2,
            "not one of the scheme",
        ),
        (
            "sha256-hex",
            format!("name,key,digest\n{MARK},{k},{hex}\n").into_bytes(),
            2,
            "both a key and a digest",
        ),
    ]
}

/// Returns inputs in json, or with bytes that are no line of csv.
fn bad_bytes() -> Vec<Bad> {
    let mut long = csv("name,key", "");
    long.extend(MARK.repeat(10 << 18).into_bytes());
    // Nothing after a line that is cut short is read, so it can't count as blank.
    let mut blank = csv("name,key", "");
    blank.extend(b" ".repeat(70_000));
    blank.extend(b"\nother,x\n");
    vec![
        ("plain", long, 4, "longer than 64 KiB"),
        ("plain", blank, 4, "longer than 64 KiB"),
        (
            "plain",
            [&csv("name,key", "")[..], b"zqxj\xff,x"].concat(),
            4,
            "not UTF-8",
        ),
        ("plain", b"\xff\xfen\0a\0m\0e\0".to_vec(), 1, "not UTF-8"),
    ]
}

fn bad_json() -> Vec<Bad> {
    let good = format!("{{\"name\":\"good\",\"key\":\"{}\"}}\n", key(1));
    let with = |line: &str| (good.clone() + line).into_bytes();
    let k = key(2);
    vec![
        ("plain", with("{\"name\":\"zqxj\""), 2, "not a json object"),
        ("plain", with("[\"zqxj\"]"), 2, "not a json object"),
        ("plain", with("{\"name\":5}"), 2, "not a json object"),
        (
            "plain",
            with(&format!(
                "{{\"name\":\"zqxj\",\"name\":\"b\",\"key\":\"{k}\"}}"
            )),
            2,
            "a column occurs twice",
        ),
        ("plain", with("{\"zqxj\":\"a\"}"), 2, "a column other than"),
        (
            "plain",
            with("{\"name\":[\"zqxj\"]}"),
            2,
            "only the field group can be a list",
        ),
        (
            "plain",
            with("{\"name\":\"zqxj\\u0000\"}"),
            2,
            "the key or digest is missing",
        ),
    ]
}

#[test]
fn a_bad_line_is_named_and_changes_nothing() {
    let sandbox = Sandbox::new();
    let before = sandbox.content();
    let mut count = 0;
    let formats = [
        ("csv", [bad_csv(), bad_bytes()].concat()),
        ("jsonl", bad_json()),
    ];
    for (format, inputs) in formats {
        for (scheme, input, line, expected) in inputs {
            count += 1;
            let args = [
                "--scheme", scheme, "--shape", SHAPE, "-g", "readonly", "--from", format,
            ];
            let ran = import_bytes(&sandbox, &input, &args).exits(2);
            let named = format!("line {line}: ");
            assert!(ran.stderr.contains(&named), "{expected}: {ran:?}");
            assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
            assert!(ran.stderr.contains("nothing was imported"), "{ran:?}");
            for part in [MARK, &key(1)[8..18], &key(2)[8..18]] {
                assert!(!ran.stderr.contains(part), "{ran:?}");
            }
            assert!(sandbox.content() == before, "{expected}");
        }
    }
    assert!(count >= 30, "{count}");
}

fn import_bytes(sandbox: &Sandbox, input: &[u8], args: &[&str]) -> super::sandbox::Ran {
    sandbox.feed(&[&["import", "-"], args].concat(), input)
}

const ARGS: &[&str] = &["--scheme", "plain", "--shape", SHAPE, "--json"];

#[test]
fn a_line_with_a_secret_of_apikey_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    for line in [
        format!("name,key,group\nb,{secret},readonly\n"),
        format!(
            "name,key,group,description\nb,{},readonly,{secret}\n",
            key(1)
        ),
    ] {
        let ran = import(&sandbox, &line, ARGS).exits(2).says("line 2: ");
        assert!(!ran.stderr.contains(&secret[14..30]), "{ran:?}");
    }
    assert_eq!(sandbox.count("keys"), 1);
}

#[test]
fn a_key_or_digest_in_a_column_that_is_stored_is_refused() {
    let sandbox = Sandbox::staffed();
    let (first, second) = (key(1), key(2));
    let hex = sha256(&first);
    let token = "abcdefghij".repeat(4);
    let sanctum = format!("7|{token}");
    let second_of = |scheme: &str| {
        if scheme == "plain" {
            second.clone()
        } else {
            sha256("x")
        }
    };
    let with = |scheme: &str, shape: &str, good: &str, column: &str, cell: &str, line: u64| {
        let digest = if scheme == "plain" { "key" } else { "digest" };
        let input = match (column, line) {
            ("name", _) => format!("name,{digest}\n{cell},{good}\n"),
            (_, 2) => format!("name,{digest},{column}\na,{good},{cell}\n"),
            _ => format!(
                "name,{digest},{column}\na,{good},\nb,{},{cell}\n",
                second_of(scheme)
            ),
        };
        let args = ["--scheme", scheme, "--shape", shape, "-g", "deploy"];
        let before = sandbox.content();
        let ran = import(&sandbox, &input, &args).exits(2);
        let holds = format!("line {line}: another column holds the key or digest");
        for secret in [&first, &hex, &token] {
            assert!(!ran.stderr.contains(&secret[8..]), "{ran:?}");
        }
        ran.says(&holds);
        assert!(sandbox.content() == before, "{scheme} {column} {line}");
    };
    let text = format!("the key is {first} now");
    for column in ["application", "owner", "group", "description"] {
        with("plain", SHAPE, &first, column, &first, 3);
        // The key next to its own digest.
        with("sha256-hex", SHAPE, &hex, column, &first, 2);
        with("sha256-hex", SHAPE, &hex, column, &first, 3);
    }
    with("plain", SHAPE, &first, "description", &text, 3);
    with("plain", SHAPE, &first, "description", &hex, 2);
    with("sha256-hex", SHAPE, &hex, "description", &text, 2);
    with(
        "sha256-hex",
        SHAPE,
        &hex,
        "description",
        &hex.to_uppercase(),
        3,
    );
    with("sha256-hex", SHAPE, &hex, "name", &first, 2);
    let sanctum_shape = ":40:base62";
    for cell in [&sanctum, &token] {
        with(
            "sanctum",
            sanctum_shape,
            &sha256(&token),
            "description",
            cell,
            3,
        );
    }
}

#[test]
fn a_key_or_digest_inside_of_other_text_is_refused() {
    let sandbox = Sandbox::staffed();
    let other = key(2);
    let hex = sha256(&other);
    let token = "abcdefghij".repeat(4);
    let check = |scheme: &str, shape: &str, stored: [&str; 2], column: &str, cell: &str| {
        let secret = if scheme == "plain" { "key" } else { "digest" };
        let cells = if column == "name" { "" } else { "," };
        let bad = match column {
            "name" => format!("{cell},{}", stored[1]),
            _ => format!("b,{},\"{cell}\"", stored[1]),
        };
        let columns = if column == "name" { "" } else { column };
        let lines = format!(
            "name,{secret}{cells}{columns}\na,{}{cells}\n{bad}\n",
            stored[0]
        );
        let args = ["--scheme", scheme, "--shape", shape, "-g", "deploy"];
        let before = sandbox.content();
        let ran = import(&sandbox, &lines, &args).exits(2);
        for part in [&other[8..], &hex[..], &token[..]] {
            assert!(!ran.stderr.contains(part), "{ran:?}");
        }
        ran.says("line 3: another column holds the key or digest");
        assert!(sandbox.content() == before, "{scheme} {cell}");
    };
    let mine = sha256(&key(1));
    let random = &other[8..];
    for cell in [
        format!("see ({other}) or key={other}"),
        format!("was {other};"),
        format!("\u{fc}{other}\u{fc}"),
        format!("{random}, without the prefix"),
        format!("0{other}0"),
        format!("digest={hex}."),
        format!("0{hex}"),
        "x".repeat(900) + &other,
    ] {
        check("plain", SHAPE, [&key(1), &other], "description", &cell);
        // In a line of another key, too.
        check("plain", SHAPE, [&other, &key(1)], "description", &cell);
        check("sha256-hex", SHAPE, [&mine, &hex], "description", &cell);
    }
    for cell in [format!("x.{other}"), format!("x-{random}")] {
        for column in ["name", "application", "owner", "group"] {
            check("plain", SHAPE, [&other, &key(1)], column, &cell);
            check("sha256-hex", SHAPE, [&mine, &hex], column, &cell);
        }
    }
    for cell in [format!("token=5|{token}"), format!("<{token}>")] {
        let stored = [&mine[..], &sha256(&token)];
        check("sanctum", ":40:base62", stored, "description", &cell);
    }
}

#[test]
fn a_text_that_is_no_key_is_taken_and_one_that_may_be_very_many_keys_is_not() {
    let sandbox = Sandbox::new();
    let with = |shape: &str, text: &str| {
        let lines = format!("name,key,description\na,{},{text}\n", key(1));
        let args = ["--scheme", "plain", "--shape", shape, "-g", "readonly"];
        import(&sandbox, &lines, &[&args[..], &["--dry-run"]].concat())
    };
    let one_run = "a".repeat(1000);
    with(SHAPE, &key(2)).succeeds();
    with(":40:base64url", &one_run).succeeds();
    with(":20-60:base64url", &"word ".repeat(200)).succeeds();
    let ran = with("sk_live_:20-2048:hex", &one_run).exits(2);
    ran.says("line 2: another column has a word that is too long to be searched for keys");
}

#[test]
fn a_secret_of_apikey_that_json_escapes_is_refused() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let escaped = format!("\\u{:04x}{}", u32::from(secret.as_bytes()[0]), &secret[1..]);
    let before = sandbox.content();
    let fields = [
        "name",
        "key",
        "group",
        "owner",
        "application",
        "description",
        "expires",
        "created",
        "status",
    ];
    for field in fields {
        let mut cells = vec![
            ("name", "b".to_owned()),
            ("key", key(1)),
            ("group", "readonly".to_owned()),
        ];
        cells.retain(|(name, _)| *name != field);
        cells.push((field, escaped.clone()));
        let cells: Vec<String> = cells
            .iter()
            .map(|(name, text)| format!("\"{name}\":\"{text}\""))
            .collect();
        let line = format!("{{{}}}\n", cells.join(","));
        let args = [ARGS, &["--from", "jsonl"]].concat();
        let ran = import(&sandbox, &line, &args).exits(2);
        assert!(!ran.stderr.contains(&secret[14..30]), "{ran:?}");
        ran.says("line 1: it holds a secret of apikey");
        assert!(sandbox.content() == before, "{field}");
    }
}

#[test]
fn a_fact_that_the_database_refuses_names_the_line_and_nothing_else_of_it() {
    let sandbox = Sandbox::staffed();
    for (columns, cells, code, kind) in [
        ("group", MARK, 3, "group-not-found"),
        ("group,owner", "deploy,zqxj", 3, "user-not-found"),
        ("group,owner", "readonly,alice", 3, "owner-lacks-group"),
    ] {
        let lines = format!(
            "name,key,{columns}\ngood,{},deploy{}\nzqxj,{},{cells}\n",
            key(1),
            ",alice".repeat(columns.matches(',').count()),
            key(2)
        );
        let before = sandbox.content();
        let ran = import(&sandbox, &lines, ARGS).exits(code);
        assert_eq!(ran.error_code(), kind);
        assert!(!ran.stderr.contains(MARK), "{ran:?}");
        ran.says("line 3: ").says("nothing was imported");
        assert!(sandbox.content() == before);
    }
    // A group of the command line is in no line, and comes before the input.
    for lines in [format!("name,key\ngood,{}\n", key(1)), MARK.to_owned()] {
        let args = [ARGS, &["-g", "deploy", "-g", "nope"]].concat();
        let ran = import(&sandbox, &lines, &args).exits(3);
        assert_eq!(ran.error_code(), "group-not-found");
        assert!(!ran.stderr.contains("line "), "{ran:?}");
        ran.says("no group named \\\"nope\\\"");
    }
    // A name of the form PREFIX_ID refers to a key by its id.
    let lines = format!("name,key,group\napik_7Kd93mZQ,{},deploy\n", key(1));
    import(&sandbox, &lines, ARGS).exits(2).says("line 2: ");
    let lines = format!("name,key\ngood,{}\n", key(1));
    import(&sandbox, &lines, ARGS)
        .exits(2)
        .says("line 2: the key has no group");
}

#[test]
fn an_input_without_keys_a_missing_file_and_a_salted_scheme_are_refused() {
    let sandbox = Sandbox::new();
    for lines in ["", "\n", "name,key\n", "name,key\n\n\n"] {
        import(&sandbox, lines, ARGS)
            .exits(2)
            .says("the input has no keys");
    }
    sandbox
        .run(&[&["import", "nowhere.csv"], ARGS].concat())
        .exits(2)
        .says("nowhere.csv can't be read");
    for scheme in ["bcrypt", "pbkdf2", "pbkdf2_sha256"] {
        import(&sandbox, "", &["--scheme", scheme, "--shape", SHAPE])
            .exits(2)
            .says("a salt of its own, so verify would need a hash per stored key");
    }
    for shape in ["", "x", ":0:hex", ":8:", ":9-8:hex"] {
        import(&sandbox, "", &["--scheme", "plain", "--shape", shape]).exits(2);
    }
}

#[test]
fn more_keys_than_a_transaction_changes_are_refused() {
    let sandbox = Sandbox::new();
    let mut lines = String::from("name,key,group\n");
    for number in 0..=100_000 {
        lines += &format!("k{number},sk_live_{number:032x},readonly\n");
    }
    let ran = import(&sandbox, &lines, ARGS).exits(3);
    assert_eq!(ran.error_code(), "too-many");
}

#[test]
fn blank_lines_do_not_count_as_keys() {
    let sandbox = Sandbox::new();
    let blank = "\n \t\r\n".repeat(60_000);
    let lines = format!(
        "{blank}name,key,group\n{blank}good,{},readonly\n{blank}",
        key(1)
    );
    import(&sandbox, &lines, ARGS).succeeds();
    let bad = format!("{blank}name,key,group\nx\n");
    import(&sandbox, &bad, ARGS).exits(2).says("line 120002: ");
}
