//! The manual: a page for every command, rendered from its definition.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use apikey::cli::topics::{self, Topic};
use apikey::error::EXIT_CODES;

use super::sandbox::has;
use super::waiting::{is_installed, run};
use super::{check, names_in, root};

/// Every command with a page, by the name of the page.
pub fn pages() -> Vec<(String, clap::Command)> {
    fn add(command: &clap::Command, name: &str, found: &mut Vec<(String, clap::Command)>) {
        found.push((name.to_owned(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            add(sub, &format!("{name}-{}", sub.get_name()), found);
        }
    }
    let mut command = apikey::cli::command();
    command.build();
    let mut found = Vec::new();
    add(&command, "apikey", &mut found);
    found
}

/// The examples of a command, a line each.
pub fn examples(command: &clap::Command) -> Vec<String> {
    let help = command
        .get_after_long_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let lines = help.strip_prefix("Examples:\n").unwrap_or_default().lines();
    lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim().to_owned())
        .collect()
}

/// What roff starts a page with: a plain apostrophe, where there is one.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

fn render(name: &str, command: &clap::Command) -> String {
    let man = Man::new(as_in_help(command));
    let mut page = Vec::new();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page).unwrap();
    }
    let mut rest = Roff::new();
    let is_main = name == "apikey";
    let by_section = |section: &str| {
        let mut all = topics::all().into_iter();
        all.find(|topic| topic.section == section).unwrap()
    };
    if is_main {
        for section in ["PERMISSIONS", "JSON"] {
            explain(&mut rest, &by_section(section));
        }
        rest.control("SH", ["ENVIRONMENT"]);
        define(&mut rest, ENVIRONMENT.iter().copied());
        rest.control("SH", ["FILES"]);
        define(&mut rest, FILES.iter().copied());
        explain(&mut rest, &by_section("EXIT STATUS"));
    } else {
        rest.control("SH", ["EXIT STATUS"]);
        let codes = EXIT_CODES.map(|(code, meaning)| (code.to_string(), meaning));
        define(
            &mut rest,
            codes.iter().map(|(code, meaning)| (&code[..], *meaning)),
        );
    }
    rest.control("SH", ["EXAMPLES"]);
    as_they_are(&mut rest, &examples(command));
    if !is_main {
        rest.control("SH", ["SEE ALSO"]);
        let above = name.rsplit_once('-').map(|(above, _)| above);
        // A page above that is one: apikey-set is none.
        let above = above
            .filter(|above| *above != "apikey" && pages().iter().any(|(name, _)| name == above));
        let also = above.map(|above| format!("{above}(1), "));
        rest.text([roman(format!("{}apikey(1)", also.unwrap_or_default()))]);
    }
    rest.to_writer(&mut page).unwrap();
    let page = format!(
        "{}{}",
        head(name, command),
        String::from_utf8(page).unwrap()
    );
    tidied(&page)
}

/// `command`, with the usage that help prints for its synopsis: clap_mangen's own
/// names the options without their values, every one of them.
fn as_in_help(command: &clap::Command) -> clap::Command {
    let mut command = command.clone();
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap().to_owned();
    command.override_usage(usage)
}

/// Title and name. No date: the page would be another every day. clap_mangen
/// leaves an empty one out, and what follows in its place.
fn head(name: &str, command: &clap::Command) -> String {
    let about = command.get_about().unwrap().to_string();
    let (first, rest) = about.split_at(1);
    let title = name.to_uppercase();
    let version = env!("CARGO_PKG_VERSION");
    let mut text = Roff::new();
    text.control("SH", ["NAME"]);
    text.text([roman(format!("{name} - {}{rest}", first.to_lowercase()))]);
    let section = text.render();
    format!("{PREAMBLE}.TH \"{title}\" 1 \"\" \"apikey {version}\" \"User Commands\"\n{section}")
}

/// The page with one preamble, in ASCII, and without a break before a space.
fn tidied(page: &str) -> String {
    let page = page.replace(PREAMBLE, "").replace(".br\n\n.br\n", ".sp\n");
    let mut tidy = PREAMBLE.to_owned();
    for c in page.chars() {
        if c.is_ascii() {
            tidy.push(c);
        } else {
            tidy.push_str(&format!("\\[u{:04X}]", u32::from(c)));
        }
    }
    tidy
}

/// A topic as a section.
fn explain(page: &mut Roff, topic: &Topic) {
    page.control("SH", [topic.section]);
    for part in &topic.parts {
        if let Some(heading) = part.heading {
            page.control("SS", [heading]);
        }
        for (at, paragraph) in part.paragraphs().into_iter().enumerate() {
            if at > 0 {
                page.control("PP", []);
            }
            page.text([roman(paragraph)]);
        }
        let terms = part.terms.iter();
        define(page, terms.map(|term| (&term.word[..], &term.meaning[..])));
        if !part.examples.is_empty() {
            page.control("PP", []);
            as_they_are(page, part.examples);
        }
    }
}

