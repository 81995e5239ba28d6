//! Finds words and the openings of sentences.

/// A word in lower case, with its line; an empty word where punctuation parts two phrases.
type Word = (usize, String);

/// Returns the words of `text`: those of a sentence, or of a name like `led_astray` or
/// `LedAstray`. Lines are counted from `line`.
pub fn words(text: &str, line: usize) -> Vec<Word> {
    let mut words = vec![(line, String::new())];
    let (mut line, mut was_lower, mut ended) = (line, false, true);
    for c in text.chars() {
        let begins = ended || (was_lower && c.is_uppercase());
        if c.is_alphanumeric() {
            if begins {
                words.push((line, String::new()));
            }
            words.last_mut().unwrap().1.extend(c.to_lowercase());
        } else if !c.is_whitespace() && !"_-".contains(c) {
            words.push((line, String::new()));
        }
        ended = !c.is_alphanumeric();
        was_lower = c.is_lowercase();
        line += usize::from(c == '\n');
    }
    words
}

/// The words of a phrase.
pub struct Phrase(Vec<String>);

impl Phrase {
    pub fn new(phrase: &str) -> Self {
        let words = words(phrase, 1).into_iter().map(|(_, word)| word);
        Self(words.filter(|word| !word.is_empty()).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `words` begin with it.
    pub fn opens(&self, words: &[Word]) -> bool {
        let mut pairs = words.iter().zip(&self.0);
        words.len() >= self.len() && pairs.all(|((_, word), part)| word == part)
    }
}

/// Returns the lines of `text` on which a sentence opens with one of `openings` and is no
/// question. Code, headings and tables have no sentences.
pub fn riddles(text: &str, openings: &[&str], line: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text, line) {
        let mut opens = true;
        for (at, (line, word)) in paragraph.iter().enumerate() {
            let bare = word.trim_start_matches(['"', '(', '*', '_', '[']);
            let bare = bare.split(|c: char| !c.is_alphabetic()).next().unwrap();
            if opens && openings.contains(&bare) {
                let end = paragraph[at..].iter().find_map(|(_, word)| end(word));
                if end != Some('?') {
                    found.push(*line);
                }
            }
            opens = end(word).is_some();
        }
    }
    found
}

/// Returns the character that ends a sentence after `word`, if any does.
fn end(word: &str) -> Option<char> {
    let word = word.trim_end_matches(['"', ')', '*', '_', ']']);
    word.chars().next_back().filter(|c| ".!?:".contains(*c))
}

/// Returns the paragraphs and items of lists, as words with their lines.
fn paragraphs(text: &str, line: usize) -> Vec<Vec<(usize, &str)>> {
    let mut paragraphs = vec![Vec::new()];
    let mut is_code = false;
    for (at, line) in text.lines().map(str::trim).zip(line..).map(|(a, b)| (b, a)) {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        let item = item.or_else(|| {
            let (number, item) = line.split_once(". ")?;
            number.parse::<u8>().is_ok().then_some(item)
        });
        let is_prose = !is_code && !is_fence && !line.starts_with(['#', '|']);
        if item.is_some() || !is_prose || line.is_empty() {
            paragraphs.push(Vec::new());
        }
        if is_prose {
            let words = item.unwrap_or(line).split_whitespace();
            paragraphs
                .last_mut()
                .unwrap()
                .extend(words.map(|word| (at, word)));
        }
    }
    paragraphs
}

#[test]
fn phrases_are_found_across_lines_and_in_names() {
    let phrase = Phrase::new("go on");
    let is_in = |text| {
        let words = words(text, 1);
        (0..words.len()).any(|at| phrase.opens(&words[at..]))
    };
    for text in ["They go\non.", "fn go_on()", "GoOn", "go-on"] {
        assert!(is_in(text), "{text}");
    }
    for text in ["go. On", "cargo on", "goon"] {
        assert!(!is_in(text), "{text}");
    }
    assert_eq!(words("a\nb", 7).last(), Some(&(8, "b".to_owned())));
}

#[test]
fn only_sentences_open_with_a_riddle() {
    for (text, lines) in [
        ("Of two, one.", &[1][..]),
        ("Read it. That\nis all: What else", &[1, 2]),
        ("- Where it is\n- a\n1. (Who knows)", &[1, 3]),
        ("Which?\n\nWhat for? Of what.", &[3]),
        ("# What it is\n| Who |\n```\nOf code\n```\nthat, of Of", &[]),
    ] {
        let openings = ["Of", "That", "What", "Where", "Who"];
        assert_eq!(riddles(text, &openings, 1), lines, "{text}");
    }
}
