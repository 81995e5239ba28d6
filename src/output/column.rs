//! The columns of a table, and how they fit a terminal.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::clean;
use super::tone::Cell;
use crate::model::{Field, Fit};

/// What stands between two columns.
pub(super) const GAP: &str = "  ";

/// How many columns of a terminal a cell is wrapped into at least: narrower cells can't be read
/// ones.
const READABLE: usize = 6;

/// How wide the cells of the last column stay, where there is room, before others are
/// wrapped, and how wide those stay before the last one becomes narrower still.
const COMFORTABLE: usize = 24;
const TOLERABLE: usize = 10;

/// How narrow the cells of a listing are truncated before a column is dropped.
const TRUNCATED: usize = 10;

/// A column: its heading, and how it fits a narrow terminal.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    /// The column with the lowest number is dropped first. Columns without a number are
    /// dropped after all others.
    pub(super) drops: Option<u8>,
    pub(super) fit: Fit,
}

/// The columns that a terminal has room for: the place of each, and its width.
pub(super) type Layout = Vec<(usize, usize)>;

impl<T> From<&Field<T>> for Column {
    fn from(field: &Field<T>) -> Self {
        Self {
            heading: field.heading,
            drops: field.drop_order,
            fit: field.fit,
        }
    }
}

impl Column {
    /// Returns whether its cells are never wrapped, and it is never dropped.
    fn is_kept(&self) -> bool {
        self.fit == Fit::Kept
    }
}

/// Returns how wide each column is, unwrapped.
pub(super) fn widths(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let cells = |at: usize| rows.iter().map(move |row| clean::measured(&row[at].0).1);
    let widest = |at: usize| cells(at).max().unwrap_or(0);
    let all = columns.iter().enumerate();
    all.map(|(at, column)| widest(at).max(column.heading.width()))
        .collect()
}

/// Returns the layout of columns whose long cells are truncated. A cell is truncated before a
/// column is dropped. Columns with a number are dropped in that order, then the others from
/// the right, except an unbroken one.
pub(super) fn truncated(columns: &[Column], natural: &[usize], width: usize) -> Layout {
    let room = width + GAP.len();
    let least = |at: usize, least: usize| match columns[at].fit {
        Fit::Truncated => natural[at].min(TRUNCATED.min(least).max(columns[at].heading.len())),
        Fit::Full | Fit::Kept => natural[at],
    };
    let is_too_wide = |kept: &[usize], narrowest: usize| {
        let total: usize = kept
            .iter()
            .map(|&at| least(at, narrowest) + GAP.len())
            .sum();
        total > room
    };
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    drop_numbered(columns, &mut kept, |kept| is_too_wide(kept, usize::MAX));
    drop_last(columns, &mut kept, |kept| is_too_wide(kept, READABLE));
    let narrowest = if is_too_wide(&kept, usize::MAX) {
        READABLE
    } else {
        usize::MAX
    };
    let mut layout: Layout = kept.iter().map(|&at| (at, natural[at])).collect();
    let total: usize = layout.iter().map(|(_, width)| width + GAP.len()).sum();
    for _ in room..total {
        // The widest first, and of equal ones the last.
        let can_be_cut = layout
            .iter_mut()
            .filter(|(at, width)| *width > least(*at, narrowest));
        match can_be_cut.max_by_key(|(_, width)| *width) {
            Some((_, width)) => *width -= 1,
            None => break,
        }
    }
    layout
}

/// Returns the layout of columns whose cells are wrapped, as narrow as they must be.
pub(super) fn wrapped(columns: &[Column], natural: &[usize], width: usize) -> Layout {
    let kept = fitting(columns, natural, width);
    let mut layout: Layout = kept.into_iter().map(|at| (at, natural[at])).collect();
    let count = layout.len();
    let last = count.saturating_sub(1);
    narrow(columns, &mut layout, last..count, COMFORTABLE, width);
    // A column that is left alone is as wide as the terminal at most.
    for least in [TOLERABLE, READABLE, 1] {
        narrow(columns, &mut layout, 0..count, least, width);
    }
    layout
}

/// Makes the columns in `places` narrower, from the left and none narrower than `least`,
/// until all fit.
fn narrow(
    columns: &[Column],
    layout: &mut Layout,
    places: Range<usize>,
    least: usize,
    width: usize,
) {
    let gaps = GAP.len() * layout.len().saturating_sub(1);
    let total: usize = layout.iter().map(|(_, width)| width).sum();
    let mut over = (total + gaps).saturating_sub(width);
    for (at, width) in &mut layout[places] {
        if !columns[*at].is_kept() {
            let less = over.min(width.saturating_sub(least));
            *width -= less;
            over -= less;
        }
    }
}

/// Returns which columns a terminal of that width has room for: those with a number only
/// unwrapped. The others are wrapped, and where that is not enough, dropped from the right,
/// except an unbroken one.
pub(super) fn fitting(columns: &[Column], natural: &[usize], width: usize) -> Vec<usize> {
    let is_too_wide = |kept: &[usize], least: &dyn Fn(usize) -> usize| {
        let total: usize = kept.iter().map(|&at| least(at) + GAP.len()).sum();
        total > width + GAP.len()
    };
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    drop_numbered(columns, &mut kept, |kept| {
        is_too_wide(kept, &|at| natural[at])
    });
    drop_last(columns, &mut kept, |kept| {
        is_too_wide(kept, &|at| {
            if columns[at].is_kept() {
                natural[at]
            } else {
                natural[at].min(READABLE)
            }
        })
    });
    kept
}

/// Drops columns with a number while those `kept` are too wide.
fn drop_numbered(
    columns: &[Column],
    kept: &mut Vec<usize>,
    is_too_wide: impl Fn(&[usize]) -> bool,
) {
    while is_too_wide(kept) {
        let numbered = kept.iter().filter_map(|&at| Some((columns[at].drops?, at)));
        match numbered.min() {
            Some((_, first)) => kept.retain(|&at| at != first),
            None => break,
        }
    }
}

/// Drops columns from the right while those `kept` are too wide, except an unbroken one and
/// the last that is left.
fn drop_last(columns: &[Column], kept: &mut Vec<usize>, is_too_wide: impl Fn(&[usize]) -> bool) {
    while is_too_wide(kept) {
        match kept.iter().rposition(|&at| !columns[at].is_kept()) {
            Some(last) if kept.len() > 1 => kept.remove(last),
            _ => break,
        };
    }
}

#[cfg(test)]
mod tests;
