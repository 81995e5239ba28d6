//! The objects that are printed with --json, except by listings. Fields are only ever
//! added.

use serde::Serialize;
use zeroize::Zeroizing;

use super::json::to_json;
use super::value::KeyJson;
use crate::model::{Key, Timestamp};
use crate::secret::{Secret, SharedSecret, concat_wiped};

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
    // A secret contains no character that json escapes.
    let parts = [
        r#"{"created":true,"key":"#,
        &key,
        r#","secret":""#,
        secret,
        "\"}\n",
    ];
    concat_wiped(&parts.map(str::as_bytes))
}

/// What the commands on the shared secret print of it, wiped when dropped.
pub(crate) fn shared_secret_line(secret: &SharedSecret, is_table: bool) -> Zeroizing<Vec<u8>> {
    let (before, after) = if is_table {
        ("", "\n")
    } else {
        // A shared secret contains no character that json escapes.
        (r#"{"secret":""#, "\"}\n")
    };
    concat_wiped(&[before, secret.expose(), after].map(str::as_bytes))
}
