//! The clock of a database: that of this machine, or of the server.

#[cfg(feature = "postgres")]
use std::time::Instant;

use super::Db;
use crate::clock;
use crate::model::Timestamp;

/// The clock that decides what has expired.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    /// This machine's.
    Machine,
    /// A server's: its time when it was read, plus the time since.
    #[cfg(feature = "postgres")]
    Server {
        /// Its time when it was read, in microseconds since 1970.
        micros: i64,
        /// When it was read.
        read_at: Instant,
    },
    /// A test's.
    #[cfg(any(fuzzing, test))]
    Fixed(fn() -> Timestamp),
}

impl Clock {
    /// Returns the current time.
    pub(crate) fn now(self) -> Timestamp {
        match self {
            Self::Machine => clock::now(),
            #[cfg(feature = "postgres")]
            Self::Server { micros, read_at } => {
                let since = i64::try_from(read_at.elapsed().as_micros()).unwrap_or(i64::MAX);
                let seconds = micros.saturating_add(since).div_euclid(1_000_000);
                Timestamp::from_unix(seconds)
            }
            #[cfg(any(fuzzing, test))]
            Self::Fixed(now) => now(),
        }
    }

    /// Returns the clock of `db` as it was last read, except in a test with its own. The draft of a
    /// backup keeps the clock of the server for whose database it is.
    pub(in crate::store) fn of(self, db: &Db) -> Self {
        match (self, db.clock()) {
            #[cfg(feature = "postgres")]
            (Self::Server { .. }, Self::Machine) => self,
            #[cfg(feature = "postgres")]
            (Self::Server { .. }, clock) => clock,
            (Self::Machine, clock) => clock,
            #[cfg(any(fuzzing, test))]
            (Self::Fixed(_), _) => self,
        }
    }
}
