//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
//!
//! Sequence tokens are taken and given for old clients' sake, and mean nothing, as on AWS.

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::append::append;
use crate::logs::model::{DAY_MS, Event, LogGroup, LogStream};
use crate::logs::{errors, names};
use crate::operation::Command;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: u64 = 1 << 20;
const TOO_OLD_MS: u64 = 14 * DAY_MS;
const TOO_NEW_MS: u64 = 2 * 3_600_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLogEvents {
    pub log_group_name: String,
    pub log_stream_name: String,
    pub log_events: Vec<InputLogEvent>,
}

#[derive(Debug, Deserialize)]
pub struct InputLogEvent {
    pub timestamp: i64,
    pub message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLogEventsOutput {
    pub next_sequence_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_log_events_info: Option<RejectedLogEventsInfo>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedLogEventsInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_new_log_event_start_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_old_log_event_end_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_log_event_end_index: Option<usize>,
}

impl Command for PutLogEvents {
    const NAME: &'static str = "PutLogEvents";
    type Output = PutLogEventsOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PutLogEventsOutput, Failure> {
        let events = self.checked_events()?;
        let mut group = LogGroup::by_name(context.scope(), &self.log_group_name, tx)?;
        let mut stream = LogStream::by_name(group.id, &self.log_stream_name, tx)?;
        let (accepted, rejected) = accept(events, &group, context);
        if !accepted.is_empty() {
            append(&mut group, &mut stream, accepted, tx, context);
        }
        let next_sequence_token = format!("{:056}", tx.next_sequence());
        let rejected = (rejected != RejectedLogEventsInfo::default()).then_some(rejected);
        Ok(PutLogEventsOutput { next_sequence_token, rejected_log_events_info: rejected })
    }
}

impl PutLogEvents {
    fn checked_events(&self) -> Result<Vec<Event>, ApiError> {
        names::check_group(&self.log_group_name)?;
        names::check_stream(&self.log_stream_name)?;
        let mut constraints = names::constraints();
        let count = self.log_events.len();
        // AWS would print all events.
        constraints.count("logEvents", "[]", count, 1..=MOST_EVENTS);
        for (index, event) in self.log_events.iter().enumerate().take(MOST_EVENTS) {
            let path = |member| format!("logEvents.{}.member.{member}", index + 1);
            if event.timestamp < 0 {
                constraints.range(&path("timestamp"), event.timestamp, 0..);
            }
            if event.message.is_empty() {
                constraints.length(&path("message"), &event.message, 1..=usize::MAX);
            }
        }
        constraints.finish()?;
        let event = |event: &InputLogEvent| Event {
            timestamp_ms: u64::try_from(event.timestamp).unwrap_or(0),
            message: event.message.clone(),
        };
        let events: Vec<_> = self.log_events.iter().map(event).collect();
        check_batch(&events)?;
        Ok(events)
    }
}

fn check_batch(events: &[Event]) -> Result<(), ApiError> {
    let bytes: u64 = events.iter().map(Event::size).sum();
    if bytes > MOST_BYTES {
        let text = format!("Upload too large: {bytes} bytes exceeds limit of {MOST_BYTES}");
        return Err(errors::invalid_parameter(text));
    }
    if !events.is_sorted_by_key(|event| event.timestamp_ms) {
        return Err(errors::invalid_parameter(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let span = |first: &Event, last: &Event| last.timestamp_ms - first.timestamp_ms;
    if events.first().zip(events.last()).is_some_and(|(first, last)| span(first, last) > DAY_MS) {
        return Err(errors::invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}

/// The events that are neither too old nor too new. Clients write the time of the world outside, which may be ahead of
/// the stored one or behind it: the wider window counts.
fn accept(events: Vec<Event>, group: &LogGroup, context: &Context) -> (Vec<Event>, RejectedLogEventsInfo) {
    let (earlier_ms, later_ms) = (context.now_ms.min(context.wall_ms), context.now_ms.max(context.wall_ms));
    let expired_before_ms = group.expired_before_ms(earlier_ms);
    let too_old_before_ms = earlier_ms.saturating_sub(TOO_OLD_MS);
    let too_new_from_ms = later_ms + TOO_NEW_MS + 1;
    let before = |ms: u64| events.partition_point(|event| event.timestamp_ms < ms);
    let (expired, too_old, too_new) =
        (before(expired_before_ms), before(too_old_before_ms), before(too_new_from_ms));
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: (too_new < events.len()).then_some(too_new),
        too_old_log_event_end_index: (too_old > 0).then_some(too_old),
        expired_log_event_end_index: (expired > too_old).then_some(expired),
    };
    let first = expired.max(too_old);
    (events.into_iter().take(too_new).skip(first).collect(), rejected)
}
