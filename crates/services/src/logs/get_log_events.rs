//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>
//!
//! A token says where to read on and in which direction; at the end it is given back unchanged, so a reader that keeps
//! the forward token sees what comes later.

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::model::LogStream;
use crate::logs::reading::{Found, Place, Reader, Window};
use crate::logs::{errors, names};
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::ApiError;

/// Bytes of messages in an answer.
pub const ANSWER_BYTES: usize = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogEvents {
    pub log_group_name: Option<String>,
    pub log_group_identifier: Option<String>,
    pub log_stream_name: String,
    pub start_time: Option<i64>,
    pub end_time: Option<i64>,
    pub next_token: Option<String>,
    pub limit: Option<i64>,
    #[serde(default)]
    pub start_from_head: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogEventsOutput {
    pub events: Vec<OutputLogEvent>,
    pub next_forward_token: String,
    pub next_backward_token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputLogEvent {
    pub timestamp: u64,
    pub message: String,
    pub ingestion_time: u64,
}

impl Read for GetLogEvents {
    const NAME: &'static str = "GetLogEvents";
    type Output = GetLogEventsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetLogEventsOutput, Failure> {
        let limit = checked_limit(self.limit)?;
        names::check_stream(&self.log_stream_name)?;
        let name = self.log_group_name.as_deref();
        let group = names::group(name, self.log_group_identifier.as_deref(), rows, context)?;
        let stream = LogStream::by_name(group.id, &self.log_stream_name, rows)?;
        let start_ms = time(self.start_time).max(group.expired_before_ms(context.now_ms));
        let end_ms = self.end_time.map_or(u64::MAX, |ms| time(Some(ms)));
        let whole = Window { after: Place::before_time(start_ms), before: Place::before_time(end_ms) };
        let (direction, from) = self.start()?;
        let window = match (direction, from) {
            (Direction::Forward, Some(from)) => Window { after: whole.after.max(from), ..whole },
            (Direction::Backward, Some(from)) => Window { before: whole.before.min(from), ..whole },
            (_, None) => whole,
        };
        let found = page(&mut Reader::new(rows, stream.id, window, direction), limit)?;
        Ok(output(found, direction, from.unwrap_or(window.after)))
    }
}

impl GetLogEvents {
    fn start(&self) -> Result<(Direction, Option<Place>), ApiError> {
        let Some(token) = &self.next_token else {
            let direction = if self.start_from_head { Direction::Forward } else { Direction::Backward };
            return Ok((direction, None));
        };
        let (direction, rest) = match token.split_at_checked(2) {
            Some(("f/", rest)) => (Direction::Forward, rest),
            Some(("b/", rest)) => (Direction::Backward, rest),
            _ => return Err(errors::invalid_next_token()),
        };
        let place = rest.strip_suffix("/s").and_then(Place::parse);
        Ok((direction, Some(place.ok_or_else(errors::invalid_next_token)?)))
    }
}

fn page(reader: &mut Reader, limit: usize) -> Result<Vec<Found>, Failure> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    while found.len() < limit && bytes < ANSWER_BYTES {
        let Some(event) = reader.next()? else { break };
        bytes += event.message().len();
        found.push(event);
    }
    Ok(found)
}

fn output(mut found: Vec<Found>, direction: Direction, empty_at: Place) -> GetLogEventsOutput {
    if matches!(direction, Direction::Backward) {
        found.reverse();
    }
    let before = found.first().map_or(empty_at, |first| first.place.gap_before());
    let after = found.last().map_or(empty_at, |last| last.place.gap_after());
    GetLogEventsOutput {
        events: found.iter().map(shape).collect(),
        next_forward_token: format!("f/{}/s", after.digits()),
        next_backward_token: format!("b/{}/s", before.digits()),
    }
}

fn shape(event: &Found) -> OutputLogEvent {
    OutputLogEvent {
        timestamp: event.timestamp_ms(),
        message: event.message().to_owned(),
        ingestion_time: event.ingested_ms(),
    }
}

/// How many events are wanted.
///
/// # Errors
/// `InvalidParameterException`.
pub fn checked_limit(limit: Option<i64>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(10_000);
    names::constraints().range("limit", limit, 1..=10_000).finish()?;
    Ok(usize::try_from(limit).unwrap_or(1))
}

/// A time that was given, or the beginning.
pub fn time(ms: Option<i64>) -> u64 {
    ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
}
