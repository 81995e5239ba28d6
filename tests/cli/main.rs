//! Tests of the binary: wiring, messages, exit codes and files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic fails the test, in helpers, too"
)]

mod machine;
mod pty;
mod sandbox;
mod siege;
mod waiting;

mod activate;
mod arguments;
mod backup;
mod bad_inputs;
mod blocked;
mod clipboard;
mod clock;
mod clock_behind;
mod complete;
mod complete_quietly;
mod completions;
mod concurrency;
mod counts;
mod create;
mod delete;
mod denied;
mod directories;
mod doctor;
mod errors;
mod everywhere;
mod faults;
mod group;
mod hand_over;
mod help;
mod hidden_prompt;
mod hostile_schema;
mod init;
mod init_shared;
mod kept_modes;
mod key_forms;
mod last_use;
mod leftovers;
mod list;
mod list_can;
mod list_filters;
mod log;
mod log_shown;
mod log_verify;
mod memory;
mod menus;
mod no_input;
mod operator;
mod owner;
mod permissions;
mod picking;
mod planted_wal;
mod presented;
mod process;
mod prompts;
mod quoted;
mod remarks;
mod repeated;
mod restore;
mod rights;
mod screens;
mod secrecy;
mod self_service;
mod set_facts;
mod set_groups;
mod shared_secret;
mod sharing;
mod sharing_faults;
mod show;
mod shown_once;
mod signals;
mod stored_hashes;
mod sudo;
mod suggestions;
mod tampered;
mod terminal;
mod through_sudo;
mod turns;
mod upgrade;
mod usable_secrets;
mod usage;
mod usage_enemy;
mod user;
mod verify;
mod verify_batch;
mod verify_batch_changes;
mod verify_batch_costs;
mod waits;
