//! `renew`: the secret in a file is replaced without an outage, whatever happens in between.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use sqlite_only::sqlite_only;

use super::sandbox::{APIKEY, Ran, Sandbox, finish, has, mode};
use super::waiting::is_installed;

const FILE: &str = "s.APIKEY";

/// A key `a` whose secret is in FILE, which is also returned.
fn exported() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["create", "a", "-g", "readonly", "--export", FILE])
        .succeeds();
    let secret = secret(&sandbox);
    (sandbox, secret)
}

fn secret(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.path(FILE))
        .unwrap()
        .trim_end()
        .to_owned()
}

fn renew(sandbox: &Sandbox, more: &[&str]) -> Ran {
    sandbox.run(&[&["renew", FILE, "--overlap", "1h"], more].concat())
}

#[track_caller]
fn is_accepted(sandbox: &Sandbox, secret: &str) {
    sandbox.feed(&["verify", "--no-record"], secret).succeeds();
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(sandbox.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".local" && name != "trace")
        .collect();
    names.sort();
    names
}

#[test]
fn a_renewed_file_holds_the_new_secret_and_the_previous_one_stays_valid() {
    let (sandbox, old) = exported();
    std::fs::set_permissions(sandbox.path(FILE), PermissionsExt::from_mode(0o640)).unwrap();
    let json = renew(&sandbox, &["--json"]).succeeds().json();
    assert_eq!(json["renewed"], true);
    assert_eq!(json["key"]["previous"]["state"], "previous");
    let new = secret(&sandbox);
    assert_ne!(old, new);
    is_accepted(&sandbox, &old);
    is_accepted(&sandbox, &new);
    assert_eq!(mode(&sandbox.path(FILE)), 0o640);
    assert_eq!(sandbox.path(FILE).metadata().unwrap().nlink(), 1);
    assert_eq!(names(&sandbox), [FILE]);
    // The overlap is under way.
    assert_eq!(
        renew(&sandbox, &["--json"]).exits(3).error_code(),
        "rotating"
    );
    // The hint is no option of `renew`.
    renew(&sandbox, &[])
        .exits(3)
        .says("`apikey rotate a --overlap 0s`");
    assert_eq!(secret(&sandbox), new);
}

#[test]
fn a_secret_that_is_not_old_enough_stays() {
    let (sandbox, old) = exported();
    let young = renew(&sandbox, &["--if-older-than", "30d", "--json"])
        .succeeds()
        .json();
    assert_eq!(young["renewed"], false);
    assert_eq!(secret(&sandbox), old);
    sandbox.age(30 * 86_400);
    renew(&sandbox, &["--if-older-than", "30d"]).succeeds();
    assert_ne!(secret(&sandbox), old);
    // Asked before the overlap under way would be in the way.
    let young = renew(&sandbox, &["--if-older-than", "30d", "--json"])
        .succeeds()
        .json();
    assert_eq!(young["renewed"], false);
}

#[test]
fn a_file_whose_secret_is_refused_is_left_alone() {
    let (sandbox, old) = exported();
    std::fs::copy(sandbox.path(FILE), sandbox.path("old")).unwrap();
    sandbox.run(&["rotate", "a", "--overlap", "0s"]).succeeds();
    // Cron mails what is printed, not the exit code.
    let refused = renew(&sandbox, &["-q"]).exits(1);
    assert!(
        refused.stderr.contains("is refused: rotated"),
        "{refused:?}"
    );
    let (inactive, kept) = exported();
    inactive.run(&["deactivate", "a"]).succeeds();
    renew(&inactive, &[]).exits(1).says("inactive");
    assert_eq!(secret(&inactive), kept);
    // The clock was set back: the age of the secret can't be known.
    let (early, kept) = exported();
    early.age(-100_000);
    renew(&early, &["--if-older-than", "30d"]).exits(75);
    assert_eq!(secret(&early), kept);
    sandbox.run(&["delete", "a", "-y"]).succeeds();
    renew(&sandbox, &[]).exits(1).says("unknown");
    assert_eq!(secret(&sandbox), old);
    std::fs::write(sandbox.path(FILE), old.replace("apik_", "apik_x")).unwrap();
    renew(&sandbox, &[]).exits(1);
    assert_eq!(names(&sandbox), ["old", FILE]);
}

