//! The examples of the README and of the guides in docs/ run as they stand, and their
//! links lead to a file.
//!
//! Other tests run the rest: `install.rs` runs the README's lines for installing, `sessions.rs`
//! the consoles, `recipes.rs` the examples of docs/recipes.md, `postgres.rs` those on a server, and
//! `tests/cli/sudo.rs` the examples of docs/shared-machine.md, which need root.

use std::fmt::Write;
use std::process::Command;

use clap::builder::PossibleValue;

use super::examples::{is_on_server, path};
use super::markdown::{anchors, blocks, links, page, readme};
use super::sandbox::{Ran, Sandbox, finish, has};
use super::waiting::{is_installed, run};
use super::{names_in, root};

/// Creates what the examples of a page name.
pub const PREPARATION: &[(&str, &str)] = &[
    (
        "README.md",
        "apikey create deploy-bot -g readonly
         apikey create ci -g readonly
         echo name,digest > old.csv
         printf 'old,%s' $(echo sk_live_ | sha256sum | cut -c-64) >> old.csv",
    ),
    ("docs/keys.md", ""),
    ("docs/rotation.md", "apikey create deploy-bot -g readonly"),
    ("docs/policy.md", ""),
    (
        "docs/migrating.md",
        "printf 3UyvXbdm.AgYpKeUAfr7IDDpIRjWRGv1gkHUIt1VP > client-1.key
         echo name,digest,owner,created > keys.csv
         printf 'client-1,sha512$$%s,,2024-03-01' $(sha512sum < client-1.key | cut -c-128) >> keys.csv",
    ),
    ("docs/review.md", "apikey create deploy-bot -g readonly"),
    ("docs/permissions.md", "ln -s shop.APIKEY secret.APIKEY"),
    (
        "docs/verifying.md",
        "apikey create a -g readonly --app billing --export secret.APIKEY
         cat secret.APIKEY secret.APIKEY > secrets
         printf '{}' > body.json",
    ),
    (
        "docs/leaks.md",
        "apikey create shop -g readonly > shop; rm shop; mkdir config; printf x > deploy.log",
    ),
    ("docs/log.md", "apikey create deploy-bot -g readonly"),
    (
        "docs/backup.md",
        "apikey --db keys.db init; mkdir backups
         apikey --db keys.db backup backups/keys-2027-01-31.db",
    ),
];

/// Programs that the examples take for granted.
const STUBS: &str = "
    mkdir bin
    for name in serve vault-put; do
        printf '#!/bin/sh\\n' > bin/$name; chmod +x bin/$name
    done
";

/// Returns the commands of `block`: lines, joined until sh finds them complete.
fn commands(block: &str) -> Vec<String> {
    let is_complete = |text: &str| {
        let mut sh = Command::new("/bin/sh");
        run(sh.args(["-n", "-c", text])).status.success()
    };
    let mut found = Vec::new();
    let mut command = String::new();
    for line in block.lines() {
        command.push_str(line);
        command.push('\n');
        if is_complete(&command) {
            found.push(std::mem::take(&mut command));
        }
    }
    assert_eq!(command, "", "incomplete: {command}");
    found
}

/// Returns the verdict that the comment of `command` promises.
fn verdict(command: &str) -> Option<&str> {
    let (_, comment) = command.trim_end().rsplit_once("# ")?;
    let verdict = comment.split(':').next()?;
    let is_verdict = verdict.starts_with("accepted ") || verdict.starts_with("refused ");
    is_verdict.then_some(verdict)
}

/// Runs every sh block of `name` in one shell, and returns the failed commands.
fn run_examples(name: &str, preparation: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let shell = |script: &str| {
        let mut shell = sandbox.program("/bin/sh");
        shell
            .args(["-c", script])
            .env("PATH", path())
            .env("SECRET_FILE", "secret.APIKEY");
        finish(shell.spawn().unwrap())
    };
    shell(&format!("set -e\n{STUBS}{preparation}")).succeeds();
    // The README names the public id of a key.
    sandbox.sql("UPDATE keys SET id = '7Kd93mZQ' WHERE name = 'ci'");
    let examples: Vec<String> = blocks(name, "sh")
        .iter()
        // install.rs and .ci/package run the lines for installing, postgres.rs those on a server.
        .filter(|block| !block.contains("cargo ") && !is_on_server(block))
        .flat_map(|block| commands(block))
        // Without a terminal there is no confirmation.
        .map(|example| example.replace(" restore ", " --yes restore "))
        .collect();
    let mut script = "PATH=$HOME/bin:$PATH\n".to_owned();
    for (index, example) in examples.iter().enumerate() {
        writeln!(
            script,
            "{{\n{example}\n}} > out.{index} 2> err.{index}; echo $? > code.{index}"
        )
        .unwrap();
    }
    let ran = shell(&script);
    let mut failed = Vec::new();
    for (index, example) in examples.iter().enumerate() {
        let read = |file: &str| std::fs::read_to_string(sandbox.path(&format!("{file}.{index}")));
        let out = read("out").unwrap_or_default();
        let code = read("code").unwrap_or_else(|_| format!("{ran:?}"));
        let verdict = verdict(example);
        let is_refused = verdict.is_some_and(|verdict| verdict.starts_with("refused"));
        let is_right = code.trim() == if is_refused { "1" } else { "0" };
        if !is_right || verdict.is_some_and(|verdict| out.trim_end() != verdict) {
            let error = read("err").unwrap_or_default();
            failed.push(format!("{name}: {example}exits with {code}{out}{error}"));
        }
    }
    failed
}

