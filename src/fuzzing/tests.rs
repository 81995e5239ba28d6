//! Runs every seed through its target; the seeds include every input that ever failed.

use std::path::{Path, PathBuf};

use super::*;

/// Returns the directory of the targets' crate, or none in the published package, which lacks it.
fn directory() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    directory.exists().then_some(directory)
}

#[test]
fn every_seed_passes_its_target() {
    let Some(directory) = directory() else { return };
    for (target, run) in TARGETS {
        let entries = std::fs::read_dir(directory.join("seeds").join(target)).unwrap();
        let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty(), "{target} has no seeds");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let result = std::panic::catch_unwind(|| run(&bytes));
            assert!(result.is_ok(), "{}", file.display());
        }
    }
}

#[test]
fn only_a_database_with_a_schema_of_apikey_is_read() {
    let Some(directory) = directory() else { return };
    let read = |name: &str| std::fs::read(directory.join("seeds/keys_db").join(name)).unwrap();
    for name in [
        "fresh",
        "three-keys",
        "table-of-statistics",
        "fresh-of-schema-1",
        "fresh-of-schema-2",
        "fresh-of-schema-3",
        "fresh-of-schema-4",
        "three-keys-of-schema-4",
        "three-keys-of-schema-3",
        "three-keys-of-schema-2",
        "three-keys-of-schema-1",
    ] {
        assert!(keys_db::is_read(&read(name)), "{name}");
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
        assert!(!keys_db::is_read(&read(name)), "{name}");
    }
}

#[test]
fn every_target_is_fuzzed() {
    let Some(directory) = directory() else { return };
    let manifest = std::fs::read_to_string(directory.join("Cargo.toml")).unwrap();
    let names = TARGETS.map(|(target, _)| target);
    for name in names {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")));
        let target = directory.join("targets").join(format!("{name}.rs"));
        let target = std::fs::read_to_string(target).unwrap();
        assert!(target.contains(&format!("apikey::fuzzing::{name}(bytes)")));
        assert!(directory.join(format!("dictionaries/{name}.dict")).exists());
    }
    assert_eq!(manifest.matches("[[bin]]").count(), names.len());
    let seeds = std::fs::read_dir(directory.join("seeds")).unwrap();
    assert_eq!(seeds.count(), names.len());
}
