//! Every statement of the store is one that PostgreSQL understands, too.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::super::db::recorder::{CallSite, Statements, for_postgres, statements_of};
use super::super::*;
use super::call_sites::{call_sites, sources};
use super::postgres::Server;
use super::self_service::{act_as, furnished, make};
use crate::model::{
    Act, Change, Finding, GroupName, KeyField, KeyRef, Listing, LogFilter, Operator, Permission,
    RequiredRight, Requirements, ShortForm, Span, State, Status, Text, UserName, When,
};
use crate::secret::SecretHash;

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

fn act(action: &str) -> Act {
    Act {
        action: parsed(action),
        resource: None,
    }
}

/// Does all that a store can do, and what it refuses after looking.
fn story() {
    let (_directory, mut store) = furnished();
    users_and_groups(&mut store);
    keys(&mut store);
    secrets(&mut store);
    reads(&store);
    listings(&store);
    log_of(&store);
    act_as(&mut store, "alice", RequiredRight::SeeKeys);
    reads(&store);
    listings(&store);
    assert!(store.acts_for_another().unwrap().is_none());
}

fn users_and_groups(store: &mut Store) {
    let text: Text = parsed("some text");
    let (team, squad): (GroupName, GroupName) = (parsed("team"), parsed("squad"));
    store.create_group(&team, Some(&text), &[]).unwrap();
    let allowed: [Permission; 1] = [parsed("deploy:run")];
    assert!(store.set_group_permissions(&team, &allowed).unwrap().0);
    assert!(store.describe_group(&team, None).unwrap().0);
    assert!(store.rename_group(&team, &squad).unwrap().0);
    assert!(store.has_group(&squad).unwrap());
    store.delete_group(&squad).unwrap();
    assert!(store.group(&squad).is_err());
    let (carol, dave): (UserName, UserName) = (parsed("carol"), parsed("dave"));
    let new = NewUser {
        name: &carol,
        groups: &[parsed("deploy")],
        description: Some(&text),
        expires_at: None,
    };
    store.add_user(&new).unwrap();
    let one = std::slice::from_ref(&carol);
    assert!(store.set_user_state(one, false).unwrap()[0].0);
    let groups = |_: &[GroupName]| vec![parsed("own")];
    assert!(store.set_user_groups(&carol, &[], groups).unwrap().0);
    let at = Some(store.now().plus(parsed::<Span>("9d")));
    assert!(store.set_user_expiry(&carol, at).unwrap().0);
    assert!(store.rename_user(&carol, &dave).unwrap().0);
    store.delete_user(&dave).unwrap();
    assert!(store.user(&dave).is_err());
}

fn keys(store: &mut Store) {
    let mine: KeyRef = parsed("mine");
    let one = std::slice::from_ref(&mine);
    store.set_state(one, State::Inactive).unwrap();
    store.set_state(one, State::Active).unwrap();
    store.rename(&mine, &parsed("renamed")).unwrap();
    let mine: KeyRef = parsed("renamed");
    let groups = |_: &[GroupName]| Ok(vec![parsed("own")]);
    store.set_groups(&mine, &[], groups).unwrap();
    store.set_permissions(&mine, &[parsed("x")]).unwrap();
    store.set_owner(&mine, Some(&parsed("bob"))).unwrap();
    let text: Text = parsed("some text");
    store.set_description(&mine, Some(&text)).unwrap();
    store.set_app(&mine, Some(&parsed("billing"))).unwrap();
    let at = Some(store.now().plus(parsed::<Span>("9d")));
    store.set_expiry(&mine, at).unwrap();
    assert!(store.find_to_delete(&[parsed("renamde")]).is_err());
    make(store, "extra", &["deploy"], &["x"], None, None).unwrap();
    let extra = store.find_to_delete(&[parsed("extra")]).unwrap();
    store.delete(&[extra[0].id().clone()]).unwrap();
}

