//! The topics of `apikey help`: what no one command explains. The same text is a
//! section of apikey(1). No behaviour; what it takes from elsewhere, exit codes and
//! their words, it says once.

mod json;
mod topic;

use crate::error::{EXIT_CODES, Kind};

pub use topic::{Part, Term, Topic};

use json::json;
use topic::terms;

/// Every topic.
pub fn all() -> [Topic; 3] {
    [exit_codes(), permissions(), json()]
}

fn exit_codes() -> Topic {
    let term = |(code, meaning): (u8, &str)| {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.exit() == code);
        let words: Vec<&str> = kinds.map(Kind::code).collect();
        Term {
            word: code.to_string(),
            meaning: match words.as_slice() {
                [] => meaning.to_owned(),
                words => format!("{meaning}\nerror.code: {}", words.join(", ")),
            },
        }
    };
    Topic {
        word: "exit-codes",
        about: "every exit code, and the words for errors in json",
        section: "EXIT STATUS",
        parts: vec![Part {
            prose: &[
                "A script takes 0 for a yes and everything else for a no. With --json an error \
                 is an object on stderr, and its error.code is one of the words below.",
                "verify --batch says `error CODE`, in the same words, of a line that it can't decide, \
                 and exits with the code of the last of them; else with 1 if any line was refused; \
                 else with 0. Input without a single line is 2.",
            ],
            terms: EXIT_CODES.map(term).into(),
            ..Part::default()
        }],
    }
}

fn permissions() -> Topic {
    Topic {
        word: "permissions",
        about: "what a key may do, and what an operator may",
        section: "PERMISSIONS",
        parts: vec![
            Part {
                prose: &[
                    "A permission is ACTION or ACTION@RESOURCE: project:create, credential:read@prod-*. \
                     What actions and resources there are, the applications decide that ask \
                     `apikey verify`.",
                ],
                terms: terms(&[
                    ("ACTION", "words of a-z, 0-9 and '-', joined by ':'"),
                    ("RESOURCE", "any printable ASCII but spaces"),
                    (
                        "*",
                        "in either, any run of characters, ':' and '/' included; it never reaches an \
                         action that begins with apikey:",
                    ),
                    (
                        "no @RESOURCE",
                        "for every resource; that is also what `verify --can` without --on asks for, so \
                         a permission narrowed to a resource does not suffice for it",
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
                    "A group is a named set of permissions; roles are groups, too. A key is in one group at \
                     least. It may do what its groups allow, and what it is allowed itself, with \
                     `create --allow` or `set-permissions`. `verify --group` asks whether the key is in \
                     that very group, whatever the groups allow that it is in.",
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
                    "A key may have an owner, a user, and then never does more than the owner may at that \
                     moment: --can needs both to be allowed it, --group needs both to be in it. \
                     Taking a group from a user, deactivating or expiring the user takes it from all of \
                     its keys at once, and giving it back restores them. A key can't be put in a \
                     group that its owner isn't in.",
                    "A key without an owner is limited by its own groups and permissions alone. \
                     `apikey show KEY` says what a key may do, and what limits that.",
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
                    "An operator is whoever runs apikey, by login name. With no user registered, whoever \
                     may write the database may do everything. Once there is one, an operator must be a \
                     registered, active, unexpired user with one of the permissions below, spelled out. \
                     Root and the owner of the file, unless they came through sudo, may always do \
                     everything. `apikey verify` asks for none of them.",
                    "A permission is within others if one of them matches it; a * of its own is an \
                     ordinary character to them.",
                ],
                terms: terms(&[
                    ("apikey:manage", "do everything"),
                    (
                        "apikey:own",
                        "create keys, which it then owns, with groups it is in and permissions within its \
                         own, for no application; list, show, rename, describe, deactivate and delete those, shorten their \
                         expiry, set their groups and permissions within its own; not activate, \
                         lengthen or give away",
                    ),
                    (
                        "apikey:read",
                        "list and show everything, read the log, run doctor; change nothing",
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
