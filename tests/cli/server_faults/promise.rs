//! The promises that must hold after a run whose connection was cut.

use super::super::sandbox::Ran;
use super::commands::{NEW, Target};
use super::place::{Place, Template};
use super::proxy::{Sequel, Side, Stage};
use super::{Plan, Prepared};

/// The state in which a run left the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing changed.
    Nothing,
    /// The change is complete.
    Complete,
    /// There is a pending secret, which may have been delivered but is not accepted.
    Pending,
    /// There is nothing new but entries in the log.
    Withdrawn,
}

/// Checks every promise, and returns the state of the database.
///
/// # Errors
/// The broken promise.
pub fn check(
    prepared: &Prepared,
    plan: &Plan,
    place: &Place,
    template: &Template,
    ran: &Ran,
) -> Result<State, String> {
    if ran.stderr.contains("panicked") {
        return Err("it panicked".to_owned());
    }
    let is_closed = plan.cut.sequel == Sequel::Closed;
    if ran.code == 7 && is_closed {
        return Err("the outcome could have been resolved".to_owned());
    }
    let has_arrived = plan.cut.side == Side::Server || plan.cut.stage == Stage::After;
    if ran.code != prepared.command.good && is_closed && has_arrived && plan.is_decisive {
        return Err("the change was committed, and the command could have continued".to_owned());
    }
    let target = prepared.command.target;
    if matches!(target, Target::Init | Target::Restore) {
        return check_init(prepared, place, ran);
    }
    let files = place.read_file();
    let state = state_of(prepared, place, template)?;
    check_exit(prepared, ran.code, state)?;
    check_chain(place)?;
    match target {
        Target::None | Target::Verify => {}
        Target::Renewed => check_renewed(place, template, &files, ran.code)?,
        _ => check_issued(prepared, place, template, ran, &files, state)?,
    }
    Ok(state)
}

fn state_of(prepared: &Prepared, place: &Place, template: &Template) -> Result<State, String> {
    if place.content() == template.content {
        return Ok(State::Nothing);
    }
    let dump = place.dump();
    if dump == prepared.after {
        return Ok(State::Complete);
    }
    let is_log = |line: &&String| line.starts_with("log|");
    let rows = |dump: &[String]| -> Vec<String> {
        let rows = dump.iter().filter(|line| !is_log(line));
        rows.cloned().collect()
    };
    let has = |action: &str| {
        let new = dump[..].iter().filter(|line| !template.dump.contains(line));
        new.into_iter()
            .any(|line| line.contains(&format!("|{action}|")))
    };
    if rows(&dump) == rows(&template.dump) && has("hand-over-failed") {
        return Ok(State::Withdrawn);
    }
    if rows(&dump).iter().any(|row| row.contains("pending")) && !has("hand-over") {
        let others = |dump: &[String]| -> Vec<String> {
            let is_other = |row: &String| {
                !row.starts_with(&format!("keys|{NEW}|")) && !row.starts_with("keys|a|")
            };
            rows(dump).into_iter().filter(is_other).collect()
        };
        if others(&dump) == others(&template.dump) {
            return Ok(State::Pending);
        }
    }
    let removed = template.dump.iter().filter(|row| !dump.contains(row));
    let added = dump.iter().filter(|row| !template.dump.contains(row));
    let lines = removed.map(|row| format!("- {row}"));
    let lines: Vec<String> = lines.chain(added.map(|row| format!("+ {row}"))).collect();
    Err(format!("half a change:\n{}", lines.join("\n")))
}

fn check_exit(prepared: &Prepared, code: i32, state: State) -> Result<(), String> {
    let target = prepared.command.target;
    let allowed: &[State] = match (code, target) {
        (0 | 4 | 75, Target::Verify) => &[State::Nothing],
        (_, Target::Verify) => &[],
        (good, _) if good == prepared.command.good => &[State::Complete],
        (6, _) => &[State::Nothing, State::Withdrawn],
        (7, Target::None | Target::Init | Target::Restore) => &[State::Nothing, State::Complete],
        (7, _) => &[
            State::Nothing,
            State::Complete,
            State::Pending,
            State::Withdrawn,
        ],
        (75, _) => &[State::Nothing],
        _ => &[],
    };
    if allowed.contains(&state) {
        Ok(())
    } else {
        Err(format!("exit {code} leaves {state:?}"))
    }
}

fn check_chain(place: &Place) -> Result<(), String> {
    let verified = place.run(None, &["log", "verify"], "");
    match verified.code {
        0 => Ok(()),
        _ => Err(format!("the log: {verified:?}")),
    }
}

/// Checks that the new secret is accepted if the change is complete, and only then; and that the
/// old secret of the key `a` is accepted as long as it should be.
fn check_issued(
    prepared: &Prepared,
    place: &Place,
    template: &Template,
    ran: &Ran,
    file: &str,
    state: State,
) -> Result<(), String> {
    let shown = match prepared.command.target {
        Target::Export => file,
        _ => &ran.stdout,
    };
    let secret = shown.trim_end();
    let is_accepted = |secret: &str| {
        !secret.is_empty() && place.run(None, &["verify", "--no-record"], secret).code == 0
    };
    let is_complete = state == State::Complete;
    if is_accepted(secret) != is_complete {
        return Err(format!("the new secret {secret:?} after {state:?}"));
    }
    if ran.code == 6 && !file.is_empty() {
        return Err("the file remains".to_owned());
    }
    let args = prepared.command.args;
    let ends = is_complete && args[0] == "rotate" && args.contains(&"0s");
    if is_accepted(&template.secret) == ends {
        return Err(format!("the secret of the key a after {state:?}"));
    }
    Ok(())
}

/// Checks that the file holds a secret that is accepted, as the old one is.
fn check_renewed(place: &Place, template: &Template, file: &str, code: i32) -> Result<(), String> {
    for secret in [file.trim_end(), &template.secret] {
        let verified = place.run(None, &["verify", "--no-record"], secret);
        if verified.code != 0 {
            return Err(format!("a secret that clients have: {verified:?}"));
        }
    }
    match (code, file.trim_end() == template.secret) {
        (0, true) => Err("the file is not renewed".to_owned()),
        _ => Ok(()),
    }
}

/// Checks that the schema is complete or not there, and that the next run of the command says
/// which.
fn check_init(prepared: &Prepared, place: &Place, ran: &Ran) -> Result<State, String> {
    let state = if place.is_empty() {
        State::Nothing
    } else if place.dump() == prepared.after {
        State::Complete
    } else {
        return Err("half a schema".to_owned());
    };
    check_exit(prepared, ran.code, state)?;
    // A restore leaves its backup, so the same command can run again.
    let next = place.run(None, prepared.command.args, "");
    let expected = if state == State::Nothing { 0 } else { 3 };
    if next.code != expected {
        return Err(format!("the next run: {next:?}"));
    }
    Ok(state)
}
