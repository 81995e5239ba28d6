//! `apikey verify`: one secret, or one per line with --batch.

mod ahead;
mod batch;
mod claim;
mod hash_buffers;
mod imported;
mod input;
mod ordered_queue;
mod report;
mod requirements;

use super::Session;
use crate::cli::Verify;
use crate::clock;
use crate::error::Result;
use crate::model::{Refusal, Verdict};
use crate::output::Outcome;
use crate::secret::{Memory, Presented, Secret};
use crate::store::{HashSlot, Recorder, Store};

pub(super) use claim::check_clock;
use claim::{Claim, Decision};
pub(super) use imported::{ImportedClaim, Meaning};
use requirements::{deadline, requirements, unknown_groups};

/// Decides whether a secret is accepted.
///
/// The order is: check shape and checksum, without a database; look up the key and close the
/// database; check the bounds of the stored parameters; compute the hash; find a reason to refuse;
/// write the verdict; record the use.
pub(super) fn run(args: &Verify, session: &Session) -> Result<Outcome> {
    if args.batch {
        return batch::run(args, session);
    }
    // The input is wiped as soon as it is parsed: writing may take long.
    let (decision, recorder) = match input::read(args, session.prompt)? {
        Presented::WellFormed(secret) => {
            let (decision, recorder) = decide(secret, args, session)?;
            (decision, Some(recorder))
        }
        Presented::Foreign(text) => imported::decide(&text, args, session)?,
        Presented::Malformed => (Decision::refused(Refusal::Malformed, clock::now()), None),
    };
    session
        .output
        .verdict(decision.verdict, decision.found(), decision.at)?;
    if let Some(used) = decision.used().filter(|_| !args.no_record)
        && let Some(mut recorder) = recorder
        && let Err(error) = recorder.record(&[used])
    {
        session.output.warning(error.message());
    }
    Ok(match decision.verdict {
        Verdict::Accepted => Outcome::done(),
        Verdict::Refused(_) => Outcome::no(),
    })
}

/// Returns the decision, and the recorder of uses.
fn decide(secret: Secret, args: &Verify, session: &Session) -> Result<(Decision, Recorder)> {
    // The wait comes before the key is read, so that a revocation during the wait counts.
    let slot = HashSlot::wait(session.location()?);
    let required = requirements(args, session);
    if let Some(remark) = deadline(&required, clock::now()) {
        session.output.remark(&remark);
    }
    let store = Store::open_to_verify(session.location()?)?;
    let claim = Claim::look_up(secret, &required, &store)?;
    for remark in unknown_groups(&required, &store)? {
        session.output.remark(&remark);
    }
    // A file is closed before the hash, which takes time and doesn't need the database.
    let recorder = store.into_recorder();
    let Some(claim) = claim else {
        let refused = Decision::refused(Refusal::Malformed, clock::now());
        return Ok((refused, recorder));
    };
    let is_right = claim.is_right(&mut Memory::default())?;
    drop(slot);
    let decision = claim.decide(is_right, &required)?;
    Ok((decision, recorder))
}
