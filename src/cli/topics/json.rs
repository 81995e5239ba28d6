//! The topic json. A test compares it with the output of the binary.

use super::topic::{Part, Term, Topic, terms};
use crate::model::{Described, Group, Key, Leak, LogEntry, RuleSetting, UserSummary};

pub(super) fn json() -> Topic {
    let overview = Part {
        prose: &[
            "With --json (or --format json) a command prints one value on stdout. A listing, a \
             command that takes several names, and a change of filtered keys print an array. With \
             --format jsonl a listing prints one object per line; verify --batch does so with either format. New versions \
             only add fields.",
            "Times are RFC 3339 in UTC, in whole seconds. A time or value that doesn't exist is \
             null; a field described with a condition is left out unless the condition holds. \
             Groups and permissions are sorted.",
        ],
        ..Part::default()
    };
    let mut parts = vec![overview];
    parts.extend(keys());
    parts.extend(groups_and_users());
    parts.extend(secrets_and_log());
    parts.extend(upkeep());
    parts.push(error());
    Topic {
        name: "json",
        about: "the fields of the objects that --json prints",
        section: "JSON",
        parts,
    }
}

/// Returns the part about the object `heading` with the fields `terms`. `printed_by` has the
/// commands that print it, separated by commas.
fn object(heading: &'static str, printed_by: &'static str, terms: Vec<Term>) -> Part {
    Part {
        heading: Some(heading),
        printed_by,
        terms,
        ..Part::default()
    }
}

fn keys() -> [Part; 8] {
    let detailed = terms(&[
        (
            "effective_groups",
            "the groups that count while it is active, limited by its owner",
        ),
        (
            "effective_permissions",
            "the permissions it has while it is active, limited by its owner",
        ),
        (
            "limits",
            "one object for each group or permission that the owner limits; its fields are group \
             or permission, and reason",
        ),
    ]);
    let reviewed = terms(&[(
        "findings",
        "one object for each finding; its fields are check, since (null if unknown) and detail",
    )]);
    let created = terms(&[
        ("created", "true; false if --if-absent found the key"),
        ("key", "the key, as list prints it"),
        ("secret", "the secret, printed only here"),
        ("exported_to", "with --export: the file with the secret"),
        ("copied", "with --copy: true"),
    ]);
    let rotated = terms(&[
        ("rotated", "true"),
        ("key", "the key, as list prints it"),
        ("secret", "the new secret, printed only here"),
        ("exported_to", "with --export: the file with the secret"),
        ("copied", "with --copy: true"),
    ]);
    let renewed = terms(&[
        (
            "renewed",
            "whether the file has a new secret: true or false; false if its secret is not old enough",
        ),
        ("key", "the key, as list prints it"),
    ]);
    let verdict = terms(&[
        ("accepted", "whether the secret is accepted: true or false"),
        (
            "reason",
            "the reason of a refusal, as `apikey help verify` lists them; otherwise null",
        ),
        ("message", "the verdict as a sentence"),
        (
            "secret",
            "current or previous; only if the secret itself is correct and has not ended",
        ),
        (
            "key",
            "the key, as list prints it; only if the secret itself is correct",
        ),
    ]);
    [
        Part {
            prose: &["With --dry-run, a change adds the field dry_run, which is true."],
            ..object(
                "Key",
                "list, import, activate, deactivate, rename, set-groups, set-description, set-owner, \
                 set-app, set-expiry, set-meta, set-permissions, finish-rotation, cancel-rotation, \
                 delete",
                fields::<Key>(),
            )
        },
        Part {
            prose: &["Adds these fields to those of a key."],
            ..object("Key with details", "show", detailed)
        },
        Part {
            prose: &[
                "Adds this field to the fields of a key. Only keys with findings are printed. With \
                 --format csv, a row for each finding has the columns name, owner, check, since and \
                 detail.",
            ],
            ..object("Key with findings", "review", reviewed)
        },
        Part {
            prose: &["If a key was created, the object has one of secret, exported_to and copied."],
            ..object("New key", "create", created)
        },
        Part {
            prose: &["The object has one of secret, exported_to and copied."],
            ..object("New secret", "rotate", rotated)
        },
        object("Renewed file", "renew", renewed),
        Part {
            prose: &[
                "With --batch, one per line; a line that can't be decided gets an Error object instead.",
            ],
            ..object("Verdict", "verify", verdict)
        },
        object("Leaked secret", "scan", fields::<Leak>()),
    ]
}

