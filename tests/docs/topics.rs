//! The topic json describes the output of the binary.

use std::collections::BTreeSet;

use serde_json::Value;

use apikey::cli::topics::{self, Part};

use super::sandbox::{Sandbox, commands};

/// Command lines in an order in which each prints an object.
const COMMAND_LINES: &[&[&str]] = &[
    &["init"],
    &["group", "create", "g"],
    &["group", "list"],
    &["group", "show", "g"],
    &["group", "set-permissions", "g", "a:b"],
    &["group", "set-description", "g", "x"],
    &["group", "rename", "g", "deploy"],
    &["policy"],
    &["policy", "set", "max-age", "90d"],
    &["policy", "unset", "max-age"],
    &["user", "add", "alice", "-g", "deploy", "-g", "readonly"],
    &["user", "list"],
    &["user", "show", "alice"],
    &["user", "deactivate", "alice"],
    &["user", "activate", "alice"],
    &["user", "set-expiry", "alice", "90d"],
    &[
        "create", "a", "-g", "deploy", "--owner", "alice", "--allow", "x:y",
    ],
    &["create", "b", "-g", "readonly", "--export", "b.APIKEY"],
    &["user", "set-groups", "alice", "readonly"],
    &[
        "import", "keys.csv", "--scheme", "plain", "--shape", ":16:hex", "-g", "readonly",
    ],
    &["list"],
    &["show", "a"],
    &["review", "--only", "no-expiry"],
    &["verify", "--key-file", "b.APIKEY"],
    &["verify", "--key-file", "b.APIKEY", "--can", "x"],
    &["verify", "--key-env", "HOME"],
    &["scan", "b.APIKEY"],
    &["deactivate", "a"],
    &["activate", "a"],
    &["rename", "a", "c"],
    &["set-groups", "c", "readonly"],
    &["set-description", "c", "x"],
    &["set-permissions", "c", "--none"],
    &["set-owner", "c", "--none"],
    &["set-app", "c", "x"],
    &["set-expiry", "c", "never"],
    &["set-meta", "c", "x=y"],
    &["rotate", "c", "--overlap", "1h"],
    &["cancel-rotation", "c", "-y"],
    &["rotate", "c", "--overlap", "1h", "--export", "c.APIKEY"],
    &["finish-rotation", "c"],
    &["renew", "c.APIKEY", "--overlap", "1h"],
    &["delete", "c", "-y"],
    &["user", "rename", "alice", "bob"],
    &["user", "delete", "bob", "-y"],
    &["group", "delete", "deploy", "-y"],
    &["shared-secret", "create"],
    &["shared-secret", "show"],
    &["shared-secret", "rotate"],
    &["shared-secret", "sign"],
    &["shared-secret", "check", "x"],
    &["shared-secret", "delete", "-y"],
    &["log"],
    &["log", "head"],
    &["log", "verify"],
    &["doctor"],
    &["backup", "copy"],
    &["restore", "copy", "-y", "--db", "new"],
];

/// Commands that print no json.
const PLAIN: [&str; 2] = ["completions", "help"];

/// Fields that are printed only with a clipboard.
const NOT_TESTED: [&str; 1] = ["copied"];

fn parts() -> Vec<Part> {
    let mut all = topics::all().into_iter();
    all.find(|topic| topic.name == "json").unwrap().parts
}

fn named(heading: &str) -> Part {
    let mut all = parts().into_iter();
    all.find(|part| part.heading == Some(heading)).unwrap()
}

fn fields(part: &Part) -> BTreeSet<String> {
    part.terms.iter().map(|term| term.name.clone()).collect()
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// Returns the printed object, or the first object of a printed array.
fn object(printed: &Value) -> &Value {
    printed.get(0).unwrap_or(printed)
}

/// Returns whether `args` run the command `path`, and not a subcommand of it.
fn is_run_by(args: &[&str], path: &[&str]) -> bool {
    let is_subcommand = |name: &str| {
        let path = [path, &[name]].concat();
        commands().iter().any(|command| command[..] == path[..])
    };
    args.starts_with(path) && !args.get(path.len()).is_some_and(|name| is_subcommand(name))
}

#[test]
fn the_topic_json_names_the_printed_fields() {
    let sandbox = Sandbox::empty();
    std::fs::write(sandbox.path("keys.csv"), "name,key\nold,0123456789abcdef\n").unwrap();
    let printed: Vec<(&[&str], Value)> = COMMAND_LINES
        .iter()
        .map(|args| {
            let ran = sandbox.run(&[args, &["--json"][..]].concat());
            assert!(matches!(ran.code, 0 | 1), "{args:?}: {ran:?}");
            (*args, ran.json())
        })
        .collect();
    let key = fields(&named("Key"));
    for part in parts().iter().filter(|part| !part.printed_by.is_empty()) {
        let mut documented = fields(part);
        if part
            .heading
            .is_some_and(|heading| heading.starts_with("Key with "))
        {
            documented.extend(key.clone());
        }
        documented.retain(|field| !NOT_TESTED.contains(&field.as_str()));
        for command in part.printed_by.split(", ") {
            let path: Vec<&str> = command.split(' ').collect();
            let objects = printed.iter().filter(|(args, _)| is_run_by(args, &path));
            let mut found = BTreeSet::new();
            for (args, value) in objects {
                found.extend(keys(object(value)));
                if let Some(inner) = object(value).get("key").filter(|inner| inner.is_object()) {
                    assert_eq!(keys(inner), key, "the key in {args:?}");
                }
            }
            assert_eq!(found, documented, "{command}");
        }
    }
    let error = sandbox.run(&["show", "nosuch", "--json"]).exits(3);
    let error: Value = serde_json::from_str(&error.stderr).unwrap();
    assert_eq!(keys(&error), BTreeSet::from(["error".to_owned()]));
    assert_eq!(keys(&error["error"]), fields(&named("Error")));
}

#[test]
fn the_topic_json_names_the_fields_of_limits() {
    let sandbox = Sandbox::new();
    for args in [
        &["group", "create", "g"][..],
        &["user", "add", "alice", "-g", "g"],
        &[
            "create", "a", "-g", "g", "--owner", "alice", "--allow", "x:y",
        ],
        &["user", "set-groups", "alice", "--none"],
    ] {
        sandbox.run(args).succeeds();
    }
    let limits = sandbox.show("a")["limits"].clone();
    let found: BTreeSet<String> = limits.as_array().unwrap().iter().flat_map(keys).collect();
    let part = named("Key with details");
    let mut terms = part.terms.iter();
    let limits = terms.find(|term| term.name == "limits").unwrap();
    let (_, list) = limits.meaning.split_once("its fields are ").unwrap();
    let mut documented: Vec<&str> = list.split([',', ' ']).collect();
    documented.retain(|word| !matches!(*word, "" | "or" | "and"));
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, documented);
}

