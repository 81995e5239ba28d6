//! The ways to name a key in a command.

use std::fmt;
use std::str::FromStr;

use super::{Invalid, KeyId, KeyName, ShortForm};

/// A reference to a key, as an operator types it: name, id, `PREFIX_ID` or short form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// A name, an id, or `PREFIX_ID`. Only the database knows which; the store ensures that no
    /// text is two of them.
    NameOrId(KeyName),
    /// The short form, as tables print it.
    Short(ShortForm),
    /// The id in the short form of an imported secret.
    Imported(KeyId),
}

impl From<ShortForm> for KeyRef {
    fn from(short: ShortForm) -> Self {
        if short.is_imported() {
            Self::Imported(short.id)
        } else {
            Self::Short(short)
        }
    }
}

impl From<&KeyId> for KeyRef {
    fn from(id: &KeyId) -> Self {
        Self::NameOrId(KeyName::from(id))
    }
}

impl FromStr for KeyRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Ok(short) = text.parse() {
            return Ok(Self::Short(short));
        }
        if let Some(id) = ShortForm::parse_imported(text) {
            return Ok(Self::Imported(id));
        }
        text.parse().map(Self::NameOrId).map_err(|_| {
            Invalid::new("not a key; give its name, its id, or its short form as `list` prints it")
        })
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameOrId(text) => text.fmt(f),
            Self::Short(short) => short.fmt(f),
            Self::Imported(id) => write!(f, "imported…{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_name_an_id_or_a_short_form() {
        assert!(matches!("deploy-bot".parse(), Ok(KeyRef::NameOrId(_))));
        assert!(matches!("7Kd93mZQ".parse(), Ok(KeyRef::NameOrId(_))));
        let id: KeyId = "7Kd93mZQ".parse().unwrap();
        assert_eq!(KeyRef::from(&id), "7Kd93mZQ".parse().unwrap());
        for short in ["apik_7Kd93mZQ…9fQ2", "apik_7Kd93mZQ...9fQ2"] {
            let parsed: KeyRef = short.parse().unwrap();
            assert_eq!(parsed.to_string(), "apik_7Kd93mZQ…9fQ2");
        }
        let parsed: KeyRef = "imported…7Kd93mZQ".parse().unwrap();
        assert_eq!(parsed.to_string(), "imported…7Kd93mZQ");
        assert!(matches!(parsed, KeyRef::Imported(_)));
        // Three dots make a name.
        let parsed = "imported...7Kd93mZQ".parse();
        assert!(matches!(parsed, Ok(KeyRef::NameOrId(_))));
        for bad in [
            "",
            "a b",
            "imported…7Kd93mZ",
            "apik_7Kd93mZQ…9fQ",
            "apik_7Kd93mZ…9fQ2",
            "…",
            "A_7Kd93mZQ…9fQ2",
        ] {
            assert!(bad.parse::<KeyRef>().is_err(), "{bad}");
        }
    }
}
