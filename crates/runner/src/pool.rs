//! Which invocation runs where: warm processes, seats for new ones, and the line of those that wait.
//!
//! It knows nothing of processes: a worker is whatever says that it still lives and whom it suits. Every change that
//! could let somebody go on (a worker given back, a seat freed) looks at the line in order of arrival, so that no
//! function starves another. A waiting caller that went away is skipped.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

pub(crate) trait Warm {
    type Want;
    fn alive(&self) -> bool;
    fn suits(&self, want: &Self::Want) -> bool;
}

/// What a runner has going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Invocations that run.
    pub running: usize,
    /// Invocations that wait for a process.
    pub waiting: usize,
    /// Processes that live, warm ones included.
    pub processes: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Beyond the function's reserved concurrency.
    Throttled,
    Closed,
}

/// Leave to run one invocation now.
pub(crate) struct Admission<W: Warm> {
    pub turn: Turn<W>,
    pub place: Place<W>,
}

pub(crate) enum Place<W: Warm> {
    Worker(W),
    /// Room for a new process, held for as long as that process lives.
    Seat(Seat<W>),
}

pub(crate) struct Pool<W: Warm> {
    state: Mutex<State<W>>,
    max_processes: usize,
    max_per_function: usize,
    freed: Notify,
}

struct State<W: Warm> {
    seats: usize,
    /// Workers told to end for somebody who waits, whose seats aren't free yet.
    ending: usize,
    lanes: HashMap<String, Lane<W>>,
    waiting: VecDeque<Waiting<W>>,
    /// Numbers both the generations of lanes and the order in which workers became idle.
    ticks: u64,
    closed: bool,
}

/// What one function version has going on.
struct Lane<W> {
    /// Workers of an older generation are not taken back.
    generation: u64,
    running: usize,
    /// Of those, the ones that have answered and will be idle in a moment.
    settling: usize,
    /// Waiting or running, until they have answered.
    admitted: u32,
    /// The most recently used last.
    idle: Vec<(u64, W)>,
}

struct Waiting<W: Warm> {
    key: String,
    want: W::Want,
    admit: oneshot::Sender<Admission<W>>,
}

impl<W: Warm> Pool<W> {
    pub fn new(max_processes: usize, max_per_function: usize) -> Arc<Pool<W>> {
        let state = State {
            seats: 0,
            ending: 0,
            lanes: HashMap::new(),
            waiting: VecDeque::new(),
            ticks: 0,
            closed: false,
        };
        Arc::new(Pool {
            state: Mutex::new(state),
            max_processes: max_processes.max(1),
            max_per_function: max_per_function.max(1),
            freed: Notify::new(),
        })
    }

    /// Waits for a suitable worker or for room to start one. Dropping the future gives up the place in the line.
    pub async fn admit(
        self: &Arc<Self>,
        key: &str,
        want: W::Want,
        reserved: Option<u32>,
    ) -> Result<Admission<W>, Refused> {
        let (admit, admission) = oneshot::channel();
        let in_line = {
            let mut state = self.lock();
            if state.closed {
                return Err(Refused::Closed);
            }
            let lane = state.lane(key);
            if reserved.is_some_and(|limit| lane.admitted >= limit) {
                state.tidy(key);
                return Err(Refused::Throttled);
            }
            lane.admitted += 1;
            state.waiting.push_back(Waiting { key: key.to_owned(), want, admit });
            InLine { pool: self.clone(), key: key.to_owned() }
        };
        self.serve_line();
        let mut admission = admission.await.map_err(|_| Refused::Closed)?;
        admission.turn.in_line = Some(in_line);
        Ok(admission)
    }

    /// A worker that finished its invocation is there for the next one, unless it was retired meanwhile.
    pub fn give_back(&self, worker: W, turn: Turn<W>) {
        let mut state = self.lock();
        let tick = state.tick();
        if !state.closed
            && worker.alive()
            && let Some(lane) = state.lanes.get_mut(&turn.key)
            && lane.generation == turn.generation
        {
            lane.idle.push((tick, worker));
        }
        drop(state);
        drop(turn);
    }

    /// Ends the idle workers of a function version; busy ones end after their invocation.
    pub fn retire(&self, key: &str) {
        let mut state = self.lock();
        let generation = state.tick();
        if let Some(lane) = state.lanes.get_mut(key) {
            lane.generation = generation;
            lane.idle.clear();
        }
        state.tidy(key);
    }

