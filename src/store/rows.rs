//! Words shared by all row mappings.
use model::Properties;
use rusqlite::{Row, types::Type};

/// A non-negative integer column (ids, counts, sizes).
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Like [`unsigned`], for NULL too.
pub(crate) fn unsigned_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    match row.get::<_, Option<i64>>(column)? {
        Some(_) => unsigned(row, column).map(Some),
        None => Ok(None),
    }
}

/// A column that holds one of our words.
pub(crate) fn word<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| {
        let problem = format!("the unknown word {text:?}");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem.into())
    })
}

/// A JSON object that was checked before it was stored.
pub(crate) fn properties(row: &Row<'_>, column: usize) -> rusqlite::Result<Properties> {
    row.get::<_, String>(column).map(Properties::from_checked_json)
}
