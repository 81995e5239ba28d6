//! The parameters of libpq that apikey supports, and their values as texts.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::config::PostgresVariable;
use crate::error::{Error, Kind, Result};

/// A parameter of a connection that apikey supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    Host,
    HostAddress,
    Port,
    User,
    Database,
    Password,
    Passfile,
    Service,
    ApplicationName,
    ConnectTimeout,
    SslMode,
    SslRootCertificate,
    SslCertificate,
    SslKey,
    /// This is the last variant: a test compares its number with the length of [`Parameter::ALL`].
    TargetSession,
}

impl Parameter {
    /// Every parameter, in the order of declaration.
    pub(super) const ALL: [Self; 15] = [
        Self::Host,
        Self::HostAddress,
        Self::Port,
        Self::User,
        Self::Database,
        Self::Password,
        Self::Passfile,
        Self::Service,
        Self::ApplicationName,
        Self::ConnectTimeout,
        Self::SslMode,
        Self::SslRootCertificate,
        Self::SslCertificate,
        Self::SslKey,
        Self::TargetSession,
    ];

    /// Returns the name in a URI and a service file, and the environment variable.
    fn names(self) -> (&'static str, PostgresVariable) {
        match self {
            Self::Host => ("host", PostgresVariable::Host),
            Self::HostAddress => ("hostaddr", PostgresVariable::HostAddress),
            Self::Port => ("port", PostgresVariable::Port),
            Self::User => ("user", PostgresVariable::User),
            Self::Database => ("dbname", PostgresVariable::Database),
            Self::Password => ("password", PostgresVariable::Password),
            Self::Passfile => ("passfile", PostgresVariable::Passfile),
            Self::Service => ("service", PostgresVariable::Service),
            Self::ApplicationName => ("application_name", PostgresVariable::ApplicationName),
            Self::ConnectTimeout => ("connect_timeout", PostgresVariable::ConnectTimeout),
            Self::SslMode => ("sslmode", PostgresVariable::SslMode),
            Self::SslRootCertificate => ("sslrootcert", PostgresVariable::SslRootCertificate),
            Self::SslCertificate => ("sslcert", PostgresVariable::SslCertificate),
            Self::SslKey => ("sslkey", PostgresVariable::SslKey),
            Self::TargetSession => ("target_session_attrs", PostgresVariable::TargetSession),
        }
    }

    /// Returns the name in a URI and a service file.
    pub(super) fn name(self) -> &'static str {
        self.names().0
    }

    /// Returns the environment variable.
    pub(super) fn variable(self) -> PostgresVariable {
        self.names().1
    }

    /// Returns the parameter with the name `name`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Returns the hint with every name but that of `excluded`.
    pub(super) fn hint_without(excluded: Self) -> String {
        let supported = Self::ALL.into_iter().filter(|known| *known != excluded);
        let names: Vec<&str> = supported.map(Self::name).collect();
        format!("the parameters are {}", names.join(", "))
    }
}

/// The place that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The value of `--db` or `APIKEY_DB`.
    Text,
    /// A service file.
    ServiceFile(PathBuf),
    /// An environment variable.
    Variable(PostgresVariable),
}

/// A value, which may be a password. Its text is never in a message: a mistyped URI may have part
/// of a password anywhere.
pub(super) struct Value {
    pub(super) parameter: Parameter,
    pub(super) text: Zeroizing<String>,
    pub(super) origin: Origin,
}

/// Writes the parameter and its place, for messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.parameter.name();
        match &self.origin {
            Origin::Text => write!(f, "{name} in the URI of the database"),
            Origin::ServiceFile(path) => write!(f, "{name} in {}", path.display()),
            Origin::Variable(variable) => f.write_str(variable.name()),
        }
    }
}

impl Value {
    /// Returns the error that the value breaks a rule, with the rule as its hint.
    pub(super) fn invalid(&self, fact: &str, rule: impl Into<String>) -> Error {
        Error::new(Kind::InvalidInput, format!("{self} {fact}")).hint(rule)
    }

    /// Returns the choice that has the value as its name.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T> {
        let chosen = choices.iter().find(|(name, _)| *name == *self.text);
        let error = || {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.invalid("is unknown", format!("use one of {}", names.join(", ")))
        };
        chosen.map(|(_, choice)| *choice).ok_or_else(error)
    }
}

/// The values of the parameters, at most one each.
#[derive(Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    /// Sets a parameter to a value of the text that names the database. The last value counts, as
    /// for libpq.
    pub(super) fn set(&mut self, parameter: Parameter, text: String) {
        self.0.retain(|value| value.parameter != parameter);
        self.add(Value {
            parameter,
            text: Zeroizing::new(text),
            origin: Origin::Text,
        });
    }

    /// Adds a value unless its parameter has one.
    pub(super) fn add(&mut self, value: Value) {
        if !self.has(value.parameter) {
            self.0.push(value);
        }
    }

    /// Returns whether the parameter has a value, which may be empty.
    pub(super) fn has(&self, parameter: Parameter) -> bool {
        self.0.iter().any(|value| value.parameter == parameter)
    }

    /// Returns the value of a parameter. None means the default, and so does an empty value.
    pub(super) fn get(&self, parameter: Parameter) -> Option<&Value> {
        let mut values = self.0.iter();
        values.find(|value| value.parameter == parameter && !value.text.is_empty())
    }

    /// Returns the text of a parameter's value, as [`Self::get`].
    pub(super) fn text(&self, parameter: Parameter) -> Option<&str> {
        Some(self.get(parameter)?.text.as_str())
    }

    /// Returns the path that is a parameter's value, as [`Self::get`].
    pub(super) fn path(&self, parameter: Parameter) -> Option<PathBuf> {
        self.text(parameter).map(PathBuf::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_parameters_has_every_parameter() {
        for (at, parameter) in Parameter::ALL.into_iter().enumerate() {
            assert_eq!(parameter as usize, at, "{parameter:?}");
            assert_eq!(Parameter::from_name(parameter.name()), Some(parameter));
        }
        assert_eq!(Parameter::ALL.len(), Parameter::TargetSession as usize + 1);
    }

    #[test]
    fn the_last_value_of_the_text_counts_and_nothing_replaces_it() {
        let mut values = Values::default();
        values.set(Parameter::User, "a".to_owned());
        values.set(Parameter::User, "b".to_owned());
        values.set(Parameter::Host, String::new());
        for parameter in [Parameter::User, Parameter::Host, Parameter::Port] {
            values.add(Value {
                parameter,
                text: Zeroizing::new("1".to_owned()),
                origin: Origin::Variable(parameter.variable()),
            });
        }
        assert_eq!(values.text(Parameter::User), Some("b"));
        assert_eq!(values.text(Parameter::Host), None);
        assert_eq!(values.text(Parameter::Port), Some("1"));
        assert_eq!(values.text(Parameter::Database), None);
    }
}
