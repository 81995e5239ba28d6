//! The log for readers: its entries, and its head. With a copy of the head that was kept elsewhere,
//! the log can be verified later.

use std::fmt;
use std::str::FromStr;

use serde_json::Map;

use super::{
    Change, Described, Field, FieldValue as Value, Fit, Invalid, KeyId, LogAction, Operator,
    Timestamp,
};

/// An entry of the log: who did what.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Its number; numbers begin at 1 and have no gaps.
    pub seq: i64,
    /// The time of the action.
    pub at: Timestamp,
    /// The operator.
    pub operator: String,
    /// The action: a verb.
    pub action: String,
    /// The id of the key that changed; the key may no longer exist.
    pub key: Option<KeyId>,
    /// The details of the action.
    pub details: Map<String, serde_json::Value>,
}

impl LogEntry {
    /// Returns the name that the key had. Old entries may lack it.
    pub fn name(&self) -> Option<&str> {
        self.key.as_ref()?;
        let renamed = LogAction::Key(Change::Name).as_str();
        let name = match self.details.get("name") {
            None if self.action == renamed => self.details.get("from"),
            name => name,
        };
        name?.as_str()
    }

    /// Returns the reason for the action, if the operator gave one.
    pub fn reason(&self) -> Option<&str> {
        self.details.get("reason")?.as_str()
    }
}

impl LogEntry {
    const SEQ: Field<Self> = Field::<Self>::new(
        "seq",
        "its number: 1, 2, 3, without gaps",
        "SEQ",
        |entry, _| Value::Number(entry.seq.into()),
    )
    .fit(Fit::Kept);
    const AT: Field<Self> =
        Field::<Self>::new("at", "the time of the action", "WHEN", |entry, _| {
            Value::Time(Some(entry.at))
        });
    const OPERATOR: Field<Self> =
        Field::<Self>::new("operator", "who did it", "OPERATOR", |entry, _| {
            Value::text(&entry.operator)
        });
    const ACTION: Field<Self> = Field::<Self>::new("action", "the action", "ACTION", |entry, _| {
        Value::text(&entry.action)
    });
    const KEY: Field<Self> = Field::<Self>::new(
        "key",
        "the id of the key that changed; null if no key changed",
        "KEY",
        |entry, _| Value::text_or_null(entry.key.as_ref().map(KeyId::as_str)),
    )
    .fit(Fit::Kept);
    const NAME: Field<Self> = Field::<Self>::new(
        "name",
        "the name that the key had; null without a key, and in some old entries",
        "NAME",
        |entry, _| Value::text_or_null(entry.name()),
    );
    const REASON: Field<Self> = Field::<Self>::new(
        "reason",
        "the reason that the operator gave; null if none",
        "REASON",
        |entry, _| Value::text_or_null(entry.reason()),
    );
    /// The field of the details, an object.
    pub const DETAILS: Field<Self> = Field::<Self>::new(
        "details",
        "the details: an object, which includes name and reason",
        "DETAILS",
        |entry, _| Value::Details(&entry.details),
    );

    /// The columns of a table, in order. The details follow them, as a sentence.
    pub const TABLE: [Field<Self>; 6] = [
        Self::SEQ,
        Self::AT,
        Self::OPERATOR,
        Self::ACTION,
        Self::KEY,
        Self::NAME,
    ];
}

impl Described for LogEntry {
    fn fields() -> &'static [Field<Self>] {
        const {
            &[
                Self::SEQ,
                Self::AT,
                Self::OPERATOR,
                Self::ACTION,
                Self::KEY,
                Self::NAME,
                Self::REASON,
                Self::DETAILS,
            ]
        }
    }
}

/// A filter of log entries; an entry must match every field.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Entries on one of these keys; `None` means all entries.
    pub keys: Option<Vec<KeyId>>,
    /// Entries by this operator.
    pub operator: Option<Operator>,
    /// Entries at this time or later.
    pub since: Option<Timestamp>,
    /// The number of entries; the last ones are shown.
    pub limit: Option<u64>,
}

