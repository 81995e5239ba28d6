//! The cells of a line: csv or json. An error is a fixed sentence, since no message may repeat
//! what a line holds.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use zeroize::Zeroizing;

/// A column of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Key,
    Digest,
    Group,
    Owner,
    Application,
    Description,
    Expires,
    Created,
    Status,
}

/// The text in a column, wiped when dropped.
pub(super) type Cell = (Column, Zeroizing<String>);

/// Why a line is refused.
pub(super) type Reason = &'static str;

impl Column {
    const ALL: [(&'static str, Self); 10] = [
        ("name", Self::Name),
        ("key", Self::Key),
        ("digest", Self::Digest),
        ("group", Self::Group),
        ("owner", Self::Owner),
        ("application", Self::Application),
        ("description", Self::Description),
        ("expires", Self::Expires),
        ("created", Self::Created),
        ("status", Self::Status),
    ];

    fn named(name: &str) -> Result<Self, Reason> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column).ok_or(
            "there is a column other than name, key, digest, group, owner, application, \
             description, expires, created and status",
        )
    }
}

/// Returns the columns that the heading of a csv file names.
pub(super) fn heading(line: &str) -> Result<Vec<Column>, Reason> {
    let names = split(line)?;
    let columns = names.iter().map(|name| Column::named(name.trim()));
    let columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
    check_unique(&columns)?;
    for required in [Column::Name, Column::Key] {
        let is_there = |column: &Column| {
            *column == required || required == Column::Key && *column == Column::Digest
        };
        if !columns.iter().any(is_there) {
            return Err("the heading needs the columns name, and key or digest");
        }
    }
    Ok(columns)
}

fn check_unique(columns: &[Column]) -> Result<(), Reason> {
    let is_repeated = |(at, column): (usize, &Column)| columns[..at].contains(column);
    if columns.iter().enumerate().any(is_repeated) {
        return Err("a column occurs twice");
    }
    Ok(())
}

/// Returns the cells of a line of csv that are not empty.
pub(super) fn of_csv(line: &str, columns: &[Column]) -> Result<Vec<Cell>, Reason> {
    let texts = split(line)?;
    if texts.len() != columns.len() {
        return Err("the line has another number of cells than the heading");
    }
    let cells = columns.iter().copied().zip(texts);
    Ok(cells.filter(|(_, text)| !text.is_empty()).collect())
}

/// Splits a line of csv, as RFC 4180 has it. A cell can't hold a line break.
fn split(line: &str) -> Result<Vec<Zeroizing<String>>, Reason> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        // Full capacity from the start, since a text that grows leaves copies in memory.
        let mut cell = Zeroizing::new(String::with_capacity(rest.len()));
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            loop {
                let (text, after) = rest.split_once('"').ok_or("a quote is not closed")?;
                cell.push_str(text);
                match after.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        rest = more;
                    }
                    None => {
                        rest = after;
                        break;
                    }
                }
            }
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err("text follows a closing quote");
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            if text.contains('"') {
                return Err("a quote stands inside a cell that doesn't begin with one");
            }
            cell.push_str(text);
            rest = after;
        }
        cells.push(cell);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok(cells),
        }
    }
}

/// A json value of a field.
#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    List(Vec<String>),
    Null(()),
}

/// The fields of a json object, repeated ones, too.
struct Fields(Vec<(String, Field)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Returns the cells of a line of json that are not empty. A list of groups is joined by spaces.
pub(super) fn of_json(line: &str) -> Result<Vec<Cell>, Reason> {
    let fields: Fields = serde_json::from_str(line)
        .map_err(|_| "it is not a json object whose values are texts, or a list of groups")?;
    let mut cells = Vec::new();
    for (name, field) in fields.0 {
        let column = Column::named(&name)?;
        let text = match field {
            Field::Text(text) => text,
            Field::List(names) if column == Column::Group => names.join(" "),
            Field::List(_) => return Err("only the field group can be a list"),
            Field::Null(()) => String::new(),
        };
        cells.push((column, Zeroizing::new(text)));
    }
    let columns: Vec<Column> = cells.iter().map(|(column, _)| *column).collect();
    check_unique(&columns)?;
    cells.retain(|(_, text)| !text.is_empty());
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Result<Vec<String>, Reason> {
        let cells = split(line)?;
        Ok(cells.iter().map(|cell| cell.to_string()).collect())
    }

    #[test]
    fn a_line_of_csv_is_split_at_commas_outside_quotes() {
        for (line, cells) in [
            ("", &[""][..]),
            ("a", &["a"]),
            ("a,b", &["a", "b"]),
            ("a,,", &["a", "", ""]),
            (r#""a","b""#, &["a", "b"]),
            (r#""a,b",c"#, &["a,b", "c"]),
            (r#""say ""hi""",c"#, &[r#"say "hi""#, "c"]),
            ("\"\"\",\"\"\"", &["\",\""]),
            (r#""","#, &["", ""]),
        ] {
            assert_eq!(texts(line).unwrap(), cells, "{line}");
        }
        for bad in [r#"""#, r#""a"#, r#"a"b"#, r#""a"b"#, r#"a,"b"#, r#""a"",b"#] {
            assert!(texts(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_heading_has_known_columns_once() {
        assert_eq!(
            heading("name,digest,group").unwrap(),
            [Column::Name, Column::Digest, Column::Group]
        );
        for bad in [
            "",
            "name",
            "key",
            "name,key,Group",
            "name,key,name",
            "name,key,",
            "x,name,key",
        ] {
            assert!(heading(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_of_json_is_an_object_with_known_fields_once() {
        let cells = of_json(r#"{"name":"a","key":"b","group":["c","d"],"owner":null,"status":""}"#);
        let cells: Vec<(Column, String)> = cells
            .unwrap()
            .iter()
            .map(|(column, text)| (*column, text.to_string()))
            .collect();
        let expected = [
            (Column::Name, "a".to_owned()),
            (Column::Key, "b".to_owned()),
            (Column::Group, "c d".to_owned()),
        ];
        assert_eq!(cells, expected);
        for bad in [
            "",
            "[]",
            "{",
            r#"{"name":1}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"secret":"a"}"#,
            r#"{"name":["a"]}"#,
            r#"{"name":"a"} x"#,
        ] {
            assert!(of_json(bad).is_err(), "{bad}");
        }
    }
}
