//! The layout of a table's columns on a terminal.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::clean;
use super::tone::Cell;
use crate::model::{Field, Fit};

/// The space between two columns.
pub(super) const GAP: &str = "  ";

/// The least width that a cell is wrapped into, in columns of the terminal. Narrower cells
/// can't be read.
const READABLE: usize = 6;

/// The width to which the last column shrinks before any other column shrinks.
const COMFORTABLE: usize = 24;

/// The width to which all columns shrink, from the left, before any shrinks further.
const TOLERABLE: usize = 10;

/// The width to which the cells of a listing are truncated before a column is dropped.
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

/// The columns that a terminal has room for, each by its index, and their widths.
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
    /// Returns whether its cells are never wrapped and it is never dropped.
    fn is_kept(&self) -> bool {
        self.fit == Fit::Kept
    }
}

/// Returns the natural width of each column, without wrapping.
pub(super) fn widths(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let cells = |at: usize| rows.iter().map(move |row| clean::measured(&row[at].0).1);
    let widest = |at: usize| cells(at).max().unwrap_or(0);
    let all = columns.iter().enumerate();
    all.map(|(at, column)| widest(at).max(column.heading.width()))
        .collect()
}

/// Returns the layout of columns whose long cells are truncated. Cells are truncated before a
/// column is dropped. Columns with a number are dropped first, the lowest number first; then the
/// others from the right, except kept columns.
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
        // The widest column shrinks first; of equally wide columns, the last.
        let shrinkable = layout
            .iter_mut()
            .filter(|(at, width)| *width > least(*at, narrowest));
        match shrinkable.max_by_key(|(_, width)| *width) {
            Some((_, width)) => *width -= 1,
            None => break,
        }
    }
    layout
}

/// Returns the layout of columns whose cells are wrapped, no narrower than necessary.
pub(super) fn wrapped(columns: &[Column], natural: &[usize], width: usize) -> Layout {
    let kept = fitting(columns, natural, width);
    let mut layout: Layout = kept.into_iter().map(|at| (at, natural[at])).collect();
    let count = layout.len();
    let last = count.saturating_sub(1);
    narrow(columns, &mut layout, last..count, COMFORTABLE, width);
    // The last step: a single column is at most as wide as the terminal.
    for least in [TOLERABLE, READABLE, 1] {
        narrow(columns, &mut layout, 0..count, least, width);
    }
    layout
}

/// Shrinks the columns at `indices`, except kept ones, from the left and none below `least`, until
/// all columns fit.
fn narrow(
    columns: &[Column],
    layout: &mut Layout,
    indices: Range<usize>,
    least: usize,
    width: usize,
) {
    let gaps = GAP.len() * layout.len().saturating_sub(1);
    let total: usize = layout.iter().map(|(_, width)| width).sum();
    let mut excess = (total + gaps).saturating_sub(width);
    for (at, width) in &mut layout[indices] {
        if !columns[*at].is_kept() {
            let cut = excess.min(width.saturating_sub(least));
            *width -= cut;
            excess -= cut;
        }
    }
}

/// Returns the columns that a terminal of that width has room for. Columns with a number are
/// dropped before a cell is wrapped. The others are wrapped; if that is not enough, they are
/// dropped from the right, except kept columns.
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

/// Drops columns with a number while those `kept` are too wide, the lowest number first.
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

/// Drops columns from the right while those `kept` are too wide, except columns that are never
/// dropped and the last one that remains.
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
