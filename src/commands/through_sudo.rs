//! Options that name a file, a variable or a screen of the caller. Through sudo another user
//! would read, write or show it, so they are refused before it is looked at.

use super::Session;
use crate::cli::Command;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::model::{Operator, Standing};
use crate::store::{Access, as_owner, caller};

/// An option or a command that names something of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Export,
    Copy,
    KeyFile,
    KeyEnv,
    HoldClipboard,
}

impl Named {
    /// Returns the option of `command` that names something of its caller, if one does.
    fn by(command: &Command) -> Option<Self> {
        match command {
            Command::Create(args) if args.delivery.export.is_some() => Some(Self::Export),
            Command::Create(args) if args.delivery.copy.is_some() => Some(Self::Copy),
            Command::Verify(args) if args.named_file().is_some() => Some(Self::KeyFile),
            Command::Verify(args) if args.key_env.is_some() => Some(Self::KeyEnv),
            Command::HoldClipboard(_) => Some(Self::HoldClipboard),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Export => "--export",
            Self::Copy => "--copy",
            Self::KeyFile => "--key-file",
            Self::KeyEnv => "--key-env",
            Self::HoldClipboard => "hold-clipboard",
        }
    }

    /// Returns what to do instead, where sudo `became` the user who would act.
    fn instead(self, became: &Operator) -> String {
        match self {
            Self::Export | Self::Copy => {
                format!("umask 077; sudo -u {became} apikey create … > FILE, with the same --db")
            }
            Self::KeyFile => "let your own shell read it: verify < FILE".to_owned(),
            Self::KeyEnv => {
                "let your own shell pass it on: printf %s \"$NAME\" | … verify".to_owned()
            }
            Self::HoldClipboard => "run it without sudo".to_owned(),
        }
    }
}

/// Refuses an option of `command` that names something of its caller, where another user would
/// act on it.
///
/// # Errors
/// [`Kind::Usage`]; and the errors of [`acting_user`].
pub(super) fn check(command: &Command, session: &Session) -> Result<()> {
    let Some(named) = Named::by(command) else {
        return Ok(());
    };
    match acting_user(session)? {
        Some(became) => Err(would_act(named, &became, session)),
        None => Ok(()),
    }
}

/// Returns the user that sudo became, if that user would act on a file, a variable or a screen
/// of the caller: `SUDO_USER` decides the operator, and users are registered. A database that
/// is missing may have had users.
///
/// # Errors
/// The errors of the database, except that it is missing.
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

fn would_act(named: Named, became: &Operator, session: &Session) -> Error {
    let fact = format!("through sudo, {} would act as {became}", named.as_str());
    let mut hint = named.instead(became);
    if config::is_root() {
        // `sudo -i` leaves SUDO_USER set for every command of the shell.
        let owner = as_owner(session.location.as_ref().ok());
        hint = format!("{hint}; in a root shell: {owner} apikey …");
    }
    Error::new(Kind::Usage, fact).hint(hint)
}
