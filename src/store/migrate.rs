//! Brings the database to this program's schema. Forward only.
//!
//! All missing steps run in one transaction: a failed migration leaves the file as it was. Never edit a step that was
//! released; add one.
use crate::sql;
use rusqlite::{Connection, TransactionBehavior};

/// One step. Its version is its place in [`STEPS`], from 1.
struct Step {
    name: &'static str,
    sql: &'static str,
}

const STEPS: &[Step] = &[
    Step { name: "init", sql: include_str!("migrations/sqlite/0001_init.sql") },
    Step { name: "chat", sql: include_str!("migrations/sqlite/0002_chat.sql") },
];

/// Newest schema version this program knows.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// The file was written by a newer release: its schema version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Newer(pub(crate) i64);

/// Runs the missing steps; `Err(Newer)` inside `Ok` when there is nothing this program may do.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<Result<(), Newer>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    )?;
    let current: i64 =
        transaction
            .query_row("SELECT COALESCE(MAX(version), 0) FROM schema_versions", [], |row| row.get(0))?;
    if current > NEWEST {
        return Ok(Err(Newer(current)));
    }
    for (version, step) in (1..).zip(STEPS).filter(|(version, _)| *version > current) {
        transaction.execute_batch(step.sql)?;
        sql::execute(
            &transaction,
            "INSERT INTO schema_versions (version, name) VALUES ($1, $2)",
            (version, step.name),
        )?;
    }
    transaction.commit()?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(connection: &Connection) -> Vec<(i64, String)> {
        let mut statement =
            connection.prepare("SELECT version, name FROM schema_versions ORDER BY 1").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn an_empty_database_gets_every_step_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        for _ in 0..2 {
            assert_eq!(migrate(&mut connection).unwrap(), Ok(()));
            let expected: Vec<_> =
                (1..).zip(STEPS).map(|(version, step)| (version, step.name.to_owned())).collect();
            assert_eq!(versions(&connection), expected);
        }
    }

    #[test]
    fn a_database_of_a_newer_release_is_refused_and_not_touched() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, name TEXT NOT NULL);
                 INSERT INTO schema_versions VALUES (99, 'from the future')",
            )
            .unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), Err(Newer(99)));
        assert_eq!(versions(&connection), [(99, "from the future".to_owned())]);
        assert!(!connection.table_exists(None, "users").unwrap());
    }

    #[test]
    fn a_failing_step_leaves_no_trace() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE events (something INTEGER)").unwrap();
        migrate(&mut connection).unwrap_err();
        assert!(!connection.table_exists(None, "users").unwrap());
        assert!(!connection.table_exists(None, "schema_versions").unwrap());
    }
}
