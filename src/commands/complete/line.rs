//! The words of a line to complete, read as a shell reads them.

use std::path::PathBuf;

use crate::config;

/// Returns the value of --db in the arguments `before` the cursor; `Some(None)` without the
/// option. Returns `None` for two different values, which every command refuses.
pub(super) fn database_path(before: &[String]) -> Option<Option<PathBuf>> {
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

/// Returns `word` with its quotes and escapes removed, because most shells pass the words with
/// them to the program that completes. Unlike in a shell, a backslash in double quotes escapes
/// every character.
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
    fn the_database_is_taken_from_db_options_before_the_cursor() {
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
            assert_eq!(database_path(&arguments), expected, "{line}");
        }
    }
}
