//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
//!
//! An entry that can't be taken is told of in the answer; the others are published.

use super::event::{Event, publish};
use super::rule::check_bus;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::{ApiError, Constraints, Service};

/// Entries of one call.
const MOST_ENTRIES: usize = 10;
/// Bytes of all entries together.
const MOST_BYTES: usize = 256 << 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEvents {
    pub entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    pub source: Option<String>,
    pub detail_type: Option<String>,
    /// JSON text.
    pub detail: Option<String>,
    #[serde(default)]
    pub resources: Vec<String>,
    /// Seconds since 1970.
    pub time: Option<f64>,
    pub event_bus_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsOutput {
    pub entries: Vec<EntryOutput>,
    pub failed_entry_count: usize,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EntryOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

impl Command for PutEvents {
    const NAME: &'static str = "PutEvents";
    type Output = PutEventsOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PutEventsOutput, Failure> {
        let count = self.entries.len();
        Constraints::new(Service::Events).count("entries", "[]", count, 1..=MOST_ENTRIES).finish()?;
        if self.entries.iter().map(Entry::bytes).sum::<usize>() > MOST_BYTES {
            return Err(
                ApiError::validation("Total size of the entries in the request is over the limit.").into()
            );
        }
        let mut entries = Vec::new();
        for entry in &self.entries {
            entries.push(match entry.event(context.now_ms) {
                Ok(event) => {
                    let scope = context.scope().clone();
                    let event_id = Some(publish(&scope, event, tx, context)?);
                    EntryOutput { event_id, ..EntryOutput::default() }
                }
                Err((code, message)) => {
                    EntryOutput { error_code: Some(code), error_message: Some(message), event_id: None }
                }
            });
        }
        let failed_entry_count = entries.iter().filter(|entry| entry.error_code.is_some()).count();
        Ok(PutEventsOutput { entries, failed_entry_count })
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts = texts.into_iter().flatten().chain(&self.resources);
        texts.map(String::len).sum()
    }

    /// The event, or an error's code and message.
    fn event(&self, now_ms: u64) -> Result<Event, (&'static str, String)> {
        let required = |value: &Option<String>, name: &str| {
            let given = value.clone().filter(|value| !value.is_empty());
            let reason = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            given.ok_or(("InvalidArgument", reason))
        };
        let source = required(&self.source, "Source")?;
        if source.starts_with("aws.") {
            return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
        }
        let detail_type = required(&self.detail_type, "DetailType")?;
        let detail = serde_json::from_str(&required(&self.detail, "Detail")?);
        let detail = detail.ok().filter(Value::is_object);
        let detail = detail.ok_or(("MalformedDetail", "Detail is malformed.".to_owned()))?;
        check_bus(self.event_bus_name.as_deref()).map_err(|error| ("InvalidArgument", error.message))?;
        // Whole milliseconds of a positive time are exact.
        let time_ms = self.time.map_or(now_ms, |seconds| (seconds.max(0.0) * 1000.0) as u64);
        Ok(Event { source, detail_type, resources: self.resources.clone(), detail, time_ms })
    }
}
