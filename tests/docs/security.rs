//! The commands that SECURITY.md names exist.

use std::os::unix::fs::PermissionsExt;

use super::markdown::page;
use super::root;
use super::sandbox::has;

/// Returns the commands in its blocks, without comments.
fn commands() -> Vec<String> {
    let text = page("SECURITY.md");
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines
        .map(|line| line.split('#').next().unwrap().trim().to_owned())
        .collect()
}

#[test]
fn every_named_test_exists() {
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
fn every_named_program_exists() {
    for command in commands() {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        if arguments[0] == "apikey" {
            let arguments = arguments
                .iter()
                .map(|argument| if *argument == "HEAD" { HEAD } else { argument });
            apikey::cli::command()
                .try_get_matches_from(arguments)
                .unwrap();
        } else if arguments[0].starts_with(".ci/")
            && has("the sources", root().join(".ci").exists())
        {
            let mode = root().join(arguments[0]).metadata().unwrap().permissions();
            assert!(mode.mode() & 0o111 != 0, "{command}");
        } else {
            assert!(command.contains("cargo test --test cli "), "{command}");
        }
    }
}

/// A head, as `log head` prints it.
const HEAD: &str = "1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn readme_and_contributing_link_it() {
    for name in ["README.md", "CONTRIBUTING.md"] {
        assert!(page(name).contains("(SECURITY.md)"), "{name}");
    }
}
