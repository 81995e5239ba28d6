//! What a command issues, and what its errors say of it.

use crate::error::{Error, Kind};

/// What a command issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issued {
    /// A key with its secret.
    Key,
    /// A new secret of a key.
    #[cfg_attr(not(test), expect(dead_code, reason = "rotation will issue it"))]
    Secret,
}

impl Issued {
    /// Adds to `error` that nothing was issued.
    pub(crate) fn not_issued(self, error: Error) -> Error {
        error.consequence(match self {
            Self::Key => "no key was created",
            Self::Secret => "nothing was rotated",
        })
    }

    /// Returns the error of a command that was interrupted and issued nothing. `left` says
    /// what remains of the delivery.
    pub(crate) fn interrupted(self, left: Option<String>) -> Error {
        self.not_issued(Error::new(Kind::Interrupted, "interrupted"))
            .hint(left.unwrap_or_else(|| self.is_useless("what may have been seen of the secret")))
    }

    /// Returns the error of a delivery that failed with `error`, after which the pending secret
    /// was withdrawn. `hint` says what remains of the delivery.
    pub(crate) fn not_delivered(self, error: Error, hint: String) -> Error {
        if error.kind() == Kind::Interrupted {
            return self.interrupted(None);
        }
        self.not_issued(error).hint(hint)
    }

    /// Returns the error of a delivery that failed with `error`, after which the pending secret
    /// could not be withdrawn because of `withdrawal`.
    pub(crate) fn not_withdrawn(self, error: &Error, withdrawal: Error) -> Error {
        let (consequence, hint) = match self {
            Self::Key => (
                "no active key was created, but a pending one may be left",
                "a pending key verifies nothing; look with `apikey list --status pending` and \
                 delete it",
            ),
            Self::Secret => (
                "nothing was rotated, but a pending secret may be left",
                "a pending secret verifies nothing; the next rotation of the key replaces it",
            ),
        };
        let fact = format!("{error}; {consequence}: {withdrawal}");
        Error::new(Kind::OutcomeUnknown, fact)
            .hint(hint)
            .caused_by(withdrawal)
    }

    /// Returns the error of a secret that was delivered and withdrawn, since activating it
    /// failed with `error`. `left` says what remains of the delivery.
    pub(crate) fn not_activated(self, error: Error, left: Option<String>) -> Error {
        if error.kind() == Kind::Interrupted {
            return self.interrupted(left);
        }
        let fact = match self {
            Self::Key => format!("the key could not be made active: {error}"),
            Self::Secret => format!("the new secret could not be made current: {error}"),
        };
        self.not_issued(Error::new(Kind::NotHandedOver, fact))
            .hint(left.unwrap_or_else(|| self.is_useless("the secret that was handed over")))
            .caused_by(error)
    }

    /// Returns the error of a secret that was delivered and may be usable, though activating it
    /// failed with `error`.
    pub(crate) fn unknown(self, error: Error) -> Error {
        let (fact, hint) = match self {
            Self::Key => (
                "the secret was handed over, but whether its key is active is unknown",
                "look with `apikey show`: an active key is created; one that is pending or gone \
                 is not",
            ),
            Self::Secret => (
                "the new secret was handed over, but whether it is current is unknown",
                "look with `apikey show`: the secret is current if its last four characters are \
                 there",
            ),
        };
        Error::new(Kind::OutcomeUnknown, format!("{fact}: {error}"))
            .hint(hint)
            .caused_by(error)
    }

    /// Returns the sentence that `what` is of no use to anyone.
    pub(super) fn is_useless(self, what: &str) -> String {
        match self {
            Self::Key => format!("{what} belongs to no key"),
            Self::Secret => format!("{what} is never accepted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_errors_say_key_or_secret_as_issued() {
        let failed = || Error::new(Kind::NotHandedOver, "no room");
        let locked = || Error::new(Kind::Locked, "locked");
        let interrupted = || Error::new(Kind::Interrupted, "interrupted");
        let said = |issued: Issued| {
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
        let (key, secret) = (said(Issued::Key), said(Issued::Secret));
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
                "no room; no active key was created, but a pending one may be left: locked",
                "no room; nothing was rotated, but a pending secret may be left: locked",
            ),
            (
                Kind::NotHandedOver,
                "the key could not be made active: locked; no key was created",
                "the new secret could not be made current: locked; nothing was rotated",
            ),
            (
                Kind::Interrupted,
                "interrupted; no key was created",
                "interrupted; nothing was rotated",
            ),
            (
                Kind::OutcomeUnknown,
                "the secret was handed over, but whether its key is active is unknown: locked",
                "the new secret was handed over, but whether it is current is unknown: locked",
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
    fn what_is_left_of_a_delivery_is_said_also_when_it_was_interrupted() {
        let left = || Some("the file is left".to_owned());
        let interrupted = || Error::new(Kind::Interrupted, "interrupted");
        let error = Issued::Key.not_activated(interrupted(), left());
        assert_eq!(error.advice(), Some("the file is left"));
        let error = Issued::Key.not_activated(interrupted(), None);
        let hint = "what may have been seen of the secret belongs to no key";
        assert_eq!(error.advice(), Some(hint));
    }
}
