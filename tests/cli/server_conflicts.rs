//! A change that the server gives up because of another transaction is made again.

use super::sandbox::Sandbox;

/// Waits until a change waits for the lock that was taken before, then waits for the lock of that
/// change. The next attempt of the change can't overtake a lock of the table.
const DEADLOCK: &str = "
    DO $$ BEGIN
        LOOP
            PERFORM pg_stat_clear_snapshot();
            EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock');
            PERFORM pg_sleep(0.01);
        END LOOP;
    END $$;
    LOCK TABLE settings IN EXCLUSIVE MODE;
    COMMIT;";

/// Runs the change `args` of the key `a`, which ends in a deadlock at first.
fn change_in_a_deadlock(args: &[&str]) -> Sandbox {
    let lock = "SELECT FROM keys WHERE name = 'a' FOR UPDATE";
    in_a_deadlock(lock, ("keys", "RowShareLock"), |sandbox| {
        sandbox.run(args).succeeds();
    })
}

/// Runs `change`, which makes an entry in the log of a database with the key `a`. It waits for a
/// lock of this mode on a table, which `lock` takes, and ends in a deadlock at first.
fn in_a_deadlock(
    lock: &str,
    (table, mode): (&str, &str),
    change: impl FnOnce(&Sandbox),
) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let entries = sandbox.count("log");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let begin = format!("BEGIN; SET LOCAL deadlock_timeout = '300s'; {lock};");
            sandbox.sql(&(begin + DEADLOCK));
        });
        super::waiting::wait_for("the lock of the other session", || {
            // In a copy of the database the table has the same number.
            let locks = format!(
                "pg_locks WHERE relation = '{table}'::regclass AND mode = '{mode}' AND database =
                    (SELECT oid FROM pg_database WHERE datname = current_database())"
            );
            sandbox.count(&locks) > 0
        });
        change(&sandbox);
        other.join().unwrap();
    });
    // The server reports its counts late.
    super::waiting::wait_for("the deadlock", || {
        let count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        sandbox.number(count) == 1
    });
    assert_eq!(sandbox.count("log"), entries + 1);
    sandbox
}

#[test]
fn a_change_that_ended_in_a_deadlock_is_made_again() {
    let sandbox = change_in_a_deadlock(&["rename", "a", "b"]);
    assert_eq!(sandbox.names(&[]), ["b"]);
}

#[test]
fn an_import_that_ended_in_a_deadlock_is_made_again() {
    let lock = "LOCK TABLE import_shapes IN SHARE MODE";
    let key = super::import::key(1);
    let sandbox = in_a_deadlock(lock, ("import_shapes", "ShareLock"), |sandbox| {
        let lines = format!("name,key\nold,{key}\n");
        let args = [
            "--scheme",
            "plain",
            "--shape",
            super::import::SHAPE,
            "--json",
        ];
        let ran = super::import::import(sandbox, &lines, &[&args[..], &["-g", "admin"]].concat());
        let imported = ran.succeeds().json();
        assert_eq!(imported.as_array().unwrap().len(), 1, "{imported}");
    });
    assert_eq!(sandbox.names(&[]), ["a", "old"]);
    assert_eq!(super::import::verdict(&sandbox, &key), "accepted old");
}

#[test]
fn an_edit_of_keys_that_ended_in_a_deadlock_is_made_again() {
    for args in [
        &["deactivate", "a"][..],
        &["deactivate", "--created-by", "root", "--yes"],
    ] {
        let sandbox = change_in_a_deadlock(args);
        assert_eq!(sandbox.show("a")["status"], "inactive");
    }
}
