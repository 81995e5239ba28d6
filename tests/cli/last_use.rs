//! The start of the record of uses decides whether a key was never used, or its last use is
//! unknown.

use std::os::unix::fs::FileExt;

use super::sandbox::{Ran, Sandbox, clock};

const DAY: i64 = 86_400;

/// Returns two keys created ten days ago, when the record started: "used", which was used now,
/// and "idle".
pub fn aged() -> Sandbox {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("used");
    sandbox.key("idle");
    sandbox.age(10 * DAY);
    sandbox.feed(&["verify"], &secret).succeeds();
    sandbox
}

fn list(sandbox: &Sandbox, args: &[&str]) -> (Vec<String>, String) {
    let ran = sandbox
        .run(&[&["list", "--json"], args].concat())
        .succeeds();
    let name = |key: &serde_json::Value| key["name"].as_str().unwrap().to_owned();
    let names = ran.json().as_array().unwrap().iter().map(name).collect();
    let warned = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning:"));
    (names, warned.map(|line| format!("{line}\n")).collect())
}

#[track_caller]
fn lists(sandbox: &Sandbox, args: &[&str], names: &[&str], left_out: u64) {
    let (listed, warning) = list(sandbox, args);
    assert_eq!(listed, names, "{args:?}");
    let expected = match left_out {
        0 => "",
        1 => {
            "warning: 1 key is left out because its last use is unknown: the record of uses doesn't go back far enough\n"
        }
        2 => {
            "warning: 2 keys are left out because their last use is unknown: the record of uses doesn't go back far enough\n"
        }
        _ => unreachable!(),
    };
    assert_eq!(warning, expected, "{args:?}");
}

/// Returns the last use of `key` as a table and `show` print it.
fn shown(sandbox: &Sandbox, key: &str) -> (String, String) {
    let table = sandbox.run(&["list", "--search", key]).succeeds().stdout;
    let heading = table.lines().next().unwrap();
    let from = heading.find("LAST USED").unwrap();
    let to = heading.find("CREATED BY").unwrap();
    let row = table.lines().nth(1).unwrap();
    let facts = sandbox.run(&["show", key]).succeeds().stdout;
    let fact = facts
        .lines()
        .find_map(|line| line.strip_prefix("last used "));
    (
        row[from..to].trim().to_owned(),
        fact.unwrap().trim().to_owned(),
    )
}

/// Sets the start of the record.
fn begin(sandbox: &Sandbox, date: i64) {
    let file = std::fs::File::options().write(true).open(sandbox.usage());
    file.unwrap().write_all_at(&date.to_le_bytes(), 0).unwrap();
}

pub fn beginning(sandbox: &Sandbox) -> i64 {
    let file = std::fs::read(sandbox.usage()).unwrap();
    i64::from_le_bytes(file[..8].try_into().unwrap())
}

#[test]
fn a_key_was_never_used_if_the_record_is_as_old_as_the_key() {
    let sandbox = aged();
    lists(&sandbox, &["--never-used"], &["idle"], 0);
    lists(&sandbox, &["--unused-for", "9d"], &["idle"], 0);
    lists(&sandbox, &["--unused-for", "11d"], &[], 0);
    let never = ("Never".to_owned(), "Never".to_owned());
    assert_eq!(shown(&sandbox, "idle"), never);
    let key = sandbox.show("idle");
    assert!(key["last_used_at"].is_null());
    assert!(key["last_use_known_since"].as_str() <= key["created_at"].as_str());
}

