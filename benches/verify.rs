//! Measures `verify` and `create`, each as a whole process.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use super::database::{CHEAP, DEFAULT, Database, Rows};
use super::measure::{Pairs, Result, Subject, compare};
use super::table::Goal::{AtMost, None as NoGoal};
use super::table::{Reached, Table, Unit};
use super::{Bench, Path};

/// A text with the shape of a secret.
const WRONG_CHECKSUM: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGY\n";

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("verify", Rows::complete(1));
    let verify = || db.subject(&["verify"]).stdin(&db.secret());
    let rounds = bench.rounds(100);

    table.row(
        &format!("`verify`, recorded, whole process, {DEFAULT}"),
        "a bare C program on libargon2 (`benches/libargon2.c`)",
        AtMost(0.70, Unit::Ratio),
        || {
            let theirs = Subject::new([bench.path("c"), db.hash().into()]);
            compile(bench)?;
            Ok(ratio(
                &compare(&mut verify(), &mut theirs.stdin(&db.secret()), rounds)?,
                rounds,
            ))
        },
    );
    table.row(
        "time added by `verify`",
        "a process that only hashes (`benches/bare.rs`)",
        AtMost(1.0, Unit::Millis),
        || {
            let bare = build_bare()?;
            let theirs =
                || Subject::new([bare.as_os_str(), db.hash().as_ref()]).stdin(&db.secret());
            let pairs = compare(&mut verify(), &mut theirs(), rounds)?;
            let (wall, cpu) = pairs.median(|ours, theirs| (ours - theirs) * 1000.0);
            db.set_cost(CHEAP);
            let instructions = both(&mut verify(), &mut theirs());
            db.set_cost(DEFAULT);
            Ok(Reached {
                value: wall,
                cpu: Some(cpu),
                instructions: Some(instructions),
                runs: pairs_of(rounds),
                ..Reached::default()
            })
        },
    );
    table.row(
        "secret with a wrong checksum, whole process",
        "`/bin/true`",
        AtMost(2.0, Unit::Times),
        || {
            // Only such a text never needs the database; any other one could be an imported key.
            let malformed = bench.path("malformed");
            std::fs::write(&malformed, WRONG_CHECKSUM).unwrap();
            let mut ours = db.subject(&["verify"]).stdin(&malformed).exits(1);
            let mut theirs = Subject::new(["/bin/true"]);
            let rounds = rounds * 3;
            let mut reached = ratio(&compare(&mut ours, &mut theirs, rounds)?, rounds);
            reached.instructions = Some(both(&mut ours, &mut theirs));
            Ok(reached)
        },
    );
    table.row(
        "`verify --can` with 10,000 letters, a key with `*a*a*a*a*b`",
        "`verify`",
        NoGoal(Unit::Ratio),
        || {
            let secret = bench.path("slow");
            let slow = [
                "create",
                "slow",
                "-g",
                "readonly",
                "-q",
                "--allow",
                "*a*a*a*a*b",
            ];
            db.subject(&slow).stdout(&secret).run()?;
            let can = ["verify", "--can", &"a".repeat(10_000)];
            let mut slow = db.subject(&can).stdin(&secret).exits(1);
            Ok(ratio(&compare(&mut slow, &mut verify(), rounds)?, rounds))
        },
    );
    table.row(
        "`verify` among 1,000,000 keys",
        "among one",
        AtMost(1.05, Unit::Ratio),
        || {
            let many = bench.million();
            let mut ours = many.subject(&["verify"]).stdin(&many.secret());
            let mut reached = ratio(&compare(&mut ours, &mut verify(), rounds)?, rounds);
            [many, &db].into_iter().for_each(|db| db.set_cost(CHEAP));
            reached.instructions = Some(both(&mut ours, &mut verify()));
            [many, &db].into_iter().for_each(|db| db.set_cost(DEFAULT));
            Ok(reached)
        },
    );
    table.row("`create`", "`verify`", AtMost(1.4, Unit::Ratio), || {
        let mut reached = ratio(
            &compare(&mut create(bench, &db), &mut verify(), rounds)?,
            rounds,
        );
        db.set_cost(CHEAP);
        reached.instructions = Some(both(&mut create(bench, &db), &mut verify()));
        db.set_cost(DEFAULT);
        Ok(reached)
    });
    table.row("`rotate`", "`create`", AtMost(1.1, Unit::Ratio), || {
        create_one(bench, &db)?;
        let mut rotate = db
            .subject(&["rotate", "rotated", "--overlap", "0s", "-q"])
            .stdout(&bench.path("rotated"));
        let pairs = compare(&mut rotate, &mut create(bench, &db), rounds)?;
        Ok(ratio(&pairs, rounds))
    });
}

/// Creates the key that is rotated.
fn create_one(bench: &Bench, db: &Database) -> Result<()> {
    db.subject(&["create", "rotated", "-g", "readonly", "-q"])
        .stdout(&bench.path("rotated"))
        .run()
        .map(drop)
}

/// Returns a `create` of a new key for each run.
pub fn create(bench: &Bench, db: &Database) -> Subject {
    static CREATED: AtomicU64 = AtomicU64::new(0);
    let command_line = db.command_line(&["create", "-g", "readonly", "-q"]);
    let each = move || {
        let number = CREATED.fetch_add(1, Ordering::Relaxed);
        let mut command_line = command_line.clone();
        command_line.push(format!("created-{number}").into());
        command_line
    };
    Subject::each(each).stdout(&bench.path("created"))
}

/// Returns the median ratio of pairs of processes.
pub fn ratio(pairs: &Pairs, rounds: usize) -> Reached {
    let (wall, cpu) = pairs.ratio();
    Reached {
        value: wall,
        cpu: Some(cpu),
        runs: pairs_of(rounds),
        ..Reached::default()
    }
}

/// Returns the text for the column of runs.
pub fn pairs_of(rounds: usize) -> String {
    format!("{rounds} pairs")
}

/// Returns our instructions and theirs, as text.
pub fn both(ours: &mut Subject, theirs: &mut Subject) -> Result<String> {
    let (ours, theirs) = (ours.instructions()?, theirs.instructions()?);
    Ok(format!("{ours:.2} M, {theirs:.2} M"))
}

/// Compiles the C program.
pub fn compile(bench: &Bench) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/libargon2.c");
    let compiled = Command::new("cc")
        .args(["-O2", "-o"])
        .args([&bench.path("c"), &source])
        .arg("-largon2")
        .output();
    match compiled {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err("apt-get install gcc libc6-dev libargon2-dev".to_owned()),
    }
}

/// Builds `benches/bare.rs` and returns the path of the program.
fn build_bare() -> Result<PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--example",
            "bare",
        ])
        .status();
    // The program of the bench is in target/release/deps.
    let bench = std::env::current_exe().unwrap();
    let bare = bench
        .parent()
        .unwrap()
        .with_file_name("examples")
        .join("bare");
    match built {
        Ok(status) if status.success() && bare.exists() => Ok(bare),
        _ => Err("cargo can't build benches/bare.rs".to_owned()),
    }
}
