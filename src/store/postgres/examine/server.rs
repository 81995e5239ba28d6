//! Checks of the server: replication, and its clock.

use crate::clock;
use crate::error::Result;
use crate::model::Span;
use crate::store::Store;
use crate::store::complaint::{Complaint, Found};
use crate::store::errors::damaged;
use crate::store::postgres::examine::psql_as_superuser;

/// The state of the server's replication.
struct Replication {
    is_standby: bool,
    /// The setting synchronous_standby_names.
    names: String,
    /// The setting synchronous_commit.
    commit: String,
    standbys: i64,
    /// The standbys for which a commit waits.
    synchronous: i64,
    /// The standbys whose state this role may not see.
    hidden: i64,
    /// The name of this role, quoted for a statement.
    role: String,
    database: String,
    /// The name of the database, quoted for a statement.
    quoted_database: String,
}

impl Store {
    /// Checks that a commit waits for a standby: otherwise a failover may lose a revocation that
    /// was reported as done.
    pub(super) fn replication(&self) -> Result<Found> {
        let Replication {
            is_standby,
            names,
            commit,
            standbys,
            synchronous,
            hidden,
            role,
            database,
            quoted_database,
        } = self.read_replication()?;
        let lossy = "a failover may lose a revocation that was reported as done";
        if is_standby {
            return Ok(Ok("not checked, since this server is a standby".to_owned()));
        }
        if matches!(commit.as_str(), "off" | "local") {
            let set = format!("ALTER DATABASE {quoted_database} SET synchronous_commit = on");
            return Ok(Err(Complaint {
                fact: format!(
                    "synchronous_commit is {commit}, so no change waits for a standby; {lossy}"
                ),
                fix: self.psql(&[&set]),
            }));
        }
        if standbys == 0 {
            return Ok(Err(Complaint {
                fact: format!("no standby is connected; {lossy}"),
                fix: "pg_basebackup --dbname 'host=HOST user=REPLICATION_ROLE' \
                      --write-recovery-conf --pgdata DIRECTORY"
                    .to_owned(),
            }));
        }
        if names.is_empty() {
            return Ok(Err(Complaint {
                fact: format!("synchronous_standby_names is empty; {lossy}"),
                fix: psql_as_superuser(
                    &database,
                    &[
                        "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'",
                        "SELECT pg_reload_conf()",
                    ],
                ),
            }));
        }
        if synchronous > 0 {
            let fact = format!("commits wait for {names}; synchronous standbys: {synchronous}");
            return Ok(Ok(fact));
        }
        Ok(Err(if hidden > 0 {
            Complaint {
                fact: "this role may not see which standby is synchronous".to_owned(),
                fix: psql_as_superuser(&database, &[&format!("GRANT pg_read_all_stats TO {role}")]),
            }
        } else {
            Complaint {
                fact: format!("no standby is synchronous: none matches {names}; {lossy}"),
                fix: psql_as_superuser(
                    &database,
                    &[
                        "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'",
                        "SELECT pg_reload_conf()",
                    ],
                ),
            }
        }))
    }

    fn read_replication(&self) -> Result<Replication> {
        let select = "SELECT pg_is_in_recovery() AS is_standby,
                current_setting('synchronous_standby_names') AS names,
                current_setting('synchronous_commit') AS commit,
                (SELECT count(*) FROM pg_stat_replication) AS standbys,
                (SELECT count(*) FROM pg_stat_replication
                  WHERE sync_state IN ('sync', 'quorum')) AS synchronous,
                (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL) AS hidden,
                quote_ident(current_user) AS role, current_database() AS database,
                quote_ident(current_database()) AS quoted_database";
        let found = self.db.row(select, &[], |row| {
            Ok(Replication {
                is_standby: row.get("is_standby")?,
                names: row.get("names")?,
                commit: row.get("commit")?,
                standbys: row.get("standbys")?,
                synchronous: row.get("synchronous")?,
                hidden: row.get("hidden")?,
                role: row.get("role")?,
                database: row.get("database")?,
                quoted_database: row.get("quoted_database")?,
            })
        })?;
        found.ok_or_else(|| damaged("the server described no replication"))
    }

    /// Compares the server's clock, which decides what has expired, with that of this machine.
    pub(super) fn local_clock(&self) -> Result<Found> {
        let (server, local) = (self.actor.clock.now(), clock::now());
        let difference = server.since(local).abs();
        Ok(if difference > Span::CLOCK_TOLERANCE.seconds() {
            Err(Complaint {
                fact: format!("this machine's clock says {local}, but the server's says {server}"),
                fix: "timedatectl set-ntp true".to_owned(),
            })
        } else {
            Ok("not more than 5 minutes from the server's".to_owned())
        })
    }
}
