//! Rules for other scanners. No word boundary stands before the prefix: a secret may follow a
//! letter or an underscore.

use crate::cli::Scanner;
use crate::commands::Session;
use crate::error::Result;
use crate::model::{KeyId, Prefix, RANDOM_AND_CHECKSUM};
use crate::output::Outcome;
use crate::store::Access;

/// Prints a rule for `scanner`.
pub(super) fn print(scanner: Scanner, session: &Session) -> Result<Outcome> {
    let prefix = session.open(Access::Read)?.settings().prefix.clone();
    let rule = match scanner {
        Scanner::Gitleaks => gitleaks(&prefix),
        Scanner::DetectSecrets => detect_secrets(&prefix),
    };
    session.output.text(rule.as_bytes())?;
    Ok(Outcome::done())
}

/// Returns the regular expression for the secrets of a database with this prefix.
fn expression(prefix: &Prefix) -> String {
    let (id, rest) = (KeyId::LEN, RANDOM_AND_CHECKSUM);
    format!("{prefix}_[0-9A-Za-z]{{{id}}}_[0-9A-Za-z]{{{rest}}}")
}

fn gitleaks(prefix: &Prefix) -> String {
    let expression = expression(prefix);
    format!(
        "[[rules]]
id = \"apikey-{prefix}\"
description = \"A secret of apikey, which begins with {prefix}_\"
regex = '''{expression}'''
keywords = [\"{prefix}_\"]
"
    )
}

fn detect_secrets(prefix: &Prefix) -> String {
    let expression = expression(prefix);
    format!(
        "\"\"\"Finds secrets of apikey, which begin with {prefix}_.\"\"\"

import re

from detect_secrets.plugins.base import RegexBasedDetector


class ApikeyDetector(RegexBasedDetector):
    secret_type = \"apikey {prefix}\"
    denylist = [re.compile(r\"{expression}\")]
"
    )
}
