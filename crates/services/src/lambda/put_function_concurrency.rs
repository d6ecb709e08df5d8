//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::account::{self, LEAST_UNRESERVED};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::get_function::Concurrency;
use crate::lambda::settings::constraints;
use crate::lambda::{errors, event_source, find, keys};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionConcurrency {
    pub function_name: String,
    pub reserved_concurrent_executions: i64,
}

impl Command for PutFunctionConcurrency {
    const NAME: &'static str = "PutFunctionConcurrency";
    type Output = Concurrency;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Concurrency, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        let asked = self.reserved_concurrent_executions;
        constraints.range("reservedConcurrentExecutions", asked, 0..);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let mut function = find::named(&name, tx)?;
        let functions = account::functions(&name.scope, tx)?;
        let others = functions.iter().filter(|other| other.id != function.id);
        let free = account::unreserved(others).saturating_sub(LEAST_UNRESERVED);
        let reserved = u32::try_from(asked).ok().filter(|reserved| *reserved <= free).ok_or_else(|| {
            errors::invalid_parameter(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
            ))
        })?;
        function.reserved_concurrency = Some(reserved);
        tx.put(&keys::function(&name.scope, &name.name), &function);
        event_source::start_where(&name.scope, tx, |mapping| mapping.function == function.name)?;
        Ok(Concurrency { reserved_concurrent_executions: reserved })
    }
}
