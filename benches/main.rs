//! `cargo bench`: a table of goals and of what apikey reaches. Every figure compares two
//! things in one run on one machine.
//!
//! | arguments | effect |
//! | --- | --- |
//! | none | prints the whole table; with `APIKEY_BLESS=1` also writes it into docs/performance.md |
//! | `verify`, `batch`, … | prints the rows of these themes |
//! | `growth` | writes docs/growth.csv and docs/growth.svg: from one key to ten million |
//! | `database COUNT DIRECTORY` | creates a database of that many keys in a new directory |
//!
//! `APIKEY_BENCH_QUICK=1` takes a minute; its figures mean nothing.
//! `APIKEY_BENCH_BIN=PATH` measures another binary. A row names the package that it needs
//! and that isn't installed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench is a program of its own, which may panic"
)]

mod batch;
mod completion;
mod database;
mod edits;
mod growth;
mod list;
mod load;
mod measure;
mod peer;
mod postgres;
mod review;
mod scan;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/engine/server.rs"]
mod server;
mod size;
mod table;
mod verify;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use database::{Database, Rows};
use table::Table;

/// The binary, a directory and databases for every theme.
struct Bench {
    apikey: PathBuf,
    /// On a disk, not in memory, so that syncing takes its real time.
    directory: TempDir,
    is_quick: bool,
    million: OnceCell<Database>,
}

impl Bench {
    fn new() -> Self {
        let apikey = std::env::var_os("APIKEY_BENCH_BIN");
        Self {
            apikey: apikey.map_or_else(|| env!("CARGO_BIN_EXE_apikey").into(), PathBuf::from),
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            is_quick: std::env::var_os("APIKEY_BENCH_QUICK").is_some(),
            million: OnceCell::new(),
        }
    }

    /// Returns `count`, or a thousandth of it in a quick run.
    fn sized(&self, count: u64) -> u64 {
        if self.is_quick {
            count.div_ceil(1000).max(10)
        } else {
            count
        }
    }

    /// Returns `count` rounds, or two in a quick run.
    fn rounds(&self, count: usize) -> usize {
        if self.is_quick { 2 } else { count }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn database(&self, name: &str, rows: Rows) -> Database {
        Database::create(&self.apikey, &self.path(name), rows)
    }

    /// Returns the database of a million keys, which several themes read.
    fn million(&self) -> &Database {
        let create = || self.database("million", Rows::complete(self.sized(1_000_000)));
        self.million.get_or_init(create)
    }
}

/// Measures the rows of a theme.
type Theme = fn(&Bench, &mut Table);

/// The themes, in the order of the table.
const THEMES: [(&str, Theme); 11] = [
    ("verify", verify::rows),
    ("batch", batch::rows),
    ("list", list::rows),
    ("review", review::rows),
    ("edits", edits::rows),
    ("scan", scan::rows),
    ("load", load::rows),
    ("postgres", postgres::rows),
    ("keyshield", peer::rows),
    ("size", size::rows),
    ("completion", completion::rows),
];

fn main() {
    // cargo adds --bench.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let bench = Bench::new();
    match arguments.as_slice() {
        ["database", count, directory] => {
            let rows = Rows::complete(count.parse().unwrap());
            let directory = std::path::absolute(directory).unwrap();
            Database::create(&bench.apikey, &directory, rows);
        }
        ["growth"] => growth::draw(&bench),
        themes => print(&bench, themes),
    }
}

fn print(bench: &Bench, themes: &[&str]) {
    let mut table = Table::new();
    for (name, rows) in THEMES {
        if themes.is_empty() || themes.contains(&name) {
            table.theme(name);
            rows(bench, &mut table);
        }
    }
    table.note(machine());
    if themes.is_empty() && std::env::var_os("APIKEY_BLESS").is_some() {
        table.write_into(&document("performance.md"));
    }
}

/// Returns the path of a file in docs.
fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

/// Describes the machine of the run.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model
        .unwrap_or_default()
        .trim_start_matches(['\t', ':', ' ']);
    let pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let pages = pages.split(['[', ']']).nth(1).unwrap_or("none");
    format!(
        "apikey {}, {cores} cores ({model}), Linux {}, transparent huge pages: {pages}.",
        env!("CARGO_PKG_VERSION"),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}
