//! Creates the schema in a database on a server, grants a verifier what it needs, and migrates.

use serde_json::json;

use super::open::{SchemaOwner, foreign, schema_owner};
use super::schema;
use crate::config::Place;
use crate::error::{Error, Kind, Result};
use crate::model::{LogAction, Rights};
use crate::store::actor::Actor;
use crate::store::db::{Db, Lock};
use crate::store::groups::first::insert_first_groups;
use crate::store::uses::Record;
use crate::store::{Access, Settings, Store, Write};

/// The oldest version of PostgreSQL that is supported, as `server_version_num` has it.
const OLDEST_SERVER: i64 = 15_00_00;

impl Store {
    /// Creates the schema in the database on `server`, and grants the role `verifier`, if given,
    /// what a verifier needs.
    ///
    /// # Errors
    /// [`Kind::Exists`] when the schema is there already; [`Kind::DatabaseForeign`] when another
    /// program uses the database; [`Kind::InvalidInput`] when the server is too old, or the
    /// database has another encoding than UTF-8; and the errors of the server.
    pub(in crate::store) fn create_on(
        server: &str,
        settings: Settings,
        verifier: Option<&str>,
        actor: Actor,
    ) -> Result<Self> {
        let mut store = Self::unopened_on(server, settings, actor)?;
        check_free(&store.db, server)?;
        let created = store.transact(Lock::New, |write| {
            let Settings { prefix, cost } = &write.store.settings;
            write.db.execute(
                "INSERT INTO settings (only_row, prefix, argon2, schema_version)
                 VALUES (1, ?1, ?2, ?3)",
                &[
                    prefix.as_str().into(),
                    (&cost.to_string()).into(),
                    schema::latest().into(),
                ],
            )?;
            insert_first_groups(write)?;
            if let Some(role) = verifier {
                grant(write, role)?;
            }
            let details = json!({
                "prefix": prefix.as_str(),
                "argon2": cost.to_string(),
                "shared": verifier,
            });
            write.log(LogAction::Init, &details)
        });
        match created {
            Ok(()) => Ok(store),
            Err(error) if error.kind() == Kind::OutcomeUnknown => Err(error),
            Err(error) => {
                drop(store);
                // Another process may have created it at the same time.
                let found = Db::connect(server).and_then(|db| check_free(&db, server));
                match found {
                    Err(taken) if taken.kind() == Kind::Exists => Err(taken),
                    _ => Err(error),
                }
            }
        }
    }

    /// Connects to the database on `server`, which has no schema yet.
    fn unopened_on(server: &str, settings: Settings, actor: Actor) -> Result<Self> {
        Ok(Self {
            db: Db::connect(server)?,
            place: Place::Server(server.to_owned()),
            settings,
            actor,
            rights: Rights::Everything,
            record: Record::Unreadable,
        })
    }

    /// Grants `role` what a verifier needs, and no more.
    ///
    /// # Errors
    /// [`Kind::GroupNotFound`] when the server has no such role, and the errors of the server.
    pub(in crate::store) fn share_with(&mut self, role: &str) -> Result<()> {
        self.write(|write| {
            grant(write, role)?;
            write.log(LogAction::Init, &json!({ "shared": role }))
        })
    }
}

/// Refuses a database that can't get the schema.
pub(super) fn check_free(db: &Db, server: &str) -> Result<()> {
    let select = "SELECT CAST(current_setting('server_version_num') AS bigint) AS version,
            current_setting('server_encoding') AS encoding";
    let found = db.row(select, &[], |row| {
        Ok((row.get::<i64>("version")?, row.get::<String>("encoding")?))
    })?;
    let (version, encoding) = found.unwrap_or_default();
    let unfit = |fact: String, hint| Err(Error::new(Kind::InvalidInput, fact).hint(hint));
    if version < OLDEST_SERVER {
        let fact = format!("the server is PostgreSQL {}", version / 10_000);
        return unfit(fact, "use PostgreSQL 15 or newer");
    }
    if encoding != "UTF8" {
        let fact = format!("the encoding of the database is {encoding}");
        return unfit(
            fact,
            "create it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        );
    }
    match schema_owner(db)? {
        SchemaOwner::None => Ok(()),
        SchemaOwner::Another => Err(foreign(server)),
        SchemaOwner::Apikey => {
            let fact = format!("{server} is already a database of apikey");
            Err(Error::new(Kind::Exists, fact).hint("nothing was changed; use it, or name another"))
        }
    }
}

/// The rights of a verifier: to read all tables but the log, and to change the dates of last uses.
const GRANT: &str = "DO $$
    DECLARE role text := current_setting('apikey.role');
    BEGIN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
        EXECUTE format('GRANT SELECT ON settings, users, groups, keys, secrets, key_groups,
            user_groups, key_permissions, key_meta, group_permissions, policy, import_shapes, weak_secrets, usage,
            usable_secrets TO %I', role);
        EXECUTE format('GRANT UPDATE (accepted, refused) ON usage TO %I', role);
    END $$";

fn grant(write: &Write<'_>, role: &str) -> Result<()> {
    let exists = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ?1) AS answer";
    if !write.db.is_true(exists, &[role.into()])? {
        let fact = format!("the server has no role \"{role}\"");
        return Err(Error::new(Kind::GroupNotFound, fact)
            .hint("create it with `CREATE ROLE … LOGIN`; names of roles are case-sensitive here"));
    }
    // A statement that grants takes no values.
    let set = "SELECT set_config('apikey.role', ?1, true) AS role";
    write.db.row(set, &[role.into()], |_| Ok(()))?;
    write.db.execute(GRANT, &[]).map(drop)
}

impl Store {
    /// Migrates the schema of the database on `server` to the latest version. Returns the open
    /// database, and whether it was older.
    ///
    /// # Errors
    /// [`Kind::DatabaseNewer`], [`Kind::DatabaseMissing`], and the errors of the server. Nothing is
    /// then changed.
    pub(in crate::store) fn upgrade_on(server: &str, actor: Actor) -> Result<(Self, bool)> {
        let (mut store, _) = Self::connect_to(server, Access::Write, actor)?;
        let was_older = store.transact(Lock::Upgrade, |write| {
            let select = "SELECT schema_version FROM settings";
            let found: Option<i64> = write.db.row(select, &[], |row| row.get("schema_version"))?;
            let found = found.unwrap_or_default();
            let latest = schema::latest();
            if found == latest {
                return Ok(false);
            }
            schema::check_newer(found)?;
            for (_, sql) in schema::MIGRATIONS.iter().filter(|(to, _)| *to > found) {
                write.db.run_script(sql)?;
            }
            let update = "UPDATE settings SET schema_version = ?1";
            write.db.execute(update, &[latest.into()])?;
            write.log(
                LogAction::Init,
                &json!({ "upgraded_from": found, "schema": latest }),
            )?;
            Ok(true)
        })?;
        Ok((store, was_older))
    }
}
