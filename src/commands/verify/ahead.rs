//! The secrets of the lines that wait, looked up at once: a server answers one query for a thousand
//! secrets nearly as fast as a query for one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::commands::verify::ordered_queue::OrderedQueue;
use crate::error::Result;
use crate::model::{Requirements, ShortForm};
use crate::secret::{Line, Presented};
use crate::store::{Store, StoredSecret};

/// How long a result counts. A line was sent before its result was read, so that no revocation
/// which its sender knows of is missed; a later one should not be missed for long either.
const FRESH: Duration = Duration::from_millis(500);

/// Secrets that were looked up for the next lines, in their order.
#[derive(Default)]
pub(super) struct Ahead {
    found: VecDeque<(ShortForm, Option<StoredSecret>)>,
    read_at: Option<Instant>,
}

impl Ahead {
    /// Looks up the secret `first` and the secrets of the lines that wait in `queue`.
    ///
    /// # Errors
    /// The errors of the database.
    pub(super) fn look_up<A>(
        &mut self,
        first: &ShortForm,
        queue: &OrderedQueue<Line, A>,
        required: &Requirements,
        store: &Store,
    ) -> Result<()> {
        let mut wanted = vec![first.clone()];
        queue.visit_waiting(|line| {
            if let Ok(Presented::WellFormed(secret)) = Presented::parse(line) {
                wanted.push(secret.short_form().clone());
            }
        });
        wanted.retain(|short| short.prefix == store.settings().prefix);
        let found = store.find_secrets(&wanted, required)?;
        self.found = wanted.into_iter().zip(found).collect();
        self.read_at = Some(Instant::now());
        Ok(())
    }

    /// Returns the result for the next line, which has the secret `short`: the key's secret, if
    /// there is one. Returns none if it was not looked up, or too long ago.
    pub(super) fn take(&mut self, short: &ShortForm) -> Option<Option<StoredSecret>> {
        let is_fresh = self.read_at.is_some_and(|at| at.elapsed() < FRESH);
        if !is_fresh {
            self.found.clear();
        }
        let (next, _) = self.found.front()?;
        if next != short {
            return None;
        }
        self.found.pop_front().map(|(_, found)| found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(prefix: &str, id: &str) -> ShortForm {
        ShortForm {
            prefix: prefix.parse().unwrap(),
            id: id.parse().unwrap(),
            last_four: "abcd".to_owned(),
        }
    }

    #[test]
    fn a_secret_of_another_database_takes_no_result_and_discards_none() {
        let own = ["aaaaaaaa", "bbbbbbbb"].map(|id| short("apik", id));
        let mut ahead = Ahead {
            found: own.iter().map(|short| (short.clone(), None)).collect(),
            read_at: Some(Instant::now()),
        };
        assert!(ahead.take(&short("acme", "aaaaaaaa")).is_none());
        for short in &own {
            assert!(ahead.take(short).is_some());
        }
        assert!(ahead.take(&own[0]).is_none());
    }
}
