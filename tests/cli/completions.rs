use super::sandbox::{Sandbox, has};

fn is_installed(program: &str) -> bool {
    std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok()
}

#[test]
fn every_shell_gets_a_script_without_a_database() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(&["completions", shell]).succeeds().stdout;
        assert!(script.contains("set-groups"), "{shell}");
    }
    sandbox.run(&["completions", "tcsh"]).exits(2);
    assert!(sandbox.files().is_empty());
}

#[test]
fn shells_take_their_scripts() {
    let sandbox = Sandbox::empty();
    for (shell, check) in [
        ("bash", "bash -n"),
        ("zsh", "zsh -n"),
        ("fish", "fish --no-execute"),
    ] {
        if has(shell, is_installed(shell)) {
            sandbox
                .shell(&format!(
                    "$APIKEY completions {shell} > script && {check} script"
                ))
                .succeeds();
        }
    }
}

#[test]
fn bash_completes_a_command() {
    let sandbox = Sandbox::empty();
    if !has("bash", is_installed("bash")) {
        return;
    }
    let session = "source <($APIKEY completions bash)
        COMP_WORDS=(apikey set-g); COMP_CWORD=1; _apikey apikey set-g apikey; echo ${COMPREPLY[@]}";
    let mut command = sandbox.program("bash");
    command
        .args(["-c", session])
        .env("APIKEY", super::sandbox::APIKEY);
    let ran = super::sandbox::finish(command.spawn().unwrap());
    assert_eq!(ran.stdout, "set-groups\n", "{ran:?}");
}
