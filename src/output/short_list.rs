//! Listings that fit in memory: groups and users, of which there are few.

use std::io::{self, Write};

use serde::Serialize;

use super::fitted::fitted;
use super::json::to_json;
use super::screen::{Column, Tone};
use super::table::Plain;
use super::{Output, clean, csv_fault, shown};
use crate::cli::Format;
use crate::error::Result;

/// Cells that mean nothing in particular.
pub(super) fn untoned(cells: Vec<String>) -> Vec<(String, Tone)> {
    cells.into_iter().map(|cell| (cell, Tone::Plain)).collect()
}

/// A listing, in all its forms.
pub(super) struct ShortList<'a, Object> {
    /// What is said of an empty table.
    pub(super) none: &'static str,
    /// Headings, each with its place among those that are left out on a narrow screen.
    pub(super) headings: &'a [(&'static str, Option<u8>)],
    pub(super) rows: Vec<Vec<(String, Tone)>>,
    /// The headings of csv: the json names.
    pub(super) fields: &'a [&'static str],
    pub(super) records: Vec<Vec<String>>,
    pub(super) objects: Vec<Object>,
}

impl Output {
    /// Writes `list` in the format that is wanted.
    pub(super) fn short_list(&self, list: &ShortList<'_, impl Serialize>) -> Result<()> {
        let mut out = io::stdout().lock();
        let written = match self.format {
            Format::Json => writeln!(out, "{}", to_json(&list.objects)),
            Format::Jsonl => list
                .objects
                .iter()
                .try_for_each(|object| writeln!(out, "{}", to_json(object))),
            Format::Csv => list.write_csv(&mut out),
            Format::Table => self.write_rows(list, &mut out),
        };
        shown(written.and_then(|()| out.flush()))
    }

    fn write_rows<Object>(
        &self,
        list: &ShortList<'_, Object>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        if list.rows.is_empty() {
            self.remark(list.none);
            return Ok(());
        }
        if let Some(screen) = self.stdout_screen() {
            let column = |(heading, yields): &(&'static str, Option<u8>)| Column {
                yields: *yields,
                cut_to: match *heading {
                    "STATUS" | "KEYS" | "USERS" | "EXPIRES" | "CREATED" => None,
                    _ => Some(10),
                },
                ..Column::whole(heading)
            };
            let columns: Vec<Column> = list.headings.iter().map(column).collect();
            let shown = fitted(&columns, &list.rows, screen);
            writeln!(out, "{}", shown.table)?;
            out.flush()?;
            self.remark_left_out(&shown.left_out);
            return Ok(());
        }
        let headings: Vec<&str> = list.headings.iter().map(|(heading, _)| *heading).collect();
        let mut table = Plain::new(&headings, self.colors_stdout());
        let cells = |row: &Vec<(String, Tone)>| -> Vec<String> {
            row.iter().map(|(cell, _)| cell.clone()).collect()
        };
        list.rows.iter().for_each(|row| table.measure(&cells(row)));
        table.write_headings(out, &headings)?;
        list.rows
            .iter()
            .try_for_each(|row| table.write_toned(out, row))
    }
}

impl<Object> ShortList<'_, Object> {
    fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let mut csv = clean::csv_writer(out);
        csv.write_record(self.fields).map_err(csv_fault)?;
        for record in &self.records {
            let cells = record.iter().map(|cell| clean::cell(cell).into_owned());
            csv.write_record(cells).map_err(csv_fault)?;
        }
        csv.flush()
    }
}
