//! The words of a line to complete, read as a shell reads them.

use std::path::PathBuf;

use crate::config;

/// Returns the path of --db among the arguments `before` the cursor, if it is given. The result
/// is None if two different paths are given, which no command accepts.
pub(super) fn database(before: &[String]) -> Option<Option<PathBuf>> {
    let mut given: Option<&str> = None;
    let mut arguments = before.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--db") {
            Some("") => arguments.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match (given, value) {
            (Some(first), Some(second)) if first != second => return None,
            (_, value) => given = value.or(given),
        }
    }
    Some(given.map(config::expand_home))
}

/// Returns `word` without quotes and backslashes, as a shell would read it. Most shells pass
/// the words of the line with their quotes.
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
    fn a_word_is_read_as_a_shell_reads_it() {
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
    fn the_database_is_that_of_the_option_before_the_cursor() {
        for (line, expected) in [
            ("apikey show", Some(None)),
            ("apikey --db a.db show", Some(Some("a.db"))),
            ("apikey show --db=a.db", Some(Some("a.db"))),
            ("apikey --db a.db show --db=a.db", Some(Some("a.db"))),
            ("apikey --db a.db show --db b.db", None),
            ("apikey show -- --db a.db", Some(None)),
            ("apikey show --db", Some(None)),
            ("apikey show --dbx=a.db", Some(None)),
        ] {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let expected = expected.map(|path| path.map(PathBuf::from));
            assert_eq!(database(&arguments), expected, "{line}");
        }
    }
}
