//! Measures processes from start to end: time, CPU time, instructions, memory.
//!
//! Two programs are compared in pairs of runs, one right after the other, each first every
//! other time. The result is the median of the pairs' ratios: a machine that is slower for
//! a minute is slower for both.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// A measurement, or the reason why there is none.
pub type Result<T> = std::result::Result<T, String>;

/// The time of one run, in seconds.
#[derive(Clone, Copy)]
pub struct Spent {
    pub wall: f64,
    pub cpu: f64,
}

/// A command line to run many times.
pub struct Subject {
    command_line: Box<dyn FnMut() -> Vec<OsString>>,
    variables: Vec<(&'static str, OsString)>,
    stdin: PathBuf,
    stdout: PathBuf,
    code: i32,
}

impl Subject {
    /// Runs a program with its arguments.
    pub fn new<W: Into<OsString>>(command_line: impl IntoIterator<Item = W>) -> Self {
        let command_line: Vec<OsString> = command_line.into_iter().map(Into::into).collect();
        Self::each(move || command_line.clone())
    }

    /// Runs a new command line each time.
    pub fn each(command_line: impl FnMut() -> Vec<OsString> + 'static) -> Self {
        Self {
            command_line: Box::new(command_line),
            variables: Vec::new(),
            stdin: "/dev/null".into(),
            stdout: "/dev/null".into(),
            code: 0,
        }
    }

    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub fn stdin(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.stdin);
        self
    }

    pub fn stdout(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.stdout);
        self
    }

    /// Expects the exit code `code`.
    pub fn exits(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// Returns the command, behind the words of `wrapper`.
    pub fn command(&mut self, wrapper: &[&str]) -> Command {
        let wrapper = wrapper.iter().map(Into::into);
        let mut command_line = wrapper.chain((self.command_line)());
        let mut command = Command::new(command_line.next().unwrap());
        command
            .args(command_line)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(File::open(&self.stdin).unwrap())
            .stdout(private_file(&self.stdout));
        command
    }

    /// Runs it once.
    pub fn run(&mut self) -> Result<Spent> {
        let mut command = self.command(&[]);
        let (begin, before) = (Instant::now(), cpu());
        let status = command.status();
        let status = status.map_err(|error| format!("{}: {error}", self.name()))?;
        let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu() - before);
        if status.code() == Some(self.code) {
            Ok(Spent { wall, cpu })
        } else {
            Err(format!("{}: {status}", self.name()))
        }
    }

    /// Returns the file name of the program.
    fn name(&mut self) -> String {
        let command_line = (self.command_line)();
        let name = Path::new(&command_line[0]).file_name();
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Returns the instructions of one run, in millions, as callgrind counts them.
    pub fn instructions(&mut self) -> Result<f64> {
        let callgrind = [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
        ];
        let output = self
            .command(&callgrind)
            .stderr(Stdio::piped())
            .output()
            .map_err(|_| "apt-get install valgrind".to_owned())?;
        let report = String::from_utf8_lossy(&output.stderr);
        let count = report
            .lines()
            .find_map(|line| line.split_once("Collected : ")?.1.parse::<f64>().ok());
        match (count, output.status.code() == Some(self.code)) {
            (Some(count), true) => Ok(count / 1e6),
            _ => Err(format!("callgrind: {report}")),
        }
    }

    /// Returns the peak memory of one run, in MiB. GNU time starts the program, since
    /// a child of this process would begin with the memory of this process.
    pub fn peak(&mut self) -> Result<f64> {
        let report = tempfile::NamedTempFile::new().unwrap();
        let path = report.path().to_str().unwrap();
        let status = self
            .command(&["/usr/bin/time", "--quiet", "-f", "%M", "-o", path])
            .status()
            .map_err(|_| "apt-get install time".to_owned())?;
        if status.code() != Some(self.code) {
            return Err(format!("{}: {status}", self.name()));
        }
        let kib: f64 = std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        Ok(kib / 1024.0)
    }
}

/// Opens an empty file of mode 0600, since it may be for a secret.
pub fn private_file(path: &Path) -> File {
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).unwrap()
}

/// Returns the CPU time of all children so far, in seconds.
fn cpu() -> f64 {
    let spent = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = spent.user_time().num_microseconds() + spent.system_time().num_microseconds();
    micros as f64 / 1e6
}

/// The times of pairs of runs, ours first.
pub struct Pairs(Vec<(Spent, Spent)>);

/// Runs `ours` and `theirs` in turn, `rounds` times each, after one round that isn't counted.
pub fn compare(ours: &mut Subject, theirs: &mut Subject, rounds: usize) -> Result<Pairs> {
    compare_by(|| ours.run(), || theirs.run(), rounds)
}

/// Runs any two measurements in turn, like [`compare`].
pub fn compare_by(
    mut ours: impl FnMut() -> Result<Spent>,
    mut theirs: impl FnMut() -> Result<Spent>,
    rounds: usize,
) -> Result<Pairs> {
    let mut pairs = Vec::new();
    for round in 0..=rounds {
        let pair = if round % 2 == 0 {
            (ours()?, theirs()?)
        } else {
            let second = theirs()?;
            (ours()?, second)
        };
        if round > 0 {
            pairs.push(pair);
        }
    }
    Ok(Pairs(pairs))
}

impl Pairs {
    /// Returns the medians of `figure` over the pairs: of time, and of CPU time.
    pub fn median(&self, figure: impl Fn(f64, f64) -> f64) -> (f64, f64) {
        let wall = self.0.iter().map(|(a, b)| figure(a.wall, b.wall));
        let cpu = self.0.iter().map(|(a, b)| figure(a.cpu, b.cpu));
        (median(wall), median(cpu))
    }

    /// Returns the medians of our time divided by theirs.
    pub fn ratio(&self) -> (f64, f64) {
        self.median(|ours, theirs| ours / theirs)
    }
}

/// Returns the value in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
