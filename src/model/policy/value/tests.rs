use super::*;

#[test]
fn a_value_is_written_in_one_way_which_is_read_again() {
    for (rule, text, written) in [
        (Rule::MaxLifetime, "90d", "90d"),
        (Rule::MaxLifetime, "2w", "14d"),
        (Rule::MaxLifetime, "48h", "2d"),
        (Rule::DefaultLifetime, "36h", "36h"),
        (Rule::MaxAge, "90s", "90s"),
        (Rule::UnusedAfter, "120s", "2m"),
        (Rule::MaxOverlap, "0s", "0s"),
        (Rule::DefaultOverlap, "0d", "0s"),
        (Rule::OwnerRequired, "true", "true"),
        (Rule::OwnerRequired, "false", "false"),
        (Rule::MaxKeysPerOwner, "1", "1"),
        (
            Rule::MaxKeysPerOwner,
            "18446744073709551615",
            "18446744073709551615",
        ),
        (Rule::NamePattern, "[a-z]+", "[a-z]+"),
        (Rule::SelfServiceGroups, "a,B,b,A", "a,B"),
    ] {
        let value = RuleValue::parse(rule, text).unwrap();
        assert_eq!(value.to_string(), written, "{rule} {text}");
        assert_eq!(RuleValue::parse(rule, written), Ok(value), "{rule} {text}");
    }
}

#[test]
fn invalid_values_are_refused() {
    let long = "a".repeat(201);
    let many: Vec<String> = (0..65).map(|number| format!("g{number}")).collect();
    let many = many.join(",");
    for (rule, text) in [
        (Rule::MaxLifetime, "0s"),
        (Rule::DefaultLifetime, "0d"),
        (Rule::MaxAge, "0s"),
        (Rule::UnusedAfter, "0s"),
        (Rule::WarnBefore, "0h"),
        (Rule::DrainAfter, "0s"),
        (Rule::MaxLifetime, "1y"),
        (Rule::MaxLifetime, "never"),
        (Rule::MaxLifetime, "2027-01-31"),
        (Rule::MaxLifetime, ""),
        (Rule::MaxOverlap, "-1d"),
        (Rule::OwnerRequired, "yes"),
        (Rule::OwnerRequired, "True"),
        (Rule::OwnerRequired, ""),
        (Rule::MaxKeysPerOwner, "0"),
        (Rule::MaxKeysPerOwner, "-1"),
        (Rule::MaxKeysPerOwner, "+1"),
        (Rule::MaxKeysPerOwner, "01"),
        (Rule::MaxKeysPerOwner, ""),
        (Rule::MaxKeysPerOwner, "18446744073709551616"),
        (Rule::NamePattern, ""),
        (Rule::NamePattern, &long),
        (Rule::NamePattern, "ä"),
        (Rule::NamePattern, "a\nb"),
        (Rule::NamePattern, "("),
        (Rule::NamePattern, "a)|(b"),
        (Rule::NamePattern, "a{1000000}"),
        (Rule::NamePattern, "(a{99}){99}"),
        (Rule::NamePattern, "((a{99}){99}){99}"),
        (Rule::NamePattern, r"\p{Greek}"),
        (Rule::SelfServiceGroups, ""),
        (Rule::SelfServiceGroups, "a,"),
        (Rule::SelfServiceGroups, "a, b"),
        (Rule::SelfServiceGroups, "a b"),
        (Rule::SelfServiceGroups, &many),
    ] {
        assert!(RuleValue::parse(rule, text).is_err(), "{rule} {text}");
    }
}
