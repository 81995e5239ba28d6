//! Every example in the manual and in the topics runs unchanged; `postgres.rs` runs the examples on
//! a server.

use std::path::Path;
use std::process::{Command, Stdio};

use rexpect::session::spawn_command;

use apikey::cli::topics;

use super::manual::{examples, pages};
use super::sandbox::{APIKEY, Ran, Sandbox, finish};
use super::waiting::TERMINAL_PATIENCE;

/// The commands that create what the examples use, in this order.
const SET_UP: &str = r#"
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
    printf 'name,key\nold,sk_live_abcdefghijklmnopqrstuvwxyz012345\n' > keys.csv
    printf '{"name": "old", "digest": "%064d"}\n' 0 > tokens.jsonl
    printf 'name,digest\nold,%064d\n' 0 > digests.csv
    apikey shared-secret create
    apikey backup keys-2027-01-31.db
    mkdir config; printf x > deploy.log
"#;

/// The commands to run before lines that contain a text.
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
    (
        "apikey cancel-rotation",
        "apikey rotate deploy-bot --overlap 1h > new",
    ),
];

/// Lines that prompt for confirmation, and their prompts. The answer is yes.
const PROMPTS: &[(&str, &str)] = &[
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

/// Returns every example and its page.
pub fn lines() -> Vec<(String, String)> {
    let from_pages = pages().into_iter().flat_map(|(name, command)| {
        let lines = examples(&command).into_iter();
        lines.map(move |line| (name.clone(), line))
    });
    let from_topics = topics::all().into_iter().flat_map(|topic| {
        let lines = topic.parts.into_iter().flat_map(|part| part.examples);
        lines.map(move |line| (format!("help {}", topic.name), (*line).to_owned()))
    });
    from_pages.chain(from_topics).collect()
}

/// Returns whether `line` names a database on a server.
pub fn is_on_server(line: &str) -> bool {
    line.contains("postgres://") || line.contains("service=")
}

/// Returns PATH with the directory of the built binary first.
pub fn path() -> std::ffi::OsString {
    let bin = Path::new(APIKEY).parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&rest))).unwrap()
}

/// A home directory with everything that the examples use.
pub struct Scene {
    pub sandbox: Sandbox,
    api_key: String,
    signature: String,
}

impl Scene {
    /// Creates the database and files of [`SET_UP`].
    pub fn new() -> Self {
        let scene = Self {
            sandbox: Sandbox::new(),
            api_key: String::new(),
            signature: String::new(),
        };
        let ran = scene.run(&format!("set -e{SET_UP}"));
        assert_eq!(ran.code, 0, "{ran:?}");
        scene
            .sandbox
            .sql("UPDATE keys SET id = '7Kd93mZQ' WHERE name = 'ci'");
        let printed = |line: &str| scene.run(line).succeeds().stdout.trim_end().to_owned();
        Self {
            api_key: printed("cat deploy-bot.APIKEY"),
            signature: printed("apikey shared-secret sign < body.json"),
            ..scene
        }
    }

    /// Returns a copy in a home directory of its own.
    pub fn copy(&self) -> Self {
        let sandbox = Sandbox::empty();
        let mut cp = self.sandbox.program("cp");
        cp.args(["-a", "."]).arg(sandbox.home());
        finish(cp.spawn().unwrap()).succeeds();
        Self {
            sandbox,
            api_key: self.api_key.clone(),
            signature: self.signature.clone(),
        }
    }

    /// Returns a shell that will run `line` unchanged.
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

    pub fn run(&self, line: &str) -> Ran {
        let mut command = self.sh(line);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        finish(command.spawn().unwrap())
    }

    /// Runs `line` at a terminal, waits for `prompt` and answers yes.
    fn confirm(&self, line: &str, prompt: &str) {
        // Output may be lost when the last process closes the terminal, so the shell keeps
        // reading.
        let line = format!("stty cols 100 rows 50; {line}; echo exit code $?; read end");
        let mut session = spawn_command(self.sh(&line), TERMINAL_PATIENCE).unwrap();
        let prompted = session.exp_string(prompt);
        assert!(prompted.is_ok(), "{line}: {prompted:?}");
        session.send_line("y").unwrap();
        let (rest, code) = session.exp_regex("exit code [0-9]+").unwrap();
        assert_eq!(code, "exit code 0", "{line}: {rest}");
    }
}

#[test]
fn every_example_runs_unchanged() {
    let scene = Scene::new();
    let mut failed = Vec::new();
    for (page, line) in lines() {
        if is_on_server(&line) {
            continue;
        }
        let copy = scene.copy();
        for (_, before) in BEFORE.iter().filter(|(part, _)| line.contains(part)) {
            let ran = copy.run(before);
            assert_eq!(ran.code, 0, "{before}: {ran:?}");
        }
        if let Some((_, prompt)) = PROMPTS.iter().find(|(prompting, _)| *prompting == line) {
            copy.confirm(&line, prompt);
            continue;
        }
        let ran = copy.run(&line);
        if ran.code != 0 {
            let Ran { code, stderr, .. } = ran;
            failed.push(format!("{page}: {line}\n  exits with {code}: {stderr}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
