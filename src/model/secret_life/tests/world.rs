//! A key with its secrets, on which tests run commands written as text.

use std::str::SplitAsciiWhitespace;

use super::*;

/// A key with its secrets, of which the first is current since second 0.
pub(super) struct World {
    pub(super) held: Entitlement,
    pub(super) secrets: Secrets,
    pub(super) next_slot: i64,
}

impl World {
    pub(super) fn new() -> Self {
        let mut key = key(&["a"]);
        key.created_at = at(0);
        let held = Entitlement {
            key,
            permissions: Vec::new(),
            owner: None,
        };
        Self {
            held,
            secrets: Secrets::new(vec![current_since_0(1)]),
            next_slot: 2,
        }
    }

    /// Runs commands such as `10 rotate 60; 20 finish`: a time, a verb, its argument. Returns
    /// the last command's conflict.
    pub(super) fn run(&mut self, commands: &str) -> Option<RotationConflict> {
        let mut conflict = None;
        for command in commands.split(';').filter(|command| !command.is_empty()) {
            let mut words = command.split_ascii_whitespace();
            let now = at(number(&mut words));
            let verb = words.next().unwrap();
            conflict = self.command(verb, &mut words, now).err();
        }
        conflict
    }

    pub(super) fn command(
        &mut self,
        verb: &str,
        words: &mut SplitAsciiWhitespace<'_>,
        now: Timestamp,
    ) -> Result<(), RotationConflict> {
        match verb {
            "rotate" => {
                let overlap = Span::from_seconds(number(words));
                let slot = self.issue(overlap, now)?;
                self.activate(slot, overlap, now);
            }
            // A rotation whose process is killed before the secret is current.
            "issue" => drop(self.issue(Span::from_seconds(number(words)), now)?),
            // The delivery of the secret that was issued last ends only now.
            "activate" => {
                let slot = self.next_slot - 1;
                self.activate(slot, Span::from_seconds(number(words)), now);
            }
            "withdraw" => {
                let pending = self.secrets.pending().map(|pending| pending.slot);
                self.secrets.0.retain(|secret| Some(secret.slot) != pending);
            }
            "finish" => self.apply(&self.secrets.finish(now), now),
            "cancel" => self.apply(&self.secrets.cancel(now)?, now),
            "deactivate" => self.held.key.state = State::Inactive,
            "reactivate" => self.held.key.state = State::Active,
            "expire" => self.held.key.expires_at = Some(at(number(words))),
            "owner-leaves" => self.set_owner(false),
            "owner-returns" => self.set_owner(true),
            _ => panic!("{verb}"),
        }
        Ok(())
    }

    pub(super) fn issue(&mut self, overlap: Span, now: Timestamp) -> Result<i64, RotationConflict> {
        let replaced = self.secrets.check_rotation(overlap, false, now)?;
        let replaced = replaced.map(|pending| pending.slot);
        self.secrets
            .0
            .retain(|secret| Some(secret.slot) != replaced);
        let slot = self.next_slot;
        self.next_slot += 1;
        self.secrets.0.push(SecretRecord {
            state: SecretState::Pending,
            created_at: now,
            ..current_since_0(slot)
        });
        Ok(slot)
    }

    pub(super) fn activate(&mut self, slot: i64, overlap: Span, now: Timestamp) {
        // If another rotation replaced the secret, its delivery ends with an error.
        if self
            .secrets
            .pending()
            .is_some_and(|pending| pending.slot == slot)
        {
            let end = now.plus(overlap);
            let end = self
                .held
                .key
                .expires_at
                .map_or(end, |expiry| expiry.min(end));
            self.apply(&self.secrets.activate(slot, end, now), now);
        }
    }

    pub(super) fn apply(&mut self, transitions: &[Transition], now: Timestamp) {
        for change in transitions {
            self.secrets.apply(std::slice::from_ref(change), now);
            let currents = self.secrets.0.iter();
            let currents = currents.filter(|secret| secret.state == SecretState::Current);
            assert!(currents.count() <= 1, "two current secrets on the way");
        }
    }

    pub(super) fn set_owner(&mut self, active: bool) {
        let owner = User {
            active,
            ..user("alice", &["a"], &[])
        };
        self.held.key.owner = Some(Owner {
            name: owner.name.clone(),
            active,
            expires_at: None,
        });
        self.held.owner = Some(owner);
    }

    pub(super) fn verdict(&self, secret: &SecretRecord, now: Timestamp) -> String {
        match decide(&self.held, secret, &Requirements::default(), now) {
            Verdict::Accepted => secret.state_at(now).as_str().to_owned(),
            Verdict::Refused(reason) => reason.as_str().to_owned(),
        }
    }

    /// Returns the verdict for each secret at `now`, by slot: `current` or `previous` if it is
    /// accepted, `-` if it was withdrawn, else the reason of its refusal.
    pub(super) fn verdicts(&self, now: Timestamp) -> String {
        let verdict = |slot| {
            let secrets = self.secrets.0.iter();
            let mut secrets = secrets.filter(|secret| secret.slot == slot);
            let secret = secrets.next();
            secret.map_or("-".to_owned(), |secret| self.verdict(secret, now))
        };
        let verdicts: Vec<String> = (1..self.next_slot).map(verdict).collect();
        verdicts.join(" ")
    }
}

fn number(words: &mut SplitAsciiWhitespace<'_>) -> i64 {
    words.next().unwrap().parse().unwrap()
}
