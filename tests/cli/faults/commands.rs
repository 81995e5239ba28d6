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
    /// The file whose secret is renewed.
    Renewed,
}

/// A command under test.
#[derive(Clone, Copy)]
pub struct Command {
    pub args: &'static [&'static str],
    pub target: Target,
    /// The number of its log entries.
    pub entries: usize,
    /// The exit code of a complete run.
    pub good: i32,
    /// A call that fails in every run, so that the second fault hits the cleanup.
    pub first: Option<First>,
    /// The call of an earlier run of the command that was killed there.
    pub killed_at: Option<At>,
    /// Whether the default sweep runs it. The others are for the long sweep.
    pub is_promised: bool,
}

/// A call: the first of that name, from the line of the trace on that contains `after`.
#[derive(Debug, Clone, Copy)]
pub struct At {
    pub call: &'static str,
    after: &'static str,
}

/// A call that fails in every run.
#[derive(Debug, Clone, Copy)]
pub struct First {
    pub at: At,
    errno: &'static str,
}

/// The key that a rotation in the template left in an overlap.
pub const ROTATED: &str = "rotated";

/// The file with a key of another system, whose name is [`NEW`].
pub const IMPORTED: &str = "keys.csv";

/// The file with the leaked secret of the key `a`.
pub const LEAKED: &str = "leak.log";

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
        good: 0,
        first: None,
        killed_at: None,
        is_promised: true,
    }
}

/// Returns a command in which a call fails in every run.
const fn broken(
    command: Command,
    call: &'static str,
    after: &'static str,
    errno: &'static str,
) -> Command {
    let at = At { call, after };
    Command {
        first: Some(First { at, errno }),
        ..command
    }
}

const EXPORT: Command = promised(
    Target::Export,
    &["create", NEW, "-g", "readonly", "--export", FILE],
);

const RENEW: Command = promised(Target::Renewed, &["renew", FILE, "--overlap", "1h"]);

/// Returns a `renew` that completes an earlier `renew`, which was killed at the `call` that follows
/// `after` in the trace. The completion makes `entries` log entries.
const fn completing(call: &'static str, after: &'static str, entries: usize) -> Command {
    Command {
        entries,
        killed_at: Some(At { call, after }),
        ..RENEW
    }
}

const fn further(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        is_promised: false,
        ..promised(target, args)
    }
}

/// The number of keys in the template.
const KEYS: usize = 5;

pub const COMMANDS: [Command; 36] = [
    promised(Target::Pipe, &["create", NEW, "-g", "readonly"]),
    promised(Target::Stdout, &["create", NEW, "-g", "readonly"]),
    EXPORT,
    // The file system has no files without a name.
    broken(EXPORT, "openat", "O_TMPFILE", "EOPNOTSUPP"),
    // The file can't get its path, or can't be synced.
    broken(EXPORT, "linkat", "linkat(", "EIO"),
    broken(EXPORT, "fsync", "linkat(", "EIO"),
    // The key can't be activated.
    broken(EXPORT, "pwrite64", "linkat(", "EIO"),
    promised(Target::Pipe, &["rotate", "a", "--overlap", "1h"]),
    promised(
        Target::Export,
        &["rotate", "a", "--overlap", "0s", "--export", FILE],
    ),
    promised(Target::None, &["finish-rotation", ROTATED]),
    promised(Target::None, &["cancel-rotation", ROTATED, "--yes"]),
    RENEW,
    // `renew` completes a killed `renew` that left a pending secret, or the current secret.
    completing("pwrite64", "linkat(", 1),
    completing("renameat", "linkat(", 0),
    // The key can't be activated, or the file can't be replaced.
    broken(RENEW, "pwrite64", "linkat(", "EIO"),
    broken(RENEW, "renameat", "linkat(", "EIO"),
    Command {
        is_promised: false,
        ..broken(RENEW, "openat", "O_TMPFILE", "EOPNOTSUPP")
    },
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
    Command {
        entries: KEYS,
        ..promised(Target::None, &["deactivate", "-g", "readonly", "--yes"])
    },
    Command {
        entries: KEYS,
        ..promised(
            Target::None,
            &["delete", "-g", "readonly", "--active", "--yes"],
        )
    },
    Command {
        entries: KEYS,
        ..further(
            Target::None,
            &["set-meta", "--older-than", "0s", "a=b", "--yes"],
        )
    },
    further(Target::None, &["finish-rotation", "--rotating", "--yes"]),
    Command {
        entries: KEYS,
        ..further(
            Target::None,
            &["set-expiry", "--no-expiry", "2099-01-31", "--yes", "--json"],
        )
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
    promised(
        Target::None,
        &[
            "import", IMPORTED, "--scheme", "plain", "--shape", ":16:hex", "-g", "readonly",
        ],
    ),
    Command {
        good: 1,
        ..promised(Target::None, &["scan", LEAKED, "--deactivate"])
    },
    promised(Target::None, &["policy", "set", "max-lifetime", "365d"]),
];

impl Command {
    /// Returns whether the command gives the key `a` a new secret.
    pub fn is_rotation(&self) -> bool {
        matches!(self.args[0], "rotate" | "renew")
    }
}

impl First {
    /// Returns the injection for strace.
    pub fn injection(&self, trace: &str) -> String {
        self.at.injection(&format!("error={}", self.errno), trace)
    }
}

impl At {
    /// Returns the injection of `what` for strace, which counts the calls of that name in `trace`.
    pub fn injection(&self, what: &str, trace: &str) -> String {
        let Self { call, after } = self;
        let lines: Vec<&str> = trace.lines().collect();
        let is_it = |line: &&str| line.starts_with(&format!("{call}("));
        let from = lines.iter().position(|line| line.contains(after)).unwrap();
        let at = from + lines[from..].iter().position(is_it).unwrap();
        let count = lines[..=at].iter().filter(|line| is_it(line)).count();
        format!("inject={call}:{what}:when={count}")
    }
}
