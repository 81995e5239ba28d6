//! Commands that meet the usage file, and what must hold of them whatever it is.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Stdio;

use super::sandbox::{APIKEY, Ran, Sandbox, finish};

/// What is shown of the last use of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Date,
    Never,
}

/// Two keys, and commands on them that meet the file.
pub struct Siege {
    pub sandbox: Sandbox,
    pub secret: String,
    /// A line of sh that comes before every command.
    pub before: &'static str,
    /// What leads a command.
    pub led_by: &'static str,
    /// A line of sh that undoes what keeps the folder from being removed.
    pub undo: &'static str,
}

use Shown::{Date, Never};

impl Siege {
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        let secret = sandbox.key("a");
        sandbox.key("b");
        Self {
            sandbox,
            secret,
            before: "",
            led_by: "",
            undo: "",
        }
    }

    /// Runs lines of sh that stop at what fails.
    pub fn arrange(&self, lines: &str) {
        self.sh(&format!("set -e; {lines}"), &[], "").succeeds();
    }

    fn sh(&self, line: &str, args: &[&str], input: &str) -> Ran {
        let mut command = self.sandbox.program("/bin/sh");
        command
            .args(["-c", line, "sh"])
            .args(args)
            .env("APIKEY", APIKEY)
            .env("U", self.sandbox.usage())
            .env("DB", self.sandbox.db())
            .env("D", self.sandbox.db().parent().unwrap())
            .stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    /// Runs `apikey` with little memory, and kills it when it takes for ever.
    pub fn run(&self, args: &[&str], input: &str) -> Ran {
        let line = format!(
            "{}\nulimit -v 300000; exec {} timeout --signal=KILL 60 \"$APIKEY\" \"$@\"",
            self.before, self.led_by
        );
        self.sh(&line, args, input)
    }

    /// Length and blocks of the file, if it is one.
    fn size(&self) -> (u64, u64) {
        match self.sandbox.usage().symlink_metadata() {
            Ok(found) if found.is_file() => (found.len(), found.blocks()),
            _ => (0, 0),
        }
    }

    /// Every other file, and what is in it.
    fn others(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let own = [self.sandbox.usage(), self.sandbox.db()];
        let others = self
            .sandbox
            .files()
            .into_iter()
            .filter(|path| !own.contains(path));
        let outside = [PathBuf::from("/etc/hosts")];
        let read = |path: PathBuf| {
            let is_file = path.symlink_metadata().unwrap().is_file();
            let text = is_file.then(|| std::fs::read(&path).unwrap());
            (path, text)
        };
        others.chain(outside).map(read).collect()
    }

    /// What is shown of the last use of "a", by every command that shows it.
    #[track_caller]
    pub fn shown(&self, case: &str) -> Shown {
        let shown = self.run(&["show", "a", "--json"], "").succeeds();
        let dates = |ran: &Ran| {
            let unknown =
                |line: &str| line.starts_with("warning: ") && line.contains(" left out because ");
            assert!(ran.stderr.lines().all(unknown), "{case}: {ran:?}");
            let json = ran.json();
            let keys = json.as_array().cloned().unwrap_or(vec![json]);
            let a = keys.into_iter().find(|key| key["name"] == "a");
            a.map(|a| ["last_used_at", "last_refused_at"].map(|field| last(&a[field], case)))
        };
        let told = dates(&shown).unwrap();
        for args in [
            &["list", "--json"][..],
            &["list", "--json", "--sort", "last_used_at"],
            &["list", "--json", "--sort", "last_refused_at", "--reverse"],
            &["list", "--json", "-q", "--unused-for", "1d"],
            &["list", "--json", "-q", "--never-used"],
        ] {
            let ran = self.run(args, "").succeeds();
            let listed = dates(&ran);
            assert!(
                listed.is_none_or(|listed| listed == told),
                "{case}: {ran:?}"
            );
        }
        let table = self.run(&["list"], "").succeeds();
        assert_eq!(table.stderr, "", "{case}");
        self.run(&["show", "a"], "").succeeds();
        told[0]
    }

    /// Every command on the file as `left`, and what must hold of it.
    #[track_caller]
    pub fn holds(&self, case: &str, shown: Shown, fault: &str) {
        let (length, blocks) = self.size();
        let others = self.others();
        assert_eq!(self.shown(case), shown, "{case}");

        let warned = |ran: &Ran| match fault {
            "" => assert_eq!(ran.stderr, "", "{case}"),
            fault => {
                let says = |fault| {
                    ran.stderr
                        .starts_with("warning: the use could not be recorded in ")
                        && ran.stderr.ends_with(&format!("keys.db.usage: {fault}\n"))
                };
                assert!(fault.split(" | ").any(says), "{case}: {ran:?}");
                assert_eq!(ran.stderr.lines().count(), 1, "{case}: {ran:?}");
            }
        };
        let accepted = self.run(&["verify"], &self.secret);
        assert_eq!(
            (accepted.code, accepted.stdout.as_str()),
            (0, "accepted a\n"),
            "{case}"
        );
        warned(&accepted);
        let refused = self.run(&["verify", "-g", "admin"], &self.secret);
        let told = (refused.code, refused.stdout.as_str());
        assert_eq!(told, (1, "refused missing-group\n"), "{case}");
        warned(&refused);
        let expected = if fault.is_empty() { Date } else { shown };
        assert_eq!(self.shown(case), expected, "{case}");
        self.run(&["verify", "--no-record"], &self.secret)
            .succeeds();

        for args in [
            &["set-description", "a", "x", "-q"][..],
            &["deactivate", "a", "-q"],
            &["delete", "b", "-yq"],
        ] {
            let ran = self.run(args, "").succeeds();
            assert_eq!(ran.stderr, "", "{case}: {args:?}");
        }
        let refused = self.run(&["verify"], &self.secret).exits(1);
        assert_eq!(refused.stdout, "refused inactive\n", "{case}");
        let listed = self.run(&["list", "--json", "-q"], "").succeeds().json();
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{case}");
        assert_eq!(listed[0]["name"], "a", "{case}");

        // Slot 0 is nobody's, and a record that there is none of is not forgotten. And
        // a block on the disk.
        let (longer, more) = self.size();
        let records = if length > 32 { 48 } else { 32 };
        assert!(
            longer <= length.max(records),
            "{case}: {length} to {longer} bytes"
        );
        assert!(more <= blocks + 16, "{case}: {blocks} to {more} blocks");
        assert!(self.others() == others, "{case}: another file was written");
        let integrity = "PRAGMA integrity_check";
        let sqlite = self.sandbox.sqlite();
        let integrity: String = sqlite.query_row(integrity, [], |row| row.get(0)).unwrap();
        assert_eq!(integrity, "ok", "{case}");
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        self.sh(self.undo, &[], "");
    }
}

/// What a date in json is: after 1970, and not more than five minutes ahead.
#[track_caller]
fn last(date: &serde_json::Value, case: &str) -> Shown {
    if date.is_null() {
        return Never;
    }
    let at = date
        .as_str()
        .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    let at = at
        .unwrap_or_else(|| panic!("{case}: no date: {date}"))
        .timestamp();
    assert!(at > 0 && at <= now() + 300, "{case}: {date}");
    Date
}

pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
