//! The rules: what a name, a key, a user, a right and a verdict are. Pure: no SQL, no
//! clap, no clock, no I/O; `now` is an argument.

mod cost;
mod edit;
mod entitlement;
mod field;
mod filter;
mod finding;
mod group;
mod key;
mod key_id;
mod key_ref;
mod key_status;
mod last_use;
mod leak;
mod listing;
mod log;
mod log_action;
mod meta;
mod misspelling;
mod name;
mod operator;
mod overlap;
mod permission;
mod policy;
mod required_right;
mod review;
mod rights;
mod scheme;
mod secret_life;
mod shape;
mod text;
mod time;
mod user;
mod verdict;

pub use cost::Cost;
pub use edit::{Edit, GroupEdit, Selection};
pub use entitlement::{Effective, Entitlement, Limited};
pub use field::{Described, Field, FieldValue, Fit, Health, Shown, Sort};
pub use filter::{Filter, Pasted};
pub use finding::Finding;
pub use group::{
    Group, MAX_GROUPS_OF_KEY, MAX_PERMISSIONS_OF_GROUP, are_same_groups, resulting_groups,
};
pub use key::{Key, KeyField};
pub use key_id::{KeyId, Prefix, ShortForm};
pub use key_ref::KeyRef;
pub use key_status::{State, Status};
pub use last_use::{LastUse, UseRecord};
pub use leak::{Leak, LeakState};
pub use listing::Listing;
pub use log::{LogEntry, LogFilter, LogHead};
pub use log_action::LogAction;
pub use meta::{MAX_META_OF_KEY, Meta, MetaEntry, MetaFilter};
pub use misspelling::nearest;
pub use name::{AppName, GroupName, KeyName, MetaName};
pub use operator::{Operator, Standing};
pub use overlap::{OverlapUses, PreviousSecret};
pub use permission::{Act, Action, MAX_PERMISSIONS_OF_KEY, Permission, Resource};
pub use policy::{Broken, Contradiction, Facts, Policy, Rule, RuleSetting, RuleValue, capped};
pub use required_right::{Change, RequiredRight};
pub use review::{Check, FindingRow, Review, ReviewFinding, Reviewed, Subject, Thresholds};
pub use rights::{Denied, Remedy, Rights, has_no_effect, is_powerful};
pub use scheme::{DigestKind, Scheme};
pub use secret_life::{RotationConflict, SecretRecord, SecretState, Secrets, Transition};
pub use shape::{ImportShape, MAX_SHAPES, RANDOM_AND_CHECKSUM, Shape};
pub use text::{
    LONGEST_SHOWN, QUOTED, Text, clipped, counted, is_plain, is_unprintable, quoted, shortened,
};
pub use time::{Span, TimePoint, Timestamp, When};
pub use user::{Owner, User, UserName, UserStatus, UserSummary};
pub use verdict::{Refusal, Requirements, Verdict, decide};

/// Why a text is not a value of its type: the fact, then what to give instead. Lower case, no
/// final period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(String);

impl Invalid {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}
