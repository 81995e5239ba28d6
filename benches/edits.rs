//! Measures changes of a hundred thousand keys in one transaction.

use std::ffi::OsString;

use super::Bench;
use super::database::{Database, Rows};
use super::measure::{Subject, compare};
use super::table::Goal::AtMost;
use super::table::{Reached, Table, Unit};

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("edits", Rows::complete(bench.sized(100_000)));
    let rounds = bench.rounds(5);
    let everything = ["--older-than", "0s", "--yes", "-q"];
    // Each run changes every key back.
    let alternating = |db: &Database| {
        let lines = ["deactivate", "activate"]
            .map(|verb| db.command_line(&[&[verb], &everything[..]].concat()));
        let mut lines = lines.into_iter().cycle();
        Subject::each(move || -> Vec<OsString> { lines.next().unwrap_or_default() })
    };
    table.row(
        "`deactivate` or `activate` of 100,000 keys by a filter",
        "`list` of them",
        AtMost(3_000.0, Unit::Millis),
        || {
            let mut edit = alternating(&db);
            let pairs = compare(&mut edit, &mut db.subject(&["list"]), rounds)?;
            let (ratio, _) = pairs.ratio();
            let (millis, cpu) = pairs.median(|edit, _| edit * 1e3);
            Ok(Reached {
                value: millis,
                detail: format!("{ratio:.1} × `list`"),
                cpu: Some(cpu),
                runs: format!("{rounds} pairs"),
                ..Reached::default()
            })
        },
    );
    table.row("its peak memory", "", AtMost(64.0, Unit::Mib), || {
        let mut edit = alternating(&db);
        Ok(Reached {
            value: edit.peak()?.max(edit.peak()?),
            runs: "1 of each".to_owned(),
            ..Reached::default()
        })
    });
}
