//! The questions of `rotate` at a terminal.

use super::rotation;
use crate::cli::Rotate;
use crate::clock::now;
use crate::commands::Session;
use crate::error::Result;
use crate::model::{Key, Span};
use crate::prompt::{DefaultAnswer, Item};

/// The overlaps to choose from, in seconds, each with its line in the menu. The cursor doesn't
/// start on the line that refuses clients.
const OVERLAPS: [(i64, &str); 4] = [
    (3_600, "keep it for 1 hour"),
    (86_400, "keep it for 24 hours"),
    (604_800, "keep it for 7 days"),
    (0, "end it now: it leaked"),
];

/// The only choice during an overlap: until it ends, only a rotation without an overlap may begin.
const IN_AN_OVERLAP: [(i64, &str); 1] =
    [(0, "end it and the current secret now: one of them leaked")];

/// Asks for the overlap, then for a confirmation. Returns none if the user doesn't confirm.
///
/// # Errors
/// When the user pressed Ctrl-C or Escape.
pub(super) fn ask(args: &Rotate, key: &Key, session: &Session) -> Result<Option<Span>> {
    let (offered, ended): (&[(i64, &str)], &str) = match key.overlap_end(now()) {
        Some(_) => (&IN_AN_OVERLAP, "both of its secrets"),
        None => (&OVERLAPS, "its previous secret"),
    };
    let items: Vec<Item> = offered.iter().map(|(_, line)| Item::plain(*line)).collect();
    let at = session.prompt.pick("The previous secret", &items)?;
    let overlap = Span::from_seconds(offered.get(at).map_or(0, |(seconds, _)| *seconds));
    let question = if overlap.seconds() == 0 {
        format!("Rotate \"{}\" and refuse {ended} from now on?", key.name)
    } else {
        let end = rotation(args, overlap)?.end(key, now());
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
