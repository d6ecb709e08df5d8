//! Who gets a worker, who waits, and who is refused.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// A worker of a revision; it holds its seat as a process does, so that ending it frees the seat.
struct Fake {
    revision: u32,
    alive: Arc<AtomicBool>,
    _seat: Option<Box<Seat<Fake>>>,
}

impl Warm for Fake {
    type Want = u32;
    fn alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }
    fn suits(&self, want: &u32) -> bool {
        self.revision == *want
    }
}

/// A process ends some time after its worker was dropped: the test says when, by dropping what it finds here.
#[derive(Default)]
struct Processes(Mutex<Vec<(Arc<AtomicBool>, Seat<Fake>)>>);

impl Processes {
    fn start(&self, revision: u32, seat: Seat<Fake>) -> Fake {
        let alive = Arc::new(AtomicBool::new(true));
        self.0.lock().unwrap().push((alive.clone(), seat));
        Fake { revision, alive, _seat: None }
    }

    /// Ends those whose worker is gone.
    fn reap(&self) -> usize {
        let gone: Vec<_> =
            self.0.lock().unwrap().extract_if(.., |(alive, _)| Arc::strong_count(alive) == 1).collect();
        gone.len()
    }
}

fn is_new(admission: &Admission<Fake>) -> bool {
    matches!(admission.place, Place::Seat(_))
}

async fn start(pool: &Arc<Pool<Fake>>, processes: &Processes, key: &str) -> (Fake, Turn<Fake>) {
    let admission = pool.admit(key, 1, None).await.ok().unwrap();
    match admission.place {
        Place::Seat(seat) => (processes.start(1, seat), admission.turn),
        Place::Worker(worker) => (worker, admission.turn),
    }
}

fn pending<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.as_mut().poll(&mut context).is_pending()
}

#[tokio::test]
async fn a_worker_given_back_serves_the_next_of_its_revision_only() {
    let (pool, processes) = (Pool::new(4, 4), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    pool.give_back(worker, turn);

    let again = pool.admit("f", 1, None).await.ok().unwrap();
    assert!(!is_new(&again));
    let Place::Worker(worker) = again.place else { unreachable!() };
    pool.give_back(worker, again.turn);

    assert!(is_new(&pool.admit("f", 2, None).await.ok().unwrap()));
    assert_eq!(processes.reap(), 1, "the old revision's worker ends");
}

#[tokio::test]
async fn reserved_concurrency_throttles_and_the_pool_queues() {
    let (pool, processes) = (Pool::new(1, 4), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    assert_eq!(pool.admit("f", 1, Some(1)).await.err(), Some(Refused::Throttled));
    assert_eq!(pool.admit("g", 1, Some(0)).await.err(), Some(Refused::Throttled));

    let mut second = Box::pin(pool.admit("f", 1, Some(2)));
    assert!(pending(&mut second));
    assert_eq!(pool.admit("f", 1, Some(2)).await.err(), Some(Refused::Throttled), "a waiting one counts");
    pool.give_back(worker, turn);
    assert!(!is_new(&second.await.ok().unwrap()));
    assert!(pool.lock().lanes.values().all(|lane| lane.admitted == 0));
}

#[tokio::test]
async fn a_functions_own_limit_blocks_only_itself() {
    let (pool, processes) = (Pool::new(8, 1), Processes::default());
    let (_worker, turn) = start(&pool, &processes, "f").await;
    let mut blocked = Box::pin(pool.admit("f", 1, None));
    assert!(pending(&mut blocked));
    assert!(is_new(&pool.admit("g", 1, None).await.ok().unwrap()), "another function goes past the line");
    drop(turn);
    assert!(is_new(&blocked.await.ok().unwrap()));
}

#[tokio::test]
async fn an_idle_worker_of_another_function_makes_room() {
    let (pool, processes) = (Pool::new(2, 2), Processes::default());
    for key in ["f", "g"] {
        let (worker, turn) = start(&pool, &processes, key).await;
        pool.give_back(worker, turn);
    }
    let mut third = Box::pin(pool.admit("h", 1, None));
    assert!(pending(&mut third), "its seat is free only when the process is gone");
    assert!(pending(&mut third));
    assert_eq!(processes.reap(), 1, "one is ended for one who waits, not more");
    assert!(is_new(&third.await.ok().unwrap()));
    assert!(!is_new(&pool.admit("g", 1, None).await.ok().unwrap()), "the least recently used one ended");
}

#[tokio::test]
async fn whoever_leaves_the_line_takes_nothing_with_them() {
    let (pool, processes) = (Pool::new(1, 1), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    let mut left: Vec<_> = (0..1000).map(|_| Box::pin(pool.admit("f", 1, None))).collect();
    let mut last = Box::pin(pool.admit("f", 1, None));
    assert!(left.iter_mut().all(pending) && pending(&mut last));
    let chosen_but_gone = left.remove(0);
    drop(left);
    pool.give_back(worker, turn);
    drop(chosen_but_gone);
    assert_eq!(processes.reap(), 1, "the worker that was meant for it ends");
    assert!(last.await.is_ok());
    assert_eq!(pool.lock().seats, 0);
    assert!(pool.lock().lanes.is_empty());
}

#[tokio::test]
async fn a_retired_worker_is_not_taken_back() {
    let (pool, processes) = (Pool::new(2, 2), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    pool.retire("f");
    pool.give_back(worker, turn);
    assert_eq!(processes.reap(), 1);
    assert!(pool.lock().lanes.is_empty());
}

#[tokio::test]
async fn a_dead_worker_is_not_handed_out() {
    let (pool, processes) = (Pool::new(2, 2), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    let alive = worker.alive.clone();
    pool.give_back(worker, turn);
    alive.store(false, Ordering::Relaxed);
    assert!(is_new(&pool.admit("f", 1, None).await.ok().unwrap()));
}

#[tokio::test]
async fn a_closed_pool_refuses_those_who_wait_and_empties() {
    let (pool, processes) = (Pool::new(1, 1), Processes::default());
    let (worker, turn) = start(&pool, &processes, "f").await;
    let mut waiting = Box::pin(pool.admit("f", 1, None));
    assert!(pending(&mut waiting));
    pool.close();
    assert_eq!(waiting.await.err(), Some(Refused::Closed));
    assert_eq!(pool.admit("f", 1, None).await.err(), Some(Refused::Closed));
    let mut emptied = Box::pin(pool.emptied());
    assert!(pending(&mut emptied));
    pool.give_back(worker, turn);
    processes.reap();
    emptied.await;
}

#[tokio::test]
async fn who_comes_next_waits_for_a_worker_that_has_answered_but_not_for_long() {
    let (pool, processes) = (Pool::new(4, 4), Processes::default());
    let (worker, mut turn) = start(&pool, &processes, "f").await;
    turn.answered();
    let mut next = Box::pin(pool.admit("f", 1, Some(1)));
    assert!(pending(&mut next), "an answered invocation counts no more, and its worker is about to be free");
    pool.give_back(worker, turn);
    let Admission { place: Place::Worker(worker), mut turn } = next.await.ok().unwrap() else {
        panic!("a new process")
    };

    turn.answered();
    let mut next = Box::pin(pool.admit("f", 1, None));
    assert!(pending(&mut next));
    turn.settles_late();
    assert!(is_new(&next.await.ok().unwrap()));
    pool.give_back(worker, turn);
}
