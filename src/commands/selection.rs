//! The selection of a command line, and the changes of the selected keys: preview, confirmation,
//! change, report.

use std::str::FromStr;

use super::filters::{filter, warn_of_left_out};
use super::{Session, listed, pick};
use crate::cli::SelectionOptions;
use crate::error::{Error, Kind, Result};
use crate::model::{Change, Edit, Invalid, KeyRef, Selection, counted};
use crate::output::{ChangedKeys, Outcome};
use crate::prompt::DefaultAnswer;
use crate::store::{Access, Changed, EditRequest, Edited, KeyNames, Store};

/// How a change is reported.
pub(super) struct Wording<'a> {
    /// The verb before the keys: `deactivate`, or `set the owner of`.
    pub(super) verb: &'static str,
    /// The verb in the past tense.
    pub(super) past: &'static str,
    /// Whether the command takes only one KEY; its json is then an object, not an array.
    pub(super) names_one_key: bool,
    /// Returns the note on one named key.
    pub(super) note: &'a dyn Fn(&Changed) -> String,
}

/// Returns the filter of the command line, if it has one.
///
/// # Errors
/// When `is_named` and there are filters, too.
pub(super) fn given_filter(
    options: &SelectionOptions,
    is_named: bool,
    session: &Session,
) -> Result<Option<Selection>> {
    let text = &session.filters_given;
    if text.is_empty() {
        return Ok(None);
    }
    if is_named {
        return Err(
            Error::new(Kind::Usage, "keys are named, and filters are given, too")
                .hint("give either KEYs or filters"),
        );
    }
    Ok(Some(Selection::Filter {
        filter: Box::new(filter(&options.filters)),
        text: text.clone(),
    }))
}

/// Returns the selection of a command that takes KEYs or filters: for `verb`, which makes `change`.
/// With neither, the user picks a key; returns none if the user doesn't confirm it.
///
/// # Errors
/// When there are KEYs and filters; and when the user can't be prompted, or there is no key to
/// pick.
pub(super) fn keys_or_filter(
    named: &[KeyRef],
    options: &SelectionOptions,
    (verb, change): (&str, Change),
    session: &Session,
) -> Result<Option<Selection>> {
    if let Some(selection) = given_filter(options, !named.is_empty(), session)? {
        return Ok(Some(selection));
    }
    let keys = pick::key_to_change(named, verb, change, session)?;
    Ok(keys.map(|keys| Selection::Keys(keys.into_owned())))
}

/// Returns the selection of a command that takes a KEY and then a value. With filters there is no
/// KEY, so the `first` word is the value and is returned, too. `has_more` says whether the value is
/// given elsewhere, so that the first word must be a KEY.
///
/// # Errors
/// When there is neither a KEY nor a filter, or both; and when the KEY is invalid.
pub(super) fn key_or_filter<'a>(
    first: Option<&'a str>,
    has_more: bool,
    options: &SelectionOptions,
    session: &Session,
) -> Result<(Selection, Option<&'a str>)> {
    if let Some(selection) = given_filter(options, first.is_some() && has_more, session)? {
        return Ok((selection, first));
    }
    let key = parsed(first.ok_or_else(nothing_selected)?, "KEY")?;
    Ok((Selection::Keys(vec![key]), None))
}

/// Returns the error for a command without keys and filters.
pub(super) fn nothing_selected() -> Error {
    Error::new(Kind::Usage, "no key is named, and no filter is given")
        .hint("name a KEY, or give a filter such as --status active")
}

/// Returns the error for a command without its value. `value` is its name in the usage line.
pub(super) fn missing(value: &str) -> Error {
    Error::new(Kind::Usage, format!("{value} is missing"))
        .hint("see the command's --help for examples")
}

/// Parses a word of the command line.
///
/// # Errors
/// [`Kind::InvalidInput`].
pub(super) fn parsed<T: FromStr<Err = Invalid>>(word: &str, value_name: &str) -> Result<T> {
    word.parse().map_err(|why| {
        let fact = format!("invalid value '{word}' for '<{value_name}>': {why}");
        Error::new(Kind::InvalidInput, fact).hint("see the command's --help for examples")
    })
}

