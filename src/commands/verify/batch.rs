//! `apikey verify --batch`: one secret a line, one verdict a line in the same order.
//!
//! One thread reads lines, as many as there are cores decide, and this one tells
//! (`telling`). One of those who decide leads: it alone takes lines, looks their keys up,
//! and goes on until a line needs a hash; then another leads. So what needs none waits for
//! nobody, and no more is hashed at once than there are cores, which is what bounds the
//! memory. Whoever hashes has waited for a turn, and reads the key again; the database is
//! read by one at a time.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::super::{nobody, now};
use super::{Session, Verify, demand, unknown_groups, unreadable, until};
use crate::commands::verify::claim::{Claim, Judged};
use crate::commands::verify::hash_buffers::HashBuffers;
use crate::commands::verify::ordered_queue::{OrderedQueue, Place};
use crate::commands::verify::report::tell;
use crate::error::{Error, Kind, Result};
use crate::model::{Refusal, Requirements};
use crate::output::Outcome;
use crate::secret::{Line, Lines, Presented, Remembered};
use crate::store::{HashSlot, Reading, Store, name_the_holder};

/// What the threads share.
struct Batch {
    board: OrderedQueue<Line, Answer>,
    leading: Mutex<Leading>,
    /// Read by one at a time. An error for whoever presents a secret, as for every
    /// command that needs a database.
    database: Mutex<Result<Reading>>,
    asked: Requirements,
    known: Remembered,
    memories: HashBuffers,
    /// Whether a turn at hashing was waited for in vain.
    are_turns_kept: AtomicBool,
    /// The database, as far as it is known where that is.
    path: Option<PathBuf>,
}

/// What only the one has who leads.
struct Leading {
    /// Whether what was asked for is still to be explained, and the groups of it.
    is_until_due: bool,
    are_groups_due: bool,
}

/// What became of a line.
pub(super) struct Answer {
    pub(super) judged: Result<Judged>,
    /// For whoever reads along.
    pub(super) notes: Vec<String>,
}

/// A line that needs a hash.
struct Hard {
    place: Place,
    claim: Claim,
    notes: Vec<String>,
}

/// Decides line by line.
///
/// The exit code is that of the last line that could not be decided, else 1 where one was
/// refused; 2 where there is no line. Where the verdicts can't be written, that is the end: a verdict that nobody
/// got is none.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if io::stdin().is_terminal() {
        let fact = "stdin is a terminal, where the secrets would stay on the screen";
        return Err(Error::new(Kind::Usage, fact)
            .hint("redirect a file or a program to it; without --batch one can be typed hidden"));
    }
    let reading = |path: &Path| Reading::new(path.to_owned(), nobody());
    let batch = Arc::new(Batch {
        board: OrderedQueue::default(),
        leading: Mutex::new(Leading {
            is_until_due: true,
            are_groups_due: true,
        }),
        database: Mutex::new(session.location().map(|location| reading(&location.path))),
        asked: demand(args),
        known: Remembered::new()?,
        memories: HashBuffers::default(),
        are_turns_kept: AtomicBool::new(false),
        path: session.location().ok().map(|found| found.path.clone()),
    });
    let reader = start(&batch)?;
    let told = tell(&batch.board, args, session)?;
    match reader.join() {
        Ok(Ok(())) => told.ok_or_else(no_line),
        Ok(Err(fault)) => Err(unreadable("stdin", &fault)),
        Err(_) => Err(broken()),
    }
}

/// Nothing was asked, so that exit code 0 would be no answer.
fn no_line() -> Error {
    Error::new(Kind::InvalidInput, "there is no line in the input")
        .hint("pass one secret a line on stdin")
}

/// Starts the threads. They end with the process: whoever waits for a line can't be told
/// to stop.
fn start(batch: &Arc<Batch>) -> Result<JoinHandle<io::Result<()>>> {
    let no_thread = |fault| {
        Error::new(
            Kind::OutOfMemory,
            format!("no thread can be started: {fault}"),
        )
        .hint("try again later, or allow more processes with ulimit -u")
    };
    let worker = || {
        let shared = Arc::clone(batch);
        thread::Builder::new().spawn(move || shared.work())
    };
    worker().map_err(no_thread)?;
    // Not std's stdin: its buffer would keep a copy.
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let stdin = File::from(stdin.map_err(|fault| unreadable("stdin", &fault))?);
    let shared = Arc::clone(batch);
    let reader = thread::Builder::new().spawn(move || read(stdin, &shared.board));
    let reader = reader.map_err(no_thread)?;
    // With fewer of these it only takes longer.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let _ = (1..cores).try_for_each(|_| worker().map(drop));
    Ok(reader)
}

