//! The check `refused`: since when a refusal counts.

use super::*;

#[test]
fn a_refusal_counts_from_the_deactivation() {
    let refused = |deactivated_at: Option<i64>, refused_at: Option<i64>| Key {
        state: State::Inactive,
        deactivated_at: deactivated_at.map(at),
        last_refused_at: refused_at.map(at),
        ..new_key()
    };
    for (deactivated_at, refused_at, is_found) in [
        (Some(100), Some(99), false),
        (Some(100), Some(100), true),
        (Some(100), Some(101), true),
        (Some(100), None, false),
        // An older version, which stored no date, deactivated the key.
        (None, Some(1), true),
        (None, None, false),
    ] {
        let key = refused(deactivated_at, refused_at);
        let detail = "refused since it was deactivated".to_owned();
        let expected = is_found.then_some((refused_at, detail));
        assert_eq!(found(Check::Refused, &key, 1000), expected, "{key:?}");
        let active = Key {
            state: State::Active,
            ..key
        };
        assert_eq!(found(Check::Refused, &active, 1000), None);
    }
}

#[test]
fn a_refusal_in_a_pause_counts_until_the_next_use() {
    let detail = "refused while it was inactive, and not used since".to_owned();
    for (refused_at, used_at, is_found) in [
        (99, None, false),
        (100, None, true),
        (199, None, true),
        (199, Some(99), true),
        // A use in the second of the deactivation was before it.
        (100, Some(100), true),
        (199, Some(100), true),
        (199, Some(200), false),
        (200, None, false),
    ] {
        let key = Key {
            state: State::Inactive,
            deactivated_at: Some(at(100)),
            reactivates_at: Some(at(200)),
            last_refused_at: Some(at(refused_at)),
            last_used_at: used_at.map(at),
            ..new_key()
        };
        let expected = is_found.then(|| (Some(refused_at), detail.clone()));
        for now in [200, 201] {
            assert_eq!(found(Check::Refused, &key, now), expected, "{key:?}");
        }
    }
    // During the pause the key is inactive.
    let key = Key {
        state: State::Inactive,
        deactivated_at: Some(at(100)),
        reactivates_at: Some(at(200)),
        last_refused_at: Some(at(150)),
        ..new_key()
    };
    let detail = "refused since it was deactivated".to_owned();
    assert_eq!(found(Check::Refused, &key, 199), Some((Some(150), detail)));
}

#[test]
fn a_refusal_counts_from_the_expiry_and_from_the_end_of_a_secret() {
    for (refused_at, is_found) in [(DAY - 1, false), (DAY, true), (DAY + 1, true)] {
        let key = Key {
            expires_at: Some(at(DAY)),
            last_refused_at: Some(at(refused_at)),
            ..new_key()
        };
        let expected = is_found.then(|| (Some(refused_at), "refused since it expired".to_owned()));
        assert_eq!(found(Check::Refused, &key, 2 * DAY), expected);
    }
    let ended = Key {
        last_refused_at: Some(at(7)),
        ended_refused_at: Some(at(5)),
        ..new_key()
    };
    let detail = "refused with a secret that had ended".to_owned();
    assert_eq!(found(Check::Refused, &ended, DAY), Some((Some(5), detail)));
}

#[test]
fn refusals_for_several_reasons_are_one_finding_since_the_last() {
    let key = Key {
        state: State::Inactive,
        deactivated_at: Some(at(100)),
        expires_at: Some(at(200)),
        last_refused_at: Some(at(300)),
        ended_refused_at: Some(at(150)),
        ..new_key()
    };
    let detail = "refused since it was deactivated; refused since it expired; \
                  refused with a secret that had ended";
    let expected = Some((Some(300), detail.to_owned()));
    assert_eq!(found(Check::Refused, &key, 400), expected);
}
