//! What a batch has read and not told yet: questions in their order, taken by several
//! workers, their answers told in that same order. There are never more than
//! [`WINDOW`] of them, whoever is slow.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many are on it at most.
const WINDOW: usize = 1024;

/// How many answers are told at once, if as many come.
const TOGETHER: usize = WINDOW / 2;

/// How long an answer waits for others to be told with, while they come one after the
/// other.
const PATIENCE: Duration = Duration::from_millis(5);

/// Questions `Q` that are asked, and answers `A` that are not told yet.
pub(super) struct OrderedQueue<Q, A> {
    state: Mutex<State<Q, A>>,
    has_room: Condvar,
    has_questions: Condvar,
    has_answers: Condvar,
}

struct State<Q, A> {
    entries: VecDeque<Entry<Q, A>>,
    /// The number of the first of the entries; they are numbered from zero on.
    first: u64,
    /// How many of them are taken. In order, so these come first.
    taken: usize,
    /// How many of them, from the first on without a gap, are answered.
    ready: usize,
    /// Whether somebody is at work who will take the next question as soon as this one
    /// is answered.
    is_busy: bool,
    /// No question comes any more.
    is_ended: bool,
    /// Somebody who took a question will never answer it.
    is_broken: bool,
    /// How many answers are waited for.
    awaited: Option<usize>,
}

enum Entry<Q, A> {
    Asked(Q),
    Taken,
    Answered(A),
}

/// Which question it is.
pub(super) struct Place(u64);

/// What there is to tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Answers.
    Some,
    /// Nothing more: everything is told.
    All,
    /// An answer that never comes.
    Broken,
}

impl<Q, A> Default for OrderedQueue<Q, A> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                entries: VecDeque::new(),
                first: 0,
                taken: 0,
                ready: 0,
                is_busy: false,
                is_ended: false,
                is_broken: false,
                awaited: None,
            }),
            has_room: Condvar::new(),
            has_questions: Condvar::new(),
            has_answers: Condvar::new(),
        }
    }
}

impl<Q, A> OrderedQueue<Q, A> {
    /// Asks all of them, as soon as there is room.
    pub(super) fn ask(&self, questions: &mut Vec<Q>) {
        let mut questions = questions.drain(..).peekable();
        let mut state = self.lock();
        while questions.peek().is_some() {
            let room = WINDOW - state.entries.len();
            if room == 0 {
                state = wait(&self.has_room, state);
                continue;
            }
            let asked = questions.by_ref().take(room).map(Entry::Asked);
            state.entries.extend(asked);
            self.has_questions.notify_one();
        }
    }

    /// No question comes any more.
    pub(super) fn end(&self) {
        self.lock().is_ended = true;
        self.has_questions.notify_all();
        self.has_answers.notify_one();
    }

