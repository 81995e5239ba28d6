//! The recipes in docs/recipes.md that find secrets before a commit, and the rules for other
//! scanners in docs/leaks.md.

use super::markdown::section;
use super::recipes::{install, program, recipe, run};
use super::root;
use super::sandbox::{Ran, Sandbox, has};
use super::waiting::is_installed;

const HEADING: &str = "Find secrets before a commit";

/// Returns a database in a repository of git with the hook.
fn repository(hook: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    git(&sandbox, &["init", "--quiet"]).succeeds();
    install(&sandbox, ".git/hooks/pre-commit", hook);
    sandbox
}

fn git(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    run(program(sandbox, "git").args(who).args(args))
}

fn commit(sandbox: &Sandbox, content: &str) -> Ran {
    std::fs::write(sandbox.path("app.env"), content).unwrap();
    git(sandbox, &["add", "app.env"]).succeeds();
    git(sandbox, &["commit", "--quiet", "--message=x"])
}

/// Returns a repository with the hook of the recipe, and the secret of the key "a"; none without
/// git.
fn guarded_repository() -> Option<(Sandbox, String)> {
    if !has("git", is_installed("git")) {
        return None;
    }
    let [hook, _, _] = recipe(HEADING);
    let sandbox = repository(&hook);
    let secret = sandbox.key("a");
    Some((sandbox, secret))
}

#[test]
fn a_hook_refuses_a_commit_with_a_live_secret() {
    let Some((sandbox, secret)) = guarded_repository() else {
        return;
    };
    commit(&sandbox, "KEY=\n").succeeds();
    let refused = commit(&sandbox, &format!("KEY={secret}\n"));
    let printed = format!("{refused:?}");
    assert!(
        refused.code != 0 && printed.contains(" live a "),
        "{printed}"
    );
    sandbox.run(&["deactivate", "a"]).succeeds();
    commit(&sandbox, &format!("KEY={secret}\n")).succeeds();
    std::fs::remove_file(sandbox.db()).unwrap();
    assert_ne!(commit(&sandbox, "KEY=x\n").code, 0);
}

#[test]
fn no_configuration_of_git_hides_a_change_from_the_hook_and_no_error_of_git_is_ignored() {
    let Some((sandbox, secret)) = guarded_repository() else {
        return;
    };
    for (attribute, name, value) in [
        ("*.env text", "diff.external", "true"),
        ("*.env diff=x", "diff.x.command", "true"),
        ("*.env diff=x", "diff.x.textconv", "true"),
        ("*.env -diff", "diff.x.binary", "true"),
    ] {
        std::fs::write(sandbox.path(".gitattributes"), attribute).unwrap();
        git(&sandbox, &["config", name, value]).succeeds();
        let refused = commit(&sandbox, &format!("KEY={secret}\n"));
        assert_ne!(refused.code, 0, "{attribute} {name}: {refused:?}");
        git(&sandbox, &["config", "--unset", name]).succeeds();
    }
    let mut hook = program(&sandbox, sandbox.path(".git/hooks/pre-commit"));
    let failed = run(hook.env("GIT_DIR", "nowhere"));
    assert_ne!(failed.code, 0, "{failed:?}");
}

#[test]
fn a_ci_job_fails_if_a_secret_in_the_history_is_live() {
    if !has("git", is_installed("git")) {
        return;
    }
    let [_, job, _] = recipe(HEADING);
    let sandbox = repository("#!/bin/sh\n");
    install(&sandbox, "job", &job);
    let job = || run(&mut program(&sandbox, sandbox.path("job")));
    let secret = sandbox.key("a");
    commit(&sandbox, "KEY=\n").succeeds();
    job().succeeds();
    commit(&sandbox, &format!("KEY={secret}\n")).succeeds();
    commit(&sandbox, "KEY=\n").succeeds();
    let found = job().exits(1).stdout;
    assert!(found.starts_with("-:"), "{found}");
    sandbox.run(&["deactivate", "a"]).succeeds();
    job().succeeds();
}

