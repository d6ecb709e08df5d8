//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
//!
//! Idempotent while the execution runs: the same name with the same input gives the first answer again (recorded).

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::states::execution_log::Logging;
use crate::states::model::{Facts, Found, timestamp};
use crate::states::qualified::Named;
use crate::states::run::{Run, compiled};
use crate::states::{errors, express, keys, mocks, names, validation};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_engine::{Event, Status};
use stepwell_wire::Timestamp;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartExecution {
    pub state_machine_arn: String,
    pub name: Option<String>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartExecutionOutput {
    pub execution_arn: String,
    pub start_date: Timestamp,
}

impl Command for StartExecution {
    const NAME: &'static str = "StartExecution";
    type Output = StartExecutionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<StartExecutionOutput, Failure> {
        let budget = context.settings.transitions_per_command;
        Ok(self.begin(false, budget, tx, context)?.output)
    }
}

/// An execution that was started, or that runs already under this name and with this input.
pub struct Started {
    pub output: StartExecutionOutput,
    /// The numbers of its state machine and its own, unless it runs in memory.
    pub stored: Option<(u64, u64)>,
}

impl StartExecution {
    /// Starts the execution and lets it make so many transitions at once; a task may be about to wait for its end.
    ///
    /// # Errors
    /// As the operation.
    pub fn begin(
        &self,
        is_awaited: bool,
        budget: u32,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Started, Failure> {
        let (arn, test_case) = mocks::test_case(&self.state_machine_arn, context.settings)?;
        let named = Named::by_arn(arn, tx)?;
        let machine = named.machine();
        if machine.is_express() {
            mocks::refuse_express(test_case.as_deref())?;
            return self.begin_express(&named, is_awaited, tx, context);
        }
        let name = match &self.name {
            Some(name) => {
                names::check(name)?;
                name.clone()
            }
            None => context.entropy.uuid(),
        };
        let input = self.input.as_deref().unwrap_or("{}");
        validation::input(input)?;
        let name_key = keys::execution_name(machine.id, &name);
        let existing = match self.name.is_some() {
            true => tx.row::<u64>(&name_key)?,
            // Nobody else has a name that was drawn just now.
            false => None,
        };
        if let Some(execution) = existing {
            return again(machine.id, execution, input, is_awaited, tx);
        }
        let route = named.route(tx, &mut context.entropy)?;
        let definition = compiled(machine.id, route.revision, tx)?;
        let execution = tx.next_sequence();
        let facts = Facts {
            name,
            input: input.to_owned(),
            started_ms: context.steps_ms,
            revision: route.revision,
            role_arn: definition.role_arn.clone(),
            account: machine.account.clone(),
            region: machine.region.clone(),
            machine_name: machine.name.clone(),
            trace_header: self.trace_header.clone(),
            is_awaited: is_awaited.then_some(true),
            child: None,
            version: route.version,
            alias: route.alias,
            logging: Logging::of_execution(&definition, machine),
            test_case,
        };
        tx.put(&name_key, &execution);
        tx.put(&keys::execution(machine.id, execution), &facts);
        let output = StartExecutionOutput {
            execution_arn: facts.execution_arn(),
            start_date: timestamp(context.steps_ms),
        };
        Run::new(machine.id, execution, facts, definition).advance_within(
            budget,
            Event::Start,
            tx,
            context,
        )?;
        Ok(Started { output, stored: Some((machine.id, execution)) })
    }

    /// Nobody can wait for the end of one that isn't stored.
    fn begin_express(
        &self,
        named: &Named,
        is_awaited: bool,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Started, Failure> {
        if is_awaited {
            return Err(errors::type_not_supported().into());
        }
        let execution_arn = express::start(named, self.name.as_deref(), self.input.as_deref(), tx, context)?;
        let output = StartExecutionOutput { execution_arn, start_date: timestamp(context.steps_ms) };
        Ok(Started { output, stored: None })
    }
}

fn again(
    machine: u64,
    execution: u64,
    input: &str,
    is_awaited: bool,
    tx: &mut Tx,
) -> Result<Started, Failure> {
    let Some(mut found) = Found::by_number(machine, execution, tx)? else {
        return Err(Failure::broken(format!("execution {execution} has a name and nothing else")));
    };
    let execution_arn = found.facts.execution_arn();
    if found.state.status() != Status::Running || found.facts.input != input {
        return Err(errors::execution_already_exists(&execution_arn).into());
    }
    let output = StartExecutionOutput { execution_arn, start_date: timestamp(found.facts.started_ms) };
    if is_awaited {
        found.facts.is_awaited = Some(true);
        tx.put(&keys::execution(machine, execution), &found.facts);
    }
    Ok(Started { output, stored: Some((machine, execution)) })
}
