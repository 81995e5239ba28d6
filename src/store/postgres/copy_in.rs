//! Rows on their way into a table, by PostgreSQL's COPY in its text format.

use std::io::{Cursor, Write};
use std::pin::Pin;

use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use crate::error::Result;
use crate::store::db::{Client, Value};

/// The number of bytes that are sent at a time.
const CHUNK: usize = 64 << 10;

/// The number of rows that one statement inserts: the server answers only at its end, and until
/// then keeps in memory which triggers it must run.
const ROWS: usize = 10_000;

/// The destination of an unfinished statement's lines.
type Sink = Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>;

/// Inserts rows into a table. The last rows are inserted only by [`finish`](Self::finish).
pub(super) struct CopyIn<'c> {
    client: &'c Client,
    statement: String,
    sink: Option<Sink>,
    lines: Vec<u8>,
    /// The rows of the unfinished statement.
    rows: usize,
}

impl<'c> CopyIn<'c> {
    /// Prepares inserting into the `columns` of `table`.
    pub(super) fn new(client: &'c Client, table: &str, columns: &[&str]) -> Self {
        Self {
            client,
            statement: format!("COPY {table} ({}) FROM STDIN", columns.join(", ")),
            sink: None,
            lines: Vec::new(),
            rows: 0,
        }
    }

    /// Inserts a row.
    ///
    /// # Errors
    /// The errors of the server and of the connection.
    pub(super) fn write(&mut self, values: &[Value<'_>]) -> Result<()> {
        write_line(&mut self.lines, values);
        self.rows += 1;
        if self.rows == ROWS {
            return self.finish();
        }
        if self.lines.len() >= CHUNK {
            self.send()?;
        }
        Ok(())
    }

    /// Inserts the rows of the unfinished statement.
    ///
    /// # Errors
    /// The errors of the server and of the connection.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.send()?;
        self.rows = 0;
        match self.sink.take() {
            Some(mut sink) => self.client.wait(sink.as_mut().finish()).map(drop),
            None => Ok(()),
        }
    }

    fn send(&mut self) -> Result<()> {
        let sink = match &mut self.sink {
            Some(sink) => sink,
            none => {
                let started = self.client.inner()?.copy_in(&self.statement);
                none.insert(Box::pin(self.client.wait(started)?))
            }
        };
        let lines = std::mem::take(&mut self.lines);
        self.client.wait(sink.send(Cursor::new(lines)))
    }
}

/// Appends a row in the text format: values separated by tabs, with escapes.
fn write_line(out: &mut Vec<u8>, values: &[Value<'_>]) {
    for (column, value) in values.iter().enumerate() {
        if column > 0 {
            out.push(b'\t');
        }
        match *value {
            Value::Integer(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Text(text) => write_text(out, text),
            Value::Blob(bytes) => {
                out.extend(br"\\x");
                for byte in bytes {
                    let _ = write!(out, "{byte:02x}");
                }
            }
            // Lists are never stored.
            Value::Null | Value::Integers(_) | Value::Texts(_) => out.extend(br"\N"),
        }
    }
    out.push(b'\n');
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend(br"\\"),
            b'\t' => out.extend(br"\t"),
            b'\n' => out.extend(br"\n"),
            b'\r' => out.extend(br"\r"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_line_with_escapes() {
        let mut out = Vec::new();
        let values = [
            Value::Null,
            Value::Integer(-7),
            Value::Text("\\N\tä\n\r."),
            Value::Text(""),
            Value::Blob(&[0, 255]),
        ];
        write_line(&mut out, &values);
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, "\\N\t-7\t\\\\N\\tä\\n\\r.\t\t\\\\x00ff\n");
    }
}
