//! Reads the README and the guides: their text, code blocks and links.

use super::root;

/// Returns the text of `path`, which is relative to the repository.
pub fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

pub fn readme() -> String {
    page("README.md")
}

/// Returns the code blocks of `text` in order: their language and their content.
pub fn all_blocks(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (block, after) = after.split_once("```").unwrap();
        found.push((language.to_owned(), block.to_owned()));
        rest = after;
    }
    found
}

/// Returns the code blocks of `path` in `language`.
pub fn blocks(path: &str, language: &str) -> Vec<String> {
    let all = all_blocks(&page(path)).into_iter();
    all.filter(|(found, _)| found == language)
        .map(|(_, block)| block)
        .collect()
}

/// Returns the code blocks below the heading `## heading` of `path`.
pub fn section(path: &str, heading: &str) -> Vec<String> {
    let text = page(path);
    let begin = format!("\n## {heading}\n");
    let (_, after) = text
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{path} has no section {heading:?}"));
    let section = after.split("\n## ").next().unwrap();
    let all = all_blocks(section).into_iter();
    all.map(|(_, block)| block).collect()
}

/// Returns the targets of the links and pictures in `text`.
pub fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1);
    let targets = targets.map(|after| after.split(')').next().unwrap());
    targets.map(str::to_owned).collect()
}

/// Returns the anchors of the headings of `text`, as GitHub names them.
pub fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        text.chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(anchor).collect()
}
