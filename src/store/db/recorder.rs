//! What tests see of the statements: each one that a thread runs while it records, and the
//! line that runs it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::Location;

/// A line of a file that runs a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct CallSite {
    pub(in crate::store) file: String,
    pub(in crate::store) line: u32,
}

/// Statements by the lines that run them.
pub(in crate::store) type Statements = BTreeSet<(CallSite, String)>;

thread_local! {
    static RECORDED: RefCell<Option<Statements>> = const { RefCell::new(None) };
}

/// Returns the statements that `story` runs.
pub(in crate::store) fn statements_of(story: impl FnOnce()) -> Statements {
    RECORDED.set(Some(Statements::new()));
    story();
    RECORDED.take().unwrap()
}

/// Records a statement of the caller's caller.
#[track_caller]
pub(super) fn record(sql: &str) {
    let caller = Location::caller();
    RECORDED.with_borrow_mut(|recorded| {
        if let Some(recorded) = recorded {
            let site = CallSite {
                file: caller.file().to_owned(),
                line: caller.line(),
            };
            recorded.insert((site, sql.to_owned()));
        }
    });
}

/// Returns a statement as PostgreSQL spells it: the placeholders, and the fragments of
/// [`Db`](super::Db).
pub(in crate::store) fn for_postgres(sql: &str) -> String {
    let mut sql = sql.to_owned();
    // From the last on: ?1 is the beginning of ?10.
    for number in (1..=40).rev() {
        let any_of = format!("IN (SELECT value FROM rarray(?{number}))");
        sql = sql.replace(&any_of, &format!("= ANY (${number})"));
        sql = sql.replace(&format!("?{number}"), &format!("${number}"));
    }
    sql
}
