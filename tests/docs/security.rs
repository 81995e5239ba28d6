//! SECURITY.md: what it says to run is there.

use std::os::unix::fs::PermissionsExt;

use super::sandbox::has;
use super::{readme, root};

/// The commands of its blocks, without comments.
fn commands() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines
        .map(|line| line.split('#').next().unwrap().trim().to_owned())
        .collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let main = std::fs::read_to_string(root().join("tests/cli/main.rs")).unwrap();
    let modules: Vec<&str> = main
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let mut found = 0;
    for command in commands() {
        let Some((_, rest)) = command.split_once("cargo test --test cli ") else {
            continue;
        };
        let module = rest.split(' ').next().unwrap();
        assert!(modules.contains(&module), "`{command}` would test nothing");
        found += 1;
    }
    assert!(found > 10);
}

#[test]
fn every_program_that_is_named_is_there() {
    for command in commands() {
        let words: Vec<&str> = command.split_whitespace().collect();
        if words[0] == "apikey" {
            let words = words
                .iter()
                .map(|word| if *word == "HEAD" { HEAD } else { word });
            apikey::cli::command().try_get_matches_from(words).unwrap();
        } else if words[0].starts_with(".ci/") && has("the sources", root().join(".ci").exists()) {
            let mode = root().join(words[0]).metadata().unwrap().permissions();
            assert!(mode.mode() & 0o111 != 0, "{command}");
        } else {
            assert!(command.contains("cargo test --test cli "), "{command}");
        }
    }
}

/// As `log head` prints one.
const HEAD: &str = "1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn it_is_found_from_where_people_begin() {
    let contributing = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    for text in [readme(), contributing] {
        assert!(text.contains("(SECURITY.md)"));
    }
}
