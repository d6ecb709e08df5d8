//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html>
//!
//! The newest first, as executions are listed.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::states::map_run::model::MapRun;
use crate::states::model::{Found, timestamp};
use crate::states::{arn, keys, validation};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMapRuns {
    pub execution_arn: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMapRunsOutput {
    map_runs: Vec<MapRunListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MapRunListItem {
    execution_arn: String,
    map_run_arn: String,
    state_machine_arn: String,
    start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<Timestamp>,
}

impl Read for ListMapRuns {
    const NAME: &'static str = "ListMapRuns";
    type Output = ListMapRunsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListMapRunsOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let found = Found::by_arn(&self.execution_arn, rows)?;
        let all = keys::map_runs(found.machine, found.execution);
        let list = format!("{}:{}", Self::NAME, self.execution_arn);
        let end = match &self.next_token {
            Some(token) => {
                validation::page_cursor(&list, token, validation::LONGEST_EXECUTIONS_PAGE_TOKEN, context)?
            }
            None => all.end(),
        };
        let mut page = rows.scan(all.as_bytes(), &end, Direction::Backward, most + 1)?;
        let has_more = page.len() > most;
        page.truncate(most);
        let last = page.last().filter(|_| has_more);
        let next_token = last.map(|(key, _)| validation::page_token(&list, key, context));
        let runs = page.iter().map(|(_, value)| Ok(MapRunListItem::of(row::decode(value)?)));
        Ok(ListMapRunsOutput { map_runs: runs.collect::<Result<_, Failure>>()?, next_token })
    }
}

impl MapRunListItem {
    fn of(run: MapRun) -> Self {
        Self {
            map_run_arn: run.arn(),
            state_machine_arn: arn::machine(&run.scope(), &run.machine_name),
            start_date: timestamp(run.started_ms),
            stop_date: run.stopped_ms.map(timestamp),
            execution_arn: run.parent_arn,
        }
    }
}
