//! The questions of `rotate` at a terminal.

use super::rotation;
use crate::cli::Rotate;
use crate::commands::Session;
use crate::error::Result;
use crate::model::{Key, Policy, Rule, Span, counted};
use crate::prompt::{DefaultAnswer, Item};

/// The line of the menu that ends the previous secret. The cursor never starts on it, since it
/// refuses clients.
const END_NOW: &str = "end it now: it leaked";

/// The only choice during an overlap: until it ends, only a rotation without an overlap may begin.
const END_BOTH: &str = "end it and the current secret now: one of them leaked";

/// Asks for the overlap, then for a confirmation. Returns none if the user doesn't confirm.
///
/// # Errors
/// When the user pressed Ctrl-C or Escape.
pub(super) fn ask(
    args: &Rotate,
    key: &Key,
    policy: &Policy,
    session: &Session,
) -> Result<Option<Span>> {
    let (offered, last, ended) = match key.overlap_end(session.current_time()) {
        Some(_) => (Vec::new(), END_BOTH, "both of its secrets"),
        None => (policy.overlaps_to_offer(), END_NOW, "its previous secret"),
    };
    let kept = offered
        .iter()
        .map(|overlap| format!("keep it for {}", in_words(*overlap)));
    let items: Vec<Item> = kept.chain([last.to_owned()]).map(Item::plain).collect();
    let default = policy.span(Rule::DefaultOverlap);
    let start = offered.iter().position(|overlap| Some(*overlap) == default);
    let at = session
        .prompt
        .pick_from("The previous secret", &items, start.unwrap_or(0))?;
    let overlap = offered.get(at).copied().unwrap_or(Span::from_seconds(0));
    let question = if overlap.seconds() == 0 {
        format!("Rotate \"{}\" and refuse {ended} from now on?", key.name)
    } else {
        let end = rotation(args, overlap, session.current_time())?.end(key, session.current_time());
        let until = session.output.times().with_distance(Some(end));
        format!(
            "Rotate \"{}\" and accept its previous secret until {until}?",
            key.name
        )
    };
    // Chosen from a menu, so --yes doesn't confirm it.
    let is_confirmed = session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)?;
    Ok(is_confirmed.then_some(overlap))
}

/// Returns a duration as people say it: `1 hour`, `24 hours`, `7 days`.
fn in_words(span: Span) -> String {
    const DAY: i64 = 86_400;
    let units = [(DAY, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = span.seconds();
    // A day is shown as 24 hours: "1 day" could mean until tomorrow.
    let fits = |(unit, _): &(i64, &str)| seconds % unit == 0 && (*unit < DAY || seconds > DAY);
    let (unit, noun) = units.into_iter().find(fits).unwrap_or((1, "second"));
    counted((seconds / unit).unsigned_abs(), noun)
}
