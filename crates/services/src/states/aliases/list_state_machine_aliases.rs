//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html>
//!
//! In the order in which they were created (recorded; documented is the reverse). Of a version: those that route to it.

use super::model::Alias;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::model::{Machine, timestamp};
use crate::states::qualified::{Qualified, Qualifier};
use crate::states::{errors, validation};
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineAliases {
    pub state_machine_arn: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineAliasesOutput {
    pub state_machine_aliases: Vec<StateMachineAliasListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineAliasListItem {
    pub state_machine_alias_arn: String,
    pub creation_date: Timestamp,
}

impl Read for ListStateMachineAliases {
    const NAME: &'static str = "ListStateMachineAliases";
    type Output = ListStateMachineAliasesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListStateMachineAliasesOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let after = self.after(context)?;
        let qualified = Qualified::parse(&self.state_machine_arn)?;
        let missing = || errors::state_machine_does_not_exist(&self.state_machine_arn);
        let machine = qualified.machine(rows)?.ok_or_else(missing)?;
        let mut aliases = Alias::all(&machine, rows)?;
        if let Qualifier::Version(number) = qualified.qualifier {
            aliases.retain(|alias| alias.routes.iter().any(|route| route.version == number));
        }
        aliases.retain(|alias| alias.id > after);
        let next_token = (aliases.len() > most)
            .then(|| aliases.get(most - 1))
            .flatten()
            .map(|last| validation::page_token(&self.list(), &last.id.to_be_bytes(), context));
        let items = aliases.iter().take(most).map(|alias| item(&machine, alias));
        Ok(ListStateMachineAliasesOutput { state_machine_aliases: items.collect(), next_token })
    }
}

impl ListStateMachineAliases {
    /// The number of the last alias of the page before.
    fn after(&self, context: &Context) -> Result<u64, Failure> {
        let Some(token) = &self.next_token else { return Ok(0) };
        let cursor = validation::page_cursor(&self.list(), token, validation::LONGEST_PAGE_TOKEN, context)?;
        let number = cursor.try_into().map_err(|_| errors::invalid_token())?;
        Ok(u64::from_be_bytes(number))
    }

    fn list(&self) -> String {
        format!("{}:{}", Self::NAME, self.state_machine_arn)
    }
}

fn item(machine: &Machine, alias: &Alias) -> StateMachineAliasListItem {
    StateMachineAliasListItem {
        state_machine_alias_arn: machine.alias_arn(&alias.name),
        creation_date: timestamp(alias.created_ms),
    }
}
