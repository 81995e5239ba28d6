//! The only writer of stdout and stderr, apart from prompts and the delivery of a secret.
//!
//! Data goes to stdout; notes, warnings and errors go to stderr, where a failed write is
//! ignored. A closed pipe ends a listing quietly. No printed text can control a terminal or is
//! shaped like a secret.

mod clean;
mod colors;
mod column;
mod completion;
mod facts;
mod findings;
mod json;
mod leaks;
mod listing;
mod lists;
mod log;
mod objects;
mod review;
mod screen;
mod show;
mod table;
mod times;
mod tone;
mod value;
mod verdict;

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;

use crate::cli::{Color, Format};
use crate::error::{Error, Kind, Result};
use crate::secret;

pub(crate) use completion::{Candidate, print_candidates};
pub(crate) use objects::{
    ChangedKeys, CreatedJson, DatabaseJson, RenewedJson, RestoredJson, RotatedJson, created_json,
    rotated_json, shared_secret_line,
};
pub(crate) use times::Times;
pub(crate) use value::{GroupJson, KeyJson, RuleJson, UserJson};
pub(crate) use verdict::Verdicts;

use colors::Colors;
use screen::Screen;

/// The format, colours and times of what a command prints.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    colors: Colors,
    /// Whether stdout is a terminal, and colours are wanted.
    colors_verdicts: bool,
    wide: bool,
    times: Times,
}

/// The outcome of a command: its exit code and its report.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    exit: u8,
    notes: Vec<String>,
    /// The json that `--json` prints.
    data: Option<String>,
    /// Whether the command has changed nothing.
    is_unchanged: bool,
}

impl Outcome {
    /// Returns an outcome without notes or data.
    pub(crate) fn done() -> Self {
        Self::default()
    }

    /// Returns the outcome of a command whose answer is no.
    pub(crate) fn no() -> Self {
        Self {
            exit: 1,
            ..Self::default()
        }
    }

    /// Returns the outcome of an error that was already reported.
    pub(crate) fn failed(kind: Kind) -> Self {
        Self {
            exit: kind.exit(),
            ..Self::default()
        }
    }

    /// Sets the changed keys, which `--json` prints: an array, or the object of the only key.
    #[must_use]
    pub(crate) fn with_keys(mut self, keys: ChangedKeys, is_object: bool) -> Self {
        self.data = Some(if is_object {
            keys.into_object()
        } else {
            keys.into_array()
        });
        self
    }

    /// Returns the outcome of a change; `--json` prints `data`.
    pub(crate) fn changed(data: &impl Serialize) -> Self {
        Self {
            data: Some(json::to_json(data)),
            ..Self::default()
        }
    }

    /// Adds a note, which is printed on stderr.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets whether the command has changed nothing.
    #[must_use]
    pub(crate) fn unchanged_if(mut self, is_unchanged: bool) -> Self {
        self.is_unchanged = is_unchanged;
        self
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }
}

impl Output {
    /// Returns the output that the command line asks for, and sets the colours of prompts.
    pub(crate) fn new(format: Format, color: Color, quiet: bool, wide: bool, times: Times) -> Self {
        let colors = Colors::of(color);
        let prompts_have_colors = colors.stderr != ColorChoice::Never;
        dialoguer::console::set_colors_enabled_stderr(prompts_have_colors);
        // inquire writes to stderr, but reads console's setting for stdout.
        dialoguer::console::set_colors_enabled(prompts_have_colors);
        let colors_verdicts = io::stdout().is_terminal() && colors.stdout != ColorChoice::Never;
        Self {
            format,
            quiet,
            colors,
            colors_verdicts,
            wide,
            times,
        }
    }

    /// Returns whether data is printed as a table, for people.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Returns whether a listing of keys shows their permissions and metadata.
    pub(crate) fn shows_details(&self) -> bool {
        !self.is_table() || self.wide
    }

