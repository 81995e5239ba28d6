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
    let mut found = 0;
    for (target, file) in [("cli", "main.rs"), ("postgres", "postgres.rs")] {
        let file = std::fs::read_to_string(root().join("tests/cli").join(file)).unwrap();
        let modules: Vec<&str> = file
            .lines()
            .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
            .collect();
        for command in commands() {
            let begin = format!("cargo test --test {target} ");
            let Some((_, rest)) = command.split_once(&begin) else {
                continue;
            };
            let module = rest.split(' ').next().unwrap();
            assert!(modules.contains(&module), "`{command}` would test nothing");
            found += 1;
        }
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
            let targets = ["cargo test --test cli ", "cargo test --test postgres "];
            let is_test = targets.iter().any(|begin| command.contains(begin));
            assert!(is_test, "{command}");
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
