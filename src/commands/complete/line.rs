//! The words of a line to complete, as a shell would read them.

use std::path::PathBuf;

use crate::config;

/// Returns the path of the database that the words `before` name with --db, if they do; none
/// where they name two, which no command takes.
pub(super) fn database(before: &[String]) -> Option<Option<PathBuf>> {
    let mut named: Option<&str> = None;
    let mut words = before.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--db") {
            Some("") => words.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match (named, value) {
            (Some(first), Some(second)) if first != second => return None,
            (_, value) => named = value.or(named),
        }
    }
    Some(named.map(config::expanded))
}

/// Returns `word` without quotes and backslashes, as a shell would read it. Shells pass most
/// words as they stand on the line.
pub(super) fn unquoted(word: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None | Some('"'), '\\') => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_the_shell_would() {
        for (word, plain) in [
            ("", ""),
            ("deploy-bot", "deploy-bot"),
            (r"a\ b\\c", r"a b\c"),
            (r"'a \b'", r"a \b"),
            (r#"--db="a \"b'""#, r#"--db=a "b'"#),
            ("'deploy:*", "deploy:*"),
            (r"end\", "end"),
        ] {
            assert_eq!(unquoted(word), plain, "{word}");
        }
    }

    #[test]
    fn the_database_is_the_one_named_before() {
        for (line, named) in [
            ("apikey show", Some(None)),
            ("apikey --db a.db show", Some(Some("a.db"))),
            ("apikey show --db=a.db", Some(Some("a.db"))),
            ("apikey --db a.db show --db=a.db", Some(Some("a.db"))),
            ("apikey --db a.db show --db b.db", None),
            ("apikey show -- --db a.db", Some(None)),
            ("apikey show --db", Some(None)),
            ("apikey show --dbx=a.db", Some(None)),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let named = named.map(|path| path.map(PathBuf::from));
            assert_eq!(database(&words), named, "{line}");
        }
    }
}
