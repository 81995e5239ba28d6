//! The environment of the process, which completes the text that names a database.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::values::{Origin, Parameter, Value, Values};
use crate::accounts::login_name;
use crate::config::{PostgresVariable, home_directory};
use crate::error::{Error, Kind, Result};

/// The environment variables, and what the defaults depend on.
pub(super) struct Environment {
    /// Returns the value of a variable, if it is set.
    pub(super) variable: Box<dyn Fn(PostgresVariable) -> Option<OsString>>,
    /// The home directory, if it is known.
    pub(super) home: Option<PathBuf>,
    /// Returns the login name of the user, if it has one. A directory service may answer slowly.
    pub(super) login: fn() -> Option<String>,
    /// The directory of the unix socket of a text without a host.
    pub(super) socket_directory: PathBuf,
    /// The directory of the service file for all users.
    pub(super) system_directory: PathBuf,
}

impl Environment {
    /// Returns the environment of this process. The directories are as in Debian's libpq; if
    /// that of the socket doesn't exist, it is PostgreSQL's own default, as for a server that was
    /// built from source.
    pub(super) fn of_process() -> Self {
        let sockets = ["/var/run/postgresql", "/tmp"].map(Path::new);
        let socket_directory = if sockets[0].is_dir() {
            sockets[0]
        } else {
            sockets[1]
        };
        Self {
            variable: Box::new(PostgresVariable::value),
            home: home_directory().filter(|home| home.is_absolute()),
            login: || login_name(rustix::process::geteuid()),
            socket_directory: socket_directory.to_owned(),
            system_directory: "/etc/postgresql-common".into(),
        }
    }

    /// Returns the environment without its variables.
    pub(super) fn without_variables(self) -> Self {
        Self {
            variable: Box::new(|_| None),
            ..self
        }
    }

    /// Returns the path that is the value of `variable`, if it is set.
    pub(super) fn path(&self, variable: PostgresVariable) -> Option<PathBuf> {
        (self.variable)(variable).map(PathBuf::from)
    }

    /// Returns the path of the file `name` in the home directory, if it is there. Another file of
    /// that name that can't be reached, such as in a home directory that belongs to another user,
    /// is not there.
    pub(super) fn in_home(&self, name: &str) -> Option<PathBuf> {
        let path = self.home.as_ref()?.join(name);
        path.exists().then_some(path)
    }

    /// Gives `parameter` the value of its variable, unless it has a value.
    ///
    /// # Errors
    /// If the value is needed and isn't UTF-8.
    pub(super) fn complete(&self, values: &mut Values, parameter: Parameter) -> Result<()> {
        let variable = parameter.variable();
        if values.has(parameter) {
            return Ok(());
        }
        if let Some(text) = (self.variable)(variable) {
            let text = text.into_string().map_err(|_| {
                let fact = format!("{} is not UTF-8", variable.name());
                Error::new(Kind::InvalidInput, fact).hint("correct or unset it")
            })?;
            values.add(Value {
                parameter,
                text: Zeroizing::new(text),
                origin: Origin::Variable(variable),
            });
        }
        Ok(())
    }
}
