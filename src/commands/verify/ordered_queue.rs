//! A queue of requests. Several workers take and answer them, in any order; the answers leave in
//! the order of the requests. The queue never holds more than [`CAPACITY`] requests and answers,
//! whichever thread is slow.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most requests and answers in the queue.
const CAPACITY: usize = 1024;

/// The most answers that [`OrderedQueue::pop`] waits for.
const MOST_AWAITED: usize = CAPACITY / 2;

/// How long an answer waits for more answers to leave with it.
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
    /// The number of entries that left the queue before the first one in `entries`.
    first: usize,
    /// How many of `entries` workers have taken. They take the entries in order.
    taken: usize,
    /// How many of `entries` are answered before the first unanswered one.
    ready: usize,
    /// Whether the worker that took the last request may still answer it without a hash and then
    /// take the next one.
    is_taking: bool,
    /// Whether no more requests will come.
    is_ended: bool,
    /// Whether a taken request will never be answered.
    is_broken: bool,
    /// The number of answers that [`OrderedQueue::pop`] waits for.
    awaited: Option<usize>,
}

enum Entry<R, A> {
    Waiting(R),
    Taken,
    Answered(A),
}

/// The number of a request in the queue.
pub(super) struct Ticket(usize);

/// The result of [`OrderedQueue::pop`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// At least one answer.
    Ready,
    /// No more answers: all have left.
    Ended,
    /// No more answers, since the next one will never come.
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
    /// Appends all `requests`, and waits for room when the queue is full.
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

    /// Declares that no more requests will come.
    pub(super) fn end(&self) {
        self.lock().is_ended = true;
        self.has_requests.notify_all();
        self.has_answers.notify_one();
    }

    /// Waits for the next request; returns none at the end. Only one worker may call it at a
    /// time.
    pub(super) fn take(&self) -> Option<(Ticket, R)> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = state.take() {
                state.is_taking = true;
                return Some(taken);
            }
            state.is_taking = false;
            self.notify_popper(&state);
            if state.is_ended {
                return None;
            }
            state = wait(&self.has_requests, state);
        }
    }

    /// Calls `visit` with the requests that wait, in their order, at most [`CAPACITY`].
    pub(super) fn visit_waiting(&self, mut visit: impl FnMut(&R)) {
        let state = self.lock();
        for entry in state.entries.iter().skip(state.taken) {
            if let Entry::Waiting(request) = entry {
                visit(request);
            }
        }
    }

    /// Declares that the worker that took the last request takes no more for now.
    pub(super) fn pause_taking(&self) {
        let mut state = self.lock();
        state.is_taking = false;
        self.notify_popper(&state);
    }

    /// Answers the request with that number.
    pub(super) fn answer(&self, ticket: &Ticket, answer: A) {
        let mut state = self.lock();
        state.answer(ticket, answer);
        self.notify_popper(&state);
    }

    /// Declares that a taken request will never be answered.
    pub(super) fn abort(&self) {
        self.lock().is_broken = true;
        self.has_answers.notify_one();
    }

    /// Waits for answers and moves the next ones, in order, to `answers`, which is empty. While a
    /// worker answers without hashing, waits for more of them, since writing many at once is
    /// faster.
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
        while state.is_taking && state.ready < MOST_AWAITED {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.awaited = Some(MOST_AWAITED);
            let waited = self.has_answers.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.awaited = None;
        state.pop(answers);
        self.has_room.notify_one();
        Answers::Ready
    }

    /// Wakes the thread in [`pop`](Self::pop) if the answers that it waits for are ready, or no
    /// more are about to come.
    fn notify_popper(&self, state: &State<R, A>) {
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
    fn take(&mut self) -> Option<(Ticket, R)> {
        let next = self.entries.get_mut(self.taken)?;
        let Entry::Waiting(request) = std::mem::replace(next, Entry::Taken) else {
            return None;
        };
        let ticket = Ticket(self.first + self.taken);
        self.taken += 1;
        Some((ticket, request))
    }

    fn answer(&mut self, ticket: &Ticket, answer: A) {
        self.entries[ticket.0 - self.first] = Entry::Answered(answer);
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

fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let waited = condvar.wait(guard);
    waited.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
