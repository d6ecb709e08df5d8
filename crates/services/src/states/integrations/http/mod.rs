//! `http:invoke`, a request to an HTTP endpoint that a connection of EventBridge authenticates:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
//!
//! The request is an effect, encrypted while it is owed. AWS asks for `https`; here `http` is taken as well.

mod answer;
mod form;
mod parameters;
mod request;

pub use answer::answered;

use super::Called;
use crate::calls::{self, AuthParameters};
use crate::context::Context;
use crate::effect::{Effect, TaskAttempt};
use crate::failure::Failure;
use crate::fetch::{Fetch, FetchRequest};
use crate::tx::Tx;
use parameters::Parameters;
use serde_json::Value;

/// The request, or says why it can't be made.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn request(
    attempt: TaskAttempt,
    parameters: &Value,
    tx: &Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let given = match Parameters::read(parameters) {
        Ok(given) => given,
        Err(reasons) => return Ok(unfit(parameters, &reasons)),
    };
    let Some(connection) = calls::connection(&given.connection_arn, tx, context)? else {
        return Ok(Called::Failed {
            error: "Events.ConnectionResource.NotFound".to_owned(),
            cause: format!("The connection {} does not exist.", given.connection_arn),
        });
    };
    let request = request::request(&given, &connection, context.region());
    let fetch = Fetch::new(attempt, &request, &mut context.entropy, context.secrets);
    Ok(Called::Owes(Box::new(Effect::Fetch(fetch))))
}

/// The request that the parameters alone make, without a connection; nothing where they make none.
#[must_use]
pub fn plain_request(parameters: &Value, region: &str) -> Option<FetchRequest> {
    let given = Parameters::read(parameters).ok()?;
    Some(request::request(&given, &AuthParameters::default(), region))
}

/// Parameters that make no request (recorded form).
fn unfit(parameters: &Value, reasons: &[String]) -> Called {
    Called::Failed {
        error: "States.Runtime".to_owned(),
        cause: format!(
            "The Parameters '{parameters}' could not be used to start the Task: [{}]",
            reasons.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests;
