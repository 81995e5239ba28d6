//! Measures `verify --batch`: many secrets in one process.

use std::path::PathBuf;

use super::Bench;
use super::database::{CHEAP, DEFAULT, Database, Rows};
use super::measure::{Result, Spent, Subject, compare_by};
use super::table::Goal::{AtLeast, AtMost, None as NoGoal};
use super::table::{Reached, Table, Unit};
use super::verify::compile;

pub fn rows(bench: &Bench, table: &mut Table) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let distinct = if bench.is_quick { 10 } else { 300 };
    let db = bench.database("batch", Rows::complete(1));
    let secrets = secrets(bench, &db, distinct);
    let batch = |name: &str, lines: &[String]| {
        let path = bench.path(name);
        std::fs::write(&path, lines.concat()).unwrap();
        db.subject(&["verify", "--batch"]).stdin(&path)
    };
    let rounds = bench.rounds(7);

    table.row(
        &format!("`verify --batch`, {distinct} distinct secrets, per key, {cores} cores"),
        "the C program, per key",
        AtMost(0.26, Unit::Ratio),
        || {
            const RUNS: usize = 10;
            compile(bench)?;
            let mut theirs = Subject::new([bench.path("c"), db.hash().into()]).stdin(&db.secret());
            let mut ours = batch("distinct", &secrets);
            let pairs = compare_by(
                || Ok(each(ours.run()?, distinct)),
                || {
                    let runs: Result<Vec<Spent>> = (0..RUNS).map(|_| theirs.run()).collect();
                    Ok(each(sum(&runs?), RUNS))
                },
                rounds,
            )?;
            let (wall, cpu) = pairs.ratio();
            Ok(Reached {
                value: wall,
                cpu: Some(cpu),
                runs: format!("{rounds} pairs of a batch and {RUNS} runs"),
                ..Reached::default()
            })
        },
    );
    let lines = if bench.is_quick { 1_000 } else { 100_000 };
    table.row(
        &format!(
            "`verify --batch`, {lines} lines of {} secrets, per line",
            distinct.min(100)
        ),
        "hashing each, as the row above does",
        AtLeast(100.0, Unit::Times),
        || {
            let repeated = secrets[..distinct.min(100)].iter().cycle();
            let repeated: Vec<String> = repeated.take(lines).cloned().collect();
            let (mut ours, mut theirs) =
                (batch("repeated", &repeated), batch("distinct", &secrets));
            let pairs = compare_by(
                || Ok(each(ours.run()?, lines)),
                || Ok(each(theirs.run()?, distinct)),
                rounds,
            )?;
            let (wall, cpu) = pairs.median(|ours, theirs| theirs / ours);
            Ok(Reached {
                value: wall,
                cpu: Some(cpu),
                instructions: Some(remembered(bench, &db)),
                runs: format!("{rounds} pairs"),
                ..Reached::default()
            })
        },
    );
    table.row("the same lines, peak memory", "", NoGoal(Unit::Mib), || {
        let value = db
            .subject(&["verify", "--batch"])
            .stdin(&bench.path("repeated"))
            .peak()?;
        Ok(Reached {
            value,
            runs: "1".to_owned(),
            ..Reached::default()
        })
    });
}

/// Creates `count` keys and returns their secrets as lines.
fn secrets(bench: &Bench, db: &Database, count: usize) -> Vec<String> {
    let file: PathBuf = bench.path("secret");
    let create = |number| {
        db.create_key(&format!("batch-{number}"), &file);
        std::fs::read_to_string(&file).unwrap()
    };
    (0..count).map(create).collect()
}

/// Returns the instructions for a line whose secret was accepted before, as text.
fn remembered(bench: &Bench, db: &Database) -> Result<String> {
    const MORE: usize = 1_000;
    let secret = std::fs::read_to_string(db.secret()).unwrap();
    let count = |lines: usize| {
        let path = bench.path("remembered");
        std::fs::write(&path, secret.repeat(lines)).unwrap();
        db.subject(&["verify", "--batch"])
            .stdin(&path)
            .instructions()
    };
    db.set_cost(CHEAP);
    let each = (count(MORE + 100)? - count(100)?) / MORE as f64;
    db.set_cost(DEFAULT);
    Ok(format!("{:.1} thousand a line", each * 1000.0))
}

/// Divides the time of `count` secrets or runs by their number.
fn each(spent: Spent, count: usize) -> Spent {
    Spent {
        wall: spent.wall / count as f64,
        cpu: spent.cpu / count as f64,
    }
}

fn sum(all: &[Spent]) -> Spent {
    Spent {
        wall: all.iter().map(|spent| spent.wall).sum(),
        cpu: all.iter().map(|spent| spent.cpu).sum(),
    }
}
