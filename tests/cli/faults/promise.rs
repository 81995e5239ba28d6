//! What must hold after a run in which something failed.

use std::collections::BTreeSet;

use super::super::sandbox::{Sandbox, mode};
use super::commands::{FILE, First, Target};
use super::dump::{Dump, NEW, take};
use super::prepared::{Prepared, Run};

/// What a run left in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// All as it was.
    Nothing,
    /// All that was asked for.
    Whole,
    /// A key whose secret may be anywhere, and which is no use.
    Pending,
    /// No key, and in the log that it was made, and that it was withdrawn.
    Withdrawn,
}

const ALL: [State; 4] = [
    State::Nothing,
    State::Whole,
    State::Pending,
    State::Withdrawn,
];

/// Checks all that is promised, and says what was left. Whether it was `killed`, the
/// caller knows.
///
/// # Errors
/// The promise that is broken.
pub fn check(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    killed: bool,
) -> Result<State, String> {
    check_how_it_ended(run, killed)?;
    // The next command, which undoes what was cut off.
    let next = sandbox.run(&["list", "--json", "-q"]);
    if next.code != 0 {
        return Err(format!("the next command fails: {next:?}"));
    }
    let dump = take(&sandbox.sqlite())?;
    let state = state_of(prepared, &dump).ok_or_else(|| half(prepared, &dump))?;
    check_exit(prepared, run.ran.code, killed, state)?;
    // Another that writes leaves nothing of a journal.
    let next = sandbox.run(&["group", "set-description", "readonly", "changed"]);
    if next.code != 0 {
        return Err(format!("the next change fails: {next:?}"));
    }
    check_files(prepared, sandbox, run, killed, state)?;
    if prepared.command.target != Target::None {
        check_key(prepared, sandbox, run, state)?;
    }
    take(&sandbox.sqlite()).map(|_| state)
}

fn check_how_it_ended(run: &Run, killed: bool) -> Result<(), String> {
    let ran = &run.ran;
    // Where there is no memory at all Rust dies so before it comes to main.
    if ran.stderr.contains("panicked") && !killed {
        return Err("it panicked".to_owned());
    }
    // The loader ends so when it finds no library.
    let is_loaders = ran.code == 127 && ran.stderr.contains("error while loading shared libraries");
    if !killed && !is_loaders && ![0, 2, 3, 4, 5, 6, 7, 75].contains(&ran.code) {
        return Err("that is no exit code of the contract".to_owned());
    }
    Ok(())
}

/// Which state that is, if it is one of those allowed at all.
fn state_of(prepared: &Prepared, dump: &Dump) -> Option<State> {
    let (before, after) = (&prepared.before, &prepared.after);
    if dump == before {
        return Some(State::Nothing);
    }
    if dump == after {
        return Some(State::Whole);
    }
    if prepared.command.target == Target::None {
        return None;
    }
    let mut pending = after.clone();
    pending.log.pop();
    for row in &mut pending.rows {
        if row.starts_with("secrets ") && !before.rows.contains(row) {
            *row = row.replace("state=current", "state=pending");
        }
    }
    if *dump == pending {
        return Some(State::Pending);
    }
    // A slot is never given twice, so that one is spent.
    let is_sequence = |row: &&String| row.starts_with("sqlite_sequence ");
    let mut withdrawn = before.clone();
    withdrawn.rows.retain(|row| !is_sequence(&row));
    let spent = after.rows.iter().filter(is_sequence).cloned();
    withdrawn.rows.extend(spent);
    withdrawn.rows.sort();
    // A commit that failed may have been made all the same, before it was undone.
    let undone = dump.log.len().saturating_sub(before.log.len() + 1);
    withdrawn
        .log
        .extend_from_slice(&after.log[before.log.len()..][..undone.min(1)]);
    let last = dump.log.last()?;
    let tells = ["action=hand-over-failed ", " key=ID "];
    if undone > 0 && tells.iter().all(|word| last.contains(word)) {
        withdrawn.log.push(last.clone());
    }
    (*dump == withdrawn).then_some(State::Withdrawn)
}

