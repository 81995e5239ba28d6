//! The programs that read manual pages accept every page.

use super::manual::pages;
use super::root;
use super::sandbox::has;
use super::waiting::{is_installed, run};

/// Returns what `program` prints on stdout and stderr about the page `name`, if the program is
/// installed.
fn printed_by(program: &str, args: &[&str], name: &str) -> Option<String> {
    let mut command = std::process::Command::new(program);
    command
        .args(args)
        .arg(root().join("man").join(format!("{name}.1")));
    let output = is_installed(program).then(|| run(&mut command))?;
    let printed = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(printed).unwrap())
}

#[test]
fn groff_has_no_warning_about_the_manual() {
    for (name, _) in pages() {
        let printed = printed_by("groff", &["-man", "-ww", "-z", "-Tutf8"], &name);
        if !has("groff", printed.is_some()) {
            return;
        }
        assert_eq!(printed.unwrap(), "", "{name}");
    }
}

#[test]
fn mandoc_has_no_warning_about_the_manual_except_the_missing_date() {
    for (name, _) in pages() {
        let printed = printed_by("mandoc", &["-T", "lint", "-W", "warning"], &name);
        if !has("mandoc", printed.is_some()) {
            return;
        }
        let printed = printed.unwrap();
        let complaints = printed
            .lines()
            .filter(|line| !line.contains("missing date"));
        assert_eq!(complaints.collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

#[test]
fn whatis_finds_the_summary_of_every_page() {
    for (name, command) in pages() {
        let printed = printed_by("lexgrog", &[], &name);
        if !has("lexgrog", printed.is_some()) {
            return;
        }
        let about = command.get_about().unwrap().to_string();
        let (first, rest) = about.split_at(1);
        let line = format!("\"{name} - {}{rest}\"\n", first.to_lowercase());
        let printed = printed.unwrap();
        assert!(printed.ends_with(&line), "{printed}: not {line}");
    }
}
