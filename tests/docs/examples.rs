//! Every example of the manual and of the topics runs, as it stands.

use std::path::Path;
use std::process::{Command, Stdio};

use rexpect::session::spawn_command;

use apikey::cli::topics;

use super::manual::{examples, pages};
use super::sandbox::{APIKEY, Ran, Sandbox, finish};
use super::waiting::TERMINAL_PATIENCE;

/// What the examples name, made in this order.
const FURNITURE: &str = "
    apikey group create deploy --allow 'deploy:*'
    apikey group create self-service --allow apikey:own
    apikey user add alice --group readonly --group deploy --group admin
    apikey user add bob
    apikey create deploy-bot --group readonly --export .
    apikey create ci --group readonly
    apikey create a --group readonly --app billing --expires 90d --allow 'order:create@eu-*' > secret.APIKEY
    apikey create all-orders --group readonly --allow 'order:*' > secrets
    printf '{}' > body.json
    apikey log head > head
    apikey shared-secret create
    apikey backup keys-2027-01-31.db
";

/// What is not there yet, or no longer, before the lines that have this in them.
const BEFORE: &[(&str, &str)] = &[
    ("apikey init", "rm -r .local"),
    ("apikey backup keys", "rm keys-2027-01-31.db*"),
    (
        "apikey create deploy-bot",
        "apikey delete deploy-bot -y; rm deploy-bot.APIKEY",
    ),
    ("apikey create ci", "apikey delete ci -y"),
    (
        "group create deploy",
        "apikey user set-groups alice --none; apikey group delete deploy -y",
    ),
    (
        "group create self-service",
        "apikey group delete self-service -y",
    ),
    ("group delete deploy", "apikey user set-groups alice --none"),
    ("user add alice", "apikey user delete alice -y"),
    ("user add bob", "apikey user delete bob -y"),
    ("shared-secret create", "apikey shared-secret delete -y"),
    ("apikey activate", "apikey deactivate deploy-bot"),
    ("apikey user activate", "apikey user deactivate alice"),
];

/// Lines that ask a person, and what they ask. The answer is yes.
const ASKED: &[(&str, &str)] = &[
    (
        "apikey delete deploy-bot",
        "Delete \"deploy-bot\" for good? [y/N]",
    ),
    (
        "apikey group delete deploy",
        "Delete the group \"deploy\" for good? [y/N]",
    ),
    (
        "apikey user delete alice",
        "Delete the user \"alice\" for good? [y/N]",
    ),
    (
        "apikey shared-secret delete",
        "Delete the shared secret for good? [y/N]",
    ),
];

/// Every example, with the page that has it.
fn lines() -> Vec<(String, String)> {
    let of_pages = pages().into_iter().flat_map(|(name, command)| {
        let lines = examples(&command).into_iter();
        lines.map(move |line| (name.clone(), line))
    });
    let of_topics = topics::all().into_iter().flat_map(|topic| {
        let lines = topic.parts.into_iter().flat_map(|part| part.examples);
        lines.map(move |line| (format!("help {}", topic.word), (*line).to_owned()))
    });
    of_pages.chain(of_topics).collect()
}

/// PATH with the built binary first.
pub fn path() -> std::ffi::OsString {
    let bin = Path::new(APIKEY).parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&rest))).unwrap()
}

/// Everything below one folder.
struct Place {
    sandbox: Sandbox,
    api_key: String,
    signature: String,
}

impl Place {
    /// With all that the examples name.
    fn furnished() -> Self {
        let place = Self {
            sandbox: Sandbox::new(),
            api_key: String::new(),
            signature: String::new(),
        };
        let made = place.run(&format!("set -e{FURNITURE}"));
        assert_eq!(made.code, 0, "{made:?}");
        place
            .sandbox
            .sql("UPDATE keys SET id = '7Kd93mZQ' WHERE name = 'ci'");
        let printed = |line: &str| place.run(line).succeeds().stdout.trim_end().to_owned();
        Self {
            api_key: printed("cat deploy-bot.APIKEY"),
            signature: printed("apikey shared-secret sign < body.json"),
            ..place
        }
    }

    /// Another just like it.
    fn copied(&self) -> Self {
        let sandbox = Sandbox::empty();
        let mut copy = self.sandbox.program("cp");
        copy.args(["-a", "."]).arg(sandbox.home());
        finish(copy.spawn().unwrap()).succeeds();
        Self {
            sandbox,
            api_key: self.api_key.clone(),
            signature: self.signature.clone(),
        }
    }

    /// sh, about to run `line` as it stands.
    fn sh(&self, line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", line])
            .env_clear()
            .env("HOME", self.sandbox.home())
            .env("PATH", path())
            .env("TERM", "xterm")
            .env("API_KEY", &self.api_key)
            .env("SIGNATURE", &self.signature)
            .current_dir(self.sandbox.home());
        command
    }

    fn run(&self, line: &str) -> Ran {
        let mut command = self.sh(line);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        finish(command.spawn().unwrap())
    }

    /// Runs `line` at a terminal, waits for `question` and says yes.
    fn say_yes(&self, line: &str, question: &str) {
        // What is left in a terminal that the last process closes may be lost: so
        // it reads on.
        let line = format!("stty cols 100 rows 50; {line}; echo exit code $?; read end");
        let mut session = spawn_command(self.sh(&line), TERMINAL_PATIENCE).unwrap();
        let asked = session.exp_string(question);
        assert!(asked.is_ok(), "{line}: {asked:?}");
        session.send_line("y").unwrap();
        let (rest, code) = session.exp_regex("exit code [0-9]+").unwrap();
        assert_eq!(code, "exit code 0", "{line}: {rest}");
    }
}

#[test]
fn every_example_runs_as_it_stands() {
    let place = Place::furnished();
    let mut failed = Vec::new();
    for (page, line) in lines() {
        let here = place.copied();
        for (_, before) in BEFORE.iter().filter(|(part, _)| line.contains(part)) {
            let ran = here.run(before);
            assert_eq!(ran.code, 0, "{before}: {ran:?}");
        }
        if let Some((_, question)) = ASKED.iter().find(|(asked, _)| *asked == line) {
            here.say_yes(&line, question);
            continue;
        }
        let ran = here.run(&line);
        if ran.code != 0 {
            let Ran { code, stderr, .. } = ran;
            failed.push(format!("{page}: {line}\n  exits with {code}: {stderr}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
