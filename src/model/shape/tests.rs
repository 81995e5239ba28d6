use super::*;

fn shape(text: &str) -> Shape {
    text.parse().unwrap()
}

fn import(text: &str, digest: DigestKind) -> ImportShape {
    ImportShape::new(shape(text), digest)
}

#[test]
fn a_shape_has_a_prefix_lengths_and_an_alphabet() {
    for (text, prefix, lengths, alphabet) in [
        ("sk_live_:32:base62", "sk_live_", (32, 32), "base62"),
        (":40:hex", "", (40, 40), "hex"),
        ("a:b:8-16:base64url", "a:b", (8, 16), "base64url"),
        ("k:5:cba:", "k", (5, 5), ":abc"),
        (":8:0123456789abcdefABCDEF", "", (8, 8), "hex"),
    ] {
        let parsed = shape(text);
        assert_eq!(parsed.prefix, prefix, "{text}");
        assert_eq!((parsed.min, parsed.max), lengths, "{text}");
        assert_eq!(parsed.alphabet.to_string(), alphabet, "{text}");
        assert_eq!(alphabet.parse(), Ok(parsed.alphabet));
    }
    for bad in [
        "",
        "40:hex",
        ":hex",
        ":x:hex",
        ":40:",
        ":0:hex",
        ":9-8:hex",
        ":-8:hex",
        ":+8:hex",
        ":2049:hex",
        ":40:a b",
        ":40:é",
        "a b:40:hex",
        "é:40:hex",
    ] {
        assert!(bad.parse::<Shape>().is_err(), "{bad}");
    }
    let long = format!("{}:40:hex", "x".repeat(65));
    assert!(long.parse::<Shape>().is_err());
}

#[test]
fn a_text_has_a_shape_if_prefix_length_and_characters_are_right() {
    let shape = shape("sk_:3-4:hex");
    for (text, length) in [
        ("sk_abc", Some(3)),
        ("sk_ABcd", Some(4)),
        ("sk_ab", None),
        ("sk_abcde", None),
        ("sk_abg", None),
        ("sk_ab\u{e9}", None),
        ("SK_abc", None),
        ("abc", None),
        ("", None),
    ] {
        assert_eq!(shape.length_of(text), length, "{text}");
    }
}

#[test]
fn only_what_follows_the_id_of_sanctum_is_digested() {
    let sanctum = import(":4:base62", DigestKind::Sanctum);
    for (text, part) in [
        ("12|abcd", Some("abcd")),
        ("0199-a|abcd", Some("abcd")),
        ("|abcd", None),
        ("abcd", None),
        ("1 2|abcd", None),
        ("12|abcde", None),
    ] {
        assert_eq!(sanctum.digested(text), part, "{text}");
    }
    let drf = import(":7:base62", DigestKind::DrfApiKey);
    assert_eq!(drf.digested("abc.def"), Some("abc.def"));
}

#[test]
fn bits_are_the_length_times_the_logarithm_of_the_alphabet() {
    for (text, length, missing) in [
        (":15:hex", 15, Some(60)),
        (":16:hex", 16, None),
        (":10:base62", 10, Some(59)),
        (":11:base62", 11, None),
        (":10:base64", 10, Some(60)),
        (":11:base64url", 11, None),
        (":63:01", 63, Some(63)),
        (":64:01", 64, None),
        (":2000:a", 2000, Some(0)),
        (":2048:base64", 2048, None),
        // A list of the digits in both cases is hexadecimal, too.
        (":15:abcdefABCDEF0123456789", 15, Some(60)),
    ] {
        // The first character of the alphabet, as often.
        let key = match text {
            _ if text.ends_with(":a") => "a",
            _ => "0",
        };
        let key = key.repeat(length);
        let import = import(text, DigestKind::Sha256);
        assert_eq!(import.missing_bits(Some(&key)), missing, "{text}");
        if !text.ends_with("base64") {
            assert_eq!(import.missing_bits(None), missing, "{text}");
        }
    }
}

