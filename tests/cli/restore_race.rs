//! A backup that an attacker replaces while it is restored.

use rusqlite::Connection;
use rustix::fs::RenameFlags;

use super::machine::{Machine, can_create_users};
use super::planted_wal::COUP;
use super::waiting::during;

#[test]
fn a_file_that_replaces_the_backup_after_the_check_is_not_restored() {
    if !can_create_users() {
        return;
    }
    let mut machine = Machine::new("x");
    for user in ["owner", "mallory"] {
        machine.add_user(user);
    }
    let (owner, mallory) = (machine.name("owner"), machine.name("mallory"));
    let binary = machine.path("apikey").display().to_string();
    machine
        .root(&format!(
            "install -d -o {owner} lib; install -d -m 777 open"
        ))
        .succeeds();
    let lib = machine.path("lib").display().to_string();
    machine
        .run_as(
            "owner",
            &format!(
                "set -e; apikey='{binary} --db {lib}/k.db'; $apikey init --argon2 m=8,t=1,p=1
                 $apikey user add {mallory}; $apikey user add admin -g admin
                 $apikey create a -g readonly; $apikey backup {lib}/copy"
            ),
        )
        .succeeds();
    // A backup by the owner, and a forged one that makes mallory the administrator.
    machine
        .root("cp -p lib/copy open/copy; cp lib/copy open/forged; chmod 644 open/copy")
        .succeeds();
    let forged = Connection::open(machine.path("open/forged")).unwrap();
    forged
        .execute_batch(&COUP.replace("mallory", &mallory))
        .unwrap();
    drop(forged);
    machine
        .root(&format!(
            "chown {mallory} open/forged; chmod 644 open/forged"
        ))
        .succeeds();
    let (copy, other) = (machine.path("open/copy"), machine.path("open/forged"));
    let mut codes = std::collections::BTreeSet::new();
    let exchange = || {
        let here = rustix::fs::CWD;
        rustix::fs::renameat_with(here, &copy, here, &other, RenameFlags::EXCHANGE).unwrap();
    };
    during(exchange, || {
        for round in 0..200 {
            let ran = machine.run_as(
                "owner",
                &format!(
                    "SUDO_USER={mallory} SUDO_UID=1 {binary} --db {lib}/new.db \
                     restore {} --yes",
                    copy.display()
                ),
            );
            // The file is mallory's, or it is the owner's and gives mallory no rights.
            assert_eq!(ran.code, 4, "{round}: {ran:?}");
            assert!(!machine.path("lib/new.db").exists());
            codes.insert(ran.stderr.contains("operators may not restore this file"));
        }
    });
    assert_eq!(codes.len(), 2, "only one of the two files was opened");
}
