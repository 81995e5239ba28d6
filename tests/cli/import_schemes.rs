//! The schemes of `import`: each accepts the right key, and no other.

use std::fmt::Write;
use std::process::Command;

use proptest::test_runner::{Config, TestRunner};

use super::import::{import, sha256, sha512, verdict};
use super::sandbox::{Sandbox, has};
use super::waiting::run;

/// A scheme with a shape and the alphabet of its keys.
struct Case {
    scheme: &'static str,
    shape: &'static str,
    /// A pattern of the keys that clients present.
    pattern: &'static str,
    /// The number of characters that are not checked.
    unchecked: usize,
}

const CASES: [Case; 6] = [
    Case {
        scheme: "plain",
        shape: "sk_live_:32:base62",
        pattern: "sk_live_[0-9A-Za-z]{32}",
        unchecked: 0,
    },
    Case {
        scheme: "sha256-hex",
        shape: ":40:hex",
        pattern: "[0-9a-f]{40}",
        unchecked: 0,
    },
    Case {
        scheme: "sha256-base64",
        shape: "k-:43-44:base64url",
        pattern: "k-[0-9A-Za-z_-]{43}",
        unchecked: 0,
    },
    Case {
        scheme: "sanctum",
        shape: ":48:base62",
        pattern: "[1-9][0-9]{2}\\|[0-9A-Za-z]{48}",
        unchecked: 3,
    },
    Case {
        scheme: "sha512-hex",
        shape: "t:64:base64",
        pattern: "t[0-9A-Za-z+/]{63}=",
        unchecked: 0,
    },
    Case {
        scheme: "drf-api-key",
        shape: ":41:base62",
        pattern: "[0-9A-Za-z]{8}\\.[0-9A-Za-z]{32}",
        unchecked: 0,
    },
];

/// Returns what the other system stores of a key.
fn stored(scheme: &str, key: &str) -> String {
    match scheme {
        "plain" => key.to_owned(),
        "sha256-hex" => sha256(key),
        "sha256-base64" => base64(&sha256(key)),
        "sanctum" => sha256(key.split_once('|').unwrap().1),
        "sha512-hex" => sha512(key),
        "drf-api-key" => format!("sha512$${}", sha512(key)),
        other => panic!("{other}"),
    }
}

/// Returns the base64 of the bytes that `hex` has.
fn base64(hex: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits: Vec<u8> = Vec::new();
    for digit in hex.chars() {
        let value = digit.to_digit(16).unwrap();
        bits.extend((0..4).rev().map(|at| u8::from(value >> at & 1 == 1)));
    }
    let sextets = bits.chunks(6).map(|bits| {
        let value = bits.iter().fold(0, |value, bit| value << 1 | bit) << (6 - bits.len());
        char::from(DIGITS[usize::from(value)])
    });
    let text: String = sextets.collect();
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    text + &padding
}

/// Imports keys, by number, in the form that the other system stores.
fn take_over(sandbox: &Sandbox, case: &Case, stored: &[String]) {
    let column = if case.scheme == "plain" {
        "key"
    } else {
        "digest"
    };
    let mut lines = format!("name,{column}\n");
    for (number, stored) in stored.iter().enumerate() {
        writeln!(lines, "key-{number},{stored}").unwrap();
    }
    let args = [
        "--scheme",
        case.scheme,
        "--shape",
        case.shape,
        "-g",
        "readonly",
    ];
    import(sandbox, &lines, &args).succeeds();
}

#[test]
fn a_right_key_is_accepted_and_one_with_another_character_is_not() {
    for case in &CASES {
        let mut runner = TestRunner::new(Config {
            cases: 4,
            failure_persistence: None,
            ..Config::default()
        });
        let checked = runner.run(&case.pattern, |key| {
            let sandbox = Sandbox::new();
            take_over(&sandbox, case, &[stored(case.scheme, &key)]);
            assert_eq!(verdict(&sandbox, &key), "accepted key-0", "{}", case.scheme);
            // Each character is replaced by its neighbours in the alphabet, and by another one.
            let mut changed = String::new();
            for at in case.unchecked..key.len() {
                for other in ["0", "a", "Z", "|", "."] {
                    if &key[at..=at] != other {
                        writeln!(changed, "{}{other}{}", &key[..at], &key[at + 1..]).unwrap();
                    }
                }
            }
            let batch = sandbox.feed(&["verify", "--batch"], &changed).exits(1);
            assert_eq!(batch.stdout.lines().count(), changed.lines().count());
            for (verdict, key) in batch.stdout.lines().zip(changed.lines()) {
                let is_refused = matches!(verdict, "refused unknown" | "refused malformed");
                assert!(is_refused, "{}: {verdict} {key}", case.scheme);
            }
            Ok(())
        });
        checked.unwrap();
    }
}

