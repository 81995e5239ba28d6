//! The secrets that `scan` finds, one per line.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;

use super::listing::{ListingResult, WriteItem, to_stdout};
use super::value::Object;
use super::{Output, clean, json};
use crate::error::Result;
use crate::model::{Leak, is_unprintable};

impl Output {
    /// Prints the secrets that `walk` visits: `PATH:LINE:COLUMN STATE NAME KEY`, with the path
    /// quoted if necessary, or as json.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_leaks(
        &self,
        walk: impl FnOnce(WriteItem<'_, Leak>) -> ListingResult,
    ) -> Result<()> {
        if self.wants_json() {
            let now = self.times.now();
            return self.list_json(walk, |line, leak| {
                json::append_json(line, &Object::new(leak, now));
            });
        }
        to_stdout(|out| {
            walk(&mut |leak| {
                let name = leak.name.as_deref().unwrap_or("-");
                let (path, state) = (quoted(&leak.path), leak.state.as_str());
                let (line, column) = (leak.line, leak.column);
                let text = format!("{path}:{line}:{column} {state} {name} {}", leak.short);
                Ok(writeln!(out, "{}", clean::line(&text))?)
            })
        })
    }
}

/// Returns `path`, quoted as git quotes a path if it has an unprintable character, a quote or a
/// backslash. So no path looks like another one, or like a line.
fn quoted(path: &str) -> Cow<'_, str> {
    let is_special = |c: char| matches!(c, '"' | '\\') || is_unprintable(c);
    if !path.contains(is_special) {
        return Cow::Borrowed(path);
    }
    let mut quoted = String::from('"');
    for c in path.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a string can't fail.
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_as_git_does() {
        for (path, printed) in [
            ("a b/\u{e9}", "a b/\u{e9}"),
            ("a\nb:1:1 live x", r#""a\nb:1:1 live x""#),
            (r#"a\nb"#, r#""a\\nb""#),
            ("\"a\"", r#""\"a\"""#),
            ("\t\r\u{1b}\u{202e}", r#""\t\r\033\342\200\256""#),
        ] {
            assert_eq!(quoted(path), printed);
        }
    }
}
