//! `apikey verify --batch`: one secret per line in, one verdict per line out, in order.
//!
//! One thread reads lines, a worker per core decides, and the main thread prints
//! ([`report`]). One worker at a time takes lines, looks up their keys and answers them until a
//! line needs a hash; then another worker continues. So lines that need no hash are answered
//! while other workers hash, unless all of them do; and no more hashes run at once than there
//! are cores, which bounds the memory. A worker waits for a slot before it hashes, and then reads
//! the key again. One worker at a time reads the database.
//!
//! [`report`]: super::report

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::input::stdin;
use super::{Session, Verify, deadline, requirements, unknown_groups};
use crate::clock::now;
use crate::commands::verify::ahead::Ahead;
use crate::commands::verify::claim::{Claim, Decision};
use crate::commands::verify::hash_buffers::HashBuffers;
use crate::commands::verify::imported::{AnyClaim, ImportedClaim, decide_by_hash};
use crate::commands::verify::ordered_queue::{OrderedQueue, Ticket};
use crate::commands::verify::report::{Answer, panicked, print_answers};
use crate::error::{Error, Kind, Result};
use crate::model::{Refusal, Requirements};
use crate::output::Outcome;
use crate::secret::{Line, Lines, Presented, Remembered};
use crate::store::{HashSlots, Reading, Store};

/// The state that the threads share.
struct Batch {
    queue: OrderedQueue<Line, Answer>,
    /// The state of the worker that takes lines. This worker holds the lock.
    taking: Mutex<Taking>,
    /// Read by one worker at a time. An error is the answer to every line with a secret.
    database: Mutex<Result<Reading>>,
    slots: Option<HashSlots>,
    required: Requirements,
    remembered: Remembered,
    buffers: HashBuffers,
}

/// The state of the worker that takes lines.
struct Taking {
    /// Whether the remarks on the requirements are still to be made.
    remarks_due: bool,
    /// The secrets of the next lines, looked up when the lines were waiting already.
    ahead: Ahead,
}

/// A line that needs a hash.
struct HashJob {
    ticket: Ticket,
    claim: AnyClaim,
    remarks: Vec<String>,
}

/// The next step for a line.
enum Step {
    Answer(Box<Decision>),
    Hash(AnyClaim),
}

/// Decides line by line.
///
/// The exit code is that of the last line that could not be decided; otherwise 1 if a line was
/// refused, else 0. Without any line it is 2. If a verdict can't be written, the batch ends: an
/// unread verdict counts for nothing.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if io::stdin().is_terminal() {
        let fact = "stdin is a terminal, where secrets would stay on the screen";
        return Err(Error::new(Kind::Usage, fact).hint(
            "redirect or pipe the secrets to stdin; without --batch, a prompt hides the secret",
        ));
    }
    let location = session.location();
    let batch = Arc::new(Batch {
        queue: OrderedQueue::default(),
        taking: Mutex::new(Taking {
            remarks_due: true,
            ahead: Ahead::default(),
        }),
        slots: location.as_ref().ok().copied().map(HashSlots::new),
        database: Mutex::new(location.map(Reading::new)),
        required: requirements(args, session),
        remembered: Remembered::new()?,
        buffers: HashBuffers::default(),
    });
    let reader = start(&batch)?;
    let outcome = print_answers(&batch.queue, args, session)?;
    match reader.join() {
        Ok(Ok(())) => outcome.ok_or_else(no_line),
        Ok(Err(error)) => Err(unreadable(error)),
        Err(_) => Err(panicked()),
    }
}

/// Returns the error for empty input: exit code 0 without a verdict would look like a yes.
fn no_line() -> Error {
    Error::new(Kind::InvalidInput, "the input has no lines")
        .hint("pass one secret per line on stdin")
}

/// Returns the error that the lines can't be read.
fn unreadable(error: io::Error) -> Error {
    Error::new(Kind::InvalidInput, format!("can't read stdin: {error}"))
        .caused_by(error)
        .hint("redirect or pipe the secrets to stdin")
}

