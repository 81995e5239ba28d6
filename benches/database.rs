//! Creates a database of a given size, as `apikey create` would have left it.
//!
//! The binary creates the database and one key that can be verified; the other keys are
//! rows with the same hash. Their ids and names are in no order, as generated ids and names
//! that people choose: in order they would fill the pages of the indexes too well. Each key
//! has two entries in the log, hashed into the chain, and a last use. `apikey doctor`
//! reports no findings.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::measure::{Subject, private_file};

/// The cheapest hash: with it, nearly all of a command's time is spent outside Argon2.
pub const CHEAP: &str = "m=8,t=1,p=1";

/// The cost of `apikey init`.
pub const DEFAULT: &str = "m=19456,t=2,p=1";

/// The number of keys, and the rows that each has.
#[derive(Clone, Copy)]
pub struct Rows {
    pub count: u64,
    pub groups: bool,
    pub log: bool,
}

impl Rows {
    /// `count` keys with all rows that `create` writes.
    pub fn complete(count: u64) -> Self {
        Self {
            count,
            groups: true,
            log: true,
        }
    }
}

/// A database, and the secret of one of its keys.
pub struct Database {
    pub path: PathBuf,
    apikey: PathBuf,
}

const KNOWN_HASH: &str = "UPDATE secrets SET hash = ?1
    WHERE key = (SELECT number FROM keys WHERE name = 'known')";

impl Database {
    /// Creates the database in `directory`, which it creates as well.
    pub fn create(apikey: &Path, directory: &Path, rows: Rows) -> Self {
        std::fs::create_dir(directory).unwrap();
        let db = Self {
            path: directory.join("keys.db"),
            apikey: apikey.to_owned(),
        };
        assert!(db.command(&["init", "-q"]).status().unwrap().success());
        db.create_key("known", &db.secret());
        db.fill(rows);
        db
    }

    /// Returns the path of the file with the secret of the key "known".
    pub fn secret(&self) -> PathBuf {
        self.path.with_file_name("known")
    }

    /// Returns `apikey` with `args`, on this database.
    pub fn subject(&self, args: &[&str]) -> Subject {
        Subject::new(self.command_line(args))
    }

    /// Returns the command line of `apikey` with `args`, on this database.
    pub fn command_line(&self, args: &[&str]) -> Vec<OsString> {
        let begin = [
            self.apikey.as_os_str(),
            "--db".as_ref(),
            self.path.as_os_str(),
        ];
        let all = begin.into_iter().chain(args.iter().map(AsRef::as_ref));
        all.map(ToOwned::to_owned).collect()
    }

    fn command(&self, args: &[&str]) -> Command {
        let command_line = self.command_line(args);
        let mut command = Command::new(&command_line[0]);
        command.args(&command_line[1..]);
        command
    }

    /// Creates the key `name` and writes its secret to the file `secret`.
    pub fn create_key(&self, name: &str, secret: &Path) {
        let status = self
            .command(&["create", name, "-g", "readonly", "-q"])
            .stdout(private_file(secret))
            .status();
        assert!(status.unwrap().success());
    }