/// Asks about each line of `source`.
fn read(source: File, board: &OrderedQueue<Line, Answer>) -> io::Result<()> {
    /// However it ends.
    struct Ended<'a>(&'a OrderedQueue<Line, Answer>);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            self.0.end();
        }
    }
    let _ended = Ended(board);
    let mut lines = Lines::new(source);
    let mut found = Vec::new();
    loop {
        let more = lines.read(&mut found)?;
        board.ask(&mut found);
        if !more {
            return Ok(());
        }
    }
}

/// A thread panicked, which is a bug.
pub(super) fn broken() -> Error {
    Error::new(Kind::Io, "a line can't be decided, nor those after it")
        .hint("please report this, with what is written above")
}

impl Batch {
    /// Decides line after line.
    fn work(&self) {
        /// However it ends.
        struct Leaves<'a>(&'a Batch);
        impl Drop for Leaves<'_> {
            fn drop(&mut self) {
                if thread::panicking() {
                    self.0.board.give_up();
                }
            }
        }
        let _leaves = Leaves(self);
        while let Some(hard) = self.lead() {
            let Hard {
                place,
                claim,
                notes,
            } = hard;
            let judged = self.hash(claim);
            self.board.answer(&place, Answer { judged, notes });
        }
    }

    /// Decides by a hash, and by the key as it is when that begins: a turn may have been
    /// waited for.
    fn hash(&self, claim: Claim) -> Result<Judged> {
        let turn = self.turn();
        let again = self.read(|store| claim.again(&self.asked, store))?;
        let Some(claim) = again else {
            return Ok(Judged::refused(Refusal::Malformed, now()));
        };
        let tag = claim.tag(&self.known);
        let is_right = tag.is_some() && self.memories.lend(|memory| claim.is_right(memory))?;
        drop(turn);
        let judged = claim.judge(is_right, &self.asked, now())?;
        // Of a pending key nothing is to be told, neither by how long it takes.
        if let (Some(tag), Some(_)) = (tag, judged.key()) {
            self.known.add(tag);
        }
        Ok(judged)
    }

    /// Waits for a turn at hashing, but no second time where somebody keeps them.
    fn turn(&self) -> Option<HashSlot> {
        let path = self.path.as_deref()?;
        let turn = match self.are_turns_kept.load(Ordering::Relaxed) {
            true => HashSlot::take(path),
            false => HashSlot::wait(path),
        };
        self.are_turns_kept
            .store(!turn.is_taken(), Ordering::Relaxed);
        Some(turn)
    }

    /// Answers what needs no hash, until a line does. None where there are no more.
    fn lead(&self) -> Option<Hard> {
        let leading = self.leading.lock();
        let mut leading = leading.unwrap_or_else(PoisonError::into_inner);
        while let Some((place, line)) = self.board.take() {
            let mut notes = Vec::new();
            // The time is read after the look-up, which may wait for a lock.
            let judged = match self.look_up(line, &mut leading, &mut notes) {
                Ok(None) => Ok(Judged::refused(Refusal::Malformed, now())),
                // Unknown. That takes less time than a wrong secret: whoever may feed a
                // batch is not whoever guesses.
                Ok(Some(claim)) if !claim.names_a_key() => claim.judge(false, &self.asked, now()),
                Ok(Some(claim)) => {
                    let tag = claim.tag(&self.known);
                    if !tag.is_some_and(|tag| self.known.holds(tag)) {
                        self.board.leave();
                        return Some(Hard {
                            place,
                            claim,
                            notes,
                        });
                    }
                    claim.judge(true, &self.asked, now())
                }
                Err(error) => Err(error),
            };
            self.board.answer(&place, Answer { judged, notes });
        }
        None
    }

    /// The key that `line` names; none where it is malformed, which needs no database, or
    /// another database's.
    fn look_up(
        &self,
        line: Line,
        leading: &mut Leading,
        notes: &mut Vec<String>,
    ) -> Result<Option<Claim>> {
        let Ok(Presented::WellFormed(secret)) = Presented::parse(&line) else {
            return Ok(None);
        };
        drop(line);
        if std::mem::take(&mut leading.is_until_due) {
            notes.extend(until(&self.asked, now()));
        }
        self.read(|store| {
            if leading.are_groups_due {
                notes.extend(unknown_groups(&self.asked, store)?);
                leading.are_groups_due = false;
            }
            Claim::look_up(secret, &self.asked, store)
        })
    }

    /// Reads the database as it is now.
    fn read<T>(&self, look: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        let database = self.database.lock();
        let mut database = database.unwrap_or_else(PoisonError::into_inner);
        let reading = database.as_mut().map_err(|error| error.clone())?;
        let looked = reading.store(now()).and_then(look);
        looked.map_err(|error| {
            // As naming the holder of a lock demands; and what failed is opened anew.
            reading.close();
            name_the_holder(error, reading.path())
        })
    }
}
