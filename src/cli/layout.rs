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
    let mut template = String::new();
    if let Some(heading) = heading {
        template = format!("{style}{heading}:{style:#}\n");
    }
    if !paragraphs.is_empty() {
        template.push_str("{about}\n\n");
    }
    template.push_str("{subcommands}{after-help}");
    let mut command = clap::Command::new("section")
        .max_term_width(WIDTH)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .long_about(paragraphs.join("\n\n"))
        .subcommands(terms)
        .help_template(template);
    if !examples.is_empty() {
        command = command.after_help(format!("  {}", examples.join("\n  ")));
    }
    command.render_long_help()
}