    pub fn connect(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    /// Sets the cost of new hashes, and of the hash of the key "known".
    pub fn set_cost(&self, cost: &str) {
        const SALT: [u8; 16] = [7; 16];
        let number = |at: usize| cost.split(',').nth(at).unwrap()[2..].parse().unwrap();
        let params = Params::new(number(0), number(1), number(2), None).unwrap();
        let secret = std::fs::read_to_string(self.secret()).unwrap();
        let mut hash = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(secret.trim_end().as_bytes(), &SALT, &mut hash)
            .unwrap();
        let (salt, hash) = (
            Base64Unpadded::encode_string(&SALT),
            Base64Unpadded::encode_string(&hash),
        );
        let phc = format!("$argon2id$v=19${cost}${salt}${hash}");
        let conn = self.connect();
        conn.execute("UPDATE settings SET argon2 = ?1", [cost])
            .unwrap();
        conn.execute(KNOWN_HASH, [phc]).unwrap();
    }

    /// Returns the stored hash of the key "known".
    pub fn hash(&self) -> String {
        let select = "SELECT hash FROM secrets JOIN keys ON number = key WHERE name = 'known'";
        self.connect()
            .query_row(select, [], |row| row.get(0))
            .unwrap()
    }

    /// Adds the rows, in one transaction without a journal.
    fn fill(&self, rows: Rows) {
        const YEAR: u64 = 365 * 24 * 3600;
        let conn = self.connect();
        conn.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -2500000; PRAGMA foreign_keys = OFF;
             PRAGMA ignore_check_constraints = ON; BEGIN;",
        )
        .unwrap();
        let hash = self.hash();
        let group_id = |name: &str| -> String {
            let select = "SELECT id FROM groups WHERE name = ?1";
            conn.query_row(select, [name], |row| row.get(0)).unwrap()
        };
        let (readonly, admin) = (group_id("readonly"), group_id("admin"));
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get::<_, u64>(1)?, row.get(2)?, row.get(3)?))
        };
        let (operator, now, mut seq, mut previous): (String, u64, i64, [u8; 32]) = conn
            .query_row(
                "SELECT operator, at, seq, hash FROM log ORDER BY seq DESC",
                [],
                read,
            )
            .unwrap();
        let mut key = conn
            .prepare("INSERT INTO keys (id, name, created_at, created_by) VALUES (?1, ?2, ?3, ?4)")
            .unwrap();
        let mut secret = conn
            .prepare(
                "INSERT INTO secrets (key, hash, last_four, state, created_at)
                 VALUES (?1, ?2, ?3, 'current', ?4)",
            )
            .unwrap();
        let mut member = conn
            .prepare("INSERT INTO key_groups VALUES (?1, ?2)")
            .unwrap();
        let mut entry = conn
            .prepare("INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .unwrap();
        let usage = self.path.with_file_name("keys.db.usage");
        let mut usage = BufWriter::new(File::options().write(true).open(usage).unwrap());
        // The start of the recording, then the first key's record: never used.
        usage.write_all(&(now - YEAR).to_le_bytes()).unwrap();
        usage.write_all(&[0; 24]).unwrap();
        for number in 1..=rows.count.saturating_sub(1) {
            let at = now - YEAR + YEAR * number / rows.count;
            let id = digits(scrambled(number, 47), 62, 8);
            // Ten characters, like deploy-bot. Names that differ only in case are equal.
            let name = format!("key-{}", digits(scrambled(number, 31), 36, 6));
            key.execute(params![id, name, at, operator]).unwrap();
            let key_number = conn.last_insert_rowid();
            secret
                .execute(params![key_number, hash, &id[..4], at])
                .unwrap();
            let mut groups = "\"readonly\"";
            if rows.groups {
                member.execute(params![key_number, readonly]).unwrap();
                if number % 4 == 0 {
                    groups = "\"admin\",\"readonly\"";
                    member.execute(params![key_number, admin]).unwrap();
                }
            }
            // Every tenth key was never used.
            let used = if number % 10 == 0 {
                0
            } else {
                at + (now - at) / 2
            };
            usage.write_all(&used.to_le_bytes()).unwrap();
            usage.write_all(&[0; 8]).unwrap();
            if !rows.log {
                continue;
            }
            let details = format!(
                "{{\"expires_at\":null,\"groups\":[{groups}],\"name\":\"{name}\",\"owner\":null,\"permissions\":[]}}"
            );
            for (action, details) in [("create", details.as_str()), ("hand-over", "{}")] {
                seq += 1;
                previous = chained(&previous, seq, at, &operator, action, &id, details);
                entry
                    .execute(params![seq, at, operator, action, id, details, previous])
                    .unwrap();
            }
        }
        usage.flush().unwrap();
        conn.execute_batch("COMMIT").unwrap();
    }
}

/// Returns the hash of an entry of the log, as src/store/log computes it.
fn chained(
    previous: &[u8; 32],
    seq: i64,
    at: u64,
    operator: &str,
    action: &str,
    key: &str,
    details: &str,
) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    let (seq, at) = (seq.to_string(), at.to_string());
    for field in [&seq, &at, operator, action, key, details] {
        hasher.update(format!("{}:{field},", field.len()));
    }
    hasher.finalize().into()
}

/// Maps `number` to one that looks random, of at most `bits` bits. Different numbers have
/// different results, since each step can be inverted.
fn scrambled(number: u64, bits: u32) -> u64 {
    let mut number = number;
    for factor in [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9] {
        number = number.wrapping_mul(factor) & ((1 << bits) - 1);
        number ^= number >> (bits / 2);
    }
    number
}

/// Returns `number` in the given base, in `count` digits.
fn digits(mut number: u64, base: u64, count: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = vec!['0'; count];
    for character in text.iter_mut().rev() {
        let digit = usize::try_from(number % base).unwrap();
        *character = char::from(DIGITS[digit]);
        number /= base;
    }
    text.into_iter().collect()
}
