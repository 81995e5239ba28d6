//! `apikey review`.

use super::filters::{filter, print_filter_times, warn_of_left_out};
use super::{Session, warn_of_unknown_rules};
use crate::cli::Review as ReviewArgs;
use crate::error::{Error, Kind, Result};
use crate::model::{Check, Policy, Review, Thresholds, counted};
use crate::output::Outcome;
use crate::store::Store;

/// Reviews keys. Exits with 1 if there are findings.
pub(super) fn run(args: &ReviewArgs, store: &Store, session: &Session) -> Result<Outcome> {
    let review = review(args, store.policy()?)?;
    if review.checks.contains(&Check::Policy) {
        warn_of_unknown_rules(&review.policy, session);
    }
    if args.max_age.is_some() && !review.checks.contains(&Check::Old) {
        session
            .output
            .warning("--max-age has no effect without --only old");
    }
    let mut pages = store.review(filter(&args.filters), &review)?;
    print_filter_times(&args.filters, session);
    warn_of_left_out(pages.left_out(), session);
    let (mut keys, mut findings, mut is_complete) = (0, 0, false);
    session.output.list_reviewed(|write_key| {
        for page in &mut pages {
            for reviewed in page? {
                keys += 1;
                findings += reviewed.findings.len() as u64;
                write_key(&reviewed)?;
            }
        }
        is_complete = true;
        Ok(())
    })?;
    // If the reader closed the pipe, not every key was reviewed, and the counts are too low.
    if is_complete {
        remark_on_undecided(pages.undecided(), session);
        session.output.remark(&match findings {
            0 => "nothing found".to_owned(),
            _ => format!(
                "{} on {}",
                counted(findings, "finding"),
                counted(keys, "key")
            ),
        });
    }
    Ok(if findings == 0 {
        Outcome::done()
    } else {
        Outcome::no()
    })
}

/// Returns the review that the options describe. If an option doesn't give a threshold, the rule of
/// `policy` does.
///
/// # Errors
/// [`Kind::Usage`] when no check remains, or the check `old` has no threshold.
fn review(args: &ReviewArgs, policy: Policy) -> Result<Review> {
    let is_wanted = |check: &Check| {
        let is_chosen = match args.only.as_slice() {
            [] => check.is_default(),
            only => only.contains(check),
        };
        is_chosen && !args.except.contains(check)
    };
    let checks: Vec<Check> = Check::ALL.into_iter().filter(is_wanted).collect();
    if checks.is_empty() {
        return Err(Error::new(Kind::Usage, "every check is excluded")
            .hint("leave out an --except, or name another check with --only"));
    }
    let mut review = Review::new(checks, policy);
    let by_policy = review.thresholds;
    review.thresholds = Thresholds {
        unused_after: args.unused_after.unwrap_or(by_policy.unused_after),
        warn_before: args.warn_before.unwrap_or(by_policy.warn_before),
        max_age: args.max_age.or(by_policy.max_age),
    };
    if review.checks.contains(&Check::Old) && review.thresholds.max_age.is_none() {
        return Err(Error::new(Kind::Usage, "the check old needs an age").hint(
            "give it with --max-age, such as --max-age 365d, or as the rule max-age of the policy",
        ));
    }
    Ok(review)
}

/// Prints for how many keys a check of their use has no answer, because uses have not been
/// recorded for long enough.
fn remark_on_undecided(count: u64, session: &Session) {
    if count == 0 {
        return;
    }
    let keys = counted(count, "key");
    session.output.remark(&format!(
        "the use of {keys} is unknown: the record of uses doesn't go back far enough"
    ));
}
