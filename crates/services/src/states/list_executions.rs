//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
//!
//! The newest first (recorded).

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states::describe_execution::PENDING_REDRIVE;
use crate::states::map_run::model::MapRun;
use crate::states::model::{Facts, State, timestamp};
use crate::states::qualified::Named;
use crate::states::{errors, keys, redrive, validation};
use serde::{Deserialize, Serialize};
use stepwell_store::{Direction, Slice};
use stepwell_wire::constraints::Constraints;
use stepwell_wire::{ApiError, Service, Timestamp};

/// Executions that are looked at for one page at most: one with a rare status may come back short, with a token.
const MOST_LOOKED_AT: usize = 10_000;
const STATUSES: [&str; 6] = ["SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING"];
const REDRIVEN: &str = "REDRIVEN";
const REDRIVE_FILTERS: [&str; 2] = [REDRIVEN, "NOT_REDRIVEN"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutions {
    pub state_machine_arn: Option<String>,
    pub map_run_arn: Option<String>,
    pub status_filter: Option<String>,
    pub redrive_filter: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutionsOutput {
    pub executions: Vec<ExecutionListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionListItem {
    pub execution_arn: String,
    pub state_machine_arn: String,
    pub name: String,
    pub status: &'static str,
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<String>,
    pub redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_count: Option<u64>,
}

/// Whose executions are asked for: those of a state machine or of a map run, all or by the version or alias that started them.
struct Of {
    machine: u64,
    version: Option<u64>,
    alias: Option<String>,
    run: Option<MapRun>,
}

impl From<&Named> for Of {
    fn from(named: &Named) -> Self {
        let of = Self { machine: named.machine().id, version: None, alias: None, run: None };
        match named {
            Named::Machine(_) => of,
            Named::Version(_, number, _) => Self { version: Some(*number), ..of },
            Named::Alias(_, alias) => Self { alias: Some(alias.name.clone()), ..of },
        }
    }
}

impl Of {
    fn has(&self, facts: &Facts) -> bool {
        (self.version.is_none() || self.version == facts.version)
            && (self.alias.is_none() || self.alias == facts.alias)
    }
}

impl Read for ListExecutions {
    const NAME: &'static str = "ListExecutions";
    type Output = ListExecutionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListExecutionsOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        self.check()?;
        let of = self.of(rows)?;
        let all = keys::executions(of.machine);
        let mut end = match &self.next_token {
            Some(token) => validation::page_cursor(
                &self.list(),
                token,
                validation::LONGEST_EXECUTIONS_PAGE_TOKEN,
                context,
            )?,
            None => all.end(),
        };
        let mut executions = Vec::new();
        let mut looked_at = 0;
        let mut is_exhausted = false;
        while executions.len() < most && looked_at < MOST_LOOKED_AT && !is_exhausted {
            let step = most.max(100);
            let page = rows.scan(all.as_bytes(), &end, Direction::Backward, step)?;
            is_exhausted = page.len() < step;
            looked_at += page.len();
            for (key, value) in page {
                if executions.len() == most {
                    is_exhausted = false;
                    break;
                }
                end = key.to_vec();
                executions.extend(self.item(&of, &key, &value, rows, context.now_ms)?);
            }
        }
        let next_token = (!is_exhausted).then(|| validation::page_token(&self.list(), &end, context));
        Ok(ListExecutionsOutput { executions, next_token })
    }
}

impl ListExecutions {
    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::new(Service::States);
        if let Some(status) = &self.status_filter {
            constraints.one_of("statusFilter", status, &STATUSES);
        }
        if let Some(filter) = &self.redrive_filter {
            constraints.one_of("redriveFilter", filter, &REDRIVE_FILTERS);
        }
        constraints.finish()?;
        // Documented; the wording is ours.
        let is_of_children = self.map_run_arn.is_some();
        if self.redrive_filter.is_some() && !is_of_children {
            return Err(ApiError::validation("RedriveFilter can only be used with MapRunArn"));
        }
        if self.status_filter.as_deref() == Some(PENDING_REDRIVE) && !is_of_children {
            return Err(ApiError::validation("StatusFilter PENDING_REDRIVE can only be used with MapRunArn"));
        }
        Ok(())
    }

    fn of(&self, rows: &dyn Rows) -> Result<Of, Failure> {
        match (&self.state_machine_arn, &self.map_run_arn) {
            (Some(arn), None) => {
                let named = Named::by_arn(arn, rows)?;
                if named.machine().is_express() {
                    return Err(errors::type_not_supported().into());
                }
                Ok(Of::from(&named))
            }
            (None, Some(arn)) => {
                let run = MapRun::by_arn(arn, rows)?;
                if run.is_express {
                    return Err(errors::type_not_supported().into());
                }
                Ok(Of { machine: run.place.run, version: None, alias: None, run: Some(run) })
            }
            _ => {
                let text = "Must provide either StateMachineArn or MapRunArn, but not both";
                Err(ApiError::validation(text).into())
            }
        }
    }

    /// A page token is good for this list only.
    fn list(&self) -> String {
        format!(
            "{}:{}:{}",
            Self::NAME,
            self.map_run_arn.as_deref().or(self.state_machine_arn.as_deref()).unwrap_or_default(),
            [&self.status_filter, &self.redrive_filter]
                .map(|filter| filter.as_deref().unwrap_or_default())
                .join(":")
        )
    }

    /// The execution as it is listed, if the filters let it through.
    fn item(
        &self,
        of: &Of,
        key: &Slice,
        value: &Slice,
        rows: &dyn Rows,
        now_ms: u64,
    ) -> Result<Option<ExecutionListItem>, Failure> {
        let facts: Facts = row::decode(value)?;
        if !of.has(&facts) {
            return Ok(None);
        }
        let state: Option<State> = rows.row(&keys::state(of.machine, keys::read_execution(key)?))?;
        let state = state.ok_or_else(|| Failure::broken("an execution without a state"))?;
        let is_pending =
            of.run.as_ref().is_some_and(|run| redrive::is_pending(run, &facts, &state, key, now_ms));
        let status = if is_pending { PENDING_REDRIVE } else { state.status().as_str() };
        let redriven = state.engine.redriven();
        let is_wanted = self.status_filter.as_deref().is_none_or(|wanted| wanted == status)
            && match self.redrive_filter.as_deref() {
                Some(filter) => (filter == REDRIVEN) == redriven.is_some(),
                None => true,
            };
        let map_run_arn = facts.map_run_arn();
        let (state_machine_version_arn, state_machine_alias_arn) = (facts.version_arn(), facts.alias_arn());
        Ok(is_wanted.then(|| ExecutionListItem {
            execution_arn: facts.execution_arn(),
            state_machine_arn: facts.machine_arn(),
            start_date: timestamp(facts.started_ms),
            stop_date: state.stopped_ms.map(timestamp),
            name: facts.name,
            status,
            redrive_count: redriven.map_or(0, |redriven| redriven.count),
            redrive_date: redriven.map(|redriven| timestamp(redriven.at_ms)),
            map_run_arn,
            state_machine_version_arn,
            state_machine_alias_arn,
            item_count: facts.child.as_ref().map(|child| child.items),
        }))
    }
}
