//! `verify --batch`: the verdict on each line, and when it comes. `verify_batch_changes` tests
//! changes and failures during a batch, and `verify_batch_costs` its memory and hashes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use sqlite_only::sqlite_only;

use super::hash_slots::{FIRST_SLOT, hold_from};
use super::presented::foreign;
use super::pty::Terminal;
use super::sandbox::{APIKEY, Ran, Sandbox, finish};
use super::waiting::{in_time, is_installed};

/// A running batch with its pipes: a test can wait for the verdict on a line before it writes the
/// next.
pub struct Coprocess {
    pub child: Child,
    pub stdin: ChildStdin,
    pub stdout: BufReader<ChildStdout>,
}

impl Coprocess {
    pub fn start(sandbox: &Sandbox, options: &[&str]) -> Self {
        let args = [&["verify", "--batch"], options].concat();
        Self::of(&mut sandbox.apikey(&args))
    }

    pub fn of(command: &mut std::process::Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Writes a line and returns its verdict. The input stays open.
    pub fn ask(&mut self, line: impl AsRef<[u8]>) -> String {
        self.write([line.as_ref(), b"\n"].concat());
        self.answer()
    }

    pub fn write(&mut self, input: impl AsRef<[u8]>) {
        let write = || self.stdin.write_all(input.as_ref());
        in_time(self.child.id(), "a reader of its input", write).unwrap();
    }

    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        let read = || self.stdout.read_line(&mut line);
        in_time(self.child.id(), "an answer", read).unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    /// Ends the input, and returns the rest of the output.
    pub fn end(self) -> Ran {
        let Self {
            child,
            stdin,
            mut stdout,
        } = self;
        drop(stdin);
        let mut rest = String::new();
        in_time(child.id(), "the end", || stdout.read_to_string(&mut rest)).unwrap();
        Ran {
            stdout: rest,
            ..finish(child)
        }
    }
}

pub fn batch(sandbox: &Sandbox, options: &[&str], input: impl AsRef<[u8]>) -> Ran {
    sandbox.feed(&[&["verify", "--batch"], options].concat(), input)
}

/// Creates keys, every third with an expensive hash. Returns each secret with its verdict.
fn keys_of_mixed_costs(sandbox: &Sandbox, count: usize) -> Vec<(String, String)> {
    let key = |n: usize| {
        let cost = if n.is_multiple_of(3) {
            "m=16384,t=3,p=1"
        } else {
            "m=8,t=1,p=1"
        };
        sandbox.sql(&format!("UPDATE settings SET argon2 = '{cost}'"));
        let name = format!("k{n}");
        (sandbox.key(&name), format!("accepted {name}"))
    };
    (0..count).map(key).collect()
}

#[test]
fn verdicts_come_in_the_order_of_the_lines_however_long_each_takes() {
    let sandbox = Sandbox::new();
    let mut known = keys_of_mixed_costs(&sandbox, 9);
    known.push((Sandbox::new().key("x"), "refused unknown".to_owned()));
    known.push(("nonsense".to_owned(), "refused malformed".to_owned()));
    // Each line occurs many times, in a changing order.
    let lines = (0..3000).map(|n| &known[(n * n + n / 7) % known.len()]);
    let (input, expected): (Vec<&str>, Vec<&str>) = lines
        .map(|(line, verdict)| (line.as_str(), verdict.as_str()))
        .unzip();
    let ran = batch(&sandbox, &[], input.join("\n")).exits(1);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
    assert_eq!(ran.stderr, "");
}

#[sqlite_only("locks on the usage file")]
#[test]
fn each_verdict_comes_before_the_next_line() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.key("a"), sandbox.key("b"));
    let mut batch = Coprocess::start(&sandbox, &[]);
    for _ in 0..20 {
        assert_eq!(batch.ask(&a), "accepted a");
        assert_eq!(batch.ask(""), "refused malformed");
        assert_eq!(batch.ask(format!("  {b}\r")), "accepted b");
    }
    // Verdicts on remembered secrets don't wait for a later line that needs a hash.
    let c = sandbox.key("c");
    let slots = hold_from(FIRST_SLOT, &sandbox);
    batch.write(format!("{a}\n{b}\n{c}\n{a}"));
    assert_eq!(batch.answer(), "accepted a");
    assert_eq!(batch.answer(), "accepted b");
    drop(slots);
    assert_eq!(batch.answer(), "accepted c");
    // The last line may lack its newline.
    assert_eq!(batch.end().exits(1).stdout, "accepted a\n");
}

