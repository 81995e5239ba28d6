//! The filters of keys.

use super::{
    Act, AppName, GroupName, KeyId, MetaFilter, Operator, Prefix, ShortForm, Span, Status, Text,
    TimePoint, UserName,
};

/// A filter of keys. Its parts combine with AND, the values of one part with OR. An empty, `None`
/// or false part matches every key.
#[derive(Debug, Clone, Default)]
pub struct Filter {
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
    /// Keys that allow one of these acts, within their owner's rights, in any status.
    pub acts: Vec<Act>,
    /// Keys known to be unused for this long, by [`super::UseRecord`].
    pub unused_for: Option<Span>,
    /// Keys known to have never been used.
    pub never_used: bool,
    /// Keys that have not expired but will within or by this time.
    pub expires_within: Option<TimePoint>,
    /// Keys that expired at least this long ago, in any status.
    pub expired_for: Option<Span>,
    /// Keys that never expire.
    pub no_expiry: bool,
    /// Keys whose current secret is at least this old.
    pub older_than: Option<Span>,
    /// Keys that `verify` has refused within this time in spite of a right secret.
    pub refused_within: Option<Span>,
    /// Keys with one of these metadata entries.
    pub meta: Vec<MetaFilter>,
    /// Keys with an overlap under way.
    pub rotating: bool,
    /// Keys with an overlap under way whose previous secret is known to be no longer used.
    pub drained: bool,
    /// Keys that one of these texts finds: the name or the description contains the text, ignoring
    /// case; or the id contains it; or the text refers to the key, see [`Pasted`].
    pub texts: Vec<Text>,
}

/// A reference to a key in a pasted text: `PREFIX_ID`, or the short form.
#[derive(Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The key's id.
    pub id: KeyId,
    /// The last four characters of its secret, if the text is a short form; empty for an imported
    /// secret.
    pub last_four: Option<String>,
}

impl Pasted {
    /// Returns the reference that `text` is, if it has one of these forms and begins with `prefix`.
    pub fn parse(text: &str, prefix: &Prefix) -> Option<Self> {
        if let Ok(short) = text.parse::<ShortForm>() {
            return (short.prefix == *prefix).then_some(Self {
                id: short.id,
                last_four: Some(short.last_four),
            });
        }
        if let Some(id) = ShortForm::parse_imported(text) {
            return Some(Self {
                id,
                last_four: Some(String::new()),
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
    fn a_pasted_text_refers_to_a_key_by_its_short_form_or_prefix_and_id() {
        let prefix: Prefix = "apik".parse().unwrap();
        for (text, last_four) in [
            ("apik_7Kd93mZQ", None),
            ("apik_7Kd93mZQ…9fQ2", Some("9fQ2")),
            ("apik_7Kd93mZQ...9fQ2", Some("9fQ2")),
            ("imported…7Kd93mZQ", Some("")),
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
