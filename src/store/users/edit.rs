//! Registers, changes and deletes users. Each method of the store is one transaction, which also
//! appends the log entries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::error::{Error, Kind, Result};
use crate::model::{
    GroupName, LogAction, Text, Timestamp, User, UserName, UserSummary, are_same_groups, counted,
};
use crate::secret;
use crate::store::errors::quoted;
use crate::store::users::{find_user, registered};
use crate::store::{Store, Write, strings};

/// A user to be registered.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    /// Its name.
    pub(crate) name: &'a UserName,
    /// Its groups.
    pub(crate) groups: &'a [GroupName],
    /// Its description.
    pub(crate) description: Option<&'a Text>,
    /// The time from which it and its keys may do nothing.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Store {
    /// Registers a user. Returns the user, and whether it is now the only one.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`] for an expiry that has passed, [`Kind::NameTaken`],
    /// [`Kind::GroupNotFound`], and the errors of the database.
    pub(crate) fn add_user(&mut self, new: &NewUser<'_>) -> Result<(UserSummary, bool)> {
        self.write(|write| {
            check_in_future(new.expires_at, write.now())?;
            write.check_user_name_is_free(new.name)?;
            let groups = write.group_ids(new.groups)?;
            let id = secret::generate_id()?;
            write.db.execute(
                "INSERT INTO users (id, name, description, created_at, created_by, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                &[
                    id.as_str().into(),
                    new.name.as_str().into(),
                    new.description.map(Text::as_str).into(),
                    write.now().unix().into(),
                    write.operator().into(),
                    new.expires_at.map(Timestamp::unix).into(),
                ],
            )?;
            write.insert_user_groups(id.as_str(), &groups)?;
            let (_, user) = registered(&write.db, new.name)?;
            let details = json!({
                "user": new.name.as_str(),
                "description": new.description.map(Text::as_str),
                "groups": strings(&user.user.groups),
                "expires_at": new.expires_at.map(|at| at.to_string()),
            });
            write.log(LogAction::UserAdd, &details)?;
            Ok((user, write.count_users()? == 1))
        })
    }

    /// Activates or deactivates users, all or none. Returns each user, with false if it had the
    /// state already.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], and the errors of the database.
    pub(crate) fn set_user_state(
        &mut self,
        names: &[UserName],
        active: bool,
    ) -> Result<Vec<(bool, UserSummary)>> {
        let action = if active {
            LogAction::UserActivate
        } else {
            LogAction::UserDeactivate
        };
        self.write(|write| {
            let change = |name: &UserName| {
                write.change_user(name, action, |id, user| {
                    if user.active == active {
                        return Ok(None);
                    }
                    let update = "UPDATE users SET active = ?2 WHERE id = ?1";
                    write.db.execute(update, &[id.into(), active.into()])?;
                    Ok(Some(json!({"user": name.as_str()})))
                })
            };
            let mut seen = BTreeSet::new();
            // A user named twice is changed once.
            let names = names.iter().filter(|name| seen.insert(name.as_str()));
            names.map(change).collect()
        })
    }

    /// Puts a user in exactly the groups that `choose` returns for its current groups. Returns
    /// false if the user is in exactly these groups already.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`]; [`Kind::GroupNotFound`] if a group in `mentioned` or in the result
    /// of `choose` doesn't exist; and the errors of the database.
    pub(crate) fn set_user_groups(
        &mut self,
        name: &UserName,
        mentioned: &[GroupName],
        choose: impl Fn(&[GroupName]) -> Vec<GroupName>,
    ) -> Result<(bool, UserSummary)> {
        self.write(|write| {
            write.change_user(name, LogAction::UserSetGroups, |id, user| {
                write.group_ids(mentioned)?;
                let groups = choose(&user.groups);
                if are_same_groups(&groups, &user.groups) {
                    return Ok(None);
                }
                let ids = write.group_ids(&groups)?;
                let delete = "DELETE FROM user_groups WHERE user_id = ?1";
                write.db.execute(delete, &[id.into()])?;
                write.insert_user_groups(id, &ids)?;
                Ok(Some(json!({
                    "user": name.as_str(),
                    "from": strings(&user.groups),
                    "to": strings(&registered(&write.db, name)?.1.user.groups),
                })))
            })
        })
    }

    /// Sets or removes the time from which a user and its keys may do nothing. Returns false if it
    /// is the same already.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], and the errors of the database.
    pub(crate) fn set_user_expiry(
        &mut self,
        name: &UserName,
        at: Option<Timestamp>,
    ) -> Result<(bool, UserSummary)> {
        self.write(|write| {
            write.change_user(name, LogAction::UserSetExpiry, |id, user| {
                if user.expires_at == at {
                    return Ok(None);
                }
                let update = "UPDATE users SET expires_at = ?2 WHERE id = ?1";
                let at_unix = at.map(Timestamp::unix);
                write.db.execute(update, &[id.into(), at_unix.into()])?;
                let (from, to) = (user.expires_at, at);
                let [from, to] = [from, to].map(|at| at.map(|at| at.to_string()));
                Ok(Some(json!({"user": name.as_str(), "from": from, "to": to})))
            })
        })
    }

    /// Renames a user, who keeps its keys. Returns false if it has that name already.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::NameTaken`], and the errors of the database.
    pub(crate) fn rename_user(
        &mut self,
        name: &UserName,
        new: &UserName,
    ) -> Result<(bool, UserSummary)> {
        self.write(|write| {
            let (id, user) = registered(&write.db, name)?;
            if name == new {
                return Ok((false, user));
            }
            write.check_user_name_is_free(new)?;
            let update = "UPDATE users SET name = ?2 WHERE id = ?1";
            let values = [id.as_str().into(), new.as_str().into()];
            write.db.execute(update, &values)?;
            let details = json!({"user": name.as_str(), "to": new.as_str()});
            write.log(LogAction::UserRename, &details)?;
            Ok((true, registered(&write.db, new)?.1))
        })
    }

    /// Deletes a user that owns no key. Returns the user, and whether none is left.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::InUse`] when the user owns keys, and the errors of the
    /// database.
    pub(crate) fn delete_user(&mut self, name: &UserName) -> Result<(UserSummary, bool)> {
        self.write(|write| {
            let (id, user) = registered(&write.db, name)?;
            check_owns_nothing(&user)?;
            let delete = "DELETE FROM users WHERE id = ?1";
            write.db.execute(delete, &[id.as_str().into()])?;
            write.log(LogAction::UserDelete, &json!({"user": name.as_str()}))?;
            Ok((user, write.count_users()? == 0))
        })
    }
}

