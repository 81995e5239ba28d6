//! The passfile, with the rules of libpq: lines `host:port:database:user:password`, in which `*`
//! matches every value and `\` escapes a colon or itself. The first line that matches counts. A
//! comment begins with `#`, as no host does.

use std::path::Path;

use zeroize::Zeroizing;

use super::file::{self, Readers};
use crate::error::{Error, Kind, Result};

/// The content of a passfile.
pub(super) struct Passfile(Zeroizing<Vec<u8>>);

impl Passfile {
    /// Reads the passfile at `path`. A missing one contains no passwords.
    ///
    /// # Errors
    /// If it can't be read, isn't a plain file or is open to other users. libpq ignores such a
    /// file, but then the password is missing without a visible cause.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let content = file::read(path, "the passfile", Readers::Owner)?;
        Ok(Self(content.unwrap_or_default()))
    }

    /// Returns the password for a host, port, database and user, if there is one.
    ///
    /// # Errors
    /// If it isn't UTF-8.
    pub(super) fn password(&self, wanted: [&str; 4]) -> Result<Option<Zeroizing<String>>> {
        let mut lines = self.0.split(|byte| *byte == b'\n');
        let Some(password) = lines.find_map(|line| matching(line, wanted)) else {
            return Ok(None);
        };
        let password = str::from_utf8(&password).map_err(|_| {
            let fact = "the password in the passfile is not UTF-8";
            Error::new(Kind::InvalidInput, fact).hint("convert the passfile")
        })?;
        let password = Zeroizing::new(password.to_owned());
        Ok(Some(password).filter(|password| !password.is_empty()))
    }
}

/// Returns the password in `line` if its other fields match.
fn matching(line: &[u8], wanted: [&str; 4]) -> Option<Zeroizing<Vec<u8>>> {
    let mut rest = line.strip_suffix(b"\r").unwrap_or(line);
    for value in wanted {
        rest = match rest.strip_prefix(b"*:") {
            Some(rest) => rest,
            None => {
                let (field, end) = field(rest);
                if *field != value.as_bytes() {
                    return None;
                }
                end?
            }
        };
    }
    Some(field(rest).0)
}

/// Returns the unescaped first field of `line`, and the text after its colon; no text if the line
/// ends first.
fn field(line: &[u8]) -> (Zeroizing<Vec<u8>>, Option<&[u8]>) {
    let mut field = Zeroizing::new(Vec::with_capacity(line.len()));
    let mut rest = line;
    loop {
        rest = match rest {
            [] => return (field, None),
            [b':', end @ ..] => return (field, Some(end)),
            [b'\\', byte, end @ ..] | [byte, end @ ..] => {
                field.push(*byte);
                end
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_line_has_the_password() {
        let long = format!("{}:*:*:*:x\nh:*:*:*:ok", "h".repeat(5000));
        for (file, password) in [
            ("h:5432:d:u:ok", Some("ok")),
            ("\n\n#h:5432:d:u:no\nh:5432:d:u:ok\n", Some("ok")),
            ("h:5432:d:u:ok\r\n", Some("ok")),
            (
                "i:5432:d:u:no\nh:5433:d:u:no\nh:5432:e:u:no\nh:5432:d:v:no\n*:*:*:*:ok",
                Some("ok"),
            ),
            ("*:5432:d:u:first\nh:5432:d:u:second", Some("first")),
            ("h:*:*:*:a\\:b\\\\c\\d", Some("a:b\\cd")),
            ("h:*:*:*:ends\\", Some("ends\\")),
            ("h:*:*:*:a:comment", Some("a")),
            ("h:*:*:*: spaces ", Some(" spaces ")),
            ("h:*:*:*:é", Some("é")),
            ("\\h:5432:d:\\u:ok", Some("ok")),
            (&long, Some("ok")),
            ("h:*:*:*:", None),
            ("h:*:*:*", None),
            ("h:*:*:u", None),
            ("h*:*:*:*:no", None),
            ("\\*:*:*:*:no", None),
            (" h:*:*:*:no", None),
            ("H:*:*:*:no", None),
            ("", None),
            (":", None),
            ("::::", None),
        ] {
            let passfile = Passfile(Zeroizing::new(file.as_bytes().to_vec()));
            let found = passfile.password(["h", "5432", "d", "u"]).unwrap();
            assert_eq!(found.as_deref().map(String::as_str), password, "{file}");
        }
    }

    #[test]
    fn colons_backslashes_and_asterisks_of_the_parameters_are_escaped_in_the_passfile() {
        let file = b"\\:\\:1:5432:a\\\\b:*:ok".to_vec();
        let passfile = Passfile(Zeroizing::new(file));
        let found = passfile.password(["::1", "5432", "a\\b", "*"]).unwrap();
        assert_eq!(found.unwrap().as_str(), "ok");
    }

    #[test]
    fn a_password_that_is_not_utf_8_is_refused() {
        let passfile = Passfile(Zeroizing::new(b"*:*:*:*:\xff".to_vec()));
        assert!(passfile.password(["h", "5432", "d", "u"]).is_err());
    }
}
