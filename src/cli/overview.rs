//! The help of `apikey` itself: commands in groups, options, examples, exit codes and topics.

use clap::builder::Styles;

use super::layout::section;
use super::topics;
use crate::error::EXIT_CODES;

/// The commands in groups, as help and manual list them; names separated by spaces. A test
/// compares them with the commands that exist.
pub const GROUPS: [(&str, &str); 5] = [
    (
        "Keys",
        "create import list show review rename set-description set-groups set-permissions set-owner set-app \
         set-expiry set-meta activate deactivate rotate finish-rotation cancel-rotation renew \
         delete",
    ),
    ("Access", "group user policy"),
    ("Verification", "verify scan shared-secret"),
    ("Upkeep", "init doctor log backup restore"),
    ("Shell", "completions help"),
];

/// Returns `root` with its help.
pub(super) fn with_help(root: clap::Command) -> clap::Command {
    let styles = Styles::default();
    let style = styles.get_header();
    let mut template = String::from("{about-with-newline}\n{usage-heading} {usage}\n\n");
    for (heading, names) in GROUPS {
        let commands = section(Some(heading), &[], listed(names, &root), &[]);
        template.push_str(&format!("{}\n", commands.ansi()));
    }
    template.push_str(&format!(
        "{style}Options:{style:#}\n{{options}}{{after-help}}"
    ));

    let topics = topics::all().map(|topic| clap::Command::new(topic.name).about(topic.about));
    let topics = section(None, &[], topics, &[]);
    let short = format!("Topics, for `apikey help TOPIC`:\n{}", topics.ansi());
    let codes =
        EXIT_CODES.map(|(code, meaning)| clap::Command::new(code.to_string()).about(meaning));
    let codes = section(None, &[], codes, &[]);
    let long = format!(
        "Examples:
  apikey create deploy-bot --group readonly
  apikey verify < deploy-bot.APIKEY

Exit codes:\n{}\n{short}",
        codes.ansi()
    );
    root.help_template(template)
        .after_help(short)
        .after_long_help(long)
}

/// Returns the commands `names` of `root`, with names padded to the longest of all groups, so
/// that the groups are aligned.
fn listed(names: &str, root: &clap::Command) -> impl Iterator<Item = clap::Command> {
    let all = GROUPS.iter().flat_map(|(_, names)| names.split(' '));
    let width = all.map(str::len).max().unwrap_or_default();
    names
        .split(' ')
        .enumerate()
        .filter_map(move |(order, name)| {
            let command = root.find_subcommand(name)?.clone();
            Some(command.name(format!("{name:width$}")).display_order(order))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visible_command_is_in_exactly_one_group() {
        let root = crate::cli::command();
        let commands = root.get_subcommands();
        let visible = commands.filter(|command| !command.is_hide_set());
        let mut visible: Vec<&str> = visible.map(clap::Command::get_name).collect();
        let grouped = GROUPS.iter().flat_map(|(_, names)| names.split(' '));
        let mut grouped: Vec<&str> = grouped.collect();
        visible.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, visible);
    }
}
