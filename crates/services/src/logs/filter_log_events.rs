//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
//!
//! Events of all streams in one order of time. A page may have fewer events than asked for, or none, and still a token:
//! as on AWS, so many events are looked at in one call.

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::describe_log_streams::each_stream;
use crate::logs::filter::Filter;
use crate::logs::get_log_events::{ANSWER_BYTES, checked_limit, time};
use crate::logs::model::{LogGroup, LogStream};
use crate::logs::reading::{Merged, Place, Window};
use crate::logs::{errors, names};
use crate::operation::Read;
use crate::page;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

/// Events that one call looks at.
const LOOKED_AT: usize = 20_000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterLogEvents {
    pub log_group_name: Option<String>,
    pub log_group_identifier: Option<String>,
    #[serde(default)]
    pub log_stream_names: Vec<String>,
    pub log_stream_name_prefix: Option<String>,
    pub start_time: Option<i64>,
    pub end_time: Option<i64>,
    pub filter_pattern: Option<String>,
    pub next_token: Option<String>,
    pub limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterLogEventsOutput {
    pub events: Vec<FilteredLogEvent>,
    pub searched_log_streams: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilteredLogEvent {
    pub log_stream_name: String,
    pub timestamp: u64,
    pub message: String,
    pub ingestion_time: u64,
    pub event_id: String,
}

impl Read for FilterLogEvents {
    const NAME: &'static str = "FilterLogEvents";
    type Output = FilterLogEventsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<FilterLogEventsOutput, Failure> {
        let limit = checked_limit(self.limit)?;
        let filter = self.filter()?;
        let name = self.log_group_name.as_deref();
        let group = names::group(name, self.log_group_identifier.as_deref(), rows, context)?;
        let window = self.window(&group, context)?;
        let streams = self.streams(&group, window, rows)?;
        let numbers: Vec<_> = streams.iter().map(|stream| stream.id).collect();
        let mut merged = Merged::new(rows, &numbers, window)?;
        let (mut events, mut bytes, mut last) = (Vec::new(), 0, None);
        for _ in 0..LOOKED_AT {
            if events.len() == limit || bytes >= ANSWER_BYTES {
                break;
            }
            let Some((stream, found)) = merged.next()? else {
                last = None;
                break;
            };
            last = Some(found.place.gap_after());
            if !filter.matches(found.message()) {
                continue;
            }
            bytes += found.message().len();
            events.push(FilteredLogEvent {
                log_stream_name: streams.get(stream).map(|stream| stream.name.clone()).unwrap_or_default(),
                timestamp: found.timestamp_ms(),
                message: found.message().to_owned(),
                ingestion_time: found.ingested_ms(),
                event_id: found.place.digits(),
            });
        }
        // Nothing behind the last one: no token, so that a reader knows that it is done.
        if last.is_some() && merged.next()?.is_none() {
            last = None;
        }
        let next_token = last.map(|last| page::token(context.secrets, &list(&group), &last.digits()));
        Ok(FilterLogEventsOutput { events, searched_log_streams: Vec::new(), next_token })
    }
}

fn list(group: &LogGroup) -> String {
    format!("FilterLogEvents {}", group.id)
}

impl FilterLogEvents {
    fn filter(&self) -> Result<Filter, ApiError> {
        let pattern = self.filter_pattern.as_deref().unwrap_or_default();
        names::constraints().length("filterPattern", pattern, 0..=1024).finish()?;
        Filter::parse(pattern).ok_or_else(|| errors::invalid_parameter("Invalid filter pattern"))
    }

    fn window(&self, group: &LogGroup, context: &Context) -> Result<Window, Failure> {
        let start_ms = time(self.start_time).max(group.expired_before_ms(context.now_ms));
        // Unlike GetLogEvents the end belongs to it.
        let end_ms = self.end_time.map_or(u64::MAX, |ms| time(Some(ms)).saturating_add(1));
        let mut window = Window { after: Place::before_time(start_ms), before: Place::before_time(end_ms) };
        if let Some(token) = &self.next_token {
            let last = page::last(context.secrets, &list(group), token);
            let last = last.as_deref().and_then(Place::parse).ok_or_else(errors::invalid_next_token)?;
            window.after = window.after.max(last);
        }
        Ok(window)
    }

    /// The streams that are asked for, without those that have no event in the window.
    fn streams(&self, group: &LogGroup, window: Window, rows: &dyn Rows) -> Result<Vec<LogStream>, Failure> {
        if self.log_stream_names.len() > 100 {
            let shown = stepwell_wire::constraints::shown_list(&self.log_stream_names);
            let count = self.log_stream_names.len();
            names::constraints().count("logStreamNames", &shown, count, 1..=100).finish()?;
        }
        if !self.log_stream_names.is_empty() {
            if self.log_stream_name_prefix.is_some() {
                return Err(errors::invalid_parameter(
                    "LogStreamNamePrefix and LogStreamNames are mutually exclusive parameters.",
                )
                .into());
            }
            let stream = |name: &String| LogStream::by_name(group.id, name, rows);
            return self.log_stream_names.iter().map(stream).collect();
        }
        let prefix = self.log_stream_name_prefix.as_deref().unwrap_or_default();
        let mut streams = Vec::new();
        each_stream(group.id, prefix, rows, |stream| {
            let ends = stream.last_event_ms.map(|ms| Place::before_time(ms.saturating_add(1)));
            let begins = stream.first_event_ms.map(Place::before_time);
            let overlaps = ends.is_some_and(|ends| window.after < ends)
                && begins.is_some_and(|begins| begins < window.before);
            streams.extend(overlaps.then_some(stream));
        })?;
        Ok(streams)
    }
}
