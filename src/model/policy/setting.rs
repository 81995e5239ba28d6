//! A rule with its value, as `apikey policy` lists it.

use super::{Policy, Rule, RuleValue};
use crate::model::{Described, Field, FieldValue as Value, Fit};

/// A rule and its value.
#[derive(Debug, Clone)]
pub struct RuleSetting {
    /// The rule.
    pub rule: Rule,
    /// The value; none if the rule isn't set and has no default.
    pub value: Option<RuleValue>,
    /// Whether the value is the built-in default.
    pub is_default: bool,
}

impl RuleSetting {
    const RULE: Field<Self> = Field::<Self>::new("rule", "its name", "RULE", |setting, _| {
        Value::text(setting.rule.as_str())
    })
    .fit(Fit::Kept);
    const VALUE: Field<Self> = Field::<Self>::new(
        "value",
        "its value, as `policy set` takes it; null if it isn't set and has no default",
        "VALUE",
        |setting, _| match &setting.value {
            Some(value) => Value::owned(value.to_string()),
            None => Value::text_or_null(None),
        },
    )
    .fit(Fit::Full);
    const DEFAULT: Field<Self> = Field::<Self>::new(
        "default",
        "whether the value is the built-in default: true or false",
        "DEFAULT",
        |setting, _| Value::Flag(setting.is_default),
    );
    const MEANING: Field<Self> =
        Field::<Self>::new("meaning", "what it means", "MEANING", |setting, _| {
            Value::text(setting.rule.meaning())
        });

    /// The columns of a table, in order.
    pub const TABLE: [Field<Self>; 3] = [Self::RULE, Self::VALUE, Self::MEANING];
}

impl Described for RuleSetting {
    fn fields() -> &'static [Field<Self>] {
        const { &[Self::RULE, Self::VALUE, Self::DEFAULT, Self::MEANING] }
    }
}

impl Policy {
    /// Returns a rule with its value.
    pub fn setting(&self, rule: Rule) -> RuleSetting {
        let value = self.value(rule);
        RuleSetting {
            rule,
            is_default: value.is_some() && self.set_value(rule).is_none(),
            value,
        }
    }

    /// Returns every rule with its value.
    pub fn settings(&self) -> Vec<RuleSetting> {
        Rule::ALL.map(|rule| self.setting(rule)).into()
    }
}
