//! The way of a batch: written, synced, known to checkers, and only then told to anyone.

use super::{Happening, World};
use crate::facts::{self, Commit};
use crate::sabotage::Sabotage;
use stepwell_store::Batch;

impl World<'_> {
    /// A batch was written: the disk needs its time, in which the process may die.
    pub(super) fn commit_begins(&mut self) {
        self.tally.commits += 1;
        let sync_ms = 1 + self.random.below(self.profile.sync_ms.max(1) * 2);
        let life = self.facts.host.life;
        if self.random.chance(self.profile.crash_in_commit) {
            self.agenda.after(self.random.below(sync_ms), Happening::Crash { life });
        }
        self.agenda.after(sync_ms, Happening::Synced { life });
    }

    /// The batch is durable, and nobody knows yet.
    pub(super) fn synced(&mut self) {
        let Some(batch) = self.facts.host.synced() else { return };
        self.durable(&batch);
        let life = self.facts.host.life;
        if self.random.chance(self.profile.crash_after_commit) {
            self.agenda.after(0, Happening::Crash { life });
        }
        self.agenda.after(0, Happening::Told { life });
    }

    /// A batch became durable: from here on nothing of it may be lost.
    pub(super) fn durable(&mut self, batch: &Batch) {
        for (key, value) in batch.writes() {
            self.sum.add(key);
            self.sum.add(value.as_deref().unwrap_or(b"-"));
        }
        let changes = self.facts.mirror.apply(batch);
        let movements = self.facts.census.take(&changes, &self.facts.mirror);
        let commit = Commit { events: facts::events(&changes), changes, movements };
        self.check(|checker, facts| checker.committed(&commit, facts));
    }

    /// Answers go out, effects are taken up.
    pub(super) fn tell(&mut self) {
        self.facts.host.tell(self.sabotage() == Sabotage::OverlookEffect);
        self.send_answers();
        self.take_up();
        self.set_turn(0);
    }
}
