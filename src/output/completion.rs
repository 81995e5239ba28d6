//! Completion candidates, in the forms that the shells' scripts read.

use std::io::{self, Write};

use clap_complete::Shell;

use super::clean;
use crate::secret;

/// A completion candidate with its description.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    text: String,
    about: Option<String>,
}

impl Candidate {
    /// Returns `text` with the first line of its description. Returns none if a shell could
    /// interpret the text, quoted or not: a permission's resource may contain a quote and a
    /// command, which completion would run.
    pub(crate) fn new(text: &str, about: Option<&str>) -> Option<Self> {
        let about = about.and_then(|about| about.lines().next());
        is_literal(text).then(|| Self {
            text: text.to_owned(),
            about: about.map(|about| clean::line(&secret::redact(about)).into_owned()),
        })
    }

    /// Returns the candidate that makes the shell complete paths by itself.
    pub(crate) fn path() -> Self {
        Self {
            text: "/".to_owned(),
            about: None,
        }
    }

    /// Returns its line for the script of `shell`.
    fn line(&self, shell: Shell) -> String {
        let text = &self.text;
        match (shell, &self.about) {
            // _describe ends the text at a colon.
            (Shell::Zsh, about) => {
                let text = text.replace('\\', r"\\").replace(':', r"\:");
                match about {
                    Some(about) => format!("{text}:{}", about.replace('\\', r"\\")),
                    None => text,
                }
            }
            (Shell::Fish | Shell::PowerShell, Some(about)) => format!("{text}\t{about}"),
            _ => text.clone(),
        }
    }
}

/// Returns whether no shell interprets any character of `text`, except a backslash, which is
/// quoted when the candidate is inserted. A user's name may contain a backslash, or end in a
/// dollar sign, which has no meaning there.
fn is_literal(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.:@*/+,=%-\\".contains(c);
    text.strip_suffix('$').unwrap_or(text).chars().all(is_plain)
}

/// Prints the candidates for `shell`. A failed write is ignored: the shell no longer waits.
pub(crate) fn print_candidates(shell: Shell, candidates: &[Candidate]) {
    let text: String = candidates
        .iter()
        .map(|candidate| candidate.line(shell) + "\n")
        .collect();
    let mut stdout = io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_own_form_of_line() {
        let described =
            Candidate::new("deploy:a\\b", Some("first: \\ \u{1b}[2J\nand more")).unwrap();
        let plain = Candidate::new("a:b", None).unwrap();
        for (shell, line, without) in [
            (Shell::Bash, "deploy:a\\b", "a:b"),
            (
                Shell::Zsh,
                "deploy\\:a\\\\b:first: \\\\ \u{fffd}[2J",
                "a\\:b",
            ),
            (Shell::Fish, "deploy:a\\b\tfirst: \\ \u{fffd}[2J", "a:b"),
            (Shell::Elvish, "deploy:a\\b", "a:b"),
            (
                Shell::PowerShell,
                "deploy:a\\b\tfirst: \\ \u{fffd}[2J",
                "a:b",
            ),
        ] {
            assert_eq!(described.line(shell), line, "{shell}");
            assert_eq!(plain.line(shell), without, "{shell}");
        }
    }

    #[test]
    fn no_candidate_has_a_character_that_a_shell_interprets() {
        for text in [
            "a';id;'",
            "a$(id)",
            "a`id`",
            "a b",
            "a\nb",
            "a\u{202e}",
            "$HOME",
            "a\"",
            "!!",
        ] {
            assert_eq!(Candidate::new(text, None), None, "{text}");
        }
        for text in [
            "deploy-bot",
            "log:read@prod-*",
            "CORP\\bob",
            "host$",
            "--db",
            "a@b.c",
        ] {
            assert!(Candidate::new(text, None).is_some(), "{text}");
        }
    }
}
