//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html>
//!
//! The newest first (recorded). A state machine that isn't there has none.

use super::model::Version;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::states::model::{Machine, timestamp};
use crate::states::qualified::Qualified;
use crate::states::{keys, validation};
use serde::{Deserialize, Serialize};
use stepwell_store::{Direction, Pair};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineVersions {
    pub state_machine_arn: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineVersionsOutput {
    pub state_machine_versions: Vec<StateMachineVersionListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineVersionListItem {
    pub state_machine_version_arn: String,
    pub creation_date: Timestamp,
}

impl Read for ListStateMachineVersions {
    const NAME: &'static str = "ListStateMachineVersions";
    type Output = ListStateMachineVersionsOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<ListStateMachineVersionsOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let list = format!("{}:{}", Self::NAME, self.state_machine_arn);
        let cursor = match &self.next_token {
            Some(token) => {
                Some(validation::page_cursor(&list, token, validation::LONGEST_PAGE_TOKEN, context)?)
            }
            None => None,
        };
        let Some(machine) = Qualified::parse(&self.state_machine_arn)?.machine(rows)? else {
            return Ok(ListStateMachineVersionsOutput::default());
        };
        let all = keys::versions(machine.id);
        let end = cursor.unwrap_or_else(|| all.end());
        let page = rows.scan(all.as_bytes(), &end, Direction::Backward, most + 1)?;
        let next_token = (page.len() > most)
            .then(|| page.get(most - 1))
            .flatten()
            .map(|(last, _)| validation::page_token(&list, last, context));
        let items = page.iter().take(most).map(|pair| item(&machine, pair));
        Ok(ListStateMachineVersionsOutput {
            state_machine_versions: items.collect::<Result<_, _>>()?,
            next_token,
        })
    }
}

fn item(machine: &Machine, (key, value): &Pair) -> Result<StateMachineVersionListItem, Failure> {
    let version: Version = row::decode(value)?;
    Ok(StateMachineVersionListItem {
        state_machine_version_arn: machine.version_arn(keys::read_version(key)?),
        creation_date: timestamp(version.created_ms),
    })
}
