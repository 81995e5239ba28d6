//! The order of the queue, its capacity and its end.

use super::*;

fn popped(queue: &OrderedQueue<u32, u32>) -> (Answers, Vec<u32>) {
    let mut answers = Vec::new();
    (queue.pop(&mut answers), answers)
}

#[test]
fn answers_leave_in_the_order_of_the_requests() {
    let queue = OrderedQueue::<u32, u32>::default();
    queue.push(&mut vec![1, 2, 3, 4]);
    queue.end();
    let taken: Vec<_> = std::iter::from_fn(|| queue.take()).collect();
    assert_eq!(taken.len(), 4);
    let answer = |at: usize| queue.answer(&taken[at].0, taken[at].1 * 10);
    answer(1);
    answer(0);
    assert_eq!(popped(&queue), (Answers::Ready, vec![10, 20]));
    answer(3);
    answer(2);
    assert_eq!(popped(&queue), (Answers::Ready, vec![30, 40]));
    assert_eq!(popped(&queue), (Answers::Ended, vec![]));
}

#[test]
fn the_queue_never_exceeds_its_capacity() {
    let queue = OrderedQueue::<u32, u32>::default();
    let taker = Mutex::new(());
    let (count, mut next) = (100_000, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            queue.push(&mut (0..count).collect());
            queue.end();
        });
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let guard = taker.lock().unwrap();
                    let taken = queue.take();
                    queue.pause_taking();
                    drop(guard);
                    let Some((ticket, request)) = taken else {
                        break;
                    };
                    queue.answer(&ticket, request);
                }
            });
        }
        let mut answers = Vec::new();
        while queue.pop(&mut answers) == Answers::Ready {
            assert!(answers.len() <= CAPACITY);
            for answer in answers.drain(..) {
                assert_eq!(answer, next);
                next += 1;
            }
        }
    });
    assert_eq!(next, count);
}

#[test]
fn an_aborted_queue_waits_for_no_answer() {
    let queue = OrderedQueue::<u32, u32>::default();
    queue.push(&mut vec![1, 2]);
    let (first, _) = queue.take().unwrap();
    let (_second, _) = queue.take().unwrap();
    queue.pause_taking();
    queue.answer(&first, 1);
    queue.abort();
    assert_eq!(popped(&queue), (Answers::Ready, vec![1]));
    assert_eq!(popped(&queue), (Answers::Broken, vec![]));
}