fn groups_and_users() -> [Part; 3] {
    [
        object(
            "Group",
            "group create, group list, group show, group set-permissions, group set-description, \
             group rename, group delete",
            fields::<Group>(),
        ),
        object(
            "User",
            "user add, user list, user show, user activate, user deactivate, user set-groups, \
             user set-expiry, user rename, user delete",
            fields::<UserSummary>(),
        ),
        object(
            "Rule",
            "policy, policy set, policy unset",
            fields::<RuleSetting>(),
        ),
    ]
}

fn secrets_and_log() -> [Part; 7] {
    let signature = [("signature", "sha256= and the HMAC-SHA256 of stdin, in hex")];
    let check = [("valid", "whether the signature is valid: true or false")];
    let head = terms(&[
        ("seq", "the number of the last entry"),
        ("hash", "the hash of the last entry, in lower-case hex"),
    ]);
    let log_check = terms(&[
        ("valid", "whether the log is intact: true or false"),
        (
            "first_wrong",
            "the number of the first wrong entry, or null",
        ),
    ]);
    [
        object(
            "Shared secret",
            "shared-secret create, shared-secret show, shared-secret rotate",
            terms(&[("secret", "the shared secret")]),
        ),
        object("Signature", "shared-secret sign", terms(&signature)),
        object("Check", "shared-secret check", terms(&check)),
        object(
            "Deletion",
            "shared-secret delete",
            terms(&[("deleted", "true")]),
        ),
        Part {
            prose: &[
                "details have the values from and to of most changes, and the filters of a change of \
                 many keys in selection.",
            ],
            ..object("Log entry", "log", fields::<LogEntry>())
        },
        Part {
            prose: &["seq and hash, joined by a colon, are the value for `log verify --expect`."],
            ..object("Log head", "log head", head)
        },
        object("Log check", "log verify", log_check),
    ]
}

fn upkeep() -> [Part; 4] {
    let database = terms(&[
        ("database", "its path"),
        ("prefix", "the prefix of its secrets"),
        ("argon2", "the cost of new hashes"),
        ("shared", "the operating-system group that may verify"),
    ]);
    let finding = terms(&[
        ("check", "the name of the check"),
        ("ok", "whether the check passed: true or false"),
        (
            "warning",
            "whether the message is a warning, which doesn't fail the check: true or false",
        ),
        ("message", "the result"),
        (
            "mend",
            "the command that fixes it; null if there is nothing to fix",
        ),
    ]);
    let backup = terms(&[("backup", "its path"), ("keys", "the number of keys in it")]);
    let restored = terms(&[
        ("database", "its path"),
        ("keys", "the number of keys in it"),
        ("active", "the number of active keys"),
    ]);
    [
        object("Database", "init", database),
        Part {
            prose: &[
                "An array with one object per check, in this order: file-modes, writable, \
                 integrity, foreign-keys, version, hashes, log, policy, clock, pending, leftovers, usage. \
                 On a server: encoding, schema, grants, replication, local-clock, integrity, hashes, \
                 log, policy, clock, pending, usage. With --quiet, only failed checks.",
            ],
            ..object("Finding", "doctor", finding)
        },
        object("Backup", "backup", backup),
        object("Restored database", "restore", restored),
    ]
}

fn error() -> Part {
    let error = terms(&[
        (
            "code",
            "an error code, as `apikey help exit-codes` lists them",
        ),
        ("message", "the cause"),
        ("hint", "the action to take, or null"),
    ]);
    Part {
        prose: &[
            "After an error, every command prints on stderr an object whose only field, error, is \
             an object with these fields. verify --batch prints it on stdout, in place of a verdict.",
        ],
        ..object("Error", "", error)
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
