//! `cargo bench`: what apikey is to reach, and what it reaches, in a table. Every figure
//! is of one run on one machine, side by side with what it is measured against.
//!
//! | arguments | what it does |
//! | --- | --- |
//! | none | the whole table; with `APIKEY_BLESS=1` also into docs/performance.md |
//! | `verify`, `batch`, … | the rows of these themes |
//! | `growth` | docs/growth.csv and docs/growth.svg: from one key to ten million |
//! | `database COUNT FOLDER` | a database of that many keys in a new folder |
//!
//! `APIKEY_BENCH_QUICK=1` is a matter of a minute, with figures that mean nothing;
//! `APIKEY_BENCH_BIN=PATH` measures another binary. What isn't installed is said in the
//! rows that need it.
#![allow(
    clippy::unwrap_used,
    reason = "a bench is a program of its own: it may end where it fails"
)]

mod batch;
mod completion;
mod database;
mod growth;
mod list;
mod load;
mod measure;
mod peer;
mod size;
mod table;
mod verify;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use database::{Database, Rows};
use table::Table;

/// What every theme works with.
struct Bench {
    apikey: PathBuf,
    /// On a disk, not in memory: what is made durable takes the time it takes.
    folder: TempDir,
    quick: bool,
    million: OnceCell<Database>,
}

impl Bench {
    fn new() -> Self {
        let apikey = std::env::var_os("APIKEY_BENCH_BIN");
        Self {
            apikey: apikey.map_or_else(|| env!("CARGO_BIN_EXE_apikey").into(), PathBuf::from),
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            quick: std::env::var_os("APIKEY_BENCH_QUICK").is_some(),
            million: OnceCell::new(),
        }
    }

    /// `count`, or little where it is to be quick.
    fn sized(&self, count: u64) -> u64 {
        if self.quick {
            count.div_ceil(1000).max(10)
        } else {
            count
        }
    }

    /// So many rounds, or two where it is to be quick.
    fn rounds(&self, count: usize) -> usize {
        if self.quick { 2 } else { count }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn database(&self, name: &str, rows: Rows) -> Database {
        Database::make(&self.apikey, &self.path(name), rows)
    }

    /// The one of a million keys, which several themes read.
    fn million(&self) -> &Database {
        let make = || self.database("million", Rows::whole(self.sized(1_000_000)));
        self.million.get_or_init(make)
    }
}

/// Measures the rows of a theme.
type Theme = fn(&Bench, &mut Table);

/// The themes, in the order of the table.
const THEMES: [(&str, Theme); 7] = [
    ("verify", verify::rows),
    ("batch", batch::rows),
    ("list", list::rows),
    ("load", load::rows),
    ("keyshield", peer::rows),
    ("size", size::rows),
    ("completion", completion::rows),
];

fn main() {
    // cargo adds --bench.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let bench = Bench::new();
    match words.as_slice() {
        ["database", count, folder] => {
            let rows = Rows::whole(count.parse().unwrap());
            Database::make(&bench.apikey, &std::path::absolute(folder).unwrap(), rows);
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

/// A file of the documents.
fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

/// What all of it was measured on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let about = read("/proc/cpuinfo");
    let model = about
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
