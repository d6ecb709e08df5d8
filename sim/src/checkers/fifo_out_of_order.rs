//! A message of a FIFO queue that was received although an earlier one of its group is there.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::line::Told;

pub struct FifoOutOfOrder;

impl Checker for FifoOutOfOrder {
    fn rule(&self) -> &'static str {
        "fifo out of order"
    }

    fn told(&mut self, ask: &Ask, told: &Told, facts: &Facts) -> Verdict {
        let (Ask::Receive { queue, .. }, Ok(answer)) = (ask, told) else { return Ok(()) };
        let Some(number) = facts.census.number(queue).filter(|_| queue.ends_with(".fifo")) else {
            return Ok(());
        };
        let mut received: Vec<(String, u64)> = Vec::new();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let attribute = |name: &str| message["Attributes"][name].as_str().unwrap_or_default();
            let group = attribute("MessageGroupId").to_owned();
            let sequence = attribute("SequenceNumber").get(1..).unwrap_or_default().parse::<u64>();
            let sequence = sequence.map_err(|error| format!("a sequence number: {error}"))?;
            if received.iter().any(|(other, later)| *other == group && *later > sequence) {
                return Err(format!("{sequence} of group {group} in {queue} came after a later one"));
            }
            received.push((group, sequence));
        }
        for (group, sequence) in &received {
            // What is there now was there then: a message doesn't come back once it is gone.
            let before = facts.census.messages.range((number, 0)..(number, *sequence));
            let skipped = before
                .filter(|(_, resident)| resident.group.as_ref() == Some(group))
                .find(|((_, earlier), _)| !received.contains(&(group.clone(), *earlier)));
            if let Some(((_, earlier), _)) = skipped {
                return Err(format!("{sequence} of group {group} in {queue} came before {earlier}"));
            }
        }
        Ok(())
    }
}
