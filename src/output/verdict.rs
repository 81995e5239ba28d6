//! The verdicts of `verify`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::json::{error_json, to_json};
use super::value::KeyJson;
use super::{Output, cannot_write};
use crate::error::{Error, Result};
use crate::model::{Key, Refusal, SecretState, Timestamp, Verdict};

/// The most errors of a batch that are explained on stderr: every line may have a different one.
const EXPLAINED: usize = 16;

#[derive(Serialize)]
struct VerdictJson<'a> {
    accepted: bool,
    reason: Option<&'static str>,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyJson<'a>>,
}

/// The verdicts of a batch, one per line.
pub(crate) struct Verdicts<'a> {
    output: &'a Output,
    /// The lines that are not yet written.
    lines: String,
    /// The errors that were explained.
    explained: BTreeSet<String>,
}

impl Output {
    /// Prints a verdict, as of `now`: `accepted NAME` or `refused REASON`. `found` has the key
    /// and the state of the secret, and is given only if the secret was right: a client with a
    /// wrong secret must learn nothing about a key. With --quiet nothing is printed; the exit code
    /// is the answer.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: no reader received the verdict.
    pub(crate) fn verdict(
        &self,
        verdict: Verdict,
        found: Option<(&Key, SecretState)>,
        now: Timestamp,
    ) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        let written = self.line(&self.verdict_line(verdict, found, now));
        written.map_err(|error| cannot_write(&error))
    }

    /// Returns a writer for the verdicts of a batch.
    pub(crate) fn verdicts(&self) -> Verdicts<'_> {
        Verdicts {
            output: self,
            lines: String::new(),
            explained: BTreeSet::new(),
        }
    }

    fn verdict_line(
        &self,
        verdict: Verdict,
        found: Option<(&Key, SecretState)>,
        now: Timestamp,
    ) -> String {
        let refused = match verdict {
            Verdict::Accepted => None,
            Verdict::Refused(reason) => Some(reason),
        };
        let key = found.map(|(key, _)| key);
        if self.wants_json() {
            let is_accepted =
                |state: &SecretState| matches!(state, SecretState::Current | SecretState::Previous);
            let state = found.map(|(_, state)| state).filter(is_accepted);
            return to_json(&VerdictJson {
                accepted: refused.is_none(),
                reason: refused.map(Refusal::as_str),
                message: refused.map_or("the key may be used", Refusal::message),
                secret: state.map(SecretState::as_str),
                key: key.map(|key| KeyJson::new(key, now)),
            });
        }
        match (refused, key) {
            (Some(reason), _) => format!(
                "{} {}",
                self.colored("refused", AnsiColor::Red),
                reason.as_str()
            ),
            (None, Some(key)) => {
                format!(
                    "{} {}",
                    self.colored("accepted", AnsiColor::Green),
                    key.name
                )
            }
            (None, None) => self.colored("accepted", AnsiColor::Green),
        }
    }

    /// Returns `verdict` in a colour, at a terminal only: programs that read a pipe get none, even
    /// with --color always.
    fn colored(&self, verdict: &str, color: AnsiColor) -> String {
        if !self.colors_verdicts {
            return verdict.to_owned();
        }
        let style = Style::new().fg_color(Some(color.into()));
        format!("{style}{verdict}{style:#}")
    }
}

impl Verdicts<'_> {
    /// Adds a verdict, as [`Output::verdict`] prints it.
    pub(crate) fn add(
        &mut self,
        verdict: Verdict,
        found: Option<(&Key, SecretState)>,
        now: Timestamp,
    ) {
        if !self.output.quiet {
            self.add_line(&self.output.verdict_line(verdict, found, now));
        }
    }

    /// Adds the error of a line that could not be decided: `error CODE`, explained on stderr, or
    /// the error as json. With --quiet it is only explained.
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
            self.output.warning("further errors are not explained");
        } else {
            self.output.warning(error.message());
            self.output.hint(error);
        }
    }

    /// Writes the lines that were added.
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
