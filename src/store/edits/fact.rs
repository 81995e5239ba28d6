//! A fact about keys that an edit sets: its values, looked up once, and the statements for one key.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, Kind, Result};
use crate::model::{
    Edit, GroupEdit, GroupName, Key, MAX_GROUPS_OF_KEY, MetaEntry, MetaName, State, Timestamp,
    User, UserName,
};
use crate::store::keys::meta::{logged, too_many_entries};
use crate::store::rotation::previous;
use crate::store::users::check_owner_is_in;
use crate::store::{Write, strings, too_many_groups};

/// A fact that an edit sets about each key, with everything that doesn't depend on the key.
pub(super) enum Fact<'a> {
    Activate,
    /// Deactivates until this time; none is for good.
    Deactivate(Option<Timestamp>),
    FinishRotation,
    /// The expiry; none is never.
    Expiry(Option<Timestamp>),
    /// The owner and its id; none removes the owner.
    Owner(Option<(String, User)>),
    Groups(&'a GroupEdit),
    Meta {
        set: &'a [MetaEntry],
        removed: &'a [MetaName],
    },
    Delete,
}

impl<'a> Fact<'a> {
    /// Looks up the values of an edit.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`]; [`Kind::GroupNotFound`], or [`Kind::NotPermitted`] if the operator's
    /// rights are limited; and the errors of the database.
    pub(super) fn new(write: &Write<'_>, edit: &'a Edit) -> Result<Self> {
        let now = write.now();
        Ok(match edit {
            Edit::Activate => Self::Activate,
            Edit::Deactivate { time } => Self::Deactivate(time.map(|time| now.plus(time))),
            Edit::FinishRotation { .. } => Self::FinishRotation,
            Edit::SetExpiry(when) => Self::Expiry(when.resolve(now)),
            // A key that expires earlier is never changed: see `Edit::is_done`.
            Edit::CapExpiry(max) => Self::Expiry(Some(now.plus(*max))),
            Edit::SetOwner(owner) => {
                let user = owner.as_ref().map(|name| write.user(name));
                Self::Owner(user.transpose()?)
            }
            Edit::SetGroups(groups) => {
                check_groups_exist(write, groups)?;
                Self::Groups(groups)
            }
            Edit::SetMeta { set, removed } => Self::Meta { set, removed },
            Edit::Delete { .. } => Self::Delete,
        })
    }

    /// Sets the fact of a key that doesn't have it yet. Returns the details for the log.
    ///
    /// # Errors
    /// [`Kind::NotPermitted`]; [`Kind::OwnerLacksGroup`]; the errors of [`Write::enforce`];
    /// [`Kind::InvalidInput`] for no group, too many groups or too many metadata entries; and the
    /// errors of the database.
    pub(super) fn set(&self, write: &Write<'_>, number: i64, key: &Key) -> Result<Value> {
        match self {
            Self::Activate => {
                write.enforce_activation(key)?;
                let update = "UPDATE keys SET active = 1, reactivates_at = NULL WHERE number = ?1";
                write.db.execute(update, &[number.into()])?;
                Ok(json!({}))
            }
            Self::Deactivate(end) => {
                write.rights.check_deactivation(key, *end, write.now())?;
                write.deactivate(number, key, *end)?;
                Ok(match end {
                    Some(end) => json!({"until": end.to_string()}),
                    None => json!({}),
                })
            }
            Self::FinishRotation => {
                let transitions = write.view().secrets(number)?.finish(write.now());
                write.apply(&transitions)?;
                Ok(json!({"previous": previous(key)}))
            }
            Self::Expiry(at) => set_expiry(write, key, *at),
            Self::Owner(owner) => {
                if let Some((_, user)) = owner {
                    check_owner_is_in(user, &key.groups)?;
                }
                write.enforce_owner(key, owner.as_ref().map(|(_, user)| &user.name))?;
                write.set_column(key.id(), "owner", owner.as_ref().map(|(id, _)| id).into())?;
                let to = owner.as_ref().map(|(_, user)| user.name.as_str());
                Ok(from_to(key.owner_name().map(UserName::as_str), to))
            }
            Self::Groups(edit) => set_groups(write, number, key, edit),
            Self::Meta { set, removed } => set_meta(write, number, key, set, removed),
            Self::Delete => {
                let delete = "DELETE FROM keys WHERE number = ?1";
                write.db.execute(delete, &[number.into()])?;
                Ok(json!({}))
            }
        }
    }
}