#[test]
fn a_file_that_can_not_be_replaced_alike_is_refused() {
    let (sandbox, old) = exported();
    let entries = sandbox.count("log");
    symlink(FILE, sandbox.path("link")).unwrap();
    let overlap = ["--overlap", "1h"];
    sandbox
        .run(&[&["renew", "link"][..], &overlap].concat())
        .exits(2)
        .says("symbolic link");
    sandbox
        .run(&[&["renew", "."][..], &overlap].concat())
        .exits(2);
    sandbox
        .run(&[&["renew", "none"][..], &overlap].concat())
        .exits(2);
    sandbox.run(&["renew", FILE, "--overlap", "0s"]).exits(2);
    sandbox.run(&["renew", FILE]).exits(2);
    std::fs::hard_link(sandbox.path(FILE), sandbox.path("other")).unwrap();
    renew(&sandbox, &[]).exits(2).says("hard links");
    std::fs::remove_file(sandbox.path("other")).unwrap();
    std::fs::write(sandbox.path(FILE), format!("{old}\n{old}\n")).unwrap();
    renew(&sandbox, &[]).exits(2);
    std::fs::write(sandbox.path(FILE), format!("{old}\n")).unwrap();
    std::fs::write(sandbox.path("s.APIKEY.new"), "mine").unwrap();
    renew(&sandbox, &[]).exits(2).says("s.APIKEY.new");
    std::fs::remove_file(sandbox.path("s.APIKEY.new")).unwrap();
    std::fs::set_permissions(sandbox.home(), PermissionsExt::from_mode(0o777)).unwrap();
    renew(&sandbox, &[]).exits(2).says("may create files");
    std::fs::set_permissions(sandbox.home(), PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(sandbox.count("log"), entries);
    renew(&sandbox, &[]).succeeds();
}

#[test]
fn a_file_with_an_access_control_list_is_refused() {
    let (sandbox, old) = exported();
    if !has("setfacl", is_installed("setfacl")) {
        return;
    }
    if has("strace", is_installed("strace")) {
        let ran = traced(&sandbox, "fgetxattr", "error=EIO", 1);
        ran.exits(2).says("access control list");
    }
    let set = sandbox.shell("setfacl -m u:nobody:r s.APIKEY");
    if !has("a file system with access control lists", set.code == 0) {
        return;
    }
    renew(&sandbox, &[]).exits(2).says("access control list");
    assert_eq!(secret(&sandbox), old);
    // A directory's default list gives no one access to the new file, and stops no later renewal.
    let script = "setfacl -b s.APIKEY; chmod 640 s.APIKEY; setfacl -d -m u:nobody:r .";
    sandbox.shell(script).succeeds();
    for _ in 0..2 {
        sandbox.sql("UPDATE secrets SET valid_until = 0 WHERE state = 'previous'");
        renew(&sandbox, &[]).succeeds();
        assert_eq!(mode(&sandbox.path(FILE)), 0o640);
        let list = sandbox.shell("getfacl -c s.APIKEY").succeeds().stdout;
        assert!(!list.contains("nobody"), "{list}");
    }
}

/// Runs `renew` below strace, which does `what` at the call of that number.
fn traced(sandbox: &Sandbox, call: &str, what: &str, number: usize) -> Ran {
    let mut command = sandbox.program("strace");
    command.args(["-f", "-qq", "-o", "trace", "-e"]);
    command.arg(format!("trace={call}"));
    command
        .arg("-e")
        .arg(format!("inject={call}:{what}:when={number}"));
    command.args([APIKEY, "renew", FILE, "--overlap", "1h"]);
    finish(command.spawn().unwrap())
}

#[test]
fn a_renewal_that_is_killed_is_completed_by_the_next_one() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let (mut killed, mut left) = (0, 0);
    for call in [
        "linkat",
        "renameat",
        "fsync",
        "fdatasync",
        "pwrite64",
        "sendto",
        "unlink",
    ] {
        for number in 1..24 {
            let (sandbox, old) = exported();
            let ran = traced(&sandbox, call, "signal=KILL", number);
            if ran.code == 0 {
                break;
            }
            killed += 1;
            let between = secret(&sandbox);
            is_accepted(&sandbox, &old);
            is_accepted(&sandbox, &between);
            left += usize::from(names(&sandbox).len() > 1);
            let next = renew(&sandbox, &["--json"]);
            let after = secret(&sandbox);
            is_accepted(&sandbox, &after);
            is_accepted(&sandbox, &old);
            match next.code {
                // A pending secret, or an overlap with the secret that is in the file.
                3 => assert_eq!(next.error_code(), "rotating", "{call} {number}"),
                code => assert_eq!(code, 0, "{call} {number}: {next:?}"),
            }
            assert!(next.code == 3 || after != old, "{call} {number}");
            assert_eq!(names(&sandbox), [FILE], "{call} {number}");
            sandbox.run(&["doctor", "-q"]);
        }
    }
    assert!(killed > 20 && left > 1, "{killed} {left}");
}

