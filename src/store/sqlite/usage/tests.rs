//! Tests of the usage file.

use super::*;

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

pub(super) fn usage_file() -> (tempfile::TempDir, UsageFile) {
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("keys.db");
    File::create(&db).unwrap();
    UsageFile::ensure(&db).unwrap();
    let file = UsageFile::open_writing(&db).unwrap();
    (directory, file)
}

fn record(file: &UsageFile, slot: i64, kind: Use, at: Timestamp) -> io::Result<()> {
    file.record(&NewUse::new(slot, kind, at))
}

#[test]
fn a_recorded_use_is_read_back_for_its_slot_and_kind_alone() {
    let (_directory, file) = usage_file();
    record(&file, 3, Use::Accepted, now()).unwrap();
    assert_eq!(file.last(3, Use::Accepted, now()), Some(now()));
    assert_eq!(file.last(3, Use::Refused, now()), None);
    assert_eq!(file.last(2, Use::Accepted, now()), None);
    assert_eq!(file.last(4, Use::Accepted, now()), None);
    file.clear(3).unwrap();
    assert_eq!(file.last(3, Use::Accepted, now()), None);
}

#[test]
fn a_use_is_recorded_at_most_once_a_minute() {
    let (_directory, file) = usage_file();
    let later = |seconds| now().plus(Span::from_seconds(seconds));
    record(&file, 1, Use::Accepted, now()).unwrap();
    record(&file, 1, Use::Accepted, later(59)).unwrap();
    assert_eq!(file.last(1, Use::Accepted, later(59)), Some(now()));
    record(&file, 1, Use::Refused, later(59)).unwrap();
    assert_eq!(file.last(1, Use::Refused, later(59)), Some(later(59)));
    record(&file, 1, Use::Accepted, later(60)).unwrap();
    assert_eq!(file.last(1, Use::Accepted, later(60)), Some(later(60)));
}

#[test]
fn the_first_refusal_for_a_reason_is_always_recorded() {
    let (_directory, file) = usage_file();
    let later = |seconds| now().plus(Span::from_seconds(seconds));
    record(&file, 1, Use::Refused, now()).unwrap();
    let since = |at, since| NewUse {
        since: Some(since),
        ..NewUse::new(1, Use::Refused, at)
    };
    // The key was deactivated at 10 s. The refusal recorded before had another reason, so this one
    // is recorded.
    file.record(&since(later(20), later(10))).unwrap();
    assert_eq!(file.last(1, Use::Refused, later(20)), Some(later(20)));
    file.record(&since(later(30), later(10))).unwrap();
    assert_eq!(file.last(1, Use::Refused, later(30)), Some(later(20)));
}

#[test]
fn an_absurd_date_means_never_and_is_overwritten() {
    let (_directory, file) = usage_file();
    for absurd in [-1, i64::MIN, i64::MAX, now().unix() + 301] {
        file.0.write_all_at(&absurd.to_le_bytes(), 16).unwrap();
        assert_eq!(file.last(1, Use::Accepted, now()), None, "{absurd}");
        record(&file, 1, Use::Accepted, now()).unwrap();
        assert_eq!(file.last(1, Use::Accepted, now()), Some(now()), "{absurd}");
    }
    let ahead = now().unix() + 300;
    file.0.write_all_at(&ahead.to_le_bytes(), 16).unwrap();
    assert_eq!(
        file.last(1, Use::Accepted, now()),
        Some(Timestamp::from_unix(ahead))
    );
}

#[test]
fn the_start_of_the_record_is_set_once() {
    let (_directory, file) = usage_file();
    let later = now().plus(Span::from_seconds(60));
    assert_eq!(file.known_since(now()), None);
    file.begin_if_empty(now()).unwrap();
    file.begin_if_empty(later).unwrap();
    assert_eq!(file.known_since(later), Some(now()));
    file.begin(later).unwrap();
    assert_eq!(file.known_since(later), Some(later));
    assert!(!file.has_absurd_beginning(later));
    assert_eq!(file.last(1, Use::Accepted, later), None);
}

#[test]
fn an_absurd_start_is_unknown_and_stays() {
    let (_directory, file) = usage_file();
    for absurd in [-1, i64::MIN, i64::MAX, now().unix() + 301] {
        file.0.write_all_at(&absurd.to_le_bytes(), 0).unwrap();
        assert_eq!(file.known_since(now()), None, "{absurd}");
        assert!(file.has_absurd_beginning(now()), "{absurd}");
        file.begin_if_empty(now()).unwrap();
        assert_eq!(file.known_since(now()), None, "{absurd}");
    }
    // Only zeros, or a truncated date.
    for len in [0, 7, 8, 16] {
        file.0.set_len(0).unwrap();
        file.0.set_len(len).unwrap();
        assert_eq!(file.known_since(now()), None, "{len}");
        assert!(!file.has_absurd_beginning(now()), "{len}");
    }
}

#[test]
fn a_truncated_entry_means_never() {
    let (_directory, file) = usage_file();
    file.0.write_all_at(&[1; 7], 16).unwrap();
    assert_eq!(file.last(1, Use::Accepted, now()), None);
}

#[test]
fn slots_beyond_the_limit_have_no_entry() {
    let (_directory, file) = usage_file();
    for slot in [-1, 0, MAX_SLOT, i64::MAX] {
        assert!(record(&file, slot, Use::Accepted, now()).is_err());
        assert_eq!(file.last(slot, Use::Accepted, now()), None);
        file.clear(slot).unwrap();
    }
    file.clear(MAX_SLOT - 1).unwrap();
    assert_eq!(file.0.metadata().unwrap().len(), 0);
}

#[test]
fn only_a_regular_file_with_one_name_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("keys.db");
    let usage = sidecar::usage_path(&db);
    std::fs::create_dir(&usage).unwrap();
    assert!(UsageFile::open_reading(&db).is_err());
    std::fs::remove_dir(&usage).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &usage).unwrap();
    assert!(UsageFile::open_reading(&db).is_err());
    std::fs::remove_file(&usage).unwrap();
    // A hard link is a regular file, but this one leads to keys.db.
    File::create(&db).unwrap();
    std::fs::hard_link(&db, &usage).unwrap();
    assert!(UsageFile::open_reading(&db).is_err());
    assert!(UsageFile::open_writing(&db).is_err());
    std::fs::remove_file(&db).unwrap();
    assert!(UsageFile::open_reading(&db).is_ok());
}
