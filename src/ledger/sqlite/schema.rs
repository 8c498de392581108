//! The tables, and what brings them from one version to the next.

use rusqlite::Connection;

/// The version of the tables that this program writes.
pub(super) const VERSION: i64 = 2;

/// What marks a file as a ledger of ours (`application_id`): "KX37".
const MARK: i64 = 0x4B58_3337;

/// What brings the tables from one version to the next; the first makes them.
const MIGRATIONS: [&str; VERSION as usize] = [
    // One row for each counted line.
    "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE file (seq INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE account (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)) STRICT;
CREATE TABLE claim (
    file INTEGER NOT NULL, position INTEGER NOT NULL, patient INTEGER NOT NULL,
    clm01 BLOB NOT NULL, provider BLOB NOT NULL, original BLOB NOT NULL,
    frequency INTEGER NOT NULL CHECK (frequency IN (-1, 0, 1, 7, 8)), content INTEGER NOT NULL,
    takes_back_file INTEGER, takes_back_position INTEGER,
    PRIMARY KEY (file, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_of_patient ON claim (patient);
CREATE INDEX claim_by_number ON claim (clm01);
CREATE TABLE entry (
    file INTEGER NOT NULL, position INTEGER NOT NULL, number INTEGER NOT NULL,
    line INTEGER NOT NULL, takes_back INTEGER NOT NULL, account INTEGER NOT NULL,
    date INTEGER NOT NULL, code TEXT, low INTEGER, high INTEGER, basis INTEGER CHECK (basis IN (0, 1, 2, 3)),
    sessions INTEGER, CHECK (takes_back OR high IS NULL OR (0 <= low AND low <= high)),
    PRIMARY KEY (file, position, number)
) STRICT, WITHOUT ROWID;
",
    // One row for each claim, which holds its lines: a sixth of the time and a third of the space.
    "
CREATE TABLE received (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, position INTEGER NOT NULL, patient INTEGER NOT NULL,
    clm01 BLOB NOT NULL, provider BLOB NOT NULL, original BLOB NOT NULL,
    frequency INTEGER NOT NULL CHECK (frequency BETWEEN -1 AND 8), content INTEGER NOT NULL,
    decided INTEGER, takes_back_file INTEGER, takes_back_position INTEGER, lines TEXT NOT NULL
) STRICT;
INSERT INTO received
    SELECT NULL, file, position, patient, clm01, provider, original, frequency, content, NULL,
        takes_back_file, takes_back_position,
        (SELECT json_group_array(json_array(line, takes_back, date, code, json_array(account),
            coalesce(low, sessions), high, basis))
         FROM (SELECT * FROM entry WHERE entry.file = claim.file AND entry.position = claim.position
            ORDER BY takes_back, line, number))
    FROM claim ORDER BY file, position;
DROP TABLE entry;
DROP TABLE claim;
ALTER TABLE received RENAME TO claim;
CREATE INDEX claim_of_patient ON claim (patient);
CREATE TABLE at_risk (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, position INTEGER NOT NULL,
    clm01 BLOB NOT NULL, provider BLOB NOT NULL, lines TEXT NOT NULL
) STRICT;
CREATE VIEW counted_line AS
    SELECT claim.file, claim.position, claim.patient, claim.clm01, claim.frequency,
        (line.value ->> 0) + 1 AS line, line.value ->> 1 AS takes_back, line.value ->> 2 AS date,
        line.value ->> 3 AS code, account.kind, account.name AS account,
        CASE account.kind WHEN 'amount' THEN line.value ->> 5 END AS low_cents, line.value ->> 6 AS high_cents,
        CASE account.kind WHEN 'sessions' THEN line.value ->> 5 END AS sessions, line.value ->> 7 AS basis
    FROM claim, json_each(claim.lines) AS line, json_each(line.value, '$[4]') AS number
    JOIN account ON account.id = number.value;
",
];

/// What a file is.
pub(super) enum Kind {
    /// A ledger of a version that this program knows; none is made yet in version 0.
    Ours(i64),
    /// A ledger of a newer program.
    Newer(i64),
    /// Something else.
    Foreign,
}

/// Tells what is open.
pub(super) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (mark, version) = (number("application_id")?, number("user_version")?);
    if mark != MARK {
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)";
        let is_empty: bool = connection.query_row(is_empty, [], |row| row.get(0))?;
        return Ok(if is_empty {
            Kind::Ours(0)
        } else {
            Kind::Foreign
        });
    }
    Ok(match version {
        1..=VERSION => Kind::Ours(version),
        newer if newer > VERSION => Kind::Newer(newer),
        _ => Kind::Foreign,
    })
}

/// Brings the tables to the version of this program, within the open transaction.
pub(super) fn migrate(connection: &Connection, from: i64) -> rusqlite::Result<()> {
    let from = usize::try_from(from).unwrap_or(0);
    let steps = MIGRATIONS.get(from..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    for step in steps {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.pragma_update(None, "application_id", MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_of_the_first_version_keep_their_lines() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO account VALUES (1, 'amount', 'therapy-ot'), (2, 'sessions', 'P');
                 INSERT INTO claim VALUES (1, 90, 5, x'4331', x'', x'', 1, 77, NULL, NULL);
                 INSERT INTO entry VALUES (1, 90, 0, 0, 0, 1, 20260302, '97530', 100, 900, 2, NULL),
                     (1, 90, 1, 1, 0, 2, 20260302, NULL, NULL, NULL, NULL, 3);",
            )
            .unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .pragma_update(None, "application_id", MARK)
            .unwrap();
        assert!(matches!(kind(&connection).unwrap(), Kind::Ours(1)));
        migrate(&connection, 1).unwrap();
        assert!(matches!(kind(&connection).unwrap(), Kind::Ours(VERSION)));
        let lines: String = connection
            .query_row("SELECT lines FROM claim", [], |row| row.get(0))
            .unwrap();
        assert_eq!(
            lines,
            r#"[[0,0,20260302,"97530",[1],100,900,2],[1,0,20260302,null,[2],3,null,null]]"#
        );
        let seen: (String, i64, Option<i64>) = connection
            .query_row(
                "SELECT account, high_cents, sessions FROM counted_line WHERE line = 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(seen, ("therapy-ot".to_owned(), 900, None));
        let sessions: i64 = connection
            .query_row("SELECT sum(sessions) FROM counted_line", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(sessions, 3);
    }
}
