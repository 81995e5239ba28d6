//! `apikey policy` and its subcommands.

use super::{Session, now_or_already, warn_of_unknown_rules};
use crate::cli::{Policy, PolicyCommand, PolicySet};
use crate::error::{Error, Kind, Result};
use crate::model::{Rule, RuleSetting, RuleValue};
use crate::output::{Outcome, RuleJson};
use crate::store::{Access, Store};

/// Lists the rules, or changes one.
pub(super) fn run(args: &Policy, session: &Session) -> Result<Outcome> {
    match &args.command {
        None => list(&session.open(Access::Read)?, session),
        Some(PolicyCommand::Set(args)) => {
            let value = parse(args)?;
            change(args.rule, Some(&value), session)
        }
        Some(PolicyCommand::Unset(args)) => change(args.rule, None, session),
    }
}

fn list(store: &Store, session: &Session) -> Result<Outcome> {
    let policy = store.policy()?;
    warn_of_unknown_rules(&policy, session);
    session
        .output
        .list_all(&policy.settings(), &RuleSetting::TABLE, "no rules")?;
    Ok(Outcome::done())
}

/// Parses the value. The rule determines its kind, so clap can't parse it.
fn parse(args: &PolicySet) -> Result<RuleValue> {
    RuleValue::parse(args.rule, &args.value).map_err(|invalid| {
        let fact = format!("invalid value for {}: {invalid}", args.rule);
        Error::new(Kind::InvalidInput, fact).hint("see `apikey policy set --help`")
    })
}

fn change(rule: Rule, value: Option<&RuleValue>, session: &Session) -> Result<Outcome> {
    let is_set = value.is_some();
    let (changed, setting) = session.open(Access::Write)?.set_rule(rule, value)?;
    let when = now_or_already(changed);
    let note = match &setting.value {
        Some(value) if is_set => format!("{rule} is {when} {value}"),
        Some(value) => format!("{rule} is {when} {value}, the built-in default"),
        None => format!("{rule} is {when} not set"),
    };
    Ok(Outcome::changed(&RuleJson::new(&setting, session.now()))
        .unchanged_if(!changed)
        .note(note))
}
