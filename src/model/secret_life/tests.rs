//! The life of secrets as a table of cases, and as properties of any sequence of commands.

mod world;

use proptest::prelude::*;

use super::super::key::tests::key;
use super::super::user::tests::user;
use super::super::{Entitlement, Owner, Requirements, State, User, Verdict, decide};
use super::*;
use world::World;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn current_since_0(slot: i64) -> SecretRecord {
    SecretRecord {
        slot,
        last_four: format!("{slot:04}"),
        state: SecretState::Current,
        created_at: at(0),
        valid_until: None,
    }
}

#[test]
fn each_secret_is_accepted_only_in_its_time() {
    for (commands, now, expected) in [
        // One secret.
        ("", 0, "current"),
        ("10 deactivate", 10, "inactive"),
        ("10 expire 50", 49, "current"),
        ("10 expire 50", 50, "expired"),
        ("10 owner-leaves", 10, "owner-inactive"),
        // In an overlap, at its end, after it.
        ("10 rotate 60", 10, "previous current"),
        ("10 rotate 60", 69, "previous current"),
        ("10 rotate 60", 70, "rotated current"),
        ("10 rotate 60", 71, "rotated current"),
        ("10 rotate 0", 10, "rotated current"),
        // Again.
        ("10 rotate 60; 70 rotate 60", 70, "rotated previous current"),
        ("10 rotate 60; 80 rotate 60", 140, "rotated rotated current"),
        ("10 rotate 60; 20 rotate 60", 20, "previous current"),
        ("10 rotate 60; 20 rotate 0", 20, "rotated rotated current"),
        ("10 rotate 0; 10 rotate 0", 10, "rotated rotated current"),
        ("10 rotate 60; 70 rotate 0", 70, "rotated rotated current"),
        // Finished.
        ("10 rotate 60; 20 finish", 20, "rotated current"),
        (
            "10 rotate 60; 20 finish; 30 rotate 60",
            30,
            "rotated previous current",
        ),
        ("10 rotate 60; 80 finish", 80, "rotated current"),
        ("10 finish", 10, "current"),
        // Cancelled.
        ("10 rotate 60; 20 cancel", 20, "current rotated"),
        ("10 rotate 60; 20 cancel", 80, "current rotated"),
        ("10 rotate 60; 69 cancel", 70, "current rotated"),
        ("10 rotate 60; 70 cancel", 70, "rotated current"),
        ("10 rotate 60; 20 finish; 30 cancel", 30, "rotated current"),
        ("10 rotate 60; 20 cancel; 30 cancel", 30, "current rotated"),
        (
            "10 rotate 60; 20 cancel; 30 rotate 60",
            30,
            "previous rotated current",
        ),
        (
            "10 rotate 60; 70 rotate 60; 80 cancel",
            80,
            "rotated current rotated",
        ),
        ("10 cancel", 10, "current"),
        // Deactivated.
        ("10 rotate 60; 20 deactivate", 20, "inactive inactive"),
        ("10 rotate 60; 20 deactivate", 80, "inactive inactive"),
        (
            "10 deactivate; 20 rotate 60; 30 reactivate",
            30,
            "previous current",
        ),
        (
            "10 rotate 60; 20 deactivate; 80 reactivate",
            80,
            "rotated current",
        ),
        (
            "10 rotate 60; 20 deactivate; 30 cancel; 40 reactivate",
            40,
            "current rotated",
        ),
        // Expired: no overlap is longer than the key's life.
        ("10 expire 50; 20 rotate 60", 49, "previous current"),
        ("10 expire 50; 20 rotate 60", 50, "expired expired"),
        (
            "10 expire 50; 20 rotate 60; 60 expire 900",
            60,
            "rotated current",
        ),
        ("10 rotate 60; 20 expire 30", 40, "expired expired"),
        (
            "10 rotate 60; 20 expire 30; 40 expire 900",
            40,
            "previous current",
        ),
        // The owner leaves.
        (
            "10 rotate 60; 20 owner-leaves",
            20,
            "owner-inactive owner-inactive",
        ),
        (
            "10 rotate 60; 20 owner-leaves",
            80,
            "rotated owner-inactive",
        ),
        (
            "10 rotate 60; 20 owner-leaves; 30 owner-returns",
            30,
            "previous current",
        ),
        // Pending secrets.
        ("10 issue 60", 10, "current unknown"),
        ("10 issue 60; 20 activate 60", 20, "previous current"),
        ("10 issue 60; 20 activate 60", 79, "previous current"),
        ("10 issue 60; 20 activate 60", 80, "rotated current"),
        ("10 issue 60; 20 withdraw", 20, "current -"),
        (
            "10 issue 60; 20 withdraw; 30 rotate 60",
            30,
            "previous - current",
        ),
        ("10 issue 60; 20 rotate 60", 20, "current unknown"),
        ("10 issue 60; 909 rotate 60", 909, "current unknown"),
        ("10 issue 60; 910 rotate 60", 910, "previous - current"),
        ("10 issue 60; 20 rotate 0", 20, "rotated - current"),
        (
            "10 issue 60; 910 issue 60; 920 activate 60",
            920,
            "previous - current",
        ),
        (
            "10 rotate 60; 70 issue 60; 80 finish",
            80,
            "rotated current unknown",
        ),
        (
            "10 rotate 60; 20 issue 0; 30 cancel; 40 activate 0",
            40,
            "rotated rotated current",
        ),
        ("10 issue 60; 20 deactivate", 20, "inactive unknown"),
        // A clock that is behind: the overlap is not over yet, and lasts no longer than it says.
        ("100 rotate 60", 90, "previous current"),
        ("100 rotate 60; 90 finish", 90, "rotated current"),
        ("100 rotate 60; 90 cancel", 200, "current rotated"),
        ("100 rotate 60; 90 rotate 0", 200, "rotated rotated current"),
    ] {
        let mut world = World::new();
        world.run(commands);
        assert_eq!(world.verdicts(at(now)), expected, "{commands} at {now}");
    }
}

