//! The open task tokens: not an operation of AWS's API, but of this server's own.
//!
//! Every execution that runs has one timer, its time limit at the latest, so the timers are the list of those that run.

use crate::context::Context;
use crate::effect::TaskAttempt;
use crate::failure::Failure;
use crate::keys::{Family, Key};
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::model::{Found, revision, timestamp};
use crate::states::{token, validation};
use crate::timer::{self, Timer};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// Timers that are looked at for one page.
const SCAN: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListCallbacks {
    pub state_machine_arn: Option<String>,
    pub execution_arn: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListCallbacksOutput {
    pub callbacks: Vec<OpenCallback>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A task that waits for its token.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenCallback {
    pub task_token: String,
    pub execution_arn: String,
    pub state_machine_arn: String,
    pub state: String,
    /// Such as `sqs:sendMessage.waitForTaskToken`.
    pub resource: String,
    pub since: Timestamp,
    /// When it times out, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// When the next heartbeat has to be there, if one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_deadline: Option<Timestamp>,
}

impl Read for ListCallbacks {
    const NAME: &'static str = "ListCallbacks";
    type Output = ListCallbacksOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListCallbacksOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let all = Key::new(Family::Timer);
        let start = match &self.next_token {
            Some(text) => validation::page_cursor(Self::NAME, text, validation::LONGEST_PAGE_TOKEN, context)?,
            None => all.as_bytes().to_vec(),
        };
        let timers = rows.scan(&start, &all.end(), Direction::Forward, SCAN)?;
        let mut page = Page { callbacks: Vec::new(), compiled: HashMap::new() };
        let mut next =
            (timers.len() == SCAN).then(|| timers.last()).flatten().map(|(key, _)| Key::after(key));
        for (key, _) in &timers {
            if page.callbacks.len() >= most {
                next = Some(key.to_vec());
                break;
            }
            if let (_, Timer::Execution(machine, execution)) = timer::read(key)? {
                page.add(self, machine, execution, rows, context)?;
            }
        }
        let next_token = next.map(|next| validation::page_token(Self::NAME, &next, context));
        Ok(ListCallbacksOutput { callbacks: page.callbacks, next_token })
    }
}

struct Page {
    callbacks: Vec<OpenCallback>,
    compiled: HashMap<(u64, u64), Option<Arc<StateMachine>>>,
}

impl Page {
    fn add(
        &mut self,
        asked: &ListCallbacks,
        machine: u64,
        execution: u64,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<(), Failure> {
        let Some(found) = Found::by_number(machine, execution, rows)? else { return Ok(()) };
        let (execution_arn, machine_arn) = (found.facts.execution_arn(), found.facts.machine_arn());
        let is_asked = |asked: &Option<String>, arn: &str| asked.as_ref().is_none_or(|asked| asked == arn);
        if found.facts.account != context.account()
            || !is_asked(&asked.execution_arn, &execution_arn)
            || !is_asked(&asked.state_machine_arn, &machine_arn)
        {
            return Ok(());
        }
        let Some(definition) = self.definition(machine, found.facts.revision, rows)? else { return Ok(()) };
        for task in found.state.engine.open_tasks(&definition) {
            let attempt = TaskAttempt { machine, execution, frame: task.frame.0, attempt: task.attempt.0 };
            self.callbacks.push(OpenCallback {
                task_token: token::seal(&attempt, context.secrets),
                execution_arn: execution_arn.clone(),
                state_machine_arn: machine_arn.clone(),
                state: task.state.to_owned(),
                resource: resource(task.resource),
                since: timestamp(task.since_ms),
                deadline: task.deadline_ms.map(timestamp),
                heartbeat_deadline: task.heartbeat_deadline_ms.map(timestamp),
            });
        }
        Ok(())
    }

    fn definition(
        &mut self,
        machine: u64,
        number: u64,
        rows: &dyn Rows,
    ) -> Result<Option<Arc<StateMachine>>, Failure> {
        if let Some(compiled) = self.compiled.get(&(machine, number)) {
            return Ok(compiled.clone());
        }
        let text = revision(machine, number, rows)?.definition;
        let compiled = StateMachine::compile(&text, MachineType::Standard).ok().map(Arc::new);
        self.compiled.insert((machine, number), compiled.clone());
        Ok(compiled)
    }
}

fn resource(resource: &stepwell_engine::Resource) -> String {
    use stepwell_engine::Resource::{Activity, Integration, Lambda};
    match resource {
        Lambda { arn } | Activity { arn } => arn.clone(),
        Integration(integration) => format!("{}:{}", integration.service, integration.resource_name()),
    }
}
