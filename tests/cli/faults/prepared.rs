//! A command with its database, which is copied for every run.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process;
use std::sync::mpsc;
use std::time::Duration;

use super::super::sandbox::{APIKEY, Ran, Sandbox, ran};
use super::commands::{At, Command, FILE, First, IMPORTED, LEAKED, ROTATED, Target};
use super::dump::{Dump, NEW, take};
use super::plan::all_calls;
use super::renewal::FILE_NEW;

/// The user and the group that own the file that is renewed.
const OTHER_USER: u32 = 65534;

/// A command and everything that its runs need.
pub struct Prepared {
    pub command: &'static Command,
    template: Sandbox,
    /// The secret of the key `a`.
    pub secret: String,
    /// The dumps of the database before and after a run without a fault.
    pub before: Dump,
    pub after: Dump,
    /// The number of each call in such a run.
    pub counts: BTreeMap<&'static str, usize>,
    /// The injection of the call that fails in every run.
    pub first: Option<String>,
}

/// A finished run.
pub struct Run {
    pub ran: Ran,
    /// The content of stdout, a pipe or a file.
    pub shown: String,
    /// The trace of the calls that strace was asked for.
    pub trace: String,
    /// The file that is renewed, before the run.
    pub file: Option<Metadata>,
}

impl Run {
    /// Returns whether strace made such a call fail.
    pub fn has_failed(&self, call: &str) -> bool {
        let is_it = |line: &str| line.starts_with(&format!("{call}("));
        let mut lines = self.trace.lines();
        lines.any(|line| is_it(line) && line.ends_with("(INJECTED)"))
    }
}

impl Prepared {
    /// Prepares a command, and runs it without a fault.
    pub fn new(command: &'static Command) -> Self {
        let template = Sandbox::new();
        for args in [
            &["group", "create", "deploy"][..],
            &["group", "create", "spare", "--allow", "a:b"],
            &["user", "add", "alice", "-g", "deploy", "-g", "admin"],
        ] {
            template.run(args).succeeds();
        }
        let mut secrets = ["a", "b", "c", "d", ROTATED].map(|name| {
            let secret = template.key(name);
            template.feed(&["verify"], &secret).succeeds();
            secret
        });
        template
            .run(&["rotate", ROTATED, "--overlap", "1h"])
            .succeeds();
        if command.target == Target::Renewed {
            let file = template.path(FILE);
            std::fs::write(&file, format!("{}\n", secrets[0])).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
            // The file gets another owner, if the test has the permission to change owners.
            let _ = chown(&file, Some(OTHER_USER), Some(OTHER_USER));
        }
        let before = take(&template.sqlite()).unwrap();
        let mut prepared = Self {
            command,
            template,
            secret: std::mem::take(&mut secrets[0]),
            after: before.clone(),
            before,
            counts: BTreeMap::new(),
            first: None,
        };
        let (mut sandbox, traces) = (prepared.sandbox(), tempfile::tempdir().unwrap());
        let trace = traces.path().join("trace");
        let known: Vec<String> = all_calls().map(|call| format!("?{call}")).collect();
        let mut run = prepared.run(&sandbox, &trace, &known.join(","), None);
        assert_eq!(run.ran.code, command.good, "{:?}", run.ran);
        if let Some(at) = command.killed_at {
            sandbox = prepared.sandbox();
            let injection = at.injection("signal=KILL", &run.trace);
            let killed = prepared.run(&sandbox, &trace, at.call, Some(&injection));
            assert!(killed.ran.code > 128, "{:?}", killed.ran);
            // The next command rolls back an interrupted transaction.
            sandbox.run(&["list", "-q"]).succeeds();
            assert!(sandbox.path(FILE_NEW).exists());
            prepared.before = take(&sandbox.sqlite()).unwrap();
            prepared.template = sandbox;
            sandbox = prepared.sandbox();
            run = prepared.run(&sandbox, &trace, &known.join(","), None);
            assert_eq!(run.ran.code, command.good, "{:?}", run.ran);
        }
        prepared.after = take(&sandbox.sqlite()).unwrap();
        assert!(prepared.before.rows != prepared.after.rows || command.entries == 0);
        let entries = prepared.after.log.len() - prepared.before.log.len();
        assert_eq!(entries, command.entries, "{:?}", command.args);
        if let Some(first) = command.first {
            prepared.first = Some(first.injection(&run.trace));
            let sandbox = prepared.sandbox();
            run = prepared.run(&sandbox, &trace, &known.join(","), None);
            assert!(run.has_failed(first.at.call), "{}", run.trace);
        }
        let name = |line: &str| line.split_once('(').map(|(name, _)| name.to_owned());
        let calls: Vec<_> = run.trace.lines().filter_map(name).collect();
        for call in all_calls() {
            // strace can't inject two faults into the same call.
            if command.first.is_none_or(|first| first.at.call != call) {
                let count = calls.iter().filter(|name| *name == call).count();
                prepared.counts.insert(call, count);
            }
        }
        prepared
    }

