//! A change that the server gives up because of another transaction is made again.

use super::sandbox::Sandbox;

/// Locks the key, waits until a change waits for it, then waits for the lock of that change.
const DEADLOCK: &str = "BEGIN;
    SET LOCAL deadlock_timeout = '300s';
    SELECT FROM keys WHERE name = 'a' FOR UPDATE;
    DO $$ BEGIN
        LOOP
            PERFORM pg_stat_clear_snapshot();
            EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock');
            PERFORM pg_sleep(0.01);
        END LOOP;
    END $$;
    SELECT FROM settings FOR UPDATE;
    COMMIT;";

/// Runs the change `args` of the key `a`, which ends in a deadlock at first.
fn change_in_a_deadlock(args: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let entries = sandbox.count("log");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| sandbox.sql(DEADLOCK));
        super::waiting::wait_for("the lock of the other session", || {
            let locks = "pg_locks WHERE relation = 'keys'::regclass AND mode = 'RowShareLock'";
            sandbox.count(locks) > 0
        });
        sandbox.run(args).succeeds();
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
fn an_edit_of_keys_that_ended_in_a_deadlock_is_made_again() {
    for args in [
        &["deactivate", "a"][..],
        &["deactivate", "--created-by", "root", "--yes"],
    ] {
        let sandbox = change_in_a_deadlock(args);
        assert_eq!(sandbox.show("a")["status"], "inactive");
    }
}
