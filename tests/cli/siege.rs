//! Runs all commands that use the usage file, and checks what must hold whatever the file is.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Stdio;

use super::sandbox::{APIKEY, Ran, Sandbox, finish};

/// How the last use of a key is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Date,
    Never,
}

/// A database with two keys, whose usage file is under attack.
pub struct Siege {
    pub sandbox: Sandbox,
    pub secret: String,
    /// A line of sh to run before every command.
    pub before: &'static str,
    /// A program that runs each command.
    pub wrapper: &'static str,
    /// A line of sh that makes it possible to remove the directory.
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
            wrapper: "",
            undo: "",
        }
    }

    /// Runs lines of sh, which must all succeed.
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

    /// Runs `apikey` with little memory, and kills it if it hangs.
    pub fn run(&self, args: &[&str], input: &str) -> Ran {
        let line = format!(
            "{}\nulimit -v 300000; exec {} timeout --signal=KILL 60 \"$APIKEY\" \"$@\"",
            self.before, self.wrapper
        );
        self.sh(&line, args, input)
    }

    /// Returns the length and the blocks of the file, if it is a regular file.
    fn size(&self) -> (u64, u64) {
        match self.sandbox.usage().symlink_metadata() {
            Ok(found) if found.is_file() => (found.len(), found.blocks()),
            _ => (0, 0),
        }
    }

    /// Returns every other file and its content.
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

    /// Returns how the last use of "a" is shown, which must be the same in every command.
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
        let expected = dates(&shown).unwrap();
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
                listed.is_none_or(|listed| listed == expected),
                "{case}: {ran:?}"
            );
        }
        let table = self.run(&["list"], "").succeeds();
        assert_eq!(table.stderr, "", "{case}");
        self.run(&["show", "a"], "").succeeds();
        expected[0]
    }

    /// Runs every command. Before the first use, `shown` is the last use; `error` ends the
    /// warning that the use could not be recorded, if there is one.
    #[track_caller]
    pub fn check(&self, case: &str, shown: Shown, error: &str) {
        let (length, blocks) = self.size();
        let others = self.others();
        assert_eq!(self.shown(case), shown, "{case}");

        let check_warning = |ran: &Ran| match error {
            "" => assert_eq!(ran.stderr, "", "{case}"),
            error => {
                let ends_with = |error| {
                    ran.stderr
                        .starts_with("warning: the use could not be recorded in ")
                        && ran.stderr.ends_with(&format!("keys.db.usage: {error}\n"))
                };
                assert!(error.split(" | ").any(ends_with), "{case}: {ran:?}");
                assert_eq!(ran.stderr.lines().count(), 1, "{case}: {ran:?}");
            }
        };
        let accepted = self.run(&["verify"], &self.secret);
        assert_eq!(
            (accepted.code, accepted.stdout.as_str()),
            (0, "accepted a\n"),
            "{case}"
        );
        check_warning(&accepted);
        let refused = self.run(&["verify", "-g", "admin"], &self.secret);
        let verdict = (refused.code, refused.stdout.as_str());
        assert_eq!(verdict, (1, "refused missing-group\n"), "{case}");
        check_warning(&refused);
        let expected = if error.is_empty() { Date } else { shown };
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

        // Two records at most were added, or three if the second existed: slot 0 belongs to no
        // secret, and deleting a key clears no missing record.
        let (new_length, new_blocks) = self.size();
        let records = if length > 32 { 48 } else { 32 };
        assert!(
            new_length <= length.max(records),
            "{case}: {length} to {new_length} bytes"
        );
        assert!(
            new_blocks <= blocks + 16,
            "{case}: {blocks} to {new_blocks} blocks"
        );
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

/// Checks a date in json: after 1970, and at most five minutes ahead.
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
