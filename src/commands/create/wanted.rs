//! The key to create.

use crate::cli::Create;
use crate::model::{KeyName, ShortForm, Text, Timestamp};
use crate::store::NewKey;

/// The complete description of a key to create.
pub(super) struct Wanted {
    pub(super) name: KeyName,
    /// The expiry; the inner none is never. Without one the policy decides.
    pub(super) expires_at: Option<Option<Timestamp>>,
    /// The arguments, with the answers of the user in place of missing ones.
    pub(super) args: Create,
    /// Whether the user was prompted for any of this.
    pub(super) is_prompted: bool,
}

impl Wanted {
    /// Returns the key that `args` describe, if they have its name and its groups.
    pub(super) fn given(args: &Create, expires_at: Option<Option<Timestamp>>) -> Option<Self> {
        let name = args.name.clone()?;
        (!args.groups.is_empty()).then(|| Self {
            name,
            expires_at,
            args: args.clone(),
            is_prompted: false,
        })
    }

    /// Returns what the store records of the key; `short` is the short form of its secret.
    pub(super) fn new_key(
        &self,
        short: &ShortForm,
        expires_at: Option<Option<Timestamp>>,
    ) -> NewKey<'_> {
        NewKey {
            short: short.clone(),
            name: &self.name,
            description: self.args.description.as_ref().and_then(Text::non_empty),
            groups: &self.args.groups,
            permissions: &self.args.permissions,
            owner: self.args.owner.as_ref(),
            application: self.args.app.as_ref(),
            expires_at,
            meta: self.args.meta(),
        }
    }
}
