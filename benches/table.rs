//! The table that `cargo bench` prints, in Markdown as docs/performance.md has it.

use std::path::Path;

use super::measure::Result;

/// The table; each row is printed as soon as it is measured.
pub struct Table {
    lines: Vec<String>,
    theme: &'static str,
}

/// The unit of a figure.
#[derive(Clone, Copy)]
pub enum Unit {
    Ratio,
    Times,
    Millis,
    Mib,
    Megabytes,
    Bytes,
    Count,
}

/// The goal of a row.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64, Unit),
    AtLeast(f64, Unit),
    None(Unit),
}

/// The result of a row.
#[derive(Default)]
pub struct Reached {
    pub value: f64,
    /// More figures, as text.
    pub detail: String,
    /// The value in CPU time, user and system.
    pub cpu: Option<f64>,
    /// Instructions by callgrind, or the reason why there are none.
    pub instructions: Option<Result<String>>,
    /// The number of runs.
    pub runs: String,
}

impl Table {
    pub fn new() -> Self {
        let mut table = Self {
            lines: Vec::new(),
            theme: "",
        };
        table.line(
            "| what | against | goal | reached | in CPU time | instructions | runs | alone |"
                .to_owned(),
        );
        table.line("| --- | --- | --- | --- | --- | --- | --- | --- |".to_owned());
        table
    }

    /// Sets the argument of `cargo bench` that measures the rows that follow.
    pub fn theme(&mut self, theme: &'static str) {
        self.theme = theme;
    }

    /// Measures a row. A failure is the text of the row; the next one is measured all the
    /// same.
    pub fn row(
        &mut self,
        what: &str,
        against: &str,
        goal: Goal,
        measure: impl FnOnce() -> Result<Reached>,
    ) {
        let theme = self.theme;
        let cells = match measure() {
            Ok(reached) => cells(goal, reached),
            Err(why) => format!("not measured: {} | | |", first_line(&why)),
        };
        self.line(format!(
            "| {what} | {against} | {} | {cells} | `cargo bench -- {theme}` |",
            goal.text()
        ));
    }

    #[allow(clippy::print_stdout, reason = "a bench prints its table")]
    fn line(&mut self, line: String) {
        println!("{line}");
        self.lines.push(line);
    }

    /// Writes the table into the document at `path`, between its two markers.
    pub fn write_into(&self, path: &Path) {
        const BEGIN: &str = "<!-- printed by `cargo bench` -->\n";
        const END: &str = "<!-- end of the table -->\n";
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let table = self.lines.join("\n");
        let text = format!("{before}{BEGIN}\n{table}\n\n{END}{after}");
        std::fs::write(path, text).unwrap();
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, note: String) {
        self.line(String::new());
        self.line(note);
    }
}

fn cells(goal: Goal, reached: Reached) -> String {
    let unit = goal.unit();
    let mut value = unit.text(reached.value);
    if !goal.is_met(reached.value) {
        value += ", **missed**";
    }
    if !reached.detail.is_empty() {
        value = format!("{value}; {}", reached.detail);
    }
    let cpu = reached.cpu.map(|cpu| unit.text(cpu)).unwrap_or_default();
    let instructions = match reached.instructions {
        Some(Ok(counted)) => counted,
        Some(Err(why)) => format!("not counted: {}", first_line(&why)),
        None => String::new(),
    };
    format!("{value} | {cpu} | {instructions} | {}", reached.runs)
}

/// Returns the first line of `text`, for a cell.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.replace('|', "\\|")
}

impl Goal {
    fn unit(self) -> Unit {
        match self {
            Self::AtMost(_, unit) | Self::AtLeast(_, unit) | Self::None(unit) => unit,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(value, unit) => format!("≤ {}", unit.text(value)),
            Self::AtLeast(value, unit) => format!("≥ {}", unit.text(value)),
            Self::None(_) => String::new(),
        }
    }

    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(goal, _) => value <= goal,
            Self::AtLeast(goal, _) => value >= goal,
            Self::None(_) => true,
        }
    }
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value:.2}"),
            Self::Times if value < 10.0 => format!("{value:.1} ×"),
            Self::Times => format!("{value:.0} ×"),
            Self::Millis => format!("{value:.2} ms"),
            Self::Mib => format!("{value:.1} MiB"),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Bytes => format!("{value:.0} bytes"),
            Self::Count => format!("{value:.0}"),
        }
    }
}
