//! The table that `cargo bench` prints, in Markdown as docs/performance.md has it.

use std::path::Path;

use super::measure::Result;

/// The table, row by row as it is measured.
pub struct Table {
    lines: Vec<String>,
    theme: &'static str,
}

/// What a figure is a figure of.
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

/// What a row is to reach.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64, Unit),
    AtLeast(f64, Unit),
    None(Unit),
}

/// What a row reached.
#[derive(Default)]
pub struct Reached {
    pub value: f64,
    /// What else is to be said of it.
    pub detail: String,
    /// The same in CPU time, user and system.
    pub cpu: Option<f64>,
    /// What callgrind counted, or why it couldn't.
    pub instructions: Option<Result<String>>,
    /// How often, and of what the value is the median.
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

    /// Says which argument of `cargo bench` measures the rows that follow.
    pub fn theme(&mut self, theme: &'static str) {
        self.theme = theme;
    }

    /// Measures a row. What can't be measured says so, and the next row goes on.
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
            Err(why) => format!("not measured: {} | | |", one_line(&why)),
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

    /// Puts the table into the document at `path`, between its two markers.
    pub fn write_into(&self, path: &Path) {
        const BEGIN: &str = "<!-- what `cargo bench` printed -->\n";
        const END: &str = "<!-- until here -->\n";
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let table = self.lines.join("\n");
        let text = format!("{before}{BEGIN}\n{table}\n\n{END}{after}");
        std::fs::write(path, text).unwrap();
    }

    /// A sentence below the table.
    pub fn note(&mut self, note: String) {
        self.line(String::new());
        self.line(note);
    }
}

fn cells(goal: Goal, reached: Reached) -> String {
    let unit = goal.unit();
    let mut value = unit.text(reached.value);
    if !goal.is_met(reached.value) {
        value += ", **short of it**";
    }
    if !reached.detail.is_empty() {
        value = format!("{value}; {}", reached.detail);
    }
    let cpu = reached.cpu.map(|cpu| unit.text(cpu)).unwrap_or_default();
    let instructions = match reached.instructions {
        Some(Ok(counted)) => counted,
        Some(Err(why)) => format!("not counted: {}", one_line(&why)),
        None => String::new(),
    };
    format!("{value} | {cpu} | {instructions} | {}", reached.runs)
}

/// As much of `text` as a cell holds.
fn one_line(text: &str) -> String {
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
