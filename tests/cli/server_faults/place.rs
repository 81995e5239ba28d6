//! The databases and the homes of the runs.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use tempfile::TempDir;

use super::super::sandbox::{APIKEY, Ran, finish};
use super::super::server::{Database, Server};
use super::commands::{FILE, SETUP};
use super::proxy::Proxy;

/// The cost of the cheapest hash.
const CHEAP: &str = "m=8,t=1,p=1";

/// A database with the content that every run begins with, and what the clients have.
pub struct Template {
    database: Database,
    /// The secret of the key `a`.
    pub secret: String,
    /// Everything that is stored.
    pub content: String,
    /// The stored data, without times, hashes and numbers.
    pub dump: Vec<String>,
    /// The directory with a backup.
    backup: TempDir,
}

impl Template {
    pub fn new(server: &'static Server) -> Self {
        let place = Place::empty(server);
        place.run(None, &["init", "--argon2", CHEAP], "").succeeds();
        let created = place.run(None, &["create", "a", "-g", "readonly"], "");
        let secret = created.succeeds().stdout.trim_end().to_owned();
        for args in SETUP {
            place.run(None, args, "").succeeds();
        }
        place.run(None, &["verify"], &secret).succeeds();
        let backup = tempfile::tempdir().unwrap();
        let path = backup.path().join(FILE);
        let args = ["backup", path.to_str().unwrap()];
        place.run(None, &args, "").succeeds();
        place.database.query(SAVE);
        let (content, dump) = (place.content(), place.dump());
        Self {
            database: place.database,
            secret,
            content,
            dump,
            backup,
        }
    }

    /// Writes the backup and its usage file to `path`.
    pub fn write_backup(&self, path: &Path) {
        for suffix in ["", ".usage"] {
            let with = |path: &Path| format!("{}{suffix}", path.display());
            std::fs::copy(with(&self.backup.path().join(FILE)), with(path)).unwrap();
        }
    }
}

/// A database, and a HOME.
pub struct Place {
    database: Database,
    home: TempDir,
}

