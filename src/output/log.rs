//! The log: its entries in four formats, its head, and the result of its verification.

use serde::Serialize;
use serde_json::{Map, Value};

use super::json::to_json;
use super::listing::{ListingResult, Table, WriteItem};
use super::value::or_dash;
use super::{Output, ignore_closed_pipe};
use crate::error::Result;
use crate::model::{Field, FieldValue, LogEntry, LogHead};
use crate::secret;

/// The column of a table for the details.
static SENTENCE: Field<LogEntry> = Field {
    value: |entry, _| FieldValue::owned(sentence(&entry.details, entry.name().is_some())),
    ..LogEntry::DETAILS
};

impl Output {
    /// Prints the entries that `walk` visits, without texts that are shaped like a secret.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_log(
        &self,
        walk: impl FnOnce(WriteItem<'_, LogEntry>) -> ListingResult,
    ) -> Result<()> {
        let table = Table {
            empty_note: Some("no entries"),
            columns: LogEntry::TABLE.iter().chain([&SENTENCE]).collect(),
            has_heading: true,
            // An entry can't be understood without all of its details.
            wraps: true,
        };
        self.list(&table, |write| walk(&mut |entry| write(&redacted(entry))))
    }

    /// Prints the head of the log.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: no reader kept the head.
    pub(crate) fn log_head(&self, head: &LogHead) -> Result<()> {
        #[derive(Serialize)]
        struct HeadJson {
            seq: i64,
            hash: String,
        }
        let (seq, hash) = (head.seq, head.hex());
        self.answer(&head.to_string(), &HeadJson { seq, hash })
    }

    /// Prints the number of the first wrong entry, if there is one.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn log_check(&self, first_wrong: Option<i64>) -> Result<()> {
        #[derive(Serialize)]
        struct CheckedJson {
            valid: bool,
            first_wrong: Option<i64>,
        }
        if self.wants_json() {
            let valid = first_wrong.is_none();
            return ignore_closed_pipe(self.line(&to_json(&CheckedJson { valid, first_wrong })));
        }
        match first_wrong {
            Some(seq) => ignore_closed_pipe(self.line(&seq.to_string())),
            None => Ok(()),
        }
    }
}

/// Returns the entry without texts that are shaped like a secret.
fn redacted(entry: &LogEntry) -> LogEntry {
    LogEntry {
        operator: secret::redact(&entry.operator).into_owned(),
        action: secret::redact(&entry.action).into_owned(),
        details: redacted_map(&entry.details),
        ..entry.clone()
    }
}

fn redacted_map(map: &Map<String, Value>) -> Map<String, Value> {
    let redacted = |(name, value): (&String, &Value)| {
        (secret::redact(name).into_owned(), redacted_value(value))
    };
    map.iter().map(redacted).collect()
}

fn redacted_value(value: &Value) -> Value {
    match value {
        Value::String(text) => secret::redact(text).into(),
        Value::Array(all) => all.iter().map(redacted_value).collect(),
        Value::Object(map) => redacted_map(map).into(),
        other => other.clone(),
    }
}

/// Returns details in the order that people read: the name, then other details, then the old
/// and the new value. Empty details are omitted, except an old or a new value; so is the name
/// of a key if it `has_column`.
fn sentence(details: &Map<String, Value>, has_column: bool) -> String {
    let rank = |name: &str| match name {
        "name" | "group" | "user" => 0,
        "from" => 2,
        "to" => 3,
        _ => 1,
    };
    let mut ranked: Vec<(u8, String)> = details
        .iter()
        .filter(|(name, _)| !has_column || *name != "name")
        .filter_map(|(name, value)| {
            let text = match value {
                Value::Array(all) => all.iter().map(quoted).collect::<Vec<_>>().join(","),
                other => quoted(other),
            };
            let is_shown = !text.is_empty() || rank(name) > 1;
            is_shown.then(|| (rank(name), format!("{name}={}", or_dash(&text))))
        })
        .collect();
    // Stable: details of equal rank stay in the order of their names.
    ranked.sort_by_key(|(rank, _)| *rank);
    let texts: Vec<String> = ranked.into_iter().map(|(_, text)| text).collect();
    texts.join(" ")
}

/// Returns a value, in quotes if it is the text `-` or a text that contains a space, a quote or
/// `=`.
fn quoted(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text == "-" || text.contains([' ', '"', '=']) => value.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::value::Object;
    use serde_json::json;

    #[test]
    fn details_are_in_the_order_that_people_read() {
        for (details, expected) in [
            (json!({}), ""),
            (json!({"name": "a"}), "name=a"),
            (
                json!({"expires_at": null, "groups": ["a", "b"], "name": "x", "permissions": []}),
                "name=x groups=a,b",
            ),
            (json!({"from": null, "to": "alice"}), "from=- to=alice"),
            (json!({"from": ["a"], "to": []}), "from=a to=-"),
            (json!({"to": "b", "user": "a"}), "user=a to=b"),
            (
                json!({"from": "-", "to": "two \"words\""}),
                r#"from="-" to="two \"words\"""#,
            ),
            (json!({"deleted": true}), "deleted=true"),
        ] {
            assert_eq!(sentence(details.as_object().unwrap(), false), expected);
        }
    }

    #[test]
    fn a_name_with_a_column_is_not_repeated() {
        let details = json!({"name": "a", "from": null, "to": "b"});
        let details = details.as_object().unwrap();
        assert_eq!(sentence(details, true), "from=- to=b");
    }

    #[test]
    fn every_text_shaped_like_a_secret_is_redacted() {
        let secret = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";
        let entry = LogEntry {
            seq: 1,
            at: crate::model::Timestamp::from_unix(0),
            operator: secret.to_owned(),
            action: secret.to_owned(),
            key: "SbXOIkDj".parse().ok(),
            details: json!({"name": secret, "reason": secret, secret: 1, "a": secret, "b": [secret, {"c": format!("\n{secret}")}]})
                .as_object()
                .unwrap()
                .clone(),
        };
        let printed = to_json(&Object::new(&redacted(&entry), entry.at));
        assert_eq!(printed.matches("[secret]").count(), 10, "{printed}");
        assert!(!printed.contains("8Q6xzR8t8"), "{printed}");
        assert!(serde_json::from_str::<Value>(&printed).is_ok(), "{printed}");
    }
}
