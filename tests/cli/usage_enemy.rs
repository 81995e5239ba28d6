//! Attacks on the usage file: whatever an attacker writes to it or puts in its place, no
//! verdict changes, no command hangs, only records are written, and a last use is shown as a
//! credible date or as never.

use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixListener;

use super::sandbox::{Sandbox, has, is_root};
use super::siege::Shown::{self, Date, Never};
use super::siege::{Siege, now};

/// An attack: its name; lines of sh that prepare it, with `$U` for the file, `$DB` for the database
/// and `$D` for their directory; the last use that is shown after the attack; and the end of the
/// warning that the next use can't be recorded, if there is one.
type Attack = (&'static str, &'static str, Shown, &'static str);

fn check(attacks: &[Attack]) {
    for (name, lines, shown, error) in attacks {
        let siege = Siege::new();
        siege.arrange(lines);
        siege.check(name, *shown, error);
    }
}

#[test]
fn any_content_of_the_file_is_shown_as_a_date_or_never() {
    check(&[
        ("unchanged", "", Never, ""),
        ("empty", ": > $U", Never, ""),
        ("one byte", "printf x > $U", Never, ""),
        (
            "truncated before the record",
            "head -c 16 /dev/zero > $U",
            Never,
            "",
        ),
        (
            "truncated in the first date",
            "head -c 23 /dev/zero > $U",
            Never,
            "",
        ),
        (
            "truncated between the dates",
            "head -c 24 /dev/zero > $U",
            Never,
            "",
        ),
        (
            "truncated in the second date",
            "head -c 31 /dev/zero > $U",
            Never,
            "",
        ),
        (
            "truncated in the next record",
            "head -c 37 /dev/zero > $U",
            Never,
            "",
        ),
        ("random", "head -c 4096 /dev/urandom > $U", Never, ""),
        ("text", "yes apikey | head -c 4096 > $U", Never, ""),
        (
            "all ones",
            "head -c 4096 /dev/zero | tr '\\0' '\\377' > $U",
            Never,
            "",
        ),
        ("a terabyte of hole", "truncate -s 1T $U", Never, ""),
        ("a database", "cat $DB > $U", Never, ""),
        (
            "executable and accessible to all users",
            "chmod 777 $U",
            Never,
            "",
        ),
    ]);
}

#[test]
fn any_date_in_the_file_is_shown_as_credible_or_never() {
    for (name, date, shown) in [
        ("the least", i64::MIN, Never),
        ("the greatest", i64::MAX, Never),
        ("a second before 1970", -1, Never),
        ("1970", 0, Never),
        ("a second after", 1, Date),
        ("before what RFC 3339 can write", -62_167_219_201, Never),
        ("the last that RFC 3339 can write", 253_402_300_799, Never),
        ("the year 10000", 253_402_300_800, Never),
        ("the last of 32 bits", i64::from(u32::MAX), Never),
        ("an hour ahead", now() + 3600, Never),
        ("four minutes ahead", now() + 240, Date),
        ("yesterday", now() - 86_400, Date),
    ] {
        let siege = Siege::new();
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(siege.sandbox.usage())
            .unwrap();
        for at in [16, 24] {
            file.write_all_at(&date.to_le_bytes(), at).unwrap();
        }
        siege.check(name, shown, "");
    }
}

const NOT_REGULAR: &str = "not a regular file";
const LINK: &str = "Too many levels of symbolic links (os error 40)";
const HARD_LINK: &str = "the file has another hard link";

#[test]
fn any_file_in_its_place_is_left_alone() {
    check(&[
        (
            "missing",
            "rm $U",
            Never,
            "No such file or directory (os error 2)",
        ),
        (
            "a directory",
            "rm $U; mkdir $U",
            Never,
            "Is a directory (os error 21)",
        ),
        ("a pipe", "rm $U; mkfifo $U", Never, NOT_REGULAR),
        ("a link to nothing", "ln -sf nowhere $U", Never, LINK),
        ("a link to itself", "rm $U; ln -s $U $U", Never, LINK),
        (
            "a link to a file of the system",
            "ln -sf /etc/hosts $U",
            Never,
            LINK,
        ),
        (
            "a link to a secret",
            "echo $APIKEY > $D/s; ln -sf s $U",
            Never,
            LINK,
        ),
        ("a link to the database", "ln -sf keys.db $U", Never, LINK),
        (
            "a link to a usage file",
            "mv $U $D/u; ln -s u $U",
            Never,
            LINK,
        ),
        ("a link to a device", "ln -sf /dev/zero $U", Never, LINK),
        ("a link to a terminal", "ln -sf /dev/tty $U", Never, LINK),
        (
            "a hard link to a file",
            "yes | head -c 100 > $D/f; ln -f $D/f $U",
            Never,
            HARD_LINK,
        ),
        (
            "a hard link to a usage file",
            "ln $U $D/u",
            Never,
            HARD_LINK,
        ),
        (
            "a hard link to the database",
            "ln -f $DB $U",
            Never,
            HARD_LINK,
        ),
    ]);
}

#[test]
fn a_socket_in_its_place_is_left_alone() {
    let siege = Siege::new();
    std::fs::remove_file(siege.sandbox.usage()).unwrap();
    let _socket = UnixListener::bind(siege.sandbox.usage()).unwrap();
    siege.check("a socket", Never, "No such device or address (os error 6)");
}

#[test]
fn a_device_in_its_place_is_left_alone() {
    let is_possible = Sandbox::empty().shell("mknod d c 1 5 && head -c 1 d").code == 0;
    if !has("root, to create devices", is_root() && is_possible) {
        return;
    }
    // Without a terminal, /dev/tty can't be opened.
    let tty = "not a regular file | No such device or address (os error 6)";
    check(&[
        ("/dev/null", "rm $U; mknod $U c 1 3", Never, NOT_REGULAR),
        ("/dev/zero", "rm $U; mknod $U c 1 5", Never, NOT_REGULAR),
        ("/dev/full", "rm $U; mknod $U c 1 7", Never, NOT_REGULAR),
        ("/dev/random", "rm $U; mknod $U c 1 8", Never, NOT_REGULAR),
        ("/dev/tty", "rm $U; mknod $U c 5 0", Never, tty),
    ]);
}
