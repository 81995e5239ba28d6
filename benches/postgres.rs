//! Measures a database on a PostgreSQL server, started here on a unix socket.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use super::database::Rows;
use super::measure::{Subject, compare, private_file};
use super::server::{Database, OWNER, Server, account};
use super::table::Goal::{AtLeast, AtMost};
use super::table::{Reached, Table, Unit};

/// How to get a server.
const MISSING: &str = "apt-get install postgresql";

/// An address of loopback on which no other server listens.
const ADDRESS: &str = "127.0.83.1";

const PASSWORD: &str = "measured";

/// Lets the owner in without a password on the unix socket, and by SCRAM over TLS.
const RULES: &str = "
local   all all trust
hostssl all all 127.0.0.0/8 scram-sha-256
";

/// Starts a server that accepts connections over TLS, too, and syncs its commits to the disk. Its
/// certificate is its own issuer, and is written to `certificate`. None if PostgreSQL is missing.
fn start(certificate: &Path) -> Option<&'static Server> {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([ADDRESS.to_owned()]).unwrap();
    std::fs::write(certificate, cert.pem()).unwrap();
    let server = Server::start_with(|directory| {
        let write = |name: &str, content: &str| {
            let path = directory.join(name);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = account() {
                chown(&path, Some(user), Some(group)).unwrap();
            }
            path.display().to_string()
        };
        write("data/pg_hba.conf", RULES);
        let certificate = write("server.crt", &cert.pem());
        let key = write("server.key", &signing_key.serialize_pem());
        vec![
            format!("listen_addresses={ADDRESS}"),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={certificate}"),
            format!("ssl_key_file={key}"),
        ]
    });
    // It runs until this process ends.
    Some(Box::leak(Box::new(server?)))
}

/// A database on a server, with the secret of the key "known".
struct OnServer {
    apikey: PathBuf,
    database: Database,
    /// How apikey connects.
    uri: String,
    secret: PathBuf,
}

impl OnServer {
    /// Creates the database. None if PostgreSQL is missing.
    fn create(bench: &Bench) -> Option<Self> {
        let server = start(&bench.path("server.crt"))?;
        let database = server.create_database();
        let created = Self {
            apikey: bench.apikey.clone(),
            uri: database.uri(),
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

    /// Returns `verify` of the known key over TCP with TLS and SCRAM.
    fn verify_over_tls(&self, bench: &Bench) -> Subject {
        let set_password = format!("ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'");
        self.database.query(&set_password);
        let passfile = bench.path("passfile");
        let mut file = private_file(&passfile);
        writeln!(file, "*:*:*:*:{PASSWORD}").unwrap();
        let uri = format!(
            "postgres://{OWNER}@{ADDRESS}/{}?sslmode=verify-full&sslrootcert={}&passfile={}",
            self.database.name(),
            bench.path("server.crt").display(),
            passfile.display()
        );
        let words = [self.apikey.as_os_str(), "--db".as_ref(), uri.as_ref()];
        Subject::new(words.into_iter().chain(["verify".as_ref()])).stdin(&self.secret)
    }

    fn command_line(&self, args: &[&str]) -> Vec<OsString> {
        let begin = [self.apikey.as_os_str(), "--db".as_ref(), self.uri.as_ref()];
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

    /// Inserts `count` more keys, in the group of the known key and with its hash, whose names are
    /// in no order.
    fn fill(&self, count: u64) {
        self.database.query(&format!(
            "INSERT INTO keys (id, name, created_at, created_by)
             SELECT left(md5(i::text), 8), 'key-' || md5('n' || i), 1790000000, 'root'
               FROM generate_series(1, {count}) i ON CONFLICT DO NOTHING;
             INSERT INTO secrets (key, hash, last_four, state, created_at)
             SELECT k.number, (SELECT hash FROM secrets LIMIT 1), 'abcd', 'current', k.created_at
               FROM keys k WHERE NOT EXISTS (SELECT FROM secrets s WHERE s.key = k.number);
             INSERT INTO key_groups
             SELECT k.number, g.id FROM keys k, groups g
              WHERE g.name = 'readonly'
                 ON CONFLICT DO NOTHING;
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
    let missing = || Err(MISSING.to_owned());
    let server = OnServer::create(bench);
    let file = bench.database("beside-server", Rows::complete(1));
    let rounds = bench.rounds(41);
    for (what, goal, is_over_tls) in [
        (
            "`verify` on a server, unix socket: what it adds",
            5.0,
            false,
        ),
        ("the same over TCP, TLS 1.3 and SCRAM", 9.0, true),
    ] {
        table.row(
            what,
            "`verify` on a file",
            AtMost(goal, Unit::Millis),
            || {
                let Some(server) = &server else {
                    return missing();
                };
                let mut ours = if is_over_tls {
                    server.verify_over_tls(bench)
                } else {
                    server.subject(&["verify"]).stdin(&server.secret)
                };
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
    }
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
    changes(bench, table, server.as_ref());
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

/// Measures how many keys a second a writer deactivates or activates, all in one transaction.
fn changes(bench: &Bench, table: &mut Table, server: Option<&OnServer>) {
    let count = bench.sized(10_000);
    table.row(
        "`deactivate` or `activate` of 10,000 keys by a filter, keys a second",
        "",
        AtLeast(800.0, Unit::Count),
        || {
            let Some(server) = server else {
                return Err(MISSING.to_owned());
            };
            server.fill(count);
            let rounds = bench.rounds(4);
            let mut all = Vec::new();
            for verb in ["deactivate", "activate"].iter().cycle().take(rounds) {
                let mut edit = server.subject(&[verb, "--older-than", "0s", "--yes", "-q"]);
                all.push(count as f64 / edit.run()?.wall);
            }
            Ok(Reached {
                value: super::measure::median(all),
                runs: rounds.to_string(),
                ..Reached::default()
            })
        },
    );
}
