//! `apikey review`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Filters;
use crate::model::{Check, Span};

/// Find keys that need attention
///
/// Prints a row for each finding, grouped by owner, and exits with 1 if there is any. Filters
/// limit the keys. With --json, prints the keys that have findings. With --quiet, prints only
/// the findings: no heading line and no remarks, so that cron sends mail only if there is work.
///
/// For an inactive or pending key, only refused, expired, pending and policy are checked, and for a
/// key that is inactive only for a time, imported and imported-weak, too. Uses are known only from
/// the time that the record of uses began: no key is reported as unused until that record is as
/// old as --unused-after.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey review
  apikey review -q --owner alice
  apikey review --except expired --unused-after 180d
  apikey review --only refused --refused-within 1d --format csv
  apikey review --only old --max-age 365d --json")]
pub(crate) struct Review {
    /// Run only this check; may be repeated [default: the first eleven below]
    #[arg(long, value_name = "CHECK", value_parser = check())]
    pub(crate) only: Vec<Check>,

    /// Don't run this check; may be repeated
    #[arg(long, value_name = "CHECK", value_parser = check(), hide_possible_values = true)]
    pub(crate) except: Vec<Check>,

    /// Time without a use after which a key is unused [default: the policy's unused-after, 90d]
    #[arg(long, value_name = "DURATION")]
    pub(crate) unused_after: Option<Span>,

    /// Warn of an expiry or the end of an overlap this long before it [default: the policy's
    /// warn-before, 14d]
    #[arg(long, value_name = "DURATION")]
    pub(crate) warn_before: Option<Span>,

    /// Age at which a current secret is old [default: the policy's max-age]
    #[arg(long, value_name = "DURATION")]
    pub(crate) max_age: Option<Span>,

    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// Returns a parser of the names of checks.
fn check() -> impl TypedValueParser<Value = Check> {
    let value = |check: Check| PossibleValue::new(check.as_str()).help(check.meaning());
    PossibleValuesParser::new(Check::ALL.map(value)).try_map(|given| {
        let mut all = Check::ALL.into_iter();
        all.find(|check| check.as_str() == given)
            .ok_or("unknown value")
    })
}
