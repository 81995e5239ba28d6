//! The tone of a cell: its meaning at a glance, shown as a colour.

use anstyle::{AnsiColor, Style};

use crate::model::{Health, Span, Timestamp};

/// The text and the tone of a table cell.
pub(super) type Cell = (String, Tone);

/// The meaning of a cell at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Heading,
    Faint,
    Good,
    Bad,
    Soon,
}

/// An expiry within this time is shown as near.
const SOON: Span = Span::from_seconds(14 * 86_400);

impl Tone {
    /// Returns the tone of an expiry at `now`.
    pub(super) fn of_expiry(at: Option<Timestamp>, now: Timestamp) -> Self {
        match at {
            Some(at) if at <= now => Self::Bad,
            Some(at) if at <= now.plus(SOON) => Self::Soon,
            _ => Self::Plain,
        }
    }

    /// Returns its style in a table for a program.
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