/// Starts the threads and returns the one that reads. They end with the process, since a thread
/// that waits for a line can't be stopped.
fn start(batch: &Arc<Batch>) -> Result<JoinHandle<io::Result<()>>> {
    let no_thread = |error: io::Error| {
        let fact = format!("can't start a thread: {error}");
        Error::new(Kind::OutOfMemory, fact)
            .caused_by(error)
            .hint("try again later, or allow more processes with ulimit -u")
    };
    let worker = || {
        let shared = Arc::clone(batch);
        thread::Builder::new().spawn(move || shared.work())
    };
    worker().map_err(no_thread)?;
    let stdin = stdin().map_err(unreadable)?;
    let shared = Arc::clone(batch);
    let reader = thread::Builder::new().spawn(move || read(stdin, &shared.queue));
    let reader = reader.map_err(no_thread)?;
    // Fewer workers only take longer.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let _ = (1..cores).try_for_each(|_| worker().map(drop));
    Ok(reader)
}

/// Queues each line of `source`.
fn read(source: File, queue: &OrderedQueue<Line, Answer>) -> io::Result<()> {
    /// Ends the queue, also after an error or a panic.
    struct EndOnDrop<'a>(&'a OrderedQueue<Line, Answer>);
    impl Drop for EndOnDrop<'_> {
        fn drop(&mut self) {
            self.0.end();
        }
    }
    let _end = EndOnDrop(queue);
    let mut lines = Lines::new(source);
    let mut found = Vec::new();
    loop {
        let has_more = lines.read(&mut found)?;
        queue.push(&mut found);
        if !has_more {
            return Ok(());
        }
    }
}

