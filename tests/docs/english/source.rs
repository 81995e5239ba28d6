//! Splits Rust source into comments, string literals and code.

/// The kind of a piece of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Comment,
    Literal,
    Code,
}

/// A run of source of one kind, without slashes or quotes.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: Kind,
    /// The line of the first character, from 1.
    pub line: usize,
    pub text: String,
}

/// Splits `source` into pieces. Comments on consecutive lines are one piece. An escape in a
/// literal is a space.
pub fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while !rest.is_empty() {
        let (kind, length, text) = next(rest);
        match pieces.last_mut() {
            Some(last) if last.kind == Kind::Code && kind == Kind::Code => last.text += &text,
            _ => pieces.push(Piece { kind, line, text }),
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    joined(pieces)
}

/// Returns the kind of the piece that `source` begins with, its length and its text.
fn next(source: &str) -> (Kind, usize, String) {
    if source.starts_with("//") {
        let end = source.find('\n').unwrap_or(source.len());
        let text = source[..end].trim_start_matches('/');
        let text = text.strip_prefix('!').unwrap_or(text);
        return (Kind::Comment, end, text.trim().to_owned());
    }
    if let Some(hashes) = raw_literal(source) {
        let start = hashes + 2;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = start + source[start..].find(&close).unwrap();
        let text = source[start..end].to_owned();
        return (Kind::Literal, end + close.len(), text);
    }
    match source.as_bytes()[0] {
        b'"' => literal(source),
        b'\'' => (Kind::Code, quoted_char(source), " ".to_owned()),
        _ => {
            // A name is one step, so that the r that ends it begins no raw literal.
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let first = source.chars().next().unwrap().len_utf8();
            let name = source.find(|c| !is_name(c)).unwrap_or(source.len());
            let length = name.max(first);
            (Kind::Code, length, source[..length].to_owned())
        }
    }
}

/// Returns the number of hashes if `source` begins with a raw literal.
fn raw_literal(source: &str) -> Option<usize> {
    let rest = source.strip_prefix('r')?;
    let quote = rest.find(|c| c != '#')?;
    rest[quote..].starts_with('"').then_some(quote)
}

fn literal(source: &str) -> (Kind, usize, String) {
    let mut text = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (Kind::Literal, at + 1, text),
            '\\' => {
                // An escaped line break stays a line break, for the count of lines.
                let escaped = chars.next().map(|(_, escaped)| escaped);
                text.push(if escaped == Some('\n') { '\n' } else { ' ' });
            }
            c => text.push(c),
        }
    }
    (Kind::Literal, source.len(), text)
}

/// Returns the length of a char, or of the quote that a lifetime begins with.
fn quoted_char(source: &str) -> usize {
    let mut chars = source.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => {
            let close = chars.find(|(_, c)| *c == '\'');
            close.map_or(1, |(at, _)| at + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Joins comments that only a line break and spaces are between.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        let is_comment = piece.kind == Kind::Comment;
        match joined.as_mut_slice() {
            [.., comment, between]
                if is_comment
                    && comment.kind == Kind::Comment
                    && between.text.trim().is_empty()
                    && between.text.matches('\n').count() == 1 =>
            {
                comment.text += "\n";
                comment.text += &piece.text;
                joined.pop();
            }
            _ => joined.push(piece),
        }
    }
    joined
}

#[test]
fn comments_literals_and_code_are_separated() {
    let source = "/// Of a\n/// b.\nfn over<'a>(x: &'a str) { // c\n    let q = '\"'; say(\"d\\\"e\", r#\"f\"g\"#, '\\'', \"\") }";
    let found: Vec<(Kind, usize, String)> = pieces(source)
        .into_iter()
        .map(|piece| (piece.kind, piece.line, piece.text.trim().to_owned()))
        .filter(|(_, _, text)| !text.is_empty())
        .collect();
    let expected = [
        (Kind::Comment, 1, "Of a\nb."),
        (Kind::Code, 2, "fn over< a>(x: & a str) {"),
        (Kind::Comment, 3, "c"),
        (Kind::Code, 3, "let q =  ; say("),
        (Kind::Literal, 4, "d e"),
        (Kind::Code, 4, ","),
        (Kind::Literal, 4, "f\"g"),
        (Kind::Code, 4, ",  ,"),
        (Kind::Code, 4, ") }"),
    ];
    let found: Vec<(Kind, usize, &str)> = found
        .iter()
        .map(|(kind, line, text)| (*kind, *line, &text[..]))
        .collect();
    assert_eq!(found, expected);
}
