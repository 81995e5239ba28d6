//! The manual: one page per command, rendered from its definition.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use apikey::cli::GROUPS;
use apikey::cli::topics::{self, Topic};
use apikey::error::EXIT_CODES;

use super::{check, names_in, root};

/// Returns every command that has a page, and the name of the page.
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

/// Returns the examples of a command, one line each.
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

/// The start of every page: makes `Aq` a plain apostrophe.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

fn render(name: &str, command: &clap::Command) -> String {
    let man = Man::new(with_usage_of_help(command));
    let mut page = Vec::new();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    let mut rest = Roff::new();
    let is_main = name == "apikey";
    if is_main {
        list_commands(&mut rest, command);
    } else if command.has_subcommands() {
        man.render_subcommands_section(&mut page).unwrap();
    }
    let by_section = |section: &str| {
        let mut all = topics::all().into_iter();
        all.find(|topic| topic.section == section).unwrap()
    };
    if is_main {
        for section in ["PERMISSIONS", "FILTERS", "JSON"] {
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
    verbatim(&mut rest, &examples(command));
    if !is_main {
        rest.control("SH", ["SEE ALSO"]);
        let parent = name.rsplit_once('-').map(|(parent, _)| parent);
        // The name before the hyphen may be no command: apikey-set.
        let parent = parent
            .filter(|parent| *parent != "apikey" && pages().iter().any(|(name, _)| name == parent));
        let parent = parent.map(|parent| format!("{parent}(1), "));
        rest.text([roman(format!("{}apikey(1)", parent.unwrap_or_default()))]);
    }
    rest.to_writer(&mut page).unwrap();
    let page = format!(
        "{}{}",
        head(name, command),
        String::from_utf8(page).unwrap()
    );
    tidied(&page)
}

/// Returns `command` with the usage line of its help as synopsis. The synopsis of clap_mangen
/// names every option, and none of their values.
fn with_usage_of_help(command: &clap::Command) -> clap::Command {
    let mut command = command.clone();
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap().to_owned();
    command.override_usage(usage)
}

/// Returns title and name. The date is empty, since a page with a date would change every day.
/// clap_mangen leaves out an empty date, and version and heading then take its position.
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

/// Returns the page with one preamble, in ASCII, and with one space for a blank line.
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

/// Adds the commands in the groups of help.
fn list_commands(page: &mut Roff, root: &clap::Command) {
    page.control("SH", ["COMMANDS"]);
    for (heading, names) in GROUPS {
        page.control("SS", [heading]);
        for name in names.split(' ') {
            let about = root.find_subcommand(name).unwrap().get_about().unwrap();
            page.control("TP", []);
            page.text([roman(format!("apikey-{name}(1)"))]);
            page.text([roman(about.to_string())]);
        }
    }
}

/// Adds a topic as a section.
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
        define(page, terms.map(|term| (&term.name[..], &term.meaning[..])));
        if !part.examples.is_empty() {
            page.control("PP", []);
            verbatim(page, part.examples);
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

fn verbatim<T: AsRef<str>>(page: &mut Roff, lines: &[T]) {
    page.control("nf", []);
    for line in lines {
        page.text([roman(line.as_ref())]);
    }
    page.control("fi", []);
}

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "APIKEY_DB",
        "The database, unless --db names one: a file, postgres://HOST/NAME or service=NAME.",
    ),
    (
        "PGHOST, PGHOSTADDR, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE, PGSERVICE, \
         PGSERVICEFILE, PGSYSCONFDIR, PGAPPNAME, PGCONNECT_TIMEOUT, PGSSLMODE, PGSSLROOTCERT, \
         PGSSLCERT, PGSSLKEY, PGTARGETSESSIONATTRS",
        "As for psql, for what a database on a PostgreSQL server leaves out. They alone choose no \
         server.",
    ),
    (
        "APIKEY_NO_INPUT",
        "If set, and neither empty nor 0, never prompt, as with --no-input.",
    ),
    (
        "XDG_DATA_HOME, HOME",
        "The directory of the default database.",
    ),
    (
        "SUDO_USER, SUDO_UID",
        "The operator, if root or the owner of the database runs apikey through sudo. Otherwise they are ignored.",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE, TERM",
        "Whether to use colour, unless --color decides it.",
    ),
    ("TZ", "The time zone of absolute times in tables."),
    (
        "TERM, TERMINFO",
        "The abilities of the terminal: whether it can show prompts, and a secret on a screen that is cleared afterwards.",
    ),
    (
        "WAYLAND_DISPLAY, DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR",
        "The clipboard, for create --copy.",
    ),
    ("TMUX", "If set, create --copy=osc52 goes through tmux."),
    (
        "_APIKEY_COMPLETE",
        "The shell that asks for completions. The completion script sets it; it has no effect on other command lines.",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "~/.local/share/apikey/keys.db",
        "The default database: keys, groups, users, the log, and the hashes of secrets. If XDG_DATA_HOME is set, it is there in apikey/.",
    ),
    (
        "~/.local/share/apikey/keys.db.usage",
        "The usage file: when keys were last used and last refused.",
    ),
    (
        "~/.local/share/apikey/keys.db.shared-secret",
        "The shared secret, if one was created; only its owner can read it.",
    ),
];

#[test]
fn the_manual_is_current_and_every_page_has_all_sections() {
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
