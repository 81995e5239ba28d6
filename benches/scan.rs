//! Measures `scan` of a tree without secrets.

use std::path::PathBuf;

use super::Bench;
use super::database::Rows;
use super::measure::{Subject, compare};
use super::table::Goal::AtMost;
use super::table::{Table, Unit};
use super::verify::ratio;

/// The texts in the tree: what people write, and code.
const TEXTS: [&str; 3] = [
    include_str!("../README.md"),
    include_str!("../docs/performance.md"),
    include_str!("postgres.rs"),
];

/// The expression of `scan --rules gitleaks`.
const EXPRESSION: &str = "apik_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}";

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("scan", Rows::complete(1));
    let tree = tree(bench);
    let rounds = bench.rounds(7);
    table.row(
        "`scan` of 2,000 files, 200 MB",
        "`rg -uu` with the same expression",
        AtMost(2.0, Unit::Ratio),
        || {
            let mut scan = db.subject(&["scan", tree.to_str().unwrap()]);
            let words = ["rg", "-uu", EXPRESSION, tree.to_str().unwrap()];
            let mut rg = Subject::new(words).exits(1);
            let pairs = compare(&mut scan, &mut rg, rounds);
            let pairs = pairs.map_err(|error| format!("apt-get install ripgrep ({error})"))?;
            Ok(ratio(&pairs, rounds))
        },
    );
}

/// Creates the tree.
fn tree(bench: &Bench) -> PathBuf {
    let root = bench.path("tree");
    let mut text: String = TEXTS.concat();
    while text.len() < 100_000 {
        text.push_str(&text.clone());
    }
    text.truncate(text.floor_char_boundary(100_000));
    for number in 0..bench.sized(2_000) {
        let directory = root.join((number / 100).to_string());
        std::fs::create_dir_all(&directory).unwrap();
        let text = text.replace("apikey", &format!("k{number}"));
        std::fs::write(directory.join(number.to_string()), text).unwrap();
    }
    root
}
