//! The key of a line: its cells as values of the model.

use zeroize::Zeroizing;

use super::cells::{Cell, Column, Reason};
use crate::model::{
    GroupName, ImportShape, MAX_GROUPS_OF_KEY, Scheme, Span, TimePoint, Timestamp, When,
};
use crate::secret::SecretDigest;
use crate::store::ImportedKey;

/// The arguments of an import that every line depends on.
pub(super) struct Form<'a> {
    pub(super) scheme: Scheme,
    pub(super) shape: &'a ImportShape,
    /// The groups of a key whose line names none.
    pub(super) groups: &'a [GroupName],
    pub(super) allows_weak: bool,
    pub(super) now: Timestamp,
}

/// The key of a line.
pub(super) struct ReadKey {
    pub(super) key: ImportedKey,
    pub(super) digest: SecretDigest,
    /// Whether its expiry or its time of creation is relative to now.
    pub(super) has_relative_time: bool,
}

/// Why digests with a salt of their own are refused.
const SALTED: Reason = "each digest has a salt of its own, as with bcrypt or PBKDF2, so verify \
     would need a hash per stored key to find the right one";

/// The most parts of a text that are hashed to find out whether one of them is a key.
const MAX_PARTS: usize = 10_000;

impl Form<'_> {
    /// Returns the key that the cells of the line number `line` describe.
    ///
    /// # Errors
    /// When a cell is missing or invalid.
    pub(super) fn read(&self, line: u64, cells: &[Cell]) -> Result<ReadKey, Reason> {
        let text = |wanted: Column| {
            let found = cells.iter().find(|(column, _)| *column == wanted);
            found.map(|(_, text)| text.as_str())
        };
        let (digest, weak_bits) = self.digest(text(Column::Key), text(Column::Digest))?;
        if weak_bits.is_some() && !self.allows_weak {
            return Err(
                "the key can be guessed, since it has less than 64 bits; --allow-weak \
                        imports it nevertheless",
            );
        }
        let name = text(Column::Name).ok_or("the name is missing")?;
        let expires = parsed::<When>(text(Column::Expires), "the expiry is no time")?;
        let created: Option<TimePoint> =
            parsed(text(Column::Created), "the time of creation is no time")?;
        let key = ImportedKey {
            line,
            name: name.parse().map_err(
                |_| "the name is not one of at most 64 letters, digits, '.', '_' and '-'",
            )?,
            weak_bits,
            groups: self.groups(text(Column::Group))?,
            owner: parsed(text(Column::Owner), "the owner is no user's name")?,
            application: parsed(text(Column::Application), "the application is no name")?,
            description: parsed(
                text(Column::Description),
                "the description is longer than 1,000 characters, or holds unprintable ones",
            )?,
            expires_at: expires.map(|when| when.resolve(self.now)),
            created_at: self.created_at(created)?,
            is_inactive: match text(Column::Status) {
                None | Some("active") => false,
                Some("inactive") => true,
                Some(_) => return Err("the status is neither active nor inactive"),
            },
        };
        Ok(ReadKey {
            key,
            digest,
            has_relative_time: expires.is_some_and(When::is_relative)
                || created.is_some_and(TimePoint::is_relative),
        })
    }

    /// Returns the digest of the secret, and its bits if it can be guessed.
    fn digest(
        &self,
        key: Option<&str>,
        digest: Option<&str>,
    ) -> Result<(SecretDigest, Option<u32>), Reason> {
        match (key, digest, self.scheme) {
            (Some(_), Some(_), _) => Err("there are both a key and a digest"),
            (None, None, _) => Err("the key or digest is missing"),
            (None, Some(_), Scheme::Plain) => {
                Err("there is a digest, but the scheme plain needs the column key")
            }
            (Some(_), None, scheme) if scheme != Scheme::Plain => {
                Err("there is a key, but the scheme needs the column digest")
            }
            (Some(key), None, _) => {
                let part = self.shape.digested(key);
                let part = part.ok_or("the key doesn't have the shape of --shape")?;
                let digest = SecretDigest::of(part, self.shape.digest);
                Ok((digest, self.shape.missing_bits(Some(part))))
            }
            (None, Some(digest), scheme) => {
                let decoded = SecretDigest::decode(digest, scheme);
                let decoded = decoded.ok_or_else(|| reason_against(digest))?;
                Ok((decoded, self.shape.missing_bits(None)))
            }
        }
    }

    /// Returns the digests of the keys that `text` may hold at any position, with or without the
    /// prefix of the shape, and the digests that it may spell.
    ///
    /// # Errors
    /// When there would be too many of them.
    pub(super) fn digests_in(
        &self,
        text: &str,
    ) -> Result<impl Iterator<Item = SecretDigest>, Reason> {
        let shape = &self.shape.shape;
        if shape.parts_in(text).nth(MAX_PARTS).is_some() {
            return Err("another column has a word that is too long to be searched for keys");
        }
        let digest = |part: &str| {
            let key = Zeroizing::new([shape.prefix.as_str(), part].concat());
            SecretDigest::of(&key, self.shape.digest)
        };
        Ok(shape.parts_in(text).map(digest).chain(spelled_in(text)))
    }

    fn groups(&self, cell: Option<&str>) -> Result<Vec<GroupName>, Reason> {
        let Some(text) = cell else {
            return match self.groups {
                [] => Err("the key has no group; add a column group, or give --group"),
                groups => Ok(groups.to_vec()),
            };
        };
        let names = text.split_ascii_whitespace().map(str::parse);
        let groups: Vec<GroupName> = names
            .collect::<Result<_, _>>()
            .map_err(|_| "a group is no group's name")?;
        match groups.len() {
            0 => Err("the key has no group; add a column group, or give --group"),
            1..=MAX_GROUPS_OF_KEY => Ok(groups),
            _ => Err("the key has more than 64 groups"),
        }
    }

    /// Returns the time of creation, which must have passed.
    fn created_at(&self, created: Option<TimePoint>) -> Result<Option<Timestamp>, Reason> {
        let at = created.map(|created| created.ago(self.now));
        if at.is_some_and(|at| at > self.now.plus(Span::CLOCK_TOLERANCE)) {
            return Err("the time of creation is in the future");
        }
        Ok(at.map(|at| at.min(self.now)))
    }
}

