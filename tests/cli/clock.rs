//! A wrong clock, and times at the edge of a limit. libfaketime sets the clock of one process;
//! the binary has no option for it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlite_only::sqlite_only;

use super::sandbox::{Ran, Sandbox, finish, has};

/// 2027-03-01T12:00:00Z.
pub const NOON: i64 = 1_803_902_400;
pub const DAY: i64 = 86_400;

/// A sandbox in which commands run at any time.
pub struct Clock {
    pub sandbox: Sandbox,
    library: PathBuf,
}

impl Clock {
    /// Returns none if libfaketime is missing.
    pub fn new() -> Option<Self> {
        let directories = std::fs::read_dir("/usr/lib").unwrap().flatten();
        let mut libraries = directories.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
        let library = libraries.find(|library| library.exists());
        has("libfaketime", library.is_some()).then_some(())?;
        Some(Self {
            sandbox: Sandbox::new(),
            library: library?,
        })
    }

    /// Runs a command at `now`; its clock stands still.
    pub fn feed(&self, now: i64, args: &[&str], input: &str) -> Ran {
        let mut command = self.sandbox.apikey(args);
        self.set(&mut command, now);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    /// Sets the clock of the command, and of the processes that it starts.
    pub fn set(&self, command: &mut Command, now: i64) {
        let calendar = DateTime::from_timestamp(now, 0).filter(|_| now < 253_402_300_800);
        command
            .env("LD_PRELOAD", &self.library)
            // Waits take real time.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("TZ", "UTC");
        match calendar {
            Some(date) => command.env("FAKETIME", date.format("%Y-%m-%d %H:%M:%S").to_string()),
            None => command
                .env("FAKETIME", now.to_string())
                .env("FAKETIME_FMT", "%s"),
        };
    }

    pub fn run(&self, now: i64, args: &[&str]) -> Ran {
        self.feed(now, args, "")
    }

    /// Creates a key in the group readonly at `now`, and returns its secret.
    pub fn key(&self, now: i64, name: &str, args: &[&str]) -> String {
        let args = [&["create", name, "-g", "readonly"], args].concat();
        let ran = self.run(now, &args).succeeds();
        ran.stdout.trim_end().to_owned()
    }

    /// Returns the exit code and the verdict of `verify` at `now`.
    fn verify(&self, now: i64, args: &[&str], secret: &str) -> (i32, String) {
        let ran = self.feed(now, &[&["verify"], args].concat(), secret);
        (ran.code, ran.stdout)
    }

    /// Returns a field of the key at `now`.
    pub fn field(&self, now: i64, name: &str, field: &str) -> Value {
        self.run(now, &["show", name, "--json"]).succeeds().json()[field].clone()
    }

    fn names(&self, now: i64, args: &[&str]) -> Vec<String> {
        let args = [&["list", "--json", "-q"], args].concat();
        let listed = self.run(now, &args).succeeds().json();
        let name = |key: &Value| key["name"].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(name).collect()
    }
}

fn accepted(name: &str) -> (i32, String) {
    (0, format!("accepted {name}\n"))
}

fn refused(reason: &str) -> (i32, String) {
    (1, format!("refused {reason}\n"))
}

/// Formats `at` as RFC 3339.
pub fn rfc3339(at: i64) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp(at, 0).unwrap();
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_clock_more_than_five_minutes_before_the_creation_decides_nothing() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &[]);
    let usage = || std::fs::read(clock.sandbox.usage()).unwrap();
    let before = usage();
    for now in [
        NOON - 301,
        NOON - DAY,
        2_000_000_000 - DAY * 20_000,
        1,
        0,
        -1,
        -DAY,
    ] {
        for args in [&[][..], &["-g", "admin"], &["--min-remaining", "1d", "-q"]] {
            let ran = clock
                .feed(now, &[&["verify"], args].concat(), &secret)
                .exits(75);
            assert_eq!(ran.stdout, "", "{now}");
            let ran = ran.says(&format!("error: the clock says {}", rfc3339(now)));
            ran.says("the key was created at 2027-03-01T12:00:00Z");
        }
        let ran = clock.feed(now, &["verify", "--json"], &secret).exits(75);
        assert_eq!(
            (ran.stdout.as_str(), ran.error_code().as_str()),
            ("", "clock")
        );
        for time in [rfc3339(now), rfc3339(NOON)] {
            assert!(ran.stderr.contains(&time), "{ran:?}");
        }
        assert_eq!(usage(), before, "{now}");
    }
    // A caller without the right secret doesn't learn even that.
    let unknown = Sandbox::new().key("a");
    assert_eq!(clock.verify(NOON - 301, &[], &unknown), refused("unknown"));
    assert_eq!(
        clock.verify(NOON - 301, &[], "nonsense"),
        refused("malformed")
    );
    let hash = "(SELECT hash FROM secrets JOIN keys ON number = key WHERE name = 'b')";
    let other = clock.key(NOON, "b", &[]);
    clock.sandbox.sql(&format!(
        "UPDATE secrets SET hash = {hash} WHERE key = (SELECT number FROM keys WHERE name = 'a')"
    ));
    assert_eq!(clock.verify(NOON - 301, &[], &secret), refused("unknown"));
    clock
        .sandbox
        .sql("UPDATE secrets SET state = 'pending' WHERE key = (SELECT number FROM keys WHERE name = 'b')");
    assert_eq!(clock.verify(NOON - 301, &[], &other), refused("unknown"));
    assert_eq!(usage(), before);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_clock_five_minutes_before_the_creation_decides() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &[]);
    let early = NOON - 300;
    let missing = refused("missing-group");
    assert_eq!(clock.verify(early, &["-g", "admin"], &secret), missing);
    assert_eq!(clock.verify(early, &[], &secret), accepted("a"));
    for field in ["last_used_at", "last_refused_at"] {
        assert_eq!(clock.field(early, "a", field), rfc3339(early));
        assert_eq!(clock.field(NOON, "a", field), rfc3339(early));
    }
    assert_eq!(clock.names(early, &["--unused-for", "1s"]), [""; 0]);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_key_is_accepted_up_to_the_second_before_its_expiry() {
    let Some(clock) = Clock::new() else { return };
    let end = NOON + DAY;
    let secret = clock.key(NOON, "a", &["--expires", "1d"]);
    for args in [&[][..], &["--no-record"]] {
        assert_eq!(clock.verify(end - 1, args, &secret), accepted("a"));
        assert_eq!(clock.verify(end, args, &secret), refused("expired"));
        assert_eq!(clock.verify(end + 1, args, &secret), refused("expired"));
    }
    for (now, status) in [(end - 1, "active"), (end, "expired"), (end + 1, "expired")] {
        assert_eq!(clock.field(now, "a", "status"), status);
        assert_eq!(clock.names(now, &["--status", status]), ["a"]);
        let other = if status == "active" {
            "expired"
        } else {
            "active"
        };
        assert_eq!(clock.names(now, &["--status", other]), [""; 0]);
    }

    let min = |now| clock.verify(now, &["--min-remaining", "1h"], &secret);
    assert_eq!(min(end - 3601), accepted("a"));
    assert_eq!(min(end - 3600), accepted("a"));
    assert_eq!(min(end - 3599), refused("expires-soon"));
    let soon = |now| clock.names(now, &["--expires-within", "1h"]).len();
    let around = [end - 3601, end - 3600, end - 1, end, end + 1];
    assert_eq!(around.map(soon), [0, 1, 1, 0, 0]);

    // The expiry of a new key or user must be in the future.
    let until = rfc3339(end);
    let create = |now, name| {
        clock.run(
            now,
            &["create", name, "-g", "readonly", "--expires", &until],
        )
    };
    create(end, "b").exits(2);
    create(end + 1, "b").exits(2);
    create(end - 1, "b").succeeds();
    clock
        .run(end, &["user", "add", "u", "--expires", &until])
        .exits(2);
    let zero = ["create", "c", "-g", "readonly", "--expires", "0s"];
    clock.run(end, &zero).exits(2);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn an_owner_is_active_up_to_the_second_before_its_expiry() {
    let Some(clock) = Clock::new() else { return };
    let end = NOON + DAY;
    let user = [
        "user",
        "add",
        "u",
        "-g",
        "readonly",
        "-g",
        "admin",
        "--expires",
        "1d",
    ];
    clock.run(NOON, &user).succeeds();
    let secret = clock.key(NOON, "a", &["--owner", "u"]);
    assert_eq!(clock.verify(end - 1, &[], &secret), accepted("a"));
    assert_eq!(clock.verify(end, &[], &secret), refused("owner-expired"));
    assert_eq!(
        clock.verify(end + 1, &[], &secret),
        refused("owner-expired")
    );
    let min = |now| clock.verify(now, &["--min-remaining", "1h"], &secret);
    assert_eq!(min(end - 3600), accepted("a"));
    assert_eq!(min(end - 3599), refused("expires-soon"));

    // The same holds for an operator.
    let list = |now| {
        let mut command = clock.sandbox.apikey(&["list"]);
        clock.set(&mut command, now);
        finish(command.env("SUDO_USER", "u").spawn().unwrap()).code
    };
    assert_eq!([end - 1, end, end + 1].map(list), [0, 4, 4]);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_previous_shared_secret_is_valid_up_to_the_second_before_its_end() {
    let Some(clock) = Clock::new() else { return };
    let sign = || {
        let ran = clock.feed(NOON, &["shared-secret", "sign"], "x").succeeds();
        ran.stdout.trim_end().to_owned()
    };
    let rotate = ["shared-secret", "rotate", "--overlap", "1h"];
    clock.run(NOON, &["shared-secret", "create"]).succeeds();
    let old = sign();
    clock.run(NOON, &rotate).succeeds();
    let new = sign();
    let check = |now, signature| {
        let args = ["shared-secret", "check", signature];
        clock.feed(now, &args, "x").code
    };
    let around = [NOON, NOON + 3599, NOON + 3600, NOON + 3601];
    assert_eq!(around.map(|now| check(now, &old)), [0, 0, 1, 1]);
    assert_eq!(around.map(|now| check(now, &new)), [0; 4]);
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_leap_day_counts_as_a_day() {
    let Some(clock) = Clock::new() else { return };
    // 2028-02-28T12:00:00Z.
    let eve = 1_835_352_000;
    for (at, (when, expiry)) in [
        ("12h", "2028-02-29T00:00:00Z"),
        ("1d", "2028-02-29T12:00:00Z"),
        ("2d", "2028-03-01T12:00:00Z"),
        ("366d", "2029-02-28T12:00:00Z"),
        ("2028-02-29", "2028-02-29T00:00:00Z"),
        ("2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"),
        ("2028-02-29T23:30:00-01:00", "2028-03-01T00:30:00Z"),
        ("2400-02-29", "2400-02-29T00:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("k{at}");
        clock.key(eve, &name, &["--expires", when]);
        assert_eq!(clock.field(eve, &name, "expires_at"), expiry, "{when}");
    }
    for bad in [
        "2029-02-29",
        "2027-02-29",
        "2100-02-29",
        "2028-02-30",
        "2029-02-29T12:00:00Z",
    ] {
        let create = ["create", "x", "-g", "readonly", "--json", "--expires", bad];
        let ran = clock.run(eve, &create).exits(2);
        assert_eq!(
            (ran.stdout.as_str(), ran.error_code().as_str()),
            ("", "invalid-input"),
            "{bad}"
        );
        clock.run(eve, &["set-expiry", "k0", bad]).exits(2);
    }

    // On the day itself.
    let noon = eve + DAY;
    let secret = clock.key(noon, "leap", &["--expires", "365d"]);
    assert_eq!(
        clock.field(noon, "leap", "created_at"),
        "2028-02-29T12:00:00Z"
    );
    assert_eq!(
        clock.field(noon, "leap", "expires_at"),
        "2029-02-28T12:00:00Z"
    );
    assert_eq!(clock.verify(noon, &[], &secret), accepted("leap"));
    assert_eq!(
        clock.verify(noon + 365 * DAY - 1, &[], &secret),
        accepted("leap")
    );
    assert_eq!(
        clock.verify(noon + 365 * DAY, &[], &secret),
        refused("expired")
    );
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn no_clock_makes_a_command_panic() {
    let Some(clock) = Clock::new() else { return };
    // 9999-12-31T23:59:59Z, the last time that RFC 3339 can represent.
    let last = 253_402_300_799;
    let existing = clock.key(NOON, "existing", &[]);
    for (at, now) in [
        // The year 1.
        -62_135_596_800,
        // 1901, before the range of 32 bits.
        i64::from(i32::MIN) - 1,
        -DAY,
        -1,
        0,
        1,
        i64::from(i32::MAX),
        i64::from(i32::MAX) + 1,
        i64::from(u32::MAX) + 1,
        last - 1,
        last,
        last + 1,
        // Past chrono's calendar, too.
        99_999_999_999_999,
    ]
    .into_iter()
    .enumerate()
    {
        let shown = rfc3339(now.min(last));
        let end = now >= last;
        let is_behind = now < NOON;
        let name = format!("k{at}");
        let secret = clock.key(now, &name, &[]);
        assert_eq!(clock.field(now, &name, "created_at"), shown);
        let expires = ["create", "x", "-g", "readonly", "--expires", "1d"];
        clock.run(now, &expires).exits(match (is_behind, end) {
            (true, _) => 75,
            (_, true) => 2,
            _ => 0,
        });
        let set = ["set-expiry", &name, "90d"];
        clock.run(now, &set).exits(if is_behind { 75 } else { 0 });
        let expected = if end {
            refused("expired")
        } else {
            accepted(&name)
        };
        assert_eq!(clock.verify(now, &[], &secret), expected, "{now}");
        clock.run(now, &["set-expiry", &name, "never"]).succeeds();
        assert_eq!(clock.verify(now, &[], &secret), accepted(&name), "{now}");
        let used = clock.field(now, &name, "last_used_at");
        // Times up to the epoch can't be recorded as uses.
        let is_recorded = now > 0;
        assert_eq!(
            used,
            is_recorded
                .then_some(shown)
                .map_or(Value::Null, Value::from),
            "{now}"
        );
        let before = clock.verify(now, &[], &existing);
        let after = accepted("existing");
        assert_eq!(
            before,
            if now < NOON {
                (75, String::new())
            } else {
                after
            },
            "{now}"
        );
        for args in [
            &["list"][..],
            &["list", "--wide"],
            &["list", "--utc"],
            &["list", "--format", "csv", "--sort", "last_used_at"],
            &["list", "--unused-for", "365000d"],
            &["list", "--expires-within", "365000d"],
            &["show", "existing"],
            &["show", &name],
            &["deactivate", "existing"],
            &["activate", "existing"],
            &["user", "add", "u", "--expires", "2w"],
            &["user", "list"],
            &["group", "list"],
            &["user", "delete", "u", "-y"],
            &["delete", "x", "-y"],
            &["verify", "--help"],
            &["--db", "other.db", "init"],
        ] {
            for zone in ["UTC", "AHEAD-14", "BEHIND12"] {
                let mut command = clock.sandbox.apikey(args);
                clock.set(&mut command, now);
                let ran = finish(command.env("TZ", zone).spawn().unwrap());
                // The second deletion fails, and so does the deletion of a key that was not
                // created. In another zone libfaketime sets another time.
                let is_clock = ran.code == 75 && args.contains(&"--expires");
                assert!(
                    is_clock || [0, 2, 3].contains(&ran.code),
                    "{now} {zone} {args:?}: {ran:?}"
                );
                assert!(!ran.stderr.contains("panicked"), "{ran:?}");
            }
        }
        let _ = std::fs::remove_file(clock.sandbox.path("other.db"));
    }
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_time_in_the_future_is_shown_as_such() {
    let Some(clock) = Clock::new() else { return };
    clock.key(NOON, "a", &[]);
    // With a clock before the beginning of the usage file, the last use is unknown.
    for (now, created, used) in [
        (0, "in 20879 days", "unknown"),
        (NOON - 2 * DAY, "in 2 days", "Never"),
        (NOON - 300, "in 5 minutes", "Never"),
        (NOON - 1, "in 1 second", "Never"),
        (NOON, "now", "Never"),
        (NOON + 1, "1 second ago", "Never"),
        (NOON + 400 * DAY, "400 days ago", "Never"),
    ] {
        let table = clock.run(now, &["list"]).succeeds().stdout;
        let cells: Vec<&str> = table.split_whitespace().collect();
        let expected = format!("readonly {created} {used}");
        assert!(cells.join(" ").contains(&expected), "{now}: {table}");
    }
}

#[sqlite_only("libfaketime sets the clock of a process, and not that of the server")]
#[test]
fn a_clock_that_jumps_back_loses_no_use_and_ignores_uses_in_the_future() {
    let Some(clock) = Clock::new() else { return };
    let secret = clock.key(NOON, "a", &[]);
    let later = NOON + DAY;
    let used = |now| clock.field(now, "a", "last_used_at");
    let use_at = |now| assert_eq!(clock.verify(now, &[], &secret), accepted("a"));
    use_at(later);
    // The clocks of machines that share a file may differ by that much.
    for back in [1, 59, 60, 300] {
        assert_eq!(used(later - back), rfc3339(later), "{back}");
        use_at(later - back);
        assert_eq!(used(later - back), rfc3339(later), "{back}");
    }
    assert_eq!(used(later - 301), Value::Null);
    assert_eq!(clock.names(later - 301, &["--never-used"]), ["a"]);
    use_at(later - 301);
    assert_eq!(used(later - 301), rfc3339(later - 301));
    // The clock is corrected.
    assert_eq!(used(later), rfc3339(later - 301));
    use_at(later);
    assert_eq!(used(later), rfc3339(later));
    // The clock was a year ahead and is corrected.
    use_at(later + 365 * DAY);
    assert_eq!(used(later), Value::Null);
    use_at(later);
    assert_eq!(used(later), rfc3339(later));
    assert_eq!(used(later + 365 * DAY), rfc3339(later));
}
