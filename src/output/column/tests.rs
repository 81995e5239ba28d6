//! Tests of the layout on terminals of many widths.

use super::*;
use crate::output::tone::Tone;

const fn column(heading: &'static str, drops: Option<u8>, fit: Fit) -> Column {
    Column {
        heading,
        drops,
        fit,
    }
}

/// Returns a column that is wrapped, and dropped after the columns with a number.
const fn wrapping(heading: &'static str) -> Column {
    column(heading, None, Fit::Full)
}

const fn kept(heading: &'static str) -> Column {
    column(heading, None, Fit::Kept)
}

const LISTED: [Column; 5] = [
    column("NAME", None, Fit::Truncated),
    kept("KEY"),
    column("CREATED", Some(2), Fit::Full),
    column("OWNER", Some(3), Fit::Truncated),
    column("DESCRIPTION", Some(1), Fit::Truncated),
];

#[test]
fn a_long_cell_is_truncated_before_a_column_is_dropped() {
    let natural = [14, 18, 12, 5, 400];
    for (width, kept) in [
        (457, &[(0, 14), (1, 18), (2, 12), (3, 5), (4, 400)][..]),
        (120, &[(0, 14), (1, 18), (2, 12), (3, 5), (4, 63)]),
        (69, &[(0, 13), (1, 18), (2, 12), (3, 5), (4, 13)]),
        (65, &[(0, 11), (1, 18), (2, 12), (3, 5), (4, 11)]),
        (64, &[(0, 10), (1, 18), (2, 12), (3, 5), (4, 11)]),
        (63, &[(0, 14), (1, 18), (2, 12), (3, 5)]),
        (51, &[(0, 10), (1, 18), (2, 12), (3, 5)]),
        (50, &[(0, 14), (1, 18), (3, 5)]),
        (37, &[(0, 10), (1, 18), (3, 5)]),
        (36, &[(0, 14), (1, 18)]),
        (34, &[(0, 14), (1, 18)]),
        (27, &[(0, 7), (1, 18)]),
        (25, &[(1, 18)]),
        (1, &[(1, 18)]),
    ] {
        assert_eq!(truncated(&LISTED, &natural, width), kept, "{width}");
    }
}

const WRAPPED: [Column; 3] = [
    wrapping("NAME"),
    column("CREATED", Some(2), Fit::Full),
    column("DESCRIPTION", Some(1), Fit::Full),
];

fn row(cells: [&str; 3]) -> Vec<(String, Tone)> {
    cells
        .iter()
        .map(|cell| ((*cell).to_owned(), Tone::Plain))
        .collect()
}

#[test]
fn columns_are_dropped_in_their_order_until_the_others_fit() {
    let rows = [row(["deploy-bot", "3 days ago", "部署する"])];
    let natural = widths(&WRAPPED, &rows);
    assert_eq!(fitting(&WRAPPED, &natural, 35), [0, 1, 2]);
    assert_eq!(fitting(&WRAPPED, &natural, 34), [0, 1]);
    assert_eq!(fitting(&WRAPPED, &natural, 22), [0, 1]);
    assert_eq!(fitting(&WRAPPED, &natural, 21), [0]);
    assert_eq!(fitting(&WRAPPED, &natural, 1), [0]);
}

#[test]
fn a_kept_column_is_dropped_last() {
    let columns = [wrapping("NAME"), kept("KEY"), wrapping("GROUPS")];
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

#[test]
fn columns_shrink_step_by_step_until_all_fit() {
    let columns = [
        kept("SEQ"),
        wrapping("WHEN"),
        wrapping("ACTION"),
        wrapping("DETAILS"),
    ];
    for (width, kept) in [
        (400, &[4, 14, 21, 300][..]),
        (100, &[4, 14, 21, 55]),
        (69, &[4, 14, 21, 24]),
        (60, &[4, 10, 16, 24]),
        (50, &[4, 10, 10, 20]),
        (35, &[4, 6, 9, 10]),
        (28, &[4, 6, 6, 6]),
        (27, &[4, 9, 10]),
        (12, &[4, 6]),
        (11, &[4]),
        (4, &[4]),
    ] {
        let layout = wrapped(&columns, &[4, 14, 21, 300], width);
        let widths: Vec<usize> = layout.iter().map(|(_, width)| *width).collect();
        assert_eq!(widths, kept, "{width}");
    }
}
