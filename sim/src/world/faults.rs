//! What goes wrong: the process dies in any moment, the disk tears what it was writing, the host's clock jumps.

use super::{Happening, MINUTE_MS, World};
use crate::sabotage::Sabotage;
use stepwell_services::keys::Family;
use stepwell_store::Crash;

impl World<'_> {
    /// Sets what comes out of the blue.
    pub(super) fn plan_faults(&mut self) {
        self.plan_crash();
        self.plan_jump();
    }

    fn plan_crash(&mut self) {
        if self.profile.crash_minutes > 0 {
            let after_ms = self.random.pause(self.profile.crash_minutes * MINUTE_MS);
            self.agenda.after(after_ms, Happening::CrashSometime);
        }
    }

    fn plan_jump(&mut self) {
        if self.profile.jump_minutes > 0 {
            let after_ms = self.random.pause(self.profile.jump_minutes * MINUTE_MS);
            self.agenda.after(after_ms, Happening::Jump);
        }
    }

    pub(super) fn crash_sometime(&mut self) {
        if self.facts.host.is_up() {
            self.crash();
        }
        self.plan_crash();
    }

    /// The process dies. What was not synced may be there afterwards, whole, cut, wrong, or not at all.
    pub(super) fn crash(&mut self) {
        let unsynced = self.facts.host.unsynced_bytes();
        let crash = if self.random.chance(self.profile.torn) {
            let kept_bytes = self.random.index(unsynced + 1);
            Crash { kept_bytes, wrong_byte: self.random.percent(40).then(|| self.random.index(kept_bytes)) }
        } else if self.random.percent(50) {
            Crash { kept_bytes: unsynced, wrong_byte: None }
        } else {
            Crash::default()
        };
        let (recovery, survived) = self.facts.host.crash(crash);
        self.note(|| format!("crash {crash:?} {recovery:?}"));
        self.tally.crashes += 1;
        self.tally.torn += u64::from(recovery.was_torn);
        self.tally.unnoticed += u64::from(survived.is_some());
        if let Some(batch) = survived {
            self.durable(&batch);
        }
        self.facts.outside.abandoned();
        self.turn_at_ms = None;
        self.ticket += 1;
        self.send_answers();
        self.cut_lines();
        let down_ms = self.random.pause(3000);
        self.agenda.after(down_ms, Happening::Start);
    }

    /// The process is started again.
    pub(super) fn start(&mut self) {
        if self.facts.host.is_up() {
            return;
        }
        let random = self.random.fork();
        if let Err(failure) = self.facts.host.start(self.profile.not_loaded, random) {
            return self.break_rule("a start that fails", format!("{failure:?}"));
        }
        if self.sabotage() == Sabotage::LoseSyncedRow
            && let Some((key, _)) = self.facts.mirror.family(Family::Execution).next()
        {
            self.facts.host.lose_row(key.to_vec());
        }
        self.note(|| "start".to_owned());
        self.facts.up_since_ms = self.agenda.now_ms();
        self.check(|checker, facts| checker.restarted(facts));
        self.take_up();
        self.set_turn(0);
    }

    /// The host's clock is set: by seconds mostly, by hours sometimes, in both directions.
    pub(super) fn jump(&mut self) {
        let ms = match self.random.below(10) {
            0..6 => self.random.below(20_000),
            6..9 => self.random.below(10 * MINUTE_MS),
            _ => self.random.below(180 * MINUTE_MS),
        };
        let ms = i64::try_from(ms).unwrap_or(0);
        let ms = if self.random.percent(50) { ms } else { -ms };
        self.note(|| format!("the clock jumps by {ms} ms"));
        self.facts.clock.jump(ms, self.agenda.now_ms());
        self.tally.jumps += 1;
        self.plan_jump();
        // A jump makes no noise: the writer notices when it wakes up next.
    }
}
