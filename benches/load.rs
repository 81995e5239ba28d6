//! Measures many `verify` at once.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::Bench;
use super::database::{Database, Rows};
use super::measure::{Result, Spent, compare_by};
use super::table::Goal::{AtLeast, None as NoGoal};
use super::table::{Reached, Table, Unit};

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("load", Rows::complete(1));
    let many = if bench.is_quick { 16 } else { 256 };
    let total = 4 * many;
    let rounds = bench.rounds(4);
    table.row(
        &format!("{many} `verify` at once, verifications a second"),
        "2 at once",
        AtLeast(0.8, Unit::Ratio),
        || {
            let mut rates = Vec::new();
            let run = |at_once| {
                let begin = Instant::now();
                verify_all(&db, total, at_once, None)?;
                let wall = begin.elapsed().as_secs_f64();
                Ok(Spent { wall, cpu: wall })
            };
            let all = || {
                let spent = run(many)?;
                rates.push(total as f64 / spent.wall);
                Ok(spent)
            };
            let pairs = compare_by(all, || run(2), rounds)?;
            let (ratio, _) = pairs.median(|all, two| two / all);
            Ok(Reached {
                value: ratio,
                detail: format!("{:.0} a second, no error", super::measure::median(rates)),
                runs: format!("{rounds} pairs of {total}"),
                ..Reached::default()
            })
        },
    );
    table.row(
        &format!("{many} `verify` at once, total memory"),
        "2 at once",
        NoGoal(Unit::Mib),
        || {
            let peak = |at_once| {
                let peak = AtomicUsize::new(0);
                verify_all(&db, total, at_once, Some(&peak))?;
                Ok::<_, String>(peak.into_inner() as f64 / 1024.0)
            };
            let (all, two) = (peak(many)?, peak(2)?);
            Ok(Reached {
                value: all,
                detail: format!("2 at once: {two:.1} MiB"),
                runs: "sampled every 20 ms".to_owned(),
                ..Reached::default()
            })
        },
    );
}

/// Runs `verify` `total` times, `at_once` processes at a time. Stores the peak of their
/// total memory, in KiB, in `peak` if there is one.
///
/// # Errors
/// If a `verify` doesn't accept.
fn verify_all(
    db: &Database,
    total: usize,
    at_once: usize,
    peak: Option<&AtomicUsize>,
) -> Result<()> {
    let (begun, failed, done) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    let running = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        let sampler = peak.map(|peak| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let processes: Vec<u32> = running.lock().unwrap().iter().copied().collect();
                    peak.fetch_max(processes.into_iter().map(memory_of).sum(), Relaxed);
                    thread::sleep(Duration::from_millis(20));
                }
            })
        });
        let workers: Vec<_> = (0..at_once)
            .map(|_| {
                scope.spawn(|| {
                    let mut verify = db.subject(&["verify"]).stdin(&db.secret());
                    while begun.fetch_add(1, Relaxed) < total {
                        let mut child = verify.command(&[]).spawn().unwrap();
                        running.lock().unwrap().insert(child.id());
                        let accepted = child.wait().unwrap().success();
                        running.lock().unwrap().remove(&child.id());
                        failed.fetch_add(usize::from(!accepted), Relaxed);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, Relaxed);
        if let Some(sampler) = sampler {
            sampler.join().unwrap();
        }
    });
    match failed.into_inner() {
        0 => Ok(()),
        failed => Err(format!("{failed} of {total} failed, {at_once} at once")),
    }
}

/// Returns the memory of a process in KiB, without memory that it shares with others, such
/// as the program itself, which would count many times. Before `exec` a child still has all
/// memory of this process; it counts as 0.
fn memory_of(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let own = std::fs::read_to_string("/proc/self/comm").unwrap_or_default();
    if status.starts_with(&format!("Name:\t{own}")) {
        return 0;
    }
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0)
}
