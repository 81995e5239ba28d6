//! The README, the guides, help, messages and the sources are in plain English: they have
//! no word that readers must decode, and no sentence begins as a riddle.

use std::path::Path;

use super::manual::pages;
use super::markdown::page;
use super::{names_in, root};

/// Words to avoid, each with plainer ones.
const AVOIDED: [(&str, &str); 26] = [
    ("anew", "again, new"),
    ("beside", "next to, in addition to"),
    ("besides", "in addition to"),
    ("everybody", "all users"),
    ("fault", "error"),
    ("faults", "errors"),
    ("faulty", "wrong"),
    ("folder", "directory"),
    ("folders", "directories"),
    ("hand over", "deliver"),
    ("handed over", "delivered"),
    ("hands over", "delivers"),
    ("instant", "time"),
    ("instants", "times"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("moment", "time"),
    ("nobody", "no user"),
    ("somebody", "a user"),
    ("tell", "say, report"),
    ("telling", "saying, reporting"),
    ("tells", "says, reports"),
    ("told", "said, reported"),
    ("whoever", "a user who, a caller that"),
    ("whomever", "a user whom"),
];

/// Words with which no sentence begins, except a question.
const RIDDLES: [&str; 8] = [
    "Of", "That", "Those", "What", "Where", "Who", "Whoever", "Whose",
];

/// Uses of these words as names: the file or directory, and the text around the word.
const ALLOWED: [(&str, &str); 8] = [
    // The type of the standard library.
    ("src/", "Instant"),
    // A user of the operating system.
    ("src/store/tests/postgres.rs", "\"nobody:\""),
    // The field in the json of `doctor`.
    ("src/cli/topics/json.rs", "\"mend\""),
    ("src/output/findings.rs", "\"mend\""),
    // The tests in which system calls fail.
    ("SECURITY.md", "--test cli faults"),
    ("CONTRIBUTING.md", "--test cli faults"),
    ("CONTRIBUTING.md", "tests/cli/faults"),
    ("docs/performance.md", "page faults"),
];

/// Returns `text` of the file `name` without the allowed uses.
fn without_allowed(name: &str, text: &str) -> String {
    let allowed = ALLOWED.iter().filter(|(file, _)| name.starts_with(file));
    allowed.fold(text.to_owned(), |text, (_, allowed)| {
        text.replace(allowed, "")
    })
}

/// Returns the pages of prose with their names.
fn prose() -> Vec<(String, String)> {
    let mut names = [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "debian/changelog",
    ]
    .map(str::to_owned)
    .to_vec();
    let guides = names_in("docs").into_iter();
    names.extend(
        guides
            .filter(|name| name.ends_with(".md"))
            .map(|name| format!("docs/{name}")),
    );
    let mut found: Vec<_> = names
        .into_iter()
        .map(|name| (name.clone(), page(&name)))
        .collect();
    for (name, command) in pages() {
        found.push((
            format!("{name} --help"),
            command.clone().render_long_help().to_string(),
        ));
    }
    for topic in apikey::cli::topics::all() {
        for part in topic.parts {
            let mut text = part.paragraphs();
            text.extend(part.terms.into_iter().map(|term| term.meaning));
            found.push((format!("help {}", topic.name), text.join("\n\n")));
        }
    }
    found
}

/// Adds the sources below `directory` with their names.
fn add_sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_sources(&path, found);
        } else {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((name.clone(), page(&name)));
        }
    }
}

/// Returns the words of `text` in lower case, each after a space.
fn words(text: &str) -> String {
    let is_in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    let mut words = String::new();
    for word in text
        .split(|c| !is_in_word(c))
        .filter(|word| !word.is_empty())
    {
        words += " ";
        words += &word.to_lowercase();
    }
    words + " "
}

/// Returns the words to avoid in `text` of the file `name`, with their lines.
fn words_to_avoid(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_in_block = false;
    for (number, line) in without_allowed(name, text).lines().enumerate() {
        is_in_block ^= line.starts_with("```");
        let words = words(line);
        // The sources have the messages that a block quotes.
        for (avoided, better) in AVOIDED.iter().filter(|_| !is_in_block) {
            if words.contains(&format!(" {avoided} ")) {
                found.push(format!("{name}:{}: {avoided} ({better})", number + 1));
            }
        }
    }
    found
}

#[test]
fn the_readme_the_guides_and_help_have_no_word_to_avoid() {
    let found = prose().into_iter();
    let found: Vec<String> = found
        .flat_map(|(name, text)| words_to_avoid(&name, &text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_sources_with_all_messages_have_no_word_to_avoid() {
    let mut sources = Vec::new();
    add_sources(&root().join("src"), &mut sources);
    let sources = sources.into_iter();
    let found: Vec<String> = sources
        .flat_map(|(name, text)| words_to_avoid(&name, &text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Returns the sentences of `text`, code blocks aside.
fn sentences(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2);
    let blocks = prose.flat_map(|prose| prose.split("\n\n"));
    let blocks = blocks.filter(|block| !block.trim_start().starts_with('#'));
    let items = blocks.flat_map(|block| block.split("\n- "));
    let mut found = Vec::new();
    for item in items {
        let item = item.trim_start_matches(['-', ' ', '*', '#', '\n']);
        let line = item.split_whitespace().collect::<Vec<&str>>().join(" ");
        found.extend(
            line.split_inclusive(['.', '!', '?'])
                .map(|text| text.trim().to_owned()),
        );
    }
    found
}

#[test]
fn no_sentence_begins_as_a_riddle() {
    let mut found = Vec::new();
    for (name, text) in prose() {
        for sentence in sentences(&text) {
            let first = sentence.split(' ').next().unwrap();
            if RIDDLES.contains(&first) && !sentence.ends_with('?') {
                found.push(format!("{name}: {sentence}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