impl Place {
    /// Returns a place with an empty database.
    pub fn empty(server: &'static Server) -> Self {
        Self {
            database: server.create_database(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns a place with a copy of the template. Its key `a` has its secret in [`FILE`].
    pub fn copy(server: &'static Server, template: &Template) -> Self {
        Self {
            database: server.copy_database(template.database.name()),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Gives every table the content of the template again, which is faster than another copy.
    pub fn reset(&self) {
        self.database.query_without_triggers(RESET);
    }

    /// Returns the file for a secret.
    pub fn file(&self) -> PathBuf {
        self.home.path().join(FILE)
    }

    /// Writes a secret to the file, readable by its owner only.
    pub fn write_secret(&self, secret: &str) {
        std::fs::write(self.file(), format!("{secret}\n")).unwrap();
        let mode = PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.file(), mode).unwrap();
    }

    /// Deletes every file in HOME. Returns the names of those files.
    pub fn take_files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home.path()).unwrap();
        let names = entries.map(|entry| {
            let path = entry.unwrap().path();
            std::fs::remove_file(&path).unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Returns the content of the file for a secret; nothing without one.
    pub fn read_file(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap_or_default()
    }

    /// Returns whether the database has no tables.
    pub fn is_empty(&self) -> bool {
        let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        self.database.query(&format!("{WAIT}\n{count}")) == "0\n"
    }

    /// Returns the directory of the server's socket.
    pub fn server(&self) -> PathBuf {
        let uri = self.database.uri();
        uri.split_once("?host=").unwrap().1.into()
    }

    /// Runs apikey with `input`, through the proxy if one is given.
    pub fn run(&self, proxy: Option<&Proxy>, args: &[&str], input: &str) -> Ran {
        let server = self.server();
        let directory: &Path = proxy.map_or(&server, Proxy::directory);
        let uri = self.database.uri();
        let (base, _) = uri.split_once("?host=").unwrap();
        let mut command = Process::new(APIKEY);
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env(
                "APIKEY_DB",
                format!("{base}?connect_timeout=1&host={}", directory.display()),
            )
            // Only a silent proxy is waited for.
            .envs(
                proxy
                    .filter(|it| it.is_silent())
                    .map(|_| ("APIKEY_TEST_SILENCE", "300")),
            )
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // An error is ignored: the command may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    /// Returns everything that is stored, but the dates of last uses. Waits until no process of the
    /// server works for a client that is gone.
    pub fn content(&self) -> String {
        self.database.query(&format!("{WAIT}\n{CONTENT}"))
    }

    /// Returns what is stored, without times, hashes and numbers, which differ from run to run.
    pub fn dump(&self) -> Vec<String> {
        let rows = self.database.query(&format!("{WAIT}\n{DUMP}"));
        rows.lines().map(str::to_owned).collect()
    }
}

/// Waits for the end of every other session of the database.
const WAIT: &str = "DO $$ BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND backend_type = 'client backend');
        PERFORM pg_sleep(0.002);
    END LOOP;
END $$;";

/// Keeps the content of every table in another schema.
const SAVE: &str = r"CREATE SCHEMA saved;
    SELECT format('CREATE TABLE saved.%I AS TABLE %1$I', tablename) FROM pg_tables
     WHERE schemaname = 'public' \gexec";

const RESET: &str = r"SELECT format('DELETE FROM %I; INSERT INTO %1$I SELECT * FROM saved.%1$I', tablename)
      FROM pg_tables WHERE schemaname = 'public' \gexec";

const CONTENT: &str = r"SELECT format('SELECT %L, t::text FROM %I.%I t ORDER BY 2', tablename, schemaname, tablename)
     FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'usage'
    ORDER BY 1 \gexec";

/// Rows of a table as json, with names in place of numbers and ids, and with whether times are set.
const DUMP: &str = "
    SELECT 'settings', to_jsonb(s) - 'import_salt', s.import_salt IS NULL FROM settings s;
    SELECT 'import_shapes', to_jsonb(i) FROM import_shapes i ORDER BY to_jsonb(i);
    SELECT 'weak_secrets', to_jsonb(w) FROM weak_secrets w ORDER BY to_jsonb(w);
    SELECT 'policy', to_jsonb(p) FROM policy p ORDER BY rule;
    SELECT 'users', u.name, u.active, u.description, u.expires_at IS NULL,
           (SELECT string_agg(g.name, ' ' ORDER BY g.name)
              FROM user_groups m JOIN groups g ON g.id = m.group_id WHERE m.user_id = u.id)
      FROM users u ORDER BY u.name;
    SELECT 'groups', g.name, g.description,
           (SELECT string_agg(permission, ' ' ORDER BY permission)
              FROM group_permissions p WHERE p.group_id = g.id)
      FROM groups g ORDER BY g.name;
    SELECT 'keys', k.name, k.active, k.description, u.name, k.application, k.expires_at IS NULL,
           k.deactivated_at IS NULL, k.reactivates_at IS NULL,
           (SELECT string_agg(g.name, ' ' ORDER BY g.name)
              FROM key_groups m JOIN groups g ON g.id = m.group_id WHERE m.key = k.number),
           (SELECT string_agg(permission, ' ' ORDER BY permission)
              FROM key_permissions p WHERE p.key = k.number),
           (SELECT string_agg(m.name || '=' || m.value, ' ' ORDER BY m.name)
              FROM key_meta m WHERE m.key = k.number),
           (SELECT string_agg(s.state || (s.valid_until IS NULL)::text, ' ' ORDER BY s.slot)
              FROM secrets s WHERE s.key = k.number)
      FROM keys k LEFT JOIN users u ON u.id = k.owner ORDER BY k.name;
    SELECT 'log', seq, operator, action, details::jsonb ->> 'name' FROM log ORDER BY seq;";
