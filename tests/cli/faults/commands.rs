//! The commands that are made to fail.

use super::dump::NEW;

/// Where the secret of a new key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The command makes no key.
    None,
    Pipe,
    /// The standard output is a file.
    Stdout,
    /// A file that --export names.
    Export,
}

/// A command under test.
pub struct Command {
    pub args: &'static [&'static str],
    pub target: Target,
    /// How many entries in the log tell of it.
    pub entries: usize,
    /// What fails in every run already, so that what undoes it fails, too.
    pub first: Option<First>,
    /// What goes beyond the promise is for the long sweep.
    pub is_promised: bool,
}

/// A call that fails in every run: the first after a line of the trace with that text.
#[derive(Debug, Clone, Copy)]
pub struct First {
    pub call: &'static str,
    after: &'static str,
    errno: &'static str,
}

/// What a file is called that a secret goes to.
pub const FILE: &str = "out";

const fn promised(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        args,
        target,
        entries: match target {
            Target::None => 1,
            // That it was made, and that it was handed over.
            _ => 2,
        },
        first: None,
        is_promised: true,
    }
}

/// A `create --export` in which that fails already.
const fn broken(call: &'static str, after: &'static str, errno: &'static str) -> Command {
    Command {
        first: Some(First { call, after, errno }),
        ..promised(
            Target::Export,
            &["create", NEW, "-g", "readonly", "--export", FILE],
        )
    }
}

const fn further(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        is_promised: false,
        ..promised(target, args)
    }
}

pub const COMMANDS: [Command; 17] = [
    promised(Target::Pipe, &["create", NEW, "-g", "readonly"]),
    promised(Target::Stdout, &["create", NEW, "-g", "readonly"]),
    promised(
        Target::Export,
        &["create", NEW, "-g", "readonly", "--export", FILE],
    ),
    // No file without a name, as on some file systems.
    broken("openat", "O_TMPFILE", "EOPNOTSUPP"),
    // The file can't be put in its place, or not lastingly.
    broken("linkat", "linkat(", "EIO"),
    broken("fsync", "linkat(", "EIO"),
    // The key can't be made active.
    broken("pwrite64", "linkat(", "EIO"),
    promised(Target::None, &["set-groups", "a", "admin", "deploy"]),
    promised(Target::None, &["deactivate", "a"]),
    Command {
        entries: 3,
        ..promised(Target::None, &["delete", "a", "b", "c", "--yes"])
    },
    further(
        Target::Pipe,
        &[
            "create", NEW, "-g", "deploy", "--owner", "alice", "--allow", "a:b", "--json",
        ],
    ),
    Command {
        entries: 3,
        ..further(Target::None, &["deactivate", "a", "b", "c", "--json"])
    },
    further(
        Target::None,
        &["set-groups", "a", "--add", "deploy", "--json"],
    ),
    further(Target::None, &["set-expiry", "a", "2099-01-31"]),
    further(Target::None, &["user", "deactivate", "alice"]),
    further(Target::None, &["group", "delete", "spare", "--yes"]),
    further(Target::None, &["rename", "a", "other"]),
];

impl First {
    /// As strace is told, which counts the calls of that name.
    pub fn injection(&self, trace: &str) -> String {
        let Self { call, after, errno } = self;
        let lines: Vec<&str> = trace.lines().collect();
        let is_it = |line: &&str| line.starts_with(&format!("{call}("));
        let from = lines.iter().position(|line| line.contains(after)).unwrap();
        let at = from + lines[from..].iter().position(is_it).unwrap();
        let count = lines[..=at].iter().filter(|line| is_it(line)).count();
        format!("inject={call}:error={errno}:when={count}")
    }
}
