//! The two things that a command can issue, and the errors of issuing them.

use crate::error::{Error, Kind};

/// A thing that a command can issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issued {
    /// A key with its secret.
    Key,
    /// A new secret for an existing key.
    Secret,
}

impl Issued {
    /// Adds to `error` the consequence that nothing was issued.
    pub(crate) fn not_issued(self, error: Error) -> Error {
        error.consequence(match self {
            Self::Key => "no key was created",
            Self::Secret => "nothing was rotated",
        })
    }

    /// Returns the error of a command that was interrupted and issued nothing. `leftover` is the
    /// hint on a file that can't be removed.
    pub(crate) fn interrupted(self, leftover: Option<String>) -> Error {
        let useless = || self.describe_useless("any part of the secret that was shown");
        self.not_issued(Error::new(Kind::Interrupted, "interrupted"))
            .hint(leftover.unwrap_or_else(useless))
    }

    /// Returns the error of a delivery that failed with `error`. The pending secret was withdrawn.
    pub(crate) fn not_delivered(self, error: Error, hint: String) -> Error {
        if error.kind() == Kind::Interrupted {
            return self.interrupted(None);
        }
        self.not_issued(error).hint(hint)
    }

    /// Returns the error of a delivery that failed with `error`. The pending secret can't be
    /// withdrawn because of `withdrawal`.
    pub(crate) fn not_withdrawn(self, error: &Error, withdrawal: Error) -> Error {
        let (consequence, hint) = match self {
            Self::Key => (
                "no active key was created, but a pending key may remain",
                "a pending key is never accepted; find it with `apikey list --status pending` and \
                 delete it",
            ),
            Self::Secret => (
                "nothing was rotated, but a pending secret may remain",
                "a pending secret is never accepted; the next rotation of the key replaces it",
            ),
        };
        let fact = format!("{error}; {consequence}: {withdrawal}");
        Error::new(Kind::OutcomeUnknown, fact)
            .hint(hint)
            .caused_by(withdrawal)
    }

    /// Returns the error of a secret that was delivered and then withdrawn, because its activation
    /// failed with `error`. `leftover` is the hint on a file that can't be removed.
    pub(crate) fn not_activated(self, error: Error, leftover: Option<String>) -> Error {
        if error.kind() == Kind::Interrupted {
            return self.interrupted(leftover);
        }
        let fact = match self {
            Self::Key => format!("can't activate the key: {error}"),
            Self::Secret => format!("can't activate the new secret: {error}"),
        };
        self.not_issued(Error::new(Kind::NotHandedOver, fact))
            .hint(leftover.unwrap_or_else(|| self.describe_useless("the delivered secret")))
            .caused_by(error)
    }

    /// Returns the error of a secret that was delivered and may be usable, although its activation
    /// failed with `error`.
    pub(crate) fn unknown(self, error: Error) -> Error {
        let (fact, hint) = match self {
            Self::Key => (
                "the secret was delivered, but whether its key is active is unknown",
                "check with `apikey show`: only if it shows an active key, the key was created",
            ),
            Self::Secret => (
                "the new secret was delivered, but whether it is current is unknown",
                "check with `apikey show`: the secret is current if its last four characters are \
                 shown",
            ),
        };
        Error::new(Kind::OutcomeUnknown, format!("{fact}: {error}"))
            .hint(hint)
            .caused_by(error)
    }

    /// Returns the statement that `secret`, which was not issued, is useless.
    pub(super) fn describe_useless(self, secret: &str) -> String {
        match self {
            Self::Key => format!("{secret} belongs to no key"),
            Self::Secret => format!("{secret} is never accepted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_errors_name_the_key_or_the_secret() {
        let failed = || Error::new(Kind::NotHandedOver, "no room");
        let locked = || Error::new(Kind::Locked, "locked");
        let interrupted = || Error::new(Kind::Interrupted, "interrupted");
        let messages = |issued: Issued| {
            let errors = [
                issued.not_issued(failed()),
                issued.interrupted(None),
                issued.not_withdrawn(&failed(), locked()),
                issued.not_activated(locked(), None),
                issued.not_activated(interrupted(), None),
                issued.unknown(locked()),
            ];
            errors.map(|error| (error.kind(), error.message().to_owned()))
        };
        let (key, secret) = (messages(Issued::Key), messages(Issued::Secret));
        for ((of_key, of_secret), expected) in key.into_iter().zip(secret).zip([
            (
                Kind::NotHandedOver,
                "no room; no key was created",
                "no room; nothing was rotated",
            ),
            (
                Kind::Interrupted,
                "interrupted; no key was created",
                "interrupted; nothing was rotated",
            ),
            (
                Kind::OutcomeUnknown,
                "no room; no active key was created, but a pending key may remain: locked",
                "no room; nothing was rotated, but a pending secret may remain: locked",
            ),
            (
                Kind::NotHandedOver,
                "can't activate the key: locked; no key was created",
                "can't activate the new secret: locked; nothing was rotated",
            ),
            (
                Kind::Interrupted,
                "interrupted; no key was created",
                "interrupted; nothing was rotated",
            ),
            (
                Kind::OutcomeUnknown,
                "the secret was delivered, but whether its key is active is unknown: locked",
                "the new secret was delivered, but whether it is current is unknown: locked",
            ),
        ]) {
            let (kind, key, secret) = expected;
            assert_eq!(of_key, (kind, key.to_owned()));
            assert_eq!(of_secret, (kind, secret.to_owned()));
        }
    }

    #[test]
    fn an_error_after_the_delivery_keeps_its_source() {
        let locked = || Error::new(Kind::Locked, "locked");
        for error in [
            Issued::Key.not_withdrawn(&locked(), locked()),
            Issued::Key.not_activated(locked(), None),
            Issued::Key.unknown(locked()),
        ] {
            assert_eq!(error.source().unwrap().to_string(), "locked", "{error}");
        }
    }

    #[test]
    fn an_interrupted_delivery_also_names_a_file_that_remains() {
        let leftover = || Some("the file remains".to_owned());
        let interrupted = || Error::new(Kind::Interrupted, "interrupted");
        let error = Issued::Key.not_activated(interrupted(), leftover());
        assert_eq!(error.advice(), Some("the file remains"));
        let error = Issued::Key.not_activated(interrupted(), None);
        let hint = "any part of the secret that was shown belongs to no key";
        assert_eq!(error.advice(), Some(hint));
    }
}
