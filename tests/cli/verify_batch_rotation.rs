//! `verify --batch` while every key is rotated.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use serde_json::Value;

use super::sandbox::Sandbox;
use super::verify_batch::Coprocess;
use super::waiting::{during, wait_for};

const KEYS: usize = 40;
const ROUNDS: usize = 2;

/// A secret of a key, and the time from which on it is refused, once that is known.
#[derive(Clone)]
struct Issued {
    secret: String,
    end: Option<Duration>,
}

/// A verdict, with the times before the question and after the answer.
struct Answer {
    key: usize,
    generation: usize,
    asked: Duration,
    verdict: String,
    answered: Duration,
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn end_of_previous(key: &Value) -> Duration {
    let end = key["previous"]["valid_until"].as_str().unwrap();
    let end = DateTime::parse_from_rfc3339(end).unwrap().timestamp();
    Duration::from_secs(end.try_into().unwrap())
}

/// Rotates each key twice, the second time after the first overlap.
fn rotate_all(sandbox: &Sandbox, keys: &[Mutex<Vec<Issued>>]) {
    for _ in 0..ROUNDS {
        for (number, key) in keys.iter().enumerate() {
            let ends = || key.lock().unwrap().iter().filter_map(|it| it.end).max();
            wait_for("the overlap ends", || ends().is_none_or(|end| end <= now()));
            let name = format!("k{number}");
            let rotated = sandbox.run(&["rotate", &name, "--overlap", "2s"]);
            let secret = rotated.succeeds().stdout.trim_end().to_owned();
            let end = end_of_previous(&sandbox.show(&name));
            let mut secrets = key.lock().unwrap();
            secrets.last_mut().unwrap().end = Some(end);
            secrets.push(Issued { secret, end: None });
        }
    }
    let ends = keys.iter().flat_map(|key| key.lock().unwrap().clone());
    let last = ends.filter_map(|issued| issued.end).max().unwrap();
    wait_for("the last overlap ends", || last <= now());
}

/// A batch to which secrets are presented, and its answers.
struct Asking {
    batch: Coprocess,
    answers: Vec<Answer>,
}

impl Asking {
    /// Presents every secret that was issued until now.
    fn ask_for_all(&mut self, keys: &[Mutex<Vec<Issued>>]) {
        for (key, secrets) in keys.iter().enumerate() {
            let secrets = secrets.lock().unwrap().clone();
            for (generation, issued) in secrets.iter().enumerate() {
                let asked = now();
                let verdict = self.batch.ask(&issued.secret);
                self.answers.push(Answer {
                    key,
                    generation,
                    asked,
                    verdict,
                    answered: now(),
                });
            }
        }
    }
}

#[test]
fn while_all_keys_are_rotated_each_secret_is_accepted_until_its_end_and_not_after() {
    let sandbox = Sandbox::new();
    let key = |number: usize| {
        let secret = sandbox.key(&format!("k{number}"));
        Mutex::new(vec![Issued { secret, end: None }])
    };
    let keys: Vec<_> = (0..KEYS).map(key).collect();
    let asking = Mutex::new(Asking {
        batch: Coprocess::start(&sandbox, &[]),
        answers: Vec::new(),
    });
    let ask = || asking.lock().unwrap().ask_for_all(&keys);
    during(ask, || rotate_all(&sandbox, &keys));
    ask();
    let Asking { batch, answers } = asking.into_inner().unwrap();
    assert_eq!(batch.end().exits(1).stderr, "");
    let (mut accepted, mut refused) = (0, 0);
    for answer in answers {
        let issued = keys[answer.key].lock().unwrap()[answer.generation].clone();
        // A verdict that came around the end may be either.
        if issued.end.is_none_or(|end| answer.answered < end) {
            assert_eq!(answer.verdict, format!("accepted k{}", answer.key));
            accepted += 1;
        } else if issued.end.is_some_and(|end| end <= answer.asked) {
            assert_eq!(answer.verdict, "refused rotated");
            refused += 1;
        }
    }
    let ended = KEYS * ROUNDS;
    assert!(accepted >= KEYS && refused >= ended, "{accepted} {refused}");
}