#[test]
fn a_shell_can_use_it_as_a_coprocess() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("s"), sandbox.key("a")).unwrap();
    let ran = sandbox.shell(
        "mkfifo in out; $APIKEY verify --batch < in > out & exec 3> in 4< out
         for n in 1 2 3; do cat s >&3; echo >&3; read -r verdict <&4; echo \"$n $verdict\"; done
         exec 3>&-; wait $!",
    );
    let ran = ran.succeeds();
    assert_eq!(ran.stdout, "1 accepted a\n2 accepted a\n3 accepted a\n");
}

#[test]
fn a_line_that_is_no_secret_of_this_database_is_malformed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    let short = sandbox.show("a")["key"].as_str().unwrap().to_owned();
    let foreign = foreign();
    let lines: Vec<Vec<u8>> = vec![
        b"".into(),
        b" \t\r".into(),
        b"\0".into(),
        b"\xff\xfe".into(),
        b"x".repeat(4097),
        format!("{secret}{}", " ".repeat(5000)).into(),
        format!("\"{secret}\"").into(),
        format!("Bearer {secret}").into(),
        format!("{secret} {secret}").into(),
        format!("{secret}\0").into(),
        format!("\u{feff}\u{feff}{secret}").into(),
        format!("API_KEY={secret}").into(),
        short.into(),
        secret[1..].into(),
        secret[..62].into(),
        foreign.clone().into(),
    ];
    let expected = "refused malformed\n".repeat(lines.len());
    let malformed = lines.join(&b'\n');
    let ran = batch(&sandbox, &[], &malformed).exits(1);
    assert_eq!((ran.stdout, ran.stderr), (expected, String::new()));
    // Only the last line can't be decided without a database.
    let none = Sandbox::empty();
    let ran = batch(&none, &[], malformed).exits(5);
    let mut verdicts = ran.stdout.lines();
    assert_eq!(verdicts.next_back(), Some("error database-missing"));
    assert!(verdicts.all(|line| line == "refused malformed"));
    // White space around a secret is ignored, in a long line, too.
    let spaces = " ".repeat(2000);
    let around = format!("{spaces}{secret}{spaces}\r\n\n\t{secret}\n");
    let ran = batch(&sandbox, &[], around).exits(1);
    assert_eq!(ran.stdout, "accepted a\nrefused malformed\naccepted a\n");
}

#[test]
fn the_exit_code_is_that_of_the_last_error_else_1_if_any_was_refused_else_0() {
    let sandbox = Sandbox::new();
    let keys = ["a", "early", "bad"].map(|name| sandbox.key(name));
    let [good, early, bad] = keys.each_ref().map(String::as_str);
    sandbox.sql(
        "UPDATE keys SET created_at = 4102444800 WHERE name = 'early';
         UPDATE secrets SET hash = 'x' WHERE key = (SELECT number FROM keys WHERE name = 'bad')",
    );
    let (accepted, clock, damaged) = ("accepted a", "error clock", "error database-damaged");
    for (lines, verdicts, code) in [
        (&[good][..], &[accepted][..], 0),
        (&[good, good], &[accepted, accepted], 0),
        (
            &[good, "x", good],
            &[accepted, "refused malformed", accepted],
            1,
        ),
        (
            &["x", early, good],
            &["refused malformed", clock, accepted],
            75,
        ),
        (
            &[early, bad, "x"],
            &[clock, damaged, "refused malformed"],
            5,
        ),
        (&[bad, early, good], &[damaged, clock, accepted], 75),
    ] {
        let ran = batch(&sandbox, &[], lines.join("\n")).exits(code);
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), verdicts);
        // Only errors are explained on stderr.
        let errors = ran.stdout.contains("error");
        assert_eq!(ran.stderr.is_empty(), !errors, "{ran:?}");
    }
}

#[test]
fn each_error_is_explained_once_and_only_the_first_16() {
    let sandbox = Sandbox::new();
    let mut input = String::new();
    for n in 0..30 {
        input += &sandbox.key(&format!("k{n}"));
        input.push('\n');
    }
    // Each key's error names a different time.
    sandbox.sql("UPDATE keys SET created_at = 4102444800 + number");
    let ran = batch(&sandbox, &[], &input).exits(75);
    assert_eq!(ran.stdout, "error clock\n".repeat(30));
    let warnings = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "));
    assert_eq!(warnings.count(), 17, "{ran:?}");
    ran.says("further errors are not explained");
    // These errors are all equal.
    sandbox.sql("UPDATE secrets SET hash = 'x'");
    let ran = batch(&sandbox, &[], input.repeat(20)).exits(5);
    assert_eq!(ran.stdout, "error database-damaged\n".repeat(600));
    let explained: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(explained.len(), 2, "{ran:?}");
    assert!(explained[0].starts_with("warning: the stored hash is damaged"));
    assert!(explained[1].starts_with("hint: "));
}

