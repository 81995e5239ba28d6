//! The catalogue of bad inputs. Each row is one clear error with the exit code of the contract,
//! in text and in json, and changes nothing.
//!
//! `bad_inputs.txt` is the table. An arrangement is commands of sh, or of [`Row::arrange`],
//! separated by `; `. They run in a HOME with a database (`$DB`) of two keys; the files `s`,
//! `short` and `id` hold the secret, short form and id of the first, and `other` a secret of
//! another database. A command is a line of sh, in which `nobody` runs the rest as an unprivileged
//! user, and `unnamed` as a uid without a name. Unchanged are all `files`, with content, links and
//! modes, or only the `keys`, if the log may have an entry of the attempt. A refusal reason in the
//! column of `error.code` is a verdict.

use std::collections::BTreeMap;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::sandbox::{APIKEY, Ran, Sandbox, finish, has, is_root};

const TABLE: &str = include_str!("bad_inputs.txt");

struct Row {
    section: &'static str,
    name: &'static str,
    arrange: &'static str,
    command: &'static str,
    code: i32,
    error: &'static str,
    unchanged: &'static str,
}

fn rows() -> Vec<Row> {
    let mut section = "";
    let mut rows = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if !line.is_empty() {
            let cells: Vec<&str> = line.split(" :: ").collect();
            let [name, arrange, command, code, error, unchanged] = cells[..] else {
                panic!("not six cells: {line}");
            };
            rows.push(Row {
                section,
                name,
                arrange,
                command,
                code: code.parse().unwrap(),
                error,
                unchanged,
            });
        }
    }
    rows
}

impl Row {
    /// Returns whether the row expects a verdict instead of an error.
    fn is_verdict(&self) -> bool {
        self.code == 1
    }

    /// Returns whether the row can run here. Only root can run a command as another user than the
    /// owner of the files.
    fn can_run(&self) -> bool {
        let by = |user: &str| self.command.contains(user);
        let by_others = by("unnamed ") || (by("nobody ") && !self.arrange.contains("owned"));
        !by_others || has("root, to become another user", is_root())
    }

    /// Creates the sandbox of the row.
    fn arrange(&self) -> Sandbox {
        let sandbox = Sandbox::empty();
        let template = TEMPLATE.home().display();
        let copy = format!("cp -a {template}/. .");
        sandbox.shell(&copy).succeeds();
        for part in self.arrange.split("; ").filter(|part| *part != "-") {
            let (verb, rest) = part.split_once(' ').unwrap_or((part, ""));
            match verb {
                "socket" => drop(UnixListener::bind(sandbox.path(rest)).unwrap()),
                "sql" => sandbox.sql(rest),
                "flip" => flip(&sandbox.db(), rest.parse().unwrap()),
                "torn" => sandbox.tear(),
                "owned" if is_root() => {
                    let line = "chown -R 65534:65534 . && chmod 755 .";
                    sandbox.shell(line).succeeds();
                }
                // `hold` takes the lock; the files already belong to an unprivileged user.
                "locked" | "owned" => {}
                "staffed" => {
                    let add = ["user", "add", "admin", "-g", "admin"];
                    sandbox.run(&add).succeeds();
                }
                _ => {
                    let line = format!("DB=.local/share/apikey/keys.db; {part}");
                    sandbox.shell(&line).succeeds();
                }
            }
        }
        sandbox
    }

    /// Takes the lock that is held while the command runs. Meanwhile this process may open no
    /// database file, since closing it would release the lock (fcntl(2)).
    fn hold(&self, sandbox: &Sandbox) -> Option<rusqlite::Connection> {
        (self.arrange == "locked").then(|| {
            let conn = sandbox.sqlite();
            conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
            conn
        })
    }

    /// Runs the command and returns the first difference from the row.
    fn check(&self, json: bool) -> Result<(), String> {
        let sandbox = self.arrange();
        let before = state(&sandbox, self.unchanged);
        let held = self.hold(&sandbox);
        let ran = self.run(&sandbox, json);
        drop(held);
        let difference = |what: &str| Err(format!("{what}: {ran:#?}"));
        if ran.code != self.code {
            return difference("another exit code");
        }
        let panicked = ["panicked", "RUST_BACKTRACE", "src/"];
        if panicked.iter().any(|word| ran.stderr.contains(word)) {
            return difference("it panicked");
        }
        let is_right = match (self.is_verdict(), json) {
            (true, false) => ran.stdout == format!("refused {}\n", self.error),
            (true, true) => ran.json()["reason"] == self.error,
            (false, false) => is_one_error(&ran),
            (false, true) => {
                ran.stdout.is_empty()
                    && ran.stderr.lines().count() == 1
                    && ran.error_code() == self.error
            }
        };
        if !is_right || (self.is_verdict() && !ran.stderr.is_empty()) {
            return difference("another output");
        }
        let after = state(&sandbox, self.unchanged);
        for path in before.keys().chain(after.keys()) {
            if before.get(path) != after.get(path) {
                return Err(format!("{} has changed", path.display()));
            }
        }
        Ok(())
    }