#[test]
fn a_rotation_under_way_prevents_another() {
    use RotationConflict::{Delivery, NotRotating, Overlap};
    for (commands, expected) in [
        ("10 rotate 60", None),
        ("10 rotate 60; 20 rotate 60", Some(Overlap(at(70)))),
        ("10 rotate 60; 20 rotate 0", None),
        ("10 rotate 60; 70 rotate 60", None),
        ("10 issue 60; 20 rotate 60", Some(Delivery(at(10)))),
        ("10 issue 60; 909 rotate 60", Some(Delivery(at(10)))),
        ("10 issue 60; 910 rotate 60", None),
        ("10 issue 60; 20 rotate 0", None),
        ("10 cancel", Some(NotRotating)),
        ("10 rotate 60; 70 cancel", Some(NotRotating)),
        ("10 rotate 60; 20 finish; 30 cancel", Some(NotRotating)),
        ("10 rotate 0; 10 cancel", Some(NotRotating)),
        ("10 finish", None),
    ] {
        assert_eq!(World::new().run(commands), expected, "{commands}");
    }
}

#[test]
fn a_rotation_sets_its_time_and_the_previous_secret() {
    for (commands, rotated_at, previous) in [
        ("", None, None),
        ("10 issue 60", None, None),
        (
            "10 rotate 60",
            Some(10),
            Some((1, SecretState::Previous, 70)),
        ),
        (
            "10 issue 60; 20 activate 60",
            Some(20),
            Some((1, SecretState::Previous, 80)),
        ),
        ("10 rotate 0", Some(10), Some((1, SecretState::Ended, 10))),
        (
            "10 rotate 60; 20 finish",
            Some(10),
            Some((1, SecretState::Ended, 20)),
        ),
        (
            "10 rotate 60; 20 cancel",
            None,
            Some((2, SecretState::Ended, 20)),
        ),
        (
            "10 rotate 0; 20 rotate 60",
            Some(20),
            Some((2, SecretState::Previous, 80)),
        ),
        (
            "10 rotate 0; 20 rotate 60; 30 cancel",
            Some(10),
            Some((3, SecretState::Ended, 30)),
        ),
        (
            "10 rotate 60; 20 rotate 0",
            Some(20),
            Some((2, SecretState::Ended, 20)),
        ),
        (
            "10 rotate 60; 70 rotate 60",
            Some(70),
            Some((2, SecretState::Previous, 130)),
        ),
    ] {
        let mut world = World::new();
        world.run(commands);
        let secrets = &world.secrets;
        assert_eq!(secrets.rotated_at(), rotated_at.map(at), "{commands}");
        let found = secrets.previous();
        let found = found.map(|secret| {
            (
                secret.slot,
                secret.state,
                secret.valid_until.unwrap().unix(),
            )
        });
        assert_eq!(found, previous, "{commands}");
    }
}

fn commands() -> impl Strategy<Value = Vec<(i64, &'static str, i64)>> {
    let verbs = [
        "rotate",
        "issue",
        "activate",
        "withdraw",
        "finish",
        "cancel",
        "deactivate",
        "reactivate",
        "expire",
        "owner-leaves",
        "owner-returns",
    ];
    let lengths = proptest::sample::select(vec![0, 1, 30, 60, 600, 2000]);
    let verb = proptest::sample::select(verbs.to_vec());
    proptest::collection::vec((0_i64..1200, verb, lengths), 1..24)
}

#[test]
fn a_refusal_is_after_the_end_of_a_secret_from_that_second_on() {
    let mut world = World::new();
    // The secret in slot 1 ends at 70, that in slot 2 has no end.
    world.run("10 rotate 60");
    for (refused_at, expected) in [(69, None), (70, Some(70)), (71, Some(71))] {
        let mut found = world
            .secrets
            .refused_after_their_ends(|_| Some(at(refused_at)));
        assert_eq!(found.next(), expected.map(at), "{refused_at}");
        assert_eq!(found.next(), None, "{refused_at}");
    }
    assert_eq!(
        world.secrets.refused_after_their_ends(|_| None).next(),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No sequence of commands makes a secret that has ended or was withdrawn accepted again.
    /// After each command there is exactly one current secret.
    #[test]
    fn an_ended_secret_stays_so(commands in commands()) {
        let mut world = World::new();
        let mut ended: Vec<i64> = Vec::new();
        let mut now = 0;
        for (pause, verb, length) in commands {
            now += pause;
            for secret in &world.secrets.0 {
                if secret.state_at(at(now)) == SecretState::Ended && !ended.contains(&secret.slot) {
                    ended.push(secret.slot);
                }
            }
            let before: Vec<i64> = world.secrets.0.iter().map(|secret| secret.slot).collect();
            world.run(&format!("{now} {verb} {length}"));
            let secrets = &world.secrets.0;
            let is_current = |secret: &&SecretRecord| secret.state == SecretState::Current;
            prop_assert_eq!(secrets.iter().filter(is_current).count(), 1);
            for slot in before {
                if secrets.iter().all(|secret| secret.slot != slot) {
                    ended.push(slot);
                }
            }
            for secret in secrets.iter().filter(|secret| ended.contains(&secret.slot)) {
                prop_assert_eq!(secret.state_at(at(now)), SecretState::Ended);
            }
        }
    }
}
