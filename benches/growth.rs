//! `cargo bench -- growth`: measures time and memory of commands from one key to ten
//! million. Writes docs/growth.csv, which `growth.py` draws as docs/growth.svg.

use std::fmt::Write;
use std::process::Command;

use super::completion::complete;
use super::database::{CHEAP, DEFAULT, Database, Rows};
use super::measure::{Subject, median};
use super::{Bench, Path, document};

/// Numbers of keys. The last is for `verify` alone.
const SIZES: [u64; 5] = [1, 1_000, 100_000, 1_000_000, 10_000_000];

/// A command on databases of several sizes.
struct Line {
    name: &'static str,
    cost: &'static str,
    rounds: usize,
    last: u64,
    subject: fn(&Bench, &Database) -> Subject,
}

const LINES: [Line; 6] = [
    Line {
        name: "verify",
        cost: DEFAULT,
        rounds: 41,
        last: 10_000_000,
        subject: |_, db| db.subject(&["verify"]).stdin(&db.secret()),
    },
    Line {
        name: "verify m=8",
        cost: CHEAP,
        rounds: 41,
        last: 10_000_000,
        subject: |_, db| db.subject(&["verify"]).stdin(&db.secret()),
    },
    Line {
        name: "create m=8",
        cost: CHEAP,
        rounds: 41,
        last: 1_000_000,
        subject: |bench, db| super::verify::create(bench, db),
    },
    Line {
        name: "delete",
        cost: CHEAP,
        rounds: 41,
        last: 1_000_000,
        subject: |_, db| delete(db),
    },
    Line {
        name: "list --json",
        cost: CHEAP,
        rounds: 5,
        last: 1_000_000,
        subject: |_, db| db.subject(&["list", "--json"]),
    },
    Line {
        name: "completion",
        cost: CHEAP,
        rounds: 21,
        last: 1_000_000,
        subject: |bench, db| complete(&bench.apikey, &db.path, "show "),
    },
];

/// Measures the commands and writes the table and the plot.
pub fn draw(bench: &Bench) {
    let path = |name| {
        if bench.is_quick {
            bench.path(name)
        } else {
            document(name)
        }
    };
    let mut csv = "command,keys,milliseconds,peak_mib,runs\n".to_owned();
    for size in SIZES {
        // The largest is for `verify` alone, which reads neither the log nor the groups of
        // other keys.
        let rows = Rows {
            count: bench.sized(size),
            groups: size <= 1_000_000,
            log: size <= 1_000_000,
        };
        let db = bench.database(&format!("growth-{size}"), rows);
        for line in LINES.iter().filter(|line| size <= line.last) {
            db.set_cost(line.cost);
            let mut subject = (line.subject)(bench, &db);
            let rounds = bench.rounds(line.rounds);
            let runs = (0..=rounds).map(|_| subject.run().unwrap().wall * 1000.0);
            let millis = median(runs.skip(1));
            let peak = subject.peak().unwrap();
            writeln!(csv, "{},{size},{millis:.2},{peak:.1},{rounds}", line.name).unwrap();
        }
        std::fs::remove_dir_all(db.path.parent().unwrap()).unwrap();
        // Written for each size: the largest takes minutes, and may not fit on the disk.
        std::fs::write(path("growth.csv"), &csv).unwrap();
    }
    let drawn = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/growth.py"))
        .args([path("growth.csv"), path("growth.svg")])
        .status();
    assert!(drawn.unwrap().success(), "apt-get install python3");
}

/// Returns a `delete` of a new key for each run; creates the keys.
fn delete(db: &Database) -> Subject {
    // One for each round, one for the round that isn't counted, one to measure the memory.
    let mut names = (0..43).map(|number| format!("deleted-{number}"));
    for name in names.clone() {
        db.create_key(&name, &db.path.with_file_name("deleted"));
    }
    let command_line = db.command_line(&["delete", "--yes", "-q"]);
    Subject::each(move || {
        let mut command_line = command_line.clone();
        command_line.extend(names.next().map(Into::into));
        command_line
    })
}
