use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Returns the outcome of an input, in the words of the vectors.
fn outcome_of(input: &str, prefix: &str) -> (&'static str, Option<ShortForm>) {
    match Presented::parse(input.as_bytes()) {
        Ok(Presented::WellFormed(secret)) => match secret.short_form().clone() {
            short if short.prefix.as_str() == prefix => ("well-formed", Some(short)),
            _ => ("malformed", None),
        },
        Ok(Presented::Malformed) => ("malformed", None),
        // Without imported keys.
        Ok(Presented::Foreign(text)) => match text.mistake() {
            None => ("malformed", None),
            Some(BadInput::ShortForm) => ("short-form", None),
            Some(_) => ("bad-input", None),
        },
        Err(BadInput::ShortForm) => ("short-form", None),
        Err(_) => ("bad-input", None),
    }
}

#[test]
fn every_vector_has_its_outcome() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../tests/fixtures/keys.json")).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 44);
    for vector in vectors {
        let text = |field: &str| vector[field].as_str();
        let name = text("name").unwrap();
        let (outcome, short) = outcome_of(text("input").unwrap(), text("prefix").unwrap());
        assert_eq!(outcome, text("outcome").unwrap(), "{name}");
        let id = short.as_ref().map(|short| short.id.as_str());
        assert_eq!(id, text("id"), "{name}");
        let short = short.as_ref().map(ToString::to_string);
        assert_eq!(short.as_deref(), text("short"), "{name}");
    }
}

#[test]
fn debug_output_hides_a_secret() {
    let secret = Secret::generate(&Prefix::default(), &generate_id().unwrap()).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(…)");
}

#[test]
fn every_digit_is_equally_likely() {
    let mut text = String::new();
    push_random(&mut text, 62_000).unwrap();
    for digit in BASE62 {
        let count = text.bytes().filter(|c| c == digit).count();
        // Eight standard deviations: one false alarm in 10^13 runs.
        assert!(
            (750..=1250).contains(&count),
            "{} came {count} times",
            char::from(*digit)
        );
    }
}

#[test]
fn input_is_limited_to_4_kib() {
    let padded = |len: usize| vec![b' '; len];
    assert_eq!(
        Presented::parse(&padded(4096)).unwrap_err(),
        BadInput::Empty
    );
    assert_eq!(
        Presented::parse(&padded(4097)).unwrap_err(),
        BadInput::TooLong
    );
    assert_eq!(read_presented(&padded(9999)[..]).unwrap().len(), 4097);
}

#[test]
fn mistakes_of_the_caller_are_distinguished() {
    let secret = Secret::generate(&Prefix::default(), &generate_id().unwrap()).unwrap();
    let secret = secret.expose();
    for (input, mistake) in [
        (format!("bearer  {secret}"), BadInput::Bearer),
        (format!("BEARER {secret}\n"), BadInput::Bearer),
        (format!("`{secret}`"), BadInput::Quoted),
        (format!("{secret} {secret}"), BadInput::Several),
        (format!("{secret},{secret}"), BadInput::Several),
        (format!("{secret}{secret}"), BadInput::Several),
        (format!("{secret}\n\n{secret}\n"), BadInput::Several),
        (format!("API_KEY={secret}"), BadInput::Assignment),
        (
            format!("export api-key = \"{secret}\"\n"),
            BadInput::Assignment,
        ),
        (format!("\u{feff}_k=x{secret}"), BadInput::Assignment),
        (format!("\u{feff}Bearer {secret}"), BadInput::Bearer),
        (" \u{feff}\r\n".to_owned(), BadInput::Empty),
    ] {
        assert_eq!(mistake_in(input.as_bytes()), Some(mistake), "{input}");
    }
    for malformed in [
        "Bearer",
        "\"",
        "\u{feff}apik",
        "x y",
        "=x",
        "1=x",
        "YWJj",
        "YWI=",
        "YQ==",
        "a b=c",
        "\0\0",
    ] {
        assert_eq!(mistake_in(malformed.as_bytes()), None, "{malformed}");
    }
    // Neither UTF-8 nor UTF-16.
    for malformed in [&b"\xff"[..], b"a\xff\xfe", b"a\0b"] {
        let presented = Presented::parse(malformed);
        assert!(matches!(presented, Ok(Presented::Malformed)));
    }
}