fn parsed<T: std::str::FromStr>(cell: Option<&str>, reason: Reason) -> Result<Option<T>, Reason> {
    cell.map(str::parse).transpose().map_err(|_| reason)
}

/// Returns the digests that `text` may spell at any position: in hexadecimal or in base64, with or
/// without padding.
fn spelled_in(text: &str) -> impl Iterator<Item = SecretDigest> {
    const SPELLED: [(Scheme, usize); 3] = [
        (Scheme::Sha256Hex, 64),
        (Scheme::Sha512Hex, 128),
        (Scheme::Sha256Base64, 43),
    ];
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/-_".contains(c));
    runs.flat_map(|run| {
        SPELLED.into_iter().flat_map(move |(scheme, length)| {
            let parts = (0..run.len()).filter_map(move |at| run.get(at..at + length));
            parts.filter_map(move |part| SecretDigest::decode(part, scheme))
        })
    })
}

/// The marks of hashes by crypt(3) and passlib: what stands between the first two `$`.
const CRYPT: [&str; 12] = [
    "1", "2", "2a", "2b", "2x", "2y", "5", "6", "7", "y", "gy", "sha1",
];

/// The beginnings of the names of hashes with a salt, in any case, after `$` or `{` or alone.
const SALTED_NAMES: [&str; 6] = ["argon2", "bcrypt", "crypt", "pbkdf2", "scrypt", "ssha"];

/// Returns why a digest is refused.
fn reason_against(digest: &str) -> Reason {
    let mark = digest
        .strip_prefix('$')
        .and_then(|rest| rest.split_once('$'));
    let name = digest.trim_start_matches(['$', '{']).as_bytes();
    let is_name = |known: &&str| {
        let begin = name.get(..known.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(known.as_bytes()))
    };
    if mark.is_some_and(|(mark, _)| CRYPT.contains(&mark)) || SALTED_NAMES.iter().any(is_name) {
        SALTED
    } else {
        "the digest is not one of the scheme: its length or its characters are wrong"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salted_hash_is_refused_with_the_reason() {
        for salted in [
            "$pbkdf2-sha256$29000$N2Y$1t8iyB2A",
            "$scrypt$ln=16,r=8,p=1$aM15$4icb",
            "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
            "$1$salt$hash",
            "$2b$12$GhvMmNVjRW29ulnu",
            "$5$rounds=535000$salt$hash",
            "$6$salt$hash",
            "$7$C6..../....salt$hash",
            "$y$j9T$salt$hash",
            "$bcrypt-sha256$v=2,t=2b,r=12$salt$hash",
            "{PBKDF2}131000$salt$hash",
            "{CRYPT}$6$salt$hash",
            "{SSHA}c2FsdA==",
            "pbkdf2_sha256$1$a$b",
            "bcrypt$$2b$12$salt",
            "SCRYPT:16384:8:1$salt$hash",
        ] {
            assert_eq!(reason_against(salted), SALTED, "{salted}");
        }
        for other in ["", "$", "{", "$5", "$x$y", "5$a", "sha256$$aa", "ab\u{e9}"] {
            assert_ne!(reason_against(other), SALTED, "{other}");
        }
    }
}
