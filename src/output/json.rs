//! Objects as json has them. Fields are only ever added.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;
use zeroize::Zeroizing;

use super::instant;
use super::key_json::KeyJson;
use crate::error::Kind;
use crate::model::{Group, GroupName, Key, Permission, Timestamp, UserSummary, is_unprintable};
use crate::secret::{Secret, SharedSecret};

/// A key and what it may do.
#[derive(Serialize)]
pub(super) struct ShownKeyJson<'a> {
    #[serde(flatten)]
    pub(super) key: KeyJson<'a>,
    pub(super) effective_groups: Vec<&'a str>,
    pub(super) effective_permissions: Vec<&'a str>,
    pub(super) limits: Vec<LimitJson<'a>>,
}

/// A group or a permission of a key that doesn't count, or not wholly: one of
/// the two, and why.
#[derive(Serialize)]
pub(super) struct LimitJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permission: Option<&'a str>,
    pub(super) reason: &'a str,
}

/// A user.
#[derive(Serialize)]
pub(crate) struct UserJson<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) status: &'static str,
    pub(super) groups: Vec<&'a str>,
    pub(super) permissions: Vec<&'a str>,
    pub(super) keys: u64,
    pub(super) created_at: String,
    pub(super) created_by: &'a str,
    pub(super) expires_at: Option<String>,
}

impl<'a> UserJson<'a> {
    /// The user as it is at `now`.
    pub(crate) fn new(registered: &'a UserSummary, now: Timestamp) -> Self {
        let user = &registered.user;
        Self {
            name: user.name.as_str(),
            description: user.description.as_deref(),
            status: user.status(now).as_str(),
            groups: user.groups.iter().map(GroupName::as_str).collect(),
            permissions: user.permissions.iter().map(Permission::as_str).collect(),
            keys: registered.keys,
            created_at: user.created_at.to_string(),
            created_by: &user.created_by,
            expires_at: instant(user.expires_at),
        }
    }
}

/// A group.
#[derive(Serialize)]
pub(crate) struct GroupJson<'a> {
    name: &'a str,
    description: Option<&'a str>,
    permissions: Vec<&'a str>,
    keys: u64,
    users: u64,
    created_at: String,
    created_by: &'a str,
}

impl<'a> GroupJson<'a> {
    /// The group.
    pub(crate) fn new(group: &'a Group) -> Self {
        Self {
            name: group.name.as_str(),
            description: group.description.as_deref(),
            permissions: group.permissions.iter().map(Permission::as_str).collect(),
            keys: group.keys,
            users: group.users,
            created_at: group.created_at.to_string(),
            created_by: &group.created_by,
        }
    }
}

/// What `init` made.
#[derive(Serialize)]
pub(crate) struct DatabaseJson {
    /// Where it is.
    pub(crate) database: String,
    /// What its secrets begin with.
    pub(crate) prefix: String,
    /// What the hash of a new key costs.
    pub(crate) argon2: String,
    /// The group of the operating system whose members may verify.
    pub(crate) shared: Option<String>,
}

/// What `backup` made.
#[derive(Serialize)]
pub(crate) struct BackupJson {
    /// Where it is.
    pub(crate) backup: String,
    /// How many keys are in it.
    pub(crate) keys: u64,
}

/// What `restore` made.
#[derive(Serialize)]
pub(crate) struct RestoredJson {
    /// Where it is.
    pub(crate) database: String,
    /// How many keys are in it.
    pub(crate) keys: u64,
    /// How many of them are active.
    pub(crate) active: usize,
}

/// What `create` prints where the secret does not go to stdout.
#[derive(Serialize)]
pub(crate) struct CreatedJson<'a> {
    /// Whether the key was made now; else it was there.
    pub(crate) created: bool,
    /// The key.
    pub(crate) key: KeyJson<'a>,
    /// The file that its secret is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exported_to: Option<String>,
    /// True where its secret is on a clipboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copied: Option<bool>,
}

/// What `create` prints where the secret goes to stdout, wiped when dropped.
pub(crate) fn created_json(key: &Key, now: Timestamp, secret: &Secret) -> Zeroizing<Vec<u8>> {
    let key = to_json(&KeyJson::new(key, now));
    let secret = secret.expose();
    // A secret has no character that json escapes. Room for all of it at once:
    // a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(key.len() + secret.len() + 64));
    for part in [
        "{\"created\":true,\"key\":",
        &key,
        ",\"secret\":\"",
        secret,
        "\"}\n",
    ] {
        line.extend_from_slice(part.as_bytes());
    }
    line
}

/// What the commands on the shared secret print of it, wiped when dropped.
pub(crate) fn shared_secret_line(secret: &SharedSecret, is_table: bool) -> Zeroizing<Vec<u8>> {
    let parts = match is_table {
        true => ["", secret.expose(), "\n"],
        // A shared secret has no character that json escapes.
        false => ["{\"secret\":\"", secret.expose(), "\"}\n"],
    };
    let len = parts.iter().map(|part| part.len()).sum();
    let mut line = Zeroizing::new(Vec::with_capacity(len));
    for part in parts {
        line.extend_from_slice(part.as_bytes());
    }
    line
}

/// What `shared-secret sign` prints.
#[derive(Serialize)]
pub(crate) struct SignatureJson {
    /// `sha256=` and the digest in hex.
    pub(crate) signature: String,
}

/// What `shared-secret delete` prints.
#[derive(Serialize)]
pub(crate) struct DeletedJson {
    /// Always true.
    pub(crate) deleted: bool,
}

/// What `shared-secret check` prints.
#[derive(Serialize)]
pub(super) struct CheckJson {
    pub(super) valid: bool,
}

/// An error as scripts read it.
pub(super) fn error_json(kind: Kind, message: &str, hint: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        error: Fact<'a>,
    }
    #[derive(Serialize)]
    struct Fact<'a> {
        code: &'static str,
        message: &'a str,
        hint: Option<&'a str>,
    }
    let code = kind.code();
    to_json(&Whole {
        error: Fact {
            code,
            message,
            hint,
        },
    })
}

/// `data` as json on one line.
pub(super) fn to_json(data: &impl Serialize) -> String {
    let mut line = Vec::with_capacity(128);
    append_json(&mut line, data);
    // Every byte of it is from a string.
    String::from_utf8(line).unwrap_or_default()
}

/// Adds `data` as json to `line`.
pub(super) fn append_json(line: &mut Vec<u8>, data: &impl Serialize) {
    // Into memory, where nothing fails, and none of the objects here can: their keys are
    // strings.
    let _ = data.serialize(&mut serde_json::Serializer::with_formatter(line, Escaping));
}

/// Escapes what could change how text is shown: serde_json alone does so with nothing
/// beyond U+001F. A reader of json gets it as it is.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Nearly all there is, and quickly known.
        if fragment.bytes().all(|c| matches!(c, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unprintable(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_escaped_and_read_back_as_it_was() {
        for (text, json) in [
            ("plain \"部署\"", r#""plain \"部署\"""#),
            ("\u{1b}[2J", r#""\u001b[2J""#),
            ("a\u{9b}2J\u{7f}", r#""a\u009b2J\u007f""#),
            ("\u{202e}x\u{200b}", r#""\u202ex\u200b""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
        ] {
            assert_eq!(to_json(&text), json);
            assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
        }
        let map = std::collections::BTreeMap::from([("\u{9b}", 1)]);
        assert_eq!(to_json(&map), r#"{"\u009b":1}"#);
    }
}
