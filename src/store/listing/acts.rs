//! Which keys may do what is asked: `verify`'s rule on permissions, for many keys at once.
//!
//! A user's permissions are those of its groups. So the groups that allow an act answer
//! for keys and owners alike, and are looked up once; only what a key itself allows is
//! matched key by key.

use rusqlite::functions::FunctionFlags;
use rusqlite::params;

use crate::error::Result;
use crate::model::{Act, Permission};
use crate::process::Undivided;
use crate::store::Store;

/// What holds of a key that may do one of the acts, as far as its owner may.
pub(super) const MAY_DO_ONE: &str = "EXISTS (SELECT 1 FROM temp.act a WHERE
      (EXISTS (SELECT 1 FROM key_groups m JOIN temp.able b
                ON b.act = a.number AND b.group_id = m.group_id WHERE m.key = k.number)
       OR EXISTS (SELECT 1 FROM key_permissions p
                   WHERE p.key = k.number AND allows(p.permission, a.number)))
      AND (k.owner IS NULL
           OR EXISTS (SELECT 1 FROM user_groups m JOIN temp.able b
                       ON b.act = a.number AND b.group_id = m.group_id
                       WHERE m.user_id = k.owner)))";

impl Store {
    /// Prepares what [`MAY_DO_ONE`] reads: the acts, and the groups that allow each.
    pub(super) fn prepare_acts(&self, acts: &[Act]) -> Result<()> {
        let _unstopped = Undivided::by_stops();
        if acts.is_empty() {
            return Ok(());
        }
        let asked = acts.to_vec();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        self.db
            .as_sqlite()
            .create_scalar_function("allows", 2, flags, move |context| {
                let permission: Permission = context
                    .get::<String>(0)?
                    .parse()
                    .map_err(|invalid| rusqlite::Error::UserFunctionError(Box::new(invalid)))?;
                let act = asked.get(context.get::<usize>(1)?);
                Ok(act.is_some_and(|act| permission.allows(act)))
            })?;
        self.db.as_sqlite().execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS act (number INTEGER PRIMARY KEY);
             CREATE TEMP TABLE IF NOT EXISTS able (
                 act INTEGER, group_id TEXT, PRIMARY KEY (act, group_id)) WITHOUT ROWID;
             DELETE FROM temp.act; DELETE FROM temp.able;",
        )?;
        for number in 0..acts.len() {
            self.db
                .as_sqlite()
                .execute("INSERT INTO temp.act VALUES (?1)", [number])?;
            self.db.as_sqlite().execute(
                "INSERT INTO temp.able SELECT DISTINCT ?1, group_id FROM group_permissions
                  WHERE allows(permission, ?1)",
                params![number],
            )?;
        }
        Ok(())
    }
}