/// Changes the selected keys, all or none. Keys that a filter selects are changed after a
/// confirmation.
pub(super) fn edit(
    selection: &Selection,
    edit: &Edit,
    options: &SelectionOptions,
    wording: &Wording<'_>,
    session: &Session,
) -> Result<Outcome> {
    let mut store = session.open(Access::Write)?;
    if edit.is_relative() {
        store.check_relative_time()?;
    }
    let mut request = EditRequest {
        selection,
        edit,
        at_most: options.at_most,
        dry_run: options.dry_run,
        confirmed: None,
    };
    let is_named = matches!(selection, Selection::Keys(_));
    if is_named || request.dry_run || session.prompt.yes {
        return apply(&mut store, &request, wording, session);
    }
    session.prompt.check_can_confirm()?;
    let preview = EditRequest {
        dry_run: true,
        ..request
    };
    let previewed = store.edit(&preview, None)?;
    drop(store);
    if previewed.numbers.is_empty() || previewed.not_drained.count > 0 {
        let none = ChangedKeys::new(session.now(), false);
        return Ok(report(&previewed, &preview, none, wording, session));
    }
    let count = counted(previewed.numbers.len() as u64, "key");
    session.output.facts_to_confirm(&[
        ("keys", count.clone()),
        ("names", listed_first(&previewed.names)),
    ]);
    let question = format!("{} {count}?", capitalized(wording.verb));
    if !session.prompt.ask_yes_or_no(&question, DefaultAnswer::No)? {
        return Ok(Outcome::no().note("nothing was changed"));
    }
    // Opened again after the prompt, so that the log has the time of the change.
    let mut store = session.open(Access::Write)?;
    request.confirmed = Some(&previewed.numbers);
    apply(&mut store, &request, wording, session)
}

/// Changes the keys, or only checks the change in a dry run. Returns the outcome.
fn apply(
    store: &mut Store,
    request: &EditRequest<'_>,
    wording: &Wording<'_>,
    session: &Session,
) -> Result<Outcome> {
    let is_named = matches!(request.selection, Selection::Keys(_));
    let mut objects = ChangedKeys::new(session.now(), request.dry_run);
    let mut notes = Vec::new();
    let mut visit = |changed: &Changed| {
        objects.push(&changed.after);
        if is_named {
            notes.push((wording.note)(changed));
        }
    };
    // Without a visit, the store doesn't read the changed keys again.
    let is_visited = is_named || session.output.wants_json();
    let edited = store.edit(request, is_visited.then_some(&mut visit))?;
    let outcome = report(&edited, request, objects, wording, session);
    Ok(if request.dry_run || edited.not_drained.count > 0 {
        outcome
    } else {
        notes.into_iter().fold(outcome, Outcome::note)
    })
}

/// Returns the outcome of an edit of the keys `objects`, with a note on the keys that a filter
/// selected, or that a dry run would change. Also warns of the keys that were left out.
fn report(
    edited: &Edited,
    request: &EditRequest<'_>,
    objects: ChangedKeys,
    wording: &Wording<'_>,
    session: &Session,
) -> Outcome {
    warn_of_left_out(edited.unknown_uses, session);
    if edited.not_drained.count > 0 {
        return Outcome::no().note(format!(
            "nothing was changed, because the previous secret may still be in use: {}",
            listed_first(&edited.not_drained)
        ));
    }
    let count = edited.numbers.len() as u64;
    let is_named = matches!(request.selection, Selection::Keys(_));
    let mut outcome = Outcome::done()
        .with_keys(objects, is_named && wording.names_one_key)
        .unchanged_if(count == 0 || request.dry_run);
    if edited.kept > 0 {
        outcome = outcome.note(kept_note(edited.kept));
    }
    match (count, request.dry_run) {
        (0, _) if !is_named || request.dry_run => outcome.note("nothing to change"),
        (_, true) => outcome.note(format!(
            "would {} {}: {}",
            wording.verb,
            counted(count, "key"),
            listed_first(&edited.names)
        )),
        (_, false) if is_named => outcome,
        (_, false) => outcome.note(format!(
            "{} {}: {}",
            wording.past,
            counted(count, "key"),
            listed_first(&edited.names)
        )),
    }
}

/// Returns the note on `count` matching keys that a deletion leaves out.
fn kept_note(count: u64) -> String {
    let (keys, are, them) = match count {
        1 => ("1 key that matches".to_owned(), "is", "it"),
        count => (format!("{count} keys that match"), "are", "them"),
    };
    format!(
        "{keys} {are} neither inactive nor expired, and {are} kept; --active deletes {them}, too"
    )
}

/// Returns the first names, and the number of the others.
fn listed_first(names: &KeyNames) -> String {
    let first = listed(&names.first, "");
    match names.count - names.first.len() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn capitalized(verb: &str) -> String {
    let (first, rest) = verb.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
