//! Opens a database on a server.

use std::time::{Duration, Instant};

use super::errors::AS_OWNER;
use super::parameters::Parameters;
use super::schema;
use crate::config::{Place, patience};
use crate::error::{Error, Kind, Result};
use crate::model::LogHead;
use crate::store::actor::Actor;
use crate::store::db::{Client, Db, Lock, server_time};
use crate::store::errors::{damaged, quoted};
use crate::store::postgres::usage::credible;
use crate::store::uses::Record;
use crate::store::{Access, Settings, Store, log, rights};

/// The longest time for the candidates of a completion.
const PEEK: Duration = Duration::from_millis(300);

impl Store {
    /// Opens the database on `server` as `actor`.
    ///
    /// # Errors
    /// As [`Store::open`], and [`Kind::Unavailable`] when no server can be reached.
    pub(in crate::store) fn open_on(server: &str, access: Access, actor: Actor) -> Result<Self> {
        let (store, version) = Self::connect_to(server, access, actor)?;
        schema::check(version, access).map_err(|error| match error.kind() {
            Kind::DatabaseOlder => {
                let command = format!("apikey --db {} init --upgrade", quoted(server));
                error.hint(format!("as the owner of the database: {command}"))
            }
            _ => error,
        })?;
        Ok(store)
    }

    /// Opens the database on `server` with a schema of any version, which is returned, too.
    ///
    /// # Errors
    /// As [`open_on`](Self::open_on).
    pub(super) fn connect_to(
        server: &str,
        access: Access,
        mut actor: Actor,
    ) -> Result<(Self, i64)> {
        let parameters = Parameters::parse(server)?;
        let parameters = match access {
            Access::Write => parameters.for_changes(),
            Access::Peek => parameters.within(patience(PEEK)),
            Access::Read | Access::Verify => parameters,
        };
        let begin = Instant::now();
        let client = Client::connect(&parameters)?;
        if access == Access::Peek {
            client.limit(patience(PEEK).saturating_sub(begin.elapsed()));
        }
        let db = Db::postgres(client);
        let opened = read_settings(&db).map_err(|error| explain(error, &db, server))?;
        if let Some(client) = db.as_postgres() {
            client.set_clock(opened.micros);
        }
        actor.clock = actor.clock.of(&db);
        actor.now = actor.clock.now();
        let place = Place::Server(server.to_owned());
        let rights = rights::authorize(&db, &place, &actor)?;
        let since = opened.since.and_then(|since| credible(since, actor.now));
        let store = Self {
            db,
            place,
            settings: opened.settings,
            actor,
            rights,
            record: Record::Table(since),
        };
        Ok((store, opened.version))
    }
}

/// Returns whether users are registered in the database on `server`. The environment variables of
/// libpq don't count.
///
/// # Errors
/// The errors of the server and of the connection.
pub(in crate::store) fn has_users(server: &str) -> Result<bool> {
    let parameters = Parameters::without_variables(server)?;
    rights::has_users(&Db::postgres(Client::connect(&parameters)?))
}

/// The result of the first statement.
struct Opened {
    settings: Settings,
    version: i64,
    /// Since when uses have been recorded.
    since: Option<i64>,
    /// The time of the server, in microseconds since 1970.
    micros: i64,
}

fn read_settings(db: &Db) -> Result<Opened> {
    let select = concat!(
        "SELECT prefix, argon2, schema_version,
            (SELECT accepted FROM usage WHERE slot = 0) AS since, ",
        server_time!(),
        " AS micros FROM settings"
    );
    let invalid = |setting: &str| damaged(format!("the {setting} of the database is invalid"));
    let read = db.row(select, &[], |row| {
        let (prefix, argon2): (String, String) = (row.get("prefix")?, row.get("argon2")?);
        Ok(Opened {
            settings: Settings {
                prefix: prefix.parse().map_err(|_| invalid("prefix"))?,
                cost: argon2.parse().map_err(|_| invalid("Argon2 cost"))?,
            },
            version: row.get("schema_version")?,
            since: row.get("since")?,
            micros: row.get("micros")?,
        })
    })?;
    read.ok_or_else(|| damaged("the settings of the database are missing"))
}

