//! The commands that are made to fail, each with a database made for it once and
//! copied for every run.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use super::super::sandbox::{APIKEY, Ran, Sandbox, ran};
use super::dump::{Dump, NEW, take};
use super::plan::all_calls;

/// Where the secret of a new key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The command makes no key.
    None,
    Pipe,
    /// The standard output is a file.
    Stdout,
    /// A file that --export names.
    Export,
}

/// A command under test.
pub struct Command {
    pub args: &'static [&'static str],
    pub target: Target,
    /// Whether the file system of --export has no files without a name.
    pub named_only: bool,
    /// What goes beyond the promise is for the long sweep.
    pub is_promised: bool,
}

/// What a file is called that a secret goes to.
pub const FILE: &str = "out";

const fn promised(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        args,
        target,
        named_only: false,
        is_promised: true,
    }
}

const fn further(target: Target, args: &'static [&'static str]) -> Command {
    Command {
        is_promised: false,
        ..promised(target, args)
    }
}

pub const COMMANDS: [Command; 14] = [
    promised(Target::Pipe, &["create", NEW, "-g", "readonly"]),
    promised(Target::Stdout, &["create", NEW, "-g", "readonly"]),
    promised(
        Target::Export,
        &["create", NEW, "-g", "readonly", "--export", FILE],
    ),
    Command {
        named_only: true,
        ..promised(
            Target::Export,
            &["create", NEW, "-g", "readonly", "--export", FILE],
        )
    },
    promised(Target::None, &["set-groups", "a", "admin", "deploy"]),
    promised(Target::None, &["deactivate", "a"]),
    promised(Target::None, &["delete", "a", "b", "c", "--yes"]),
    further(
        Target::Pipe,
        &[
            "create", NEW, "-g", "deploy", "--owner", "alice", "--allow", "a:b", "--json",
        ],
    ),
    further(Target::None, &["deactivate", "a", "b", "c", "--json"]),
    further(Target::None, &["set-groups", "a", "--add", "deploy", "--json"]),
    further(Target::None, &["set-expiry", "a", "2099-01-31"]),
    further(Target::None, &["user", "deactivate", "alice"]),
    further(Target::None, &["group", "delete", "spare", "--yes"]),
    further(Target::None, &["rename", "a", "other"]),
];

/// A command with all that its runs need.
pub struct Prepared {
    pub command: &'static Command,
    template: Sandbox,
    /// What the database holds before, and after a run without a fault.
    pub before: Dump,
    pub after: Dump,
    /// How many of each call such a run makes.
    pub counts: BTreeMap<&'static str, usize>,
    /// Which openat makes a file without a name.
    unnamed: Option<usize>,
}

/// A run that ended.
pub struct Run {
    pub ran: Ran,
    /// What went to the standard output, wherever that was.
    pub shown: String,
    /// What strace saw of the calls that it was told of.
    pub trace: String,
}

impl Prepared {
    /// Prepares one, and runs it without a fault.
    pub fn new(command: &'static Command) -> Self {
        let template = Sandbox::new();
        for args in [
            &["group", "create", "deploy"][..],
            &["group", "create", "spare", "--allow", "a:b"],
            &["user", "add", "alice", "-g", "deploy", "-g", "admin"],
        ] {
            template.run(args).succeeds();
        }
        for name in ["a", "b", "c", "d"] {
            let secret = template.key(name);
            template.feed(&["verify"], secret).succeeds();
        }
        let before = take(&template.sqlite()).unwrap();
        let mut prepared = Self {
            command,
            template,
            after: before.clone(),
            before,
            counts: BTreeMap::new(),
            unnamed: None,
        };
        let (sandbox, traces) = (prepared.sandbox(), tempfile::tempdir().unwrap());
        let trace = traces.path().join("trace");
        let known: Vec<String> = all_calls().map(|call| format!("?{call}")).collect();
        let first = |prepared: &Self| prepared.run(&sandbox, &trace, &known.join(","), None);
        let mut run = first(&prepared);
        run.ran = run.ran.succeeds();
        prepared.after = take(&sandbox.sqlite()).unwrap();
        assert_ne!(prepared.before, prepared.after);
        let calls_of = |run: &Run| -> Vec<String> {
            let name = |line: &str| line.split_once('(').map(|(name, _)| name.to_owned());
            run.trace.lines().filter_map(name).collect()
        };
        if command.named_only {
            let opens = run.trace.lines().filter(|line| line.starts_with("openat("));
            prepared.unnamed = opens
                .enumerate()
                .find_map(|(i, line)| line.contains("O_TMPFILE").then_some(i + 1));
            assert!(prepared.unnamed.is_some(), "{}", run.trace);
            let again = prepared.sandbox();
            run = prepared.run(&again, &trace, &known.join(","), None);
            run.ran = run.ran.succeeds();
        }
        let calls = calls_of(&run);
        for call in all_calls() {
            // The one that is refused for want of files without a name is a fault already.
            if prepared.unnamed.is_some() && call == "openat" {
                continue;
            }
            let count = calls.iter().filter(|name| *name == call).count();
            prepared.counts.insert(call, count);
        }
        prepared
    }

    /// A HOME with a copy of the database.
    pub fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::empty();
        let folder = sandbox.db().parent().unwrap().to_owned();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .unwrap();
        // Modes are copied, too.
        std::fs::copy(self.template.db(), sandbox.db()).unwrap();
        std::fs::copy(self.template.usage(), sandbox.usage()).unwrap();
        sandbox
    }

    /// Runs the command below strace, which writes what it sees of `calls` to `trace`.
    pub fn run(
        &self,
        sandbox: &Sandbox,
        trace: &Path,
        calls: &str,
        injection: Option<&str>,
    ) -> Run {
        let mut command = sandbox.program("strace");
        command
            .arg("-qq")
            .arg("-o")
            .arg(trace)
            .arg("-e")
            .arg(format!("trace={calls}"));
        if let Some(unnamed) = self.unnamed {
            let refused = format!("inject=openat:error=EOPNOTSUPP:when={unnamed}");
            command.args(["-e", &refused]);
        }
        if let Some(injection) = injection {
            command.args(["-e", injection]);
        }
        command.arg(APIKEY).args(self.command.args);
        if self.command.target == Target::Stdout {
            let out = File::options()
                .write(true)
                .create_new(true)
                .open(sandbox.path(FILE));
            command.stdout(out.unwrap());
        }
        let ran = finish_in_time(command.stdin(Stdio::null()));
        let shown = match self.command.target {
            Target::Stdout => std::fs::read_to_string(sandbox.path(FILE)).unwrap(),
            _ => ran.stdout.clone(),
        };
        Run {
            ran,
            shown,
            trace: std::fs::read_to_string(trace).unwrap(),
        }
    }
}

/// Runs `command` to its end. One that has none within a minute hangs, whatever the
/// machine: it is ended, with all that it started, and exits 999.
pub fn finish_in_time(command: &mut std::process::Command) -> Ran {
    let child = command.process_group(0).spawn().unwrap();
    let group = rustix::process::Pid::from_child(&child);
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    match receive.recv_timeout(Duration::from_secs(60)) {
        Ok(output) => ran(&output.unwrap()),
        Err(_) => {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            Ran {
                code: 999,
                stdout: String::new(),
                stderr: "it hangs".to_owned(),
            }
        }
    }
}
