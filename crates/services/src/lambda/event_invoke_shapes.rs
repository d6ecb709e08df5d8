//! The configuration of asynchronous invocations as callers give and see it, and the checks that putting and updating share.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_invoke_config::EventInvoke;
use crate::lambda::function_name::{FunctionName, Shape, check_name, check_qualifier};
use crate::lambda::model::{self, Function};
use crate::lambda::settings::constraints;
use crate::lambda::{errors, qualifier};
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;
use stepwell_wire::arn::Arn;
use stepwell_wire::constraints::Pattern;

static DESTINATION: Pattern = Pattern::new(
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
);

/// The services that AWS knows as destinations.
const SERVICES: [&str; 5] = ["lambda", "sqs", "sns", "events", "s3"];

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionEventInvokeConfig {
    pub last_modified: Timestamp,
    pub function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<u32>,
    pub destination_config: DestinationConfig,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DestinationConfig {
    pub on_success: Option<Destination>,
    pub on_failure: Option<Destination>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Destination {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

impl FunctionEventInvokeConfig {
    #[must_use]
    pub fn new(function: &Function, qualifier: &str, config: &EventInvoke) -> Self {
        let shown = |destination: &Option<String>| Some(Destination { destination: destination.clone() });
        Self {
            last_modified: Timestamp::from_millis(i64::try_from(config.modified_ms).unwrap_or(i64::MAX)),
            function_arn: function.qualified_arn(qualifier),
            maximum_retry_attempts: config.maximum_retry_attempts,
            maximum_event_age_in_seconds: config.maximum_event_age_s,
            destination_config: DestinationConfig {
                on_success: shown(&config.on_success),
                on_failure: shown(&config.on_failure),
            },
        }
    }
}

/// What putting and updating are given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Given {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub maximum_retry_attempts: Option<i64>,
    pub maximum_event_age_in_seconds: Option<i64>,
    pub destination_config: Option<DestinationConfig>,
}

impl Given {
    /// The function that is meant and the qualifier that its row has.
    ///
    /// # Errors
    /// AWS's own.
    pub fn target(
        &self,
        operation: &str,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<(Function, String), Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        check_qualifier(&mut constraints, self.qualifier.as_deref());
        if let Some(attempts) = self.maximum_retry_attempts {
            constraints.range("maximumRetryAttempts", attempts, 0..=2);
        }
        if let Some(age) = self.maximum_event_age_in_seconds {
            constraints.range("maximumEventAgeInSeconds", age, 60..=21_600);
        }
        for (path, arn) in [
            ("destinationConfig.onSuccess.destination", self.on_success()),
            ("destinationConfig.onFailure.destination", self.on_failure()),
        ] {
            if let Some(arn) = arn {
                constraints.length(path, arn, 0..=350).pattern(path, arn, &DESTINATION);
            }
        }
        constraints.finish()?;
        let is_empty = self.maximum_retry_attempts.is_none()
            && self.maximum_event_age_in_seconds.is_none()
            && self.destination_config.is_none();
        if is_empty {
            let text = "You must specify at least one of error handling or destination setting.";
            return Err(errors::invalid_parameter(text).into());
        }
        let name = FunctionName::read(&self.function_name, self.qualifier.as_deref(), operation, context)?;
        let missing = || errors::not_found("The function doesn't exist.");
        let function = Function::by_name(&name.scope, &name.name, rows)?.ok_or_else(missing)?;
        let qualifier = name.qualifier.unwrap_or_else(|| "$LATEST".to_owned());
        qualifier::version(&function, Some(&qualifier), rows)?.ok_or_else(missing)?;
        Ok((function, qualifier))
    }

    /// Changes a configuration to what is given.
    ///
    /// # Errors
    /// `InvalidParameterValueException` for a destination that can't be one.
    pub fn apply(
        &self,
        config: &mut EventInvoke,
        function: &Function,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<(), Failure> {
        let number = |given: Option<i64>| given.and_then(|given| u32::try_from(given).ok());
        if let Some(attempts) = number(self.maximum_retry_attempts) {
            config.maximum_retry_attempts = Some(attempts);
        }
        if let Some(age_s) = number(self.maximum_event_age_in_seconds) {
            config.maximum_event_age_s = Some(age_s);
        }
        if let Some(destinations) = &self.destination_config {
            for arn in [self.on_success(), self.on_failure()].into_iter().flatten() {
                self.check_destination(arn, function, rows)?;
            }
            if destinations.on_success.is_some() {
                config.on_success = self.on_success().map(str::to_owned);
            }
            if destinations.on_failure.is_some() {
                config.on_failure = self.on_failure().map(str::to_owned);
            }
        }
        config.modified_ms = context.now_ms;
        Ok(())
    }

    fn on_success(&self) -> Option<&str> {
        destination(self.destination_config.as_ref()?.on_success.as_ref())
    }

    fn on_failure(&self) -> Option<&str> {
        destination(self.destination_config.as_ref()?.on_failure.as_ref())
    }

    fn check_destination(&self, arn: &str, function: &Function, rows: &dyn Rows) -> Result<(), Failure> {
        let is_of_known_service = Arn::parse(arn).is_some_and(|arn| SERVICES.contains(&arn.service.as_str()));
        let text = if !is_of_known_service {
            format!("The provided destination config {} is invalid.", self.shown_destinations())
        } else if is_same_function(arn, function) {
            "You can't specify the function as a destination for itself.".to_owned()
        } else if !calls::is_target(arn, rows)? {
            format!("The destination ARN {arn} is invalid.")
        } else {
            return Ok(());
        };
        Err(errors::invalid_parameter(text).into())
    }

    /// As AWS's message prints it.
    fn shown_destinations(&self) -> String {
        let shown = |kind: &str, destination: Option<&str>| match destination {
            Some(arn) => format!("{kind}(destination={arn})"),
            None => "null".to_owned(),
        };
        format!(
            "DestinationConfig(onSuccess={}, onFailure={})",
            shown("OnSuccess", self.on_success()),
            shown("OnFailure", self.on_failure())
        )
    }
}

fn destination(given: Option<&Destination>) -> Option<&str> {
    given?.destination.as_deref().filter(|arn| !arn.is_empty())
}

fn is_same_function(arn: &str, function: &Function) -> bool {
    FunctionName::of_arn(arn).is_some_and(|name| name.plain_arn() == function.arn())
}

/// What a function says that has nothing set.
#[must_use]
pub fn nothing_set(name: &FunctionName) -> stepwell_wire::ApiError {
    let qualifier = name.qualifier.as_deref().unwrap_or("$LATEST");
    let arn = model::arn(&name.scope, &name.name, Some(qualifier));
    errors::not_found(format!("The function {arn} doesn't have an EventInvokeConfig"))
}
