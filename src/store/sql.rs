//! What all queries share: preparing, building filters, paging.
use crate::error::Result;
use model::page::{Page, PageRequest};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, types::Value};
use std::{fmt::Write, time::Duration};

/// How long a connection waits for another process (a backup, a shell) to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements one connection keeps.
const CACHED_STATEMENTS: usize = 256;

/// Settings that every connection needs.
pub(crate) fn configure(connection: &Connection, page_cache_kib: u32) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    // Negative: KiB instead of pages.
    connection.pragma_update(None, "cache_size", -i64::from(page_cache_kib))
}

/// Prepares `text`, whose parameters are `$1`, `$2`, … as PostgreSQL wants them.
///
/// Dialect: SQLite takes these for names and numbers them as they first appear. Hence the rule that they first appear
/// in order, checked here.
pub(crate) fn prepare<'c>(connection: &'c Connection, text: &str) -> rusqlite::Result<CachedStatement<'c>> {
    let statement = connection.prepare_cached(text)?;
    debug_assert!(
        (1..=statement.parameter_count())
            .all(|i| statement.parameter_name(i) == Some(format!("${i}").as_str())),
        "parameters must first appear in order: {text}"
    );
    Ok(statement)
}

/// Runs a statement; returns the number of rows it changed.
pub(crate) fn execute(connection: &Connection, text: &str, params: impl Params) -> rusqlite::Result<usize> {
    prepare(connection, text)?.execute(params)
}

/// The first row, if any.
pub(crate) fn first<T>(
    connection: &Connection,
    text: &str,
    params: impl Params,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    prepare(connection, text)?.query_row(params, map).optional()
}

/// Every row.
pub(crate) fn all<T>(
    connection: &Connection,
    text: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    prepare(connection, text)?.query_map(params, map)?.collect()
}

/// An id as SQL has it. Ids come from clients: one that is too large for SQL becomes one that nobody has.
pub(crate) fn key(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(-1)
}

/// Lowers ASCII letters: the content of `*_folded` columns.
pub(crate) fn fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// The end of a query (`FROM … WHERE …`) under construction, with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    text: String,
    params: Vec<Value>,
}

impl Query {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), params: Vec::new() }
    }

    /// Appends SQL.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Appends a parameter.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        write!(self.text, "${}", self.params.len()).expect("invariant: writing to a String cannot fail");
        self
    }

    /// Appends "`column` (folded) begins with `prefix`", ignoring ASCII case.
    pub(crate) fn begins_with(self, column: &str, prefix: &str) -> Self {
        self.like(column, prefix, "")
    }

    /// Appends "`column` (folded) contains `part`", ignoring ASCII case.
    pub(crate) fn contains(self, column: &str, part: &str) -> Self {
        self.like(column, part, "%")
    }

    fn like(self, column: &str, text: &str, before: &str) -> Self {
        if text.contains('\0') {
            // SQLite would read the pattern only up to here. No stored name contains it.
            return self.text("1 = 0");
        }
        let pattern = format!("{before}{}%", escape(&fold(text)));
        self.text(column).text(" LIKE ").bind(pattern).text(r" ESCAPE '\'")
    }

    /// The text and its parameters.
    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.text, self.params)
    }

    /// Appends a list in parentheses, for `IN`.
    ///
    /// Dialect: SQLite unpacks a JSON array; PostgreSQL takes `(SELECT unnest($1::bigint[]))`.
    pub(crate) fn list(self, ids: impl Iterator<Item = u64>) -> Self {
        let ids: Vec<String> = ids.map(|id| key(id).to_string()).collect();
        self.text("(SELECT value FROM json_each(").bind(format!("[{}]", ids.join(","))).text("))")
    }

    /// Runs `SELECT columns <this> ORDER BY order` for one page, and counts the whole list.
    pub(crate) fn page<T>(
        self,
        connection: &Connection,
        columns: &str,
        order: &str,
        request: PageRequest,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Page<T>> {
        let count = format!("SELECT COUNT(*) {}", self.text);
        let total: i64 = prepare(connection, &count)?
            .query_row(rusqlite::params_from_iter(&self.params), |row| row.get(0))?;
        let paged = Self { text: format!("SELECT {columns} {} ORDER BY {order} LIMIT ", self.text), ..self }
            .bind(i64::from(request.size))
            .text(" OFFSET ")
            .bind(key(request.offset()));
        let items = all(connection, &paged.text, rusqlite::params_from_iter(&paged.params), map)?;
        Ok(Page { items, request, total: total.unsigned_abs() })
    }
}

/// Makes `text` stand for itself in a LIKE pattern with `ESCAPE '\'`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "parameters must first appear in order")]
    fn parameters_out_of_order_are_noticed() {
        let connection = Connection::open_in_memory().unwrap();
        let _ = prepare(&connection, "SELECT $2, $1");
    }

    #[test]
    fn filters_match_what_they_say_and_nothing_more() {
        let connection = Connection::open_in_memory().unwrap();
        let rows = [
            // filter, text, begins with, contains
            ("ann", "Annabel", true, true),
            ("NAB", "annabel", false, true),
            ("", "anything", true, true),
            ("%", "annabel", false, false),
            ("%", "100%", false, true),
            ("_", "annabel", false, false),
            ("a_b", "A_B c", true, true),
            ("\\", "annabel", false, false),
            ("\\%", "x\\%", false, true),
            ("É", "é", false, false),
            ("É", "É", true, true),
            ("ann\0", "annabel", false, false),
        ];
        for (filter, text, begins, contains) in rows {
            let holds = |query: Query| -> bool {
                let sql = format!("SELECT {}", query.text);
                connection
                    .query_row(&sql, rusqlite::params_from_iter(&query.params), |row| row.get(0))
                    .unwrap()
            };
            let column = format!("'{}'", fold(text));
            assert_eq!(
                holds(Query::new("").begins_with(&column, filter)),
                begins,
                "{text:?} begins {filter:?}"
            );
            assert_eq!(
                holds(Query::new("").contains(&column, filter)),
                contains,
                "{text:?} contains {filter:?}"
            );
        }
    }

    #[test]
    fn an_id_too_large_for_sql_is_nobodys() {
        assert_eq!(key(i64::MAX.unsigned_abs()), i64::MAX);
        assert_eq!(key(i64::MAX.unsigned_abs() + 1), -1);
    }
}