#[test]
fn a_database_copied_without_its_usage_file_lists_no_key_as_unused() {
    let sandbox = aged();
    sandbox
        .shell("mkdir -m 700 new && cp .local/share/apikey/keys.db new/")
        .succeeds();
    let on_copy = |args: &[&str]| -> Ran {
        sandbox
            .run(&[&["--db", "new/keys.db"], args].concat())
            .succeeds()
    };
    for filter in [
        &["--unused-for", "1d"][..],
        &["--never-used"],
        &["--unused-for", "0s"],
    ] {
        // A clean-up job may use --quiet, which doesn't suppress warnings.
        let ran = on_copy(&[&["list", "-q", "--json"], filter].concat());
        assert_eq!(ran.stdout, "[]\n", "{filter:?}");
        ran.says("warning: 2 keys are left out");
    }
    let key = on_copy(&["show", "used", "--json"]).json();
    assert!(key["last_used_at"].is_null() && key["last_use_known_since"].is_null());
    let table = on_copy(&["list"]).stdout;
    assert_eq!(table.matches("unknown").count(), 2, "{table}");
    assert!(!table.contains("Never"), "{table}");
    // The next change starts the record; earlier uses stay unknown.
    on_copy(&["create", "new", "-g", "readonly"]);
    let ran = on_copy(&["list", "--never-used", "--format", "csv"]);
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
    ran.says("2 keys are left out");
    let key = on_copy(&["show", "idle", "--json"]).json();
    assert!(key["last_used_at"].is_null() && key["last_use_known_since"].is_string());
}

#[test]
fn a_record_that_cannot_be_read_makes_every_last_use_unknown() {
    for arrange in [
        "rm $U",
        "rm $U; mkdir $U",
        "ln -sf nowhere $U",
        "ln $U $U.2",
        ": > $U",
    ] {
        let sandbox = aged();
        let usage = sandbox.usage().display().to_string();
        sandbox.shell(&arrange.replace("$U", &usage)).succeeds();
        lists(&sandbox, &["--never-used"], &[], 2);
        lists(&sandbox, &["--unused-for", "9d"], &[], 2);
        let unknown = ("unknown".to_owned(), "unknown".to_owned());
        assert_eq!(shown(&sandbox, "used"), unknown, "{arrange}");
        // The creation date alone excludes newer keys.
        lists(&sandbox, &["--unused-for", "11d"], &[], 0);
    }
}

#[test]
fn the_next_change_replaces_an_absurd_start_of_the_record() {
    for absurd in [-1, i64::MIN, i64::MAX, clock() + 3600, 0] {
        let sandbox = aged();
        begin(&sandbox, absurd);
        lists(&sandbox, &["--never-used"], &[], 1);
        lists(&sandbox, &["--unused-for", "9d"], &[], 1);
        let key = sandbox.show("used");
        assert!(key["last_use_known_since"].is_null(), "{absurd}");
        assert!(key["last_used_at"].is_string(), "{absurd}");
        let before = clock();
        sandbox.run(&["set-description", "idle", "x"]).succeeds();
        let start = beginning(&sandbox);
        assert!((before..=clock()).contains(&start), "{absurd}: {start}");
        // The existing date stays, as a lower bound.
        assert!(sandbox.show("used")["last_used_at"].is_string());
        lists(&sandbox, &["--never-used"], &[], 1);
    }
}

#[test]
fn a_verify_that_records_sets_a_missing_start() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.age(10 * DAY);
    begin(&sandbox, 0);
    sandbox.feed(&["verify", "--no-record"], &secret).succeeds();
    assert_eq!(beginning(&sandbox), 0);
    let before = clock();
    sandbox.feed(&["verify"], &secret).succeeds();
    let start = beginning(&sandbox);
    assert!((before..=clock()).contains(&start), "{start}");
    sandbox.feed(&["verify", "-g", "admin"], &secret).exits(1);
    assert_eq!(beginning(&sandbox), start);
    // A verifier replaces no existing start: its clock may be wrong.
    begin(&sandbox, clock() + 3600);
    let ahead = beginning(&sandbox);
    sandbox.feed(&["verify"], &secret).succeeds();
    assert_eq!(beginning(&sandbox), ahead);
}