#[test]
fn every_example_of_the_readme_and_the_guides_runs_as_it_stands() {
    if !has("jq", is_installed("jq")) {
        return;
    }
    let failed: Vec<String> = PREPARATION
        .iter()
        .flat_map(|(name, preparation)| run_examples(name, preparation))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Runs `line` of a crontab as cron does.
pub fn run_as_cron(sandbox: &Sandbox, line: &str) -> Ran {
    // Five fields for the time, and `%` escaped.
    let command = line.splitn(6, char::is_whitespace).last().unwrap();
    let mut shell = sandbox.program("/bin/sh");
    shell
        .args(["-c", &command.replace("\\%", "%")])
        .env("PATH", path());
    finish(shell.spawn().unwrap())
}

/// Returns the lines of the crontabs of `path` that run a command.
fn crontab(path: &str) -> Vec<String> {
    let blocks = blocks(path, "crontab");
    blocks.iter().flat_map(|block| jobs(block)).collect()
}

/// Returns the lines of a crontab that run a command.
pub fn jobs(crontab: &str) -> Vec<String> {
    let is_job = |line: &&str| !line.split(' ').next().unwrap().contains('=');
    crontab.lines().filter(is_job).map(str::to_owned).collect()
}

#[test]
fn the_crontab_for_backups_prints_nothing_while_all_is_well() {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    for job in crontab("docs/backup.md") {
        let ran = run_as_cron(&sandbox, &job).succeeds();
        assert_eq!(ran.stdout + &ran.stderr, "", "{job}");
    }
    assert_eq!(
        std::fs::read_dir(sandbox.path("backups")).unwrap().count(),
        2
    );
}

#[test]
fn the_crontab_for_rotations_renews_a_secret_that_is_old_enough() {
    let sandbox = Sandbox::new();
    sandbox.run(&["create", "worker", "-g", "readonly", "--export", "s"]);
    let before = std::fs::read(sandbox.path("s")).unwrap();
    let [job] = crontab("docs/rotation.md").try_into().unwrap();
    let job: String = job;
    let job = job.replace("/etc/worker/secret.APIKEY", "s");
    let run = || {
        let ran = run_as_cron(&sandbox, &job).succeeds();
        assert_eq!(ran.stdout + &ran.stderr, "");
        std::fs::read(sandbox.path("s")).unwrap()
    };
    assert_eq!(run(), before);
    sandbox.age(30 * 86_400);
    let after = run();
    assert_ne!(after, before);
    sandbox.run(&["verify", "--key-file", "s"]).succeeds();
    assert_eq!(run(), after);
}

#[test]
fn the_guide_to_reviews_lists_every_check_in_order() {
    let command = apikey::cli::command();
    let review = command.find_subcommand("review").unwrap();
    let mut options = review.get_arguments();
    let only = options.find(|arg| arg.get_long() == Some("only")).unwrap();
    let checks = only.get_possible_values();
    let checks: Vec<&str> = checks.iter().map(PossibleValue::get_name).collect();
    let guide = page("docs/review.md");
    let (_, table) = guide.split_once("| check | finds a key that |\n").unwrap();
    let rows = table.lines().skip(1);
    let rows = rows.map_while(|row| row.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), checks);
}

#[test]
fn the_guide_to_the_policy_explains_every_rule_once() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init"]).succeeds();
    let rules = sandbox.run(&["policy", "--json"]).succeeds().json();
    let guide = page("docs/policy.md");
    let in_table = |name: &str| guide.contains(&format!("\n| `{name}` |"));
    for rule in rules.as_array().unwrap() {
        let name = rule["rule"].as_str().unwrap();
        let is_default = name.starts_with("default-");
        assert_eq!(in_table(name), !is_default, "{name}");
        assert!(
            !is_default || guide.contains(&format!("`{name}` for ")),
            "{name}"
        );
    }
}

#[test]
fn the_readme_has_at_most_200_lines() {
    let count = readme().lines().count();
    assert!(count <= 200, "{count}");
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let guides = names_in("docs");
    let guides = guides.iter().filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = guides.map(|name| format!("docs/{name}")).collect();
    for page in [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        pages.push(page.to_owned());
    }
    for name in pages {
        let text = page(&name);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let from = root().join(&name);
            let target = from.parent().unwrap().join(file);
            let target = if file.is_empty() { from } else { target };
            assert!(target.is_file(), "{name} links to {link}");
            if !anchor.is_empty() {
                let found = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(found.iter().any(|other| other == anchor), "{name}: {link}");
            }
        }
    }
}

#[test]
fn the_readme_links_every_guide() {
    let links = links(&readme());
    for name in names_in("docs") {
        let is_linked = links.contains(&format!("docs/{name}"));
        assert!(is_linked || !name.ends_with(".md"), "{name}");
    }
}

#[test]
fn contributing_names_files_that_exist() {
    let text = page("CONTRIBUTING.md");
    let spans = text.split('`').skip(1).step_by(2);
    let is_file = |span: &&str| {
        let is_lower = !span.contains(char::is_whitespace) && span.to_lowercase() == **span;
        is_lower
            && [".rs", ".sql", ".txt"]
                .iter()
                .any(|end| span.ends_with(end))
    };
    let files: Vec<&str> = spans.filter(is_file).collect();
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let mut directories = [
            "",
            "src",
            "src/store/sqlite",
            "tests",
            "tests/cli",
            "tests/docs",
        ]
        .iter();
        let exists = directories.any(|directory| root().join(directory).join(file).is_file());
        assert!(exists, "{file}");
    }
}
