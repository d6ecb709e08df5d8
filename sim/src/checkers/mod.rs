//! What may never happen: one file for each rule, named for what breaks it.
//!
//! A checker sees every durable commit, every answer that reaches a client, and now and then, after each restart and at the
//! end, everything. It only looks.

mod acknowledged_lost;
mod activity_task_doubled;
mod doubled;
mod effect_never_tried;
mod fifo_out_of_order;
mod gap_in_event_ids;
mod iteration_out_of_turn;
mod map_run_uneven;
mod message_unaccounted;
mod parent_misled;
mod quarantined;
mod redriven_twice;
mod retry_out_of_turn;
mod state_entered_twice;
mod token_accepted_twice;
mod two_terminal_events;
mod unsettled;
mod verdict_differs;
mod waiter_forgotten;

use crate::ask::Ask;
use crate::facts::{Commit, Facts};
use crate::line::Told;

/// Fine, or what is wrong.
pub type Verdict = Result<(), String>;

/// A rule.
pub trait Checker {
    /// The rule's name: what may never happen.
    fn rule(&self) -> &'static str;

    /// A commit became durable; the facts are those after it.
    ///
    /// # Errors
    /// What is wrong.
    fn committed(&mut self, _: &Commit, _: &Facts) -> Verdict {
        Ok(())
    }

    /// A client was told something.
    ///
    /// # Errors
    /// What is wrong.
    fn told(&mut self, _: &Ask, _: &Told, _: &Facts) -> Verdict {
        Ok(())
    }

    /// The process was started again, over what the crash left.
    ///
    /// # Errors
    /// What is wrong.
    fn restarted(&mut self, _: &Facts) -> Verdict {
        Ok(())
    }

    /// Now and then.
    ///
    /// # Errors
    /// What is wrong.
    fn looked(&mut self, _: &Facts) -> Verdict {
        Ok(())
    }

    /// The world has run dry.
    ///
    /// # Errors
    /// What is wrong.
    fn ended(&mut self, _: &Facts) -> Verdict {
        Ok(())
    }
}

/// All rules.
#[must_use]
pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(token_accepted_twice::TokenAcceptedTwice::default()),
        Box::new(acknowledged_lost::AcknowledgedLost::default()),
        Box::new(state_entered_twice::StateEnteredTwice::default()),
        Box::new(doubled::Doubled::default()),
        Box::new(redriven_twice::RedrivenTwice::default()),
        Box::new(two_terminal_events::TwoTerminalEvents::default()),
        Box::new(gap_in_event_ids::GapInEventIds::default()),
        Box::new(message_unaccounted::MessageUnaccounted),
        Box::new(fifo_out_of_order::FifoOutOfOrder),
        Box::new(effect_never_tried::EffectNeverTried),
        Box::new(waiter_forgotten::WaiterForgotten),
        Box::new(quarantined::Quarantined),
        Box::new(unsettled::Unsettled),
        Box::new(map_run_uneven::MapRunUneven),
        Box::new(activity_task_doubled::ActivityTaskDoubled::default()),
        Box::new(parent_misled::ParentMisled::default()),
        Box::new(retry_out_of_turn::RetryOutOfTurn::default()),
        Box::new(iteration_out_of_turn::IterationOutOfTurn::default()),
        Box::new(verdict_differs::VerdictDiffers::default()),
    ]
}