/// The number and hash of a log's last entry, which together determine the log up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// The entry's number.
    pub seq: i64,
    /// The hash over the entry and the hash of the entry before it.
    pub hash: [u8; 32],
}

impl LogHead {
    /// Returns the hash in lower-case hex.
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.hash)
    }
}

/// Writes `SEQ:HASH`, with the hash in lower-case hex.
impl fmt::Display for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hex())
    }
}

/// Parses the form of `Display`; hex digits may be upper case.
impl FromStr for LogHead {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = || {
            let (seq, hex) = text.split_once(':')?;
            // A number has one spelling: no sign, no leading zero.
            let is_number = seq.bytes().all(|c| c.is_ascii_digit()) && !seq.starts_with('0');
            let seq = seq.parse().ok().filter(|_| is_number)?;
            let mut hash = [0; 32];
            let decoded = base16ct::mixed::decode(hex, &mut hash).ok()?;
            (decoded.len() == 32).then_some(Self { seq, hash })
        };
        parts().ok_or_else(|| {
            Invalid::new(
                "not the head of a log; give SEQ:HASH as `apikey log head` prints it, with a hash of 64 hex digits",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_entry_on_a_key_has_the_name_that_the_key_had() {
        let entry = |action: &str, key: Option<&str>, details: Value| LogEntry {
            seq: 1,
            at: Timestamp::from_unix(0),
            operator: "root".to_owned(),
            action: action.to_owned(),
            key: key.map(|id| id.parse().unwrap()),
            details: details.as_object().unwrap().clone(),
        };
        let key = Some("7Kd93mZQ");
        for (entry, name) in [
            (entry("create", key, json!({"name": "a"})), Some("a")),
            (
                entry("rename", key, json!({"name": "a", "from": "a", "to": "b"})),
                Some("a"),
            ),
            // Older entries lack the detail `name`.
            (
                entry("rename", key, json!({"from": "a", "to": "b"})),
                Some("a"),
            ),
            (entry("set-app", key, json!({"from": "a", "to": "b"})), None),
            (entry("set-app", key, json!({"name": 1})), None),
            (entry("group-create", None, json!({"name": "a"})), None),
        ] {
            assert_eq!(entry.name(), name, "{entry:?}");
        }
        let entry = |details| entry("delete", key, details);
        assert_eq!(entry(json!({"reason": "leaked"})).reason(), Some("leaked"));
        assert_eq!(entry(json!({"reason": null})).reason(), None);
        assert_eq!(entry(json!({})).reason(), None);
    }

    #[test]
    fn a_head_reads_back_as_written() {
        let hex = "00ff".repeat(16);
        let text = format!("7:{hex}");
        let head: LogHead = text.parse().unwrap();
        assert_eq!((head.seq, head.hash[1]), (7, 0xff));
        assert_eq!(head.to_string(), text);
        assert_eq!(format!("7:{}", hex.to_uppercase()).parse(), Ok(head));
        assert!(format!("{}:{hex}", i64::MAX).parse::<LogHead>().is_ok());
    }

    #[test]
    fn invalid_heads_are_refused() {
        let hex = "0f".repeat(32);
        for bad in [
            String::new(),
            ":".to_owned(),
            "7".to_owned(),
            hex.clone(),
            format!(":{hex}"),
            format!("0:{hex}"),
            format!("07:{hex}"),
            format!("+7:{hex}"),
            format!("-7:{hex}"),
            format!(" 7:{hex}"),
            format!("7: {hex}"),
            format!("7:{hex}\n"),
            format!("7:{hex}00"),
            format!("7:{}", &hex[2..]),
            format!("7:{}", &hex[1..]),
            format!("7:{}g", &hex[1..]),
            format!("7:7:{hex}"),
            format!("９:{hex}"),
            format!("9223372036854775808:{hex}"),
        ] {
            assert!(bad.parse::<LogHead>().is_err(), "{bad:?}");
        }
    }
}
