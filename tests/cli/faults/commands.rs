//! The commands of the fault sweep.

use super::dump::NEW;

/// The target of a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The command issues no secret.
    None,
    Pipe,
    /// Stdout is a file.
    Stdout,
    /// The file that --export names.
    Export,
}

/// A command under test.
pub struct Command {
    pub args: &'static [&'static str],
    pub target: Target,
    /// The number of its log entries.
    pub entries: usize,
    /// A call that fails in every run, so that the second fault hits the cleanup.
    pub first: Option<First>,
    /// Whether the default sweep runs it. The others are for the long sweep.
    pub is_promised: bool,
}

/// A call that fails in every run: the first after a line of the trace that contains `after`.
#[derive(Debug, Clone, Copy)]
pub struct First {
    pub call: &'static str,
    after: &'static str,
    errno: &'static str,
}

/// The key that a rotation in the template left in an overlap.
pub const ROTATED: &str = "rotated";

/// The name of the file for a secret.
pub const FILE: &str = "out";

const fn promised(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        args,
        target,
        entries: match target {
            Target::None => 1,
            // The issue and the delivery.
            _ => 2,
        },
        first: None,
        is_promised: true,
    }
}

/// Returns a `create --export` in which a call fails in every run.
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

pub const COMMANDS: [Command; 22] = [
    promised(Target::Pipe, &["create", NEW, "-g", "readonly"]),
    promised(Target::Stdout, &["create", NEW, "-g", "readonly"]),
    promised(
        Target::Export,
        &["create", NEW, "-g", "readonly", "--export", FILE],
    ),
    // The file system has no files without a name.
    broken("openat", "O_TMPFILE", "EOPNOTSUPP"),
    // The file can't get its path, or can't be synced.
    broken("linkat", "linkat(", "EIO"),
    broken("fsync", "linkat(", "EIO"),
    // The key can't be activated.
    broken("pwrite64", "linkat(", "EIO"),
    promised(Target::Pipe, &["rotate", "a", "--overlap", "1h"]),
    promised(
        Target::Export,
        &["rotate", "a", "--overlap", "0s", "--export", FILE],
    ),
    promised(Target::None, &["finish-rotation", ROTATED]),
    promised(Target::None, &["cancel-rotation", ROTATED, "--yes"]),
    further(
        Target::Stdout,
        &["rotate", "a", "--overlap", "1h", "--json"],
    ),
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

impl Command {
    /// Returns whether the command gives the key `a` a new secret.
    pub fn is_rotation(&self) -> bool {
        self.args[0] == "rotate"
    }
}

impl First {
    /// Returns the injection for strace, which counts the calls of that name in `trace`.
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