#[test]
fn the_topic_json_names_the_fields_of_findings() {
    let sandbox = Sandbox::new();
    sandbox.key("a");
    let args = ["review", "--only", "no-expiry", "--json"];
    let reviewed = sandbox.run(&args).exits(1).json();
    let found = keys(&reviewed[0]["findings"][0]);
    let part = named("Key with findings");
    let (_, list) = part.terms[0].meaning.split_once("its fields are ").unwrap();
    let list = list.replace("(null if unknown)", "");
    let words = list
        .split([',', ' '])
        .filter(|word| !matches!(*word, "" | "and"));
    assert_eq!(found, words.map(str::to_owned).collect());
}

#[test]
fn the_topic_json_names_every_command_that_prints_json() {
    let documented: Vec<&str> = parts()
        .iter()
        .flat_map(|part| part.printed_by.split(", "))
        .collect();
    for command in commands() {
        let command = command.join(" ");
        let count = documented.iter().filter(|name| **name == command).count();
        let is_plain = PLAIN.contains(&command.as_str());
        assert_eq!(count, usize::from(!is_plain), "{command}");
    }
}

#[test]
fn the_topic_filters_and_the_guide_name_every_command_with_filters_and_every_filter() {
    let program = apikey::cli::command();
    let is_filter = |arg: &&clap::Arg| arg.get_help_heading() == Some("Filters");
    let dry_run = |command: &&clap::Command| {
        let mut longs = command.get_arguments().filter_map(clap::Arg::get_long);
        // An import has no filters.
        longs.any(|long| long == "dry-run") && command.get_name() != "import"
    };
    let changes: Vec<&clap::Command> = program.get_subcommands().filter(dry_run).collect();
    assert!(changes.len() > 5);
    let mut all = topics::all().into_iter();
    let topic = all.find(|topic| topic.name == "filters").unwrap();
    let paragraph = topic.parts[1].prose[0];
    let guide = super::markdown::page("docs/keys.md");
    for command in changes {
        let name = command.get_name();
        assert!(command.get_arguments().any(|arg| is_filter(&arg)), "{name}");
        assert!(
            paragraph.split([' ', ',']).any(|word| word == name),
            "{name}"
        );
        let (_, section) = guide.split_once("## Change many keys").unwrap();
        assert!(section.contains(&format!("`{name}`")), "{name}");
    }
    let list = program.find_subcommand("list").unwrap();
    for filter in list.get_arguments().filter(is_filter) {
        let long = filter.get_long().unwrap();
        // --on is a part of --can.
        let is_named = long == "on" || guide.contains(&format!("`--{long}`"));
        assert!(is_named, "--{long}");
    }
}

#[test]
fn a_key_has_the_same_fields_in_json_csv_sort_and_the_readme() {
    let sandbox = Sandbox::new();
    let csv = sandbox.run(&["list", "--format", "csv"]).succeeds().stdout;
    let names: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let key = named("Key");
    let listed: Vec<&str> = key.terms.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(names, listed);
    for name in names {
        sandbox.run(&["list", "--sort", name]).succeeds();
    }
    sandbox.run(&["create", "a", "-g", "readonly"]).succeeds();
    let table = sandbox.run(&["list", "--wide"]).succeeds().stdout;
    let columns = |line: &str| -> Vec<String> {
        let columns = line.split("  ").map(str::trim);
        let named = columns.filter(|heading| !heading.is_empty());
        named.map(str::to_owned).collect()
    };
    let all = columns(table.lines().next().unwrap());
    let readme = std::fs::read_to_string(crate::root().join("README.md")).unwrap();
    let shown = readme
        .lines()
        .find(|line| line.starts_with("NAME  "))
        .unwrap();
    let mut rest = all.iter();
    for heading in columns(shown) {
        assert!(rest.any(|other| *other == heading), "{heading}: {all:?}");
    }
}
