//! Measures `review` of a million keys.

use super::Bench;
use super::measure::compare;
use super::table::Goal::AtMost;
use super::table::{Table, Unit};
use super::verify::ratio;

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.million();
    let rounds = bench.rounds(5);
    table.row(
        "`review` of 1,000,000 keys with groups and last use",
        "`list`",
        AtMost(2.0, Unit::Ratio),
        || {
            let mut review = db.subject(&["review"]).exits(1);
            let pairs = compare(&mut review, &mut db.subject(&["list"]), rounds)?;
            let mut reached = ratio(&pairs, rounds);
            reached.detail = format!("peak memory {:.1} MiB", review.peak()?);
            Ok(reached)
        },
    );
}
