//! Every seed, and every input that ever broke a promise, goes through its target.

use std::path::Path;

use super::*;

#[test]
fn every_seed_holds_what_is_promised() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (target, run) in TARGETS {
        let entries = std::fs::read_dir(seeds.join(target)).unwrap();
        let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty(), "{target} has no seeds");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let held = std::panic::catch_unwind(|| run(&bytes));
            assert!(held.is_ok(), "{}", file.display());
        }
    }
}