    /// Admits nobody any more and ends all idle workers.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        state.lanes.values_mut().for_each(|lane| lane.idle.clear());
    }

    /// What goes on now.
    pub fn activity(&self) -> Activity {
        let state = self.lock();
        Activity {
            running: state.lanes.values().map(|lane| lane.running - lane.settling.min(lane.running)).sum(),
            waiting: state.waiting.len(),
            processes: state.seats,
        }
    }

    /// Returns when no process holds a seat any more.
    pub async fn emptied(&self) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.lock().seats == 0 {
                return;
            }
            freed.await;
        }
    }

    fn serve_line(self: &Arc<Self>) {
        loop {
            let Some((admit, admission)) = self.lock().next_admission(self) else { return };
            // A caller that left between being chosen and being told gives its place back by dropping it, outside the
            // lock, since that serves the line again.
            drop(admit.send(admission));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        // The state is consistent between any two statements that can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Warm> State<W> {
    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    fn lane(&mut self, key: &str) -> &mut Lane<W> {
        if !self.lanes.contains_key(key) {
            let generation = self.tick();
            self.lanes.insert(
                key.to_owned(),
                Lane { generation, running: 0, settling: 0, admitted: 0, idle: Vec::new() },
            );
        }
        self.lanes.get_mut(key).expect("the lane was inserted just above")
    }

    fn tidy(&mut self, key: &str) {
        if self
            .lanes
            .get(key)
            .is_some_and(|lane| lane.admitted == 0 && lane.running == 0 && lane.idle.is_empty())
        {
            self.lanes.remove(key);
        }
    }

    /// The first in line who can go on, if anybody can.
    #[allow(clippy::type_complexity)] // a caller's channel and what to tell it: named once, used once
    fn next_admission(
        &mut self,
        pool: &Arc<Pool<W>>,
    ) -> Option<(oneshot::Sender<Admission<W>>, Admission<W>)> {
        let mut blocked = 0;
        let mut index = 0;
        while let Some(waiting) = self.waiting.get(index) {
            if waiting.admit.is_closed() {
                self.waiting.remove(index);
                continue;
            }
            if let Some(place) = self.place_for(index, pool) {
                let Waiting { key, admit, .. } = self.waiting.remove(index)?;
                let lane = self.lane(&key);
                lane.running += 1;
                let turn = Turn {
                    pool: pool.clone(),
                    generation: lane.generation,
                    key,
                    in_line: None,
                    settling: false,
                };
                return Some((admit, Admission { turn, place }));
            }
            blocked += 1;
            if self.ending < blocked {
                self.end_least_recent();
            }
            index += 1;
        }
        None
    }

    fn place_for(&mut self, index: usize, pool: &Arc<Pool<W>>) -> Option<Place<W>> {
        let Waiting { key, want, .. } = self.waiting.get(index)?;
        let lane = self.lanes.get_mut(key)?;
        if lane.running >= pool.max_per_function {
            return None;
        }
        // Workers of an older revision end here: nobody will ask for them again.
        lane.idle.retain(|(_, worker)| worker.alive() && worker.suits(want));
        if let Some((_, worker)) = lane.idle.pop() {
            return Some(Place::Worker(worker));
        }
        if lane.settling > 0 {
            // Far sooner than a new process could be.
            return None;
        }
        if self.seats < pool.max_processes {
            self.seats += 1;
            return Some(Place::Seat(Seat { pool: pool.clone(), key: key.clone() }));
        }
        None
    }

    /// Ends the worker that nobody has needed for longest, so that its seat serves someone who waits.
    fn end_least_recent(&mut self) {
        let oldest =
            self.lanes.values_mut().filter(|lane| !lane.idle.is_empty()).min_by_key(|lane| lane.idle[0].0);
        if let Some(lane) = oldest {
            lane.idle.remove(0);
            self.ending += 1;
        }
    }
}

/// One running invocation. Its end makes room in the function's own concurrency.
pub(crate) struct Turn<W: Warm> {
    pool: Arc<Pool<W>>,
    key: String,
    generation: u64,
    in_line: Option<InLine<W>>,
    settling: bool,
}

impl<W: Warm> Turn<W> {
    /// The invocation has been answered. Who comes next is better served by this worker than by a new process, unless
    /// it takes longer than that (`settles_late`).
    pub fn answered(&mut self) {
        self.in_line = None;
        self.set_settling(true);
    }

    pub fn settles_late(&mut self) {
        self.set_settling(false);
        self.pool.serve_line();
    }

    fn set_settling(&mut self, settling: bool) {
        let before = std::mem::replace(&mut self.settling, settling);
        if let Some(lane) = self.pool.lock().lanes.get_mut(&self.key) {
            lane.settling = (lane.settling + usize::from(settling)).saturating_sub(usize::from(before));
        }
    }
}

impl<W: Warm> Drop for Turn<W> {
    fn drop(&mut self) {
        self.set_settling(false);
        {
            let mut state = self.pool.lock();
            if let Some(lane) = state.lanes.get_mut(&self.key) {
                lane.running = lane.running.saturating_sub(1);
            }
            state.tidy(&self.key);
        }
        self.in_line = None;
        self.pool.serve_line();
    }
}

/// One invocation that was admitted, from its arrival to its end.
struct InLine<W: Warm> {
    pool: Arc<Pool<W>>,
    key: String,
}

impl<W: Warm> Drop for InLine<W> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        if let Some(lane) = state.lanes.get_mut(&self.key) {
            lane.admitted = lane.admitted.saturating_sub(1);
        }
        state.tidy(&self.key);
    }
}

/// One process's place among all.
pub(crate) struct Seat<W: Warm> {
    pool: Arc<Pool<W>>,
    key: String,
}

impl<W: Warm> Drop for Seat<W> {
    fn drop(&mut self) {
        {
            let mut state = self.pool.lock();
            state.seats = state.seats.saturating_sub(1);
            state.ending = state.ending.saturating_sub(1);
            if let Some(lane) = state.lanes.get_mut(&self.key) {
                lane.idle.retain(|(_, worker)| worker.alive());
            }
            state.tidy(&self.key);
        }
        self.pool.freed.notify_waiters();
        self.pool.serve_line();
    }
}

#[cfg(test)]
mod tests;
