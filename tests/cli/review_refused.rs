//! The finding `refused` of `review`: a client has a secret that is no longer accepted.

use super::clock::{Clock, DAY, NOON};
use super::review_checks::{reviewed, verify};

#[test]
fn a_refusal_is_found_from_the_deactivation_on() {
    let Some(clock) = Clock::new() else { return };
    let check = ["--only", "refused"];
    let secret = clock.key(NOON, "a", &["--expires", "40d"]);
    // A refusal of the active key, for another reason.
    clock
        .feed(NOON, &["verify", "-g", "admin"], &secret)
        .exits(1);
    clock.run(NOON + 60, &["deactivate", "a"]).succeeds();
    assert_eq!(reviewed(&clock, NOON + 60, &check), [""; 0]);
    verify(&clock, NOON + 61, &secret).exits(1);
    assert_eq!(reviewed(&clock, NOON + 61, &check), ["a refused"]);
    clock.run(NOON + 62, &["activate", "a"]).succeeds();
    assert_eq!(reviewed(&clock, NOON + 63, &check), [""; 0]);
    verify(&clock, NOON + 40 * DAY, &secret).exits(1);
    assert_eq!(reviewed(&clock, NOON + 40 * DAY, &check), ["a refused"]);
}

#[test]
fn a_refusal_in_a_temporary_deactivation_is_found_until_the_next_use() {
    let Some(clock) = Clock::new() else { return };
    let check = ["--only", "refused"];
    let secret = clock.key(NOON, "a", &[]);
    let pause = ["deactivate", "a", "--for", "1h"];
    clock.run(NOON + 60, &pause).succeeds();
    let end = NOON + 60 + 3600;
    assert_eq!(reviewed(&clock, end, &check), [""; 0]);
    verify(&clock, end - 1, &secret).exits(1);
    for now in [end - 1, end, end + DAY] {
        assert_eq!(reviewed(&clock, now, &check), ["a refused"], "{now}");
    }
    verify(&clock, end + 60, &secret).succeeds();
    assert_eq!(reviewed(&clock, end + 60, &check), [""; 0]);
}

#[test]
fn a_refusal_in_a_temporary_deactivation_is_found_after_the_next_deactivation() {
    let Some(clock) = Clock::new() else { return };
    let check = ["--only", "refused"];
    // Creates a key whose client is refused during a trial of an hour.
    let refused = |begin: i64, name: &str| {
        let secret = clock.key(begin, name, &[]);
        let trial = ["deactivate", name, "--for", "1h"];
        clock.run(begin + DAY, &trial).succeeds();
        verify(&clock, begin + DAY + 60, &secret).exits(1);
        secret
    };
    let mut begin = NOON;
    for (name, args) in [
        ("named", &["deactivate", "named"][..]),
        ("filtered", &["deactivate", "--unused-for", "1d", "--yes"]),
        ("again", &["deactivate", "again", "--for", "1d"]),
    ] {
        refused(begin, name);
        begin += 2 * DAY;
        clock.run(begin, args).succeeds();
        let found = format!("{name} refused");
        assert_eq!(reviewed(&clock, begin, &check), [found]);
        clock.run(begin, &["delete", name, "--yes"]).succeeds();
    }
    // A client that has come back is no longer reported.
    let secret = refused(begin, "back");
    verify(&clock, begin + DAY + 3600, &secret).succeeds();
    clock
        .run(begin + 2 * DAY, &["deactivate", "back"])
        .succeeds();
    assert_eq!(reviewed(&clock, begin + 2 * DAY, &check), [""; 0]);
}

#[test]
fn a_secret_that_a_client_presents_after_its_end_is_found() {
    let Some(clock) = Clock::new() else { return };
    let check = ["--only", "refused"];
    let secret = clock.key(NOON, "a", &[]);
    clock
        .run(NOON, &["rotate", "a", "--overlap", "1h"])
        .succeeds();
    verify(&clock, NOON + 3599, &secret).succeeds();
    assert_eq!(reviewed(&clock, NOON + 3600, &check), [""; 0]);
    verify(&clock, NOON + 3600, &secret).exits(1);
    assert_eq!(reviewed(&clock, NOON + 3600, &check), ["a refused"]);
}
