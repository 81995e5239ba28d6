//! `apikey create`.

use zeroize::Zeroizing;

use super::{Session, expiry};
use crate::cli::Create;
use crate::error::{Error, Kind, Result};
use crate::handover::{self, Steps, Target};
use crate::model::{GroupName, Key, Permission, Text, Timestamp};
use crate::output::{ExportedJson, KeyJson, Outcome, created_json};
use crate::secret::{Secret, SecretHash};
use crate::store::{NewKey, Store};

/// Makes a key and hands over its secret, by the protocol of [`handover`].
pub(super) fn run(args: &Create, session: &Session) -> Result<Outcome> {
    let now = session.now();
    let expires_at = expiry(args.expires, now)?;
    if args.export.is_none() {
        // Before a database is made for nothing.
        Target::stdout()?;
    }
    let store = session.open_or_make()?;
    check_export(args, &store)?;
    let secret = Secret::generate(&store.settings().prefix, &store.draw_id()?)?;
    let target = target(args, &secret)?;
    let exported_to = target.path().map(|path| path.display().to_string());
    let hash = SecretHash::of(&secret, store.settings().cost)?;
    let new = NewKey {
        short: secret.short_form().clone(),
        name: &args.name,
        description: args.description.as_ref().and_then(Text::non_empty),
        groups: &args.groups,
        permissions: &args.permissions,
        owner: args.owner.as_ref(),
        application: args.app.as_ref(),
        expires_at,
    };
    let steps = Steps {
        store,
        insert: |store: &mut Store| store.insert_pending(&new, &hash),
        show: |key: &Key| shown(key, &secret, session),
        activate: |store: &mut Store, key: &Key| store.finish_pending(key.id()),
        withdraw: |store: Store, key: &Key| {
            drop(store);
            session.open_to_complete()?.withdraw(key.id())
        },
    };
    let key = handover::hand_over(target, steps)?;
    if let (None, Some(exposed)) = (&args.export, handover::exposure()) {
        session.output.warning(&exposed);
    }
    Ok(report(&key.activated(), exported_to, now))
}

/// Refuses to make a file as another user than the one who acts: its place would
/// be judged by what that other user may write.
fn check_export(args: &Create, store: &Store) -> Result<()> {
    let became = match (&args.export, store.acts_for_another()?) {
        (Some(_), Some(became)) => became,
        _ => return Ok(()),
    };
    let fact = format!("through sudo, --export would make the file as {became}");
    let hint = format!("umask 077; sudo -u {became} apikey create … > FILE, with the same --db");
    Err(Error::new(Kind::Usage, fact).hint(hint))
}

/// Where the secret goes.
fn target(args: &Create, secret: &Secret) -> Result<Target> {
    match &args.export {
        Some(path) => Target::file(path, &format!("{}.APIKEY", args.name), secret),
        None => Target::stdout(),
    }
}

/// What is written to stdout as the hand-over.
fn shown(key: &Key, secret: &Secret, session: &Session) -> Zeroizing<Vec<u8>> {
    if session.output.is_table() {
        handover::secret_line(secret)
    } else {
        // By the time anyone may rely on it, it is.
        created_json(&key.activated(), session.now(), secret)
    }
}

fn report(key: &Key, exported_to: Option<String>, now: Timestamp) -> Outcome {
    let groups: Vec<&str> = key.groups.iter().map(GroupName::as_str).collect();
    let expires = key
        .expires_at
        .map_or("never".to_owned(), |at| at.to_string());
    let mut details = vec![
        format!("created \"{}\"", key.name),
        format!("  key      {}", key.short),
        format!("  groups   {}", groups.join(" ")),
    ];
    if !key.permissions.is_empty() {
        let allowed: Vec<&str> = key.permissions.iter().map(Permission::as_str).collect();
        details.push(format!("  allowed  {}", allowed.join(" ")));
    }
    if let Some(owner) = &key.owner {
        details.push(format!("  owner    {owner}"));
    }
    if let Some(app) = &key.application {
        details.push(format!("  for      {app}"));
    }
    details.push(format!("  expires  {expires}"));
    let outcome = match &exported_to {
        Some(path) => Outcome::changed(&ExportedJson {
            created: true,
            key: KeyJson::new(key, now),
            exported_to: path.clone(),
        }),
        None => Outcome::done(),
    };
    let outcome = details.into_iter().fold(outcome, Outcome::note);
    match exported_to {
        Some(path) => outcome.note(format!("its secret is in {path} and nowhere else")),
        None => outcome.note("the secret is shown only once; only its hash is stored"),
    }
}
