//! `create --like`: copies from another key what the command line doesn't give.

use crate::cli::Create;
use crate::commands::Session;
use crate::error::{Error, Kind, Result};
use crate::store::Access;

/// Returns `args` with the groups, permissions, owner and application of the key that --like
/// names, unless they are given. Metadata are merged by name.
///
/// # Errors
/// When there is no such key, or there are too many metadata entries; the errors of the database.
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
        .or_else(|| template.owner.map(|owner| owner.name));
    args.app = args.app.or(template.application);
    let meta = template.meta.changed(&args.meta, &[]);
    args.meta = meta
        .map_err(|invalid| {
            Error::new(Kind::InvalidInput, invalid.to_string()).hint("give fewer --meta")
        })?
        .entries()
        .to_vec();
    Ok(args)
}
