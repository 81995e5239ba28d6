//! Free text, such as descriptions, and how text is shown.

use std::borrow::Cow;
use std::str::FromStr;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Invalid;

/// A free text: at most 1,000 characters, none of them [unprintable](is_unprintable).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

/// The number of characters of a long value that a message quotes.
pub const QUOTED: usize = 60;

/// The number of characters of the longest argument or path that a message shows in full. A longer
/// one would push the fact off the screen.
pub const LONGEST_SHOWN: usize = 500;

/// Returns `text`, or its beginning if it has more than `max` characters.
pub fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(QUOTED).chain(['…']).collect())
}

impl Text {
    /// The length of the longest text, in characters.
    pub const MAX_CHARS: usize = 1000;

    /// Returns the text unless it is empty.
    pub fn non_empty(&self) -> Option<&Self> {
        (!self.0.is_empty()).then_some(self)
    }

    /// Returns the text as the operator gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let count = text.chars().count();
        if count > Self::MAX_CHARS {
            return Err(Invalid::new(format!(
                "the text has {count} characters; at most 1,000 are allowed"
            )));
        }
        if !is_plain(text)
            && let Some(bad) = text.chars().find(|&c| is_unprintable(c))
        {
            return Err(Invalid::new(format!(
                "the text contains U+{:04X}; control, bidirectional and zero-width characters are refused",
                u32::from(bad)
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Returns whether a character could change how the text around it is shown: control
/// characters and line breaks, the bidirectional controls of UAX #9, and characters without
/// a width, which are Unicode's `Default_Ignorable_Code_Point` and the annotation marks.
/// Combining accents are printable.
#[inline]
pub fn is_unprintable(c: char) -> bool {
    // Most characters are ASCII.
    c.is_control() || (c >= '\u{ad}' && is_invisible(c))
}

/// Returns whether a character that is no control character is unprintable.
fn is_invisible(c: char) -> bool {
    matches!(c,
            // line and paragraph separator, embeddings and overrides, annotation
            '\u{2028}'..='\u{202e}' | '\u{fff9}'..='\u{fffb}'
            // DerivedCoreProperties.txt, Default_Ignorable_Code_Point
            | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether `text` is printable ASCII, as nearly all text is. It has no branch per byte, so
/// the compiler compares many bytes at a time: a listing tests all of its text.
pub fn is_plain(text: &str) -> bool {
    let and = |plain, byte| plain & matches!(byte, b' '..=b'~');
    text.bytes().fold(true, and)
}

/// Returns `text` in at most `room` columns. A longer text is truncated between characters
/// and ends in `…`.
pub fn clipped(text: &str, room: usize) -> Cow<'_, str> {
    const MARK: char = '…';
    if text.width() <= room {
        return Cow::Borrowed(text);
    }
    let mut width = 1;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(format!("{}{MARK}", kept.trim_end()))
}

/// Returns the number with its noun: `1 key`, `3 keys`.
pub fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// Returns `text` quoted for a shell.
pub fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,~".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_contain_any_printable_character_and_begin_with_a_hyphen() {
        for good in ["", "-d", "déploiement 部署 🚀", "=1+1", "a\u{301}"] {
            assert_eq!(good.parse::<Text>().unwrap().as_str(), good);
        }
        assert!("ß".repeat(1000).parse::<Text>().is_ok());
    }

    #[test]
    fn a_text_that_could_deceive_is_refused() {
        for bad in [
            "a\nb",
            "\u{1b}[31m",
            "a\0",
            "\u{7f}",
            "\u{9b}2J",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{200d}",
            "\u{feff}",
            "\u{2028}",
            "\u{61c}",
            "\u{e0041}",
            "\u{e0101}",
            "\u{34f}",
            "\u{fe0f}",
        ] {
            assert!(bad.parse::<Text>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(1001).parse::<Text>().is_err());
    }

    #[test]
    fn a_long_text_is_truncated_between_characters_and_marked() {
        for (text, room, cut) in [
            ("readonly", 8, "readonly"),
            ("readonly", 7, "readon…"),
            ("部署する", 8, "部署する"),
            ("部署する", 7, "部署す…"),
            ("部署する", 6, "部署…"),
            ("a b", 2, "a…"),
            ("a b", 3, "a b"),
        ] {
            assert_eq!(clipped(text, room), cut, "{text} in {room}");
        }
    }
}
