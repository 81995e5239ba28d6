//! A queue of requests, taken by several workers and answered in any order, whose answers
//! leave in the order of the requests. It never holds more than [`CAPACITY`] of them,
//! whichever thread is slow.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most requests and answers in the queue.
const CAPACITY: usize = 1024;

/// The size of a group of answers that leaves at once, if that many come.
const GROUP: usize = CAPACITY / 2;

/// How long an answer waits for others to leave with it, while they come one after the
/// other.
const PATIENCE: Duration = Duration::from_millis(5);

/// Requests `R`, and answers `A` to them.
pub(super) struct OrderedQueue<R, A> {
    state: Mutex<State<R, A>>,
    has_room: Condvar,
    has_requests: Condvar,
    has_answers: Condvar,
}

struct State<R, A> {
    entries: VecDeque<Entry<R, A>>,
    /// The number of the first of the entries; they are numbered from zero on.
    first: usize,
    /// How many of them are taken. In order, so these come first.
    taken: usize,
    /// How many of them, from the first on without a gap, are answered.
    ready: usize,
    /// Whether a worker is about to answer a request at once, and to take the next.
    is_taking: bool,
    /// Whether no more requests come.
    is_ended: bool,
    /// Whether a request that was taken will never be answered.
    is_broken: bool,
    /// The number of answers that [`OrderedQueue::pop`] waits for.
    awaited: Option<usize>,
}

enum Entry<R, A> {
    Waiting(R),
    Taken,
    Answered(A),
}

/// The place of a request in the queue.
pub(super) struct Place(usize);

/// What [`OrderedQueue::pop`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// At least one answer.
    Ready,
    /// The end: every answer has left.
    Ended,
    /// A request that will never be answered.
    Broken,
}

impl<R, A> Default for OrderedQueue<R, A> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                entries: VecDeque::new(),
                first: 0,
                taken: 0,
                ready: 0,
                is_taking: false,
                is_ended: false,
                is_broken: false,
                awaited: None,
            }),
            has_room: Condvar::new(),
            has_requests: Condvar::new(),
            has_answers: Condvar::new(),
        }
    }
}

impl<R, A> OrderedQueue<R, A> {
    /// Appends all `requests`, as soon as there is room.
    pub(super) fn push(&self, requests: &mut Vec<R>) {
        let mut requests = requests.drain(..).peekable();
        let mut state = self.lock();
        while requests.peek().is_some() {
            let room = CAPACITY - state.entries.len();
            if room == 0 {
                state = wait(&self.has_room, state);
                continue;
            }
            let waiting = requests.by_ref().take(room).map(Entry::Waiting);
            state.entries.extend(waiting);
            self.has_requests.notify_one();
        }
    }

    /// Declares that no more requests come.
    pub(super) fn end(&self) {
        self.lock().is_ended = true;
        self.has_requests.notify_all();
        self.has_answers.notify_one();
    }

    /// Waits for the next request; returns none at the end. Only one worker may wait at a
    /// time.
    pub(super) fn take(&self) -> Option<(Place, R)> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = state.take() {
                state.is_taking = true;
                return Some(taken);
            }
            state.is_taking = false;
            self.wake_printer(&state);
            if state.is_ended {
                return None;
            }
            state = wait(&self.has_requests, state);
        }
    }

    /// Declares that the worker that took the last request takes no other for now.
    pub(super) fn pause_taking(&self) {
        let mut state = self.lock();
        state.is_taking = false;
        self.wake_printer(&state);
    }

    /// Answers the request in that place.
    pub(super) fn answer(&self, place: &Place, answer: A) {
        let mut state = self.lock();
        state.answer(place, answer);
        self.wake_printer(&state);
    }

    /// Declares that a request that was taken will never be answered.
    pub(super) fn abort(&self) {
        self.lock().is_broken = true;
        self.has_answers.notify_one();
    }

    /// Waits for answers, and moves those that are next in order to `answers`, which is empty:
    /// at once where no other is about to come, else a group.
    pub(super) fn pop(&self, answers: &mut Vec<A>) -> Answers {
        let mut state = self.lock();
        while state.ready == 0 {
            if state.is_broken {
                return Answers::Broken;
            }
            if state.is_ended && state.entries.is_empty() {
                return Answers::Ended;
            }
            state.awaited = Some(1);
            state = wait(&self.has_answers, state);
        }
        let until = Instant::now() + PATIENCE;
        while state.is_taking && state.ready < GROUP {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.awaited = Some(GROUP);
            let waited = self.has_answers.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.awaited = None;
        state.pop(answers);
        self.has_room.notify_one();
        Answers::Ready
    }

    /// Wakes the thread in [`pop`](Self::pop), if the awaited answers are there, or no others
    /// are about to come.
    fn wake_printer(&self, state: &State<R, A>) {
        let enough = |awaited| state.ready >= awaited || (state.ready > 0 && !state.is_taking);
        if state.awaited.is_some_and(enough) {
            self.has_answers.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R, A> State<R, A> {
    fn take(&mut self) -> Option<(Place, R)> {
        let next = self.entries.get_mut(self.taken)?;
        match std::mem::replace(next, Entry::Taken) {
            Entry::Waiting(request) => {
                let place = Place(self.first + self.taken);
                self.taken += 1;
                Some((place, request))
            }
            // Those that were taken come before.
            other => {
                *next = other;
                None
            }
        }
    }

    fn answer(&mut self, place: &Place, answer: A) {
        self.entries[place.0 - self.first] = Entry::Answered(answer);
        while matches!(self.entries.get(self.ready), Some(Entry::Answered(_))) {
            self.ready += 1;
        }
    }

    fn pop(&mut self, answers: &mut Vec<A>) {
        for entry in self.entries.drain(..self.ready) {
            if let Entry::Answered(answer) = entry {
                answers.push(answer);
            }
        }
        self.first += self.ready;
        self.taken -= self.ready;
        self.ready = 0;
    }
}

fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let waited = condition.wait(guard);
    waited.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