#[test]
fn json_has_one_object_per_line_equal_to_that_of_verify() {
    let sandbox = Sandbox::new();
    let secret = sandbox.create(&["a", "-g", "readonly", "-d", "x \"y\""]);
    let bad = sandbox.key("bad");
    sandbox.sql(
        "UPDATE secrets SET hash = 'x' WHERE key = (SELECT number FROM keys WHERE name = 'bad')",
    );
    let unknown = Sandbox::new().key("x");
    let lines = [secret.as_str(), &unknown, "nonsense", &bad];
    for options in [
        &["--json"][..],
        &["--format", "jsonl"],
        &["--format", "json"],
    ] {
        let all = batch(
            &sandbox,
            &[options, &["--no-record"]].concat(),
            lines.join("\n"),
        );
        let all = all.exits(5);
        assert_eq!(all.stderr, "", "{options:?}");
        let objects: Vec<&str> = all.stdout.lines().collect();
        assert_eq!(objects.len(), lines.len());
        for (line, object) in lines.iter().zip(objects) {
            let single = sandbox.feed(&["verify", "--json", "--no-record"], line);
            // Without --batch an error goes to stderr.
            assert_eq!(format!("{object}\n"), single.stdout + &single.stderr);
        }
    }
}

#[test]
fn the_requirements_hold_for_every_line() {
    let sandbox = Sandbox::new();
    let a = sandbox.create(&["a", "-g", "readonly", "--allow", "x:y", "--expires", "9h"]);
    let b = sandbox.create(&["b", "-g", "admin", "--app", "shop"]);
    let input = format!("{a}\n{b}\n{a}\n");
    for (options, verdicts) in [
        (
            &["-g", "admin"][..],
            ["refused missing-group", "accepted b"],
        ),
        (&["--can", "x:y"], ["accepted a", "accepted b"]),
        (
            &["--app", "shop"],
            ["refused wrong-application", "accepted b"],
        ),
        (
            &["--min-remaining", "1d"],
            ["refused expires-soon", "accepted b"],
        ),
    ] {
        let ran = batch(&sandbox, options, &input);
        let [first, second] = verdicts;
        assert_eq!(ran.stdout, format!("{first}\n{second}\n{first}\n"));
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn remarks_are_printed_once_and_only_if_a_line_has_a_secret() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("lines"), format!("{secret}\n").repeat(500)).unwrap();
    let line = "$APIKEY verify --batch -g nosuch -g neither --min-remaining 1d < lines > out";
    let mut terminal = Terminal::open(&sandbox, 120, line);
    assert_eq!(terminal.ends(), 1);
    let printed = terminal.contents();
    assert_eq!(printed.lines().count(), 4, "{printed}");
    for remark in [
        "the key must be valid until 20",
        "no group \"nosuch\"",
        "no group \"neither\"",
    ] {
        assert!(printed.contains(remark), "{printed}");
    }
    let verdicts = std::fs::read_to_string(sandbox.path("out")).unwrap();
    assert_eq!(verdicts, "refused missing-group\n".repeat(500));
    std::fs::write(sandbox.path("lines"), "\n").unwrap();
    let mut terminal = Terminal::open(&sandbox, 120, line);
    assert_eq!(terminal.ends(), 1);
    assert_eq!(terminal.contents().lines().count(), 1);
}

#[test]
fn empty_input_is_an_error() {
    let sandbox = Sandbox::new();
    let ran = batch(&sandbox, &[], "").exits(2);
    let error = "error: the input has no lines\nhint: pass one secret per line on stdin\n";
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", error));
    let ran = batch(&sandbox, &["--json"], "").exits(2);
    assert_eq!((&*ran.stdout, &*ran.error_code()), ("", "invalid-input"));
    // A missing database doesn't change that.
    batch(&Sandbox::empty(), &[], "").exits(2);
}

#[test]
fn uses_are_recorded_after_the_verdict_is_written() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.key("a"), sandbox.create(&["b", "-g", "admin"]));
    let input = format!("{a}\n{b}\nx\n{a}\n");
    let dates = || {
        let dates = ["a", "b"].map(|name| sandbox.show(name));
        dates.map(|key| {
            (
                key["last_used_at"].is_string(),
                key["last_refused_at"].is_string(),
            )
        })
    };
    let never = (false, false);
    batch(&sandbox, &["--no-record"], &input).exits(1);
    assert_eq!(dates(), [never; 2]);
    // No verdict was written, so no use is recorded.
    std::fs::write(sandbox.path("s"), &input).unwrap();
    sandbox
        .shell("$APIKEY verify --batch < s > /dev/full")
        .exits(5);
    assert_eq!(dates(), [never; 2]);
    batch(&sandbox, &["-g", "readonly"], &input).exits(1);
    assert_eq!(dates(), [(true, false), (false, true)]);
    batch(&sandbox, &[], &input).exits(1);
    assert_eq!(dates(), [(true, false), (true, true)]);
}