#[test]
fn the_id_before_a_token_of_sanctum_is_not_checked() {
    let sandbox = Sandbox::new();
    let token = "a".repeat(48);
    let key = format!("17|{token}");
    take_over(&sandbox, &CASES[3], &[stored("sanctum", &key)]);
    for (text, expected) in [
        (key.clone(), "accepted key-0"),
        (format!("18|{token}"), "accepted key-0"),
        (format!("9f2c1e-77|{token}"), "accepted key-0"),
        (token.clone(), "refused malformed"),
        (format!("|{token}"), "refused malformed"),
        (format!("17||{token}"), "refused malformed"),
    ] {
        assert_eq!(verdict(&sandbox, &text), expected, "{text}");
    }
}

/// Runs a program of Python. Returns the words of each line that it prints, or none if a module
/// that it needs is missing.
fn python(program: &str, module: &str) -> Option<Vec<Vec<String>>> {
    let import = Command::new("python3")
        .args(["-c", &format!("import {module}")])
        .output();
    let is_there = import.is_ok_and(|output| output.status.success());
    if !has(&format!("{module} for python3"), is_there) {
        return None;
    }
    let mut python = Command::new("python3");
    python.args(["-c", program]);
    let output = run(&mut python);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    Some(text.lines().map(words).collect())
}

/// Checks that the keys of each line, first the key and then what the other system stored, are
/// accepted after the import.
fn check_library(case: &Case, lines: &[Vec<String>]) {
    assert!(lines.len() > 2);
    let sandbox = Sandbox::new();
    let stored: Vec<String> = lines.iter().map(|words| words[1].clone()).collect();
    take_over(&sandbox, case, &stored);
    for (number, words) in lines.iter().enumerate() {
        let expected = format!("accepted key-{number}");
        assert_eq!(verdict(&sandbox, &words[0]), expected, "{}", case.scheme);
    }
}

#[test]
fn digests_that_python_computed_are_taken_over() {
    const PROGRAM: &str = "
import base64, hashlib, secrets
for number in range(3):
    hexadecimal = secrets.token_hex(20)
    print('sha256-hex', hexadecimal, hashlib.sha256(hexadecimal.encode()).hexdigest())
    url = 'k-' + secrets.token_urlsafe(32)
    print('sha256-base64', url, base64.b64encode(hashlib.sha256(url.encode()).digest()).decode())
    long = 't' + base64.b64encode(secrets.token_bytes(47)).decode()
    print('sha512-hex', long, hashlib.sha512(long.encode()).hexdigest())
";
    let Some(lines) = python(PROGRAM, "hashlib") else {
        return;
    };
    for case in &CASES {
        let of_scheme = lines.iter().filter(|words| words[0] == case.scheme);
        let of_scheme: Vec<_> = of_scheme.map(|words| words[1..].to_vec()).collect();
        if !["plain", "sanctum", "drf-api-key"].contains(&case.scheme) {
            check_library(case, &of_scheme);
        }
    }
}

/// Tokens that `createToken` of laravel/sanctum 4.0.1 returned, each with the digest that it
/// stored, on PHP 8.2 and Debian's php-laravel-framework 8.83. No registry that the tests use has
/// the library.
const SANCTUM: [[&str; 2]; 3] = [
    [
        "1|Pd4nRxvMh9kujGXrSVrg9lJ64HcvJ0SSnAHOsezQ10576bc2",
        "97bcc900c96aa1eefa37980e83846c3618bcddba25de3c50f49d83bbee084c5a",
    ],
    [
        "2|ECMorljHySwHmaiqXiI8o3DrjwIkBobFYoET6qYv6e45dc98",
        "80d068374dc3ce786564a8999693c5c239104cc82068f7841cc1eb53ae184245",
    ],
    [
        "3|f0KAUFmwTO77k3kh3aCf17ma2O13o9FDL1bLsVl007c9c346",
        "9d355e6238f96d465542a8ce719a312d13b8780ec624f5fb03d235ffc3fc927c",
    ],
];

#[test]
fn tokens_that_laravel_sanctum_made_are_taken_over() {
    check_library(
        &CASES[3],
        &SANCTUM.map(|line| line.map(str::to_owned).to_vec()),
    );
}

#[test]
fn keys_that_django_rest_framework_api_key_made_are_taken_over() {
    const PROGRAM: &str = "
from django.conf import settings
settings.configure()
from rest_framework_api_key.crypto import KeyGenerator
for _ in range(3):
    key, _, hashed = KeyGenerator().generate()
    print(key, hashed)
";
    if let Some(lines) = python(PROGRAM, "rest_framework_api_key, django") {
        check_library(&CASES[5], &lines);
    }
}