/// Returns the mistake that an input shows if nothing was imported; none if it is malformed.
fn mistake_in(input: &[u8]) -> Option<BadInput> {
    match Presented::parse(input) {
        Err(mistake) => Some(mistake),
        Ok(Presented::Foreign(text)) => text.mistake(),
        Ok(Presented::Malformed) => None,
        Ok(Presented::WellFormed(_)) => panic!("a secret"),
    }
}

#[test]
fn a_byte_order_mark_is_ignored_and_utf_16_is_recognized() {
    let secret = Secret::generate(&Prefix::default(), &generate_id().unwrap()).unwrap();
    let secret = secret.expose();
    for input in [
        format!("\u{feff}{secret}"),
        format!("\u{feff} {secret}\r\n"),
        format!("\n\u{feff}{secret}\t"),
    ] {
        let presented = Presented::parse(input.as_bytes());
        assert!(matches!(presented, Ok(Presented::WellFormed(_))), "{input}");
    }
    for input in [
        format!("\u{feff}\u{feff}{secret}"),
        format!("{secret}\u{feff}"),
    ] {
        let presented = Presented::parse(input.as_bytes());
        assert!(matches!(presented, Ok(Presented::Malformed)), "{input}");
    }
    for text in [secret, &format!("{secret}\r\n"), "x"] {
        for mark in ["", "\u{feff}"] {
            let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [little, big] {
                let presented = Presented::parse(&bytes);
                assert_eq!(presented.unwrap_err(), BadInput::Utf16, "{bytes:?}");
            }
        }
    }
}

fn prefix() -> impl Strategy<Value = Prefix> {
    "[a-z][a-z0-9]{1,9}".prop_map(|text| text.parse().unwrap())
}

fn generated() -> impl Strategy<Value = Secret> {
    prefix().prop_map(|prefix| Secret::generate(&prefix, &generate_id().unwrap()).unwrap())
}

proptest! {
    #[test]
    fn every_generated_secret_parses(prefix in prefix()) {
        let id = generate_id().unwrap();
        let secret = Secret::generate(&prefix, &id).unwrap();
        prop_assert_eq!(secret.expose().len(), prefix.as_str().len() + 59);
        let parsed = Secret::parse(secret.expose()).unwrap();
        let short = parsed.short_form();
        prop_assert_eq!(&short.prefix, &prefix);
        prop_assert_eq!(&short.id, &id);
        prop_assert!(secret.expose().ends_with(&short.last_four));
        prop_assert!(holds_secret(secret.expose().as_bytes()));
    }

    #[test]
    fn one_changed_character_makes_a_secret_malformed(secret in generated(), at: prop::sample::Index, to in any::<char>()) {
        let mut text: Vec<char> = secret.expose().chars().collect();
        let at = at.index(text.len());
        prop_assume!(text[at] != to);
        text[at] = to;
        let text: String = text.into_iter().collect();
        prop_assert!(Secret::parse(&text).is_none(), "{}", text);
    }

    #[test]
    fn two_swapped_neighbours_make_a_secret_malformed(secret in generated(), at: prop::sample::Index) {
        let mut text = secret.expose().as_bytes().to_vec();
        let at = at.index(text.len() - 1);
        prop_assume!(text[at] != text[at + 1]);
        text.swap(at, at + 1);
        prop_assert!(Secret::parse(str::from_utf8(&text).unwrap()).is_none());
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Presented::parse(&bytes);
        let _ = holds_secret(&bytes);
        let _ = redact(&String::from_utf8_lossy(&bytes));
    }
}