    /// Returns a HOME with a copy of the database.
    pub fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::empty();
        let directory = sandbox.db().parent().unwrap().to_owned();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .unwrap();
        // This copies the modes, too.
        std::fs::copy(self.template.db(), sandbox.db()).unwrap();
        std::fs::copy(self.template.usage(), sandbox.usage()).unwrap();
        if self.command.args.contains(&IMPORTED) {
            let lines = format!("name,key\n{NEW},0123456789abcdef\n");
            std::fs::write(sandbox.path(IMPORTED), lines).unwrap();
        }
        if self.command.args.contains(&LEAKED) {
            std::fs::write(sandbox.path(LEAKED), &self.secret).unwrap();
        }
        for name in [FILE, FILE_NEW] {
            copy_renewed(&self.template.path(name), &sandbox.path(name));
        }
        sandbox
    }

    /// Runs the command under strace, which writes the trace of `calls` to `trace`.
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
            .arg(match self.command.first {
                // strace injects faults only into traced calls.
                Some(First {
                    at: At { call, .. },
                    ..
                }) => format!("trace={calls},{call}"),
                None => format!("trace={calls}"),
            });
        if let Some(first) = &self.first {
            command.args(["-e", first]);
        }
        if let Some(injection) = injection {
            command.args(["-e", injection]);
        }
        command.arg(APIKEY);
        let mut run = self.finish(sandbox, command);
        run.trace = std::fs::read_to_string(trace).unwrap();
        run
    }

    /// Runs `program` with the arguments of the command.
    pub fn finish(&self, sandbox: &Sandbox, mut program: process::Command) -> Run {
        program.args(self.command.args);
        let file = match self.command.target {
            Target::Renewed => Some(sandbox.path(FILE).metadata().unwrap()),
            _ => None,
        };
        if self.command.target == Target::Stdout {
            let out = File::options()
                .write(true)
                .create_new(true)
                .open(sandbox.path(FILE));
            program.stdout(out.unwrap());
        }
        let ran = finish_in_time(&mut program);
        let shown = match self.command.target {
            Target::Stdout => std::fs::read_to_string(sandbox.path(FILE)).unwrap(),
            _ => ran.stdout.clone(),
        };
        Run {
            ran,
            shown,
            trace: String::new(),
            file,
        }
    }
}

/// Copies a file that is renewed, or that a killed renewal left, with its mode and owner.
fn copy_renewed(from: &Path, to: &Path) {
    if let Ok(found) = from.metadata() {
        std::fs::copy(from, to).unwrap();
        chown(to, Some(found.uid()), Some(found.gid())).unwrap();
    }
}

/// Runs `command` to its end. After a minute it hangs on any machine: its process group is killed,
/// and the exit code is 999.
pub fn finish_in_time(command: &mut process::Command) -> Ran {
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
