//! The topic json. A test compares it with what the binary prints.

use super::topic::{Part, Term, Topic, terms};
use crate::model::{Described, Group, Key, LogEntry, UserSummary};

pub(super) fn json() -> Topic {
    Topic {
        word: "json",
        about: "the objects that --json prints, field by field",
        section: "JSON",
        parts: vec![
            Part {
                prose: &[
                    "With --json, or --format json, stdout gets one value. A listing prints an array, \
                     or with --format jsonl one object a line, as verify --batch does with either. A command that takes several names \
                     prints an array, too. Fields are only ever added.",
                    "Times are RFC 3339 in UTC, in whole seconds. What never happened, or isn't there, \
                     is null. Lists are sorted.",
                ],
                ..Part::default()
            },
            Part {
                heading: Some("Key"),
                printed_by: "list, activate, deactivate, rename, set-groups, set-description, set-owner, set-app, set-expiry, set-permissions, delete",
                terms: fields::<Key>(),
                ..Part::default()
            },
            Part {
                heading: Some("Key, shown whole"),
                prose: &["The fields of a key, and these."],
                printed_by: "show",
                terms: terms(&[
                    (
                        "effective_groups",
                        "the groups that count, its owner considered",
                    ),
                    (
                        "effective_permissions",
                        "what it may do while it is active, its owner considered",
                    ),
                    (
                        "limits",
                        "what does not count, or not wholly: objects with group or permission, and reason",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("New key"),
                prose: &["Where a key was made, one of secret, exported_to and copied is there."],
                printed_by: "create",
                terms: terms(&[
                    (
                        "created",
                        "true; with --if-absent, false where the key was there",
                    ),
                    ("key", "the key, as list prints it"),
                    ("secret", "the secret, this once"),
                    (
                        "exported_to",
                        "the file that holds the secret, with --export",
                    ),
                    ("copied", "true, with --copy"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Verdict"),
                prose: &[
                    "With --batch, one a line; for a line that can't be decided, an error as below.",
                ],
                printed_by: "verify",
                terms: terms(&[
                    ("accepted", "whether the secret may be used: true or false"),
                    (
                        "reason",
                        "why not: a word of `apikey help verify`; null where it may",
                    ),
                    ("message", "the same as a sentence"),
                    (
                        "key",
                        "the key, as list prints it; only where the secret itself was right",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Group"),
                printed_by: "group create, group list, group show, group set-permissions, group set-description, group rename, group delete",
                terms: fields::<Group>(),
                ..Part::default()
            },
            Part {
                heading: Some("User"),
                printed_by: "user add, user list, user show, user activate, user deactivate, user set-groups, user set-expiry, user rename, user delete",
                terms: fields::<UserSummary>(),
                ..Part::default()
            },
            Part {
                heading: Some("Database"),
                printed_by: "init",
                terms: terms(&[
                    ("database", "where it is"),
                    ("prefix", "what its secrets begin with"),
                    ("argon2", "what the hash of a new key costs"),
                    ("shared", "the operating system's group that may verify"),
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
                terms: terms(&[("valid", "whether the signature is right: true or false")]),
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
                prose: &["For --expect of log verify, joined by a colon."],
                printed_by: "log head",
                terms: terms(&[
                    ("seq", "the number of the last entry"),
                    ("hash", "its hash, in lower-case hex"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Log check"),
                printed_by: "log verify",
                terms: terms(&[
                    ("valid", "whether the log holds: true or false"),
                    (
                        "first_wrong",
                        "the number of the first entry that is wrong; null where none is",
                    ),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Finding"),
                prose: &[
                    "An array with one for each check, in this order: file-modes, writable, integrity, \
                          foreign-keys, version, hashes, log, clock, pending, leftovers, usage. With --quiet \
                          only those that fail.",
                ],
                printed_by: "doctor",
                terms: terms(&[
                    ("check", "what was looked at"),
                    ("ok", "whether all is well: true or false"),
                    ("message", "what is the case"),
                    ("mend", "the command that mends it; null where all is well"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Backup"),
                printed_by: "backup",
                terms: terms(&[
                    ("backup", "where it is"),
                    ("keys", "how many keys are in it"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Restored database"),
                printed_by: "restore",
                terms: terms(&[
                    ("database", "where it is"),
                    ("keys", "how many keys are in it"),
                    ("active", "how many of them are active"),
                ]),
                ..Part::default()
            },
            Part {
                heading: Some("Error"),
                prose: &[
                    "On stderr, from any command: an object with the one field error, and in that \
                     these. On stdout, from verify --batch, in the place of a verdict.",
                ],
                terms: terms(&[
                    ("code", "one of the words in `apikey help exit-codes`"),
                    ("message", "what is the case"),
                    ("hint", "what to do about it; may be null"),
                ]),
                ..Part::default()
            },
        ],
    }
}

/// Returns every field of what is listed, with what it means.
fn fields<T: Described>() -> Vec<Term> {
    let fields = T::fields().iter();
    fields
        .map(|field| Term {
            word: field.name.to_owned(),
            meaning: field.meaning.to_owned(),
        })
        .collect()
}
