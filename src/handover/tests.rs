//! The protocol against a database that fails at each step.

use std::path::Path;

use super::*;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Fails {
    Nothing,
    Insert,
    Activate,
    ActivateAndWithdraw,
}

/// Carries the protocol through into `path`; what happened, and the steps taken.
fn carry_through(path: &Path, fails: Fails) -> (Result<()>, Vec<&'static str>) {
    let secret = Secret::parse("apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX");
    let target = Target::file(path, "x", &secret.unwrap()).unwrap();
    let taken = std::cell::RefCell::new(Vec::new());
    let step = |name, failing: bool| {
        taken.borrow_mut().push(name);
        match failing {
            true => Err(Error::new(Kind::Io, "the disk failed")),
            false => Ok(()),
        }
    };
    let steps = Steps {
        store: (),
        insert: |(): &mut ()| step("insert", fails == Fails::Insert),
        show: |(): &()| Zeroizing::new(Vec::new()),
        activate: |(): &mut (), (): &(), _: &mut dyn FnMut() -> Result<()>| {
            step(
                "activate",
                matches!(fails, Fails::Activate | Fails::ActivateAndWithdraw),
            )
        },
        withdraw: |(), (): &()| step("withdraw", fails == Fails::ActivateAndWithdraw),
    };
    let outcome = hand_over(target, &Signals::hold(), steps);
    (outcome, taken.into_inner())
}

#[test]
fn a_key_is_active_only_after_its_secret_is_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (outcome, steps) = carry_through(&path, Fails::Nothing);
    assert!(outcome.is_ok());
    assert_eq!(steps, ["insert", "activate"]);
    assert!(path.exists());
}

#[test]
fn nothing_is_handed_over_for_a_key_that_could_not_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (outcome, steps) = carry_through(&path, Fails::Insert);
    assert_eq!(outcome.unwrap_err().kind(), Kind::Io);
    assert_eq!(steps, ["insert"]);
    assert!(!path.exists());
}

#[test]
fn the_file_goes_only_after_the_key_is_surely_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (outcome, steps) = carry_through(&path, Fails::Activate);
    assert_eq!(outcome.unwrap_err().kind(), Kind::NotHandedOver);
    assert_eq!(steps, ["insert", "activate", "withdraw"]);
    assert!(!path.exists());

    let (outcome, steps) = carry_through(&path, Fails::ActivateAndWithdraw);
    assert_eq!(outcome.unwrap_err().kind(), Kind::OutcomeUnknown);
    assert_eq!(steps, ["insert", "activate", "withdraw"]);
    assert!(path.exists());
}

/// Hands over to a place that is taken meanwhile, and withdraws so.
fn find_the_place_taken(withdraw: impl FnOnce() -> Result<()>) -> Kind {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let secret = Secret::parse("apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX");
    let target = Target::file(&path, "x", &secret.unwrap()).unwrap();
    std::fs::write(&path, "first").unwrap();
    let outcome = hand_over(
        target,
        &Signals::hold(),
        Steps {
            store: (),
            insert: |(): &mut ()| Ok(()),
            show: |(): &()| Zeroizing::new(Vec::new()),
            activate: |(): &mut (), (): &(), _: &mut dyn FnMut() -> Result<()>| {
                panic!("not handed over, yet made active")
            },
            withdraw: |(), (): &()| withdraw(),
        },
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"first");
    outcome.unwrap_err().kind()
}

#[test]
fn a_key_whose_secret_finds_its_place_taken_is_withdrawn() {
    let mut withdrawn = false;
    let kind = find_the_place_taken(|| {
        withdrawn = true;
        Ok(())
    });
    assert_eq!(kind, Kind::NotHandedOver);
    assert!(withdrawn);
}

#[test]
fn a_pending_key_that_can_not_be_withdrawn_is_no_known_outcome() {
    let kind = find_the_place_taken(|| Err(Error::new(Kind::Io, "the disk failed")));
    assert_eq!(kind, Kind::OutcomeUnknown);
}
