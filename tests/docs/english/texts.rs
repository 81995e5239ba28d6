//! Collects the texts that a person reads.

use apikey::cli::topics;

use super::super::manual::pages;
use super::super::root;
use super::source;

/// A text and the place to look for it.
pub struct Text {
    /// The path of its file, or the command that prints it.
    pub place: String,
    /// The line of its first character.
    pub line: usize,
    pub text: String,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A document, a comment or help.
    Prose,
    /// Rust without comments and strings.
    Names,
    /// A string, or a file in another language.
    Other,
}

/// Files, and directories with the endings of their files, except the sources in Rust.
const FILES: [(&str, &str, Kind); 16] = [
    ("README.md", "", Kind::Prose),
    ("CONTRIBUTING.md", "", Kind::Prose),
    ("SECURITY.md", "", Kind::Prose),
    ("CHANGELOG.md", "", Kind::Prose),
    ("docs", ".md", Kind::Prose),
    ("debian/changelog", "", Kind::Prose),
    ("man", ".1", Kind::Other),
    ("src", ".sql", Kind::Other),
    ("benches", ".py", Kind::Other),
    ("tests/year", ".py", Kind::Other),
    (".ci", "", Kind::Other),
    (".cargo", "", Kind::Other),
    ("Cargo.toml", "", Kind::Other),
    ("fuzz/Cargo.toml", "", Kind::Other),
    ("clippy.toml", "", Kind::Other),
    ("deny.toml", "", Kind::Other),
];

pub fn texts() -> Vec<Text> {
    let mut texts = help();
    for (path, ending, kind) in FILES {
        texts.extend(files(path, ending).into_iter().map(|path| Text {
            text: read(&path),
            place: path,
            line: 1,
            kind,
        }));
    }
    for path in ["src", "tests", "benches", "fuzz/targets"] {
        texts.extend(files(path, ".rs").iter().flat_map(|path| rust(path)));
    }
    texts
}

/// Returns the files at or below `path` whose names end in `ending`.
fn files(path: &str, ending: &str) -> Vec<String> {
    let full = root().join(path);
    if full.is_file() {
        return Vec::from_iter(path.ends_with(ending).then(|| path.to_owned()));
    }
    let entries = std::fs::read_dir(full).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found = names.flat_map(|name| files(&format!("{path}/{name}"), ending));
    found.collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Returns the help of every command and topic.
fn help() -> Vec<Text> {
    let mut texts = Vec::new();
    let mut add = |place: &str, text: String| {
        texts.push(Text {
            place: place.to_owned(),
            line: 1,
            text,
            kind: Kind::Prose,
        });
    };
    for (name, command) in pages() {
        let place = format!("{} --help", name.replace('-', " "));
        let about = [
            command.get_about(),
            command.get_long_about(),
            command.get_after_help(),
            command.get_after_long_help(),
        ];
        let options = command.get_arguments();
        let options = options.flat_map(|arg| [arg.get_help(), arg.get_long_help()]);
        for text in about.into_iter().chain(options).flatten() {
            add(&place, text.to_string());
        }
    }
    for topic in topics::all() {
        let place = format!("apikey help {}", topic.name);
        add(&place, topic.about.to_owned());
        for part in topic.parts {
            let meanings = part.terms.iter().map(|term| term.meaning.clone());
            let heading = part.heading.map(str::to_owned);
            for text in part.paragraphs().into_iter().chain(meanings).chain(heading) {
                add(&place, text);
            }
        }
    }
    texts
}

/// Returns the comments and names of a Rust file. Its strings count outside tests only: in
/// tests they are data.
fn rust(path: &str) -> Vec<Text> {
    let source = read(path);
    let has_messages =
        path.starts_with("src/") && !path.contains("tests") && !path.contains("fuzzing");
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = if has_messages {
        code.lines().count()
    } else {
        0
    };
    let pieces = source::pieces(&source).into_iter();
    let texts = pieces.map(|piece| Text {
        place: path.to_owned(),
        line: piece.line,
        text: piece.text,
        kind: match piece.kind {
            source::Kind::Comment => Kind::Prose,
            source::Kind::Code => Kind::Names,
            source::Kind::Literal => Kind::Other,
        },
    });
    let is_read = |text: &Text| text.kind != Kind::Other || text.line <= lines;
    texts.filter(is_read).collect()
}