#[test]
fn a_completed_renewal_never_ends_the_secret_in_the_file() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    let mut completed = [0, 0];
    for (is_used, completed) in [false, true].into_iter().zip(&mut completed) {
        for number in 1..24 {
            let (sandbox, old) = exported();
            // The file never got the new secret, so the renewal replaces it.
            let unused = sandbox.run(&["rotate", "a", "--overlap", "1h"]);
            let unused = unused.succeeds().stdout;
            let ran = traced(&sandbox, "fsync,fdatasync", "signal=KILL", number);
            if ran.code == 0 {
                break;
            }
            if is_used && sandbox.feed(&["verify"], &unused).code == 1 {
                // The unused secret was replaced before the kill.
                break;
            }
            let has_new = sandbox.path("s.APIKEY.new").exists();
            let next = renew(&sandbox, &["--json"]);
            *completed += usize::from(has_new);
            is_accepted(&sandbox, &old);
            is_accepted(&sandbox, &secret(&sandbox));
            if is_used {
                assert_eq!(next.exits(3).error_code(), "rotating", "{number}");
                is_accepted(&sandbox, &unused);
            }
        }
    }
    assert!(completed.iter().all(|count| *count > 0), "{completed:?}");
}

#[test]
fn a_new_secret_that_another_command_left_gets_the_owner_and_mode_of_the_file() {
    let (sandbox, _) = exported();
    let new = sandbox.path("s.APIKEY.new");
    std::fs::set_permissions(sandbox.path(FILE), PermissionsExt::from_mode(0o640)).unwrap();
    let export = ["rotate", "a", "--export", "s.APIKEY.new", "--overlap"];
    sandbox.run(&[&export[..], &["1h"]].concat()).succeeds();
    std::fs::set_permissions(&new, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::hard_link(&new, sandbox.path("other")).unwrap();
    renew(&sandbox, &[]).exits(2).says("hard links");
    std::fs::remove_file(sandbox.path("other")).unwrap();
    renew(&sandbox, &[]).succeeds();
    assert_eq!(mode(&sandbox.path(FILE)), 0o640);
    assert_eq!(names(&sandbox), [FILE]);
    // The secret in the file has ended without an overlap.
    sandbox.run(&[&export[..], &["0s"]].concat()).succeeds();
    renew(&sandbox, &[]).succeeds().says("is refused");
    is_accepted(&sandbox, &secret(&sandbox));
}

#[test]
fn a_copy_of_the_file_is_no_new_secret() {
    let (sandbox, old) = exported();
    std::fs::copy(sandbox.path(FILE), sandbox.path("s.APIKEY.new")).unwrap();
    renew(&sandbox, &[]).exits(2).says("no new secret");
    assert_eq!(secret(&sandbox), old);
    assert_eq!(names(&sandbox), [FILE, "s.APIKEY.new"]);
}

#[test]
fn a_renewal_that_fails_changes_nothing_and_leaves_no_file() {
    if !has("strace", is_installed("strace")) {
        return;
    }
    for call in ["linkat", "renameat", "fsync", "pwrite64"] {
        for number in 1..24 {
            let (sandbox, old) = exported();
            let ran = traced(&sandbox, call, "error=EIO", number);
            let now = secret(&sandbox);
            is_accepted(&sandbox, &old);
            is_accepted(&sandbox, &now);
            if !std::fs::read_to_string(sandbox.path("trace"))
                .unwrap()
                .contains("INJECTED")
            {
                break;
            }
            match ran.code {
                0 => assert_ne!(now, old, "{call} {number}"),
                7 => {}
                _ => {
                    assert_eq!(now, old, "{call} {number}: {ran:?}");
                    assert_eq!(names(&sandbox), [FILE], "{call} {number}: {ran:?}");
                }
            }
        }
    }
}

#[sqlite_only("removes the usage file")]
#[test]
fn a_secret_whose_file_was_lost_before_any_use_is_replaced() {
    let (sandbox, old) = exported();
    let discarded = sandbox
        .run(&["rotate", "a", "--overlap", "1h"])
        .succeeds()
        .stdout;
    // A young key stays, with a warning: the file holds the previous secret, which will end.
    let young = renew(&sandbox, &["--if-older-than", "30d", "-q", "--json"]).succeeds();
    assert_eq!(young.json()["renewed"], false);
    young.says("s.APIKEY holds the previous secret of \"a\"");
    // The overlap that FILE's secret gets is counted from now.
    sandbox.sql("UPDATE secrets SET valid_until = valid_until - 3000 WHERE state = 'previous'");
    renew(&sandbox, &[]).succeeds();
    let overlap = "SELECT valid_until - (SELECT max(created_at) FROM secrets) FROM secrets
                    WHERE state = 'previous'";
    let overlap = sandbox.number(overlap);
    assert_eq!(overlap, 3600);
    let new = secret(&sandbox);
    assert_ne!(new, old);
    is_accepted(&sandbox, &new);
    is_accepted(&sandbox, &old);
    let refused = sandbox.feed(&["verify"], &discarded).exits(1);
    assert_eq!(refused.stdout, "refused rotated\n");
    // Without the record of uses, it is unknown whether the new secret was used.
    let (sandbox, old) = exported();
    sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    sandbox.sql("UPDATE secrets SET created_at = created_at - 60");
    std::fs::remove_file(sandbox.usage()).unwrap();
    assert_eq!(
        renew(&sandbox, &["--json"]).exits(3).error_code(),
        "rotating"
    );
    assert_eq!(secret(&sandbox), old);
    // A new secret that was used belongs to a client.
    let (sandbox, old) = exported();
    let used = sandbox
        .run(&["rotate", "a", "--overlap", "1h"])
        .succeeds()
        .stdout;
    sandbox.feed(&["verify"], &used).succeeds();
    assert_eq!(
        renew(&sandbox, &["--json"]).exits(3).error_code(),
        "rotating"
    );
    assert_eq!(secret(&sandbox), old);
}

#[sqlite_only("names another file")]
#[test]
fn a_left_over_secret_that_another_rotation_replaced_does_not_stop_renewals() {
    let (sandbox, old) = exported();
    let new = sandbox.path("s.APIKEY.new");
    // A renewal is killed before its secret is accepted. Later the key is rotated by hand.
    let pending = sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    std::fs::write(&new, &pending.stdout).unwrap();
    sandbox.sql(
        "UPDATE secrets SET state = 'pending', created_at = created_at - 3600
          WHERE state = 'current';
         UPDATE secrets SET state = 'current', valid_until = NULL WHERE state = 'previous'",
    );
    sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    assert_eq!(sandbox.count("secrets"), 2);
    // Another database knows neither secret, and decides nothing.
    sandbox.run(&["--db", "other.db", "init"]).succeeds();
    let other = ["--db", "other.db"];
    renew(&sandbox, &other).exits(2).says("s.APIKEY.new");
    assert!(new.exists());
    for file in ["other.db", "other.db.usage"] {
        std::fs::remove_file(sandbox.path(file)).unwrap();
    }
    renew(&sandbox, &[]).succeeds();
    is_accepted(&sandbox, &old);
    is_accepted(&sandbox, &secret(&sandbox));
    assert_ne!(secret(&sandbox), old);
    assert_eq!(names(&sandbox), [FILE]);
}

#[test]
fn a_left_over_secret_that_is_accepted_is_not_removed_when_that_of_the_file_has_ended() {
    let (sandbox, old) = exported();
    sandbox.shell("chmod 640 s.APIKEY").succeeds();
    // A renewal is killed before it replaces FILE, and runs again only after the overlap, and
    // after the next rotation.
    let left = sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    std::fs::write(sandbox.path("s.APIKEY.new"), &left.stdout).unwrap();
    sandbox.run(&["finish-rotation", "a"]).succeeds();
    let latest = sandbox.run(&["rotate", "a", "--overlap", "1h"]).succeeds();
    let json = renew(&sandbox, &["--json"]).succeeds().json();
    assert_eq!(json["renewed"], true);
    assert_ne!(secret(&sandbox), old);
    assert_eq!(mode(&sandbox.path(FILE)), 0o640);
    for accepted in [&secret(&sandbox), &left.stdout, &latest.stdout] {
        is_accepted(&sandbox, accepted);
    }
    assert_eq!(names(&sandbox), [FILE]);
}

#[test]
fn through_sudo_no_file_is_renewed_as_another_user() {
    let (sandbox, old) = exported();
    sandbox
        .run(&["user", "add", "alice", "-g", "admin"])
        .succeeds();
    let refused = sandbox.as_user("alice", &["renew", FILE, "--overlap", "1h"]);
    refused.exits(2).says("through sudo, renew would act as");
    assert_eq!(secret(&sandbox), old);
}

#[test]
fn of_two_renewals_at_once_one_waits_for_the_next_time() {
    let (sandbox, _) = exported();
    let start = || {
        sandbox
            .apikey(&["renew", FILE, "--overlap", "1h"])
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    let codes: Vec<i32> = children
        .into_iter()
        .map(|child| finish(child).code)
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        1,
        "{codes:?}"
    );
    assert!(codes.iter().all(|code| matches!(code, 0 | 3)), "{codes:?}");
    is_accepted(&sandbox, &secret(&sandbox));
}