#[test]
fn the_history_has_binary_files_merges_and_the_last_stash() {
    if !has("git", is_installed("git")) {
        return;
    }
    let [_, job, _] = recipe(HEADING);
    let command = job.lines().last().unwrap().replace(" - .", "");
    for document in ["README.md", "docs/leaks.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        assert!(text.contains(&command), "{document} lacks {command}");
    }
    let sandbox = repository("#!/bin/sh\n");
    let secrets = ["binary", "hidden", "merged", "stashed"].map(|name| sandbox.key(name));
    let [binary, hidden, merged, stashed] = &secrets;
    let add = |path: &str, content: &str| {
        std::fs::write(sandbox.path(path), content).unwrap();
        git(&sandbox, &["add", path]).succeeds();
    };
    let done = |words: &str| {
        let args: Vec<&str> = words.split(' ').collect();
        git(&sandbox, &args).succeeds();
    };
    add(".gitattributes", "*.env -diff\n");
    add("app.bin", &format!("\0{binary}"));
    add("app.env", hidden);
    done("commit -qm x");
    done("checkout -qb other");
    add("other", "x\n");
    done("commit -qm x");
    done("checkout -q -");
    add("this", "x\n");
    done("commit -qm x");
    done("merge -q --no-commit other");
    add("merge", merged);
    done("commit -qm x");
    // Not in the index: a stash is a merge of its commit and the one of the index.
    std::fs::write(sandbox.path("this"), stashed).unwrap();
    done("stash -q");
    let mut shell = program(&sandbox, "/bin/sh");
    let found = run(shell.args(["-c", &command])).exits(1).stdout;
    for name in ["binary", "hidden", "merged", "stashed"] {
        assert!(found.contains(&format!(" live {name} ")), "{name}: {found}");
    }
}

#[test]
fn a_hook_of_detect_secrets_refuses_a_commit_with_a_secret() {
    let is_there = is_installed("git") && is_installed("detect-secrets-hook");
    if !has("git or detect-secrets", is_there) {
        return;
    }
    let [_, _, hook] = recipe(HEADING);
    let sandbox = repository(&hook);
    let rule = sandbox
        .run(&["scan", "--rules", "detect-secrets"])
        .succeeds();
    std::fs::write(sandbox.path("apikey_detector.py"), rule.stdout).unwrap();
    let secret = sandbox.key("a");
    commit(&sandbox, "x\n").succeeds();
    let refused = commit(&sandbox, &format!("x {secret}\n"));
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(!format!("{refused:?}").contains(&secret[14..]));
}

#[test]
fn a_new_file_for_gitleaks_keeps_its_own_rules_and_an_existing_one_is_appended_to() {
    let [block] = &section("docs/leaks.md", "Before a secret leaks")[..] else {
        panic!("another number of blocks");
    };
    let sandbox = Sandbox::new();
    let rule = sandbox
        .run(&["scan", "--rules", "gitleaks"])
        .succeeds()
        .stdout;
    let file = sandbox.path(".gitleaks.toml");
    for (before, begin) in [
        (None, "[extend]\nuseDefault = true\n\n"),
        (Some("title = \"ours\"\n"), "title = \"ours\"\n"),
    ] {
        let _ = std::fs::remove_file(&file);
        if let Some(text) = before {
            std::fs::write(&file, text).unwrap();
        }
        run(program(&sandbox, "/bin/sh").args(["-ec", block])).succeeds();
        let written = std::fs::read_to_string(&file).unwrap();
        assert_eq!(written, format!("{begin}{rule}"));
    }
    let help = sandbox.run(&["scan", "--help"]).succeeds().stdout;
    let words: Vec<&str> = help.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("`[extend]` and `useDefault = true`"),
        "{help}"
    );
}
