//! The prompts of `create` at a terminal for missing arguments.

use super::wanted::Wanted;
use crate::cli::Create;
use crate::commands::{Session, expiry, group_menu, listed};
use crate::error::Result;
use crate::model::{GroupName, KeyName, Text, Timestamp, UserName, When};
use crate::prompt::{DefaultAnswer, Item};
use crate::store::PromptOptions;

/// Prompts for missing arguments, shows a summary and asks the user to confirm it. Returns none
/// if the user doesn't.
///
/// # Errors
/// When the database can't be opened, a given value or a relative time is refused, no group can be
/// chosen, or the user pressed Ctrl-C or Escape.
pub(super) fn complete(
    args: &Create,
    expires_at: Option<Option<Timestamp>>,
    session: &Session,
) -> Result<Option<Wanted>> {
    let store = session.open_existing()?;
    let choices = store
        .as_ref()
        .map_or(PromptOptions::New, PromptOptions::Existing);
    choices.check_values(
        &args.groups,
        &args.permissions,
        args.owner.as_ref(),
        args.app.as_ref(),
    )?;
    let check_clock = |when| match &store {
        Some(store) => store.check_clock(when),
        None => Ok(()),
    };
    check_clock(args.expires)?;
    if let Some(at) = expires_at {
        choices.check_expiry(at)?;
    }
    let name = match &args.name {
        Some(name) => choices.check_name(name).map(|()| name.clone())?,
        None => prompt_name(&choices, session)?,
    };
    let description = match &args.description {
        Some(text) => Some(text.clone()),
        None => prompt_description(session)?,
    };
    let groups = match args.groups.as_slice() {
        [] => group_menu::choose(&choices.groups(args.owner.as_ref())?, &[], session)?,
        given => given.to_vec(),
    };
    let owner = match &args.owner {
        Some(owner) => Some(owner.clone()),
        None => prompt_owner(&choices, &groups, session)?,
    };
    let expires_at = match args.expires {
        Some(_) => expires_at,
        None => Some(prompt_expiry(&choices, &check_clock, session)?),
    };
    let wanted = Wanted {
        name,
        expires_at,
        args: Create {
            groups,
            description,
            owner,
            ..args.clone()
        },
        is_prompted: true,
    };
    let owner = choices.owner(wanted.args.owner.as_ref())?;
    // Closed before the confirmation: `create_key` opens the database again.
    drop(store);
    show_summary(&wanted, owner.as_ref(), session);
    // --yes doesn't confirm what the user chose from menus.
    let is_confirmed = session
        .prompt
        .ask_yes_or_no("Create this key?", DefaultAnswer::Yes)?;
    Ok(is_confirmed.then_some(wanted))
}

fn prompt_name(choices: &PromptOptions<'_>, session: &Session) -> Result<KeyName> {
    session.prompt.read_line("Name", None, |line| {
        let name: KeyName = line.parse().map_err(|why| format!("{why}"))?;
        let free = choices.check_name(&name).map_err(|error| error.to_string());
        free.map(|()| name)
    })
}

fn prompt_description(session: &Session) -> Result<Option<Text>> {
    session.prompt.read_line("Description", None, |line| {
        let text: Text = line.parse().map_err(|why| format!("{why}"))?;
        Ok(text.non_empty().cloned())
    })
}

/// Prompts for the owner of a key in `groups`. Prints a note on users who can't own it.
fn prompt_owner(
    choices: &PromptOptions<'_>,
    groups: &[GroupName],
    session: &Session,
) -> Result<Option<UserName>> {
    let (users, others) = choices.owners(groups)?;
    if !others.is_empty() {
        let others = listed(&others, "");
        let note = format!("not in all of these groups, so they can't own the key: {others}");
        session.output.note(&note);
    }
    if users.is_empty() {
        return Ok(None);
    }
    let is_required = choices.policy()?.requires_owner();
    let no_owner = (!is_required).then(|| "(no owner)".to_owned());
    let first_user = no_owner.iter().len();
    let items: Vec<Item> = no_owner
        .into_iter()
        .chain(users.iter().map(ToString::to_string))
        .map(Item::plain)
        .collect();
    let at = session.prompt.pick("Owner", &items)?;
    Ok(at.checked_sub(first_user).map(|at| users[at].clone()))
}

/// Prompts for the expiry in a line, not in a menu, so that the user can type any expiry.
/// `check_clock` refuses a duration that would count from a wrong clock.
fn prompt_expiry(
    choices: &PromptOptions<'_>,
    check_clock: &impl Fn(Option<When>) -> Result<()>,
    session: &Session,
) -> Result<Option<Timestamp>> {
    let question = "Expires (90d, 2027-01-31, never)";
    let offered = choices.policy()?.lifetime_to_offer().to_string();
    session.prompt.read_line(question, Some(&offered), |line| {
        let when: When = line.parse().map_err(|why| format!("{why}"))?;
        let resolved =
            check_clock(Some(when)).and_then(|()| expiry(Some(when), session.current_time()));
        let checked = resolved.and_then(|at| choices.check_expiry(at).map(|()| at));
        checked.map_err(|error| error.to_string())
    })
}

/// Prints the key that is about to be created.
fn show_summary(wanted: &Wanted, owner: Option<&UserName>, session: &Session) {
    let args = &wanted.args;
    let description = args.description.as_ref().map(Text::as_str);
    let expires = session
        .output
        .times()
        .with_distance(wanted.expires_at.flatten());
    let facts = [
        ("name", wanted.name.to_string()),
        ("description", text(description)),
        ("groups", listed(&args.groups, "")),
        ("permissions", listed(&args.permissions, "")),
        ("owner", text(owner)),
        ("application", text(args.app.as_ref())),
        ("expires", expires),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|(_, fact)| !fact.is_empty())
        .collect();
    session.output.facts_to_confirm(&facts);
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
