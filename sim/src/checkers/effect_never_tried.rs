//! An effect that is owed and that the process doesn't know of; a timer that is due and doesn't fire.

use super::{Checker, Verdict};
use crate::facts::Facts;
use crate::mirror::numbers;
use stepwell_services::keys::Family;
use stepwell_services::timer;
use stepwell_store::Slice;

/// Time that a process has for all that it found.
const GRACE_MS: u64 = 15_000;

pub struct EffectNeverTried;

impl Checker for EffectNeverTried {
    fn rule(&self) -> &'static str {
        "owed and never tried"
    }

    fn looked(&mut self, facts: &Facts) -> Verdict {
        if facts.up_for_ms() < GRACE_MS {
            return Ok(());
        }
        for (key, _) in facts.mirror.family(Family::Effect) {
            let [id] = numbers(key, Family::Effect);
            // A batch that is durable since this moment is told in this moment.
            if !facts.host.knows(id) && !facts.host.has_untold() {
                return Err(format!("effect {id} is owed, and nobody tries"));
            }
        }
        match facts.mirror.family(Family::Timer).next() {
            Some((key, _)) => is_fired(key, facts),
            None => Ok(()),
        }
    }
}

fn is_fired(key: &[u8], facts: &Facts) -> Verdict {
    let (due_ms, timer) = timer::read(&Slice::from(key)).map_err(|failure| format!("{failure:?}"))?;
    let late_ms = facts.stored_ms().saturating_sub(due_ms);
    if late_ms > GRACE_MS && facts.clock.is_steady_for(GRACE_MS, facts.now_ms) {
        return Err(format!("{timer:?} is due since {late_ms} ms"));
    }
    Ok(())
}
