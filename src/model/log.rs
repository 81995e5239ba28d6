//! The log as it is read: its entries, and the head that is kept elsewhere.

use std::fmt;
use std::str::FromStr;

use serde_json::Map;

use super::{
    Change, Described, Field, FieldValue as Value, Fit, Invalid, KeyId, LogAction, Operator,
    Timestamp,
};

/// An entry of the log: what was done, by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Its number; the first has 1, and none is left out.
    pub seq: i64,
    /// When it was done.
    pub at: Timestamp,
    /// By whom.
    pub operator: String,
    /// What was done: the verb.
    pub action: String,
    /// The key it was done to; it may have been deleted since.
    pub key: Option<KeyId>,
    /// What else there is to know.
    pub details: Map<String, serde_json::Value>,
}

impl LogEntry {
    /// Returns the name that the key had. Entries written before it was recorded may lack
    /// it.
    pub fn name(&self) -> Option<&str> {
        self.key.as_ref()?;
        let renamed = LogAction::Key(Change::Name).as_str();
        let name = match self.details.get("name") {
            None if self.action == renamed => self.details.get("from"),
            name => name,
        };
        name?.as_str()
    }

    /// Why it was done, where that was said.
    pub fn reason(&self) -> Option<&str> {
        self.details.get("reason")?.as_str()
    }
}

impl LogEntry {
    const SEQ: Field<Self> = Field::<Self>::new(
        "seq",
        "its number: 1, 2, 3, with none left out",
        "SEQ",
        |entry, _| Value::Number(entry.seq.into()),
    )
    .fit(Fit::Kept);
    const AT: Field<Self> = Field::<Self>::new("at", "when it was done", "WHEN", |entry, _| {
        Value::Time(Some(entry.at))
    });
    const OPERATOR: Field<Self> =
        Field::<Self>::new("operator", "by whom", "OPERATOR", |entry, _| {
            Value::text(&entry.operator)
        });
    const ACTION: Field<Self> =
        Field::<Self>::new("action", "what was done", "ACTION", |entry, _| {
            Value::text(&entry.action)
        });
    const KEY: Field<Self> = Field::<Self>::new(
        "key",
        "the id of the key it was done to; null where it was none",
        "KEY",
        |entry, _| Value::text_or_null(entry.key.as_ref().map(KeyId::as_str)),
    )
    .fit(Fit::Kept);
    const NAME: Field<Self> = Field::<Self>::new(
        "name",
        "the name that the key had then; null in entries of before it was recorded",
        "NAME",
        |entry, _| Value::text_or_null(entry.name()),
    );
    const REASON: Field<Self> = Field::<Self>::new(
        "reason",
        "why it was done; null where that was not said",
        "REASON",
        |entry, _| Value::text_or_null(entry.reason()),
    );
    /// The details, as an object.
    pub const DETAILS: Field<Self> = Field::<Self>::new(
        "details",
        "what else there is to know: an object, name and reason in it",
        "DETAILS",
        |entry, _| Value::Details(&entry.details),
    );

    /// The columns of a table, in order; the details come after them, as a sentence.
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

/// Which entries of the log are shown: those for which all of it holds.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Of one of these keys; none is of any key, or of no key.
    pub keys: Option<Vec<KeyId>>,
    /// By this operator.
    pub operator: Option<Operator>,
    /// Of that instant or later.
    pub since: Option<Timestamp>,
    /// The last so many.
    pub limit: Option<u64>,
}

/// The last entry of a log by number and hash, which together fix all of the log
/// up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// The entry's number.
    pub seq: i64,
    /// Its hash, which is over the one before it, too.
    pub hash: [u8; 32],
}

impl LogHead {
    /// The hash, in lower-case hex.
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.hash)
    }
}

/// `SEQ:HASH`, the hash in lower-case hex.
impl fmt::Display for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hex())
    }
}

/// As it is displayed; the hash in upper case is the same hash.
impl FromStr for LogHead {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = || {
            let (seq, hex) = text.split_once(':')?;
            // A number has one spelling here: no sign, no zero before it.
            let is_number = seq.bytes().all(|c| c.is_ascii_digit()) && !seq.starts_with('0');
            let seq = seq.parse().ok().filter(|_| is_number)?;
            let mut hash = [0; 32];
            let decoded = base16ct::mixed::decode(hex, &mut hash).ok()?;
            (decoded.len() == 32).then_some(Self { seq, hash })
        };
        parts().ok_or_else(|| {
            Invalid::new(
                "not the head of a log; give SEQ:HASH as `apikey log head` prints it, the hash in 64 hex digits",
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
            // As it was written before every entry had the name.
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
    fn a_head_reads_back_as_it_was_written() {
        let hex = "00ff".repeat(16);
        let text = format!("7:{hex}");
        let head: LogHead = text.parse().unwrap();
        assert_eq!((head.seq, head.hash[1]), (7, 0xff));
        assert_eq!(head.to_string(), text);
        assert_eq!(format!("7:{}", hex.to_uppercase()).parse(), Ok(head));
        assert!(format!("{}:{hex}", i64::MAX).parse::<LogHead>().is_ok());
    }

    #[test]
    fn what_is_no_head_is_refused() {
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