fn define<'a>(page: &mut Roff, terms: impl Iterator<Item = (&'a str, &'a str)>) {
    for (term, meaning) in terms {
        page.control("TP", []);
        page.text([bold(term)]);
        for (at, line) in meaning.lines().enumerate() {
            if at > 0 {
                page.control("br", []);
            }
            page.text([roman(line)]);
        }
    }
}

fn as_they_are<T: AsRef<str>>(page: &mut Roff, lines: &[T]) {
    page.control("nf", []);
    for line in lines {
        page.text([roman(line.as_ref())]);
    }
    page.control("fi", []);
}

const ENVIRONMENT: &[(&str, &str)] = &[
    ("APIKEY_DB", "The database, where --db does not name one."),
    ("XDG_DATA_HOME, HOME", "Where the default database is."),
    (
        "SUDO_USER, SUDO_UID",
        "The operator, where root or the owner of the database runs apikey through sudo. They count for nobody else.",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE, TERM",
        "Whether to use colour, where --color does not say so.",
    ),
    ("TZ", "The time zone of instants in tables."),
    (
        "TERM, TERMINFO",
        "What the terminal can do: whether questions are asked at it, and a secret shown on a screen that goes.",
    ),
    (
        "WAYLAND_DISPLAY, DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR",
        "Where the clipboard is, for create --copy.",
    ),
    ("TMUX", "That create --copy=osc52 goes through tmux."),
    (
        "_APIKEY_COMPLETE",
        "The shell that asks what could be typed next. Its completion script sets it; for any other command line it changes nothing.",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "~/.local/share/apikey/keys.db",
        "The default database: keys, groups, users and the log; of a secret only its hash. In XDG_DATA_HOME, where that is set.",
    ),
    (
        "~/.local/share/apikey/keys.db.usage",
        "When keys were last used and last refused.",
    ),
    (
        "~/.local/share/apikey/keys.db.shared-secret",
        "The shared secret, where one was made; for its owner alone.",
    ),
];

#[test]
fn the_manual_is_current_and_every_page_is_whole() {
    let mut files = Vec::new();
    for (name, command) in pages() {
        let page = render(&name, &command);
        let file = format!("{name}.1");
        check(&root().join("man").join(&file), page.as_bytes());
        let has = |section: &str| {
            page.contains(&format!(".SH {section}\n"))
                || page.contains(&format!(".SH \"{section}\"\n"))
        };
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "EXAMPLES",
        ] {
            assert!(has(section), "{file} has no section {section}");
        }
        for topic in topics::all().iter().filter(|_| name == "apikey") {
            assert!(
                has(topic.section),
                "{file} has no section {}",
                topic.section
            );
        }
        assert!(!examples(&command).is_empty(), "{file} has no example");
        files.push(file);
    }
    files.sort();
    assert_eq!(names_in("man"), files);
}

/// What `program` says of the page `name` on stdout and stderr, if it is there.
fn said_by(program: &str, args: &[&str], name: &str) -> Option<String> {
    let mut command = std::process::Command::new(program);
    command
        .args(args)
        .arg(root().join("man").join(format!("{name}.1")));
    let output = is_installed(program).then(|| run(&mut command))?;
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(said).unwrap())
}

#[test]
fn the_manual_is_good_roff() {
    for (name, _) in pages() {
        let said = said_by("groff", &["-man", "-ww", "-z", "-Tutf8"], &name);
        if !has("groff", said.is_some()) {
            return;
        }
        assert_eq!(said.unwrap(), "", "{name}");
    }
}

#[test]
fn mandoc_finds_nothing_wrong_with_the_manual_but_the_missing_date() {
    for (name, _) in pages() {
        let said = said_by("mandoc", &["-T", "lint", "-W", "warning"], &name);
        if !has("mandoc", said.is_some()) {
            return;
        }
        let said = said.unwrap();
        let wrong = said.lines().filter(|line| !line.contains("missing date"));
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

#[test]
fn whatis_finds_the_line_on_what_every_page_is_for() {
    for (name, command) in pages() {
        let said = said_by("lexgrog", &[], &name);
        if !has("lexgrog", said.is_some()) {
            return;
        }
        let about = command.get_about().unwrap().to_string();
        let (first, rest) = about.split_at(1);
        let line = format!("\"{name} - {}{rest}\"\n", first.to_lowercase());
        let said = said.unwrap();
        assert!(said.ends_with(&line), "{said}: not {line}");
    }
}
