//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>
//!
//! By time of the last event all streams of the group are read and sorted: this is for people who look for the newest.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::logs::model::{LogGroup, LogStream};
use crate::logs::{errors, keys, names};
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use stepwell_store::Direction;

/// Rows that are fetched at once.
const CHUNK: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogStreams {
    pub log_group_name: Option<String>,
    pub log_group_identifier: Option<String>,
    pub log_stream_name_prefix: Option<String>,
    pub order_by: Option<String>,
    #[serde(default)]
    pub descending: bool,
    pub next_token: Option<String>,
    pub limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogStreamsOutput {
    pub log_streams: Vec<LogStreamShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogStreamShape {
    pub log_stream_name: String,
    pub creation_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_event_timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event_timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ingestion_time: Option<u64>,
    /// Absent as long as there is no event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_sequence_token: Option<String>,
    pub arn: String,
    pub stored_bytes: u64,
}

impl Read for DescribeLogStreams {
    const NAME: &'static str = "DescribeLogStreams";
    type Output = DescribeLogStreamsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<DescribeLogStreamsOutput, Failure> {
        let limit = self.limit.unwrap_or(50);
        let order = self.order_by.as_deref().unwrap_or("LogStreamName");
        names::constraints()
            .range("limit", limit, 1..=50)
            .one_of("orderBy", order, &["LogStreamName", "LastEventTime"])
            .finish()?;
        let by_time = order == "LastEventTime";
        if by_time && self.log_stream_name_prefix.is_some() {
            return Err(errors::invalid_parameter(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            )
            .into());
        }
        let name = self.log_group_name.as_deref();
        let group = names::group(name, self.log_group_identifier.as_deref(), rows, context)?;
        let list = format!("{} {} {order} {}", Self::NAME, group.id, self.descending);
        let last = match &self.next_token {
            None => None,
            Some(token) => {
                Some(page::last(context.secrets, &list, token).ok_or_else(errors::invalid_next_token)?)
            }
        };
        let limit = usize::try_from(limit).unwrap_or(1);
        let mut streams = match by_time {
            true => self.by_time(&group, last.as_deref(), rows)?,
            false => self.by_name(&group, last.as_deref(), limit + 1, rows)?,
        };
        let has_more = streams.len() > limit;
        streams.truncate(limit);
        let next_token = streams.last().filter(|_| has_more).map(|last| {
            let place = if by_time { time_place(last) } else { last.name.clone() };
            page::token(context.secrets, &list, &place)
        });
        let log_streams = streams.into_iter().map(|stream| shape(&group, stream)).collect();
        Ok(DescribeLogStreamsOutput { log_streams, next_token })
    }
}

impl DescribeLogStreams {
    fn by_name(
        &self,
        group: &LogGroup,
        last: Option<&str>,
        most: usize,
        rows: &dyn Rows,
    ) -> Result<Vec<LogStream>, Failure> {
        let prefix = self.log_stream_name_prefix.as_deref().unwrap_or_default();
        let mut start = keys::stream_prefix(group.id, prefix);
        let mut end = keys::stream_prefix_end(group.id, prefix);
        let direction = if self.descending { Direction::Backward } else { Direction::Forward };
        if let Some(last) = last {
            let last = keys::stream(group.id, last).into_bytes();
            match direction {
                Direction::Forward => start = Key::after(&last),
                Direction::Backward => end = last,
            }
        }
        let pairs = rows.scan(&start, &end, direction, most)?;
        pairs.iter().map(|(_, value)| row::decode(value)).collect()
    }

    fn by_time(
        &self,
        group: &LogGroup,
        last: Option<&str>,
        rows: &dyn Rows,
    ) -> Result<Vec<LogStream>, Failure> {
        let order = |one: &str, other: &str| {
            let order = one.cmp(other);
            if self.descending { order.reverse() } else { order }
        };
        let mut streams = Vec::new();
        each_stream(group.id, "", rows, |stream| {
            let place = time_place(&stream);
            if last.is_none_or(|last| order(&place, last) == Ordering::Greater) {
                streams.push((place, stream));
            }
        })?;
        streams.sort_by(|(one, _), (other, _)| order(one, other));
        Ok(streams.into_iter().map(|(_, stream)| stream).collect())
    }
}

/// Where a stream stands in the order of last events: a stream without one is older than all.
fn time_place(stream: &LogStream) -> String {
    format!("{:020}/{}", stream.last_event_ms.unwrap_or(0), stream.name)
}

/// Shows each stream of a group whose name begins with `prefix`, by name.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn each_stream(
    group: u64,
    prefix: &str,
    rows: &dyn Rows,
    mut show: impl FnMut(LogStream),
) -> Result<(), Failure> {
    let mut start = keys::stream_prefix(group, prefix);
    let end = keys::stream_prefix_end(group, prefix);
    loop {
        let pairs = rows.scan(&start, &end, Direction::Forward, CHUNK)?;
        for (_, value) in &pairs {
            show(row::decode(value)?);
        }
        match pairs.last() {
            Some((last, _)) if pairs.len() == CHUNK => start = Key::after(last),
            _ => return Ok(()),
        }
    }
}

fn shape(group: &LogGroup, stream: LogStream) -> LogStreamShape {
    LogStreamShape {
        arn: format!("{}:log-stream:{}", group.arn(), stream.name),
        upload_sequence_token: stream.last_event_ms.map(|_| format!("{:056}", stream.id)),
        log_stream_name: stream.name,
        creation_time: stream.created_ms,
        first_event_timestamp: stream.first_event_ms,
        last_event_timestamp: stream.last_event_ms,
        last_ingestion_time: stream.last_ingestion_ms,
        // AWS counts the bytes of groups only.
        stored_bytes: 0,
    }
}
