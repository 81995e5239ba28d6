//! The topic json. A test compares it with the output of the binary.

use super::topic::{Part, Term, Topic, terms};
use crate::model::{Described, Group, Key, LogEntry, UserSummary};

pub(super) fn json() -> Topic {
    Topic {
        name: "json",
        about: "the fields of the objects that --json prints",
        section: "JSON",
        parts: vec![
            Part {
                prose: &[
                    "With --json (or --format json) a command prints one value on stdout. A listing, and a \
                     command that takes several names, prints an array. With --format jsonl a listing \
                     prints one object per line; verify --batch does so with either format. New \
                     versions only add fields.",
                    "Times are RFC 3339 in UTC, in whole seconds. A time or value that doesn't exist is \
                     null. Lists are sorted.",
                ],
                ..Part::default()
            },
            Part {
                heading: Some("Key"),
                printed_by: "list, activate, deactivate, rename, set-groups, set-description, set-owner, \
                             set-app, set-expiry, set-permissions, delete",
                terms: fields::<Key>(),
                ..Part::default()
            },
            Part {
                heading: Some("Key with details"),
                prose: &["Adds these fields to those of a key."],
                printed_by: "show",
                terms: terms(&[
                    ("effective_groups", "its groups that its owner is in, too"),
                    (
                        "effective_permissions",
                        "the permissions it has while it is active, limited by its owner",
                    ),
                    (
                        "limits",
                        "groups and permissions that the owner limits: objects with group or \
                         permission, and reason",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("New key"),
                prose: &[
                    "If a key was created, the object has one of secret, exported_to and copied.",
                ],
                printed_by: "create",
                terms: terms(&[
                    ("created", "true; false if --if-absent found the key"),
                    ("key", "the key, as list prints it"),
                    ("secret", "the secret, printed only here"),
                    ("exported_to", "with --export: the file with the secret"),
                    ("copied", "with --copy: true"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Verdict"),
                prose: &["With --batch, one per line; an undecided line gets an error as below."],
                printed_by: "verify",
                terms: terms(&[
                    ("accepted", "whether the secret is accepted: true or false"),
                    (
                        "reason",
                        "the reason of a refusal, as `apikey help verify` lists them; otherwise null",
                    ),
                    ("message", "the verdict as a sentence"),
                    (
                        "key",
                        "the key, as list prints it; only if the secret itself is correct",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Group"),
                printed_by: "group create, group list, group show, group set-permissions, \
                             group set-description, group rename, group delete",
                terms: fields::<Group>(),
                ..Part::default()
            },
            Part {
                heading: Some("User"),
                printed_by: "user add, user list, user show, user activate, user deactivate, \
                             user set-groups, user set-expiry, user rename, user delete",
                terms: fields::<UserSummary>(),
                ..Part::default()
            },
            Part {
                heading: Some("Database"),
                printed_by: "init",
                terms: terms(&[
                    ("database", "its path"),
                    ("prefix", "the prefix of its secrets"),
                    ("argon2", "the cost of new hashes"),
                    ("shared", "the operating-system group that may verify"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Shared secret"),
                printed_by: "shared-secret create, shared-secret show, shared-secret rotate",
                terms: terms(&[("secret", "the shared secret")]),
                ..Part::default()
            },
            Part {
                heading: Some("Signature"),
                printed_by: "shared-secret sign",
                terms: terms(&[("signature", "sha256= and the HMAC-SHA256 of stdin, in hex")]),
                ..Part::default()
            },
            Part {
                heading: Some("Check"),
                printed_by: "shared-secret check",
                terms: terms(&[("valid", "whether the signature is valid: true or false")]),
                ..Part::default()
            },
            Part {
                heading: Some("Deletion"),
                printed_by: "shared-secret delete",
                terms: terms(&[("deleted", "true")]),
                ..Part::default()
            },
            Part {
                heading: Some("Log entry"),
                printed_by: "log",
                terms: fields::<LogEntry>(),
                ..Part::default()
            },
            Part {
                heading: Some("Log head"),
                prose: &["Joined by a colon, the value of `log verify --expect`."],
                printed_by: "log head",
                terms: terms(&[
                    ("seq", "the number of the last entry"),
                    ("hash", "the hash of the last entry, in lower-case hex"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Log check"),
                printed_by: "log verify",
                terms: terms(&[
                    ("valid", "whether the log is intact: true or false"),
                    (
                        "first_wrong",
                        "the number of the first wrong entry, or null",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Finding"),
                prose: &[
                    "An array with one object per check, in this order: file-modes, writable, integrity, \
                     foreign-keys, version, hashes, log, clock, pending, leftovers, usage. With --quiet, \
                     only failed checks.",
                ],
                printed_by: "doctor",
                terms: terms(&[
                    ("check", "the name of the check"),
                    ("ok", "whether the check passed: true or false"),
                    ("message", "the result"),
                    (
                        "mend",
                        "the command that fixes it; null if the check passed",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Backup"),
                printed_by: "backup",
                terms: terms(&[("backup", "its path"), ("keys", "the number of keys in it")]),
                ..Part::default()
            },
            Part {
                heading: Some("Restored database"),
                printed_by: "restore",
                terms: terms(&[
                    ("database", "its path"),
                    ("keys", "the number of keys in it"),
                    ("active", "the number of active keys"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Error"),
                prose: &[
                    "On stderr, from any command: an object whose only field, error, is an object with \
                     these fields. From verify --batch on stdout, in place of a verdict.",
                ],
                terms: terms(&[
                    (
                        "code",
                        "an error code, as `apikey help exit-codes` lists them",
                    ),
                    ("message", "the cause"),
                    ("hint", "the action to take, or null"),
                ]),
                ..Part::default()
            },
        ],
    }
}

/// Returns the fields of `T` and their meanings.
fn fields<T: Described>() -> Vec<Term> {
    let fields = T::fields().iter();
    fields
        .map(|field| Term {
            name: field.name.to_owned(),
            meaning: field.meaning.to_owned(),
        })
        .collect()
}