    /// Returns the form in which times are shown.
    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// Returns whether data is printed as json.
    pub(crate) fn wants_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl)
    }

    /// Prints the notes and the data of an outcome.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when the data of a change can't be written; [`Kind::Io`] when
    /// nothing was changed.
    pub(crate) fn report(&self, outcome: &Outcome) -> Result<()> {
        for note in &outcome.notes {
            self.note(note);
        }
        let written = match &outcome.data {
            Some(data) if self.wants_json() => self.line(data),
            _ => Ok(()),
        };
        if outcome.is_unchanged {
            return ignore_closed_pipe(written);
        }
        written.map_err(|error| {
            let fact = format!("the change was made, but can't be reported on stdout: {error}");
            Error::new(Kind::OutcomeUnknown, fact)
                .hint("check the result with the matching `show` or `list` command")
        })
    }

    /// Prints a note on stderr, unless --quiet is given.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(&clean::line(&secret::redact(text)));
        }
    }

    /// Prints a note of a command that only reads, if stderr is a terminal: cron would mail it.
    pub(crate) fn remark(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.note(text);
        }
    }

    /// Shows on a terminal how many of `total` items are done. The last call removes the line.
    pub(crate) fn progress(&self, verb: &str, done: usize, total: usize) {
        // A line for each percent is enough.
        let percent = |count: usize| count * 100 / total.max(1);
        if self.quiet || !io::stderr().is_terminal() || percent(done) == percent(done - 1) {
            return;
        }
        let mut stderr = io::stderr().lock();
        let _ = if done == total {
            write!(stderr, "\r\x1b[K")
        } else {
            write!(stderr, "\r{verb} {done} of {total}")
        };
        let _ = stderr.flush();
    }

    /// Prints a warning on stderr, even with --quiet.
    pub(crate) fn warning(&self, text: &str) {
        self.labelled("warning:", AnsiColor::Yellow, text);
    }

    /// Prints an error on stderr, as json if json is wanted.
    pub(crate) fn error(&self, error: &Error) {
        if self.wants_json() {
            return self.stderr(&json::error_json(error));
        }
        self.labelled("error:", AnsiColor::Red, error.message());
        self.hint(error);
    }

    /// Prints the hint of an error, if it has one.
    fn hint(&self, error: &Error) {
        if let Some(hint) = error.advice() {
            self.labelled("hint:", AnsiColor::Cyan, hint);
        }
    }

    fn labelled(&self, label: &str, color: AnsiColor, text: &str) {
        let style = Style::new().bold().fg_color(Some(color.into()));
        let text = secret::redact(text);
        self.stderr(&format!("{style}{label}{style:#} {}", clean::line(&text)));
    }

    fn stderr(&self, line: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.colors.stderr);
        let _ = writeln!(stderr, "{line}");
    }

    /// Prints the text of --help or --version.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn help(&self, text: &clap::builder::StyledStr) -> Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.colors.stdout);
        ignore_closed_pipe(write!(stdout, "{}", text.ansi()).and_then(|()| stdout.flush()))
    }

    /// Prints help on stderr for a command line without a command.
    pub(crate) fn help_on_stderr(&self, text: &clap::builder::StyledStr) {
        self.stderr(text.ansi().to_string().trim_end());
    }

    /// Prints a text unchanged, such as a script.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn text(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = io::stdout().lock();
        ignore_closed_pipe(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Prints an answer: `text`, or `data` as json.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included: no reader received the answer.
    pub(crate) fn answer(&self, text: &str, data: &impl Serialize) -> Result<()> {
        let json = self.wants_json().then(|| json::to_json(data));
        let written = self.line(json.as_deref().unwrap_or(text));
        written.map_err(|error| cannot_write(&error))
    }

    /// Prints as json whether a signature is valid. Without json the exit code is the answer.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn check(&self, valid: bool) -> Result<()> {
        if self.wants_json() {
            self.answer("", &json!({"valid": valid}))?;
        }
        Ok(())
    }

    fn line(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}").and_then(|()| stdout.flush())
    }

    /// Returns the terminal that stdout is, if it is one.
    fn stdout_screen(&self) -> Option<Screen> {
        Screen::of(&io::stdout(), self.colors_stdout())
    }

    /// Returns the terminal that stderr is, if it is one.
    fn stderr_screen(&self) -> Option<Screen> {
        Screen::of(&io::stderr(), self.colors_stderr())
    }

    /// Returns whether stdout has colours, as a terminal or not.
    fn colors_stdout(&self) -> bool {
        self.colors.stdout != ColorChoice::Never
    }

    /// Returns whether stderr has colours, as a terminal or not.
    fn colors_stderr(&self) -> bool {
        self.colors.stderr != ColorChoice::Never
    }
}

/// Returns the error of a write to stdout. A closed pipe is no error: its reader has read
/// enough.
fn ignore_closed_pipe(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(cannot_write(&error)),
        Ok(()) => Ok(()),
    }
}

fn cannot_write(error: &io::Error) -> Error {
    Error::new(Kind::Io, format!("can't write to stdout: {error}"))
        .hint("send stdout to a terminal, a pipe or a file system with free space")
}
