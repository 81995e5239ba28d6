//! Commands that may not prompt: `--no-input`, `APIKEY_NO_INPUT` and no terminal.

use sqlite_only::sqlite_only;

use super::pty::{CTRL_C, Terminal};
use super::sandbox::{Sandbox, finish};

/// Commands that prompt at a terminal, each with a text of its error when it can't.
const PROMPTING: &[(&str, &str)] = &[
    ("create", "NAME"),
    ("create a", "--group"),
    ("show", "KEY"),
    ("deactivate", "KEY"),
    ("set-groups demo", "GROUP"),
    ("rotate demo", "--overlap"),
    ("rotate demo --yes --export new", "--overlap"),
    ("cancel-rotation rotated", "needs a confirmation"),
    ("delete demo", "needs a confirmation"),
    ("group delete idle", "needs a confirmation"),
    ("user delete alice", "needs a confirmation"),
    ("shared-secret delete", "needs a confirmation"),
];

fn sample_sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.key("demo");
    sandbox.run(&["group", "create", "idle"]).succeeds();
    sandbox.run(&["user", "add", "alice"]).succeeds();
    sandbox.run(&["shared-secret", "create"]).succeeds();
    sandbox.key("rotated");
    let rotate = ["rotate", "rotated", "--overlap", "1h"];
    sandbox.run(&rotate).succeeds();
    sandbox
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn a_missing_answer_is_exit_2_and_names_the_argument_to_give() {
    let sandbox = sample_sandbox();
    for (line, missing) in PROMPTING {
        let args: Vec<&str> = line.split(' ').collect();
        // The error is the same without a terminal and with prompts forbidden.
        sandbox.run(&args).exits(2).says(missing);
        sandbox
            .run(&[&args[..], &["--no-input"]].concat())
            .exits(2)
            .says(missing);
        for value in ["1", "yes"] {
            let mut command = sandbox.apikey(&args);
            let ran = finish(command.env("APIKEY_NO_INPUT", value).spawn().unwrap());
            ran.exits(2).says(missing);
        }
    }
    assert_eq!(sandbox.names(&[]), ["demo", "rotated"]);
    assert_eq!(sandbox.count("secrets"), 3);
}

#[sqlite_only("its commands use a shared secret, which is a file")]
#[test]
fn apikey_no_input_forbids_prompts_at_a_terminal() {
    let sandbox = sample_sandbox();
    for (line, _) in PROMPTING {
        let line = format!("APIKEY_NO_INPUT=1 $APIKEY {line}");
        let mut terminal = Terminal::open(&sandbox, 100, &line);
        assert_eq!(terminal.ends(), 2, "{line}: {}", terminal.contents());
        assert!(
            terminal.contents().contains("--no-input"),
            "{}",
            terminal.contents()
        );
    }
    // An empty value and 0 forbid nothing.
    for value in ["", "0"] {
        let line = format!("APIKEY_NO_INPUT={value} $APIKEY delete demo");
        let mut terminal = Terminal::open(&sandbox, 100, &line);
        terminal.at("Delete \"demo\" for good?", CTRL_C);
        assert_eq!(terminal.ends(), 130);
    }
    assert_eq!(sandbox.names(&[]), ["demo", "rotated"]);
    assert_eq!(sandbox.count("secrets"), 3);
}
