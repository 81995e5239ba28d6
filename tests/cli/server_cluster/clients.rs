//! Clients that change and verify keys without pause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;
use std::time::Instant;

use super::super::sandbox::Ran;
use super::cluster::{Cluster, Side};
use super::record::{Record, Run, Verdict};

/// Clients, each with one process after another.
pub struct Clients<'a> {
    cluster: &'a Cluster,
    pub record: Record,
    is_over: AtomicBool,
}

/// Stops the clients when it is dropped.
pub struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Clients<'a> {
    pub fn new(cluster: &'a Cluster) -> Self {
        Self {
            cluster,
            record: Record::default(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Starts eight clients on the bridge. They stop when the result is dropped.
    pub fn start<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Stop<'s> {
        for number in 0..8 {
            scope.spawn(move || match number {
                0 | 1 => self.create_keys(&format!("c{number}")),
                2 | 3 => self.rotate_key(&format!("r{number}")),
                4 => self.deactivate_keys(Side::Bridge, "d"),
                _ => self.verify_secrets(Side::Bridge),
            });
        }
        Stop(&self.is_over)
    }

    /// Starts two clients on the machine of a node: one changes keys, and one verifies.
    pub fn start_on<'s>(&'s self, scope: &'s Scope<'s, '_>, node: u8) {
        let side = Side::Node(node);
        scope.spawn(move || self.deactivate_keys(side, "n"));
        scope.spawn(move || self.verify_secrets(side));
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn create_keys(&self, prefix: &str) {
        for number in 0.. {
            if self.is_over() {
                return;
            }
            self.create(Side::Bridge, &format!("{prefix}-{number}"));
        }
    }

    /// Creates a key, with another attempt after each that changed nothing. Returns the secret, or
    /// none if it is unknown whether there is a key.
    fn create(&self, side: Side, name: &str) -> Option<String> {
        while !self.is_over() {
            let (ran, secret) = self.change(side, &["create", name, "--group", "readonly"]);
            match ran.code {
                0 => {
                    self.record.set(&secret, Verdict::Accepted);
                    return Some(secret);
                }
                7 => {
                    self.record.set(&secret, Verdict::Unknown);
                    return None;
                }
                _ => self.record.set(&secret, Verdict::Refused),
            }
        }
        None
    }

    /// Rotates a key again and again. Each rotation ends the previous secret at once.
    fn rotate_key(&self, prefix: &str) {
        let mut names = (0..).map(|number| format!("{prefix}-{number}"));
        let created = names.find_map(|name| {
            let secret = self.create(Side::Bridge, &name);
            let is_created = secret.is_some() || self.is_over();
            is_created.then_some((name, secret))
        });
        let Some((name, Some(secret))) = created else {
            return;
        };
        // Several, if it is unknown which of them the key has.
        let mut secrets = vec![secret];
        while !self.is_over() {
            self.set_all(&secrets, Verdict::Unknown);
            let (ran, new) = self.change(Side::Bridge, &["rotate", &name, "--overlap", "0s"]);
            match ran.code {
                0 => {
                    self.set_all(&secrets, Verdict::Refused);
                    self.record.set(&new, Verdict::Accepted);
                    secrets = vec![new];
                }
                7 => {
                    self.record.set(&new, Verdict::Unknown);
                    secrets.push(new);
                }
                _ => {
                    self.record.set(&new, Verdict::Refused);
                    if secrets.len() == 1 {
                        self.set_all(&secrets, Verdict::Accepted);
                    }
                }
            }
        }
    }

    fn set_all(&self, secrets: &[String], verdict: Verdict) {
        for secret in secrets {
            self.record.set(secret, verdict);
        }
    }

    /// Creates keys and deactivates each.
    fn deactivate_keys(&self, side: Side, prefix: &str) {
        for number in 0.. {
            if self.is_over() {
                return;
            }
            let name = format!("{prefix}-{number}");
            if let Some(secret) = self.create(side, &name) {
                self.deactivate(side, &name, &secret);
            }
        }
    }

    fn deactivate(&self, side: Side, name: &str, secret: &str) {
        let mut is_unknown = false;
        while !self.is_over() {
            self.record.set(secret, Verdict::Unknown);
            match self.change(side, &["deactivate", name]).0.code {
                0 => return self.record.set(secret, Verdict::Refused),
                7 => is_unknown = true,
                _ if is_unknown => {}
                _ => self.record.set(secret, Verdict::Accepted),
            }
        }
    }

    /// Runs a command that changes something. Returns the secret that it printed, too.
    fn change(&self, side: Side, args: &[&str]) -> (Ran, String) {
        let begin = Instant::now();
        let ran = self.cluster.apikey(side, args, "");
        self.record.add(Run {
            side,
            is_change: true,
            begin,
            end: Instant::now(),
            code: ran.code,
            is_open_door: false,
        });
        if !matches!(ran.code, 0 | 6 | 7 | 75) {
            self.record.add_broken(format!("{args:?}: {ran:?}"));
        }
        let secret = ran.stdout.trim_end().to_owned();
        (ran, secret)
    }

    fn verify_secrets(&self, side: Side) {
        for number in 0.. {
            if self.is_over() {
                return;
            }
            let Some((secret, promised)) = self.record.choose(number) else {
                std::thread::yield_now();
                continue;
            };
            self.verify(side, &secret, promised);
        }
    }

    fn verify(&self, side: Side, secret: &str, promised: Verdict) {
        let begin = Instant::now();
        let ran = self.cluster.apikey(side, &["verify"], secret);
        let is_broken = match ran.code {
            0 => promised == Verdict::Refused,
            // Another client may have ended it meanwhile.
            1 => promised == Verdict::Accepted && self.record.verdict(secret) == promised,
            75 => false,
            _ => true,
        };
        self.record.add(Run {
            side,
            is_change: false,
            begin,
            end: Instant::now(),
            code: ran.code,
            is_open_door: is_broken && ran.code == 0,
        });
        // A node that is cut off can't know later changes.
        if is_broken && side == Side::Bridge {
            let broken = format!("{promised:?} was promised: {ran:?}");
            self.record.add_broken(broken);
        }
    }
}
