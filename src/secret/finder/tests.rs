use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

const SECRET: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";
const OTHER: &str = "apik_ERV3kQN2_dtXXKrUTUOHPeN0lakT2XJgy6DbAmq49toLIkLR812n1272AB";

/// Returns at most so many bytes per read, and an interruption before each.
struct Slow<'a>(&'a [u8], usize, bool);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.2 = !self.2;
        if self.2 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = self.1.min(self.0.len()).min(buffer.len());
        let (first, rest) = self.0.split_at(count);
        buffer[..count].copy_from_slice(first);
        self.0 = rest;
        Ok(count)
    }
}

/// Returns line, column and text of the secrets in `bytes`, read so many at a time into a buffer
/// of that size.
fn found(bytes: &[u8], read_size: usize, buffer_size: usize) -> Vec<(u64, u64, String)> {
    let mut finder = Finder::with_buffer(buffer_size);
    let mut found = Vec::new();
    let mut source = Slow(bytes, read_size, false);
    while finder.read(&mut source, &mut found).unwrap() {}
    let found = found.iter();
    found
        .map(|found| (found.line, found.column, found.secret.expose().to_owned()))
        .collect()
}

/// Returns what [`found`] must return, computed plainly from the whole text.
fn expected(bytes: &[u8]) -> Vec<(u64, u64, String)> {
    let mut all = Vec::new();
    for start in 0..bytes.len() {
        for len in 2..=Prefix::MAX_LEN {
            let text = bytes.get(start..start + len + TAIL_LEN);
            let text = text.and_then(|text| std::str::from_utf8(text).ok());
            if let Some(secret) = text.and_then(Secret::parse) {
                let before = &bytes[..start];
                let line = before.split(|byte| *byte == b'\n');
                let column = line.clone().next_back().unwrap().len() + 1;
                let place = (line.count() as u64, column as u64);
                all.push((place.0, place.1, secret.expose().to_owned()));
            }
        }
    }
    all
}

#[test]
fn a_secret_is_found_between_any_neighbours() {
    for (before, after) in [
        ("", ""),
        ("_", "_"),
        ("X", "X"),
        ("key=", "&next=1"),
        ("%3D", "%26x"),
        ("%2f", "%2F"),
        (r"\n", r"\n"),
        (r"\u0022", r"\u0022"),
        ("apik_", "_apik"),
        ("apik_SbXOIkDj_", "_apik_SbXOIkDj_8Q6x"),
        ("0123456789abcdef", "0123456789abcdef"),
        ("\u{feff}", "\u{e9}"),
        ("\0", "\0"),
        ("________", "________"),
        ("API_KEY_", "_KEY"),
    ] {
        let text = format!("{before}{SECRET}{after}");
        let column = before.len() as u64 + 1;
        assert_eq!(
            found(text.as_bytes(), 4096, BUFFER_SIZE),
            [(1, column, SECRET.to_owned())],
            "{text}"
        );
    }
}

#[test]
fn a_secret_is_found_between_bytes_that_are_no_text() {
    let mut bytes = vec![0xff, 0xfe, 0, b'\n', 0x80];
    bytes.extend_from_slice(SECRET.as_bytes());
    bytes.extend([0xc3, 0x28, b'_', 0xff]);
    assert_eq!(found(&bytes, 7, BUFFER_SIZE), [(2, 2, SECRET.to_owned())]);
}

#[test]
fn a_secret_is_found_at_every_position_of_the_buffer() {
    const SIZE: usize = 256;
    for before in 0..3 * SIZE {
        let mut text = vec![b'x'; before];
        text.extend_from_slice(format!("\n{SECRET}{OTHER}\n_").as_bytes());
        let places = [(2, 1, SECRET.to_owned()), (2, 64, OTHER.to_owned())];
        for read_size in [1, 13, SIZE] {
            assert_eq!(
                found(&text, read_size, SIZE),
                places,
                "{before} {read_size}"
            );
        }
    }
}

#[test]
fn a_text_that_only_resembles_a_secret_is_not_found() {
    for text in [
        SECRET[1..].to_owned(),
        SECRET[..62].to_owned(),
        SECRET.replace("8Q6", "8Q7"),
        SECRET.to_uppercase(),
        format!("{}\n{}", &SECRET[..30], &SECRET[30..]),
        "apik_SbXOIkDj…IvGX".to_owned(),
        "_".repeat(1000),
        format!("a_{}_", "b".repeat(8)).repeat(100),
        format!("ab_{}_{}", "b".repeat(8), "c".repeat(49)).repeat(100),
        "abcdefgh_ijklmnop_".repeat(100),
    ] {
        assert_eq!(found(text.as_bytes(), 64, 256), [], "{text}");
    }
}

#[test]
fn a_new_stream_begins_without_the_end_of_the_one_before() {
    let mut finder = Finder::new();
    let mut all = Vec::new();
    for part in [&SECRET[..40], &SECRET[40..], "\nx\n", SECRET] {
        finder.begin();
        let mut source = part.as_bytes();
        while finder.read(&mut source, &mut all).unwrap() {}
    }
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].line, all[0].column), (1, 1));
}

fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(SECRET.as_bytes().to_vec()),
        Just(OTHER.as_bytes().to_vec()),
        Just(SECRET.as_bytes()[..50].to_vec()),
        Just(b"\n".to_vec()),
        Just(b"_".to_vec()),
        Just(b"apik_".to_vec()),
        prop::collection::vec(any::<u8>(), 0..90),
        "[a-z_]{0,90}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn secrets_and_their_places_don_t_depend_on_the_reads(
        parts in prop::collection::vec(part(), 0..20),
        read_size in 1_usize..300,
        buffer_size in 200_usize..700,
    ) {
        let bytes = parts.concat();
        prop_assert_eq!(found(&bytes, read_size, buffer_size), expected(&bytes));
    }
}
