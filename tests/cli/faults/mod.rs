//! The fault sweep: every system call of a command that changes something fails once, and every
//! promise holds. The exit code of a run without a fault, which is 0 but for a scan that finds
//! something live, means that the change is complete, 7 that the outcome must be checked,
//! and any other code that nothing changed. No key is active unless its secret was delivered.
//!
//! By default there are a thousand runs, a sample of every command, call and fault.
//! `APIKEY_FAULTS=10000 cargo test --test cli faults -- --nocapture` does ten thousand, with
//! further commands, calls and faults.

mod commands;
mod dump;
mod limits;
mod plan;
mod prepared;
mod promise;
mod renewal;
mod signals;
mod verify;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sandbox::{has, ran};
use super::waiting::{is_installed, run};
use commands::COMMANDS;
use plan::{Fault, Kind, all_calls, runs, sample};
use prepared::{Prepared, Run};
use promise::{State, check};

/// The default number of runs.
const RUNS: usize = 1000;

/// The results of all runs.
#[derive(Default)]
struct Tally {
    runs: usize,
    /// The runs in which the injected fault happened.
    injected: usize,
    ends: BTreeMap<(i32, Option<State>), usize>,
    broken: Vec<String>,
}

/// Returns the number of runs to do.
fn wanted() -> usize {
    let requested = std::env::var("APIKEY_FAULTS").ok();
    requested.map_or(RUNS, |number| number.parse().unwrap())
}

/// Returns whether strace is installed and may trace.
fn can_trace() -> bool {
    let mut traced = std::process::Command::new("strace");
    traced.args(["-o", "/dev/null", "true"]);
    let can = is_installed("strace") && ran(&run(&mut traced)).code == 0;
    has("strace, and permission to trace", can)
}

#[test]
fn after_every_fault_a_change_is_complete_or_undone_and_the_exit_code_says_which() {
    if !can_trace() {
        return;
    }
    let wanted = wanted();
    let prepared = in_parallel(COMMANDS.len(), |i| Prepared::new(&COMMANDS[i]));
    let tally = sweep(&prepared, &plan_of(&prepared, wanted));
    assert!(tally.runs >= wanted, "there are only {} runs", tally.runs);
    // The number of calls varies slightly with the machine, so that a few faults don't happen.
    assert!(tally.injected * 100 >= tally.runs * 95);
}

/// Returns the plan of `wanted` runs: a sample of the promised ones, then of further ones.
fn plan_of(prepared: &[Prepared], wanted: usize) -> Vec<Fault> {
    let (mut promised, mut further) = (Vec::new(), Vec::new());
    for (i, prepared) in prepared.iter().enumerate() {
        for call in all_calls() {
            let count = prepared.counts.get(call).copied().unwrap_or(0);
            let (common, rare) = runs(i, call, count);
            if prepared.command.is_promised {
                promised.extend(common);
            } else {
                further.extend(common);
            }
            further.extend(rare);
        }
    }
    // Part of a long sweep is for the further ones.
    let share = if wanted > RUNS { wanted / 2 } else { wanted };
    let mut plan = sample(&promised, share);
    let rest = wanted.saturating_sub(plan.len());
    if rest > 0 {
        plan.extend(sample(&further, rest));
    }
    plan
}

/// Does the runs of the plan, and prints their tally.
fn sweep(prepared: &[Prepared], plan: &[Fault]) -> Tally {
    let tally = Mutex::new(Tally::default());
    in_parallel(plan.len(), |i| run_one(prepared, &plan[i], &tally));
    let tally = tally.into_inner().unwrap();
    tally.print();
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
    tally
}

fn run_one(prepared: &[Prepared], fault: &Fault, tally: &Mutex<Tally>) {
    let prepared = &prepared[fault.command];
    let sandbox = prepared.sandbox();
    let traces = tempfile::tempdir().unwrap();
    let injection = fault.injection();
    let run = prepared.run(
        &sandbox,
        &traces.path().join("trace"),
        fault.call,
        Some(&injection),
    );
    let code = run.ran.code;
    let (killed, failed) = match fault.kind {
        Kind::Signal(signal) => {
            let arrived = run.trace.contains(&format!("--- SIG{signal}"));
            (code > 128, arrived || code > 128)
        }
        // Without any memory, Rust and the loader abort.
        Kind::Errno("ENOMEM") if matches!(fault.call, "brk" | "mmap") => (code > 128, true),
        Kind::Errno(_) => (false, run.has_failed(fault.call)),
    };
    let checked = check(prepared, &sandbox, &run, killed);
    let is_misreported = code == 4
        && matches!(fault.call, "open" | "openat")
        && !matches!(fault.kind, Kind::Errno("EACCES" | "EROFS"));
    let checked = if is_misreported {
        Err("a failed disk is reported as a missing permission".to_owned())
    } else {
        checked
    };
    let first = prepared.first.as_deref().unwrap_or("trace=all");
    let how = format!("strace -e {first} -e {injection}");
    tally
        .lock()
        .unwrap()
        .add(&how, prepared, &run, checked, failed);
}

impl Tally {
    /// Adds a run. `how` is the command line of strace.
    fn add(
        &mut self,
        how: &str,
        prepared: &Prepared,
        run: &Run,
        checked: Result<State, String>,
        failed: bool,
    ) {
        self.runs += 1;
        self.injected += usize::from(failed);
        let state = checked.as_ref().ok().copied();
        *self.ends.entry((run.ran.code, state)).or_default() += 1;
        if let Err(promise) = checked {
            let command = prepared.command.args.join(" ");
            let target = prepared.command.target;
            self.broken.push(format!(
                "{how} apikey {command} ({target:?}): {promise}\nexit {}: {}{}",
                run.ran.code, run.ran.stderr, run.trace
            ));
        }
    }

    /// Prints the tally on stderr directly, since the test harness captures eprintln.
    fn print(&self) {
        let mut stderr = std::io::stderr();
        let Self { runs, injected, .. } = self;
        let broken = self.broken.len();
        let _ = writeln!(
            stderr,
            "fault sweep: {runs} runs, {injected} with a fault, {broken} broken promises"
        );
        for ((code, state), count) in &self.ends {
            let left = state.map_or("broken".to_owned(), |state| format!("{state:?}"));
            let _ = writeln!(stderr, "  exit {code:>3}, {left:<9} {count}");
        }
    }
}

/// Runs `task` for each number below `count`, on every processor.
fn in_parallel<T: Send>(count: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= count {
                        return;
                    }
                    let result = task(i);
                    done.lock().unwrap().push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}
