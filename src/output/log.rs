//! The log: listed in four formats, its head, and whether it holds.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use serde_json::{Map, Value};

use super::json::to_json;
use super::paged::{Measured, Paged};
use super::screen::{Column, Screen};
use super::stream::{self, Cells, Each, Record, Records, Streamed};
use super::table::{Plain, or_dash};
use super::{Output, cannot_write, shown};
use crate::cli::Format;
use crate::error::Result;
use crate::model::{KeyId, LogEntry, LogHead};
use crate::secret;

/// The columns of the listing. The last is the one that gives way, and it is wrapped:
/// what was done is not told without it.
const COLUMNS: [Column; 7] = [
    Column::unbroken("SEQ"),
    Column::whole("WHEN"),
    Column::whole("OPERATOR"),
    Column::whole("ACTION"),
    Column::unbroken("KEY"),
    Column::whole("NAME"),
    Column::whole("DETAILS"),
];

/// Rows of a page on a screen.
const PAGE: usize = 500;

impl Output {
    /// Lists the entries that `walk` goes through, each time it is called from the
    /// beginning. They are never all in memory.
    ///
    /// # Errors
    /// Those of `walk`, and when stdout can't be written. A closed pipe is none.
    pub(crate) fn list_log(
        &self,
        mut walk: impl FnMut(Each<'_, LogEntry>) -> Streamed,
    ) -> Result<()> {
        let walk = &mut walk;
        stream::to_stdout(|out| match (self.format, self.stdout_screen()) {
            (Format::Table, Some(screen)) => self.log_screen(screen, walk, out),
            (Format::Table, None) => self.log_table(walk, out),
            (format, _) => {
                let mut records = Records::begin(format, out, &FIELDS)?;
                walk(&mut |entry| records.add(&LoggedJson::new(entry)))?;
                records.end()
            }
        })
    }

    fn log_table(
        &self,
        walk: &mut impl FnMut(Each<'_, LogEntry>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let headings = COLUMNS.map(|column| column.heading);
        let mut table = Plain::new(&headings, self.colors_stdout());
        let mut any = false;
        walk(&mut |entry| {
            any = true;
            table.measure(&self.log_row(entry));
            Ok(())
        })?;
        if !any {
            self.remark("no entries");
            return Ok(());
        }
        table.write_headings(out, &headings)?;
        walk(&mut |entry| Ok(table.write(out, &self.log_row(entry))?))
    }

    fn log_screen(
        &self,
        screen: Screen,
        walk: &mut impl FnMut(Each<'_, LogEntry>) -> Streamed,
        out: &mut dyn Write,
    ) -> Streamed {
        let mut measured = Measured::new(&COLUMNS);
        let mut any = false;
        walk(&mut |entry| {
            any = true;
            measured.measure(&self.log_row(entry));
            Ok(())
        })?;
        if !any {
            self.remark("no entries");
            return Ok(());
        }
        let mut pages = Paged::new(&measured, screen);
        let mut page = Vec::new();
        walk(&mut |entry| {
            page.push(self.log_row(entry));
            if page.len() == PAGE {
                writeln!(out, "{}", pages.page(&page))?;
                page.clear();
            }
            Ok(())
        })?;
        if !page.is_empty() {
            writeln!(out, "{}", pages.page(&page))?;
        }
        Ok(())
    }

    fn log_row(&self, entry: &LogEntry) -> [String; 7] {
        let cells = [
            entry.seq.to_string(),
            self.times.show(Some(entry.at)),
            entry.operator.clone(),
            entry.action.clone(),
            or_dash(entry.key.as_ref().map(KeyId::as_str)),
            or_dash(entry.name()),
            or_dash(Some(&sentence(&entry.details, entry.name().is_some()))),
        ];
        cells.map(|cell| secret::redact(&cell).into_owned())
    }

    /// The head of the log.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: what nobody got is no head
    /// that was kept.
    pub(crate) fn log_head(&self, head: &LogHead) -> Result<()> {
        #[derive(Serialize)]
        struct HeadJson {
            seq: i64,
            hash: String,
        }
        let line = match self.wants_json() {
            true => to_json(&HeadJson {
                seq: head.seq,
                hash: head.hex(),
            }),
            false => head.to_string(),
        };
        self.line(&line).map_err(|fault| cannot_write(&fault))
    }

    /// The first entry of the log that is wrong, if one is.
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
            return shown(self.line(&to_json(&CheckedJson { valid, first_wrong })));
        }
        match first_wrong {
            Some(seq) => shown(self.line(&seq.to_string())),
            None => Ok(()),
        }
    }
}

/// The fields of an entry, which are the headings of csv.
const FIELDS: [&str; 8] = [
    "seq", "at", "operator", "action", "key", "name", "reason", "details",
];

/// An entry. A text that is shaped like a secret is in none of its fields.
#[derive(Serialize)]
struct LoggedJson<'a> {
    seq: i64,
    at: String,
    operator: Cow<'a, str>,
    action: Cow<'a, str>,
    key: Option<&'a str>,
    name: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    details: Map<String, Value>,
}

