//! What all clients share: where the server is and whether it runs, what they were told, and what can't be true of it.

use crate::ledger::Ledgers;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::Duration;
use stepwell_bench::trouble::Trouble;
use tokio::sync::watch;

pub struct World {
    pub address: SocketAddr,
    /// What was told, by kind.
    pub ledgers: RefCell<Ledgers>,
    rng: RefCell<fastrand::Rng>,
    up: watch::Sender<bool>,
    /// Nothing new is begun any more.
    pub ending: Cell<bool>,
    /// Answers with a status of 500 and more, which are allowed only where a part of the test says so.
    server_errors: RefCell<Vec<String>>,
    violations: RefCell<Vec<String>>,
}

impl World {
    pub fn new(address: SocketAddr, seed: u64) -> Self {
        Self {
            address,
            ledgers: RefCell::default(),
            rng: RefCell::new(fastrand::Rng::with_seed(seed)),
            up: watch::Sender::new(false),
            ending: Cell::new(false),
            server_errors: RefCell::default(),
            violations: RefCell::default(),
        }
    }

    /// Less than `bound`.
    pub fn random(&self, bound: u64) -> u64 {
        self.rng.borrow_mut().u64(..bound)
    }

    /// How long the server lives next: mostly so briefly that much is cut off, now and then so long that functions, which
    /// start slowly, get something done.
    pub fn life(&self) -> Duration {
        let lasts_long = self.random(16) == 0;
        Duration::from_millis(if lasts_long { 1500 + self.random(1000) } else { 50 + self.random(200) })
    }

    pub fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    pub async fn server_is_up(&self) {
        // The sender is in this very struct: it can't be gone.
        drop(self.up.subscribe().wait_for(|up| *up).await);
    }

    pub fn violation(&self, what: String) {
        self.violations.borrow_mut().push(what);
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.borrow().clone()
    }

    pub fn is_sound(&self) -> bool {
        self.violations.borrow().is_empty()
    }

    pub fn server_error(&self, what: String) {
        self.server_errors.borrow_mut().push(what);
    }

    pub fn server_errors(&self) -> Vec<String> {
        self.server_errors.borrow().clone()
    }

    /// Trouble of the test itself, if what can't be true was seen.
    pub fn verdict(&self) -> Result<(), Trouble> {
        let violations = self.violations();
        if violations.is_empty() {
            return Ok(());
        }
        let shown = violations.iter().take(20).fold(String::new(), |text, line| text + "\n  " + line);
        Err(Trouble::other(format!("{} violations:{shown}", violations.len())))
    }
}
