//! Commands on the policy.

use clap::{Args, Subcommand};

use super::choice;
use crate::model::Rule;

/// Show the rules for keys, and change them
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    override_usage = "apikey policy [OPTIONS]\n       apikey policy <COMMAND>",
    after_long_help = "Examples:
  apikey policy
  apikey policy --json
  apikey policy set max-lifetime 365d"
)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: Option<PolicyCommand>,
}

/// The commands below `policy`.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Set(PolicySet),
    Unset(PolicyUnset),
}

/// Set a rule
///
/// VALUE is a duration (90d), true or false, a number, a regular expression that a complete
/// name must match, or groups joined by commas. It replaces the present value. A default that
/// is longer than its maximum is refused. `apikey policy` lists the rules and what they mean.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey policy set max-lifetime 365d
  apikey policy set default-lifetime 90d
  apikey policy set owner-required true
  apikey policy set name-pattern '[a-z0-9]+(-[a-z0-9]+)*'
  apikey policy set self-service-groups readonly,deploy")]
pub(crate) struct PolicySet {
    /// Rule
    #[arg(value_name = "RULE", value_parser = choice(&Rule::ALL, Rule::as_str))]
    pub(crate) rule: Rule,

    /// New value
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) value: String,
}

/// Remove a rule; its built-in default applies again, if it has one
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apikey policy unset name-pattern
  apikey policy unset max-lifetime --reason 'contract ended'")]
pub(crate) struct PolicyUnset {
    /// Rule
    #[arg(value_name = "RULE", value_parser = choice(&Rule::ALL, Rule::as_str))]
    pub(crate) rule: Rule,
}

/// Returns the long description of `policy`, with the name of every rule.
pub(super) fn policy_about() -> String {
    let rules = Rule::ALL.map(Rule::as_str).join(", ");
    format!(
        "Show the rules for keys, and change them\n\n\
         Without a subcommand, lists the rules: {rules}.\n\n\
         A change that breaks a rule is refused with exit code 3, for every operator. A change \
         is judged only by what it sets: `rename` by the name, not by the expiry; `activate` like \
         the creation of the key. Revoking is never refused. \
         Existing keys stay as they are, and `verify` reads no rule."
    )
}
