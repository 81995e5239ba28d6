//! `apikey import`: reads the lines, hashes the secrets, then stores all keys in one transaction.

mod cells;
mod hashing;
mod line;
mod lines;

use super::Session;
use crate::cli::Import as ImportArgs;
use crate::error::Result;
use crate::model::{ImportShape, counted};
use crate::output::{ChangedKeys, Outcome};
use crate::store::{Access, Changed, Import, Imported};

use line::Form;

/// Imports keys, all or none.
pub(super) fn run(args: &ImportArgs, session: &Session) -> Result<Outcome> {
    let shape = ImportShape::new(args.shape.clone(), args.scheme.digest());
    // The right, the shape and the groups come before the input. The database is closed while the
    // input is read and hashed, which may take long.
    let mut store = session.open(Access::Write)?;
    store.check_may_write()?;
    let hashing = store.prepare_import(&shape)?;
    for group in &args.groups {
        store.group(group)?;
    }
    let form = Form {
        scheme: args.scheme,
        shape: &shape,
        groups: &args.groups,
        allows_weak: args.allow_weak,
        now: store.now(),
    };
    drop(store);
    let read = lines::read(args, &form)?;
    let keys = hashing::hash_all(read.keys, &hashing, session)?;
    let import = Import {
        keys: &keys,
        shape: &shape,
        hashing: &hashing,
        scheme: args.scheme.as_str(),
        skips_existing: args.skip_existing,
        dry_run: args.dry_run,
    };
    let mut store = session.open(Access::Write)?;
    if read.has_relative_times {
        store.check_relative_time()?;
    }
    let mut objects = ChangedKeys::new(session.now(), args.dry_run);
    let mut visit = |changed: &Changed| objects.push(&changed.after);
    let is_visited = session.output.wants_json();
    let visit: Option<&mut dyn FnMut(&Changed)> = is_visited.then_some(&mut visit as _);
    let imported = store.import(&import, visit)?;
    Ok(report(&imported, args, objects))
}

fn report(imported: &Imported, args: &ImportArgs, objects: ChangedKeys) -> Outcome {
    let count = counted(imported.count, "key");
    let mut outcome = Outcome::done()
        .with_keys(objects, false)
        .unchanged_if(args.dry_run || imported.count == 0);
    if imported.skipped_secrets > 0 {
        let skipped = counted(imported.skipped_secrets, "key");
        outcome = outcome.note(format!(
            "skipped {skipped} whose secret was imported before"
        ));
    }
    if let [first, ..] = imported.skipped_names[..] {
        let skipped = counted(imported.skipped_names.len() as u64, "key");
        outcome = outcome.note(format!(
            "skipped {skipped} whose name is taken by a key with another secret, the first on line \
             {first}; verify refuses such a secret until you import it with another name"
        ));
    }
    match (imported.count, args.dry_run) {
        (0, _) => outcome.note("nothing to import"),
        (_, true) => outcome.note(format!("would import {count}")),
        (_, false) => outcome.note(format!(
            "imported {count}; `apikey review --only imported` lists the keys that still have \
             their old secrets"
        )),
    }
}
