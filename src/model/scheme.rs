//! How another system stores its keys.

use std::str::FromStr;

use super::Invalid;

/// The form in which an import has the keys of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The keys themselves.
    Plain,
    /// SHA-256 in hexadecimal.
    Sha256Hex,
    /// SHA-256 in base64.
    Sha256Base64,
    /// Laravel Sanctum: SHA-256, in hexadecimal, of what follows `ID|`.
    Sanctum,
    /// SHA-512 in hexadecimal.
    Sha512Hex,
    /// Django REST Framework API Key: `sha512$$` and SHA-512 in hexadecimal of `PREFIX.SECRET`.
    DrfApiKey,
}

/// The digest that `verify` computes of a text that a client presents, before the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestKind {
    /// SHA-256 of the text.
    Sha256,
    /// SHA-256 of what follows `ID|`.
    Sanctum,
    /// SHA-512 of the text.
    Sha512,
    /// SHA-512 of a text with a dot in it.
    DrfApiKey,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 6] = [
        Self::Plain,
        Self::Sha256Hex,
        Self::Sha256Base64,
        Self::Sanctum,
        Self::Sha512Hex,
        Self::DrfApiKey,
    ];

    /// Returns the name of the scheme.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sha256Hex => "sha256-hex",
            Self::Sha256Base64 => "sha256-base64",
            Self::Sanctum => "sanctum",
            Self::Sha512Hex => "sha512-hex",
            Self::DrfApiKey => "drf-api-key",
        }
    }

    /// Returns what the scheme stores, for help.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Plain => "the keys themselves, in the column key",
            Self::Sha256Hex => "SHA-256 of the key in hexadecimal",
            Self::Sha256Base64 => "SHA-256 of the key in base64",
            Self::Sanctum => "Laravel Sanctum: SHA-256 in hexadecimal of what follows `ID|`",
            Self::Sha512Hex => "SHA-512 of the key in hexadecimal",
            Self::DrfApiKey => {
                "Django REST Framework API Key: sha512$$ and SHA-512 in hexadecimal of PREFIX.SECRET"
            }
        }
    }

    /// Returns what the scheme's digests are computed by.
    pub fn digest(self) -> DigestKind {
        match self {
            Self::Plain | Self::Sha256Hex | Self::Sha256Base64 => DigestKind::Sha256,
            Self::Sanctum => DigestKind::Sanctum,
            Self::Sha512Hex => DigestKind::Sha512,
            Self::DrfApiKey => DigestKind::DrfApiKey,
        }
    }
}

/// The hashes whose salt differs from key to key.
const SALTED: [&str; 5] = ["bcrypt", "pbkdf2", "scrypt", "argon2", "crypt"];

impl FromStr for Scheme {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|all| all.as_str() == text);
        let lower = text.to_ascii_lowercase();
        match known {
            Some(scheme) => Ok(scheme),
            None if SALTED.iter().any(|salted| lower.contains(salted)) => Err(Invalid::new(
                "each of these hashes has a salt of its own, so verify would need a hash per stored \
                 key to find the right one; give these clients new keys with `apikey create`",
            )),
            None => Err(Invalid::new(format!(
                "the schemes are {}",
                Self::ALL.map(Self::as_str).join(", ")
            ))),
        }
    }
}

impl DigestKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sanctum, Self::Sha512, Self::DrfApiKey];

    /// Returns the name of the kind in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sanctum => "sanctum",
            Self::Sha512 => "sha512",
            Self::DrfApiKey => "drf-api-key",
        }
    }
}

impl FromStr for DigestKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| Invalid::new("unknown digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_and_a_digest_are_parsed_by_their_names() {
        for scheme in Scheme::ALL {
            assert_eq!(scheme.as_str().parse(), Ok(scheme));
        }
        for kind in DigestKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for unknown in ["", "md5", "Plain"] {
            let why = unknown.parse::<Scheme>().unwrap_err().to_string();
            assert!(why.starts_with("the schemes are plain, "), "{why}");
        }
    }

    #[test]
    fn a_salted_hash_is_refused_with_the_reason() {
        for salted in ["bcrypt", "PBKDF2", "pbkdf2-sha256", "argon2id"] {
            let why = salted.parse::<Scheme>().unwrap_err().to_string();
            assert!(why.contains("a salt of its own"), "{why}");
        }
    }
}
