//! What `create` asks at a terminal: only what is missing.

use std::path::{Path, PathBuf};

use super::Wanted;
use super::way::Way;
use crate::cli::Create;
use crate::commands::{Session, expiry, listed, now};
use crate::error::{Error, Kind, Result};
use crate::model::{GroupName, KeyName, Text, Timestamp, UserName, When, is_powerful};
use crate::prompt::{Enter, Item};
use crate::store::{GroupChoice, PromptOptions};

/// Asks for what is missing, sums it up and asks for a yes. None without one.
///
/// # Errors
/// When a question was answered with Ctrl-C or Escape, or has no answer.
pub(super) fn ask(
    args: &Create,
    expires_at: Option<Timestamp>,
    session: &Session,
) -> Result<Option<Wanted>> {
    let store = session.open_if_there()?;
    let choices = store
        .as_ref()
        .map_or(PromptOptions::OfNew, PromptOptions::Of);
    choices.check_given(
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
    let name = match &args.name {
        Some(name) => choices.check_name(name).map(|()| name.clone())?,
        None => ask_name(&choices, session)?,
    };
    let description = match &args.description {
        Some(text) => Some(text.clone()),
        None => ask_description(session)?,
    };
    let groups = match args.groups.as_slice() {
        [] => ask_groups(&choices.groups(args.owner.as_ref())?, &[], session)?,
        given => given.to_vec(),
    };
    let owner = match &args.owner {
        Some(owner) => Some(owner.clone()),
        None => ask_owner(choices.owners(&groups)?, session)?,
    };
    let expires_at = match args.expires {
        Some(_) => expires_at,
        None => ask_expiry(&check_clock, session)?,
    };
    let wanted = Wanted {
        name,
        groups,
        description,
        owner,
        application: args.app.clone(),
        permissions: args.permissions.clone(),
        expires_at,
        asked: true,
    };
    let owner = choices.owner(wanted.owner.as_ref())?;
    // Not held while somebody thinks.
    drop(store);
    sum_up(&wanted, owner.as_ref(), session);
    // A menu's choices are among it, so --yes doesn't answer it.
    let is_meant = session.prompt.is_so("Create this key?", Enter::IsYes)?;
    Ok(is_meant.then_some(wanted))
}

fn ask_name(choices: &PromptOptions<'_>, session: &Session) -> Result<KeyName> {
    session.prompt.line("Name", None, |line| {
        let name: KeyName = line.parse().map_err(|why| format!("{why}"))?;
        let free = choices.check_name(&name).map_err(|error| error.to_string());
        free.map(|()| name)
    })
}

fn ask_description(session: &Session) -> Result<Option<Text>> {
    session.prompt.line("Description", None, |line| {
        let text: Text = line.parse().map_err(|why| format!("{why}"))?;
        Ok(text.non_empty().cloned())
    })
}

/// Asks which of `choices` to be in, at least one, those `held` being ticked.
///
/// # Errors
/// When there is none, and as [`ask`].
pub(in crate::commands) fn ask_groups(
    choices: &[GroupChoice],
    held: &[GroupName],
    session: &Session,
) -> Result<Vec<GroupName>> {
    if choices.is_empty() {
        let fact = "there is no group that the key could be in";
        return Err(Error::new(Kind::GroupNotFound, fact)
            .hint("make one with `apikey group create NAME`, or put the owner in one"));
    }
    // What gives most stands last: no slip of the fingers takes it.
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
    let least = Some("a key is in one group at least: tick one with Space");
    let places = session.prompt.tick("Groups", &items, &held, least)?;
    Ok(places.iter().map(|&at| choices[at].name.clone()).collect())
}

/// Asks which of those who can own the key is to; the others are told of.
fn ask_owner(
    (users, others): (Vec<UserName>, Vec<UserName>),
    session: &Session,
) -> Result<Option<UserName>> {
    if !others.is_empty() {
        let others = listed(&others, "");
        let note = format!("not in all of these groups, so not to own the key: {others}");
        session.output.note(&note);
    }
    if users.is_empty() {
        return Ok(None);
    }
    let items: Vec<Item> = std::iter::once("(nobody)".to_owned())
        .chain(users.iter().map(ToString::to_string))
        .map(Item::plain)
        .collect();
    let at = session.prompt.pick("Owner", &items)?;
    Ok(at.checked_sub(1).map(|at| users[at].clone()))
}

/// Asks for a line, not in a menu: any time may be typed, and what is none is refused; so
/// is by `check_clock` what counts from a wrong clock.
fn ask_expiry(
    check_clock: &impl Fn(Option<When>) -> Result<()>,
    session: &Session,
) -> Result<Option<Timestamp>> {
    let question = "Expires (90d, 2027-01-31, never)";
    session.prompt.line(question, Some("30d"), |word| {
        let when: When = word.parse().map_err(|why| format!("{why}"))?;
        let resolved = check_clock(Some(when)).and_then(|()| expiry(Some(when), now()));
        resolved.map_err(|error| error.to_string())
    })
}

/// Shows what is about to be made.
fn sum_up(wanted: &Wanted, owner: Option<&UserName>, session: &Session) {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let facts = [
        ("name", Some(wanted.name.to_string())),
        (
            "description",
            text(wanted.description.as_ref().map(Text::as_str)),
        ),
        ("groups", Some(listed(&wanted.groups, ""))),
        ("allowed", text(Some(&listed(&wanted.permissions, "")))),
        ("owner", owner.map(ToString::to_string)),
        ("for", wanted.application.as_ref().map(ToString::to_string)),
        (
            "expires",
            Some(session.output.times().with_distance(wanted.expires_at)),
        ),
    ];
    let said: Vec<(&str, String)> = facts
        .into_iter()
        .filter_map(|(name, fact)| Some((name, fact?)))
        .collect();
    session.output.facts_for_question(&said);
}

/// Asks how to hand the secret over. None when it is not to be, which takes a
/// second yes.
pub(super) fn choose_way(offered: &[(String, Way)], session: &Session) -> Result<Option<Way>> {
    let close = "close without it: no key is created".to_owned();
    let items: Vec<Item> = offered
        .iter()
        .map(|(item, _)| item.clone())
        .chain([close])
        .map(Item::plain)
        .collect();
    loop {
        let at = session.prompt.pick("The secret", &items)?;
        match offered.get(at) {
            Some((_, Way::File(file))) if file.symlink_metadata().is_ok() => {
                return ask_file(file, session).map(|file| Some(Way::File(file)));
            }
            Some((_, way)) => return Ok(Some(way.clone())),
            None => {}
        }
        let question = "Close without the secret, and create no key?";
        if session.prompt.is_so(question, Enter::IsNo)? {
            return Ok(None);
        }
    }
}

/// Asks for another file than one that is there.
fn ask_file(taken: &Path, session: &Session) -> Result<PathBuf> {
    let question = format!("{} is there already; save it in", taken.display());
    session.prompt.line(&question, None, |line| match line {
        "" => Err("give the path of a new file".to_owned()),
        path if Path::new(path)
            .symlink_metadata()
            .is_ok_and(|there| !there.is_dir()) =>
        {
            Err(format!("{path} is there already, too"))
        }
        path => Ok(PathBuf::from(path)),
    })
}