fn secrets(store: &mut Store) {
    let name = parsed("lost");
    let short = ShortForm {
        prefix: Prefix::default(),
        id: store.generate_id().unwrap(),
        last_four: "last".to_owned(),
    };
    let new = NewKey {
        short: short.clone(),
        name: &name,
        description: None,
        groups: &[],
        permissions: &[],
        owner: None,
        application: None,
        expires_at: None,
    };
    let hash = SecretHash::from_stored("none".to_owned());
    store.insert_pending(&new, &hash).unwrap();
    assert!(store.has_secret(&short).unwrap());
    store.withdraw(&short).unwrap();
    store.insert_pending(&new, &hash).unwrap();
    store.withdraw_all_pending().unwrap();
}

fn reads(store: &Store) {
    let mine: KeyRef = parsed("renamed");
    let act = act("x");
    if let Ok(held) = store.entitlement(&mine) {
        let asked = Requirements {
            act: Some(act),
            ..Requirements::default()
        };
        for shows_key in [false, true] {
            let asked = Requirements {
                shows_key,
                ..asked.clone()
            };
            store.for_verify(&held.key.short, &asked).unwrap().unwrap();
        }
    }
    assert!(store.entitlement(&parsed("renamedd")).is_err());
    assert!(store.key_named(&parsed("mine")).unwrap().is_none());
    store.groups().unwrap();
    store.groups_to_give(None, &[]).unwrap();
    let _ = (store.users(), store.count_keys());
    let findings = store.examine().unwrap();
    let integrity = findings.iter().find(|found| found.check == "integrity");
    assert!(integrity.is_some_and(Finding::is_ok), "{integrity:?}");
    let _ = (store.is_unmanaged(), store.has_manager());
    let _ = store.check_owner(&parsed("alice"));
    let _ = store.check_clock(Some(parsed::<When>("9d")));
    let states = [
        None,
        Some(State::Active),
        Some(State::Inactive),
        Some(State::Pending),
    ];
    for typed in ["", "m"] {
        for state in states {
            store.offered_keys(typed, state).unwrap();
        }
        store.offered_groups(typed).unwrap();
        for active in [None, Some(true), Some(false)] {
            store.offered_users(typed, active).unwrap();
        }
        store.offered_permissions(typed).unwrap();
        store.offered_actions(typed).unwrap();
        store.offered_applications(typed).unwrap();
    }
    store.keys_to_pick(Some(Change::Activate)).unwrap();
}

/// Every order, and every filter by itself and with all the others.
fn listings(store: &Store) {
    let list = |wanted: &Listing| {
        let mut pages = store.pages(wanted).unwrap();
        pages.columns_in_use().unwrap();
        assert!(pages.all(|page| page.is_ok()));
    };
    for sort in KeyField::ALL {
        for reverse in [false, true] {
            list(&Listing {
                sort,
                reverse,
                limit: Some(2),
                ..Listing::default()
            });
        }
    }
    let span: Span = parsed("9d");
    let filters: [fn(&mut Listing, Span, Timestamp); 13] = [
        |all, _, _| all.statuses = vec![Status::Active, Status::Expired, Status::Pending],
        |all, _, _| all.groups = vec![parsed("deploy"), parsed("own")],
        |all, _, _| all.applications = vec![parsed("shop")],
        |all, _, _| all.owners = vec![parsed("alice")],
        |all, _, _| all.no_owner = true,
        |all, _, _| all.creators = vec![Operator::from_login("root").unwrap()],
        |all, _, _| all.acts = vec![act("deploy:run")],
        |all, span, _| all.unused_for = Some(span),
        |all, _, _| all.never_used = true,
        |all, _, now| all.expires_by = Some(now),
        |all, span, _| all.expired_for = Some(span),
        |all, _, _| all.no_expiry = true,
        |all, _, _| all.texts = vec![parsed("m"), parsed("apik_7Kd93mZQ")],
    ];
    let mut all = Listing::default();
    for filter in filters {
        let mut alone = Listing::default();
        filter(&mut alone, span, store.now());
        list(&alone);
        filter(&mut all, span, store.now());
        list(&all);
    }
}

