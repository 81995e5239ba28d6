//! `create --like`: what is not given is copied from another key.

use crate::cli::Create;
use crate::commands::Session;
use crate::error::Result;
use crate::model::UserName;
use crate::store::{Access, too_many_meta};

/// Returns `args` with the groups, permissions, owner, application and meta of the key that
/// --like names, where none are given. The meta is merged by name.
///
/// # Errors
/// When there is no such key.
pub(super) fn completed(args: &Create, session: &Session) -> Result<Create> {
    let Some(like) = &args.like else {
        return Ok(args.clone());
    };
    let template = session.open(Access::Write)?.template(like)?;
    let mut args = args.clone();
    if args.groups.is_empty() {
        args.groups = template.groups;
    }
    if args.permissions.is_empty() {
        args.permissions = template.permissions;
    }
    args.owner = args
        .owner
        .or_else(|| template.owner.map(|owner| -> UserName { owner.name }));
    args.app = args.app.or(template.application);
    let meta = template.meta.changed(&args.meta, &[]);
    args.meta = meta
        .map_err(|invalid| too_many_meta(&invalid))?
        .entries()
        .to_vec();
    Ok(args)
}
