//! The sweep of lost connections: the connection of a command that changes something is cut at a
//! message, and every promise holds. The exit code of a run without a cut, which is 0 but for a
//! scan that finds something live, means that the change is complete and its secret is accepted, 7
//! that the outcome must be checked, and any other code that nothing new is usable, and that what
//! was usable still is.
//!
//! By default there are 600 cuts, a sample of those at every message of every command,
//! with all that concern a COMMIT. `APIKEY_CUTS=10000 cargo test --all-features --test postgres
//! server_faults -- --nocapture` does ten thousand.

mod commands;
pub mod place;
mod promise;
mod proxy;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sandbox::Ran;
use super::server::Server;
use commands::{COMMANDS, Command, Input, NEW, Target};
use place::{Place, Template};
use promise::{State, check};
use proxy::{Cut, Message, Proxy, Sequel, Side, Stage};

/// The default number of cuts.
const CUTS: usize = 600;

/// The number of times that a cut is tried.
const ATTEMPTS: usize = 3;

/// A command, and what a run without a cut showed.
struct Prepared {
    command: Command,
    /// The stored data afterwards.
    after: Vec<String>,
    messages: Vec<Message>,
}

/// A cut of a command's connection.
#[derive(Debug, Clone, Copy)]
struct Plan {
    command: usize,
    cut: Cut,
    /// Whether every sample must include it.
    is_decisive: bool,
}

/// The results of all runs.
#[derive(Default)]
struct Tally {
    /// The runs whose connection was cut.
    cut: usize,
    ends: BTreeMap<(i32, State), usize>,
    broken: Vec<String>,
}

#[test]
fn after_every_cut_a_change_is_complete_or_undone_and_the_exit_code_says_which() {
    let Some(server) = Server::shared() else {
        return;
    };
    let wanted = std::env::var("APIKEY_CUTS").map_or(CUTS, |number| number.parse().unwrap());
    let template = Template::new(server);
    let prepared = in_parallel(COMMANDS.len(), |at| {
        Prepared::new(server, &template, COMMANDS[at])
    });
    let plans = sample(&prepared, wanted);
    let tally = Mutex::new(Tally::default());
    let spare = Mutex::new(Vec::new());
    in_parallel(plans.len(), |at| {
        let plan = plans[at];
        let prepared = &prepared[plan.command];
        // The number of messages varies slightly, so a cut may not happen at first.
        for attempt in 1..=ATTEMPTS {
            // A database is used again.
            let is_usable = !matches!(prepared.command.target, Target::Init | Target::Restore);
            let reused = spare.lock().unwrap().pop().filter(|_| is_usable);
            let place = reused.unwrap_or_else(|| prepared.place(server, &template));
            let (ran, is_cut) = prepared.run(&place, &template, Some(plan.cut));
            let checked = check(prepared, &plan, &place, &template, &ran);
            if is_usable {
                if !matches!(checked, Ok(State::Nothing)) {
                    place.reset();
                }
                spare.lock().unwrap().push(place);
            }
            if is_cut || checked.is_err() || attempt == ATTEMPTS {
                let mut tally = tally.lock().unwrap();
                return tally.add(prepared, plan.cut, &ran, is_cut, checked);
            }
        }
    });
    let tally = tally.into_inner().unwrap();
    tally.print();
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
    assert!(tally.cut * 100 >= plans.len() * 95);
    assert!(tally.cut >= 500);
}

impl Prepared {
    /// Runs a command without a cut.
    fn new(server: &'static Server, template: &Template, command: Command) -> Self {
        let mut prepared = Self {
            command,
            after: Vec::new(),
            messages: Vec::new(),
        };
        let place = prepared.place(server, template);
        let proxy = Proxy::start(&place.server(), None);
        let ran = prepared.run_through(&proxy, &place, template);
        assert_eq!(ran.code, command.good, "{:?}: {ran:?}", command.args);
        prepared.messages = proxy.passed();
        drop(proxy);
        prepared.after = place.dump();
        let is_change = command.target != Target::Verify;
        assert_eq!(
            prepared.after != template.dump,
            is_change,
            "{:?}",
            command.args
        );
        prepared
    }