    /// Waits for the next question; none where there is no more. Only one worker may wait
    /// at a time.
    pub(super) fn take(&self) -> Option<(Place, Q)> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = state.take() {
                state.is_busy = true;
                return Some(taken);
            }
            state.is_busy = false;
            self.wake_teller(&state);
            if state.is_ended {
                return None;
            }
            state = wait(&self.has_questions, state);
        }
    }

    /// Whoever took the last question takes no other for now.
    pub(super) fn leave(&self) {
        let mut state = self.lock();
        state.is_busy = false;
        self.wake_teller(&state);
    }

    /// Answers the question in that place.
    pub(super) fn answer(&self, place: &Place, answer: A) {
        let mut state = self.lock();
        state.answer(place, answer);
        self.wake_teller(&state);
    }

    /// Whoever took a question will never answer it.
    pub(super) fn give_up(&self) {
        self.lock().is_broken = true;
        self.has_answers.notify_one();
    }

    /// Waits for answers and moves those that can be told to `answers`, which is empty:
    /// at once where no other is about to come, else some together.
    pub(super) fn tell(&self, answers: &mut Vec<A>) -> Told {
        let mut state = self.lock();
        while state.ready == 0 {
            if state.is_broken {
                return Told::Broken;
            }
            if state.is_ended && state.entries.is_empty() {
                return Told::All;
            }
            state.awaited = Some(1);
            state = wait(&self.has_answers, state);
        }
        let until = Instant::now() + PATIENCE;
        while state.is_busy && state.ready < TOGETHER {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.awaited = Some(TOGETHER);
            let waited = self.has_answers.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.awaited = None;
        state.tell(answers);
        self.has_room.notify_one();
        Told::Some
    }

    /// Wakes whoever tells answers, if those awaited are there, or nobody makes more.
    fn wake_teller(&self, state: &State<Q, A>) {
        let enough = |awaited| state.ready >= awaited || (state.ready > 0 && !state.is_busy);
        if state.awaited.is_some_and(enough) {
            self.has_answers.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Q, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q, A> State<Q, A> {
    fn take(&mut self) -> Option<(Place, Q)> {
        let next = self.entries.get_mut(self.taken)?;
        match std::mem::replace(next, Entry::Taken) {
            Entry::Asked(question) => {
                let place = Place(self.first + self.taken as u64);
                self.taken += 1;
                Some((place, question))
            }
            // What is taken comes before.
            other => {
                *next = other;
                None
            }
        }
    }

    fn answer(&mut self, place: &Place, answer: A) {
        let at = usize::try_from(place.0 - self.first).ok();
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            *entry = Entry::Answered(answer);
        }
        while matches!(self.entries.get(self.ready), Some(Entry::Answered(_))) {
            self.ready += 1;
        }
    }

    fn tell(&mut self, answers: &mut Vec<A>) {
        for entry in self.entries.drain(..self.ready) {
            if let Entry::Answered(answer) = entry {
                answers.push(answer);
            }
        }
        self.first += self.ready as u64;
        self.taken -= self.ready;
        self.ready = 0;
    }
}

fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    let waited = condition.wait(guard);
    waited.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(board: &OrderedQueue<u32, u32>) -> (Told, Vec<u32>) {
        let mut answers = Vec::new();
        (board.tell(&mut answers), answers)
    }

    #[test]
    fn answers_are_told_in_the_order_of_the_questions() {
        let board = OrderedQueue::<u32, u32>::default();
        board.ask(&mut vec![1, 2, 3, 4]);
        board.end();
        let taken: Vec<_> = std::iter::from_fn(|| board.take()).collect();
        assert_eq!(taken.len(), 4);
        let answer = |at: usize| board.answer(&taken[at].0, taken[at].1 * 10);
        answer(1);
        answer(0);
        assert_eq!(told(&board), (Told::Some, vec![10, 20]));
        answer(3);
        answer(2);
        assert_eq!(told(&board), (Told::Some, vec![30, 40]));
        assert_eq!(told(&board), (Told::All, vec![]));
    }

    #[test]
    fn never_more_is_on_it_than_there_is_room_for() {
        let board = OrderedQueue::<u32, u32>::default();
        let leading = Mutex::new(());
        let (count, mut next) = (100_000, 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                board.ask(&mut (0..count).collect());
                board.end();
            });
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let one = leading.lock().unwrap();
                        let taken = board.take();
                        board.leave();
                        drop(one);
                        let Some((place, question)) = taken else {
                            break;
                        };
                        board.answer(&place, question);
                    }
                });
            }
            let mut answers = Vec::new();
            while board.tell(&mut answers) == Told::Some {
                assert!(answers.len() <= WINDOW);
                for answer in answers.drain(..) {
                    assert_eq!(answer, next);
                    next += 1;
                }
            }
        });
        assert_eq!(next, count);
    }

    #[test]
    fn an_answer_that_never_comes_is_not_waited_for() {
        let board = OrderedQueue::<u32, u32>::default();
        board.ask(&mut vec![1, 2]);
        let (first, _) = board.take().unwrap();
        let (_second, _) = board.take().unwrap();
        board.leave();
        board.answer(&first, 1);
        board.give_up();
        assert_eq!(told(&board), (Told::Some, vec![1]));
        assert_eq!(told(&board), (Told::Broken, vec![]));
    }
}
