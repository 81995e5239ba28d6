//! Records for tests the statements that a thread runs, with the lines that run them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::Location;

/// A line of source that runs a statement.
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

/// Records a statement, with the line outside `db.rs` that runs it.
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

/// Translates a statement to PostgreSQL: the placeholders, and the SQL of
/// [`Db::any_of`](super::Db::any_of).
pub(in crate::store) fn for_postgres(sql: &str) -> String {
    let mut sql = sql.to_owned();
    // In reverse, since ?10 begins with ?1.
    for number in (1..=40).rev() {
        let any_of = format!("IN (SELECT value FROM rarray(?{number}))");
        sql = sql.replace(&any_of, &format!("= ANY (${number})"));
        sql = sql.replace(&format!("?{number}"), &format!("${number}"));
    }
    sql
}