/// Refuses an expiry `at` that is not after `now`.
///
/// # Errors
/// [`Kind::InvalidInput`].
pub(crate) fn check_in_future(at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match at {
        Some(at) if at <= now => {
            let fact = format!("the expiry {at} is not in the future; it is {now}");
            Err(Error::new(Kind::InvalidInput, fact).hint("give a later time, such as 90d"))
        }
        _ => Ok(()),
    }
}

/// Refuses a user that owns keys.
///
/// # Errors
/// [`Kind::InUse`].
pub(crate) fn check_owns_nothing(user: &UserSummary) -> Result<()> {
    let name = &user.user.name;
    if user.keys == 0 {
        return Ok(());
    }
    let count = counted(user.keys, "key");
    Err(
        Error::new(Kind::InUse, format!("{name} owns {count}")).hint(format!(
            "list them with `apikey list --owner {quoted}`, then delete them or give them to \
             another user with `apikey set-owner`; `apikey user deactivate {quoted}` blocks them all",
            quoted = quoted(name.as_str())
        )),
    )
}

impl Write<'_> {
    /// Changes a user. `change` returns the log details, or none if nothing had to change.
    fn change_user(
        &self,
        name: &UserName,
        action: LogAction,
        change: impl FnOnce(&str, &User) -> Result<Option<Value>>,
    ) -> Result<(bool, UserSummary)> {
        let (id, user) = self.user(name)?;
        let details = change(&id, &user)?;
        let changed = details.is_some();
        if let Some(details) = details {
            self.log(action, &details)?;
        }
        Ok((changed, registered(&self.db, name)?.1))
    }

    fn count_users(&self) -> Result<u64> {
        let select = "SELECT count(*) AS user_count FROM users";
        let count = self.db.row(select, &[], |row| row.get("user_count"))?;
        Ok(count.unwrap_or_default())
    }

    fn insert_user_groups(&self, id: &str, group_ids: &[String]) -> Result<()> {
        for group in group_ids {
            self.db.execute(
                "INSERT INTO user_groups (user_id, group_id) VALUES (?1, ?2)
                 ON CONFLICT DO NOTHING",
                &[id.into(), group.into()],
            )?;
        }
        Ok(())
    }

    fn check_user_name_is_free(&self, name: &UserName) -> Result<()> {
        if find_user(&self.db, name)?.is_none() {
            return Ok(());
        }
        let fact = format!("there is a user named \"{name}\" already");
        Err(Error::new(Kind::NameTaken, fact).hint("choose another name"))
    }
}
