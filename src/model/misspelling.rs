//! Suggestions for mistyped names.

/// Returns the name of which `typed` is a plain misspelling, or `None` if no name or more than
/// one is that near.
pub fn nearest(typed: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let mut found: Option<String> = None;
    for name in names.filter(|name| is_misspelling(typed, name)) {
        match found {
            Some(other) if !name.eq_ignore_ascii_case(&other) => return None,
            _ => found = Some(name),
        }
    }
    found
}

/// Returns whether one typing error, ignoring case, turns `name` into `typed`: an extra letter,
/// a missing letter, a wrong letter, or two swapped letters.
///
/// A different number is no typing error: `prod-2` is another name than `prod-1`.
fn is_misspelling(typed: &str, name: &str) -> bool {
    if typed.len().abs_diff(name.len()) > char::MAX_LEN_UTF8 {
        return false;
    }
    let (typed, name) = (typed.to_ascii_lowercase(), name.to_ascii_lowercase());
    fn digits(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(char::is_ascii_digit)
    }
    // One error in a name of two letters leaves too little to compare.
    let are_long_enough = typed.len().min(name.len()) > 2;
    are_long_enough && digits(&typed).eq(digits(&name)) && strsim::osa_distance(&typed, &name) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_typing_error_is_a_misspelling() {
        for (typed, name) in [
            ("delet", "delete"),
            ("deleete", "delete"),
            ("delwte", "delete"),
            ("dleete", "delete"),
            ("DELETE", "delete"),
            ("lst", "list"),
            ("deploy-bto", "deploy-bot"),
            ("prod1", "prod-1"),
        ] {
            assert!(is_misspelling(typed, name), "{typed} {name}");
        }
        for (typed, name) in [
            ("revoke", "restore"),
            ("rm", "set-permissions"),
            ("--force", "--format"),
            ("resume", "rename"),
            ("restart", "restore"),
            ("reactivate", "deactivat"),
            ("activate", "deactivate"),
            ("prod-2", "prod-1"),
            ("prod-12", "prod-1"),
            ("zzz", "deploy-bot"),
            ("sh", "zsh"),
            ("", "a"),
        ] {
            assert!(!is_misspelling(typed, name), "{typed} {name}");
        }
    }

    #[test]
    fn an_ambiguous_misspelling_has_no_nearest_name() {
        let nearest =
            |typed, names: &[&str]| nearest(typed, names.iter().map(|name| (*name).to_owned()));
        let names = ["deploy-bot", "readonly", "Admin"];
        assert_eq!(nearest("deploy-bto", &names).as_deref(), Some("deploy-bot"));
        assert_eq!(nearest("ADMI", &names).as_deref(), Some("Admin"));
        assert_eq!(nearest("zzz", &names), None);
        assert_eq!(nearest("web-c", &["web-a", "web-b"]), None);
    }
}
