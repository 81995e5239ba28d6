//! Which calls fail in which runs: the whole list, and an even sample of it.

/// The calls of the promise, with the names by which the same is done elsewhere. A
/// `?` has strace pass over one that the machine doesn't know.
pub const CALLS: [&str; 14] = [
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
    "close",
];

/// What else a command asks of the system, for the long sweep.
const MORE_CALLS: [&str; 14] = [
    "read",
    "pread64",
    "fstat",
    "newfstatat",
    "statx",
    "lseek",
    "readlink",
    "fchown",
    "fcntl",
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

/// What happens instead of a call, or with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The process is sent a signal, and dies of it.
    Signal(&'static str),
    /// The call fails so, and does nothing.
    Errno(&'static str),
}

/// How often it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    Once,
    /// From then on.
    On,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Which of the commands.
    pub command: usize,
    pub call: &'static str,
    pub kind: Kind,
    pub often: Often,
    /// The how many-th such call is the first to fail.
    pub at: usize,
}

impl Fault {
    /// As strace is told.
    pub fn injection(&self) -> String {
        let Self { call, at, .. } = self;
        let when = match (self.often, self.kind) {
            (Often::Once, _) => format!("{at}"),
            // A loop that begins again whenever it is interrupted, as it should, would
            // never end.
            (Often::On, Kind::Errno("EINTR")) => format!("{at}..{}", at + 19),
            (Often::On, _) => format!("{at}+"),
        };
        match self.kind {
            Kind::Signal(signal) => format!("inject={call}:signal={signal}:when={when}"),
            Kind::Errno(errno) => format!("inject={call}:error={errno}:when={when}"),
        }
    }
}

/// Every call that is counted.
pub fn all_calls() -> impl Iterator<Item = &'static str> {
    CALLS.into_iter().chain(MORE_CALLS)
}

/// The runs of one command that makes `count` of `call`, those alike together. The
/// first part is what is promised, the second goes further.
pub fn runs(
    command: usize,
    call: &'static str,
    count: usize,
) -> (Vec<Vec<Fault>>, Vec<Vec<Fault>>) {
    let group = |kind: Kind, often: Often| -> Vec<Fault> {
        (1..=count)
            .map(|at| Fault {
                command,
                call,
                kind,
                often,
                at,
            })
            .collect()
    };
    let groups = |kinds: &[Kind]| -> Vec<Vec<Fault>> {
        let mut found = Vec::new();
        for kind in kinds {
            found.push(group(*kind, Often::Once));
            // Who is killed is killed once. A lock that can't be had is waited for.
            if !matches!(kind, Kind::Signal(_)) && call != "fcntl" {
                found.push(group(*kind, Often::On));
            }
        }
        found
    };
    match call {
        // The one fault they have.
        "brk" | "mmap" => (Vec::new(), groups(&[Kind::Errno("ENOMEM")])),
        call if CALLS.contains(&call) => (groups(&KINDS), groups(&MORE_KINDS)),
        _ => (Vec::new(), [groups(&KINDS), groups(&MORE_KINDS)].concat()),
    }
}

/// The runs in which `signal` comes with one of the calls of the promise.
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
        often: Often::Once,
        at,
    };
    (1..=count).map(fault).collect()
}

/// Those of the calls on which it hangs whether a change lasts, or is undone.
const DECISIVE: [&str; 8] = [
    "fsync",
    "fdatasync",
    "unlink",
    "unlinkat",
    "linkat",
    "fchmod",
    "rename",
    "renameat2",
];

impl Fault {
    /// Whether no sample may leave it out.
    fn is_decisive(&self) -> bool {
        // The first thing that is written is the secret.
        DECISIVE.contains(&self.call) || (self.call == "write" && self.at == 1)
    }
}

/// About `wanted` of the runs: the decisive ones, if that many are wanted, and of each
/// group of others its share, at least one, evenly.
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
