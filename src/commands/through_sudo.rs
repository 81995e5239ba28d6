//! The refusal of commands and options that use a file, an environment variable or the clipboard
//! of the caller. Through sudo another user would read or write it, so once users are registered,
//! the command ends before that. The variables of libpq would make another user read files, and
//! send its password. Delivery to the screen stays allowed, and so do `backup` and
//! `restore`, which require `apikey:manage`.

use super::Session;
use crate::cli::Command;
use crate::config;
#[cfg(feature = "postgres")]
use crate::config::PostgresVariable;
use crate::error::{Error, Kind, Result};
use crate::model::{Operator, Standing};
#[cfg(feature = "postgres")]
use crate::store::may_use_variables;
use crate::store::{Access, as_owner, caller};

/// Refuses `command` if it would use the caller's file, environment variable or clipboard as
/// another user.
///
/// # Errors
/// [`Kind::Usage`]; and the errors of [`acting_user`].
pub(super) fn check(command: &Command, session: &Session) -> Result<()> {
    #[cfg(feature = "postgres")]
    check_variables(command, session)?;
    let (option, instead) = match command {
        Command::Create(args) if args.delivery.export.is_some() => ("--export", None),
        Command::Create(args) if args.delivery.copy.is_some() => ("--copy", None),
        Command::Rotate(args) if args.delivery.export.is_some() => ("--export", None),
        Command::Rotate(args) if args.delivery.copy.is_some() => ("--copy", None),
        Command::Renew(_) => ("renew", None),
        Command::Verify(args) if args.named_file().is_some() => (
            "--key-file",
            Some("let your own shell open the file: verify < FILE"),
        ),
        Command::Verify(args) if args.key_env.is_some() => (
            "--key-env",
            Some("let your own shell pass the secret: printf %s \"$NAME\" | … verify"),
        ),
        Command::Import(args) if args.named_file().is_some() => (
            "import FILE",
            Some("let your own shell open the file: import - … < FILE"),
        ),
        Command::Scan(args) if args.names_a_file() => (
            "scan PATH",
            Some("let your own shell open the file: scan < FILE"),
        ),
        Command::HoldClipboard(_) => ("hold-clipboard", Some("run it without sudo")),
        _ => return Ok(()),
    };
    let Some(actor) = acting_user(session)? else {
        return Ok(());
    };
    let mut hint = match instead {
        Some(instead) => instead.to_owned(),
        None => {
            let verb = match command {
                Command::Create(_) => "create",
                _ => "rotate",
            };
            format!("umask 077; sudo -u {actor} apikey {verb} … > FILE, with the same --db")
        }
    };
    if config::is_root() {
        hint += &in_root_shell(session);
    }
    let fact = format!("through sudo, {option} would act as {actor}");
    Err(Error::new(Kind::Usage, fact).hint(hint))
}

/// Returns the end of a hint for root, who may be in a shell of `sudo -i`: it leaves `SUDO_USER`
/// set for every command.
fn in_root_shell(session: &Session) -> String {
    let owner = as_owner(session.location.as_ref().ok());
    format!("; in a root shell: {owner} apikey …")
}

/// Refuses variables of libpq that decide how another user connects to a server.
///
/// The database is first looked at without them, since they could name one without users. Nothing
/// of them is used before.
///
/// # Errors
/// [`Kind::Usage`].
#[cfg(feature = "postgres")]
fn check_variables(command: &Command, session: &Session) -> Result<()> {
    let uses_no_database = matches!(
        command,
        Command::Help(_) | Command::Completions(_) | Command::HoldClipboard(_)
    );
    let mut variables = PostgresVariable::ALL.into_iter();
    let given = variables.find(|variable| variable.value().is_some());
    let (Some(variable), Ok(location), false) = (given, &session.location, uses_no_database) else {
        return Ok(());
    };
    let (_, Standing::ThroughSudo { became }) = caller(Some(location)) else {
        return Ok(());
    };
    if may_use_variables(location) {
        return Ok(());
    }
    let name = variable.name();
    let fact = format!("through sudo, {name} would decide how {became} connects to the server");
    let mut hint = format!("unset {name}; --db and the files of {became} name everything");
    if config::is_root() {
        hint += &in_root_shell(session);
    }
    Err(Error::new(Kind::Usage, fact).hint(hint))
}

/// Returns the user that the process runs as, if it came through sudo and users are registered;
/// the operator is then `SUDO_USER`. Also returns that user if there is no database, since a lost
/// database may have had users.
///
/// # Errors
/// The errors of the database, except [`Kind::DatabaseMissing`].
pub(super) fn acting_user(session: &Session) -> Result<Option<Operator>> {
    let (_, Standing::ThroughSudo { became }) = caller(session.location.as_ref().ok()) else {
        return Ok(None);
    };
    if session.location.is_err() {
        return Ok(Some(became));
    }
    match session.open(Access::Read) {
        Err(error) if error.kind() == Kind::DatabaseMissing => Ok(Some(became)),
        opened => Ok(opened?.acts_for_another()?.cloned()),
    }
}
