use super::*;

fn db() -> Db {
    let conn = Connection::open_in_memory().unwrap();
    let db = Db::sqlite(conn);
    db.execute(
        "CREATE TABLE t (number INTEGER PRIMARY KEY, name TEXT, bytes BLOB) STRICT",
        &[],
    )
    .unwrap();
    for (number, name) in [(1, "a"), (2, "b"), (3, "c")] {
        let values = [Value::Integer(number), name.into(), Value::Null];
        let insert = "INSERT INTO t (number, name, bytes) VALUES (?1, ?2, ?3)";
        assert_eq!(db.execute(insert, &values).unwrap(), 1);
    }
    db
}

fn count(db: &Db) -> i64 {
    let select = "SELECT count(*) AS n FROM t";
    db.row(select, &[], |row| row.get("n")).unwrap().unwrap()
}

#[test]
fn values_come_back_as_they_were_bound() {
    let db = db();
    let update = "UPDATE t SET name = ?2, bytes = ?3 WHERE number = ?1";
    let values = [Value::from(2), None::<&str>.into(), [7_u8, 0, 9][..].into()];
    assert_eq!(db.execute(update, &values).unwrap(), 1);
    let found = db.row(
        "SELECT bytes, name, number FROM t WHERE number = ?1",
        &[2.into()],
        |row| {
            let name = row.text("name")?.map(str::to_owned);
            Ok((
                row.get::<i64>("number")?,
                name,
                row.get::<Vec<u8>>("bytes")?,
            ))
        },
    );
    assert_eq!(found.unwrap(), Some((2, None, vec![7, 0, 9])));
    let is_true = |value: Value<'_>| db.row("SELECT ?1 AS it", &[value], |row| row.get("it"));
    assert_eq!(is_true(true.into()).unwrap(), Some(true));
    assert_eq!(is_true(false.into()).unwrap(), Some(false));
}

#[test]
fn the_first_row_is_read_or_all_rows_or_each_until_the_visit_breaks() {
    let db = db();
    let name = |row: &Row<'_>| row.get::<String>("name");
    let select = "SELECT name FROM t WHERE number > ?1 ORDER BY number";
    assert_eq!(
        db.row(select, &[1.into()], name).unwrap().as_deref(),
        Some("b")
    );
    assert_eq!(db.row(select, &[9.into()], name).unwrap(), None);
    assert_eq!(db.rows(select, &[1.into()], name).unwrap(), ["b", "c"]);
    let mut seen = Vec::new();
    db.each(select, &[0.into()], &mut |row| {
        seen.push(name(row)?);
        Ok(match seen.len() {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
    })
    .unwrap();
    assert_eq!(seen, ["a", "b"]);
}

#[test]
fn any_of_finds_numbers_and_texts() {
    let db = db();
    let find = |column: &str, values: Value<'_>| {
        let any_of = db.any_of("?1");
        let select = format!("SELECT number FROM t WHERE {column} {any_of} ORDER BY number");
        db.rows(&select, &[values], |row| row.get::<i64>("number"))
            .unwrap()
    };
    assert_eq!(find("number", [3_i64, 1, 7][..].into()), [1, 3]);
    let names = ["b".to_owned(), "z".to_owned()];
    assert_eq!(find("name", names[..].into()), [2]);
    assert!(find("name", Value::Texts(&[])).is_empty());
}

#[test]
fn a_column_that_is_missing_or_of_another_type_is_an_error() {
    let db = db();
    let select = "SELECT name, number FROM t";
    assert!(db.row(select, &[], |row| row.get::<i64>("name")).is_err());
    assert!(db.row(select, &[], |row| row.get::<i64>("id")).is_err());
    assert!(
        db.row(select, &[], |row| row.text("number").map(|_| ()))
            .is_err()
    );
}

#[test]
fn a_transaction_is_undone_unless_it_is_committed() {
    let db = db();
    let insert = "INSERT INTO t (name) VALUES (?1)";
    let undone = db.begin(Lock::Write).unwrap();
    undone.execute(insert, &["d".into()]).unwrap();
    assert_eq!(count(&db), 4);
    drop(undone);
    assert_eq!(count(&db), 3);
    let kept = db.begin(Lock::Alone).unwrap();
    kept.execute(insert, &["d".into()]).unwrap();
    kept.commit().unwrap();
    assert_eq!(count(&db), 4);
    db.begin(Lock::Read).unwrap().commit().unwrap();
    assert!(db.as_sqlite().unwrap().is_autocommit());
}
