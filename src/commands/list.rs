//! `apikey list`.

use super::Session;
use super::filters::{filter, print_filter_times, warn_of_left_out};
use crate::cli::List;
use crate::error::Result;
use crate::model::Listing;
use crate::output::Outcome;
use crate::store::Store;

/// Lists keys.
pub(super) fn run(args: &List, store: &Store, session: &Session) -> Result<Outcome> {
    let listing = Listing {
        filter: filter(&args.filters),
        sort: args.sort,
        reverse: args.reverse,
        limit: args.limit,
    };
    let pages = store.pages(&listing)?;
    print_filter_times(&args.filters, session);
    warn_of_left_out(pages.left_out(), session);
    let columns = if session.output.is_table() {
        pages.columns_in_use()?
    } else {
        Vec::new()
    };
    let pages = if session.output.shows_details() {
        pages
    } else {
        pages.without_details()
    };
    session.output.list_keys(&columns, |write_key| {
        for page in pages {
            page?.iter().try_for_each(&mut *write_key)?;
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}
