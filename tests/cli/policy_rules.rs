//! Every rule of the policy at every command that sets a fact, and at those that don't.

use super::sandbox::Sandbox;

/// A command line and the rule that refuses it, if one does.
pub type Case<'a> = (&'a str, Option<&'a str>);

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

pub fn set(sandbox: &Sandbox, rule: &str, value: &str) {
    sandbox.run(&["policy", "set", rule, value]).succeeds();
}

/// Runs the commands one after the other. A refused one changes no byte.
#[track_caller]
pub fn check(sandbox: &Sandbox, cases: &[Case<'_>]) {
    check_as(sandbox, None, cases);
}

#[track_caller]
fn check_as(sandbox: &Sandbox, user: Option<&str>, cases: &[Case<'_>]) {
    for (line, rule) in cases {
        let args = [&words(line), &["--json"][..]].concat();
        let before = sandbox.content();
        let ran = match user {
            Some(user) => sandbox.as_user(user, &args),
            None => sandbox.run(&args),
        };
        let Some(rule) = rule else {
            assert_eq!(ran.code, 0, "{line}: {ran:?}");
            continue;
        };
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        assert_eq!(ran.error_code(), "policy", "{line}");
        assert!(ran.stderr.contains(rule), "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
        let after = sandbox.content();
        assert!(after == before, "{line} changed something");
    }
}

/// Returns a database with keys of every kind: `dated`, which expires, `forever`, `off`, which is
/// inactive, `hers`, which alice owns, and `turning`, which is being rotated. The file `s` holds
/// the secret of `file`.
pub fn populated() -> Sandbox {
    let sandbox = Sandbox::staffed();
    for line in [
        "create dated -g deploy --expires 30d",
        "create forever -g deploy",
        "create off -g deploy",
        "deactivate off",
        "create hers -g deploy --owner alice",
        "create turning -g deploy",
        "rotate turning --overlap 30d",
        "create again -g deploy",
        "rotate again --overlap 30d",
        "create file -g deploy --export s",
        "create spare -g deploy",
    ] {
        sandbox.run(&words(line)).succeeds();
    }
    sandbox
}

#[test]
fn max_lifetime_judges_an_expiry_that_a_change_sets() {
    let sandbox = populated();
    set(&sandbox, "max-lifetime", "90d");
    let refused = Some("max-lifetime");
    check(
        &sandbox,
        &[
            ("create a -g deploy", refused),
            ("create a -g deploy --expires never", refused),
            ("create a -g deploy --expires 91d", refused),
            ("create a -g deploy --expires 90d", None),
            ("create b --like forever", refused),
            ("create b --like forever --expires 1d", None),
            ("create a -g deploy --if-absent", None),
            ("activate off", refused),
            ("activate dated", None),
            ("set-expiry dated never", refused),
            ("set-expiry dated 91d", refused),
            ("set-expiry dated 90d", None),
            ("set-expiry forever 91d", refused),
            ("set-expiry off now", None),
            ("activate off", None),
            ("rotate forever --overlap 1h --expires never", refused),
            ("rotate forever --overlap 0s --expires 91d", refused),
            ("rotate forever --overlap 1h", None),
            ("rotate forever --overlap 0s --expires 90d", None),
            ("renew s --overlap 1h", None),
            // These set no expiry, or revoke.
            ("set-expiry turning never", None),
            ("rename turning turned", None),
            ("set-groups turned --add readonly", None),
            ("set-owner turned --none", None),
            ("set-description turned x", None),
            ("set-app turned x", None),
            ("set-permissions turned x", None),
            ("set-meta turned x=y", None),
            ("finish-rotation turned", None),
            ("cancel-rotation again -y", None),
            ("deactivate turned", None),
            ("delete turned -y", None),
            ("set-expiry spare 2020-01-01", None),
        ],
    );
}

#[test]
fn owner_required_judges_an_owner_that_a_change_sets() {
    let sandbox = populated();
    set(&sandbox, "owner-required", "true");
    let refused = Some("owner-required");
    check(
        &sandbox,
        &[
            ("create a -g deploy", refused),
            ("create a -g deploy --owner alice", None),
            ("create b --like dated", refused),
            ("create b --like hers", None),
            ("set-owner hers --none", refused),
            ("set-owner hers bob", None),
            ("activate off", refused),
            ("set-owner off alice", None),
            ("activate off", None),
            // The key has no owner, as before.
            ("set-owner dated --none", None),
            ("rename dated x", None),
            ("set-expiry x 90d", None),
            ("set-groups x --add readonly", None),
            ("rotate x --overlap 1h", None),
            ("renew s --overlap 1h", None),
            ("deactivate x", None),
            ("activate x", refused),
            ("delete x -y", None),
        ],
    );
    set(&sandbox, "owner-required", "false");
    check(&sandbox, &[("set-owner hers --none", None)]);
}

#[test]
fn name_pattern_judges_a_name_that_a_change_sets() {
    let sandbox = populated();
    set(&sandbox, "name-pattern", "svc-[a-z]+|x");
    let refused = Some("name-pattern");
    check(
        &sandbox,
        &[
            ("create a -g deploy", refused),
            ("create svc-1 -g deploy", refused),
            ("create my-svc-a -g deploy", refused),
            ("create svc-a -g deploy", None),
            ("rename dated svc-1", refused),
            ("rename dated xx", refused),
            ("rename dated x", None),
            ("rename forever forever", None),
            ("rename forever Forever", refused),
            ("activate off", refused),
            ("set-owner off alice", None),
            ("set-expiry off 90d", None),
            ("rename off svc-off", None),
            ("activate svc-off", None),
            ("rotate hers --overlap 1h", None),
            ("renew s --overlap 1h", None),
        ],
    );
}

#[test]
fn max_keys_per_owner_counts_keys_that_are_not_expired() {
    let sandbox = Sandbox::staffed();
    for line in [
        "create one -g deploy --owner alice",
        "create off -g deploy --owner alice",
        "deactivate off",
        "create expired -g deploy --owner alice --expires 1d",
        "set-expiry expired 2020-01-01",
        "create none -g deploy",
        "create none-expired -g deploy --expires 1d",
        "set-expiry none-expired 2020-01-01",
    ] {
        sandbox.run(&words(line)).succeeds();
    }
    set(&sandbox, "max-keys-per-owner", "2");
    let refused = Some("max-keys-per-owner");
    check(
        &sandbox,
        &[
            ("create two -g deploy --owner alice", refused),
            ("set-owner none alice", refused),
            ("set-expiry expired never", refused),
            ("set-expiry expired 90d", refused),
            ("set-expiry expired 2021-01-01", None),
            ("rotate expired --overlap 1h --expires 9d", refused),
            ("rotate expired --overlap 0s --expires never", refused),
            // An expired key doesn't count.
            ("set-owner none-expired alice", None),
            ("activate expired", None),
            // An active key of the owner is counted already.
            ("activate off", None),
            ("set-expiry one 90d", None),
            ("rotate one --overlap 1h --expires 9d", None),
            ("create two -g deploy --owner bob", None),
            ("create three -g deploy", None),
            ("delete one -y", None),
            ("set-expiry expired never", None),
            ("set-owner none alice", refused),
            ("set-owner none bob", None),
            ("deactivate off", None),
        ],
    );
    set(&sandbox, "max-keys-per-owner", "1");
    check(
        &sandbox,
        &[
            ("activate off", refused),
            ("rename off x", None),
            ("set-expiry x now", None),
            ("activate x", None),
        ],
    );
}

#[test]
fn max_overlap_judges_rotations_and_never_one_without_an_overlap() {
    let sandbox = populated();
    set(&sandbox, "max-overlap", "7d");
    let refused = Some("max-overlap");
    check(
        &sandbox,
        &[
            ("rotate dated --overlap 8d", refused),
            ("rotate dated --overlap 7d", None),
            ("renew s --overlap 8d", refused),
            ("renew s --overlap 7d", None),
            ("rotate turning --overlap 0s", None),
            ("deactivate again", None),
            ("activate again", None),
        ],
    );
    set(&sandbox, "max-overlap", "0s");
    check(
        &sandbox,
        &[
            ("rotate forever --overlap 1s", refused),
            ("rotate forever --overlap 0s", None),
        ],
    );
    assert!(!sandbox.path("s.new").exists());
}

#[test]
fn self_service_groups_limit_only_operators_with_apikey_own() {
    let sandbox = Sandbox::staffed();
    sandbox
        .run(&["create", "hers", "-g", "own", "--owner", "alice"])
        .succeeds();
    set(&sandbox, "self-service-groups", "Deploy");
    let refused = Some("self-service-groups");
    check_as(
        &sandbox,
        Some("alice"),
        &[
            ("create a -g own", refused),
            ("create a -g deploy -g own", refused),
            ("create a -g deploy", None),
            ("create b --like hers", refused),
            ("create b --like hers -g deploy", None),
            ("set-groups a own", refused),
            ("set-groups a --add own", refused),
            // A group that the key has already doesn't count as a new one.
            ("set-groups hers own deploy", None),
            ("set-groups hers --remove own", None),
            ("set-groups hers --add own", refused),
            ("rename a x", None),
            ("set-expiry x 90d", None),
            ("rotate x --overlap 1h", None),
        ],
    );
    // A group that alice isn't in is a question of rights, which come first.
    let ran = sandbox.as_user("alice", &["create", "c", "-g", "admin", "--json"]);
    assert_eq!(ran.exits(4).error_code(), "not-permitted");
    for user in [None, Some("admin")] {
        let name = user.unwrap_or("root");
        let create = format!("create {name} -g own -g deploy --owner alice");
        let set_groups = format!("set-groups {name} own");
        check_as(&sandbox, user, &[(&create, None), (&set_groups, None)]);
    }
}
