//! `apikey verify --batch`: one secret a line, one verdict a line in the same order.
//!
//! One thread reads lines, as many workers as there are cores decide, and the main thread
//! prints ([`report`]). One worker at a time takes lines, looks up their keys and answers
//! them until a line needs a hash; then another worker takes over. So a line without a hash
//! waits for no hash, and no more hashes run at once than there are cores, which bounds the
//! memory. A worker that hashes has waited for a slot, and reads the key again. One worker
//! at a time reads the database.
//!
//! [`report`]: super::report

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::input::{stdin, unreadable};
use super::{Session, Verify, deadline, requirements, unknown_groups};
use crate::clock::now;
use crate::commands::verify::answer::{Answer, broken};
use crate::commands::verify::claim::{Claim, Decision};
use crate::commands::verify::hash_buffers::HashBuffers;
use crate::commands::verify::ordered_queue::{OrderedQueue, Place};
use crate::commands::verify::report::print_answers;
use crate::error::{Error, Kind, Result};
use crate::model::{Refusal, Requirements};
use crate::output::Outcome;
use crate::secret::{Line, Lines, Presented, Remembered};
use crate::store::{HashSlots, Reading, Store};

/// What the threads share.
struct Batch {
    queue: OrderedQueue<Line, Answer>,
    /// Held by the worker that takes lines.
    remarks_due: Mutex<RemarksDue>,
    /// Read by one worker at a time. An error for every line with a secret, as for every
    /// command that needs a database.
    database: Mutex<Result<Reading>>,
    slots: Option<HashSlots>,
    required: Requirements,
    remembered: Remembered,
    buffers: HashBuffers,
}

/// The remarks on the requirements that are still to be made.
struct RemarksDue {
    deadline: bool,
    groups: bool,
}

/// A line that needs a hash.
struct HashJob {
    place: Place,
    claim: Claim,
    remarks: Vec<String>,
}

/// Decides line by line.
///
/// The exit code is that of the last line that could not be decided, else 1 where a line was
/// refused; 2 where there is no line. Where the verdicts can't be written, the batch ends: a
/// verdict that was not read counts for nothing.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if io::stdin().is_terminal() {
        let fact = "stdin is a terminal, where the secrets would stay on the screen";
        return Err(Error::new(Kind::Usage, fact)
            .hint("redirect a file or a program to it; without --batch one can be typed hidden"));
    }
    let location = session.location();
    let batch = Arc::new(Batch {
        queue: OrderedQueue::default(),
        remarks_due: Mutex::new(RemarksDue {
            deadline: true,
            groups: true,
        }),
        slots: location
            .as_ref()
            .ok()
            .map(|location| HashSlots::new(location)),
        database: Mutex::new(location.map(Reading::new)),
        required: requirements(args, session),
        remembered: Remembered::new()?,
        buffers: HashBuffers::default(),
    });
    let reader = start(&batch)?;
    let outcome = print_answers(&batch.queue, args, session)?;
    match reader.join() {
        Ok(Ok(())) => outcome.ok_or_else(no_line),
        Ok(Err(error)) => Err(unreadable("stdin", error)),
        Err(_) => Err(broken()),
    }
}

/// Without a question, exit code 0 would be no answer.
fn no_line() -> Error {
    Error::new(Kind::InvalidInput, "there is no line in the input")
        .hint("pass one secret a line on stdin")
}

/// Starts the threads. They end with the process: a thread that waits for a line can't be
/// stopped.
fn start(batch: &Arc<Batch>) -> Result<JoinHandle<io::Result<()>>> {
    let no_thread = |error: io::Error| {
        let fact = format!("no thread can be started: {error}");
        Error::new(Kind::OutOfMemory, fact)
            .caused_by(error)
            .hint("try again later, or allow more processes with ulimit -u")
    };
    let worker = || {
        let shared = Arc::clone(batch);
        thread::Builder::new().spawn(move || shared.work())
    };
    worker().map_err(no_thread)?;
    let stdin = stdin()?;
    let shared = Arc::clone(batch);
    let reader = thread::Builder::new().spawn(move || read(stdin, &shared.queue));
    let reader = reader.map_err(no_thread)?;
    // With fewer workers it only takes longer.
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
    /// Decides line after line.
    fn work(&self) {
        /// Aborts the queue after a panic: the line will never be answered.
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
            self.queue.answer(&job.place, Answer { decision, remarks });
        }
    }

    /// Answers the lines that need no hash. Returns the first that does; none at the end of
    /// the input.
    fn next_hash_job(&self) -> Option<HashJob> {
        let due = self.remarks_due.lock();
        let mut due = due.unwrap_or_else(PoisonError::into_inner);
        while let Some((place, line)) = self.queue.take() {
            let mut remarks = Vec::new();
            // The time is read after the look-up, which may wait for a lock.
            let decision = match self.look_up(line, &mut due, &mut remarks) {
                Ok(None) => Ok(Decision::refused(Refusal::Malformed, now())),
                // An unknown secret takes less time here than a wrong one: the feeder of a
                // batch is no attacker who guesses.
                Ok(Some(claim)) if !claim.names_a_key() => {
                    claim.decide(false, &self.required, now())
                }
                Ok(Some(claim)) if self.is_remembered(&claim) => {
                    claim.decide(true, &self.required, now())
                }
                Ok(Some(claim)) => {
                    self.queue.pause_taking();
                    return Some(HashJob {
                        place,
                        claim,
                        remarks,
                    });
                }
                Err(error) => Err(error),
            };
            self.queue.answer(&place, Answer { decision, remarks });
        }
        None
    }

    fn is_remembered(&self, claim: &Claim) -> bool {
        let tag = claim.tag(&self.remembered);
        tag.is_some_and(|tag| self.remembered.holds(tag))
    }

    /// Decides by a hash, and by the key as it is when the hash begins: a slot may have been
    /// waited for.
    fn hash(&self, claim: Claim) -> Result<Decision> {
        let slot = self.slots.as_ref().map(HashSlots::wait);
        let renewed = self.read(|store| claim.renewed(&self.required, store))?;
        let Some(claim) = renewed else {
            return Ok(Decision::refused(Refusal::Malformed, now()));
        };
        let tag = claim.tag(&self.remembered);
        let is_right = tag.is_some() && self.buffers.lend(|buffer| claim.is_right(buffer))?;
        drop(slot);
        let decision = claim.decide(is_right, &self.required, now())?;
        // The secret of a pending key is not remembered: its next line must take as long.
        if let (Some(tag), Some(_)) = (tag, decision.key()) {
            self.remembered.add(tag);
        }
        Ok(decision)
    }

    /// Looks up the key that `line` names. Returns none where the line is malformed, which
    /// needs no database, or where it is another database's.
    fn look_up(
        &self,
        line: Line,
        due: &mut RemarksDue,
        remarks: &mut Vec<String>,
    ) -> Result<Option<Claim>> {
        let Ok(Presented::WellFormed(secret)) = Presented::parse(&line) else {
            return Ok(None);
        };
        drop(line);
        if std::mem::take(&mut due.deadline) {
            remarks.extend(deadline(&self.required, now()));
        }
        self.read(|store| {
            if due.groups {
                remarks.extend(unknown_groups(&self.required, store)?);
                due.groups = false;
            }
            Claim::look_up(secret, &self.required, store)
        })
    }

    /// Reads the database as it is now.
    fn read<T>(&self, look: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let database = self.database.lock();
        let mut database = database.unwrap_or_else(PoisonError::into_inner);
        let reading = database.as_mut().map_err(|error| error.clone())?;
        reading.read(look)
    }
}