    fn run(&self, sandbox: &Sandbox, json: bool) -> Ran {
        const BECOME: &str = "setpriv --clear-groups --regid";
        let line = if json {
            self.command.replace("apikey ", "apikey --json ")
        } else {
            self.command.to_owned()
        };
        let nobody = if is_root() {
            format!("{BECOME} 65534 --reuid 65534 ")
        } else {
            String::new()
        };
        let line = line.replace("nobody ", &nobody);
        let line = line.replace("unnamed ", &format!("{BECOME} 54321 --reuid 54321 "));
        let directory = Path::new(APIKEY).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap();
        // `timeout` has an exit code of its own for a command that waits for ever.
        let mut command = sandbox.program("timeout");
        command.args(["30", "/bin/sh", "-c", &line]);
        command.env("PATH", format!("{directory}:{path}"));
        finish(command.spawn().unwrap())
    }
}

/// The sandbox that each row begins with a copy of.
static TEMPLATE: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    sandbox.key("b");
    let key = sandbox.show("a");
    let write = |name: &str, text: &str| std::fs::write(sandbox.path(name), text).unwrap();
    write("s", &secret);
    write("short", key["key"].as_str().unwrap());
    write("id", key["id"].as_str().unwrap());
    write("other", OTHER);
    sandbox
});

/// A secret of another database.
const OTHER: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// Returns whether the output is one error: a line for the fact, and at most one for the hint.
fn is_one_error(ran: &Ran) -> bool {
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let (fact, hints) = lines.split_first().unwrap_or((&"", &[]));
    ran.stdout.is_empty()
        && fact.starts_with("error: ")
        && !fact.ends_with('.')
        && hints.len() <= 1
        && hints.iter().all(|hint| hint.starts_with("hint: "))
}

/// Returns the state of all files below HOME, or of the keys only.
fn state(sandbox: &Sandbox, what: &str) -> BTreeMap<PathBuf, String> {
    if what == "keys" {
        let keys = "SELECT count(*) || group_concat(id || name || active || state || hash)
              FROM keys JOIN secrets ON key = number";
        let keys = sandbox.sqlite().query_row(keys, [], |row| row.get(0));
        return [(sandbox.db(), keys.unwrap())].into();
    }
    assert_eq!(what, "files");
    let mut all = sandbox.files();
    let directories = all.iter().flat_map(|file| file.ancestors().skip(1));
    let directories: Vec<PathBuf> = directories.map(PathBuf::from).collect();
    all.extend(directories);
    all.retain(|path| path.starts_with(sandbox.home()));
    let facts = |path: PathBuf| {
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_file() {
            std::fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let link = path.read_link().ok();
        let facts = format!(
            "{:o} {} {link:?} {content:?}",
            metadata.mode(),
            metadata.uid()
        );
        (path, facts)
    };
    all.into_iter().map(facts).collect()
}

/// Inverts 16 bytes of the file at `at`.
fn flip(path: &Path, at: u64) {
    let file = std::fs::File::options().read(true).write(true).open(path);
    let file = file.unwrap();
    let mut bytes = [0; 16];
    file.read_exact_at(&mut bytes, at).unwrap();
    file.write_all_at(&bytes.map(|byte| !byte), at).unwrap();
}

/// Checks every row of the section, and reports all that fail.
#[track_caller]
fn check(section: &str) {
    let mut failed = Vec::new();
    for row in rows().iter().filter(|row| row.section == section) {
        for json in [false, true] {
            if !row.can_run() {
                continue;
            }
            if let Err(why) = row.check(json) {
                failed.push(format!("{}: {}\n{why}", row.name, row.command));
            }
        }
    }
    assert!(failed.is_empty(), "{section}:\n{}", failed.join("\n"));
}

#[test]
fn bad_names() {
    check("names");
}

#[test]
fn bad_texts() {
    check("texts");
}

#[test]
fn bad_permissions() {
    check("permissions");
}

#[test]
fn bad_times() {
    check("times");
}

#[test]
fn bad_numbers() {
    check("numbers");
}

#[test]
fn bad_secrets() {
    check("secrets");
}

#[test]
fn bad_files() {
    check("files");
}

#[test]
fn bad_databases() {
    check("databases");
}

#[test]
fn bad_environments() {
    check("environment");
}

#[test]
fn bad_upkeep() {
    check("upkeep");
}

#[test]
fn bad_rotations() {
    check("rotations");
}

#[test]
fn bad_metadata() {
    check("meta");
}

#[test]
fn bad_policies() {
    check("policy");
}

#[test]
fn the_catalogue_has_80_rows_and_no_duplicate() {
    const SECTIONS: [&str; 13] = [
        "names",
        "texts",
        "permissions",
        "times",
        "numbers",
        "secrets",
        "files",
        "databases",
        "environment",
        "upkeep",
        "rotations",
        "meta",
        "policy",
    ];
    let rows = rows();
    assert!(rows.len() >= 80, "{}", rows.len());
    let mut seen = std::collections::BTreeSet::new();
    for row in &rows {
        assert!(SECTIONS.contains(&row.section), "{}", row.section);
        assert!(seen.insert((row.section, row.name)), "twice: {}", row.name);
    }
}
