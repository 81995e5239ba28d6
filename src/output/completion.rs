//! What could be typed next, as the scripts of the shells read it.

use std::io::{self, Write};

use clap_complete::Shell;

use super::clean;
use crate::secret;

/// A word that could be typed, and what there is to say of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    word: String,
    about: Option<String>,
}

impl Offer {
    /// A word, with the first line of what is said of it. None where a shell could read
    /// the word as anything but itself, quoted or not: a resource may hold a quote and a
    /// command, and so would run when somebody completes it.
    pub(crate) fn new(word: &str, about: Option<&str>) -> Option<Self> {
        let about = about.and_then(|about| about.lines().next());
        is_harmless(word).then(|| Self {
            word: word.to_owned(),
            about: about.map(|about| clean::line(&secret::redact(about)).into_owned()),
        })
    }

    /// Any path: the shell knows them best.
    pub(crate) fn path() -> Self {
        Self {
            word: "/".to_owned(),
            about: None,
        }
    }

    /// The line for it that the script of `shell` reads.
    fn line(&self, shell: Shell) -> String {
        let word = &self.word;
        match (shell, &self.about) {
            // _describe ends the word at a colon.
            (Shell::Zsh, about) => {
                let word = word.replace('\\', r"\\").replace(':', r"\:");
                match about {
                    Some(about) => format!("{word}:{}", about.replace('\\', r"\\")),
                    None => word,
                }
            }
            (Shell::Fish | Shell::PowerShell, Some(about)) => format!("{word}\t{about}"),
            _ => word.clone(),
        }
    }
}

/// Whether every shell reads `word` as itself. A user's name may hold a backslash, or end
/// in a dollar sign, which begins nothing there.
fn is_harmless(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.:@*/+,=%-\\".contains(c);
    word.strip_suffix('$').unwrap_or(word).chars().all(is_plain)
}

/// Tells `shell` what could be typed next. A reader that is gone wants to know
/// nothing any more.
pub(crate) fn offer(shell: Shell, offers: &[Offer]) {
    let text: String = offers
        .iter()
        .map(|offer| offer.line(shell) + "\n")
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
    fn each_shell_reads_its_own_lines() {
        let offer = Offer::new("deploy:a\\b", Some("one: \\ \u{1b}[2J\nand more")).unwrap();
        let plain = Offer::new("a:b", None).unwrap();
        for (shell, line, without) in [
            (Shell::Bash, "deploy:a\\b", "a:b"),
            (Shell::Zsh, "deploy\\:a\\\\b:one: \\\\ \u{fffd}[2J", "a\\:b"),
            (Shell::Fish, "deploy:a\\b\tone: \\ \u{fffd}[2J", "a:b"),
            (Shell::Elvish, "deploy:a\\b", "a:b"),
            (Shell::PowerShell, "deploy:a\\b\tone: \\ \u{fffd}[2J", "a:b"),
        ] {
            assert_eq!(offer.line(shell), line, "{shell}");
            assert_eq!(plain.line(shell), without, "{shell}");
        }
    }

    #[test]
    fn no_word_is_offered_that_a_shell_reads_as_anything_but_itself() {
        for word in [
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
            assert_eq!(Offer::new(word, None), None, "{word}");
        }
        for word in [
            "deploy-bot",
            "log:read@prod-*",
            "CORP\\bob",
            "host$",
            "--db",
            "a@b.c",
        ] {
            assert!(Offer::new(word, None).is_some(), "{word}");
        }
    }
}
