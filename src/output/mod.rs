//! The only writer of stdout and stderr, a secret's hand-over aside.
//!
//! Data goes to stdout; notes, warnings, questions and errors to stderr. What
//! can't be written to stderr changes nothing. A closed pipe ends a listing
//! quietly. No text is shown that could steer a terminal or that is shaped like
//! a secret.

mod clean;
mod colors;
mod column;
mod completion;
mod facts;
mod findings;
mod json;
mod listing;
mod lists;
mod log;
mod objects;
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

pub(crate) use completion::{Offer, offer};
pub(crate) use objects::{
    CreatedJson, DatabaseJson, RestoredJson, created_json, shared_secret_line,
};
pub(crate) use times::Times;
pub(crate) use value::{GroupJson, KeyJson, UserJson};
pub(crate) use verdict::Verdicts;

use colors::Colors;
use screen::Screen;

/// How and where things are shown.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    colors: Colors,
    /// Whether stdout is a terminal that is to have colours.
    colors_verdicts: bool,
    wide: bool,
    times: Times,
}

/// What a command did, to be reported.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    exit: u8,
    notes: Vec<String>,
    /// What is printed with --json.
    data: Option<String>,
}

impl Outcome {
    /// Returns an outcome without notes and data.
    pub(crate) fn done() -> Self {
        Self::default()
    }

    /// Returns the outcome whose answer is no.
    pub(crate) fn no() -> Self {
        Self {
            exit: 1,
            ..Self::default()
        }
    }

    /// Returns the outcome of an error that was reported already.
    pub(crate) fn failed(kind: Kind) -> Self {
        Self {
            exit: kind.exit(),
            ..Self::default()
        }
    }

    /// Returns the outcome of a change, with what `--json` prints.
    pub(crate) fn changed(data: &impl Serialize) -> Self {
        Self {
            data: Some(json::to_json(data)),
            ..Self::default()
        }
    }

    /// Adds a note for a reader of stderr.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }
}

impl Output {
    /// Returns the output that the command line asks for.
    pub(crate) fn new(format: Format, color: Color, quiet: bool, wide: bool, times: Times) -> Self {
        let colors = Colors::of(color);
        let of_prompts = colors.stderr != ColorChoice::Never;
        dialoguer::console::set_colors_enabled_stderr(of_prompts);
        // inquire writes to stderr, and asks for what console knows of stdout.
        dialoguer::console::set_colors_enabled(of_prompts);
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

    /// Whether data is shown as a table, for people.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Returns how times are shown.
    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    pub(crate) fn wants_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl)
    }

    /// Prints what a command did.
    ///
    /// # Errors
    /// [`Kind::OutcomeUnknown`] when data could not be written: the change is made.
    pub(crate) fn report(&self, outcome: &Outcome) -> Result<()> {
        for note in &outcome.notes {
            self.note(note);
        }
        match &outcome.data {
            Some(data) if self.wants_json() => self.line(data).map_err(|fault| {
                let fact = format!("the change was made, but can't be reported on stdout: {fault}");
                Error::new(Kind::OutcomeUnknown, fact)
                    .hint("look with the matching `show` or `list`")
            }),
            _ => Ok(()),
        }
    }

    /// Prints a note on stderr; not with --quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(&clean::line(&secret::redact(text)));
        }
    }

    /// Says what a command that only reads has to add, to a person at a terminal; not
    /// with --quiet. Cron would mail it.
    pub(crate) fn remark(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.note(text);
        }
    }

    /// Warns; even with --quiet.
    pub(crate) fn warning(&self, text: &str) {
        self.labelled("warning:", AnsiColor::Yellow, text);
    }

    /// Reports an error, as json where json is wanted.
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
        // A note that can't be written changes nothing.
        let _ = writeln!(stderr, "{line}");
    }

    /// Prints the text of --help or --version.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn help(&self, text: &clap::builder::StyledStr) -> Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.colors.stdout);
        shown(write!(stdout, "{}", text.ansi()).and_then(|()| stdout.flush()))
    }

    /// Prints help on stderr where a command is missing.
    pub(crate) fn help_on_stderr(&self, text: &clap::builder::StyledStr) {
        self.stderr(text.ansi().to_string().trim_end());
    }

    /// Prints a text as it is, such as a script.
    ///
    /// # Errors
    /// When stdout can't be written.
    pub(crate) fn text(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = io::stdout().lock();
        shown(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Prints `text`, or `data` as json: an answer, which is lost if its reader is gone.
    ///
    /// # Errors
    /// When stdout can't be written, a closed pipe included.
    pub(crate) fn answer(&self, text: &str, data: &impl Serialize) -> Result<()> {
        let json = self.wants_json().then(|| json::to_json(data));
        let written = self.line(json.as_deref().unwrap_or(text));
        written.map_err(|error| cannot_write(&error))
    }

    /// Whether a signature is right: told by the exit code, and as json.
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

    /// Whether stdout is to have colours, a screen or not.
    fn colors_stdout(&self) -> bool {
        self.colors.stdout != ColorChoice::Never
    }

    /// Whether stderr is to have colours, a screen or not.
    fn colors_stderr(&self) -> bool {
        self.colors.stderr != ColorChoice::Never
    }
}

/// Returns the error of writing to stdout; a closed pipe is a reader who has seen enough.
fn shown(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(cannot_write(&error)),
        Ok(()) => Ok(()),
    }
}

fn cannot_write(error: &io::Error) -> Error {
    Error::new(Kind::Io, format!("stdout can't be written: {error}"))
        .hint("let stdout be a terminal, a pipe or a file with room")
}
