//! Checks that the texts of the project are plain English: no word that has a clearer one,
//! no sentence that opens with a riddle, no name that says nothing.

#[path = "english/prose.rs"]
mod prose;
#[path = "english/source.rs"]
mod source;
#[path = "english/texts.rs"]
mod texts;

use std::collections::BTreeSet;

use prose::{Phrase, riddles, words};
use texts::{Kind, texts};

/// Words that no text has, in all their forms, and the ones to use. In a name, `_` or
/// a capital letter parts the words of a phrase.
const BANNED: [(&[&str], &str); 10] = [
    (&["fault", "faults", "faulty"], "error"),
    (&["mend", "mends", "mended", "mending"], "fix, repair"),
    (&["tell", "tells", "telling", "told"], "print, report, say"),
    (
        &[
            "whoever",
            "whomever",
            "somebody",
            "nobody",
            "everybody",
            "everybodys",
        ],
        "caller, owner, user",
    ),
    (&["folder", "folders"], "directory"),
    (&["beside", "besides"], "next to, in addition to"),
    (&["anew"], "again, new"),
    (&["instant", "instants", "moment", "moments"], "time"),
    (&["go on", "goes on", "going on", "went on"], "continue"),
    (
        &["hand over", "hands over", "handed over", "handing over"],
        "deliver",
    ),
];

/// Openings of sentences that are no questions.
const RIDDLES: [&str; 9] = [
    "Of", "That", "Those", "What", "Where", "Who", "Whoever", "Whom", "Whose",
];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] = [
    "one",
    "some",
    "few",
    "whole",
    "gone",
    "lost",
    "again",
    "led_astray",
];

/// Banned phrases that stay: the beginnings of their paths, the phrases, the reason.
const ALLOWED: [(&[&str], &[&str], &str); 7] = [
    (
        &[""],
        &["not-handed-over"],
        "an error code, which scripts know",
    ),
    (
        &[
            "src/model/log_action.rs",
            "src/store/",
            "tests/cli/main.rs",
            "tests/cli/postgres.rs",
        ],
        &["hand-over"],
        "an action of the log, which scripts know",
    ),
    (
        &["src/cli/topics/json.rs", "src/output/findings.rs"],
        &["mend"],
        "a field of `doctor --json`, which scripts know",
    ),
    (
        &["src/", "tests/", "benches/"],
        &["instant"],
        "a type of the standard library",
    ),
    (
        &["tests/cli/bad_inputs.rs", "tests/cli/shown_once.rs"],
        &["nobody"],
        "the name of a user",
    ),
    (
        &[
            "tests/cli/faults/",
            "tests/cli/server_faults/",
            "tests/cli/main.rs",
            "tests/cli/postgres.rs",
            "CONTRIBUTING.md",
            "SECURITY.md",
        ],
        &["fault", "faults"],
        "the term of fault injection",
    ),
    (
        &[
            "docs/performance.md",
            "tests/cli/verify_batch_costs.rs",
            ".cargo/config.toml",
        ],
        &["page faults", "minor faults"],
        "terms of the kernel",
    ),
];

#[test]
fn no_text_has_a_banned_word() {
    let mut banned = Vec::new();
    for (phrases, better) in BANNED {
        banned.extend(phrases.iter().map(|phrase| (Phrase::new(phrase), better)));
    }
    let mut allowed = Vec::new();
    for (paths, phrases, reason) in ALLOWED {
        for path in paths {
            allowed.extend(
                phrases
                    .iter()
                    .map(|phrase| (Phrase::new(phrase), *path, reason)),
            );
        }
    }
    let (mut found, mut needed) = (Vec::new(), BTreeSet::new());
    for text in texts() {
        let here = |path: &str| text.place.starts_with(path);
        let words = words(&text.text, text.line);
        let mut rest = &words[..];
        while let Some((line, word)) = rest.first() {
            let mut allowed = allowed.iter().filter(|(_, path, _)| here(path));
            let mut banned = banned.iter();
            let mut length = 1;
            if let Some((phrase, path, reason)) = allowed.find(|(phrase, ..)| phrase.opens(rest)) {
                needed.insert((*path, *reason));
                length = phrase.len();
            } else if let Some((_, better)) = banned.find(|(phrase, _)| phrase.opens(rest)) {
                found.push(format!("{}:{line}: {word}; use: {better}", text.place));
            }
            rest = &rest[length..];
        }
    }
    assert_none(&found);
    for (_, path, reason) in &allowed {
        assert!(
            needed.contains(&(*path, *reason)),
            "{path:?} no longer needs: {reason}"
        );
    }
}

#[test]
fn no_sentence_opens_with_a_riddle() {
    let mut found = Vec::new();
    for text in texts().iter().filter(|text| text.kind == Kind::Prose) {
        for line in riddles(&text.text, &RIDDLES, text.line) {
            let sentence = text.text.lines().nth(line - text.line).unwrap();
            found.push(format!("{}:{line}: {}", text.place, sentence.trim()));
        }
    }
    assert_none(&found);
}

#[test]
fn every_name_says_something() {
    let mut found = Vec::new();
    for text in texts().iter().filter(|text| text.kind == Kind::Names) {
        for (line, code) in (text.line..).zip(text.text.lines()) {
            let names = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            let empty = names.filter(|name| EMPTY_NAMES.contains(name));
            found.extend(empty.map(|name| format!("{}:{line}: {name}", text.place)));
        }
    }
    assert_none(&found);
}

#[track_caller]
fn assert_none(found: &[String]) {
    let count = found.len();
    assert!(found.is_empty(), "{count} to reword:\n{}", found.join("\n"));
}