/// Returns `error`, or the reason for it: that the database has no schema, or that of another
/// program.
fn explain(error: Error, db: &Db, server: &str) -> Error {
    if matches!(error.kind(), Kind::Unavailable | Kind::NotPermitted) {
        return error;
    }
    match schema_owner(db) {
        Ok(SchemaOwner::None) => missing(server),
        Ok(SchemaOwner::Another) => foreign(server),
        Err(hidden) if hidden.kind() == Kind::NotPermitted => hidden,
        Ok(SchemaOwner::Apikey) | Err(_) => error,
    }
}

/// The program that created the tables of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaOwner {
    /// There are no tables, views and functions.
    None,
    /// This program.
    Apikey,
    /// Another program.
    Another,
}

/// Returns the program that created the tables, views and functions of the database, except those
/// of extensions.
///
/// # Errors
/// The errors of the server.
pub(super) fn schema_owner(db: &Db) -> Result<SchemaOwner> {
    let select = "SELECT current_schema() IS NULL AND EXISTS (
            SELECT 1 FROM unnest(string_to_array(current_setting('search_path'), ',')) name
              JOIN pg_namespace ON nspname =
                   replace(btrim(name, ' \"'), '$user', CAST(current_user AS text))) AS is_hidden,
          EXISTS (
            SELECT 1 FROM pg_attribute
             WHERE attrelid = to_regclass('settings') AND attname = 'schema_version') AS is_ours,
          EXISTS (
            SELECT 1 FROM (
                SELECT oid, relnamespace AS namespace, CAST('pg_class' AS regclass) AS class
                  FROM pg_class
                UNION ALL SELECT oid, pronamespace, CAST('pg_proc' AS regclass) FROM pg_proc) o
              JOIN pg_namespace n ON n.oid = o.namespace
             WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
               AND NOT EXISTS (SELECT 1 FROM pg_depend d
                    WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')) AS is_used";
    let found = db.row(select, &[], |row| {
        let is = |name| row.get::<bool>(name);
        Ok((is("is_hidden")?, is("is_ours")?, is("is_used")?))
    })?;
    match found {
        Some((true, ..)) => {
            let fact = "permission denied for every schema of the search path";
            Err(Error::new(Kind::NotPermitted, fact).hint(AS_OWNER))
        }
        Some((_, true, _)) => Ok(SchemaOwner::Apikey),
        Some((_, false, true)) => Ok(SchemaOwner::Another),
        _ => Ok(SchemaOwner::None),
    }
}

fn missing(server: &str) -> Error {
    let fact = format!("there is no apikey database at {server}");
    let hint = format!("apikey --db {} init", quoted(server));
    Error::new(Kind::DatabaseMissing, fact).hint(hint)
}

/// Returns the error of a database that another program uses.
pub(super) fn foreign(server: &str) -> Error {
    let fact = format!("{server} has tables, views or functions of another program");
    Error::new(Kind::DatabaseForeign, fact).hint("use a database of its own for apikey")
}

/// Connects again and returns whether a change was committed: whether the log holds its last entry.
/// Waits for the lock of the writers first, so that a commit that is still under way has ended;
/// then commits, so that the change is on the standby servers that the server waits for.
///
/// # Errors
/// The errors of the server and of the connection.
pub(in crate::store) fn is_committed(server: &str, entry: LogHead) -> Result<bool> {
    let db = Db::connect(server)?;
    let change = match db.begin(Lock::Write) {
        // The change creates the schema. Creating it here waits for the end of the change, unless
        // that has come in the meantime.
        Err(error) if error.kind() == Kind::DatabaseDamaged => {
            if schema_owner(&db)? == SchemaOwner::None && db.begin(Lock::New).is_ok() {
                return Ok(false);
            }
            db.begin(Lock::Write)?
        }
        begun => begun?,
    };
    let is_held = log::holds(&change, entry)?;
    if is_held {
        change.commit()?;
    }
    Ok(is_held)
}
