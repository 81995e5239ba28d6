//! What a batch tells: verdicts in the order of the lines, and the uses recorded.

use std::collections::BTreeMap;

use super::batch::{Answer, broken};
use super::{Session, Verify, record};
use crate::commands::verify::ordered_queue::{OrderedQueue, Told};
use crate::error::Result;
use crate::model::Verdict;
use crate::output::Outcome;
use crate::secret::Line;
use crate::store::Used;

/// Prints the answers until there are no more, and records the uses. Returns none where
/// there was not a single line.
pub(super) fn tell(
    board: &OrderedQueue<Line, Answer>,
    args: &Verify,
    session: &Session,
) -> Result<Option<Outcome>> {
    let mut verdicts = session.output.verdicts();
    let (mut failed, mut refused) = (None, false);
    let (mut is_warned, mut is_empty) = (false, true);
    let mut answers = Vec::new();
    loop {
        match board.tell(&mut answers) {
            Told::Some => {}
            Told::All => break,
            Told::Broken => return Err(broken()),
        }
        is_empty = false;
        let mut uses = BTreeMap::new();
        for answer in answers.drain(..) {
            answer
                .notes
                .iter()
                .for_each(|note| session.output.remark(note));
            match answer.judged {
                Ok(judged) => {
                    verdicts.add(judged.verdict, judged.key(), judged.at);
                    refused |= judged.verdict != Verdict::Accepted;
                    let used = judged.used();
                    uses.extend(used.map(|used| ((used.slot, used.kind), used)));
                }
                Err(error) => {
                    verdicts.add_error(&error);
                    failed = Some(error.kind());
                }
            }
        }
        verdicts.flush()?;
        if uses.is_empty() || args.no_record {
            continue;
        }
        let uses: Vec<Used> = uses.into_values().collect();
        if let Some(warning) = record(&uses, session).filter(|_| !is_warned) {
            session.output.warning(&warning);
            is_warned = true;
        }
    }
    Ok((!is_empty).then(|| match (failed, refused) {
        (Some(kind), _) => Outcome::failed(kind),
        (None, true) => Outcome::no(),
        (None, false) => Outcome::done(),
    }))
}
