//! A process measured from its start to its end: time, CPU time, instructions, memory.
//!
//! Two are compared in pairs, one right after the other and each first in turn, and of
//! the pairs' ratios the median is taken: a machine that is slower for a minute is so
//! for both.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What can't be measured says why.
pub type Result<T> = std::result::Result<T, String>;

/// What one run took, in seconds.
#[derive(Clone, Copy)]
pub struct Spent {
    pub wall: f64,
    pub cpu: f64,
}

/// A command line that is run over and over.
pub struct Subject {
    words: Box<dyn FnMut() -> Vec<OsString>>,
    variables: Vec<(&'static str, OsString)>,
    stdin: PathBuf,
    stdout: PathBuf,
    code: i32,
}

impl Subject {
    /// A program and its arguments.
    pub fn new<W: Into<OsString>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        Self::each(move || words.clone())
    }

    /// A program whose arguments are others each time.
    pub fn each(words: impl FnMut() -> Vec<OsString> + 'static) -> Self {
        Self {
            words: Box::new(words),
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

    /// It is to end with `code`.
    pub fn exits(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// The command, run by what `wrapper` says.
    pub fn command(&mut self, wrapper: &[&str]) -> Command {
        let mut words = wrapper.iter().map(Into::into).chain((self.words)());
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(File::open(&self.stdin).unwrap())
            .stdout(own_file(&self.stdout));
        command
    }

    /// Runs it once.
    pub fn run(&mut self) -> Result<Spent> {
        let mut command = self.command(&[]);
        let (begin, before) = (Instant::now(), cpu());
        let status = command.status();
        let status = status.map_err(|fault| format!("{}: {fault}", self.name()))?;
        let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu() - before);
        if status.code() == Some(self.code) {
            Ok(Spent { wall, cpu })
        } else {
            Err(format!("{}: {status}", self.name()))
        }
    }

    /// What the program is called.
    fn name(&mut self) -> String {
        let words = (self.words)();
        let name = Path::new(&words[0]).file_name();
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Instructions of one run, in millions, as callgrind counts them.
    pub fn instructions(&mut self) -> Result<f64> {
        let callgrind = [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
        ];
        let done = self
            .command(&callgrind)
            .stderr(Stdio::piped())
            .output()
            .map_err(|_| "apt-get install valgrind".to_owned())?;
        let told = String::from_utf8_lossy(&done.stderr);
        let count = told
            .lines()
            .find_map(|line| line.split_once("Collected : ")?.1.parse::<f64>().ok());
        match (count, done.status.code() == Some(self.code)) {
            (Some(count), true) => Ok(count / 1e6),
            _ => Err(format!("callgrind: {told}")),
        }
    }

    /// The most memory of one run, in MiB. By a program of its own: a child that is
    /// started from here begins with what this process has.
    pub fn peak(&mut self) -> Result<f64> {
        let told = tempfile::NamedTempFile::new().unwrap();
        let path = told.path().to_str().unwrap();
        let done = self
            .command(&["/usr/bin/time", "--quiet", "-f", "%M", "-o", path])
            .status()
            .map_err(|_| "apt-get install time".to_owned())?;
        if done.code() != Some(self.code) {
            return Err(format!("{}: {done}", self.name()));
        }
        let kib: f64 = std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        Ok(kib / 1024.0)
    }
}

/// An empty file that nobody else may read: it may be for a secret.
pub fn own_file(path: &Path) -> File {
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).unwrap()
}

/// CPU time of the children so far, in seconds.
fn cpu() -> f64 {
    let spent = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = spent.user_time().num_microseconds() + spent.system_time().num_microseconds();
    micros as f64 / 1e6
}

/// What pairs of runs took.
pub struct Pairs(Vec<(Spent, Spent)>);

/// Runs `ours` and `theirs` in turn, `rounds` times each, after one round that isn't counted.
pub fn compare(ours: &mut Subject, theirs: &mut Subject, rounds: usize) -> Result<Pairs> {
    compare_by(|| ours.run(), || theirs.run(), rounds)
}

/// The same with anything that can be run.
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
    /// The median of what `of` says of each pair: of time, and of CPU time.
    pub fn median(&self, of: impl Fn(f64, f64) -> f64) -> (f64, f64) {
        let wall = self.0.iter().map(|(a, b)| of(a.wall, b.wall));
        let cpu = self.0.iter().map(|(a, b)| of(a.cpu, b.cpu));
        (median(wall), median(cpu))
    }

    /// Ours as a part of theirs.
    pub fn ratio(&self) -> (f64, f64) {
        self.median(|ours, theirs| ours / theirs)
    }
}

/// The value in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
