//! The view `usable_secrets`, with which other programs verify: it has exactly the secrets that
//! `verify` accepts.

use super::sandbox::Sandbox;

/// Returns the names and expiry dates in the view.
fn usable(sandbox: &Sandbox) -> Vec<(String, Option<i64>)> {
    let conn = sandbox.sqlite();
    let mut select = conn
        .prepare("SELECT name, not_after FROM usable_secrets ORDER BY slot")
        .unwrap();
    let rows = select.query_map([], |row| Ok((row.get("name")?, row.get("not_after")?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_view_has_the_secrets_that_verify_accepts() {
    // The expiry date in the view, if the secret is still in it.
    for (sql, expected) in [
        ("", Some(None)),
        ("UPDATE keys SET active = 0", None),
        ("UPDATE secrets SET state = 'pending'", None),
        ("UPDATE keys SET expires_at = 1000000000", None),
        ("UPDATE keys SET expires_at = unixepoch()", None),
        (
            "UPDATE keys SET expires_at = 4000000000",
            Some(Some(4_000_000_000)),
        ),
        ("UPDATE users SET active = 0", None),
        ("UPDATE users SET expires_at = 1000000000", None),
        (
            "UPDATE keys SET expires_at = 4000000000; UPDATE users SET expires_at = 3900000000",
            Some(Some(3_900_000_000)),
        ),
    ] {
        let sandbox = Sandbox::staffed();
        let secret = sandbox.create(&["a", "-g", "deploy", "--owner", "alice"]);
        sandbox.sql(sql);
        let found = usable(&sandbox).first().map(|(_, not_after)| *not_after);
        assert_eq!(found, expected, "{sql}");
        let code = i32::from(expected.is_none());
        sandbox.feed(&["verify", "-q"], &secret).exits(code);
    }
}

#[test]
fn a_previous_secret_is_in_the_view_until_it_ends() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    for (valid_until, expected) in [
        (1_000_000_000_i64, None),
        (4_000_000_000, Some(4_000_000_000)),
    ] {
        sandbox.sql(&format!(
            "UPDATE secrets SET state = 'previous', valid_until = {valid_until}"
        ));
        let found = usable(&sandbox).first().and_then(|(_, end)| *end);
        assert_eq!(found, expected);
    }
    sandbox.sql("UPDATE secrets SET state = 'ended'");
    assert_eq!(usable(&sandbox), []);
}

#[test]
fn the_view_has_the_columns_that_a_program_needs() {
    let sandbox = Sandbox::staffed();
    sandbox.create(&["a", "-g", "deploy", "--owner", "alice", "--app", "shop"]);
    let shown = sandbox.show("a");
    let select = "SELECT key_id || ' ' || name || ' ' || last_four || ' ' || application || ' '
        || owner || ' ' || slot || ' ' || (hash LIKE '$argon2id$%') FROM usable_secrets";
    let found: String = sandbox
        .sqlite()
        .query_row(select, [], |row| row.get(0))
        .unwrap();
    let id = shown["id"].as_str().unwrap();
    let (_, last_four) = shown["key"].as_str().unwrap().split_once('…').unwrap();
    assert_eq!(found, format!("{id} a {last_four} shop alice 1 1"));
}
