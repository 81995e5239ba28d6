//! Records the promises that exit codes made to clients, and checks that each is kept.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::sandbox::Ran;
use super::cluster::{Cluster, Side, wait_slowly_for};

/// The verdict on a secret that exit codes promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused,
    /// A command that creates or ends the secret is running, or its outcome is unknown.
    Unknown,
}

/// A process that ended.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub side: Side,
    pub is_change: bool,
    pub begin: Instant,
    pub end: Instant,
    pub code: i32,
    /// Whether it accepted a secret although its end had been acknowledged before.
    pub is_open_door: bool,
}

/// The runs of all clients, and the verdicts that exit codes promised.
#[derive(Default)]
pub struct Record {
    secrets: Mutex<Secrets>,
    runs: Mutex<Vec<Run>>,
    broken: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Secrets {
    /// In the order in which they were printed.
    printed: Vec<String>,
    verdicts: BTreeMap<String, Verdict>,
}

impl Run {
    /// Returns whether it is a change that was acknowledged, or a verdict.
    pub fn is_answer(&self) -> bool {
        self.code == 0 || self.code == 1
    }
}

impl Record {
    /// Sets the verdict on a secret, unless it is empty because none was printed.
    pub fn set(&self, secret: &str, verdict: Verdict) {
        if secret.is_empty() {
            return;
        }
        let mut secrets = self.secrets.lock().unwrap();
        let before = secrets.verdicts.insert(secret.to_owned(), verdict);
        if before.is_none() {
            secrets.printed.push(secret.to_owned());
        }
    }

    pub fn verdict(&self, secret: &str) -> Verdict {
        self.secrets.lock().unwrap().verdicts[secret]
    }

    /// Returns a secret with a known verdict: for an even `number` one of the last eight, since a
    /// failover loses the last changes.
    pub fn choose(&self, number: usize) -> Option<(String, Verdict)> {
        let secrets = self.secrets.lock().unwrap();
        let printed = secrets.printed.len();
        let skipped = if number.is_multiple_of(2) {
            number / 2 % printed.clamp(1, 8)
        } else {
            number * 31 % printed.max(1)
        };
        let mut known = secrets.printed.iter().rev().skip(skipped);
        known.find_map(|secret| {
            let verdict = secrets.verdicts[secret];
            (verdict != Verdict::Unknown).then(|| (secret.clone(), verdict))
        })
    }

    pub fn add(&self, run: Run) {
        self.runs.lock().unwrap().push(run);
    }

    pub fn add_broken(&self, promise: String) {
        self.broken.lock().unwrap().push(promise);
    }

    /// Returns the runs on `side` that began at `since` or later.
    pub fn runs(&self, side: Side, since: Instant) -> Vec<Run> {
        let runs = self.runs.lock().unwrap();
        let runs = runs
            .iter()
            .filter(|run| run.side == side && run.begin >= since);
        runs.copied().collect()
    }

    /// Waits until `count` changes and as many verdicts answered clients on `side` that began after
    /// `since`. Panics if a promise was broken.
    pub fn wait_for_answers(&self, side: Side, since: Instant, count: usize) {
        wait_slowly_for("changes and verdicts", || {
            self.check_broken();
            let runs = self.runs(side, since);
            [true, false].into_iter().all(|is_change| {
                let answers = runs
                    .iter()
                    .filter(|run| run.is_change == is_change && run.is_answer());
                answers.count() >= count
            })
        });
    }

    /// Waits until a change and a verification on `side` that began after `since` ended without an
    /// answer.
    pub fn wait_for_refusal(&self, side: Side, since: Instant) {
        wait_slowly_for("no primary", || {
            let runs = self.runs(side, since);
            let is_ended = |is_change| {
                let mut runs = runs.iter().filter(|run| run.is_change == is_change);
                runs.any(|run| run.code == 75)
            };
            is_ended(true) && is_ended(false)
        });
    }

    fn check_broken(&self) {
        let broken = self.broken.lock().unwrap().clone();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    /// Checks every promise: each secret gets its verdict, and the log is intact.
    pub fn check(&self, cluster: &Cluster) {
        self.check_broken();
        let secrets = self.secrets.lock().unwrap();
        let known = secrets
            .printed
            .iter()
            .filter_map(|secret| match secrets.verdicts[secret] {
                Verdict::Unknown => None,
                Verdict::Accepted => Some((secret, "accepted")),
                Verdict::Refused => Some((secret, "refused")),
            });
        let known: Vec<(&String, &str)> = known.collect();
        let input: String = known
            .iter()
            .map(|(secret, _)| format!("{secret}\n"))
            .collect();
        let ran: Ran = cluster.apikey(Side::Bridge, &["verify", "--batch"], &input);
        let verdicts: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(verdicts.len(), known.len(), "{}", ran.stderr);
        let wrong = known
            .iter()
            .zip(verdicts)
            .filter(|((_, promised), verdict)| !verdict.starts_with(promised));
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        cluster
            .apikey(Side::Bridge, &["log", "verify"], "")
            .succeeds();
    }

    /// Returns how many changes ended with each exit code, and the seconds from `since` to the
    /// first answer to a client that began later, for verdicts and for changes.
    pub fn summary(&self, since: Instant) -> String {
        let runs = self.runs.lock().unwrap();
        let codes = [0, 6, 7, 75].map(|code| {
            let ended = runs.iter().filter(|run| run.is_change && run.code == code);
            format!("{} exited with {code}", ended.count())
        });
        drop(runs);
        let answered = self.runs(Side::Bridge, since);
        let after = |is_change| {
            let answers = answered
                .iter()
                .filter(|run| run.is_change == is_change && run.is_answer());
            seconds(answers.map(|run| run.end - since).min())
        };
        format!(
            "first verdict after {}, first change after {}; of all changes {}",
            after(false),
            after(true),
            codes.join(", ")
        )
    }

    /// Returns how many verdicts a node that was cut off from `cut` to `healed` gave to its
    /// clients, how many of them accepted a secret that had been ended, and when the last verdict
    /// was given.
    pub fn stale_summary(&self, side: Side, cut: Instant, healed: Instant) -> String {
        let runs = self.runs(side, cut);
        let is_verdict = |run: &&Run| !run.is_change && run.is_answer() && run.end < healed;
        let verdicts: Vec<&Run> = runs.iter().filter(is_verdict).collect();
        format!(
            "it gave {} verdicts, {} of them to secrets that had ended, the last after {}",
            verdicts.len(),
            verdicts.iter().filter(|run| run.is_open_door).count(),
            seconds(verdicts.iter().map(|run| run.end - cut).max())
        )
    }
}

fn seconds(duration: Option<Duration>) -> String {
    format!("{:.1} s", duration.unwrap_or_default().as_secs_f64())
}