/// What is there that was not there before, and the other way round.
fn half(prepared: &Prepared, dump: &Dump) -> String {
    let all = |dump: &Dump| [dump.rows.clone(), dump.log.clone()].concat();
    let (before, now) = (all(&prepared.before), all(dump));
    let gone = before.iter().filter(|row| !now.contains(row));
    let come = now.iter().filter(|row| !before.contains(row));
    let lines = gone.map(|row| format!("- {row}"));
    let lines: Vec<_> = lines.chain(come.map(|row| format!("+ {row}"))).collect();
    format!("half a change:\n{}", lines.join("\n"))
}

/// The exit code of what SIGKILL ended, as a shell has it.
const KILLED: i32 = 137;

fn check_exit(prepared: &Prepared, code: i32, killed: bool, state: State) -> Result<(), String> {
    let allowed: &[State] = match code {
        0 => &[State::Whole],
        6 => &[State::Nothing, State::Withdrawn],
        7 => &ALL,
        // Who was about to undo it all may be killed, too.
        _ if killed && prepared.command.first.is_some() => &ALL,
        KILLED => &[State::Nothing, State::Whole, State::Pending],
        // Every other signal waits for the end of the change, or for the key to be gone.
        _ if killed && prepared.command.target == Target::None => &[State::Nothing, State::Whole],
        _ if killed => &[State::Nothing, State::Withdrawn],
        _ => &[State::Nothing],
    };
    if allowed.contains(&state) {
        Ok(())
    } else {
        Err(format!("exit {code} leaves {state:?}"))
    }
}

fn check_files(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    killed: bool,
    state: State,
) -> Result<(), String> {
    let mut left: BTreeSet<_> = sandbox.files().into_iter().collect();
    for path in [sandbox.db(), sandbox.usage()] {
        if !left.remove(&path) || mode(&path) != 0o600 {
            return Err(format!("{} is missing, or open to others", path.display()));
        }
    }
    let out = left.remove(&sandbox.path(FILE));
    let code = run.ran.code;
    match prepared.command.target {
        Target::Export if code == 0 && !out => return Err("there is no file".to_owned()),
        Target::Export if out && mode(&sandbox.path(FILE)) != 0o600 => {
            return Err("the file is open to others".to_owned());
        }
        // A file can't be taken back where that very call fails, which is told.
        Target::Export if out && !killed && ![0, 7].contains(&code) => {
            let told = run.ran.stderr.contains("is left, which belongs to no key");
            if !told || state == State::Whole {
                return Err("the file is left".to_owned());
            }
        }
        _ => {}
    }
    // Where a file must have a name, who is killed leaves it, and who can't unlink it.
    let is_named = |first: First| first.call == "openat";
    let may_stay =
        (killed || run.has_failed("unlink")) && prepared.command.first.is_some_and(is_named);
    left.retain(|path| !(may_stay && path.to_string_lossy().contains("/.apikey-")));
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("left over: {left:?}"))
    }
}

/// Checks that who has an active key's secret exists, and that a pending one is known
/// for what it is.
fn check_key(
    prepared: &Prepared,
    sandbox: &Sandbox,
    run: &Run,
    state: State,
) -> Result<(), String> {
    let shown = match prepared.command.target {
        Target::Export => std::fs::read_to_string(sandbox.path(FILE)).unwrap_or_default(),
        _ => run.shown.clone(),
    };
    let secret = if prepared.command.args.contains(&"--json") {
        serde_json::from_str(&shown).map_or(String::new(), |json: serde_json::Value| {
            json["secret"].as_str().unwrap_or_default().to_owned()
        })
    } else {
        // Whole, to its last byte.
        shown.strip_suffix('\n').unwrap_or_default().to_owned()
    };
    let verify = || sandbox.feed(&["verify", "--no-record"], &secret).code;
    match state {
        State::Whole if secret.is_empty() => Err("an active key that nobody has".to_owned()),
        State::Whole if verify() != 0 => Err("the secret does not verify".to_owned()),
        State::Pending => {
            if !secret.is_empty() && verify() != 1 {
                return Err("the secret of a pending key verifies".to_owned());
            }
            let shown = sandbox.run(&["show", NEW, "--json"]);
            if shown.code != 0 || shown.json()["status"] != "pending" {
                return Err(format!("show of a pending key: {shown:?}"));
            }
            let deleted = sandbox.run(&["delete", NEW, "--yes"]);
            let gone = sandbox.run(&["show", NEW]);
            match (deleted.code, gone.code) {
                (0, 3) => Ok(()),
                _ => Err(format!("delete of a pending key: {deleted:?}")),
            }
        }
        _ => Ok(()),
    }
}