impl<'a> LoggedJson<'a> {
    fn new(entry: &'a LogEntry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            operator: secret::redact(&entry.operator),
            action: secret::redact(&entry.action),
            key: entry.key.as_ref().map(KeyId::as_str),
            name: entry.name().map(secret::redact),
            reason: entry.reason().map(secret::redact),
            details: redacted_map(&entry.details),
        }
    }
}

/// As csv null is nothing.
impl Record for LoggedJson<'_> {
    fn add_to(&self, cells: &mut Cells<'_>) -> csv::Result<()> {
        cells.add(&self.seq.to_string())?;
        cells.add(&self.at)?;
        cells.add(&self.operator)?;
        cells.add(&self.action)?;
        cells.add(self.key.unwrap_or_default())?;
        cells.add(self.name.as_deref().unwrap_or_default())?;
        cells.add(self.reason.as_deref().unwrap_or_default())?;
        cells.add(&to_json(&self.details))
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

/// Details as people read them: what it was, then what else there is to know, then
/// from what to what. What there is none of is left out, but for what changed; and the
/// name of a key where it `has_column` of its own.
fn sentence(details: &Map<String, Value>, has_column: bool) -> String {
    let place = |name: &str| match name {
        "name" | "group" | "user" => 0,
        "from" => 2,
        "to" => 3,
        _ => 1,
    };
    let mut words: Vec<(u8, String)> = details
        .iter()
        .filter(|(name, _)| !has_column || *name != "name")
        .filter_map(|(name, value)| {
            let text = match value {
                Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(","),
                other => word(other),
            };
            let is_told = !text.is_empty() || place(name) > 1;
            is_told.then(|| (place(name), format!("{name}={}", or_dash(Some(&text)))))
        })
        .collect();
    // Stable: those of one place stay in the order of their names.
    words.sort_by_key(|(place, _)| *place);
    let words: Vec<String> = words.into_iter().map(|(_, word)| word).collect();
    words.join(" ")
}

/// A value as one word. A text that would not be one, or could be taken for another
/// value, is in quotes.
fn word(value: &Value) -> String {
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
    use serde_json::json;

    #[test]
    fn details_are_told_in_an_order_that_can_be_read() {
        for (details, told) in [
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
            assert_eq!(sentence(details.as_object().unwrap(), false), told);
        }
    }

    #[test]
    fn a_name_that_has_a_column_is_not_said_twice() {
        let details = json!({"name": "a", "from": null, "to": "b"});
        let details = details.as_object().unwrap();
        assert_eq!(sentence(details, true), "from=- to=b");
    }

    #[test]
    fn what_looks_like_a_secret_is_redacted_wherever_it_stands() {
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
        let printed = to_json(&LoggedJson::new(&entry));
        assert_eq!(printed.matches("[secret]").count(), 10, "{printed}");
        assert!(!printed.contains("8Q6xzR8t8"), "{printed}");
        assert!(serde_json::from_str::<Value>(&printed).is_ok(), "{printed}");
    }
}
