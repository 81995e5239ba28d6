//! What a cell means to a reader in a hurry, as a colour.

use anstyle::{AnsiColor, Style};

use crate::model::{Health, Span, Timestamp};

/// A cell of a table, and what it means.
pub(super) type Cell = (String, Tone);

/// What a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Heading,
    Faint,
    Good,
    Bad,
    Soon,
}

/// An expiry that is nearer than this is shown as near.
const SOON: Span = Span::from_seconds(14 * 86_400);

impl Tone {
    /// Returns what an expiry means at `now`.
    pub(super) fn of_expiry(at: Option<Timestamp>, now: Timestamp) -> Self {
        match at {
            Some(at) if at <= now => Self::Bad,
            Some(at) if at <= now.plus(SOON) => Self::Soon,
            _ => Self::Plain,
        }
    }

    /// Returns how it looks in a table for a program.
    pub(super) fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => color(AnsiColor::Green),
            Self::Bad => color(AnsiColor::Red),
            Self::Soon => color(AnsiColor::Yellow),
        }
    }
}

impl From<Health> for Tone {
    fn from(health: Health) -> Self {
        match health {
            Health::Good => Self::Good,
            Health::Off => Self::Faint,
            Health::Bad => Self::Bad,
        }
    }
}
