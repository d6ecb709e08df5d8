//! What names may be, and which group a request means: by name, or by an identifier that is a name or an ARN.

use crate::context::Context;
use crate::failure::Failure;
use crate::logs::errors;
use crate::logs::model::LogGroup;
use crate::rows::Rows;
use stepwell_wire::constraints::{Pattern, missing};
use stepwell_wire::{ApiError, Arn, Constraints, Service};

static GROUP: Pattern = Pattern::new(r"[\.\-_/#A-Za-z0-9]+");
static STREAM: Pattern = Pattern::new(r"[^:*]*");

/// Constraints of the model of CloudWatch Logs.
pub fn constraints() -> Constraints {
    Constraints::new(Service::Logs)
}

/// # Errors
/// `InvalidParameterException`.
pub fn check_group(name: &str) -> Result<(), ApiError> {
    constraints().length("logGroupName", name, 1..=512).pattern("logGroupName", name, &GROUP).finish()
}

/// # Errors
/// `InvalidParameterException`.
pub fn check_stream(name: &str) -> Result<(), ApiError> {
    constraints().length("logStreamName", name, 1..=512).pattern("logStreamName", name, &STREAM).finish()
}

/// The group that a request names one way or the other.
///
/// # Errors
/// `InvalidParameterException` or `ResourceNotFoundException`.
pub fn group(
    name: Option<&str>,
    identifier: Option<&str>,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<LogGroup, Failure> {
    match (name, identifier) {
        (Some(_), Some(_)) => Err(errors::invalid_parameter(
            "LogGroup name and LogGroup identifier are mutually exclusive parameters.",
        )
        .into()),
        (Some(name), None) => {
            check_group(name)?;
            LogGroup::by_name(context.scope(), name, rows)
        }
        (None, Some(arn)) if arn.starts_with("arn:") => by_arn(arn, rows, context),
        (None, Some(name)) => LogGroup::by_name(context.scope(), name, rows),
        (None, None) => Err(missing(Service::Logs, "logGroupName").into()),
    }
}

/// The group of an ARN, which may end in `:*`.
///
/// # Errors
/// `InvalidParameterException` or `ResourceNotFoundException`.
pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<LogGroup, Failure> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "logs");
    let name = arn.as_ref().and_then(|arn| arn.resource.strip_prefix("log-group:"));
    let Some((arn, name)) = arn.as_ref().zip(name) else {
        return Err(errors::invalid_parameter(format!("Invalid ARN: {text}")).into());
    };
    if arn.account != context.account() || arn.region != context.region() {
        return Err(errors::log_group_does_not_exist().into());
    }
    LogGroup::by_name(context.scope(), name.strip_suffix(":*").unwrap_or(name), rows)
}
