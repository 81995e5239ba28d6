//! The layout of help that clap doesn't write itself.

use clap::builder::{StyledStr, Styles};

use super::WIDTH;

/// Returns a section of help: a heading, paragraphs, terms with their meanings as clap lists
/// commands, and lines for a shell. Everything is wrapped as clap wraps help.
pub(crate) fn section(
    heading: Option<&str>,
    paragraphs: &[String],
    terms: impl IntoIterator<Item = clap::Command>,
    examples: &[&str],
) -> StyledStr {
    let styles = Styles::default();
    let style = styles.get_header();
    let mut command = clap::Command::new("section")
        .max_term_width(WIDTH)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .long_about(paragraphs.join("\n\n"))
        .subcommands(terms);
    if !examples.is_empty() {
        command = command.after_help(format!("  {}", examples.join("\n  ")));
    }
    let heading = heading.map(|heading| format!("{style}{heading}:{style:#}\n"));
    let separator = if paragraphs.is_empty() || !command.has_subcommands() {
        ""
    } else {
        "\n\n"
    };
    let template = format!(
        "{}{{about}}{separator}{{subcommands}}{{after-help}}",
        heading.unwrap_or_default()
    );
    command.help_template(template).render_long_help()
}
