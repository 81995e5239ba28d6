//! The report of a batch: prints the verdicts in the order of the lines, and records the uses.

use std::collections::BTreeMap;

use super::claim::Decision;
use super::ordered_queue::{Answers, OrderedQueue};
use super::{Session, Verify};
use crate::error::{Error, Kind, Result};
use crate::model::Verdict;
use crate::output::{Outcome, Verdicts};
use crate::secret::Line;
use crate::store::{NewUse, Recorder, Use};

/// The answer of a batch to one line.
pub(super) struct Answer {
    pub(super) decision: Result<Decision>,
    /// Remarks for a user at a terminal.
    pub(super) remarks: Vec<String>,
}

/// The state of the report.
#[derive(Default)]
struct Report {
    is_refused: bool,
    last_error: Option<Kind>,
    /// The latest use of each kind of each secret, not yet recorded.
    uses: BTreeMap<(i64, Use), NewUse>,
    /// Records the uses, once there are any.
    recorder: Option<Recorder>,
    is_warned: bool,
}

/// Prints all answers and records the uses. Returns none if there was not a single line.
pub(super) fn print_answers(
    queue: &OrderedQueue<Line, Answer>,
    args: &Verify,
    session: &Session,
) -> Result<Option<Outcome>> {
    let mut verdicts = session.output.verdicts();
    let mut report = Report::default();
    let (mut answers, mut is_empty) = (Vec::new(), true);
    loop {
        match queue.pop(&mut answers) {
            Answers::Ready => is_empty = false,
            Answers::Ended if is_empty => return Ok(None),
            Answers::Ended => return Ok(Some(report.outcome())),
            Answers::Broken => return Err(panicked()),
        }
        for answer in answers.drain(..) {
            report.print(answer, &mut verdicts, session);
        }
        verdicts.flush()?;
        if !args.no_record {
            report.record_uses(session);
        }
    }
}

impl Report {
    fn print(&mut self, answer: Answer, verdicts: &mut Verdicts<'_>, session: &Session) {
        for remark in &answer.remarks {
            session.output.remark(remark);
        }
        match answer.decision {
            Ok(decision) => {
                verdicts.add(decision.verdict, decision.found(), decision.at);
                self.is_refused |= decision.verdict != Verdict::Accepted;
                let used = decision.used();
                self.uses
                    .extend(used.map(|used| ((used.slot, used.kind), used)));
            }
            Err(error) => {
                verdicts.add_error(&error);
                self.last_error = Some(error.kind());
            }
        }
    }

    /// Records the uses whose verdicts are written. Only the first failure prints a warning.
    fn record_uses(&mut self, session: &Session) {
        let uses: Vec<NewUse> = std::mem::take(&mut self.uses).into_values().collect();
        let Ok(location) = session.location() else {
            return;
        };
        if uses.is_empty() {
            return;
        }
        let recorder = (self.recorder).get_or_insert_with(|| Recorder::new(location));
        if let Err(error) = recorder.record(&uses)
            && !self.is_warned
        {
            session.output.warning(error.message());
            self.is_warned = true;
        }
    }

    fn outcome(&self) -> Outcome {
        match self.last_error {
            Some(kind) => Outcome::failed(kind),
            None if self.is_refused => Outcome::no(),
            None => Outcome::done(),
        }
    }
}

/// Returns the error after a thread panicked, which is a bug.
pub(super) fn panicked() -> Error {
    Error::new(
        Kind::Io,
        "an internal error ended the batch: the lines after the last verdict have none",
    )
    .hint("report this as a bug, with the output above")
}
