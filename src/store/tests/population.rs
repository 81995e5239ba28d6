//! A store with groups, users and keys, and operators with different rights.

use super::super::*;
use super::{Kept, edit, quick_store};
use crate::model::{Edit, Operator, Permission, RequiredRight, ShortForm, Standing, UserName};
use crate::secret::SecretHash;

pub(super) const GROUPS: [&str; 4] = ["own", "deploy", "secret", "admin"];

/// Parses the `texts` at the positions `chosen`, and leaves out those that are invalid.
pub(super) fn parsed<T: std::str::FromStr>(texts: &[&str], chosen: &[usize]) -> Vec<T> {
    let parse = |at: &usize| texts[*at].parse().ok();
    chosen.iter().filter_map(parse).collect()
}

/// Acts as `operator` from now on, in a command that requires the right `required`.
pub(super) fn act_as(store: &mut Store, operator: &str, required: RequiredRight) {
    store.actor.operator = Operator::from_login(operator).unwrap();
    store.actor.standing = match operator {
        "root" => Standing::Owner,
        _ => Standing::Other,
    };
    store.actor.required = required;
    // Opening would have refused a command without the right; the check in the transaction
    // must suffice.
    let seen = Actor {
        required: RequiredRight::SeeKeys,
        ..store.actor.clone()
    };
    store.rights = rights::authorize(&store.db, &store.place, &seen).unwrap();
}

/// Creates a key with a delivered secret.
pub(super) fn create_key(
    store: &mut Store,
    name: &str,
    groups: &[&str],
    permissions: &[&str],
    owner: Option<&str>,
    app: Option<&str>,
) -> Result<()> {
    let all = |texts: &[&str]| (0..texts.len()).collect::<Vec<_>>();
    let short = ShortForm {
        prefix: Prefix::default(),
        id: store.generate_id()?,
        last_four: "last".to_owned(),
    };
    let owner: Option<UserName> = owner.map(|owner| owner.parse().unwrap());
    let application = app.map(|app| app.parse().unwrap());
    let new = NewKey {
        short,
        name: &name.parse().unwrap(),
        description: None,
        groups: &parsed(groups, &all(groups)),
        permissions: &parsed(permissions, &all(permissions)),
        owner: owner.as_ref(),
        application: application.as_ref(),
        expires_at: None,
        meta: crate::model::Meta::default(),
    };
    let key = store.insert_pending(&new, &SecretHash::from_stored("none".to_owned()))?;
    store
        .activate_pending(&key.short, None, &mut || Ok(()))
        .map(drop)
}

/// Returns a store with groups, the users alice and bob, keys of both, and a key without an owner.
pub(super) fn populated() -> (Kept, Store) {
    let (directory, mut store) = quick_store();
    act_as(&mut store, "root", RequiredRight::Manage);
    for (group, allowed) in [
        ("own", &["apikey:own"][..]),
        ("deploy", &["deploy:*", "x@p"]),
        ("secret", &["x"]),
    ] {
        let allowed: Vec<Permission> = parsed(allowed, &[0, 1][..allowed.len()]);
        store
            .create_group(&group.parse().unwrap(), None, &allowed)
            .unwrap();
    }
    for user in ["alice", "bob"] {
        let new = NewUser {
            name: &user.parse().unwrap(),
            groups: &parsed(&GROUPS, &[0, 1]),
            description: None,
            expires_at: None,
        };
        store.add_user(&new).unwrap();
    }
    let shop = Some("shop");
    create_key(&mut store, "mine", &["deploy"], &[], Some("alice"), shop).unwrap();
    create_key(&mut store, "off", &["deploy"], &[], Some("alice"), None).unwrap();
    let deactivate = Edit::Deactivate { time: None };
    edit(&mut store, &["off".parse().unwrap()], &deactivate).unwrap();
    let soon = Edit::SetExpiry("50s".parse().unwrap());
    edit(&mut store, &["mine".parse().unwrap()], &soon).unwrap();
    create_key(&mut store, "his", &["deploy"], &[], Some("bob"), shop).unwrap();
    create_key(&mut store, "noowner", &["admin"], &[], None, None).unwrap();
    (directory, store)
}
