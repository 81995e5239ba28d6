//! The tests through the binary on PostgreSQL: the tests of `main.rs` that concern no file.
//!
//! Each test has a database of its own on one server, which the tests start. A test that is left
//! out here has the attribute `sqlite_only` with the reason; modules that are left out are in
//! [`LEFT_OUT`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic fails the test, in helpers, too"
)]

#[path = "../engine/postgres.rs"]
mod engine;
#[allow(dead_code, reason = "the tests through the file use more of it")]
mod machine;
mod process_memory;
#[allow(dead_code, reason = "tests of files use more of it")]
mod pty;
#[allow(dead_code, reason = "tests of files use more of it")]
mod sandbox;
#[allow(dead_code, reason = "the tests of the store use more of it")]
#[path = "../engine/server.rs"]
mod server;
#[allow(dead_code, reason = "tests of files use more of it")]
mod waiting;

mod activate;
mod arguments;
mod blocked;
mod clock;
mod complete;
mod complete_quietly;
mod concurrency;
mod counts;
mod create;
mod deactivate_for;
mod delete;
mod errors;
mod everywhere;
mod group;
mod hand_over;
mod hash_slots;
mod help;
mod hidden_prompt;
mod import;
mod import_bad_inputs;
mod import_schemes;
mod key_forms;
mod list;
mod list_can;
mod list_filters;
mod list_formats;
mod list_many;
mod log;
mod log_entries;
mod log_heads;
mod log_memory;
mod log_shown;
mod log_verify;
mod memory;
mod menus;
mod meta;
mod no_input;
mod on_server;
mod operator;
mod owner;
mod permissions;
mod picking;
mod policy;
mod policy_cap;
mod policy_effects;
mod policy_prompts;
mod policy_rules;
mod presented;
mod process;
mod prompts;
mod quoted;
mod remarks;
mod renew;
mod repeated;
mod review;
mod rights;
mod rotate;
mod rotate_prompts;
mod scan;
mod scan_deactivate;
mod scan_files;
mod scan_hostile;
mod scan_rules;
mod secrecy;
mod selections;
mod self_service;
mod self_service_hidden;
mod server_backup;
mod server_cluster;
mod server_conflicts;
mod server_doctor;
mod server_errors;
mod server_faults;
mod server_roles;
mod server_standby;
mod server_sudo;
mod set_facts;
mod set_groups;
mod show;
mod shown_once;
mod suggestions;
mod terminal;
mod user;
mod verify;
mod verify_batch;
mod verify_batch_changes;
mod verify_batch_costs;
mod verify_batch_rotation;

/// The modules that are left out, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "backup",
        "copies a file, through drafts and journals next to it",
    ),
    (
        "backup_interrupted",
        "signals and disk errors during the writing of files",
    ),
    (
        "bad_inputs",
        "each row prepares files and compares them afterwards",
    ),
    (
        "clipboard",
        "holds locks on the file, and traces its writes",
    ),
    (
        "clock_behind",
        "libfaketime sets the clock of one process, and here that of the server counts",
    ),
    (
        "completions",
        "real shells complete the names of database files",
    ),
    ("denied", "the permissions of files"),
    ("directories", "the permissions of directories"),
    ("directory_owners", "the owners of directories"),
    ("doctor", "the checks of files"),
    ("doctor_content", "damage that only a file can have"),
    ("doctor_files", "the checks of files"),
    ("endless_tables", "damaged pages of a file"),
    (
        "faults",
        "every system call on files fails once; the cuts of a connection have tests of their own",
    ),
    ("hostile_schema", "the schema table of SQLite"),
    ("init", "creates files"),
    ("init_shared", "the modes and the group of files"),
    (
        "init_shared_directories",
        "the modes and the group of directories",
    ),
    ("kept_modes", "file systems without permissions"),
    (
        "last_use",
        "the start of the record of uses is in the usage file",
    ),
    ("last_use_restored", "the usage file of a restored database"),
    ("leftovers", "drafts of files"),
    ("planted_wal", "journals next to files"),
    (
        "renew_daily",
        "libfaketime sets the clock of one process, and here that of the server counts",
    ),
    ("restore", "creates a file from a file"),
    ("restore_damaged", "damaged files"),
    ("restore_race", "a file is replaced during a restore"),
    (
        "review_checks",
        "libfaketime sets the clock of one process, and here that of the server counts",
    ),
    (
        "review_refused",
        "libfaketime sets the clock of one process, and here that of the server counts",
    ),
    ("screens", "writes dates of last use into the usage file"),
    (
        "shared_secret",
        "the shared secret is a file, and has no place on a server",
    ),
    ("sharing", "the files of a shared database"),
    ("sharing_attacks", "the files of a shared database"),
    ("sharing_by_root", "the files of a shared database"),
    ("sharing_interrupted", "the files of a shared database"),
    ("siege", "helpers of the tests of the usage file"),
    ("signals", "the tests themselves, which need no database"),
    (
        "stored_hashes",
        "values that no type of PostgreSQL permits, and the usage file",
    ),
    ("sudo", "sudo to the owner of a file"),
    ("sudo_rule", "a sudo rule that fixes a file"),
    (
        "tampered",
        "text that only a file with disabled checks can hold",
    ),
    ("through_sudo", "files that operators name through sudo"),
    ("upgrade", "old versions of the file"),
    ("upgrade_usage", "old versions of the usage file"),
    ("usable_secrets", "a view for programs that read the file"),
    ("usage", "the usage file"),
    ("usage_enemy", "the usage file"),
    ("usage_unwritable", "the usage file"),
    (
        "waits",
        "a lock that keeps readers out, which no server has",
    ),
    (
        "year",
        "libfaketime sets the clock of one process, and here that of the server counts",
    ),
];

#[test]
fn every_module_runs_on_postgres_or_is_left_out_for_a_reason() {
    let modules = |text: &str| -> Vec<String> {
        let names = text.lines().filter_map(|line| line.strip_prefix("mod "));
        names
            .map(|name| name.trim_end_matches(';').to_owned())
            .collect()
    };
    let here = modules(include_str!("postgres.rs"));
    for module in modules(include_str!("main.rs")) {
        let left_out = LEFT_OUT.iter().filter(|(name, _)| *name == module).count();
        assert_eq!(
            usize::from(here.contains(&module)) + left_out,
            1,
            "{module}"
        );
    }
}
