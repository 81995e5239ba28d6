//! Measures the same work by keyshield, a package of PyPI, on SQLite: by its own command
//! line, unchanged, and by the leanest script on its library. `on_keyshield.py` runs both.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use super::database::Rows;
use super::measure::{Result, Subject, compare};
use super::table::Goal::{self, AtLeast, None as NoGoal};
use super::table::{Reached, Table, Unit};
use super::verify::{create, pairs_of};
use super::{Bench, Path};

/// Packages for pip. Another version of keyshield may be faster or slower.
const PACKAGES: [&str; 3] = [
    "keyshield[sqlalchemy,argon2,cli]==2.0.1",
    "sqlalchemy[asyncio]",
    "aiosqlite",
];

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("keyshield", Rows::complete(bench.sized(100_000)));
    let peer = Peer::install(bench);
    let secret = peer
        .as_ref()
        .map(|peer| std::fs::read_to_string(&peer.secret).unwrap());
    let secret = secret.unwrap_or_default();
    let secret = secret.trim_end();
    let count = "100000";
    let mut row = |what: &str, against: &str, goal, ours: Subject, theirs: &[&str], rounds| {
        let against = format!("keyshield 2.0.1, {against}");
        table.row(what, &against, goal, || {
            times(ours, &peer, theirs, bench.rounds(rounds))
        });
    };
    let goal = |times| AtLeast(times, Unit::Times);
    let none: Goal = NoGoal(Unit::Times);
    let verify = || db.subject(&["verify"]).stdin(&db.secret());
    let list = |format| db.subject(&["list", "--format", format]);
    let own = "its command line";
    row(
        "`verify` among 100,000",
        own,
        goal(20.0),
        verify(),
        &["own", "verify", secret],
        15,
    );
    row(
        "`create` among 100,000",
        own,
        goal(20.0),
        create(bench, &db),
        &["own", "create", "--name", "x"],
        15,
    );
    row(
        "`list` of 100,000, table",
        own,
        goal(100.0),
        list("table"),
        &["own", "list", "--limit", count],
        2,
    );
    let lean = "a lean script, without its delay";
    row(
        "`verify` among 100,000",
        lean,
        none,
        verify(),
        &["verify"],
        15,
    );
    row(
        "`create` among 100,000",
        lean,
        none,
        create(bench, &db),
        &["create", "x"],
        15,
    );
    row(
        "`list --format jsonl` of 100,000",
        lean,
        none,
        list("jsonl"),
        &["list"],
        5,
    );
}

/// Returns the time of the peer with arguments `theirs`, divided by the time of `ours`.
fn times(
    mut ours: Subject,
    peer: &Result<Peer>,
    theirs: &[&str],
    rounds: usize,
) -> Result<Reached> {
    let mut theirs = peer.as_ref()?.subject(theirs);
    let pairs = compare(&mut ours, &mut theirs, rounds)?;
    let (wall, cpu) = pairs.median(|ours, theirs| theirs / ours);
    Ok(Reached {
        value: wall,
        cpu: Some(cpu),
        runs: pairs_of(rounds),
        ..Reached::default()
    })
}

/// keyshield, installed, with a database.
struct Peer {
    python: PathBuf,
    database: PathBuf,
    secret: PathBuf,
}

impl Peer {
    fn install(bench: &Bench) -> Result<Self> {
        // Kept for the next run.
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keyshield");
        let peer = Self {
            python: directory.join("bin/python"),
            database: bench.path("keyshield.db"),
            secret: bench.path("keyshield.secret"),
        };
        let succeeds =
            |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        if !succeeds(Command::new("python3").args(["-m", "venv"]).arg(&directory)) {
            return Err("apt-get install python3-venv".to_owned());
        }
        let mut pip = Command::new(&peer.python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        if !succeeds(pip.args(PACKAGES)) {
            return Err("pip can't install keyshield".to_owned());
        }
        let count = bench.sized(100_000).to_string();
        File::create(&peer.secret).unwrap();
        peer.subject(&["make", &count]).stdout(&peer.secret).run()?;
        Ok(peer)
    }

    fn subject(&self, arguments: &[&str]) -> Subject {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/on_keyshield.py");
        let begin =
            [&self.python, &script, &self.database].map(|path| path.clone().into_os_string());
        let arguments = arguments.iter().map(Into::into);
        Subject::new(begin.into_iter().chain(arguments)).stdin(&self.secret)
    }
}