    fn place(&self, server: &'static Server, template: &Template) -> Place {
        match self.command.target {
            Target::Init | Target::Restore => Place::empty(server),
            _ => Place::copy(server, template),
        }
    }

    /// Runs the command. Returns whether the connection was cut, too.
    fn run(&self, place: &Place, template: &Template, cut: Option<Cut>) -> (Ran, bool) {
        let proxy = Proxy::start(&place.server(), cut);
        let ran = self.run_through(&proxy, place, template);
        (ran, proxy.is_cut())
    }

    fn run_through(&self, proxy: &Proxy, place: &Place, template: &Template) -> Ran {
        place.take_files();
        match self.command.target {
            Target::Renewed => place.write_secret(&template.secret),
            Target::Restore => template.write_backup(&place.file()),
            _ => {}
        }
        let keys = format!("name,key\n{NEW},0123456789abcdef\n");
        let input = match self.command.input {
            Input::None => "",
            Input::Secret => &template.secret,
            Input::Keys => &keys,
        };
        place.run(Some(proxy), self.command.args, input)
    }

    /// Returns every cut of the command's connections.
    fn plans(&self, command: usize) -> Vec<Plan> {
        let mut plans = Vec::new();
        for message in &self.messages {
            for sequel in [Sequel::Closed, Sequel::Down, Sequel::Silent] {
                let stages: &[Stage] = match message.side {
                    Side::Client => &[Stage::Before, Stage::After],
                    Side::Server => &[Stage::Before],
                };
                plans.extend(stages.iter().map(|&stage| Plan {
                    command,
                    cut: Cut {
                        side: message.side,
                        at: message.at,
                        of_commit: message.of_commit,
                        stage,
                        sequel,
                    },
                    is_decisive: message.of_commit.is_some() && sequel != Sequel::Silent,
                }));
            }
        }
        plans
    }
}

/// Returns about `wanted` cuts: all decisive ones, and an even share of the others of every
/// command. One in ten of these is silent, since the command waits then.
fn sample(prepared: &[Prepared], wanted: usize) -> Vec<Plan> {
    let commands = prepared.iter().zip(0..);
    let all = commands.flat_map(|(prepared, at)| prepared.plans(at));
    let (decisive, others): (Vec<Plan>, Vec<Plan>) = all.partition(|plan| plan.is_decisive);
    let is_silent = |plan: &Plan| plan.cut.sequel == Sequel::Silent;
    let (silent, others): (Vec<Plan>, Vec<Plan>) = others.into_iter().partition(is_silent);
    let rest = wanted.saturating_sub(decisive.len());
    [
        decisive,
        evenly(&others, rest * 9 / 10),
        evenly(&silent, rest / 10),
    ]
    .concat()
}

fn evenly(plans: &[Plan], wanted: usize) -> Vec<Plan> {
    let wanted = wanted.min(plans.len());
    let at = |i: usize| (2 * i + 1) * plans.len() / (2 * wanted);
    (0..wanted).map(|i| plans[at(i)]).collect()
}

impl Tally {
    fn add(
        &mut self,
        prepared: &Prepared,
        cut: Cut,
        ran: &Ran,
        is_cut: bool,
        checked: Result<State, String>,
    ) {
        self.cut += usize::from(is_cut);
        match checked {
            Ok(state) => *self.ends.entry((ran.code, state)).or_default() += 1,
            Err(promise) => {
                let args = prepared.command.args.join(" ");
                self.broken
                    .push(format!("{args}: {cut:?}: {promise}\n  {ran:?}"));
            }
        }
    }

    /// Prints the tally on stderr directly, since the test harness captures eprintln.
    fn print(&self) {
        let mut stderr = std::io::stderr();
        let (cut, broken) = (self.cut, self.broken.len());
        let _ = writeln!(stderr, "cut connections: {cut}, {broken} broken promises");
        for ((code, state), count) in &self.ends {
            let _ = writeln!(stderr, "  exit {code:>3}, {state:<9?} {count}");
        }
    }
}

/// Runs `task` for each number below `count`, on every processor.
fn in_parallel<T: Send>(count: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    // Most of the time a run waits for processes to start and end.
    let workers = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return;
                    }
                    let result = task(at);
                    done.lock().unwrap().push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
