//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::states::model::{Machine, timestamp};
use crate::states::{keys, validation};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachines {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachinesOutput {
    pub state_machines: Vec<StateMachineListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineListItem {
    pub state_machine_arn: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub creation_date: Timestamp,
}

impl Read for ListStateMachines {
    const NAME: &'static str = "ListStateMachines";
    type Output = ListStateMachinesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListStateMachinesOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let all = keys::machines(context.scope());
        let start = match &self.next_token {
            Some(token) => {
                validation::page_cursor(Self::NAME, token, validation::LONGEST_PAGE_TOKEN, context)?
            }
            None => all.as_bytes().to_vec(),
        };
        let page = rows.scan(&start, &all.end(), Direction::Forward, most + 1)?;
        let next_token = (page.len() > most)
            .then(|| page.get(most - 1))
            .flatten()
            .map(|(last, _)| validation::page_token(Self::NAME, &Key::after(last), context));
        let items = page.iter().take(most).map(|(_, value)| item(&row::decode(value)?));
        Ok(ListStateMachinesOutput { state_machines: items.collect::<Result<_, _>>()?, next_token })
    }
}

fn item(machine: &Machine) -> Result<StateMachineListItem, Failure> {
    Ok(StateMachineListItem {
        state_machine_arn: machine.arn(),
        name: machine.name.clone(),
        kind: machine.kind(),
        creation_date: timestamp(machine.created_ms),
    })
}
