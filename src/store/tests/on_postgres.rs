//! The tests of the modules that need no file, again, on PostgreSQL.

use std::io::Write as _;

use super::server::{Database, Server};
use super::*;

#[path = "edits.rs"]
mod edits;
#[path = "policy.rs"]
mod policy;
#[path = "population.rs"]
mod population;
#[path = "review.rs"]
mod review;
#[path = "self_service.rs"]
mod self_service;
#[path = "story.rs"]
mod story;

/// A directory or a database that a test keeps as long as it uses its store.
#[allow(dead_code, reason = "only dropped")]
enum Kept {
    Database(Database),
    File(tempfile::TempDir),
}

/// Returns a store in a database of its own. Without PostgreSQL, the test only repeats what it does
/// on SQLite, and says so.
fn quick_store() -> (Kept, Store) {
    let Some(server) = Server::shared() else {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // The test harness captures eprintln.
        let _ = writeln!(
            std::io::stderr(),
            "left out: {test}, because PostgreSQL is missing"
        );
        let (directory, store) = super::quick_store();
        return (Kept::File(directory), store);
    };
    let database = server.create_database();
    let store = Store::create_on(&database.uri(), Settings::default(), None, actor()).unwrap();
    // The server's clock began the record of uses; here it begins at the time of the tests.
    let begin = format!("UPDATE usage SET accepted = {}", now().unix());
    store.db.execute(&begin, &[]).unwrap();
    let store = Store::open_at(&store.place, Access::Write, actor()).unwrap();
    (Kept::Database(database), store)
}

#[test]
fn the_story_gets_the_answers_of_sqlite() {
    let (here, there) = (story::story(), super::story::story());
    assert!(here.len() > 200, "{}", here.len());
    let mut listing = "";
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there, "{listing}");
        if here.starts_with("Listing") {
            listing = here;
        }
    }
    assert_eq!(here.len(), there.len());
}
