//! The json objects that commands print, except listings. Fields are only ever added.

use serde::Serialize;
use zeroize::Zeroizing;

use super::json::to_json;
use super::value::KeyJson;
use crate::model::{Key, Timestamp};
use crate::secret::{Secret, SharedSecret, concat_wiped};

/// A key and its effective rights.
#[derive(Serialize)]
pub(super) struct ShownKeyJson<'a> {
    #[serde(flatten)]
    pub(super) key: KeyJson<'a>,
    pub(super) effective_groups: Vec<&'a str>,
    pub(super) effective_permissions: Vec<&'a str>,
    pub(super) limits: Vec<LimitJson<'a>>,
}

/// A group or a permission of a key that has no effect, or only a limited one, and the reason.
/// Either `group` or `permission` is set.
#[derive(Serialize)]
pub(super) struct LimitJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permission: Option<&'a str>,
    pub(super) reason: &'a str,
}

/// A key that a command changed.
#[derive(Serialize)]
struct ChangedKeyJson<'a> {
    #[serde(flatten)]
    key: KeyJson<'a>,
    /// True in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
}

/// The json of changed keys.
pub(crate) struct ChangedKeys {
    now: Timestamp,
    dry_run: Option<bool>,
    /// The objects, separated by commas: an object each would take too much memory for many keys.
    objects: String,
}

impl ChangedKeys {
    /// Returns the json of no keys yet. It shows keys as they are at `now`; in a dry run, each has
    /// the field `dry_run`.
    pub(crate) fn new(now: Timestamp, is_dry_run: bool) -> Self {
        Self {
            now,
            dry_run: is_dry_run.then_some(true),
            objects: String::new(),
        }
    }

    /// Adds a key.
    pub(crate) fn push(&mut self, key: &Key) {
        if !self.objects.is_empty() {
            self.objects.push(',');
        }
        self.objects.push_str(&to_json(&ChangedKeyJson {
            key: KeyJson::new(key, self.now),
            dry_run: self.dry_run,
        }));
    }

    /// Returns the json array.
    pub(super) fn into_array(mut self) -> String {
        self.objects.insert(0, '[');
        self.objects.push(']');
        self.objects
    }

    /// Returns the json object of the only key that was added.
    pub(super) fn into_object(self) -> String {
        self.objects
    }
}

/// The database that `init` created.
#[derive(Serialize)]
pub(crate) struct DatabaseJson {
    /// Its location.
    pub(crate) database: String,
    /// The prefix of its secrets.
    pub(crate) prefix: String,
    /// The cost of new hashes.
    pub(crate) argon2: String,
    /// The operating-system group whose members may verify.
    pub(crate) shared: Option<String>,
}

/// The database that `restore` created.
#[derive(Serialize)]
pub(crate) struct RestoredJson {
    /// Its location.
    pub(crate) database: String,
    /// The number of its keys.
    pub(crate) keys: u64,
    /// The number of its active keys.
    pub(crate) active: usize,
}

/// The object that `create` prints if the secret does not go to stdout.
#[derive(Serialize)]
pub(crate) struct CreatedJson<'a> {
    /// Whether the key was created now. Otherwise it already existed.
    pub(crate) created: bool,
    /// The key.
    pub(crate) key: KeyJson<'a>,
    /// The file with its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exported_to: Option<String>,
    /// True if its secret is on the clipboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copied: Option<bool>,
}

/// The object that `rotate` prints if the secret does not go to stdout.
#[derive(Serialize)]
pub(crate) struct RotatedJson<'a> {
    /// Always true.
    pub(crate) rotated: bool,
    /// The key.
    pub(crate) key: KeyJson<'a>,
    /// The file with its new secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exported_to: Option<String>,
    /// True if its new secret is on the clipboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copied: Option<bool>,
}

/// The object that `renew` prints.
#[derive(Serialize)]
pub(crate) struct RenewedJson<'a> {
    /// Whether the file has a new secret. Otherwise its secret is not old enough.
    pub(crate) renewed: bool,
    /// The key.
    pub(crate) key: KeyJson<'a>,
}

/// Returns the object that `create` prints if the secret goes to stdout, wiped when dropped.
pub(crate) fn created_json(key: &Key, now: Timestamp, secret: &Secret) -> Zeroizing<Vec<u8>> {
    issued_json("created", key, now, secret)
}

/// Returns the object that `rotate` prints if the secret goes to stdout, wiped when dropped.
pub(crate) fn rotated_json(key: &Key, now: Timestamp, secret: &Secret) -> Zeroizing<Vec<u8>> {
    issued_json("rotated", key, now, secret)
}

fn issued_json(done: &str, key: &Key, now: Timestamp, secret: &Secret) -> Zeroizing<Vec<u8>> {
    let key = to_json(&KeyJson::new(key, now));
    let secret = secret.expose();
    // A secret contains no character that json escapes.
    let parts = [
        r#"{""#,
        done,
        r#"":true,"key":"#,
        &key,
        r#","secret":""#,
        secret,
        "\"}\n",
    ];
    concat_wiped(&parts.map(str::as_bytes))
}

/// Returns the shared secret as a plain line or as json, wiped when dropped.
pub(crate) fn shared_secret_line(secret: &SharedSecret, is_table: bool) -> Zeroizing<Vec<u8>> {
    let (before, after) = if is_table {
        ("", "\n")
    } else {
        // A shared secret contains no character that json escapes.
        (r#"{"secret":""#, "\"}\n")
    };
    concat_wiped(&[before, secret.expose(), after].map(str::as_bytes))
}
