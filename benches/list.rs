//! Measures `list` of a million keys, with groups and last uses, in each format.

use super::database::{Database, Rows};
use super::measure::{Result, Subject, compare};
use super::table::Goal::{AtMost, None as NoGoal};
use super::table::{Reached, Table, Unit};
use super::verify::{both, ratio};
use super::{Bench, Path};

const FORMATS: [&str; 4] = ["table", "json", "jsonl", "csv"];

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.million();
    let rounds = bench.rounds(5);
    let smaller = bench.database("list", Rows::complete(bench.sized(10_000)));
    for format in FORMATS {
        table.row(
            &format!("`list --format {format}` of 1,000,000 keys with groups and last use"),
            &format!("`sqlite3 -readonly keys.db < benches/sqlite3/{format}.sql`"),
            AtMost(1.0, Unit::Ratio),
            || {
                let (mut ours, mut theirs) = (ours(db, format), theirs(db, format));
                let pairs = compare(&mut ours, &mut theirs, rounds);
                let mut reached = ratio(&pairs.map_err(install)?, rounds);
                reached.instructions = Some(both(
                    &mut self::ours(&smaller, format),
                    &mut self::theirs(&smaller, format),
                ))
                .map(|counted| counted.map(|counted| format!("{counted} for 10,000")));
                Ok(reached)
            },
        );
    }
    for (what, limit) in [
        ("the largest peak memory of `list`", true),
        ("the largest peak memory of sqlite3", false),
    ] {
        let goal = if limit {
            AtMost(32.0, Unit::Mib)
        } else {
            NoGoal(Unit::Mib)
        };
        table.row(what, "", goal, || {
            let subject = if limit { ours } else { theirs };
            let peaks: Result<Vec<f64>> = FORMATS
                .iter()
                .map(|format| subject(db, format).peak())
                .collect();
            let peaks = peaks?;
            let detail = FORMATS
                .iter()
                .zip(&peaks)
                .map(|(format, peak)| format!("{format} {peak:.1}"));
            Ok(Reached {
                value: peaks.iter().copied().fold(0.0, f64::max),
                detail: detail.collect::<Vec<_>>().join(", "),
                runs: "1 of each".to_owned(),
                ..Reached::default()
            })
        });
    }
}

fn ours(db: &Database, format: &str) -> Subject {
    db.subject(&["list", "--format", format])
}

fn theirs(db: &Database, format: &str) -> Subject {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/sqlite3/{format}.sql"));
    Subject::new([
        "sqlite3".as_ref(),
        "-readonly".as_ref(),
        db.path.as_os_str(),
    ])
    .stdin(&script)
}

fn install(error: String) -> String {
    if error.starts_with("sqlite3: ") {
        "apt-get install sqlite3".to_owned()
    } else {
        error
    }
}
