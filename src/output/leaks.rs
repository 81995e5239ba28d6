//! The secrets that `scan` finds, one per line.

use std::io::Write;

use super::listing::{ListingResult, WriteItem, to_stdout};
use super::value::Object;
use super::{Output, clean, json};
use crate::error::Result;
use crate::model::Leak;

impl Output {
    /// Prints the secrets that `walk` visits: `PATH:LINE:COLUMN STATE NAME KEY`, or as json.
    ///
    /// # Errors
    /// The errors of `walk`, and when stdout can't be written. A closed pipe is no error.
    pub(crate) fn list_leaks(
        &self,
        walk: impl FnOnce(WriteItem<'_, Leak>) -> ListingResult,
    ) -> Result<()> {
        if self.wants_json() {
            let now = self.times.now();
            return self.list_json(walk, |line, leak| {
                json::append_json(line, &Object::new(leak, now));
            });
        }
        to_stdout(|out| {
            walk(&mut |leak| {
                let name = leak.name.as_deref().unwrap_or("-");
                let (path, state) = (&leak.path, leak.state.as_str());
                let (line, column) = (leak.line, leak.column);
                let text = format!("{path}:{line}:{column} {state} {name} {}", leak.short);
                Ok(writeln!(out, "{}", clean::line(&text))?)
            })
        })
    }
}
