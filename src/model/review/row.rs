//! A finding as a row of a table.

use super::ReviewFinding;
use crate::model::{Described, Field, FieldValue as Value, Fit, Key, KeyName, UserName};

/// A finding and the key that it concerns.
#[derive(Debug, Clone)]
pub struct FindingRow {
    name: KeyName,
    owner: Option<UserName>,
    finding: ReviewFinding,
    /// Whether the row before is about a key of the same owner.
    pub repeats_owner: bool,
}

impl FindingRow {
    const NAME: Field<Self> = Field::<Self>::new("name", "the key's name", "NAME", |row, _| {
        Value::text(row.name.as_str())
    });
    /// The owner of the key.
    pub const OWNER: Field<Self> = Field::<Self>::new("owner", "its owner", "OWNER", |row, _| {
        Value::text_or_null(row.owner.as_ref().map(UserName::as_str))
    });
    const CHECK: Field<Self> =
        Field::<Self>::new("check", "the name of the check", "CHECK", |row, _| {
            Value::text(row.finding.check.as_str())
        })
        .fit(Fit::Kept);
    const SINCE: Field<Self> = Field::<Self>::new(
        "since",
        "since when the finding holds",
        "SINCE",
        |row, _| match row.finding.since {
            Some(at) => Value::Time(Some(at)),
            // A table would have `Never` for a time that is missing.
            None => Value::text_or_null(None),
        },
    );
    const DETAIL: Field<Self> = Field::<Self>::new("detail", "the fact", "DETAIL", |row, _| {
        Value::text(&row.finding.detail)
    });

    /// The columns of a table, in order.
    pub const TABLE: [Field<Self>; 5] = [
        Self::OWNER,
        Self::NAME,
        Self::CHECK,
        Self::SINCE,
        Self::DETAIL,
    ];

    /// Returns the row of a finding on `key`.
    pub fn new(key: &Key, finding: &ReviewFinding, repeats_owner: bool) -> Self {
        Self {
            name: key.name.clone(),
            owner: key.owner_name().cloned(),
            finding: finding.clone(),
            repeats_owner,
        }
    }
}

impl Described for FindingRow {
    fn fields() -> &'static [Field<Self>] {
        const {
            &[
                Self::NAME,
                Self::OWNER,
                Self::CHECK,
                Self::SINCE,
                Self::DETAIL,
            ]
        }
    }
}
