//! A shared database under interrupted changes, held locks, and commands run by root.

use std::path::Path;

use super::machine::can_create_users;
use super::sandbox::{Ran, has};
use super::sharing::{Shared, has_python};

pub fn can_inject() -> bool {
    can_create_users() && has("strace", Path::new("/usr/bin/strace").exists())
}

impl Shared {
    /// Returns the command that runs another as the owner, or as root, with strace's injection
    /// `injection`.
    pub fn injected(&self, by_root: bool, injection: &str) -> String {
        let user = if by_root {
            String::new()
        } else {
            format!("-u {}", self.machine.name("owner"))
        };
        let (calls, _) = injection.split_once(':').unwrap();
        format!("strace -f -qq -o /dev/null {user} -e trace='{calls}' -e inject='{injection}'")
    }

    /// Runs `apikey` and kills it during a change, before it removes the journal.
    fn killed(&self, by_root: bool, umask: &str, args: &str) -> Ran {
        let kill = self.injected(by_root, "/^unlink(at)?$:signal=KILL:when=1");
        let line = self.line(args);
        self.machine.root(&format!("umask {umask}; {kill} {line}"))
    }
}

#[test]
fn verifiers_wait_for_the_owner_to_undo_a_killed_change() {
    if !can_inject() {
        return;
    }
    let shared = Shared::new("k");
    let mut round = 0;
    for by_root in [false, true] {
        for undo_by_root in [false, true] {
            for undo in ["list", "verify --key-file secret", "set-description job x"] {
                round += 1;
                let umask = ["000", "022", "077", "777"][round % 4];
                shared.killed(by_root, umask, "deactivate job").exits(137);
                // The journal holds pages of the database: it has the same mode.
                let journal = "640 owner:verify keys.db-journal\n";
                let db = "640 owner:verify keys.db\n";
                let hot = shared
                    .expected_layout()
                    .replace(db, &format!("{db}{journal}"));
                assert_eq!(shared.layout(), hot, "umask {umask}, by root: {by_root}");

                for args in ["verify --key-file secret --json", "list --json"] {
                    let ran = shared.apikey("verifier", args).exits(75);
                    assert_eq!(ran.error_code(), "locked");
                    assert_eq!(ran.stdout, "");
                    ran.says("the owner's next apikey command undoes it");
                }
                shared.apikey("outsider", "list").exits(4);
                assert_eq!(shared.layout(), hot);

                if undo_by_root {
                    shared.machine.root(&shared.line(undo))
                } else {
                    shared.apikey("owner", undo)
                }
                .succeeds();
                assert_eq!(shared.layout(), shared.expected_layout(), "{undo}");
                shared.verifies();
            }
        }
    }
}

#[test]
fn a_verifier_can_not_make_an_interrupted_change_look_like_one_under_way() {
    if !can_inject() || !has_python() {
        return;
    }
    let shared = Shared::new("z");
    shared.killed(false, "077", "deactivate job").exits(137);
    // SQLite takes any lock on its RESERVED byte for a writer's.
    let hold = format!(
        "exec python3 -c 'import fcntl, os, sys
db = open(\"{}\", \"rb\")
fcntl.lockf(db, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 0x40000001)
print(os.getpid(), flush=True)
sys.stdin.read()'",
        shared.db
    );
    let (holder, pid) = shared.machine.hold_as("verifier", &hold);
    for args in ["verify --key-file secret", "list", "show job"] {
        // Half of the change is there, and no command reads it.
        let ran = shared
            .apikey("verifier", &format!("{args} --json"))
            .exits(75);
        assert_eq!(
            (ran.error_code().as_str(), ran.stdout.as_str()),
            ("locked", "")
        );
    }
    for args in ["list", "activate job"] {
        let ran = shared.apikey("owner", args).exits(75);
        ran.says(&format!("locked by python3 (process {pid})"));
    }
    drop(holder);
    shared.apikey("owner", "list").succeeds();
    assert_eq!(shared.layout(), shared.expected_layout());
    shared.verifies();
}

#[test]
fn a_verifier_that_keeps_a_lock_delays_a_revocation_and_is_named() {
    if !can_create_users() || !has_python() {
        return;
    }
    let shared = Shared::new("h");
    let hold = format!(
        "exec python3 -c 'import os, sqlite3, sys
db = sqlite3.connect(\"file:{}?mode=ro\", uri=True, isolation_level=None)
db.execute(\"BEGIN\")
db.execute(\"SELECT count(*) FROM keys\").fetchall()
print(os.getpid(), flush=True)
sys.stdin.read()'",
        shared.db
    );
    let (holder, pid) = shared.machine.hold_as("verifier", &hold);
    let ran = shared.apikey("owner", "deactivate job --json").exits(75);
    assert_eq!(ran.error_code(), "locked");
    ran.says(&format!("locked by python3 (process {pid})"));
    // Nothing changed, and other readers are not blocked.
    shared.verifies();
    assert_eq!(shared.layout(), shared.expected_layout());
    drop(holder);
    shared.apikey("owner", "deactivate job").succeeds();
    let ran = shared.apikey("verifier", "verify --key-file secret");
    assert_eq!(ran.exits(1).stdout, "refused inactive\n");
}
