//! Verdicts under faults: a fault may prevent a verdict, but never makes it wrong.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::super::sandbox::{APIKEY, Ran, Sandbox};
use super::plan::{Fault, Kind, all_calls, runs, sample};
use super::prepared::finish_in_time;
use super::{can_trace, in_parallel, wanted};

/// The exit code that `verify` must never have for the secret in the file of that name.
const FORBIDDEN: [(&str, i32); 3] = [("good", 1), ("inactive", 0), ("unknown", 0)];

/// The mode of `verify`.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Single,
    /// A fault may hit any of several threads.
    Batch,
}

fn verify(mode: Mode, sandbox: &Sandbox, file: &str, trace: &Path, expressions: &[String]) -> Ran {
    let mut command = sandbox.program("strace");
    command.arg("-qq").arg("-o").arg(trace);
    for expression in expressions {
        command.args(["-e", expression]);
    }
    match mode {
        Mode::Single => command.args([APIKEY, "verify", "--no-record", "--key-file", file]),
        Mode::Batch => command
            .args(["-f", APIKEY, "verify", "--no-record", "--batch"])
            .stdin(File::open(sandbox.path(file)).unwrap()),
    };
    finish_in_time(&mut command)
}

#[test]
fn no_fault_refuses_a_valid_secret_or_accepts_another() {
    sweep(Mode::Single);
}

#[test]
fn no_fault_in_a_batch_refuses_a_valid_secret_or_accepts_another() {
    sweep(Mode::Batch);
}

fn sweep(mode: Mode) {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    for (name, _) in FORBIDDEN {
        std::fs::write(sandbox.path(name), sandbox.key(name)).unwrap();
    }
    sandbox.run(&["deactivate", "inactive"]).succeeds();
    sandbox.run(&["delete", "unknown", "-y"]).succeeds();
    let traces = tempfile::tempdir().unwrap();
    let trace = traces.path().join("trace");
    let known: Vec<String> = all_calls().map(|call| format!("?{call}")).collect();
    let mut groups = Vec::new();
    for (i, (name, forbidden)) in FORBIDDEN.into_iter().enumerate() {
        let ran = verify(
            mode,
            &sandbox,
            name,
            &trace,
            &[format!("trace={}", known.join(","))],
        );
        assert_eq!(ran.code, 1 - forbidden, "{ran:?}");
        let trace = std::fs::read_to_string(&trace).unwrap();
        for call in all_calls() {
            // With several threads, a line begins with the number of its thread.
            let is_it = |line: &&str| {
                line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
                    .starts_with(&format!("{call}("))
            };
            let (common, rare) = runs(i, call, trace.lines().filter(is_it).count());
            groups.extend(common.into_iter().chain(rare));
        }
    }
    let plan: Vec<Fault> = sample(&groups, wanted() / 4);
    let ends = in_parallel(plan.len(), |i| {
        let fault = &plan[i];
        let (name, forbidden) = FORBIDDEN[fault.command];
        let (trace, injection) = (traces.path().join(i.to_string()), fault.injection());
        let expressions = [format!("trace={}", fault.call), injection.clone()];
        let ran = verify(mode, &sandbox, name, &trace, &expressions);
        assert_ne!(
            ran.code, forbidden,
            "strace -e {injection}: {name}: {ran:?}"
        );
        assert_ne!(ran.code, 999, "strace -e {injection}: {name}: {ran:?}");
        let says = if forbidden == 1 {
            "refused"
        } else {
            "accepted"
        };
        assert!(!ran.stdout.contains(says), "{injection}: {ran:?}");
        // Without any memory, Rust dies before main, or in a thread before our code.
        let may_be_killed = matches!(fault.kind, Kind::Signal(_))
            || matches!(fault.call, "brk" | "mmap")
            || (mode == Mode::Batch && matches!(fault.call, "mprotect" | "munmap"));
        if !(may_be_killed && ran.code > 128) {
            assert!(!ran.stderr.contains("panicked"), "{injection}: {ran:?}");
            let known = [0, 1, 2, 3, 4, 5, 75, 127].contains(&ran.code);
            assert!(known, "{injection}: {ran:?}");
        }
        ran.code
    });
    let mut tally = BTreeMap::new();
    for code in ends {
        *tally.entry(code).or_insert(0) += 1;
    }
    // Some faults prevented a verdict, and some didn't.
    assert!(tally.len() > 3, "{tally:?}");
}
