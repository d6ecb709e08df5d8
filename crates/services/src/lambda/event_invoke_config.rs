//! What is set for a function's asynchronous invocations: how often and how long they are tried, and who is told.

use crate::effect::InvokeFunction;
use crate::failure::Failure;
use crate::keys::{Key, Scope};
use crate::lambda::function_name::FunctionName;
use crate::lambda::model::Function;
use crate::lambda::{keys, qualifier};
use crate::rows::{Rows, RowsExt};
use minicbor::{Decode, Encode};

/// The row of one qualifier. What was never set has AWS's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct EventInvoke {
    #[n(0)]
    pub maximum_retry_attempts: Option<u32>,
    #[n(1)]
    pub maximum_event_age_s: Option<u32>,
    #[n(2)]
    pub on_success: Option<String>,
    #[n(3)]
    pub on_failure: Option<String>,
    #[n(4)]
    pub modified_ms: u64,
}

impl EventInvoke {
    /// How often a failed function is tried again.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.maximum_retry_attempts.unwrap_or(2)
    }

    /// How old an event may become.
    #[must_use]
    pub fn age_ms(&self) -> u64 {
        u64::from(self.maximum_event_age_s.unwrap_or(21_600)) * 1000
    }
}

/// What is set for the function and the qualifier of an invocation.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn in_force(invoke: &InvokeFunction, rows: &dyn Rows) -> Result<EventInvoke, Failure> {
    let scope = Scope::new(&invoke.account, &invoke.region);
    let Some(function) = Function::by_name(&scope, &invoke.function, rows)? else {
        return Ok(EventInvoke::default());
    };
    let qualifier = invoke.qualifier.as_deref().unwrap_or("$LATEST");
    Ok(rows.row(&keys::event_invoke_config(function.id, qualifier))?.unwrap_or_default())
}

/// Where the row of a name stands; nothing if there is no such function.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn place(name: &FunctionName, rows: &dyn Rows) -> Result<Option<(Function, String, Key)>, Failure> {
    let Some(function) = Function::by_name(&name.scope, &name.name, rows)? else { return Ok(None) };
    let qualifier = name.qualifier.clone().unwrap_or_else(|| "$LATEST".to_owned());
    let key = keys::event_invoke_config(function.id, &qualifier);
    Ok(Some((function, qualifier, key)))
}

/// The dead-letter target of the version that an invocation means.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn dead_letter_target(
    scope: &Scope,
    invoke: &InvokeFunction,
    rows: &dyn Rows,
) -> Result<Option<String>, Failure> {
    let Some(function) = Function::by_name(scope, &invoke.function, rows)? else { return Ok(None) };
    let version = qualifier::version(&function, invoke.qualifier.as_deref(), rows)?;
    Ok(version.and_then(|version| version.configuration.dead_letter_arn))
}
