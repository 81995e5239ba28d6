//! The topics of `apikey help`: subjects that concern several commands. Each is a section of
//! apikey(1), too.

mod filters;
mod json;
mod topic;

use crate::error::{EXIT_CODES, Kind};

pub use topic::{Part, Term, Topic};

use filters::filters;
use json::json;
use topic::terms;

/// Returns every topic.
pub fn all() -> [Topic; 4] {
    [exit_codes(), permissions(), filters(), json()]
}

fn exit_codes() -> Topic {
    let term = |(code, meaning): (u8, &str)| {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.exit() == code);
        let codes: Vec<&str> = kinds.map(Kind::code).collect();
        Term {
            name: code.to_string(),
            meaning: if codes.is_empty() {
                meaning.to_owned()
            } else {
                format!("{meaning}\nerror.code: {}", codes.join(", "))
            },
        }
    };
    Topic {
        name: "exit-codes",
        about: "exit codes, and the error codes in json",
        section: "EXIT STATUS",
        parts: vec![Part {
            prose: &[
                "Scripts should treat 0 as yes and every other exit code as no. With --json an error \
                 is an object on stderr, with one of the codes below in error.code.",
                "For a line that it can't decide, verify --batch prints `error CODE` with the same \
                 codes. Its exit code is that of the last error; without errors, it is 1 if any line \
                 was refused, else 0. For input without any line it is 2.",
            ],
            terms: EXIT_CODES.map(term).into(),
            ..Part::default()
        }],
    }
}

fn permissions() -> Topic {
    Topic {
        name: "permissions",
        about: "permissions of keys and of operators",
        section: "PERMISSIONS",
        parts: vec![
            Part {
                prose: &[
                    "A permission is ACTION or ACTION@RESOURCE: project:create, \
                     credential:read@prod-*. The applications that run `apikey verify` define the \
                     actions and resources.",
                ],
                terms: terms(&[
                    ("ACTION", "words of a-z, 0-9 and '-', joined by ':'"),
                    ("RESOURCE", "printable ASCII without spaces"),
                    (
                        "*",
                        "in ACTION or RESOURCE, stands for any characters, including ':' and '/'. An \
                         ACTION with it never matches an action that begins with apikey:",
                    ),
                    (
                        "no @RESOURCE",
                        "every resource. Likewise, `verify --can` without --on asks about every \
                         resource, so a permission for one resource is not enough",
                    ),
                ]),
                examples: &[
                    "apikey group create deploy --allow 'deploy:*' --allow 'log:read@prod-*'",
                    "apikey verify --can order:create --on eu-7 < secret.APIKEY",
                ],
                ..Part::default()
            },
            Part {
                heading: Some("Groups"),
                prose: &[
                    "A group is a named set of permissions; roles are groups, too. A key is in at least \
                     one group. It has the permissions of its groups and its own permissions, set with \
                     `create --allow` or `set-permissions`. `verify --group` requires the key to be in \
                     that group, regardless of permissions.",
                ],
                examples: &[
                    "apikey create nightly --group readonly --allow order:create@eu",
                    "apikey set-groups deploy-bot --add admin",
                ],
                ..Part::default()
            },
            Part {
                heading: Some("Owners"),
                prose: &[
                    "A key may be owned by a user, and then never has more rights than its owner: \
                     --can requires that both have the permission, --group that both are in the group. \
                     Removing a user from a group, or deactivating or expiring the user, takes the \
                     rights from all of the user's keys at once; adding or activating the user \
                     restores them. A key can't be put into a group \
                     that its owner is not in.",
                    "A key without an owner is limited only by its own groups and permissions. \
                     `apikey show KEY` prints what a key may do and what limits it.",
                ],
                examples: &[
                    "apikey create shop --group readonly --owner alice",
                    "apikey user deactivate alice",
                ],
                ..Part::default()
            },
            Part {
                heading: Some("Operators"),
                prose: &[
                    "The operator is the user who runs apikey, identified by login name. While no user \
                     is registered, every operator with write access to the database may do \
                     everything. Otherwise the operator must be a registered, active, unexpired user \
                     with one of the permissions below, exactly as written there: no `*` includes \
                     them. Root and the file's owner may always do everything; a user who becomes one of them through sudo may not. \
                     `apikey verify` requires none of these permissions.",
                    "Below, a key's permission is within the operator's own if one of the operator's \
                     permissions matches it. A `*` in the key's permission counts as an ordinary \
                     character then.",
                ],
                terms: terms(&[
                    ("apikey:manage", "do everything"),
                    (
                        "apikey:own",
                        "create keys of their own, within the operator's groups and permissions, for no \
                         application and without metadata; list, show, review, rename, describe, rotate, \
                         renew, deactivate and delete all keys that they own, finish their rotations, shorten their \
                         expiry, and change their groups and permissions within the operator's own; see \
                         the policy. It doesn't allow extending their expiry, giving them away, setting \
                         their application or metadata, cancelling a rotation, or activating keys, not \
                         even by shortening a deactivation",
                    ),
                    (
                        "apikey:read",
                        "list, show and review everything, read the log and run doctor; change nothing",
                    ),
                ]),
                examples: &[
                    "apikey group create self-service --allow apikey:own",
                    "apikey user add bob --group self-service --group readonly",
                ],
                ..Part::default()
            },
        ],
    }
}
