//! The plan of the fault sweep: every run, and an even sample of them.

/// The calls of the default sweep, under the names of every architecture. A `?` before a name
/// makes strace ignore it if it is unknown.
pub const CALLS: [&str; 15] = [
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "unlink",
    "unlinkat",
    "linkat",
    "open",
    "openat",
    "fchmod",
    "ftruncate",
    "renameat2",
    "rename",
    "renameat",
    "close",
];

/// Further calls, for the long sweep.
const MORE_CALLS: [&str; 16] = [
    "read",
    "pread64",
    "fstat",
    "newfstatat",
    "statx",
    "lseek",
    "readlink",
    "fchown",
    "fcntl",
    "flock",
    "fgetxattr",
    "getrandom",
    "mkdir",
    "geteuid",
    "brk",
    "mmap",
];

const KINDS: [Kind; 4] = [
    Kind::Signal("KILL"),
    Kind::Errno("EIO"),
    Kind::Errno("ENOSPC"),
    Kind::Errno("EINTR"),
];

const MORE_KINDS: [Kind; 5] = [
    Kind::Errno("EDQUOT"),
    Kind::Errno("EAGAIN"),
    Kind::Errno("EROFS"),
    Kind::Errno("EACCES"),
    Kind::Errno("ENOMEM"),
];

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The process receives a signal during the call.
    Signal(&'static str),
    /// The call fails with this error and does nothing.
    Errno(&'static str),
}

/// The repetition of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    Once,
    /// For every further call.
    Always,
}

/// The fault of a run.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The index of the command.
    pub command: usize,
    pub call: &'static str,
    pub kind: Kind,
    pub repetition: Repetition,
    /// The number of the first such call that fails, from 1.
    pub at: usize,
}

impl Fault {
    /// Returns the injection for strace.
    pub fn injection(&self) -> String {
        let Self { call, at, .. } = self;
        let when = match (self.repetition, self.kind) {
            (Repetition::Once, _) => format!("{at}"),
            // Limited, because a correct loop that retries an interrupted call would never end.
            (Repetition::Always, Kind::Errno("EINTR")) => format!("{at}..{}", at + 19),
            (Repetition::Always, _) => format!("{at}+"),
        };
        match self.kind {
            Kind::Signal(signal) => format!("inject={call}:signal={signal}:when={when}"),
            Kind::Errno(errno) => format!("inject={call}:error={errno}:when={when}"),
        }
    }
}

/// Returns every call of both sweeps.
pub fn all_calls() -> impl Iterator<Item = &'static str> {
    CALLS.into_iter().chain(MORE_CALLS)
}

/// Returns the runs of a command that makes `count` of `call`, grouped by kind and repetition. The
/// first part is for the default sweep, the second for the long one.
pub fn runs(
    command: usize,
    call: &'static str,
    count: usize,
) -> (Vec<Vec<Fault>>, Vec<Vec<Fault>>) {
    let group = |kind: Kind, repetition: Repetition| -> Vec<Fault> {
        (1..=count)
            .map(|at| Fault {
                command,
                call,
                kind,
                repetition,
                at,
            })
            .collect()
    };
    let groups = |kinds: &[Kind]| -> Vec<Vec<Fault>> {
        let mut found = Vec::new();
        for kind in kinds {
            found.push(group(*kind, Repetition::Once));
            // A signal ends the process the first time, and a failed lock is retried.
            if !matches!(kind, Kind::Signal(_)) && call != "fcntl" {
                found.push(group(*kind, Repetition::Always));
            }
        }
        found
    };
    match call {
        // The only possible fault of these calls is a lack of memory.
        "brk" | "mmap" => (Vec::new(), groups(&[Kind::Errno("ENOMEM")])),
        call if CALLS.contains(&call) => (groups(&KINDS), groups(&MORE_KINDS)),
        _ => (Vec::new(), [groups(&KINDS), groups(&MORE_KINDS)].concat()),
    }
}

/// Returns the runs in which `signal` arrives during a call.
pub fn signals(
    command: usize,
    call: &'static str,
    count: usize,
    signal: &'static str,
) -> Vec<Fault> {
    let fault = |at| Fault {
        command,
        call,
        kind: Kind::Signal(signal),
        repetition: Repetition::Once,
        at,
    };
    (1..=count).map(fault).collect()
}

/// The calls that decide whether a change is durable, or undone.
const DECISIVE: [&str; 9] = [
    "fsync",
    "fdatasync",
    "unlink",
    "unlinkat",
    "linkat",
    "fchmod",
    "rename",
    "renameat",
    "renameat2",
];

impl Fault {
    /// Returns whether every sample must include it.
    fn is_decisive(&self) -> bool {
        // The first write delivers the secret.
        DECISIVE.contains(&self.call) || (self.call == "write" && self.at == 1)
    }
}

/// Returns about `wanted` of the runs: all decisive ones, if that many are wanted, and an even
/// share of every group of others, at least one.
pub fn sample(groups: &[Vec<Fault>], wanted: usize) -> Vec<Fault> {
    let all = groups.iter().flatten();
    let decisive: Vec<Fault> = all.filter(|fault| fault.is_decisive()).cloned().collect();
    let Some(rest) = wanted.checked_sub(decisive.len()) else {
        return evenly(groups, wanted);
    };
    let others = |group: &Vec<Fault>| -> Vec<Fault> {
        let others = group.iter().filter(|fault| !fault.is_decisive());
        others.cloned().collect()
    };
    let others: Vec<_> = groups.iter().map(others).collect();
    [decisive, evenly(&others, rest)].concat()
}

fn evenly(groups: &[Vec<Fault>], wanted: usize) -> Vec<Fault> {
    let all: usize = groups.iter().map(Vec::len).sum();
    let mut chosen = Vec::new();
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let share = (group.len() * wanted).div_ceil(all).clamp(1, group.len());
        for i in 0..share {
            chosen.push(group[(2 * i + 1) * group.len() / (2 * share)].clone());
        }
    }
    chosen
}
