//! Groups: listed in four formats, and one shown whole.

use std::io::{self, Write};

use super::json::{GroupJson, to_json};
use super::table::{Column, Plain, Tone, for_screen, or_dash, write_facts};
use super::{Output, clean, csv_fault, shown};
use crate::cli::Format;
use crate::error::Result;
use crate::model::{Group, Permission};

impl Output {
    /// Lists groups.
    ///
    /// # Errors
    /// When stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_groups(&self, groups: &[Group]) -> Result<()> {
        let mut out = io::stdout().lock();
        shown(
            self.write_groups(groups, &mut out)
                .and_then(|()| out.flush()),
        )
    }

    fn write_groups(&self, groups: &[Group], out: &mut impl Write) -> io::Result<()> {
        let objects = groups.iter().map(GroupJson::new);
        match self.format {
            Format::Json => writeln!(out, "{}", to_json(&objects.collect::<Vec<_>>())),
            Format::Jsonl => objects
                .map(|group| to_json(&group))
                .try_for_each(|line| writeln!(out, "{line}")),
            Format::Csv => write_csv(groups, out),
            Format::Table => self.write_table(groups, out),
        }
    }

    fn write_table(&self, groups: &[Group], out: &mut impl Write) -> io::Result<()> {
        if groups.is_empty() {
            self.note("no groups");
            return Ok(());
        }
        let column = |heading, yields| Column {
            heading,
            yields,
            unbroken: false,
        };
        let columns = [
            column("NAME", None),
            column("KEYS", None),
            column("PERMISSIONS", None),
            column("CREATED", Some(3)),
            column("CREATED BY", Some(2)),
            column("DESCRIPTION", Some(1)),
        ];
        let row = |group: &Group| {
            vec![
                group.name.to_string(),
                group.keys.to_string(),
                or_dash(Some(&words(&group.permissions))),
                self.times.show(Some(group.created_at)),
                group.created_by.clone(),
                or_dash(group.description.as_deref()),
            ]
        };
        let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
        if self.is_screen() {
            let toned =
                |row: Vec<String>| row.into_iter().map(|cell| (cell, Tone::Plain)).collect();
            let rows: Vec<_> = rows.into_iter().map(toned).collect();
            return writeln!(out, "{}", for_screen(&columns, &rows, self.colors_stdout()));
        }
        let headings = columns.map(|column| column.heading);
        let mut table = Plain::new(&headings);
        rows.iter().for_each(|row| table.measure(row));
        table.write(out, &headings)?;
        rows.iter().try_for_each(|row| table.write(out, row))
    }

    /// Shows one group whole.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn show_group(&self, group: &Group) -> Result<()> {
        if self.wants_json() {
            return shown(self.line(&to_json(&GroupJson::new(group))));
        }
        let facts = [
            ("name", group.name.to_string()),
            ("description", or_dash(group.description.as_deref())),
            ("permissions", or_dash(Some(&words(&group.permissions)))),
            ("keys", group.keys.to_string()),
            ("created", self.times.instant(group.created_at)),
            ("created by", group.created_by.clone()),
        ];
        let mut out = io::stdout().lock();
        shown(write_facts(&mut out, &facts).and_then(|()| out.flush()))
    }
}

fn write_csv(groups: &[Group], out: &mut impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "name",
        "description",
        "permissions",
        "keys",
        "users",
        "created_at",
        "created_by",
    ])
    .map_err(csv_fault)?;
    for group in groups {
        let cells = [
            group.name.to_string(),
            group.description.clone().unwrap_or_default(),
            words(&group.permissions),
            group.keys.to_string(),
            group.users.to_string(),
            group.created_at.to_string(),
            group.created_by.clone(),
        ];
        csv.write_record(
            cells
                .iter()
                .map(|cell| clean::spreadsheet(cell).into_owned()),
        )
        .map_err(csv_fault)?;
    }
    csv.flush()
}

fn words(permissions: &[Permission]) -> String {
    permissions
        .iter()
        .map(Permission::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
