//! Measures sizes: the binary, and a key in the database.

use std::process::Command;

use super::Bench;
use super::database::Rows;
use super::table::Goal::{AtMost, None as NoGoal};
use super::table::{Reached, Table, Unit};

/// The C library: glibc's libraries and loader, and the kernel's vdso.
const LIBC: [&str; 5] = ["linux-vdso", "libc.so", "libm.so", "ld-linux", "libpthread"];

pub fn rows(bench: &Bench, table: &mut Table) {
    let once = |value, detail: String| Reached {
        value,
        detail,
        runs: "1".to_owned(),
        ..Reached::default()
    };
    table.row(
        "the binary, with PostgreSQL",
        "",
        AtMost(7.0, Unit::Megabytes),
        || {
            let bytes = std::fs::metadata(&bench.apikey).unwrap().len();
            Ok(once(bytes as f64 / 1e6, String::new()))
        },
    );
    table.row(
        "dynamic libraries that are not libc's",
        "`ldd`",
        AtMost(0.0, Unit::Count),
        || {
            let output = Command::new("ldd").arg(&bench.apikey).output();
            let output = output.map_err(|_| "apt-get install libc-bin".to_owned())?;
            let report = String::from_utf8_lossy(&output.stdout);
            let names = report
                .lines()
                .filter_map(|line| line.split_whitespace().next());
            let others: Vec<&str> = names
                .filter(|name| name.contains(".so"))
                .filter(|name| !LIBC.iter().any(|libc| name.contains(libc)))
                .collect();
            Ok(once(others.len() as f64, others.join(" ")))
        },
    );
    let count = bench.sized(1_000_000);
    for (what, goal, groups, log) in [
        (
            "database, a key without groups",
            AtMost(250.0, Unit::Bytes),
            false,
            false,
        ),
        ("the same with its groups", NoGoal(Unit::Bytes), true, false),
        (
            "the same with its entries in the log",
            NoGoal(Unit::Bytes),
            true,
            true,
        ),
    ] {
        table.row(what, "", goal, || {
            let db;
            let path = if log {
                &bench.million().path
            } else {
                db = bench.database(what, Rows { count, groups, log });
                &db.path
            };
            let bytes = std::fs::metadata(path).unwrap().len();
            if !log {
                std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
            }
            Ok(once(
                bytes as f64 / count as f64,
                format!("of {count} keys"),
            ))
        });
    }
}
