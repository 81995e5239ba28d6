//! Every seed, and every input that ever broke a promise, goes through its target.

use std::path::{Path, PathBuf};

use super::*;

/// The crate of the targets. What is published comes without it.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    folder.exists().then_some(folder)
}

#[test]
fn every_seed_holds_what_is_promised() {
    let Some(folder) = folder() else { return };
    for (target, run) in TARGETS {
        let entries = std::fs::read_dir(folder.join("seeds").join(target)).unwrap();
        let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty(), "{target} has no seeds");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let held = std::panic::catch_unwind(|| run(&bytes));
            assert!(held.is_ok(), "{}", file.display());
        }
    }
}

#[test]
fn a_database_is_read_only_with_the_schema_that_apikey_makes() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join("seeds/keys_db").join(name)).unwrap();
    for name in [
        "fresh",
        "three-keys",
        "table-of-statistics",
        "fresh-of-schema-1",
        "three-keys-of-schema-1",
    ] {
        assert!(keys_db::look_at(&read(name)), "{name}");
    }
    for name in [
        "view-endless",
        "view-of-log",
        "view-more",
        "trigger-planted",
        "trigger-sqlite-stat",
        "trigger-missing",
        "table-foreign",
        "table-virtual",
        "index-foreign",
    ] {
        assert!(!keys_db::look_at(&read(name)), "{name}");
    }
}

#[test]
fn every_target_is_fuzzed() {
    let Some(folder) = folder() else { return };
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let names = TARGETS.map(|(target, _)| target);
    for name in names {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")));
        let target = folder.join("targets").join(format!("{name}.rs"));
        let target = std::fs::read_to_string(target).unwrap();
        assert!(target.contains(&format!("apikey::fuzzing::{name}(bytes)")));
        assert!(folder.join(format!("dictionaries/{name}.dict")).exists());
    }
    assert_eq!(manifest.matches("[[bin]]").count(), names.len());
    let seeds = std::fs::read_dir(folder.join("seeds")).unwrap();
    assert_eq!(seeds.count(), names.len());
}
