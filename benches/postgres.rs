//! Measures a database on a PostgreSQL server, started here on a unix socket.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use super::database::Rows;
use super::measure::{Subject, compare, private_file};
use super::server::{Database, Server};
use super::table::Goal::{AtLeast, AtMost};
use super::table::{Reached, Table, Unit};

/// A database on the server, with the secret of the key "known".
struct OnServer {
    apikey: PathBuf,
    database: Database,
    secret: PathBuf,
}

impl OnServer {
    /// Creates the database. None if PostgreSQL is missing.
    fn create(bench: &Bench) -> Option<Self> {
        let database = Server::shared()?.create_database();
        let created = Self {
            apikey: bench.apikey.clone(),
            database,
            secret: bench.path("known-on-server"),
        };
        created.run(&["init", "-q"], Path::new("/dev/null"));
        created.run(
            &["create", "known", "-g", "readonly", "-q"],
            &created.secret,
        );
        Some(created)
    }

    fn command_line(&self, args: &[&str]) -> Vec<OsString> {
        let uri = self.database.uri();
        let begin = [self.apikey.as_os_str(), "--db".as_ref(), uri.as_ref()];
        let all = begin.into_iter().chain(args.iter().map(AsRef::as_ref));
        all.map(ToOwned::to_owned).collect()
    }

    fn subject(&self, args: &[&str]) -> Subject {
        Subject::new(self.command_line(args))
    }

    fn run(&self, args: &[&str], stdout: &Path) {
        let command_line = self.command_line(args);
        let mut command = Command::new(&command_line[0]);
        command.args(&command_line[1..]);
        command.stdout(private_file(stdout));
        assert!(command.status().unwrap().success());
    }

    /// Inserts `count` more keys, in the group of the known key and with its hash, whose names are in
    /// no order.
    fn fill(&self, count: u64) {
        self.database.query(&format!(
            "INSERT INTO keys (id, name, created_at, created_by)
             SELECT left(md5(i::text), 8), 'key-' || md5('n' || i), 1790000000, 'root'
               FROM generate_series(1, {count}) i ON CONFLICT DO NOTHING;
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT k.number, (SELECT hash FROM secrets LIMIT 1), 'abcd', 'current', k.created_at
               FROM keys k WHERE k.name <> 'known';
             INSERT INTO key_groups
             SELECT k.number, g.id FROM keys k, groups g
              WHERE g.name = 'readonly' AND k.name <> 'known';
             UPDATE usage SET accepted = 1790000000 WHERE slot > 0;
             VACUUM ANALYZE"
        ));
    }
}

/// The rows of keys as text, from the server's own COPY, in the order of a listing.
const COPY: &str = "COPY (SELECT k.*, s.slot, s.last_four, s.state, u.accepted, u.refused,
        (SELECT string_agg(g.name, ' ' ORDER BY lower(g.name)) FROM key_groups m
           JOIN groups g ON g.id = m.group_id WHERE m.key = k.number)
    FROM keys k JOIN secrets s ON s.key = k.number JOIN usage u ON u.slot = s.slot
   ORDER BY lower(k.name)) TO STDOUT";

pub fn rows(bench: &Bench, table: &mut Table) {
    let missing = || Err("apt-get install postgresql".to_owned());
    let server = OnServer::create(bench);
    let file = bench.database("beside-server", Rows::complete(1));
    let rounds = bench.rounds(41);
    table.row(
        "`verify` on a server, unix socket: what it adds",
        "`verify` on a file",
        AtMost(5.0, Unit::Millis),
        || {
            let Some(server) = &server else {
                return missing();
            };
            let mut ours = server.subject(&["verify"]).stdin(&server.secret);
            let mut theirs = file.subject(&["verify"]).stdin(&file.secret());
            let pairs = compare(&mut ours, &mut theirs, rounds)?;
            let (value, cpu) = pairs.median(|ours, theirs| (ours - theirs) * 1e3);
            Ok(Reached {
                value,
                cpu: Some(cpu),
                runs: format!("{rounds} pairs"),
                ..Reached::default()
            })
        },
    );
    let lines = usize::try_from(bench.sized(100_000)).unwrap();
    table.row(
        "`verify --batch` on a server, remembered secrets, lines a second",
        "",
        AtLeast(20_000.0, Unit::Count),
        || {
            let Some(server) = &server else {
                return missing();
            };
            let secret = std::fs::read_to_string(&server.secret).unwrap();
            let path = bench.path("lines-for-server");
            std::fs::write(&path, secret.repeat(lines)).unwrap();
            let mut batch = server.subject(&["verify", "--batch"]).stdin(&path);
            let runs = bench.rounds(5);
            let mut all = Vec::new();
            for _ in 0..runs {
                all.push(lines as f64 / batch.run()?.wall);
            }
            Ok(Reached {
                value: super::measure::median(all),
                runs: runs.to_string(),
                ..Reached::default()
            })
        },
    );
    let count = bench.sized(1_000_000);
    let listing = || {
        let server = server.as_ref()?;
        server.fill(count);
        Some(server.subject(&["list", "--format", "jsonl"]))
    };
    let mut list = listing();
    table.row(
        "`list` of a million keys on a server, jsonl",
        "`psql` with COPY of the same rows",
        AtMost(1.5, Unit::Ratio),
        || {
            let (Some(server), Some(list)) = (&server, &mut list) else {
                return missing();
            };
            let mut copy = Subject::new(server.database.psql_command(COPY));
            let rounds = bench.rounds(3);
            let (value, cpu) = compare(list, &mut copy, rounds)?.ratio();
            Ok(Reached {
                value,
                cpu: Some(cpu),
                runs: format!("{rounds} pairs"),
                ..Reached::default()
            })
        },
    );
    table.row("its peak memory", "", AtMost(32.0, Unit::Mib), || {
        let Some(list) = &mut list else {
            return missing();
        };
        Ok(Reached {
            value: list.peak()?,
            runs: "1".to_owned(),
            ..Reached::default()
        })
    });
}
