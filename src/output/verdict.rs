//! What `verify` says.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::json::{error_json, to_json};
use super::value::KeyJson;
use super::{Output, cannot_write};
use crate::error::{Error, Result};
use crate::model::{Key, Refusal, Timestamp, Verdict};

/// How many errors of a batch are explained on stderr. There may be as many as lines.
const EXPLAINED: usize = 16;

#[derive(Serialize)]
struct VerdictJson<'a> {
    accepted: bool,
    reason: Option<&'static str>,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyJson<'a>>,
}

/// The verdicts of a batch, a line each.
pub(crate) struct Verdicts<'a> {
    output: &'a Output,
    /// Lines that are not written yet.
    lines: String,
    /// The errors that are explained already.
    explained: BTreeSet<String>,
}

impl Output {
    /// Prints a verdict: `accepted NAME` or `refused REASON`, as of `now`. `key` is the key
    /// whose secret was right; a caller without a right secret learns nothing of it.
    /// With --quiet the exit code is the answer.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: a verdict that no reader got is no
    /// verdict.
    pub(crate) fn verdict(
        &self,
        verdict: Verdict,
        key: Option<&Key>,
        now: Timestamp,
    ) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        let written = self.line(&self.verdict_line(verdict, key, now));
        written.map_err(|error| cannot_write(&error))
    }

    /// Begins the verdicts of a batch.
    pub(crate) fn verdicts(&self) -> Verdicts<'_> {
        Verdicts {
            output: self,
            lines: String::new(),
            explained: BTreeSet::new(),
        }
    }

    fn verdict_line(&self, verdict: Verdict, key: Option<&Key>, now: Timestamp) -> String {
        let refused = match verdict {
            Verdict::Accepted => None,
            Verdict::Refused(reason) => Some(reason),
        };
        if self.wants_json() {
            return to_json(&VerdictJson {
                accepted: refused.is_none(),
                reason: refused.map(Refusal::as_str),
                message: refused.map_or("the key may be used", Refusal::message),
                key: key.map(|key| KeyJson::new(key, now)),
            });
        }
        match (refused, key) {
            (Some(reason), _) => format!("{} {reason}", self.word("refused", AnsiColor::Red)),
            (None, Some(key)) => {
                format!("{} {}", self.word("accepted", AnsiColor::Green), key.name)
            }
            (None, None) => self.word("accepted", AnsiColor::Green),
        }
    }

    /// Returns the word of a verdict, coloured at a terminal. Elsewhere a program reads it, so
    /// it has no colour there, even with --color always.
    fn word(&self, word: &str, color: AnsiColor) -> String {
        if !self.colors_verdicts {
            return word.to_owned();
        }
        let style = Style::new().fg_color(Some(color.into()));
        format!("{style}{word}{style:#}")
    }
}

impl Verdicts<'_> {
    /// Adds a verdict, as [`Output::verdict`] prints it.
    pub(crate) fn add(&mut self, verdict: Verdict, key: Option<&Key>, now: Timestamp) {
        if !self.output.quiet {
            self.add_line(&self.output.verdict_line(verdict, key, now));
        }
    }

    /// Adds that a line could not be decided: `error CODE`, explained on stderr; or all of
    /// it as json. With --quiet it is explained, and no line is added.
    pub(crate) fn add_error(&mut self, error: &Error) {
        match (self.output.quiet, self.output.wants_json()) {
            (true, _) => {}
            (false, true) => return self.add_line(&error_json(error)),
            (false, false) => self.add_line(&format!("error {}", error.kind().code())),
        }
        if self.explained.len() > EXPLAINED || !self.explained.insert(error.to_string()) {
            return;
        }
        if self.explained.len() > EXPLAINED {
            self.output.warning("no other error is explained");
        } else {
            self.output.warning(error.message());
            self.output.hint(error);
        }
    }

    /// Writes what was added.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if self.output.quiet {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(self.lines.as_bytes());
        self.lines.clear();
        written
            .and_then(|()| stdout.flush())
            .map_err(|error| cannot_write(&error))
    }

    fn add_line(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }
}