#[sqlite_only("a slot of the usage file")]
#[test]
fn a_failed_record_prints_one_warning_and_other_uses_are_recorded() {
    let sandbox = Sandbox::new();
    let (a, b) = (sandbox.key("a"), sandbox.key("b"));
    sandbox
        .sql("UPDATE secrets SET slot = -1 WHERE key = (SELECT number FROM keys WHERE name = 'a')");
    let mut batch = Coprocess::start(&sandbox, &[]);
    for _ in 0..5 {
        assert_eq!(batch.ask(&a), "accepted a");
        assert_eq!(batch.ask(&b), "accepted b");
    }
    let ran = batch.end().succeeds();
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    ran.says("the use could not be recorded");
    assert!(sandbox.show("b")["last_used_at"].is_string());
}

#[test]
fn the_batch_ends_when_a_verdict_can_not_be_written() {
    let sandbox = Sandbox::new();
    let line = format!("{}\n", sandbox.key("a"));
    std::fs::write(sandbox.path("s"), line.repeat(10)).unwrap();
    let ran = sandbox
        .shell("$APIKEY verify --batch < s > /dev/full")
        .exits(5);
    ran.says("can't write to stdout");
    // A reader that leaves early has not seen every line accepted, so this is an error, too. The
    // batch doesn't wait for more lines.
    let mut batch = Coprocess::start(&sandbox, &[]);
    assert_eq!(batch.ask(line.trim_end()), "accepted a");
    let Coprocess {
        child,
        mut stdin,
        stdout,
    } = batch;
    drop(stdout);
    stdin.write_all(line.as_bytes()).unwrap();
    let ran = finish_with_stdin_open(child, stdin);
    ran.exits(5).says("can't write to stdout");
}

fn finish_with_stdin_open(child: Child, stdin: ChildStdin) -> Ran {
    let ran = finish(child);
    drop(stdin);
    ran
}

#[test]
fn batch_accepts_some_options_and_streams_and_refuses_others() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), secret).unwrap();
    for (line, code, error) in [
        ("verify --batch --key-file s", 2, "usage"),
        ("verify --batch --key-env K", 2, "usage"),
        ("verify --batch --format csv < s", 2, "usage"),
        ("verify --format jsonl < s", 2, "usage"),
        ("verify --batch < .", 2, "invalid-input"),
        ("verify --batch 0> x", 2, "invalid-input"),
        ("verify --batch > /dev/full < s", 5, "io"),
    ] {
        let plain = sandbox.shell(&format!("$APIKEY {line}")).exits(code);
        assert_eq!(plain.stdout, "", "{line}");
        if line.contains("jsonl") {
            assert_eq!(plain.error_code(), error);
        } else {
            assert!(plain.stderr.starts_with("error: "), "{plain:?}");
        }
        if !line.contains("--format") {
            let json = sandbox.shell(&format!("$APIKEY --json {line}")).exits(code);
            assert_eq!(json.error_code(), error, "{line}");
        }
    }
    sandbox.shell("$APIKEY verify --batch <&-").exits(2);
    sandbox.shell("$APIKEY verify --batch >&- < s").succeeds();
    sandbox
        .shell("$APIKEY verify --batch --format table 2>&- < s")
        .succeeds();
}

#[test]
fn a_partial_line_before_an_input_error_gets_no_verdict() {
    let sandbox = Sandbox::new();
    let secret = sandbox.key("a");
    std::fs::write(sandbox.path("s"), format!("{secret}\n{secret}")).unwrap();
    if !super::sandbox::has("strace", is_installed("strace")) {
        return;
    }
    // The first read of stdin returns everything; the second, which would find the end, fails.
    let mut traced = sandbox.program("strace");
    let fail = "-f -qq -o calls -P s -e trace=read -e inject=read:error=EIO:when=2";
    traced
        .args(fail.split(' '))
        .args([APIKEY, "verify", "--batch"]);
    traced.stdin(std::fs::File::open(sandbox.path("s")).unwrap());
    let ran = finish(traced.spawn().unwrap()).exits(2);
    assert_eq!(ran.stdout, "accepted a\n");
    let ran = ran.says("can't read stdin");
    // A batch reads only stdin: the hint names no option for another source.
    ran.says("hint: redirect or pipe the secrets to stdin");
}
