//! `scan` of hostile inputs: each ends in time, changes nothing, and prints no secret.

use super::sandbox::Sandbox;

/// Returns thirty hostile texts, each with its number of well-formed secrets of this database.
/// `secret` is one.
fn inputs(secret: &str) -> Vec<(&'static str, Vec<u8>, usize)> {
    let (id, random) = (&secret[5..13], &secret[14..]);
    let text = |text: String| text.into_bytes();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let flipped = |at: usize| {
        let mut bytes = secret.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        bytes
    };
    vec![
        ("nothing", vec![], 0),
        ("a newline", text("\n".to_owned()), 0),
        ("a NUL", vec![0], 0),
        ("only NUL", vec![0; 300_000], 0),
        ("only 0xff", vec![0xff; 300_000], 0),
        ("only underscores", vec![b'_'; 300_000], 0),
        ("only letters", vec![b'a'; 300_000], 0),
        ("only newlines", vec![b'\n'; 300_000], 0),
        ("prefixes", text("apik_".repeat(50_000)), 0),
        (
            "prefixes with ids",
            text(format!("apik_{id}_").repeat(20_000)),
            0,
        ),
        (
            "shapes without a checksum",
            text(format!("apik_{id}_{}", "x".repeat(49)).repeat(5000)),
            0,
        ),
        (
            "shapes of another prefix",
            text(format!("zz_{id}_{random}").repeat(5000)),
            0,
        ),
        (
            "the secret without its end",
            text(secret[..62].to_owned()),
            0,
        ),
        (
            "the secret without its start",
            text(secret[1..].to_owned()),
            0,
        ),
        ("the secret in upper case", text(secret.to_uppercase()), 0),
        (
            "the secret in two lines",
            text(format!("{}\n{}", &secret[..30], &secret[30..])),
            0,
        ),
        (
            "the secret in two records",
            text(format!("{}\0{}", &secret[..30], &secret[30..])),
            0,
        ),
        ("another first character", flipped(0), 0),
        ("another id", flipped(6), 0),
        ("another middle", flipped(30), 0),
        ("another end", flipped(62), 0),
        ("UTF-16", utf16(secret), 0),
        (
            "the short form",
            text(format!("apik_{id}…{}", &secret[59..])),
            0,
        ),
        (
            "after a byte order mark",
            text(format!("\u{feff}{secret}")),
            1,
        ),
        (
            "between escapes",
            text(format!("\u{1b}[31m{secret}\u{1b}[0m")),
            1,
        ),
        (
            "after a carriage return",
            text(format!("x\r{secret}\r\n")),
            1,
        ),
        (
            "after half a character",
            [&[0xe2, 0x80][..], secret.as_bytes()].concat(),
            1,
        ),
        (
            "after itself, cut",
            text(format!("{}{secret}", &secret[..40])),
            1,
        ),
        ("twice without a gap", text(format!("{secret}{secret}")), 2),
        (
            "at the end of a long line",
            text(format!("{}{secret}", "x ".repeat(500_000))),
            1,
        ),
        (
            "in a tar header",
            [&[0; 100][..], secret.as_bytes(), &[0; 412]].concat(),
            1,
        ),
        (
            "in many lines",
            text(format!("{secret}\n").repeat(3000)),
            3000,
        ),
    ]
}

#[test]
fn a_hostile_input_has_as_many_secrets_as_are_well_formed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let before = sandbox.count("log");
    for (name, input, count) in inputs(&secret) {
        std::fs::write(sandbox.path("input"), &input).unwrap();
        let by_file = sandbox.run(&["scan", "input"]);
        let by_stdin = sandbox.feed(&["scan"], &input);
        for ran in [by_file, by_stdin] {
            let ran = ran.exits(i32::from(count > 0));
            assert_eq!(ran.stdout.lines().count(), count, "{name}");
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(
                !all.contains(&secret[14..]) && !all.contains('\u{1b}'),
                "{name}"
            );
        }
    }
    assert_eq!(sandbox.count("log"), before);
}

#[test]
fn a_well_formed_secret_with_an_unknown_id_costs_no_hash() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    // A hash that can't be computed would be an error.
    sandbox.sql("UPDATE secrets SET hash = 'damaged'");
    sandbox
        .feed(&["scan"], &secret)
        .exits(5)
        .says("stored hash is damaged");
    sandbox.sql("UPDATE keys SET id = 'another0'");
    sandbox.feed(&["scan"], &secret).exits(0);
}

#[test]
fn a_secret_in_many_places_costs_one_hash() {
    let sandbox = Sandbox::empty();
    // A hash takes a gigabyte of memory traffic: 6,000 of them would never end.
    sandbox
        .run(&["init", "--argon2", "m=65536,t=4,p=1"])
        .succeeds();
    let secret = sandbox.key("a");
    let wrong = sandbox.key("b");
    sandbox.sql("UPDATE secrets SET hash = (SELECT hash FROM secrets ORDER BY slot LIMIT 1)");
    let text = format!("{secret}\n{wrong}\n").repeat(3_000);
    std::fs::write(sandbox.path("input"), text).unwrap();
    let ran = sandbox.run(&["scan", "input"]).exits(1);
    let live = ran.stdout.lines().filter(|line| line.contains(" live a "));
    assert_eq!(live.count(), 3_000);
}
