//! What is shown on a terminal: tables and facts that fit it, by comfy-table, with
//! colours where they mean something.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use super::clean;
use super::facts::Fact;
use super::table::{GAP, or_dash};
use crate::model::{Span, Status, Timestamp, UserStatus};

/// How many columns a cell is wrapped into at least: in fewer nobody reads it.
pub(super) const READABLE: usize = 6;

/// How wide a screen is taken to be that doesn't tell.
const DEFAULT_WIDTH: u16 = 80;

/// A column: its heading, and how it gives way on a narrow screen.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    /// The column with the lowest number is the first to be left out; one
    /// without a number never is.
    pub(super) yields: Option<u8>,
    /// Whether its cells are never wrapped, and it is the last to be left out.
    pub(super) unbroken: bool,
    /// How narrow its cells are cut in a listing; one without a number is never cut.
    pub(super) cut_to: Option<usize>,
}

impl Column {
    /// One that is never left out, if only because it is wrapped.
    pub(super) const fn whole(heading: &'static str) -> Self {
        Self {
            heading,
            yields: None,
            unbroken: false,
            cut_to: None,
        }
    }

    /// One that is neither left out nor wrapped.
    pub(super) const fn unbroken(heading: &'static str) -> Self {
        Self {
            unbroken: true,
            ..Self::whole(heading)
        }
    }
}

/// What a cell means to a reader in a hurry.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    /// What a key's status means.
    pub(super) fn of_status(status: Status) -> Self {
        match status {
            Status::Active => Self::Good,
            Status::Inactive => Self::Faint,
            Status::Expired | Status::Blocked | Status::Pending => Self::Bad,
        }
    }

    /// What a user's status means.
    pub(super) fn of_user(status: UserStatus) -> Self {
        match status {
            UserStatus::Active => Self::Good,
            UserStatus::Inactive => Self::Faint,
            UserStatus::Expired => Self::Bad,
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

    /// What an expiry means at `now`.
    pub(super) fn of_expiry(at: Option<Timestamp>, now: Timestamp) -> Self {
        match at {
            Some(at) if at <= now => Self::Bad,
            Some(at) if at <= now.plus(SOON) => Self::Soon,
            _ => Self::Plain,
        }
    }
}

/// A terminal that something is shown on.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    /// In columns.
    pub(super) width: u16,
    /// Whether it is to have colours.
    pub(super) color: bool,
}

impl Screen {
    /// The screen that `stream` is, if it is one.
    pub(super) fn of(stream: &(impl IsTerminal + AsFd), color: bool) -> Option<Self> {
        let width = || terminal_size::terminal_size_of(stream).map(|(width, _)| width.0);
        stream.is_terminal().then(|| Self {
            width: width().unwrap_or(DEFAULT_WIDTH),
            color,
        })
    }

    /// A table without lines that fits on it.
    pub(super) fn table(self) -> Table {
        let mut table = Table::new();
        table
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width);
        if self.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }
}

