//! The questions of `rotate` at a terminal.

use crate::clock::now;
use crate::commands::Session;
use crate::error::Result;
use crate::model::{Key, Span};
use crate::prompt::{DefaultAnswer, Item};

/// The overlaps to choose from, in seconds, each with its line in the menu.
const OVERLAPS: [(i64, &str); 4] = [
    (0, "end it now: it leaked"),
    (3_600, "keep it for 1 hour"),
    (86_400, "keep it for 24 hours"),
    (604_800, "keep it for 7 days"),
];

/// Asks for the overlap and for a confirmation. Returns none without one.
///
/// # Errors
/// When the user pressed Ctrl-C or Escape.
pub(super) fn ask(key: &Key, session: &Session) -> Result<Option<Span>> {
    let offered: Vec<(i64, &str)> = match key.overlap_end(now()) {
        // Only a leak may end an overlap by another rotation.
        Some(_) => OVERLAPS[..1].to_vec(),
        None => OVERLAPS.to_vec(),
    };
    let items: Vec<Item> = offered.iter().map(|(_, line)| Item::plain(*line)).collect();
    let at = session.prompt.pick("The previous secret", &items)?;
    let overlap = Span::from_seconds(offered.get(at).map_or(0, |(seconds, _)| *seconds));
    let question = if overlap.seconds() == 0 {
        format!("Rotate \"{}\" and refuse its secret from now on?", key.name)
    } else {
        let until = session
            .output
            .times()
            .with_distance(Some(now().plus(overlap)));
        format!(
            "Rotate \"{}\" and accept its previous secret until {until}?",
            key.name
        )
    };
    // Chosen from a menu, so --yes doesn't confirm it.
    let is_confirmed = session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)?;
    Ok(is_confirmed.then_some(overlap))
}