fn log_of(store: &Store) {
    let found = store.keys_of_log(&parsed("renamed")).unwrap();
    let filter = LogFilter {
        keys: found.present.map(|id| vec![id]),
        operator: Operator::from_login("root"),
        since: Some(store.now()),
        limit: Some(2),
    };
    let mut pages = store.log_pages(&filter).unwrap();
    pages.each(|_| Ok::<(), Error>(())).unwrap();
    let head = store.log_head().unwrap();
    assert!(super::super::log::holds(&store.db, head).unwrap());
    assert_eq!(store.first_wrong_entry(Some(&head)).unwrap(), None);
    let short = ShortForm {
        prefix: Prefix::default(),
        id: parsed("7Kd93mZQ"),
        last_four: "last".to_owned(),
    };
    assert!(store.keys_of_log(&KeyRef::Short(short)).is_err());
}

/// Returns the statements of the story, those for SQLite alone left out.
fn statements() -> Statements {
    let mut statements = statements_of(story);
    statements.retain(|(site, _)| !site.file.starts_with("src/store/sqlite/"));
    statements
}

#[test]
fn nothing_of_sqlite_is_outside_the_engine() {
    for file in sources() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let text = fs::read_to_string(path).unwrap();
        for word in ["rusqlite", "as_sqlite", "sqlite_sequence"] {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

#[test]
fn the_story_runs_every_statement_of_the_store() {
    let run: BTreeSet<CallSite> = statements().into_iter().map(|(site, _)| site).collect();
    let written = call_sites();
    assert!(written.len() > 50, "{}", written.len());
    let left_out: Vec<_> = written.difference(&run).collect();
    assert!(left_out.is_empty(), "no story runs {left_out:#?}");
    let unseen: Vec<_> = run.difference(&written).collect();
    assert!(
        unseen.is_empty(),
        "these run and were not found: {unseen:#?}"
    );
}

#[test]
fn postgres_understands_every_statement_of_the_store() {
    let Some(server) = Server::start() else {
        return;
    };
    let schema = include_str!("../../../tests/fixtures/postgres.sql");
    let (_, errors) = server.run(schema);
    assert_eq!(errors, "");
    let statements = statements();
    let texts: BTreeSet<&str> = statements.iter().map(|(_, sql)| sql.as_str()).collect();
    let mut script = String::new();
    for (number, sql) in texts.iter().enumerate() {
        let sql = for_postgres(sql).replace('\n', " ");
        writeln!(script, "PREPARE s{number} AS {sql};").unwrap();
    }
    let (_, errors) = server.run(&script);
    let lines: Vec<&str> = script.lines().collect();
    let at = |error: &str| -> Option<usize> { error.split(':').nth(2)?.parse().ok() };
    let refused: Vec<String> = errors
        .lines()
        .filter(|line| line.contains("ERROR"))
        .map(|error| format!("{error}\n{}", at(error).map_or("", |at| lines[at - 1])))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
    let prepared = server.run(&format!(
        "{script}\nSELECT count(*) FROM pg_prepared_statements;"
    ));
    assert_eq!(prepared.0.trim(), texts.len().to_string());
}

#[test]
fn the_schema_for_postgres_has_the_tables_and_columns_of_this_one() {
    let Some(server) = Server::start() else {
        return;
    };
    server.run(include_str!("../../../tests/fixtures/postgres.sql"));
    let (columns, errors) = server.run(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
          WHERE table_schema = 'public'",
    );
    assert_eq!(errors, "");
    let (_directory, store) = furnished();
    let mut here = BTreeSet::new();
    let mut select = store
        .db
        .as_sqlite()
        .prepare(
            "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_info(t.name) c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    for column in select.query_map([], |row| row.get(0)).unwrap() {
        let column: String = column.unwrap();
        here.insert(column);
    }
    assert_eq!(
        columns.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
        here
    );
}
