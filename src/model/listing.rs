//! Which keys a listing shows, and in what order.

use super::{
    Act, AppName, GroupName, KeyField, KeyId, Operator, Prefix, ShortForm, Span, Status, Text,
    Timestamp, UserName,
};

/// What a listing asks for. Different filters are and-ed, a repeated one or-ed. What is
/// empty, none or false asks nothing.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Keys with one of these statuses.
    pub statuses: Vec<Status>,
    /// Keys in one of these groups.
    pub groups: Vec<GroupName>,
    /// Keys for one of these applications.
    pub applications: Vec<AppName>,
    /// Keys of one of these users.
    pub owners: Vec<UserName>,
    /// Keys without an owner.
    pub no_owner: bool,
    /// Keys created by one of these operators.
    pub creators: Vec<Operator>,
    /// Keys that may do one of these acts, as far as their owner may, whatever their status.
    pub acts: Vec<Act>,
    /// Keys known to be unused for that long, as [`super::UseRecord`] decides it.
    pub unused_for: Option<Span>,
    /// Keys known to be never used.
    pub never_used: bool,
    /// Keys not yet expired that will be at that instant.
    pub expires_by: Option<Timestamp>,
    /// Keys whose expiry passed that long ago, whatever their status.
    pub expired_for: Option<Span>,
    /// Keys that never expire.
    pub no_expiry: bool,
    /// Keys that one of these texts finds, by name or description, case aside, or by id.
    pub texts: Vec<Text>,
    /// By what they are sorted; a tie is broken by name.
    pub sort: KeyField,
    /// Last first.
    pub reverse: bool,
    /// At most so many.
    pub limit: Option<u64>,
}

/// A key that a pasted text names: `PREFIX_ID`, or the short form.
#[derive(Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The key's id.
    pub id: KeyId,
    /// The last four characters of its secret, in a short form.
    pub last_four: Option<String>,
}

impl Pasted {
    /// Returns what `text` names in a database with that prefix, if it has such a form.
    pub fn parse(text: &str, prefix: &Prefix) -> Option<Self> {
        if let Ok(short) = text.parse::<ShortForm>() {
            return (short.prefix == *prefix).then_some(Self {
                id: short.id,
                last_four: Some(short.last_four),
            });
        }
        KeyId::parse_prefixed(prefix, text).map(|id| Self {
            id,
            last_four: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_names_a_key_by_its_short_form_or_prefix_and_id() {
        let prefix: Prefix = "apik".parse().unwrap();
        for (text, last_four) in [
            ("apik_7Kd93mZQ", None),
            ("apik_7Kd93mZQ…9fQ2", Some("9fQ2")),
            ("apik_7Kd93mZQ...9fQ2", Some("9fQ2")),
        ] {
            let pasted = Pasted::parse(text, &prefix).unwrap();
            assert_eq!(pasted.id.as_str(), "7Kd93mZQ", "{text}");
            assert_eq!(pasted.last_four.as_deref(), last_four, "{text}");
        }
        for other in [
            "7Kd93mZQ",
            "apik_7Kd93mZ",
            "apik_7Kd93mZQ9",
            "apik_7Kd93mZQ…9f",
            "acme_7Kd93mZQ",
            "acme_7Kd93mZQ…9fQ2",
            "apik",
            "",
        ] {
            assert_eq!(Pasted::parse(other, &prefix), None, "{other}");
        }
    }
}
