//! Tests of a key's status and fields.

use super::*;

pub(in crate::model) fn key(groups: &[&str]) -> Key {
    Key {
        short: "apik_7Kd93mZQ…9fQ2".parse().unwrap(),
        name: "deploy-bot".parse().unwrap(),
        description: None,
        state: State::Active,
        groups: groups.iter().map(|g| g.parse().unwrap()).collect(),
        permissions: Vec::new(),
        owner: None,
        application: None,
        created_at: Timestamp::from_unix(1000),
        created_by: "root".to_owned(),
        last_used_at: None,
        last_use_known_since: None,
        last_refused_at: None,
        expires_at: None,
        deactivated_at: None,
        reactivates_at: None,
        meta: Meta::default(),
        rotated_at: None,
        previous: None,
        ended_refused_at: None,
    }
}

#[test]
fn a_status_is_the_first_that_applies() {
    let now = Timestamp::from_unix(5000);
    let at = |seconds| Some(Timestamp::from_unix(seconds));
    let (past, future) = (at(4999), at(5001));
    let owner = |active, expires_at| {
        Some(Owner {
            name: "alice".parse().unwrap(),
            active,
            expires_at,
        })
    };
    let inactive = owner(false, None);
    for (state, expires_at, owner, status) in [
        (State::Pending, past, inactive.clone(), Status::Pending),
        (State::Inactive, past, inactive.clone(), Status::Inactive),
        (State::Active, past, inactive.clone(), Status::Expired),
        (State::Active, at(5000), None, Status::Expired),
        (State::Active, future, inactive, Status::Blocked),
        (State::Active, None, owner(false, past), Status::Blocked),
        (State::Active, None, owner(true, at(5000)), Status::Blocked),
        (State::Active, future, owner(true, future), Status::Active),
        (State::Active, None, owner(true, None), Status::Active),
        (State::Active, future, None, Status::Active),
        (State::Active, None, None, Status::Active),
    ] {
        let key = Key {
            state,
            expires_at,
            owner,
            ..key(&["a"])
        };
        assert_eq!(key.status(now), status, "{key:?}");
    }
}

#[test]
fn fields_are_listed_once_and_in_the_order_of_declaration() {
    for (at, field) in KeyField::ALL.into_iter().enumerate() {
        assert_eq!(field as usize, at);
        assert!(!field.as_str().is_empty() && !field.field().meaning.is_empty());
        let times = |list: &[KeyField]| list.iter().filter(|other| **other == field).count();
        assert!(times(&KeyField::TABLE) <= 1, "{field:?}");
        assert!(times(&KeyField::SHOW) <= 1, "{field:?}");
    }
}
