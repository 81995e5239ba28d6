//! The commands of the sweep.

/// The name of the key, user or group that a command creates.
pub const NEW: &str = "new";

/// The name of a file for a secret.
pub const FILE: &str = "out";

/// The use that a command makes of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// It issues no secret.
    None,
    /// It prints the new secret.
    Stdout,
    /// It writes the new secret to [`FILE`].
    Export,
    /// It replaces the secret in [`FILE`].
    Renewed,
    /// It creates the schema.
    Init,
    /// It creates the schema with the content of the backup [`FILE`].
    Restore,
    /// It changes nothing but the dates of last uses.
    Verify,
}

/// The input of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    None,
    /// The secret of the key `a`.
    Secret,
    /// A key of another system, whose name is [`NEW`].
    Keys,
}

/// A command under test.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    pub target: Target,
    pub args: &'static [&'static str],
    pub input: Input,
    /// The exit code of a complete run.
    pub good: i32,
}

const fn issuing(target: Target, args: &'static [&'static str]) -> Command {
    let input = match target {
        Target::Verify => Input::Secret,
        _ => Input::None,
    };
    Command {
        target,
        args,
        input,
        good: 0,
    }
}

const fn changing(args: &'static [&'static str]) -> Command {
    issuing(Target::None, args)
}

/// The commands that set up the database of every run. The keys `a`, `b` and `c` are active, `idle`
/// is not, and `rotated` is in an overlap.
pub const SETUP: [&[&str]; 13] = [
    &["group", "create", "deploy"],
    &["group", "create", "spare", "--allow", "a:b"],
    &[
        "user", "add", "alice", "-g", "deploy", "-g", "admin", "-g", "readonly",
    ],
    &["user", "add", "bob", "-g", "deploy"],
    &["user", "deactivate", "bob"],
    &["create", "b", "-g", "readonly"],
    &["create", "c", "-g", "readonly"],
    &["create", "idle", "-g", "deploy"],
    &["deactivate", "idle"],
    &["create", "rotated", "-g", "deploy"],
    &["rotate", "rotated", "--overlap", "1h"],
    &["create", "owned", "-g", "deploy", "--owner", "alice"],
    &["policy", "set", "max-overlap", "9d"],
];

pub const COMMANDS: [Command; 43] = [
    issuing(Target::Stdout, &["create", NEW, "-g", "readonly"]),
    issuing(
        Target::Stdout,
        &[
            "create", NEW, "-g", "deploy", "--owner", "alice", "--meta", "a=b",
        ],
    ),
    issuing(
        Target::Export,
        &["create", NEW, "-g", "readonly", "--export", FILE],
    ),
    issuing(Target::Stdout, &["rotate", "a", "--overlap", "1h"]),
    issuing(
        Target::Export,
        &["rotate", "a", "--overlap", "0s", "--export", FILE],
    ),
    issuing(Target::Renewed, &["renew", FILE, "--overlap", "1h"]),
    changing(&["finish-rotation", "rotated"]),
    changing(&["cancel-rotation", "rotated", "--yes"]),
    changing(&["activate", "idle"]),
    changing(&["deactivate", "a"]),
    changing(&["deactivate", "a", "b", "c", "--json"]),
    changing(&["deactivate", "a", "--for", "1h"]),
    changing(&["rename", "a", "other"]),
    changing(&["set-groups", "a", "admin", "deploy"]),
    changing(&["set-permissions", "a", "a:b", "c:d"]),
    changing(&["set-expiry", "a", "90d"]),
    changing(&["set-meta", "a", "team=x", "stage=y"]),
    changing(&["set-description", "a", "text"]),
    changing(&["set-owner", "a", "alice"]),
    changing(&["delete", "a", "b", "--yes"]),
    changing(&["deactivate", "-g", "readonly", "--yes"]),
    changing(&["delete", "-g", "readonly", "--active", "--yes"]),
    changing(&["set-expiry", "-g", "readonly", "30d", "--yes"]),
    changing(&["user", "add", NEW, "-g", "deploy"]),
    changing(&["user", "activate", "bob"]),
    changing(&["user", "deactivate", "alice"]),
    changing(&["user", "set-groups", "alice", "deploy"]),
    changing(&["user", "set-expiry", "alice", "90d"]),
    changing(&["user", "rename", "alice", "alina"]),
    changing(&["user", "delete", "bob", "--yes"]),
    changing(&["group", "create", NEW, "--allow", "x:y"]),
    changing(&["group", "set-permissions", "deploy", "a:b"]),
    changing(&["group", "set-description", "deploy", "text"]),
    changing(&["group", "rename", "deploy", "ship"]),
    changing(&["group", "delete", "spare", "--yes"]),
    changing(&["policy", "set", "max-lifetime", "365d"]),
    changing(&["policy", "unset", "max-overlap"]),
    Command {
        input: Input::Keys,
        ..changing(&[
            "import", "-", "--scheme", "plain", "--shape", ":16:hex", "-g", "readonly",
        ])
    },
    Command {
        input: Input::Secret,
        good: 1,
        ..changing(&["scan", "--deactivate"])
    },
    issuing(Target::Init, &["init", "--argon2", "m=8,t=1,p=1"]),
    issuing(Target::Restore, &["restore", FILE, "--yes"]),
    issuing(Target::Verify, &["verify"]),
    issuing(Target::Verify, &["verify", "--batch"]),
];
