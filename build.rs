//! Links the stack unwinder statically, so that the program needs no dynamic library except the C
//! library: loading each one takes a tenth of a millisecond.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_set = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let is_glibc = is_set("CARGO_CFG_TARGET_OS", "linux") && is_set("CARGO_CFG_TARGET_ENV", "gnu");
    if !is_glibc || env::var("HOST") != env::var("TARGET") {
        return;
    }
    // Rust links the shared library libgcc_s; this archive precedes it. If the compiler has no
    // archive, it prints the bare file name, and the shared library is used.
    let output = Command::new("cc")
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let Some(archive) = output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
    else {
        return;
    };
    let archive = Path::new(archive.trim());
    if let (true, Some(directory)) = (archive.is_absolute(), archive.parent()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
