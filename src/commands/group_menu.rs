//! The menu of a key's groups.

use super::{Session, listed};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, is_powerful};
use crate::prompt::Item;
use crate::store::GroupChoice;

/// Lets the user tick at least one of `choices` as a key's groups; those `held` start ticked.
///
/// # Errors
/// [`Kind::GroupNotFound`] when there are no choices; [`Kind::Interrupted`] when the user pressed
/// Ctrl-C or Escape; and when the menu can't be shown.
pub(super) fn choose(
    choices: &[GroupChoice],
    held: &[GroupName],
    session: &Session,
) -> Result<Vec<GroupName>> {
    if choices.is_empty() {
        let fact = "no group is available for the key";
        return Err(Error::new(Kind::GroupNotFound, fact)
            .hint("create one with `apikey group create NAME`, or add the owner to one"));
    }
    // Powerful groups come last, since the first entries are easily ticked by mistake.
    let mut choices: Vec<&GroupChoice> = choices.iter().collect();
    choices.sort_by_key(|group| is_powerful(&group.permissions));
    let width = choices.iter().map(|group| group.name.as_str().len()).max();
    let item = |group: &&GroupChoice| {
        let name = group.name.as_str();
        let allows = listed(&group.permissions, "nothing");
        Item {
            shown: format!("{name:width$}  {allows}", width = width.unwrap_or(0)),
            name: name.to_owned(),
            also: group.description.iter().cloned().collect(),
        }
    };
    let items: Vec<Item> = choices.iter().map(item).collect();
    let held: Vec<usize> = (0..choices.len())
        .filter(|&at| held.contains(&choices[at].name))
        .collect();
    let least = Some("a key needs at least one group: tick one with Space");
    let ticked = session.prompt.tick("Groups", &items, &held, least)?;
    Ok(ticked.iter().map(|&at| choices[at].name.clone()).collect())
}
