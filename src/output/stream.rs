//! Listings of any length, in the formats that take one thing after the other.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::json::append_json;
use super::{clean, csv_fault, shown};
use crate::cli::Format;
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

pub(crate) type Streamed = std::result::Result<(), Stopped>;

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

/// A thing of a listing, as json by its fields and as csv by its cells.
pub(super) trait Record: Serialize {
    /// Adds its cells, one for each heading.
    fn add_to(&self, cells: &mut Cells<'_>) -> csv::Result<()>;
}

/// The cells of csv, line by line.
pub(super) struct Cells<'w> {
    csv: csv::Writer<&'w mut dyn Write>,
    /// A list, while it is joined.
    joined: String,
}

impl Cells<'_> {
    /// Adds a cell.
    pub(super) fn add(&mut self, text: &str) -> csv::Result<()> {
        self.csv.write_field(clean::cell(text).as_bytes())
    }

    /// Adds a cell of several words.
    pub(super) fn add_words<'a>(
        &mut self,
        words: impl Iterator<Item = &'a str>,
    ) -> csv::Result<()> {
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        for word in words {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(word);
        }
        let added = self.add(&joined);
        self.joined = joined;
        added
    }

    fn end_line(&mut self) -> csv::Result<()> {
        self.csv.write_record(None::<&[u8]>)
    }
}

/// A listing in one of those formats, under way.
pub(super) enum Records<'w> {
    /// Objects, an array of them or one a line.
    Json(Objects<'w>),
    /// One record a line, below the headings.
    Csv(Box<Cells<'w>>),
}

/// Objects, and what stands before the first, between two, after each, and at the end of
/// some or of none.
pub(super) struct Objects<'w> {
    out: &'w mut dyn Write,
    before: &'static str,
    between: &'static str,
    after: &'static str,
    end: &'static str,
    end_of_none: &'static str,
    /// One of them, with what stands before and after it.
    line: Vec<u8>,
}

impl<'w> Records<'w> {
    /// Begins a listing in `format`, which is not that of tables, of what has `fields`.
    pub(super) fn begin(
        format: Format,
        out: &'w mut dyn Write,
        fields: &[&str],
    ) -> std::result::Result<Self, Stopped> {
        Ok(match format {
            Format::Json => Self::objects(out, ["[", ",\n", "", "]\n", "[]\n"]),
            // A line is whole even when a fault ends the listing after it.
            Format::Jsonl | Format::Table => Self::objects(out, ["", "", "\n", "", ""]),
            Format::Csv => {
                let mut csv = clean::csv_writer(out);
                csv.write_record(fields)?;
                Self::Csv(Box::new(Cells {
                    csv,
                    joined: String::new(),
                }))
            }
        })
    }

    fn objects(out: &'w mut dyn Write, marks: [&'static str; 5]) -> Self {
        let [before, between, after, end, end_of_none] = marks;
        Self::Json(Objects {
            out,
            before,
            between,
            after,
            end,
            end_of_none,
            line: Vec::new(),
        })
    }

    /// Adds a thing.
    pub(super) fn add(&mut self, record: &impl Record) -> Streamed {
        match self {
            Self::Json(objects) => {
                objects.line.clear();
                objects.line.extend_from_slice(objects.before.as_bytes());
                append_json(&mut objects.line, record);
                objects.line.extend_from_slice(objects.after.as_bytes());
                objects.out.write_all(&objects.line)?;
                objects.before = objects.between;
                objects.end_of_none = objects.end;
            }
            Self::Csv(cells) => {
                record.add_to(cells)?;
                cells.end_line()?;
            }
        }
        Ok(())
    }

    /// Ends the listing.
    pub(super) fn end(self) -> Streamed {
        match self {
            Self::Json(objects) => objects.out.write_all(objects.end_of_none.as_bytes())?,
            Self::Csv(mut cells) => cells.csv.flush()?,
        }
        Ok(())
    }
}
