//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::model::Found;
use crate::states::{errors, keys, validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_engine::HistoryEvent;
use stepwell_store::Direction;

/// Rows that are read in one go; a row holds the events of one commit.
const SCAN: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExecutionHistory {
    pub execution_arn: String,
    pub max_results: Option<i64>,
    #[serde(default)]
    pub reverse_order: Option<bool>,
    pub next_token: Option<String>,
    pub include_execution_data: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExecutionHistoryOutput {
    pub events: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Read for GetExecutionHistory {
    const NAME: &'static str = "GetExecutionHistory";
    type Output = GetExecutionHistoryOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetExecutionHistoryOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let found = Found::by_arn(&self.execution_arn, rows)?;
        let end = found.state.engine.next_event_id();
        let first = match &self.next_token {
            Some(token) => event_id(&validation::page_cursor(
                &self.list(),
                token,
                validation::LONGEST_PAGE_TOKEN,
                context,
            )?)?,
            None if self.is_reverse() => end.saturating_sub(1),
            None => 1,
        };
        let events = match self.is_reverse() {
            false => forward(&found, first, most, rows)?,
            true => backward(&found, first, most, rows)?,
        };
        let next = events.last().map(|last| if self.is_reverse() { last.id - 1 } else { last.id + 1 });
        let next = next.filter(|next| (1..end).contains(next));
        let is_whole = self.include_execution_data != Some(false);
        Ok(GetExecutionHistoryOutput {
            events: events.iter().map(|event| event.to_json(is_whole)).collect(),
            next_token: next.map(|next| validation::page_token(&self.list(), &next.to_be_bytes(), context)),
        })
    }
}

impl GetExecutionHistory {
    fn is_reverse(&self) -> bool {
        self.reverse_order == Some(true)
    }

    fn list(&self) -> String {
        format!("{}:{}:{}", Self::NAME, self.execution_arn, self.is_reverse())
    }
}

fn event_id(cursor: &[u8]) -> Result<u64, Failure> {
    Ok(cursor.try_into().map(u64::from_be_bytes).map_err(|_| errors::invalid_token())?)
}

/// Events from `first` on. The row that holds it may begin before it.
fn forward(found: &Found, first: u64, most: usize, rows: &dyn Rows) -> Result<Vec<HistoryEvent>, Failure> {
    let all = keys::histories(found.machine, found.execution);
    let after_first = keys::history(found.machine, found.execution, first + 1);
    let holding = rows.scan(all.as_bytes(), after_first.as_bytes(), Direction::Backward, 1)?;
    let mut start = holding.first().map_or(all.as_bytes().to_vec(), |(key, _)| key.to_vec());
    let mut events = Vec::new();
    while events.len() < most {
        let page = rows.scan(&start, &all.end(), Direction::Forward, SCAN)?;
        let Some((last, _)) = page.last() else { break };
        start = crate::keys::Key::after(last);
        for (_, value) in &page {
            events.extend(decode(value)?.into_iter().filter(|event| event.id >= first));
        }
    }
    events.truncate(most);
    Ok(events)
}

/// Events from `first` back to the beginning.
fn backward(found: &Found, first: u64, most: usize, rows: &dyn Rows) -> Result<Vec<HistoryEvent>, Failure> {
    let all = keys::histories(found.machine, found.execution);
    let mut end = keys::history(found.machine, found.execution, first + 1).into_bytes();
    let mut events = Vec::new();
    while events.len() < most {
        let page = rows.scan(all.as_bytes(), &end, Direction::Backward, SCAN)?;
        let Some((last, _)) = page.last() else { break };
        end = last.to_vec();
        for (_, value) in &page {
            events.extend(decode(value)?.into_iter().rev().filter(|event| event.id <= first));
        }
    }
    events.truncate(most);
    Ok(events)
}

fn decode(value: &[u8]) -> Result<Vec<HistoryEvent>, Failure> {
    HistoryEvent::decode_many(value).map_err(|error| Failure::broken(format!("a row of history: {error}")))
}
