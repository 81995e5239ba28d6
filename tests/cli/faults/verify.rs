//! A verdict while something fails: it may not be given, but it is never the wrong one.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::super::sandbox::{APIKEY, Ran, Sandbox};
use super::plan::{Fault, Kind, all_calls, runs, sample};
use super::prepared::finish_in_time;
use super::{can_trace, in_parallel, wanted};

/// What verify must never say of the key in the file of that name.
const NEVER: [(&str, i32); 3] = [("good", 1), ("inactive", 0), ("unknown", 0)];

/// How it is asked.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Alone,
    /// Several threads, each of which may be the one that something fails for.
    Batch,
}

fn verify(way: Way, sandbox: &Sandbox, file: &str, trace: &Path, expressions: &[String]) -> Ran {
    let mut command = sandbox.program("strace");
    command.arg("-qq").arg("-o").arg(trace);
    for expression in expressions {
        command.args(["-e", expression]);
    }
    match way {
        Way::Alone => command.args([APIKEY, "verify", "--no-record", "--key-file", file]),
        Way::Batch => command
            .args(["-f", APIKEY, "verify", "--no-record", "--batch"])
            .stdin(File::open(sandbox.path(file)).unwrap()),
    };
    finish_in_time(&mut command)
}

#[test]
fn whatever_fails_a_good_key_is_not_refused_and_no_other_is_accepted() {
    sweep(Way::Alone);
}

#[test]
fn whatever_fails_in_a_batch_a_good_key_is_not_refused_and_no_other_is_accepted() {
    sweep(Way::Batch);
}

fn sweep(way: Way) {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    for (name, _) in NEVER {
        std::fs::write(sandbox.path(name), sandbox.key(name)).unwrap();
    }
    sandbox.run(&["deactivate", "inactive"]).succeeds();
    sandbox.run(&["delete", "unknown", "-y"]).succeeds();
    let traces = tempfile::tempdir().unwrap();
    let trace = traces.path().join("trace");
    let known: Vec<String> = all_calls().map(|call| format!("?{call}")).collect();
    let mut groups = Vec::new();
    for (i, (name, never)) in NEVER.into_iter().enumerate() {
        let ran = verify(
            way,
            &sandbox,
            name,
            &trace,
            &[format!("trace={}", known.join(","))],
        );
        assert_eq!(ran.code, 1 - never, "{ran:?}");
        let trace = std::fs::read_to_string(&trace).unwrap();
        for call in all_calls() {
            // With several threads a number comes first.
            let is_it = |line: &&str| {
                line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
                    .starts_with(&format!("{call}("))
            };
            let (these, others) = runs(i, call, trace.lines().filter(is_it).count());
            groups.extend(these.into_iter().chain(others));
        }
    }
    let plan: Vec<Fault> = sample(&groups, wanted() / 4);
    let ends = in_parallel(plan.len(), |i| {
        let fault = &plan[i];
        let (name, never) = NEVER[fault.command];
        let (trace, injection) = (traces.path().join(i.to_string()), fault.injection());
        let expressions = [format!("trace={}", fault.call), injection.clone()];
        let ran = verify(way, &sandbox, name, &trace, &expressions);
        assert_ne!(ran.code, never, "strace -e {injection}: {name}: {ran:?}");
        assert_ne!(ran.code, 999, "strace -e {injection}: {name}: {ran:?}");
        let says = if never == 1 { "refused" } else { "accepted" };
        assert!(!ran.stdout.contains(says), "{injection}: {ran:?}");
        // Where there is no memory at all Rust dies before it comes to main, or in a thread
        // before it comes to our code.
        let may_die = matches!(fault.kind, Kind::Signal(_))
            || matches!(fault.call, "brk" | "mmap")
            || (way == Way::Batch && matches!(fault.call, "mprotect" | "munmap"));
        if !(may_die && ran.code > 128) {
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
    // Some were decided, and some could not be.
    assert!(tally.len() > 3, "{tally:?}");
}
