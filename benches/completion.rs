//! Measures completion in a shell among 100,000 keys, against `apikey --version`, which
//! does nothing.

use super::Bench;
use super::database::Rows;
use super::measure::{Subject, compare};
use super::table::Goal::None as NoGoal;
use super::table::{Table, Unit};
use super::verify::{both, ratio};

/// Lines before TAB. All keys are active, so `activate` finds none to offer.
const LINES: [&str; 6] = [
    "show ",
    "show key-0999",
    "deactivate ",
    "activate ",
    "list --app ",
    "create x --allow ",
];

pub fn rows(bench: &Bench, table: &mut Table) {
    let db = bench.database("completion", Rows::complete(bench.sized(100_000)));
    let conn = db.connect();
    conn.execute_batch(
        "UPDATE keys SET application = printf('app-%d', number % 7);
         INSERT INTO key_permissions SELECT number, 'order:read@' || number FROM keys;",
    )
    .unwrap();
    drop(conn);
    let rounds = bench.rounds(40);
    for line in LINES {
        table.row(
            &format!("TAB after `apikey {line}` among 100,000 keys"),
            "`apikey --version`",
            NoGoal(Unit::Times),
            || {
                let mut complete = complete(&bench.apikey, &db.path, line);
                let mut nothing = db.subject(&["--version"]);
                let pairs = compare(&mut complete, &mut nothing, rounds)?;
                let mut reached = ratio(&pairs, rounds);
                let (millis, _) = pairs.median(|ours, _| ours * 1000.0);
                reached.detail = format!("{millis:.1} ms");
                reached.instructions = Some(both(&mut complete, &mut nothing));
                Ok(reached)
            },
        );
    }
}

/// Returns the command that fish runs to complete `line`.
pub fn complete(apikey: &std::path::Path, db: &std::path::Path, line: &str) -> Subject {
    let begin = [apikey.as_os_str(), "--".as_ref(), "apikey".as_ref()];
    let command_line = begin.into_iter().chain(line.split(' ').map(AsRef::as_ref));
    Subject::new(command_line)
        .env("_APIKEY_COMPLETE", "fish")
        .env("APIKEY_DB", db)
}
