//! The findings of `review`: a row for each finding, or an object for each key that has any.

use serde::Serialize;

use super::Output;
use super::json::append_json;
use super::listing::{ListingResult, Table, WriteItem};
use super::value::{KeyJson, rfc3339};
use crate::error::Result;
use crate::model::{Field, FieldValue, FindingRow, ReviewFinding, Reviewed, Timestamp};

/// The column of the owner at a terminal, which names each owner once.
static OWNER_ONCE: Field<FindingRow> = Field {
    value: |row, now| {
        if row.repeats_owner {
            // An empty cell would be a dash.
            FieldValue::text(" ")
        } else {
            (FindingRow::OWNER.value)(row, now)
        }
    },
    ..FindingRow::OWNER
};

/// A key with its findings as json.
#[derive(Serialize)]
struct ReviewedJson<'a> {
    #[serde(flatten)]
    key: KeyJson<'a>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    check: &'static str,
    since: Option<String>,
    detail: &'a str,
}

impl Output {
    /// Prints the findings on the keys that `walk` visits; with --quiet without a heading line.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_reviewed(
        &self,
        walk: impl FnOnce(WriteItem<'_, Reviewed>) -> ListingResult,
    ) -> Result<()> {
        if self.wants_json() {
            let now = self.times.now();
            return self.list_json(walk, |line, reviewed| {
                append_json(line, &in_json(reviewed, now));
            });
        }
        let mut columns: Vec<_> = FindingRow::TABLE.iter().collect();
        if self.stdout_screen().is_some() {
            columns[0] = &OWNER_ONCE;
        }
        let table = Table {
            empty_note: None,
            columns,
            has_heading: !self.quiet,
            // A finding can't be understood without its detail.
            wraps: true,
        };
        let mut owner = None;
        self.list(&table, |write| {
            walk(&mut |reviewed| {
                let key = &reviewed.key;
                for finding in &reviewed.findings {
                    let repeats_owner = owner.as_ref() == Some(&key.owner);
                    if !repeats_owner {
                        owner = Some(key.owner.clone());
                    }
                    write(&FindingRow::new(key, finding, repeats_owner))?;
                }
                Ok(())
            })
        })
    }
}

fn in_json(reviewed: &Reviewed, now: Timestamp) -> ReviewedJson<'_> {
    ReviewedJson {
        key: KeyJson::new(&reviewed.key, now),
        findings: reviewed.findings.iter().map(finding_in_json).collect(),
    }
}

fn finding_in_json(finding: &ReviewFinding) -> FindingJson<'_> {
    FindingJson {
        check: finding.check.as_str(),
        since: rfc3339(finding.since),
        detail: &finding.detail,
    }
}
