//! A listing of keys: its filter and its order.

use super::{Filter, KeyField};

/// A request for a listing.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The filter.
    pub filter: Filter,
    /// The field to sort by. Keys with the same value are sorted by name.
    pub sort: KeyField,
    /// Whether the order is reversed.
    pub reverse: bool,
    /// The maximum number of keys.
    pub limit: Option<u64>,
}

impl From<Filter> for Listing {
    /// Returns the listing of every key that matches, by name.
    fn from(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }
}
