//! Links what unwinds the stack into the program, so that it needs no dynamic library but
//! the C library's: to load each takes a tenth of a millisecond.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    let is_ours = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if !is_ours || env::var("HOST") != env::var("TARGET") {
        return;
    }
    // Rust links the library libgcc_s; the same as an archive stands before it. Where the
    // compiler knows of none, its name comes back alone, and the library does as well.
    let asked = Command::new("cc")
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let Some(archive) = asked
        .ok()
        .and_then(|told| String::from_utf8(told.stdout).ok())
    else {
        return;
    };
    let archive = Path::new(archive.trim());
    if let (true, Some(folder)) = (archive.is_absolute(), archive.parent()) {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