impl Batch {
    /// Decides lines until the input ends.
    fn work(&self) {
        /// Aborts the queue after a panic, since the worker's line will never be answered.
        struct AbortOnPanic<'a>(&'a Batch);
        impl Drop for AbortOnPanic<'_> {
            fn drop(&mut self) {
                if thread::panicking() {
                    self.0.queue.abort();
                }
            }
        }
        let _abort = AbortOnPanic(self);
        while let Some(job) = self.next_hash_job() {
            let decision = self.hash(job.claim);
            let remarks = job.remarks;
            self.queue.answer(&job.ticket, Answer { decision, remarks });
        }
    }

    /// Answers lines that need no hash. Returns the first line that needs one. Returns
    /// none at the end of the input.
    fn next_hash_job(&self) -> Option<HashJob> {
        let taking = self.taking.lock();
        let mut taking = taking.unwrap_or_else(PoisonError::into_inner);
        while let Some((ticket, line)) = self.queue.take() {
            let mut remarks = Vec::new();
            let claim = self.look_up(line, &mut taking, &mut remarks);
            let decision = match claim.and_then(|claim| self.step(claim)) {
                Ok(Step::Answer(decision)) => Ok(*decision),
                Ok(Step::Hash(claim)) => {
                    self.queue.pause_taking();
                    return Some(HashJob {
                        ticket,
                        claim,
                        remarks,
                    });
                }
                Err(error) => Err(error),
            };
            self.queue.answer(&ticket, Answer { decision, remarks });
        }
        None
    }

    /// Decides on a claim that needs no hash.
    fn step(&self, claim: Option<AnyClaim>) -> Result<Step> {
        let required = &self.required;
        let decision = match claim {
            None => Ok(Decision::refused(Refusal::Malformed, now())),
            // An unknown id takes less time here than a wrong secret: the caller of a batch is not
            // an attacker who guesses.
            Some(AnyClaim::Native(claim)) if !claim.names_a_key() => claim.decide(false, required),
            Some(AnyClaim::Native(claim)) if self.is_remembered(&claim) => {
                claim.decide(true, required)
            }
            Some(AnyClaim::Imported(claim)) => {
                match self.remembered.imported(claim.tag(&self.remembered)) {
                    Some(hash) => self.read(|store| decide_by_hash(&hash, required, store)),
                    None => return Ok(Step::Hash(AnyClaim::Imported(claim))),
                }
            }
            Some(claim) => return Ok(Step::Hash(claim)),
        };
        decision.map(Box::new).map(Step::Answer)
    }

    fn is_remembered(&self, claim: &Claim) -> bool {
        let tag = claim.tag(&self.remembered);
        tag.is_some_and(|tag| self.remembered.holds(tag))
    }

    /// Computes the hash and decides on `claim`.
    fn hash(&self, claim: AnyClaim) -> Result<Decision> {
        match claim {
            AnyClaim::Native(claim) => self.hash_native(*claim),
            AnyClaim::Imported(claim) => self.hash_imported(&claim),
        }
    }

    /// Computes the hash, and looks up the key by it.
    fn hash_imported(&self, claim: &ImportedClaim) -> Result<Decision> {
        let slot = self.slots.as_ref().map(HashSlots::wait);
        let hash = self.buffers.lend(|buffer| claim.hash(buffer))?;
        drop(slot);
        let decision = self.read(|store| decide_by_hash(&hash, &self.required, store))?;
        if decision.found().is_some() {
            self.remembered
                .add_imported(claim.tag(&self.remembered), &hash);
        }
        Ok(decision)
    }

    /// Computes the hash and decides on `claim`. Reads the key again after the wait for a slot.
    fn hash_native(&self, claim: Claim) -> Result<Decision> {
        let slot = self.slots.as_ref().map(HashSlots::wait);
        let claim = self.read(|store| claim.refresh(&self.required, store))?;
        let Some(claim) = claim else {
            return Ok(Decision::refused(Refusal::Malformed, now()));
        };
        let tag = claim.tag(&self.remembered);
        let is_right = tag.is_some() && self.buffers.lend(|buffer| claim.is_right(buffer))?;
        drop(slot);
        let decision = claim.decide(is_right, &self.required)?;
        // A pending secret is not remembered: the next line with it must take as long again.
        if let (Some(tag), Some(_)) = (tag, decision.found()) {
            self.remembered.add(tag);
        }
        Ok(decision)
    }

    /// Looks up the key that `line` names, or the shape that it has. Returns none if the line is
    /// malformed, or if the secret belongs to another database.
    fn look_up(
        &self,
        line: Line,
        taking: &mut Taking,
        remarks: &mut Vec<String>,
    ) -> Result<Option<AnyClaim>> {
        let presented = match Presented::parse(&line) {
            Ok(Presented::Malformed) | Err(_) => return Ok(None),
            Ok(presented) => presented,
        };
        drop(line);
        let presented = match presented {
            Presented::WellFormed(secret) => match taking.ahead.take(secret.short_form()) {
                Some(named) => {
                    return self.read(|store| AnyClaim::of_found(secret, named, store).map(Some));
                }
                None => Presented::WellFormed(secret),
            },
            other => other,
        };
        let is_foreign = matches!(presented, Presented::Foreign(_));
        let ahead = &mut taking.ahead;
        let remarks_due = std::mem::take(&mut taking.remarks_due);
        let claim = self.read_slow(|store, is_slow| {
            if remarks_due {
                let groups = unknown_groups(&self.required, store)?;
                remarks.extend(deadline(&self.required, now()).into_iter().chain(groups));
            }
            match presented {
                Presented::WellFormed(secret)
                    if is_slow
                        && !self.required.shows_key
                        && secret.short_form().prefix == store.settings().prefix =>
                {
                    ahead.look_up(secret.short_form(), &self.queue, &self.required, store)?;
                    match ahead.take(secret.short_form()) {
                        Some(named) => AnyClaim::of_found(secret, named, store).map(Some),
                        None => AnyClaim::of(Presented::WellFormed(secret), &self.required, store),
                    }
                }
                presented => AnyClaim::of(presented, &self.required, store),
            }
        });
        taking.remarks_due = remarks_due && claim.is_err();
        match claim {
            // Nothing was imported into it.
            Err(error) if is_foreign && error.kind() == Kind::DatabaseMissing => Ok(None),
            claim => claim,
        }
    }

    /// Reads the present state of the database.
    fn read<T>(&self, lookup: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        self.read_slow(|store, _| lookup(store))
    }

    /// As [`read`](Self::read). `lookup` also learns whether looking up many secrets at once is
    /// much faster than one by one.
    fn read_slow<T>(&self, lookup: impl FnOnce(&Store, bool) -> Result<T>) -> Result<T> {
        let database = self.database.lock();
        let mut database = database.unwrap_or_else(PoisonError::into_inner);
        let reading = database.as_mut().map_err(|error| error.clone())?;
        let is_slow = reading.answers_slowly();
        reading.read(|store| lookup(store, is_slow))
    }
}
