//! Commands that wait for an expression: its evaluation takes longer than a command may, and is performed out of the shard's
//! way. Nothing of such a command is left; it runs again when the verdict is there, with its seed, and finds it.
//!
//! Bounded: so many evaluations are out at a time. A command beyond that stands in line without one, and is tried again
//! when another is done.

use crate::shard::Postponed;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use stepwell_asl::jsonata::{Evaluation, Verdict};

/// Evaluations that are out at a time at most. Each holds copies of what it reads, up to some 256 KiB and the variables.
const MOST_OUT: usize = 64;

/// The commands of one shard that wait for a verdict.
#[derive(Default)]
pub(crate) struct Evaluations {
    next_id: u64,
    out: BTreeMap<u64, Postponed>,
    /// Asked for, and not handed out yet.
    to_perform: Vec<(u64, Box<Evaluation>)>,
    line: VecDeque<Postponed>,
}

impl Evaluations {
    pub fn add(&mut self, command: Postponed, evaluation: Box<Evaluation>) {
        if self.out.len() >= MOST_OUT {
            return self.line.push_back(command);
        }
        self.next_id += 1;
        self.out.insert(self.next_id, command);
        self.to_perform.push((self.next_id, evaluation));
    }

    /// The evaluations that are to be performed, each once.
    pub fn take(&mut self) -> Vec<(u64, Box<Evaluation>)> {
        std::mem::take(&mut self.to_perform)
    }

    /// The verdict is there: who can go on now, the one that waited for it and the next in line.
    pub fn perform(&mut self, id: u64, verdict: Verdict) -> Vec<Postponed> {
        let waited = self.out.remove(&id).map(|mut command| {
            command.waiter.verdicts.push(Arc::new(verdict));
            command
        });
        waited.into_iter().chain(self.line.pop_front()).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.line.is_empty()
    }

    pub fn commands(&self) -> impl Iterator<Item = &Postponed> {
        self.out.values().chain(&self.line)
    }
}
