//! The filters of keys, which listings and changes of many keys share.

use clap::builder::{StringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command};

use super::choice;
use crate::model::{
    Action, AppName, GroupName, Invalid, MetaFilter, Operator, Resource, Span, Status, Text,
    TimePoint, UserName, quoted,
};

/// The filters of keys. They combine with AND. A filter whose field is a list may be repeated,
/// which means OR.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// Keys with this status
    #[arg(long = "status", value_name = "STATUS", value_parser = choice(&Status::ALL, Status::as_str))]
    pub(crate) statuses: Vec<Status>,

    /// Keys in this group
    #[arg(short, long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<GroupName>,

    /// Keys of this user
    #[arg(long = "owner", value_name = "USER")]
    pub(crate) owners: Vec<UserName>,

    /// Keys without an owner
    #[arg(long)]
    pub(crate) no_owner: bool,

    /// Keys created by this operator (login name)
    #[arg(long = "created-by", value_name = "NAME")]
    pub(crate) creators: Vec<Operator>,

    /// Keys for this application
    #[arg(long = "app", value_name = "NAME")]
    pub(crate) apps: Vec<AppName>,

    /// Keys that are allowed this action, in any status
    #[arg(long = "can", value_name = "ACTION")]
    pub(crate) actions: Vec<Action>,

    /// Resource of the action [default: every resource]
    #[arg(long = "on", value_name = "RESOURCE", requires = "actions")]
    pub(crate) resources: Vec<Resource>,

    /// Keys neither used nor created for this long (12h, 90d, 2w)
    #[arg(long, value_name = "DURATION")]
    pub(crate) unused_for: Option<Span>,

    /// Keys that were never used
    #[arg(long)]
    pub(crate) never_used: bool,

    /// Keys that will expire within this time (90d) or by this date (2027-01-31)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires_within: Option<TimePoint>,

    /// Keys that expired at least this long ago (0s, 90d), in any status
    #[arg(long, value_name = "DURATION")]
    pub(crate) expired_for: Option<Span>,

    /// Keys whose current secret is at least this old (90d)
    #[arg(long, value_name = "DURATION")]
    pub(crate) older_than: Option<Span>,

    /// Keys that verify refused within this time, although the secret was right (1d)
    #[arg(long, value_name = "DURATION")]
    pub(crate) refused_within: Option<Span>,

    /// Keys that never expire
    #[arg(long)]
    pub(crate) no_expiry: bool,

    /// Keys with metadata of this name, and of this value if one is given
    #[arg(long = "meta", value_name = "NAME[=VALUE]")]
    pub(crate) meta: Vec<MetaFilter>,

    /// Keys with an overlap under way, in which the previous secret is still accepted
    #[arg(long)]
    pub(crate) rotating: bool,

    /// Keys with an overlap under way whose previous secret is known to be no longer used
    #[arg(long)]
    pub(crate) drained: bool,

    /// Keys with this text in name or description (ignoring case) or id, or with this short
    /// form or PREFIX_ID
    #[arg(long = "search", value_name = "TEXT", allow_hyphen_values = true,
          value_parser = text_to_search())]
    pub(crate) texts: Vec<Text>,
}

/// Parses a text to search for. An empty text would match every key.
fn text_to_search() -> impl TypedValueParser<Value = Text> {
    StringValueParser::new().try_map(|text| match text.trim() {
        "" => Err(Invalid::new("the text is empty")),
        _ => text.parse::<Text>(),
    })
}

/// Returns whether one of the words of a line to complete is the option of a filter.
pub(crate) fn has_filter(words: &[String]) -> bool {
    let filters = Filters::augment_args(Command::new(""));
    let is_filter = |word: &String| {
        let option = word.split('=').next().unwrap_or_default();
        let mut longs = filters.get_arguments().filter_map(clap::Arg::get_long);
        option
            .strip_prefix("--")
            .is_some_and(|name| longs.any(|long| long == name))
            || word.starts_with("-g")
    };
    words.iter().any(is_filter)
}

/// Returns the filters among the arguments as a shell would read them, such as
/// `--status active --unused-for 90d`; empty without filters.
pub(crate) fn filters_given(matches: &ArgMatches) -> String {
    if let Some((_, sub)) = matches.subcommand() {
        return filters_given(sub);
    }
    let mut words = Vec::new();
    for filter in Filters::augment_args(Command::new("")).get_arguments() {
        let id = filter.get_id().as_str();
        let is_given = matches!(matches.try_contains_id(id), Ok(true))
            && matches.value_source(id) == Some(ValueSource::CommandLine);
        let (Some(long), true) = (filter.get_long(), is_given) else {
            continue;
        };
        if filter
            .get_num_args()
            .is_some_and(|count| !count.takes_values())
        {
            words.push(format!("--{long}"));
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            words.push(format!("--{long} {}", quoted(&value.to_string_lossy())));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn only_filters_have_their_heading_in_help() {
        let filters = Filters::augment_args(Command::new(""));
        let filters: Vec<&str> = filters.get_arguments().filter_map(Arg::get_long).collect();
        let definition = crate::cli::definition();
        let mut count = 0;
        for command in definition.get_subcommands() {
            let headed = command
                .get_arguments()
                .filter(|arg| arg.get_help_heading() == Some("Filters"));
            for arg in headed {
                let long = arg.get_long().unwrap_or_default();
                assert!(filters.contains(&long), "{} --{long}", command.get_name());
                count += 1;
            }
        }
        assert!(count >= 10 * filters.len());
    }
}
