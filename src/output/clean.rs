//! Text that can't steer a terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::model::is_unprintable;

/// Returns `text` on one line, with U+FFFD for every character that could change how it or
/// the text after it is shown.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if text.contains(is_unprintable) {
        Cow::Owned(text.replace(is_unprintable, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns [`line`] of `text`, and how many columns of a terminal it takes.
pub(super) fn measured(text: &str) -> (Cow<'_, str>, usize) {
    // Nearly every text of a table, and quickly recognized: each byte is one column.
    let is_plain = |text: &str| {
        text.bytes()
            .fold(true, |all, c| all & matches!(c, b' '..=b'~'))
    };
    if is_plain(text) {
        return (Cow::Borrowed(text), text.len());
    }
    // A short form is plain except for the mark in its middle.
    if let Some((before, after)) = text.split_once('…')
        && is_plain(before)
        && is_plain(after)
    {
        return (Cow::Borrowed(text), before.len() + 1 + after.len());
    }
    // Characters may be wide, or combine.
    let line = line(text);
    let width = line.width();
    (line, width)
}

/// Returns `text` as a cell of csv, quoted where it must be: it can't steer a terminal, no
/// spreadsheet takes it for a formula, and no program that splits at semicolons takes it for
/// two cells.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let line = line(text);
    let cell = match spreadsheet(&line) {
        Cow::Borrowed(_) => line,
        Cow::Owned(cell) => Cow::Owned(cell),
    };
    if cell.contains([',', ';', '"']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        cell
    }
}

/// Returns `text` with a `'` before it if a spreadsheet could take it for a formula (OWASP,
/// CSV injection).
fn spreadsheet(text: &str) -> Cow<'_, str> {
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
    fn nothing_steers_a_terminal() {
        assert_eq!(
            line("\u{1b}[2Ja\nb\u{202e}c"),
            "\u{fffd}[2Ja\u{fffd}b\u{fffd}c"
        );
        assert_eq!(line("plain 部署"), "plain 部署");
    }

    #[test]
    fn a_line_takes_the_columns_that_its_characters_take_together() {
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
    fn a_cell_of_csv_is_both_harmless_to_a_terminal_and_no_formula() {
        assert_eq!(
            cell("=\u{1b}[2J\u{9b}\u{202e}"),
            "'=\u{fffd}[2J\u{fffd}\u{fffd}"
        );
        assert_eq!(cell("\u{200b}=1"), "\u{fffd}=1");
        assert_eq!(cell("plain 部署"), "plain 部署");
    }

    #[test]
    fn nothing_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\u{ff1d}1"] {
            assert_eq!(spreadsheet(text), format!("'{text}"));
        }
        assert_eq!(spreadsheet("a=1"), "a=1");
    }

    #[test]
    fn a_cell_that_could_be_split_is_quoted() {
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