/// Sets or removes the expiry of a key.
fn set_expiry(write: &Write<'_>, key: &Key, at: Option<Timestamp>) -> Result<Value> {
    write.rights.check_expiry(key.expires_at, at)?;
    write.enforce_expiry(key, at)?;
    let value = at.map(Timestamp::unix).into();
    write.set_column(key.id(), "expires_at", value)?;
    let [from, to] = [key.expires_at, at].map(|at| at.map(|at| at.to_string()));
    Ok(from_to(from, to))
}

/// Refuses groups that don't exist. Rights come first: an operator with limited rights can't be in
/// a missing group, so the error says that, and not that the group is missing.
fn check_groups_exist(write: &Write<'_>, edit: &GroupEdit) -> Result<()> {
    for group in edit.groups.iter().chain(&edit.add) {
        if !write.store.has_group(group)? {
            write.rights.check_groups(std::slice::from_ref(group))?;
        }
    }
    write.group_ids(&edit.named()).map(drop)
}

/// Puts a key in other groups. The owner must be in each group that is new to the key.
fn set_groups(write: &Write<'_>, number: i64, key: &Key, edit: &GroupEdit) -> Result<Value> {
    let groups = edit.apply(&key.groups);
    if groups.is_empty() {
        let fact = format!("\"{}\" needs at least one group", key.name);
        return Err(Error::new(Kind::InvalidInput, fact)
            .hint("first add another with --add, or `apikey deactivate` the key"));
    }
    if groups.len() > MAX_GROUPS_OF_KEY.max(key.groups.len()) {
        return Err(too_many_groups(groups.len()));
    }
    let is_new = |group: &&GroupName| !key.groups.contains(group);
    let added: Vec<GroupName> = groups.iter().filter(is_new).cloned().collect();
    write.rights.check_groups(&added)?;
    if let (Some(owner), false) = (key.owner_name(), added.is_empty()) {
        check_owner_is_in(&write.user(owner)?.1, &added)?;
    }
    write.enforce_groups(&key.name, &added)?;
    let ids = write.group_ids(&groups)?;
    let delete = "DELETE FROM key_groups WHERE key = ?1";
    write.db.execute(delete, &[number.into()])?;
    write.insert_members(number, &ids)?;
    let select = "SELECT g.name FROM key_groups m JOIN groups g ON g.id = m.group_id
          WHERE m.key = ?1 ORDER BY lower(g.name)";
    let after: Vec<String> = write
        .db
        .rows(select, &[number.into()], |row| row.get("name"))?;
    Ok(from_to(strings(&key.groups), after))
}

fn set_meta(
    write: &Write<'_>,
    number: i64,
    key: &Key,
    set: &[MetaEntry],
    removed: &[MetaName],
) -> Result<Value> {
    let after = key.meta.changed(set, removed);
    let after = after.map_err(|invalid| too_many_entries(&invalid))?;
    let delete = "DELETE FROM key_meta WHERE key = ?1";
    write.db.execute(delete, &[number.into()])?;
    write.insert_meta(number, &after)?;
    Ok(from_to(logged(&key.meta), logged(&after)))
}

/// Returns the log details of a change.
fn from_to(from: impl Serialize, to: impl Serialize) -> Value {
    json!({"from": from, "to": to})
}

impl Write<'_> {
    /// Deactivates the key with this number until `end`; none is for good.
    pub(in crate::store) fn deactivate(
        &self,
        number: i64,
        key: &Key,
        end: Option<Timestamp>,
    ) -> Result<()> {
        // Reviews report refusals since `deactivated_at`. So that time stays if the key is inactive
        // already, or if a temporary deactivation is over during which a client was refused that
        // has not come back.
        let now = self.now();
        let is_inactive = key.state_at(now) == State::Inactive;
        let since = if is_inactive || key.refused_while_paused(now).is_some() {
            key.deactivated_at
        } else {
            Some(now)
        };
        self.db.execute(
            "UPDATE keys SET active = 0, deactivated_at = ?2, reactivates_at = ?3
              WHERE number = ?1",
            &[
                number.into(),
                since.map(Timestamp::unix).into(),
                end.map(Timestamp::unix).into(),
            ],
        )?;
        Ok(())
    }
}
