//! How a disturbance learns that it was long enough.

use crate::trouble::Trouble;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub struct Stopper(watch::Sender<bool>);

/// Cheap to clone.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    pub fn stop(self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits for the end; a run that is gone has ended.
    pub async fn over(&self) {
        drop(self.0.clone().wait_for(|over| *over).await);
    }

    /// Sleeps; `false` if it ended meanwhile.
    pub async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            () = self.over() => false,
        }
    }

    /// Has so many tasks work until the end, and gives how often they did what they do. To be called within a
    /// [`tokio::task::LocalSet`].
    ///
    /// # Errors
    /// The first that a task has.
    pub async fn crowd<F>(
        &self,
        tasks: usize,
        work: impl Fn(usize, Rc<Cell<u64>>) -> F,
    ) -> Result<u64, Trouble>
    where
        F: Future<Output = Result<(), Trouble>> + 'static,
    {
        let count = Rc::new(Cell::new(0));
        let mut crowd = JoinSet::new();
        for index in 0..tasks {
            crowd.spawn_local(work(index, count.clone()));
        }
        loop {
            tokio::select! {
                () = self.over() => return Ok(count.get()),
                ended = crowd.join_next() => match ended {
                    None => return Ok(count.get()),
                    Some(ended) => ended.map_err(|error| Trouble::other(error.to_string()))??,
                }
            }
        }
    }
}

/// One more.
pub fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}
