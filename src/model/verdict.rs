//! Whether a key may be used for what is asked of it.

use std::fmt;

use super::{AppName, GroupName, Key, Span, State, Timestamp};

/// What a caller of `verify` demands of a key, beside that it may be used.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    /// Groups the key must be in, every one of them.
    pub groups: Vec<GroupName>,
    /// The application the key must be for.
    pub application: Option<AppName>,
    /// How long the key must be valid yet.
    pub min_remaining: Option<Span>,
}

/// Why a key is refused; the order is that in which reasons are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not shaped like a secret of this database, or the checksum is wrong.
    Malformed,
    /// No such key, the wrong secret, or a pending key: never told apart.
    Unknown,
    /// The key was deactivated.
    Inactive,
    /// The key's expiry has come.
    Expired,
    /// The key is for another application, or for none.
    WrongApplication,
    /// The key is not in a group that was demanded.
    MissingGroup,
    /// The key is not valid for as long as was demanded.
    ExpiresSoon,
}

impl Refusal {
    /// The word that scripts read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::WrongApplication => "wrong-application",
            Self::MissingGroup => "missing-group",
            Self::ExpiresSoon => "expires-soon",
        }
    }

    /// What the word means, for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Malformed => "not a secret of this database, or mistyped",
            Self::Unknown => "no key has this secret",
            Self::Inactive => "the key was deactivated",
            Self::Expired => "the key has expired",
            Self::WrongApplication => "the key is for another application",
            Self::MissingGroup => "the key is not in a group that is asked for",
            Self::ExpiresSoon => "the key expires sooner than is asked for",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `verify` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The key may be used.
    Accepted,
    /// It may not, for that reason.
    Refused(Refusal),
}

/// Decides whether `key`, whose secret was right, may be used at `now` for
/// what is `asked`.
///
/// A key that expires at `now` has expired. The first reason in the order of
/// [`Refusal`] is the one told.
pub fn decide(key: &Key, asked: &Demand, now: Timestamp) -> Verdict {
    let remaining = key.expires_at.map(|expiry| expiry.since(now));
    let reasons = [
        (key.state == State::Pending, Refusal::Unknown),
        (key.state == State::Inactive, Refusal::Inactive),
        (key.has_expired(now), Refusal::Expired),
        (
            asked.application.is_some() && asked.application != key.application,
            Refusal::WrongApplication,
        ),
        (
            !asked.groups.iter().all(|group| key.groups.contains(group)),
            Refusal::MissingGroup,
        ),
        (
            matches!((asked.min_remaining, remaining), (Some(min), Some(left)) if left < min.seconds()),
            Refusal::ExpiresSoon,
        ),
    ];
    match reasons.into_iter().find(|(holds, _)| *holds) {
        Some((_, reason)) => Verdict::Refused(reason),
        None => Verdict::Accepted,
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::key;
    use super::*;

    const NOW: Timestamp = Timestamp::MAX;

    fn at(seconds_from_now: i64) -> Option<Timestamp> {
        Some(Timestamp::from_unix(now().unix() + seconds_from_now))
    }

    fn now() -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn asked(groups: &[&str], application: Option<&str>, min_remaining: Option<&str>) -> Demand {
        Demand {
            groups: groups.iter().map(|g| g.parse().unwrap()).collect(),
            application: application.map(|a| a.parse().unwrap()),
            min_remaining: min_remaining.map(|d| d.parse().unwrap()),
        }
    }

    #[test]
    fn a_key_is_judged_by_its_state_its_expiry_and_what_is_asked() {
        use Refusal::*;
        let active = key(&["deploy", "readonly"]);
        let inactive = Key {
            state: State::Inactive,
            ..active.clone()
        };
        let pending = Key {
            state: State::Pending,
            ..active.clone()
        };
        let until = |expires_at| Key {
            expires_at,
            ..active.clone()
        };
        let billing = Key {
            application: Some("billing".parse().unwrap()),
            ..active.clone()
        };
        let nothing = Demand::default();

        let cases: Vec<(&str, Key, Demand, Option<Refusal>)> = vec![
            (
                "an active key is accepted",
                active.clone(),
                nothing.clone(),
                None,
            ),
            (
                "a deactivated key is refused",
                inactive.clone(),
                nothing.clone(),
                Some(Inactive),
            ),
            (
                "a pending key is unknown",
                pending,
                nothing.clone(),
                Some(Unknown),
            ),
            (
                "a key is accepted a second before its expiry",
                until(at(1)),
                nothing.clone(),
                None,
            ),
            (
                "a key whose expiry is now is expired",
                until(at(0)),
                nothing.clone(),
                Some(Expired),
            ),
            (
                "a key is expired a second after its expiry",
                until(at(-1)),
                nothing.clone(),
                Some(Expired),
            ),
            (
                "a group that is held suffices",
                active.clone(),
                asked(&["deploy"], None, None),
                None,
            ),
            (
                "a group is the same regardless of case",
                active.clone(),
                asked(&["DEPLOY"], None, None),
                None,
            ),
            (
                "every group must be held",
                active.clone(),
                asked(&["deploy", "admin"], None, None),
                Some(MissingGroup),
            ),
            (
                "all groups held suffice",
                active.clone(),
                asked(&["deploy", "readonly"], None, None),
                None,
            ),
            (
                "an application that is asked must be the key's",
                billing.clone(),
                asked(&[], Some("shop"), None),
                Some(WrongApplication),
            ),
            (
                "the key's own application suffices",
                billing.clone(),
                asked(&[], Some("billing"), None),
                None,
            ),
            (
                "a key for no application is for none that is asked",
                active.clone(),
                asked(&[], Some("shop"), None),
                Some(WrongApplication),
            ),
            (
                "without an application asked nothing is asked of it",
                billing,
                nothing.clone(),
                None,
            ),
            (
                "a key that never expires lasts long enough",
                active.clone(),
                asked(&[], None, Some("365000d")),
                None,
            ),
            (
                "a key that lasts exactly as long suffices",
                until(at(60)),
                asked(&[], None, Some("60s")),
                None,
            ),
            (
                "a key that lasts a second less does not",
                until(at(59)),
                asked(&[], None, Some("60s")),
                Some(ExpiresSoon),
            ),
            (
                "inactive is told before expired",
                Key {
                    expires_at: at(-1),
                    ..inactive.clone()
                },
                nothing,
                Some(Inactive),
            ),
            (
                "expired is told before a wrong application",
                until(at(-1)),
                asked(&["x"], Some("x"), None),
                Some(Expired),
            ),
            (
                "a wrong application is told before a missing group",
                active.clone(),
                asked(&["x"], Some("x"), None),
                Some(WrongApplication),
            ),
            (
                "a missing group is told before an early expiry",
                until(at(1)),
                asked(&["x"], None, Some("1h")),
                Some(MissingGroup),
            ),
        ];
        for (sentence, key, asked, reason) in cases {
            let expected = reason.map_or(Verdict::Accepted, Verdict::Refused);
            assert_eq!(decide(&key, &asked, now()), expected, "{sentence}");
        }
    }

    #[test]
    fn the_last_instant_is_no_overflow() {
        let lasting = Key {
            expires_at: Some(Timestamp::MIN),
            ..key(&["a"])
        };
        assert_eq!(
            decide(&lasting, &Demand::default(), NOW),
            Verdict::Refused(Refusal::Expired)
        );
    }
}