#[test]
fn padding_a_prefix_and_the_public_part_of_a_key_have_no_bits() {
    use DigestKind::{DrfApiKey, Sha256};
    for (text, part, missing) in [
        (":12:base64", "AAAAAAAAAA==", Some(60)),
        (":12:base64", "AAAAAAAAAAA=", None),
        ("sk_:12:base64", "sk_AAAAAAAAAA==", Some(60)),
        ("sk_live_:12:hex", "sk_live_0123456789ab", Some(48)),
        (":12:0123456789=", "0123456789==", Some(33)),
        (":4:=", "====", Some(0)),
    ] {
        let found = import(text, Sha256).missing_bits(Some(part));
        assert_eq!(found, missing, "{text} {part}");
    }
    // A digest hides the key, so each key of the shape counts.
    for (text, digest, missing) in [
        (":12:base64", Sha256, Some(60)),
        (":13:base64", Sha256, None),
        (":1:base64", Sha256, Some(0)),
        (":15:hex", DrfApiKey, Some(24)),
        (":24:hex", DrfApiKey, Some(60)),
        (":25:hex", DrfApiKey, None),
        (":25-40:.0123456789abcdefABCDEF", DrfApiKey, None),
        (":8:hex", DrfApiKey, Some(0)),
        (":41:base62", DrfApiKey, None),
    ] {
        let found = import(text, digest).missing_bits(None);
        assert_eq!(found, missing, "{text} {digest:?}");
    }
}

#[test]
fn the_parts_of_a_text_are_all_runs_of_the_alphabet_with_a_length_of_the_shape() {
    for (text, held, expected) in [
        (":3:hex", "x.abc", "abc"),
        (":3:hex", "key=abcd;", "abc bcd"),
        (":3-4:hex", "\u{e9}abcd\u{e9}", "abc abcd bcd"),
        ("sk_:3:hex", "sk_abc", "abc"),
        (":3:hex", "ab cd", ""),
        (":1-2048:01", "01", "0 01 1"),
        (":3:hex", "", ""),
    ] {
        let shape = shape(text);
        let parts: Vec<&str> = shape.parts_in(held).collect();
        assert_eq!(parts.join(" "), expected, "{text} {held}");
    }
}

#[test]
fn shapes_overlap_if_a_text_can_have_both() {
    use DigestKind::{Sanctum, Sha256};
    for (a, b, expected) in [
        (":40:hex", ":40:base62", true),
        (":40:hex", ":41:base62", false),
        (":8-40:hex", ":40-50:base62", true),
        ("sk_:32:hex", "sk_live_:32:hex", false),
        ("sk_:32:base64url", "sk_live_:27:hex", true),
        ("sk_:32:base62", "pk_:32:base62", false),
        ("ab:4:hex", "abcd:2:hex", true),
        (":4:01", ":4:23", false),
    ] {
        let (a, b) = (import(a, Sha256), import(b, Sha256));
        assert_eq!(a.overlaps(&b), expected, "{a:?} {b:?}");
        assert_eq!(b.overlaps(&a), expected, "{a:?} {b:?}");
    }
    let sanctum = import(":40:base62", Sanctum);
    assert!(!sanctum.overlaps(&import(":40:base62", Sha256)));
    assert!(sanctum.overlaps(&import("12|:40:base62", Sha256)));
    assert!(sanctum.overlaps(&import(":43:abc|0123456789", Sha256)));
    assert!(sanctum.overlaps(&sanctum));
}

#[test]
fn a_shape_that_secrets_of_apikey_have_is_known() {
    use DigestKind::{Sanctum, Sha256};
    for (text, expected) in [
        ("apik_:58:base62", false),
        ("apik_:58:base64url", true),
        ("apik_abcdefgh_:49:base62", true),
        ("acme_abcdefgh_:49:base62", true),
        (":63:base64url", true),
        (":62-64:base64url", true),
        (":60:base64url", false),
        (":63:base62", false),
        ("A:62:base64url", false),
    ] {
        assert_eq!(import(text, Sha256).overlaps_native(), expected, "{text}");
    }
    assert!(!import(":63:base64url", Sanctum).overlaps_native());
}
