//! Text that can't control a terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::model::{is_plain, is_unprintable};

/// Returns `text` on one line, with U+FFFD for every character that could change how the text
/// or its surroundings are shown.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if !is_plain(text) && text.contains(is_unprintable) {
        Cow::Owned(text.replace(is_unprintable, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns [`line`] of `text` and its width in columns of a terminal.
pub(super) fn measured(text: &str) -> (Cow<'_, str>, usize) {
    // The fast path for nearly every text of a table: each byte is one column.
    if is_plain(text) {
        return (Cow::Borrowed(text), text.len());
    }
    // A short form is plain except for its ellipsis.
    if let Some((before, after)) = text.split_once('…')
        && is_plain(before)
        && is_plain(after)
    {
        return (Cow::Borrowed(text), before.len() + 1 + after.len());
    }
    // Other characters may be wide, or combine.
    let line = line(text);
    let width = line.width();
    (line, width)
}

/// Returns `text` as a csv cell, quoted if necessary: it can't control a terminal, a
/// spreadsheet doesn't read it as a formula, and a program that splits at semicolons doesn't
/// split it.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let line = line(text);
    let cell = match without_formula(&line) {
        Cow::Borrowed(_) => line,
        Cow::Owned(cell) => Cow::Owned(cell),
    };
    if cell.bytes().any(|byte| matches!(byte, b',' | b';' | b'"')) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        cell
    }
}

/// Returns `text` with a `'` before it if a spreadsheet could read it as a formula (OWASP, CSV
/// injection).
fn without_formula(text: &str) -> Cow<'_, str> {
    const FORMULA: [char; 11] = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    if text.starts_with(FORMULA) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_controls_a_terminal() {
        assert_eq!(
            line("\u{1b}[2Ja\nb\u{202e}c"),
            "\u{fffd}[2Ja\u{fffd}b\u{fffd}c"
        );
        assert_eq!(line("plain 部署"), "plain 部署");
    }

    #[test]
    fn the_width_of_a_line_is_that_of_its_characters_together() {
        for (text, columns) in [
            ("", 0),
            ("plain", 5),
            ("apik_7Kd93mZQ…9fQ2", 18),
            ("部署", 4),
            ("e\u{301}", 1),
            ("a\tb", 3),
            ("\u{7f}", 1),
        ] {
            let (shown, width) = measured(text);
            assert_eq!((shown, width), (line(text), columns), "{text:?}");
            assert_eq!(width, line(text).width());
        }
    }

    #[test]
    fn a_csv_cell_is_neither_a_formula_nor_controls_a_terminal() {
        assert_eq!(
            cell("=\u{1b}[2J\u{9b}\u{202e}"),
            "'=\u{fffd}[2J\u{fffd}\u{fffd}"
        );
        assert_eq!(cell("\u{200b}=1"), "\u{fffd}=1");
        assert_eq!(cell("plain 部署"), "plain 部署");
    }

    #[test]
    fn no_csv_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\u{ff1d}1"] {
            assert_eq!(without_formula(text), format!("'{text}"));
        }
        assert_eq!(without_formula("a=1"), "a=1");
    }

    #[test]
    fn a_csv_cell_that_could_be_split_is_quoted() {
        for (text, as_csv) in [
            ("", ""),
            ("plain 部署", "plain 部署"),
            ("a 'b'", "a 'b'"),
            ("x;=1+1", "\"x;=1+1\""),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=1;2", "\"'=1;2\""),
            ("-1", "'-1"),
            ("a\tb\r\n=1", "a\u{fffd}b\u{fffd}\u{fffd}=1"),
            ("\t=1", "\u{fffd}=1"),
        ] {
            assert_eq!(cell(text), as_csv, "{text:?}");
        }
    }
}
