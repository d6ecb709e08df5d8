//! What a run has to say: its figures, its digest, and what broke, if something did.

use sha2::{Digest, Sha256};
use std::fmt;

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub simulated_ms: u64,
    pub commands: u64,
    pub commits: u64,
    pub crashes: u64,
    /// Crashes after which a batch was cut or wrong, and dropped whole.
    pub torn: u64,
    /// Crashes after which a batch was whole of which nobody had been told.
    pub unnoticed: u64,
    /// Commands that were undone and ran again because rows of theirs weren't loaded.
    pub loads: u64,
    pub jumps: u64,
    /// Expressions that were evaluated out of the writer's way.
    pub evaluations: u64,
    pub effects: u64,
    /// Effects that a later process took up once more.
    pub tried_again: u64,
    /// Functions run again for an attempt that had not been answered.
    pub repeated: u64,
    pub executions: u64,
    pub messages: u64,
    pub rows: u64,
}

impl Tally {
    /// Adds another run's figures.
    pub fn add(&mut self, other: &Self) {
        let Self { simulated_ms, commands, commits, crashes, torn, unnoticed, loads, .. } = *other;
        self.simulated_ms += simulated_ms;
        self.commands += commands;
        self.commits += commits;
        self.crashes += crashes;
        self.torn += torn;
        self.unnoticed += unnoticed;
        self.loads += loads;
        self.jumps += other.jumps;
        self.evaluations += other.evaluations;
        self.effects += other.effects;
        self.tried_again += other.tried_again;
        self.repeated += other.repeated;
        self.executions += other.executions;
        self.messages += other.messages;
        self.rows += other.rows;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commands, commits, crashes, torn, unnoticed, loads, jumps, .. } = self;
        let hours = self.simulated_ms / 3_600_000;
        write!(
            formatter,
            "{hours} hours, {commands} commands, {commits} commits, {crashes} crashes ({torn} torn, "
        )?;
        write!(formatter, "{unnoticed} unnoticed), {loads} loads, {jumps} jumps, ")?;
        write!(formatter, "{} evaluations, {} effects ", self.evaluations, self.effects)?;
        write!(formatter, "({} tried again, {} functions run again), ", self.tried_again, self.repeated)?;
        write!(formatter, "{} executions, {} messages", self.executions, self.messages)
    }
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: &'static str,
    pub what: String,
    /// Ms since the world began.
    pub at_ms: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} (after {} ms)", self.rule, self.what, self.at_ms)
    }
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub tally: Tally,
    /// Over all durable batches and all answers.
    pub digest: String,
    pub violation: Option<Violation>,
}

/// A run's bytes, summed up.
#[derive(Default)]
pub struct Sum(Sha256);

impl Sum {
    /// Adds bytes, and where they end.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    #[must_use]
    pub fn finish(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