#[test]
fn with_a_clock_that_is_behind_the_record_does_not_start() {
    let sandbox = aged();
    begin(&sandbox, 0);
    // An entry of the log is from tomorrow.
    sandbox.sql("UPDATE keys SET created_at = created_at + 86400 * 11 WHERE name = 'used'");
    sandbox.run(&["set-description", "idle", "x"]).succeeds();
    assert_eq!(beginning(&sandbox), 0);
    lists(&sandbox, &["--never-used"], &[], 1);
}

#[test]
fn doctor_reports_an_absurd_start_and_names_the_command_that_fixes_it() {
    let sandbox = aged();
    for absurd in [-1, i64::MAX, clock() + 3600] {
        begin(&sandbox, absurd);
        let findings = sandbox.run(&["doctor", "--json"]).exits(1).json();
        let failing: Vec<_> = findings
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["ok"] == false)
            .collect();
        assert_eq!(failing.len(), 1, "{failing:?}");
        assert_eq!(failing[0]["check"], "usage");
        sandbox
            .shell(failing[0]["mend"].as_str().unwrap())
            .succeeds();
        sandbox.run(&["doctor"]).succeeds();
        sandbox.run(&["set-description", "idle", "x"]).succeeds();
        assert!(beginning(&sandbox) > 0, "{absurd}");
    }
}

#[test]
fn unused_for_counts_from_the_start_of_the_record() {
    let sandbox = aged();
    begin(&sandbox, clock() - 5 * DAY);
    lists(&sandbox, &["--unused-for", "4d"], &["idle"], 0);
    lists(&sandbox, &["--unused-for", "6d"], &[], 1);
    lists(&sandbox, &["--never-used"], &[], 1);
    // Filters combine with AND: if the result of one is unknown, so is the result of both.
    lists(&sandbox, &["--never-used", "--unused-for", "4d"], &[], 1);
    // Keys that other filters exclude are not counted as left out.
    lists(&sandbox, &["--never-used", "--search", "used"], &[], 0);
    lists(&sandbox, &["--never-used", "--status", "inactive"], &[], 0);
}

#[test]
fn every_listing_has_the_start_of_the_record() {
    let sandbox = aged();
    let expected = sandbox.show("idle")["last_use_known_since"].clone();
    let json = sandbox.run(&["list", "--json"]).succeeds().json();
    for key in json.as_array().unwrap() {
        assert_eq!(key["last_use_known_since"], expected, "{key}");
    }
    let csv = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let headings = rows.headers().unwrap().clone();
    let at = headings
        .iter()
        .position(|name| name == "last_use_known_since");
    assert_eq!(headings.get(at.unwrap() - 1), Some("last_used_at"));
    assert_eq!(headings.get(at.unwrap() + 1), Some("last_refused_at"));
    for row in rows.records() {
        assert_eq!(row.unwrap()[at.unwrap()], expected);
    }
    assert_eq!(
        sandbox.names(&["--sort", "last_use_known_since"]),
        ["idle", "used"]
    );
}

#[test]
fn delete_shows_that_a_last_use_is_unknown() {
    let sandbox = aged();
    std::fs::remove_file(sandbox.usage()).unwrap();
    let ran = sandbox.run(&["delete", "used", "--yes"]).succeeds();
    let row = ran.stderr.lines().find(|line| line.starts_with("used "));
    assert!(row.unwrap().ends_with("unknown"), "{ran:?}");
}

#[test]
fn no_key_can_overwrite_the_start_of_the_record() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let slots = "SELECT min(slot) FROM secrets";
    let first: i64 = sandbox
        .sqlite()
        .query_row(slots, [], |row| row.get(0))
        .unwrap();
    assert_eq!(first, 1);
    let start = beginning(&sandbox);
    sandbox.sql("UPDATE secrets SET slot = 0");
    let ran = sandbox.feed(&["verify"], &secret).succeeds();
    ran.says("the key has no slot in the file");
    sandbox.run(&["delete", "a", "-y"]).succeeds();
    assert_eq!(beginning(&sandbox), start);
}
