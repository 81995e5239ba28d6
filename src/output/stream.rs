//! Listings of any length, in the formats that take one thing after the other.

use std::io::{self, BufWriter, Write};

use super::{clean, csv_fault, shown};
use crate::error::{Error, Result};

/// What is done with each thing of a listing.
pub(crate) type Each<'a, T> = &'a mut dyn FnMut(&T) -> std::result::Result<(), Stopped>;

/// What ended a listing early.
pub(crate) enum Stopped {
    /// The database.
    Reading(Error),
    /// The standard output.
    Writing(io::Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Reading(error)
    }
}

impl From<io::Error> for Stopped {
    fn from(fault: io::Error) -> Self {
        Self::Writing(fault)
    }
}

impl From<csv::Error> for Stopped {
    fn from(fault: csv::Error) -> Self {
        Self::Writing(csv_fault(fault))
    }
}

pub(super) type Streamed = std::result::Result<(), Stopped>;

/// Lets `list` write to stdout. A closed pipe is a reader who has seen enough.
pub(super) fn to_stdout(list: impl FnOnce(&mut dyn Write) -> Streamed) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let listed = list(&mut out);
    match listed.and_then(|()| out.flush().map_err(Stopped::Writing)) {
        Ok(()) => Ok(()),
        Err(Stopped::Reading(error)) => Err(error),
        Err(Stopped::Writing(fault)) => {
            // What is left in the buffer has nowhere to go.
            drop(out.into_parts());
            shown(Err(fault))
        }
    }
}

/// A json array of what `json` makes of each.
pub(super) fn array<T>(
    walk: &mut impl FnMut(Each<'_, T>) -> Streamed,
    out: &mut dyn Write,
    json: impl Fn(&T) -> String,
) -> Streamed {
    let mut before = "[";
    walk(&mut |one| {
        let before = std::mem::replace(&mut before, ",\n");
        Ok(write!(out, "{before}{}", json(one))?)
    })?;
    let end = if before == "[" { "[]\n" } else { "]\n" };
    Ok(out.write_all(end.as_bytes())?)
}

/// What `json` makes of each, a line each.
pub(super) fn lines<T>(
    walk: &mut impl FnMut(Each<'_, T>) -> Streamed,
    out: &mut dyn Write,
    json: impl Fn(&T) -> String,
) -> Streamed {
    walk(&mut |one| Ok(writeln!(out, "{}", json(one))?))
}

/// The `cells` of each, below a line of `headings`.
pub(super) fn csv<T, const N: usize>(
    walk: &mut impl FnMut(Each<'_, T>) -> Streamed,
    out: &mut dyn Write,
    headings: [&str; N],
    cells: impl Fn(&T) -> [String; N],
) -> Streamed {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(headings)?;
    walk(&mut |one| {
        let cells = cells(one);
        let cells = cells
            .iter()
            .map(|cell| clean::spreadsheet(cell).into_owned());
        Ok(csv.write_record(cells)?)
    })?;
    Ok(csv.flush()?)
}
