//! The catalogue of bad inputs: one clear error each, the exit code of the contract,
//! in text and in json, and nothing changed or lost.
//!
//! `bad_inputs.txt` is the table. An arrangement is lines of sh, in a HOME with a
//! database (`$DB`) of two keys, and in the files `s`, `short`, `id` and `other` the
//! secret, short form and id of the first, and another database's secret; or one of
//! the words that [`Row::arrange`] knows. A command is a line of sh, in which `nobody`
//! runs what follows as an ordinary user and `stranger` as one whom nobody knows.
//! Unchanged are `files`, every byte, link and mode of them, or just the `keys`, where
//! the log says what was tried. A reason in the place of an `error.code` is a verdict.

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
    /// Whether it is a verdict that is expected, and no error.
    fn is_verdict(&self) -> bool {
        self.code == 1
    }

    /// Whether it can be run here. Whoever runs the tests is the owner of all, unless
    /// root gives it away.
    fn can_run(&self) -> bool {
        let by = |user: &str| self.command.contains(user);
        let by_others = by("stranger ") || (by("nobody ") && !self.arrange.contains("owned"));
        !by_others || has("root, to become another user", is_root())
    }

    /// Makes the place where it is run.
    fn arrange(&self) -> Sandbox {
        let sandbox = Sandbox::empty();
        let furnished = FURNISHED.home().display();
        let copy = format!("cp -a {furnished}/. .");
        sandbox.shell(&copy).succeeds();
        for part in self.arrange.split("; ").filter(|part| *part != "-") {
            let (word, rest) = part.split_once(' ').unwrap_or((part, ""));
            match word {
                "socket" => drop(UnixListener::bind(sandbox.path(rest)).unwrap()),
                "sql" => sandbox.sql(rest),
                "flip" => flip(&sandbox.db(), rest.parse().unwrap()),
                "torn" => tear(&sandbox),
                "owned" if is_root() => {
                    let line = "chown -R 65534:65534 . && chmod 755 .";
                    sandbox.shell(line).succeeds();
                }
                // Held while the command runs; owned already.
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

    /// Takes what is to be held while the command runs: no file may be looked at
    /// meanwhile, for to close it would let go of the lock (fcntl(2)).
    fn hold(&self, sandbox: &Sandbox) -> Option<rusqlite::Connection> {
        (self.arrange == "locked").then(|| {
            let conn = sandbox.sqlite();
            conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
            conn
        })
    }

    /// Runs it, and says what is not as it must be.
    fn check(&self, json: bool) -> Result<(), String> {
        let sandbox = self.arrange();
        let before = state(&sandbox, self.unchanged);
        let held = self.hold(&sandbox);
        let ran = self.run(&sandbox, json);
        drop(held);
        let told = |what: &str| Err(format!("{what}: {ran:#?}"));
        if ran.code != self.code {
            return told("another exit code");
        }
        let panicked = ["panicked", "RUST_BACKTRACE", "src/"];
        if panicked.iter().any(|word| ran.stderr.contains(word)) {
            return told("it panicked");
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
            return told("not what it must say");
        }
        let after = state(&sandbox, self.unchanged);
        for path in before.keys().chain(after.keys()) {
            if before.get(path) != after.get(path) {
                return Err(format!("{} is not as it was", path.display()));
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
        let line = line.replace("stranger ", &format!("{BECOME} 54321 --reuid 54321 "));
        let folder = Path::new(APIKEY).parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap();
        // What waits for ever has another exit code than any of ours.
        let mut command = sandbox.program("timeout");
        command.args(["30", "/bin/sh", "-c", &line]);
        command.env("PATH", format!("{folder}:{path}"));
        finish(command.spawn().unwrap())
    }
}

/// What every row begins with.
static FURNISHED: LazyLock<Sandbox> = LazyLock::new(|| {
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

/// A secret of no database here.
const OTHER: &str = "apik_SbXOIkDj_8Q6xzR8t8JDvTNsLAbgZJ5J37jMawoPNKOiNN0nZbFM1BIvGX";

/// A line for the fact, then one for what to do or none, and nothing else.
fn is_one_error(ran: &Ran) -> bool {
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let (fact, hints) = lines.split_first().unwrap_or((&"", &[]));
    ran.stdout.is_empty()
        && fact.starts_with("error: ")
        && !fact.ends_with('.')
        && hints.len() <= 1
        && hints.iter().all(|hint| hint.starts_with("hint: "))
}

/// Everything below HOME, or of it just the keys.
fn state(sandbox: &Sandbox, what: &str) -> BTreeMap<PathBuf, String> {
    if what == "keys" {
        let keys = "SELECT count(*) || group_concat(id || name || active || state || hash)
              FROM keys JOIN secrets ON key = number";
        let keys = sandbox.sqlite().query_row(keys, [], |row| row.get(0));
        return [(sandbox.db(), keys.unwrap())].into();
    }
    assert_eq!(what, "files");
    let mut all = sandbox.files();
    let folders = all.iter().flat_map(|file| file.ancestors().skip(1));
    let folders: Vec<PathBuf> = folders.map(PathBuf::from).collect();
    all.extend(folders);
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

/// Turns 16 bytes of the file at `at` into others.
fn flip(path: &Path, at: u64) {
    let file = std::fs::File::options().read(true).write(true).open(path);
    let file = file.unwrap();
    let mut bytes = [0; 16];
    file.read_exact_at(&mut bytes, at).unwrap();
    file.write_all_at(&bytes.map(|byte| !byte), at).unwrap();
}

/// Leaves the database as a change leaves it that was killed when it was half written.
pub fn tear(sandbox: &Sandbox) {
    let conn = sandbox.sqlite();
    conn.execute_batch(
        "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;
         UPDATE keys SET active = 0;
         CREATE TABLE x AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         SELECT hex(randomblob(50)) FROM n;",
    )
    .unwrap();
    let journal = sandbox.db().with_extension("db-journal");
    let read = |path: &Path| std::fs::read(path).unwrap();
    let (torn, hot) = (read(&sandbox.db()), read(&journal));
    conn.execute_batch("ROLLBACK").unwrap();
    drop(conn);
    std::fs::write(sandbox.db(), torn).unwrap();
    std::fs::write(journal, hot).unwrap();
}

/// Checks every row of the section, and tells of all that fail.
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
fn the_catalogue_is_long_enough_and_no_row_stands_twice() {
    const SECTIONS: [&str; 10] = [
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
    ];
    let rows = rows();
    assert!(rows.len() >= 80, "{}", rows.len());
    let mut seen = std::collections::BTreeSet::new();
    for row in &rows {
        assert!(SECTIONS.contains(&row.section), "{}", row.section);
        assert!(seen.insert((row.section, row.name)), "twice: {}", row.name);
    }
}
