//! A message that is neither in a queue, nor in flight, nor dead-lettered, nor deleted; or that stands in a queue twice.

use super::{Checker, Verdict};
use crate::census::{Place, Resident};
use crate::facts::{Commit, Facts};

pub struct MessageUnaccounted;

impl Checker for MessageUnaccounted {
    fn rule(&self) -> &'static str {
        "message unaccounted"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        for place in &commit.movements.touched {
            let times = facts.census.readies.get(place).map_or(0, std::collections::BTreeSet::len);
            let is_there = facts.census.messages.contains_key(place);
            // The rows of a queue that is gone are removed one after the other.
            if times != usize::from(is_there) && !facts.census.gone.contains(&place.0) {
                return Err(format!("message {place:?} can be received from {times} times on"));
            }
        }
        for (resident, place) in &commit.movements.left {
            if !may_leave(resident, *place, facts) {
                let queue = facts.census.name(place.0);
                return Err(format!(
                    "message {} ({:?}) left {queue} for no reason",
                    resident.id, resident.tags
                ));
            }
        }
        for (resident, from, to) in &commit.movements.moved {
            let (from, to) = (facts.census.name(from.0), facts.census.name(to.0));
            if !to.contains("dead") && !facts.ledger.moves_asked.contains(&from) {
                return Err(format!("message {} moved from {from} to {to}", resident.id));
            }
        }
        Ok(())
    }
}

/// Whether someone deleted or purged it, its function is done with it, its time is over, or its queue is gone.
fn may_leave(resident: &Resident, (queue, _): Place, facts: &Facts) -> bool {
    let id = &resident.id;
    let is_over = || {
        let queue = facts.census.queues.get(&queue);
        queue.is_some_and(|queue| queue.has_forgotten(resident.sent_ms, facts.stored_ms()))
    };
    facts.ledger.deletes_asked.contains(id)
        || facts.outside.done.contains(id)
        || facts.census.gone.contains(&queue)
        || facts.ledger.purges_asked.contains(&facts.census.name(queue))
        || is_over()
}
