//! Two messages or notifications from one attempt: of one send, one publication, one task token, one delivery.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts};
use std::collections::BTreeMap;
use stepwell_services::effect::{Effect, InvokePurpose};
use stepwell_services::keys::Family;
use stepwell_services::row;

#[derive(Default)]
pub struct Doubled {
    /// What an effect is for, and the number under which it is owed.
    owed: BTreeMap<String, u64>,
}

impl Checker for Doubled {
    fn rule(&self) -> &'static str {
        "doubled from one attempt"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        for place in &commit.movements.arrived {
            let Some(resident) = facts.census.messages.get(place) else { continue };
            for mark in resident.tags.iter().chain(&resident.token) {
                let count = facts.census.arrivals.get(&(mark.clone(), resident.root)).copied().unwrap_or(0);
                if count > 1 {
                    let queue = facts.census.name(resident.root);
                    return Err(format!("`{mark}` came into {queue} {count} times"));
                }
            }
        }
        for change in commit.changes.iter().filter(|change| change.is_of(Family::Effect)) {
            let ([id], Some(after)) = (change.numbers(Family::Effect), &change.after) else { continue };
            let effect: Effect = row::decode(after).map_err(|failure| format!("{failure:?}"))?;
            let Some(purpose) = purpose(&effect) else { continue };
            let known = *self.owed.entry(purpose.clone()).or_insert(id);
            if known != id {
                return Err(format!("effects {known} and {id} are owed for {purpose}"));
            }
        }
        Ok(())
    }
}

/// What is owed once.
fn purpose(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Invoke(invoke) => match &invoke.purpose {
            InvokePurpose::Task(attempt, _) => Some(format!("{attempt:?}")),
            _ => None,
        },
        Effect::Post(post) => {
            let message =
                post.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-sns-message-id"));
            let message = message.map(|(_, value)| value.as_str()).unwrap_or_default();
            Some(format!("try {} of {message} to {}", post.failures, post.subscription_arn))
        }
        _ => None,
    }
}
