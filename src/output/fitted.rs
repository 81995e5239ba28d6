//! A listing that fits its screen, a line for each of its rows: long cells are cut, and
//! where that is not enough, columns are left out.

use comfy_table::{ColumnConstraint, Width};

use super::screen::{Column, READABLE, Screen, Tone, toned, widths};
use super::table::GAP;
use super::{Output, clean};
use crate::model::clipped;

/// A table for a screen, and the headings that it has no room for.
pub(super) struct Fitted {
    pub(super) table: String,
    pub(super) left_out: Vec<&'static str>,
}

/// Returns a table of those rows that is no wider than `screen`.
pub(super) fn fitted(columns: &[Column], rows: &[Vec<(String, Tone)>], screen: Screen) -> Fitted {
    let kept = fit(columns, &widths(columns, rows), usize::from(screen.width));
    let mut table = screen.table();
    let headings = kept.iter().map(|&(at, _)| columns[at].heading);
    table.set_header(headings.map(|heading| toned(heading, Tone::Heading)));
    for row in rows {
        table.add_row(kept.iter().map(|&(at, width)| {
            let (cell, tone) = &row[at];
            toned(&clipped(&clean::line(cell), width), *tone)
        }));
    }
    for (place, &(_, width)) in kept.iter().enumerate() {
        let gap = if place + 1 == kept.len() { 0 } else { 2 };
        if let Some(column) = table.column_mut(place) {
            column.set_padding((0, gap));
            let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(gap);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    let is_kept = |at: usize| kept.iter().any(|&(other, _)| other == at);
    let left_out = (0..columns.len()).filter(|&at| !is_kept(at));
    Fitted {
        table: table.trim_fmt(),
        left_out: left_out.map(|at| columns[at].heading).collect(),
    }
}

impl Output {
    /// Says which columns a screen had no room for.
    pub(super) fn remark_left_out(&self, left_out: &[&str]) {
        if !left_out.is_empty() {
            let headings = left_out.join(", ");
            self.remark(&format!("no room for {headings}"));
        }
    }
}

/// Returns the columns that a screen of that width has room for, each with its width. A
/// cell is cut before a column is left out; those that yield are left out in their turn,
/// then the others from the right, but for one whose cells are never broken.
fn fit(columns: &[Column], natural: &[usize], width: usize) -> Vec<(usize, usize)> {
    let room = width + GAP.len();
    let least = |at: usize, least: usize| match columns[at].cut_to {
        Some(cut_to) => natural[at].min(cut_to.min(least).max(columns[at].heading.len())),
        None => natural[at],
    };
    let is_too_wide = |kept: &[usize], narrowest: usize| {
        let total: usize = kept
            .iter()
            .map(|&at| least(at, narrowest) + GAP.len())
            .sum();
        total > room
    };
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    while is_too_wide(&kept, usize::MAX) {
        let yielding = kept
            .iter()
            .filter_map(|&at| Some((columns[at].yields?, at)));
        match yielding.min() {
            Some((_, first)) => kept.retain(|&at| at != first),
            None => break,
        }
    }
    while is_too_wide(&kept, READABLE) {
        match kept.iter().rposition(|&at| !columns[at].unbroken) {
            Some(last) if kept.len() > 1 => kept.remove(last),
            _ => break,
        };
    }
    let narrowest = match is_too_wide(&kept, usize::MAX) {
        true => READABLE,
        false => usize::MAX,
    };
    let mut cut: Vec<(usize, usize)> = kept.iter().map(|&at| (at, natural[at])).collect();
    let total: usize = cut.iter().map(|(_, width)| width + GAP.len()).sum();
    for _ in room..total {
        // The widest first, and of equal ones the last.
        let can_be_cut = cut
            .iter_mut()
            .filter(|(at, width)| *width > least(*at, narrowest));
        match can_be_cut.max_by_key(|(_, width)| *width) {
            Some((_, width)) => *width -= 1,
            None => break,
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(heading: &'static str, yields: Option<u8>, cut_to: Option<usize>) -> Column {
        Column {
            yields,
            cut_to,
            ..Column::whole(heading)
        }
    }

    const COLUMNS: [Column; 5] = [
        column("NAME", None, Some(10)),
        Column::unbroken("KEY"),
        column("CREATED", Some(2), None),
        column("OWNER", Some(3), Some(8)),
        column("DESCRIPTION", Some(1), Some(12)),
    ];

    #[test]
    fn a_long_cell_is_cut_before_a_column_is_left_out() {
        let natural = [14, 18, 12, 5, 400];
        for (width, kept) in [
            (457, &[(0, 14), (1, 18), (2, 12), (3, 5), (4, 400)][..]),
            (120, &[(0, 14), (1, 18), (2, 12), (3, 5), (4, 63)]),
            (69, &[(0, 13), (1, 18), (2, 12), (3, 5), (4, 13)]),
            (65, &[(0, 10), (1, 18), (2, 12), (3, 5), (4, 12)]),
            (64, &[(0, 14), (1, 18), (2, 12), (3, 5)]),
            (51, &[(0, 10), (1, 18), (2, 12), (3, 5)]),
            (50, &[(0, 14), (1, 18), (3, 5)]),
            (37, &[(0, 10), (1, 18), (3, 5)]),
            (36, &[(0, 14), (1, 18)]),
            (34, &[(0, 14), (1, 18)]),
            (27, &[(0, 7), (1, 18)]),
            (25, &[(1, 18)]),
            (1, &[(1, 18)]),
        ] {
            assert_eq!(fit(&COLUMNS, &natural, width), kept, "{width}");
        }
    }

    #[test]
    fn what_is_cut_ends_in_a_mark_and_no_line_is_too_wide() {
        let row = [
            "deploy-bot",
            "apik_7Kd93mZQ…9fQ2",
            "3 days ago",
            "alice",
            "部署する鍵 and a lot more to say about it \u{1b}[2J than fits on any line",
        ];
        let row: Vec<_> = row.map(|cell| (cell.to_owned(), Tone::Plain)).into();
        let screen = Screen {
            width: 80,
            color: false,
        };
        let shown = fitted(&COLUMNS, &[row], screen);
        assert_eq!(shown.left_out, [""; 0]);
        let lines: Vec<&str> = shown.table.lines().collect();
        assert_eq!(lines.len(), 2, "{}", shown.table);
        assert!(
            lines[1].ends_with("部署する鍵 and a lot more to…"),
            "{}",
            lines[1]
        );
    }
}