/// A table for a screen, of what is decided on: its cells are wrapped and not cut. All its
/// rows are in memory.
pub(super) fn for_screen(
    columns: &[Column],
    rows: &[Vec<(String, Tone)>],
    screen: Screen,
) -> String {
    let widths = widths(columns, rows);
    let kept = fitting(columns, &widths, usize::from(screen.width));
    let mut table = screen.table();
    table.set_header(
        kept.iter()
            .map(|&at| toned(columns[at].heading, Tone::Heading)),
    );
    for row in rows {
        table.add_row(kept.iter().map(|&at| toned(&row[at].0, row[at].1)));
    }
    for (place, &at) in kept.iter().enumerate() {
        let is_last = place + 1 == kept.len();
        if let Some(column) = table.column_mut(place) {
            column.set_padding((0, if is_last { 0 } else { 2 }));
            if columns[at].unbroken {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    table.trim_fmt()
}

/// Facts for a screen: beside their names, or below them where it is too narrow
/// for that.
pub(super) fn facts_for_screen(facts: &[Fact], indent: &str, screen: Screen) -> String {
    /// What a fact has at least beside its name: room for a short form.
    const ROOM: usize = 28;
    let names = facts.iter().map(|(name, ..)| name.width()).max();
    let names = names.unwrap_or(0) + indent.len() + GAP.len();
    if names + ROOM > usize::from(screen.width) {
        let below = |(name, fact, tone): &Fact| {
            let line = |text: &str, tone, indent: usize| {
                let mut table = screen.table();
                table.add_row([toned(text, tone)]);
                let indent = u16::try_from(indent).unwrap_or(0);
                if let Some(column) = table.column_mut(0) {
                    column.set_padding((indent, 0));
                }
                format!("{}\n", table.trim_fmt())
            };
            let fact = line(&or_dash(Some(fact)), *tone, indent.len() + GAP.len());
            line(name, Tone::Heading, indent.len()) + &fact
        };
        return facts.iter().map(below).collect();
    }
    let mut table = screen.table();
    for (name, fact, tone) in facts {
        let name = toned(&format!("{indent}{name}"), Tone::Heading);
        table.add_row([name, toned(&or_dash(Some(fact)), *tone)]);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == 0 { 2 } else { 0 }));
        if at == 0 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!("{}\n", table.trim_fmt())
}

/// A cell that means that.
pub(super) fn toned(text: &str, tone: Tone) -> Cell {
    let cell = Cell::new(clean::line(text));
    match tone {
        Tone::Plain => cell,
        Tone::Heading => cell.add_attribute(Attribute::Bold),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
        Tone::Good => cell.fg(comfy_table::Color::Green),
        Tone::Bad => cell.fg(comfy_table::Color::Red),
        Tone::Soon => cell.fg(comfy_table::Color::Yellow),
    }
}

/// How wide each column is, unwrapped.
pub(super) fn widths(columns: &[Column], rows: &[Vec<(String, Tone)>]) -> Vec<usize> {
    let cells = |at: usize| rows.iter().map(move |row| clean::line(&row[at].0).width());
    let widest = |at: usize| cells(at).max().unwrap_or(0);
    let all = columns.iter().enumerate();
    all.map(|(at, column)| widest(at).max(column.heading.width()))
        .collect()
}

/// Which columns a screen of that width has room for: those that yield only
/// unwrapped. The others are wrapped, and where even that is no help, left out from
/// the right, but for what is never broken.
pub(super) fn fitting(columns: &[Column], widths: &[usize], width: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    loop {
        let total: usize = kept.iter().map(|&at| widths[at] + GAP.len()).sum();
        let yielding = kept
            .iter()
            .filter_map(|&at| Some((columns[at].yields?, at)))
            .min();
        match yielding {
            Some((_, first)) if total > width + GAP.len() => kept.retain(|&at| at != first),
            _ => break,
        }
    }
    loop {
        let least = |at: usize| match columns[at].unbroken {
            true => widths[at],
            false => widths[at].min(READABLE),
        };
        let total: usize = kept.iter().map(|&at| least(at) + GAP.len()).sum();
        match kept.iter().rposition(|&at| !columns[at].unbroken) {
            Some(last) if total > width + GAP.len() && kept.len() > 1 => kept.remove(last),
            _ => return kept,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column::whole("NAME"),
        Column {
            yields: Some(2),
            ..Column::whole("CREATED")
        },
        Column {
            yields: Some(1),
            ..Column::whole("DESCRIPTION")
        },
    ];

    fn row(cells: [&str; 3]) -> Vec<(String, Tone)> {
        cells
            .iter()
            .map(|cell| ((*cell).to_owned(), Tone::Plain))
            .collect()
    }

    #[test]
    fn columns_are_left_out_in_their_order_until_the_rest_fits() {
        let rows = [row(["deploy-bot", "3 days ago", "部署する"])];
        assert_eq!(fitting(&COLUMNS, &widths(&COLUMNS, &rows), 35), [0, 1, 2]);
        assert_eq!(fitting(&COLUMNS, &widths(&COLUMNS, &rows), 34), [0, 1]);
        assert_eq!(fitting(&COLUMNS, &widths(&COLUMNS, &rows), 22), [0, 1]);
        assert_eq!(fitting(&COLUMNS, &widths(&COLUMNS, &rows), 21), [0]);
        assert_eq!(fitting(&COLUMNS, &widths(&COLUMNS, &rows), 1), [0]);
    }

    #[test]
    fn what_is_never_broken_is_the_last_to_stay() {
        let column = |heading, unbroken| Column {
            unbroken,
            ..Column::whole(heading)
        };
        let columns = [
            column("NAME", false),
            column("KEY", true),
            column("GROUPS", false),
        ];
        let rows = [row(["deploy-bot", "apik_7Kd93mZQ…9fQ2", "readonly"])];
        for (width, kept) in [
            (80, &[0, 1, 2][..]),
            (34, &[0, 1, 2]),
            (33, &[0, 1]),
            (26, &[0, 1]),
            (25, &[1]),
            (10, &[1]),
        ] {
            assert_eq!(
                fitting(&columns, &widths(&columns, &rows), width),
                kept,
                "{width}"
            );
        }
    }
}
