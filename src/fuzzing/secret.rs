//! Fuzzes secrets: parsing, finding, redacting, and reading as `verify` reads them.

use crate::model::ShortForm;
use crate::secret::{BadInput, Presented, Secret, holds_secret, read_presented, redact};

/// Characters of a secret's id.
const ID_LEN: usize = 8;
/// Characters of its random part.
const RANDOM_LEN: usize = 43;
/// Digits of the checksum.
const DIGITS: usize = 6;
/// Characters after the prefix: `_`, the id, `_`, the random part and the checksum.
const TAIL_LEN: usize = 1 + ID_LEN + 1 + RANDOM_LEN + DIGITS;

/// Reads `bytes` as a secret, as a message that may contain secrets, and as the input of
/// `verify`. Then corrects the checksum of every part that has the shape of a secret, since no
/// fuzzer finds a right checksum, and reads the result in the same ways.
pub fn secret(bytes: &[u8]) {
    check(bytes);
    let corrected = with_right_checksums(bytes);
    if corrected != bytes {
        assert!(holds_secret(&corrected));
        check(&corrected);
    }
}

fn check(bytes: &[u8]) {
    let count = count(bytes);
    assert_eq!(holds_secret(bytes), count > 0);
    if let Ok(text) = str::from_utf8(bytes) {
        assert_eq!(Secret::parse(text).is_some(), is_secret(bytes));
        check_redacted(text);
    }
    check_presented(bytes, count);
}

fn check_redacted(text: &str) {
    let clean = redact(text);
    assert!(!holds_secret(clean.as_bytes()), "{clean:?}");
    assert_eq!(redact(&clean), clean, "redacted twice");
    if !text.contains('_') {
        assert_eq!(clean, text);
    }
}

fn check_presented(bytes: &[u8], count: usize) {
    let read = read_presented(bytes).unwrap();
    assert_eq!(*read, bytes[..bytes.len().min(Presented::MAX_BYTES + 1)]);
    let presented = Presented::parse(&read);
    if bytes.len() > Presented::MAX_BYTES {
        assert_eq!(presented.unwrap_err(), BadInput::TooLong);
        return;
    }
    let Ok(text) = str::from_utf8(bytes).map(without_mark) else {
        let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        match presented {
            Ok(Presented::Malformed) => assert!(!is_utf16),
            Err(mistake) => assert!(is_utf16 && mistake == BadInput::Utf16),
            Ok(Presented::WellFormed(_) | Presented::Foreign(_)) => {
                panic!("a secret that is no UTF-8")
            }
        }
        return;
    };
    // A text that may be an imported secret shows its mistake only if it isn't one.
    let presented = match presented {
        Ok(Presented::Foreign(foreign)) => {
            let is_word = text.bytes().all(|c| c.is_ascii_graphic());
            let is_line = |c: u8| c.is_ascii_graphic() || c.is_ascii_whitespace();
            // Only the database knows whether a text with white space is several secrets.
            assert!(is_word || foreign.mistake().is_none() && text.bytes().all(is_line));
            assert!(!has_shape(text.as_bytes()));
            foreign.mistake().map_or(Ok(Presented::Malformed), Err)
        }
        presented => presented,
    };
    match presented {
        Ok(Presented::WellFormed(secret)) => {
            assert_eq!(secret.expose(), text);
            check_parts(&secret);
        }
        Ok(Presented::Malformed) => assert!(count < 2 && !text.is_empty()),
        Ok(Presented::Foreign(_)) => {}
        Err(BadInput::TooLong) => panic!("too long, with {} bytes", bytes.len()),
        Err(BadInput::Empty) => assert_eq!(text, ""),
        Err(BadInput::Several) => assert!(count > 1),
        Err(BadInput::Assignment) => assert!(count < 2 && text.contains('=')),
        Err(BadInput::Utf16) => assert!(count == 0 && bytes.contains(&0)),
        Err(BadInput::Quoted | BadInput::Bearer) => assert!(count < 2 && text.len() > 1),
        Err(BadInput::ShortForm) => {
            let is_short = text.parse::<ShortForm>().is_ok();
            assert!(count == 0 && (is_short || ShortForm::parse_imported(text).is_some()));
        }
    }
    assert_eq!(is_secret(text.as_bytes()), Secret::parse(text).is_some());
}

/// Returns `text` without the white space around it and without a byte order mark.
fn without_mark(text: &str) -> &str {
    match text.trim().strip_prefix('\u{feff}') {
        Some(rest) => rest.trim(),
        None => text.trim(),
    }
}

fn check_parts(secret: &Secret) {
    let (text, short) = (secret.expose(), secret.short_form());
    let (prefix, rest) = text.split_once('_').unwrap();
    assert_eq!(short.prefix.as_str(), prefix);
    assert_eq!(short.id.as_str(), &rest[..ID_LEN]);
    assert!(text.ends_with(&short.last_four));
    assert!(!format!("{secret:?}").contains(rest));
    let shown = short.to_string();
    assert_eq!(shown.parse(), Ok(short.clone()));
    assert!(!holds_secret(shown.as_bytes()) && shown.len() < text.len());
    let presented = Presented::parse(shown.as_bytes());
    assert_eq!(presented.unwrap_err(), BadInput::ShortForm);
}

/// Counts the positions in `bytes` where a secret ends.
fn count(bytes: &[u8]) -> usize {
    let ends = TAIL_LEN..=bytes.len();
    ends.filter(|&end| secret_before(bytes, end, is_secret).is_some())
        .count()
}

/// Returns the start of the longest part of `bytes` that ends at `end` and that
/// `is_wanted` accepts.
fn secret_before(bytes: &[u8], end: usize, is_wanted: fn(&[u8]) -> bool) -> Option<usize> {
    let start = |len: usize| end.checked_sub(TAIL_LEN + len);
    let starts = (2..=10).rev().filter_map(start);
    starts
        .into_iter()
        .find(|&start| is_wanted(&bytes[start..end]))
}

fn is_secret(bytes: &[u8]) -> bool {
    has_shape(bytes) && bytes.ends_with(&checksum(&bytes[..bytes.len() - DIGITS]))
}

fn has_shape(bytes: &[u8]) -> bool {
    let parts: Vec<&[u8]> = bytes.split(|c| *c == b'_').collect();
    let [prefix, id, rest] = parts[..] else {
        return false;
    };
    let lower = |c: &u8| matches!(c, b'a'..=b'z' | b'0'..=b'9');
    let base62 = |part: &[u8], len: usize| {
        let digit = |c: &u8| matches!(c, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z');
        part.len() == len && part.iter().all(digit)
    };
    (2..=10).contains(&prefix.len())
        && prefix[0].is_ascii_lowercase()
        && prefix.iter().all(lower)
        && base62(id, ID_LEN)
        && base62(rest, RANDOM_LEN + DIGITS)
}

/// Computes the CRC-32 of IEEE 802.3, bit by bit, in base62.
fn checksum(bytes: &[u8]) -> [u8; DIGITS] {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    let base62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::array::from_fn(|index| {
        let power = 62_u64.pow(u32::try_from(DIGITS - 1 - index).unwrap());
        let digit = u64::from(!crc) / power % 62;
        base62[usize::try_from(digit).unwrap()]
    })
}

fn with_right_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut corrected = bytes.to_vec();
    for end in TAIL_LEN..=corrected.len() {
        if let Some(start) = secret_before(&corrected, end, has_shape) {
            let digits = checksum(&corrected[start..end - DIGITS]);
            corrected[end - DIGITS..end].copy_from_slice(&digits);
        }
    }
    corrected
}
