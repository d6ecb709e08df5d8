//! The members that configure a function, which `CreateFunction` and `UpdateFunctionConfiguration` share: their constraints,
//! and how they change a configuration. What is not given stays as it is.

use crate::calls::{self, RoleProblem};
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::model::{Configuration, Vpc};
use crate::lambda::{environment, errors, logging, runtimes};
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stepwell_wire::constraints::{Constraints, Pattern};
use stepwell_wire::{ApiError, Service};

static ROLE: Pattern = Pattern::new(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");
static HANDLER: Pattern = Pattern::new(r"[^\s]+");
static RESOURCE: Pattern = Pattern::new(r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");

/// What is given of a configuration.
#[derive(Debug, Default)]
pub struct Settings<'a> {
    pub runtime: Option<&'a str>,
    pub role: Option<&'a str>,
    pub handler: Option<&'a str>,
    pub description: Option<&'a str>,
    pub timeout: Option<i64>,
    pub memory_size: Option<i64>,
    pub environment: Option<&'a Environment>,
    pub kms_key_arn: Option<&'a str>,
    pub tracing_config: Option<&'a TracingConfig>,
    pub dead_letter_config: Option<&'a DeadLetterConfig>,
    pub ephemeral_storage: Option<&'a EphemeralStorage>,
    pub vpc_config: Option<&'a VpcConfig>,
    pub snap_start: Option<&'a SnapStart>,
    pub logging_config: Option<&'a LoggingConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TracingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeadLetterConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_arn: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EphemeralStorage {
    pub size: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VpcConfig {
    pub subnet_ids: Vec<String>,
    pub security_group_ids: Vec<String>,
    pub ipv6_allowed_for_dual_stack: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SnapStart {
    pub apply_on: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
}

impl Settings<'_> {
    /// Adds what the model demands.
    pub fn constrain(&self, constraints: &mut Constraints) {
        if let Some(role) = self.role {
            constraints.pattern("role", role, &ROLE);
        }
        if let Some(handler) = self.handler {
            constraints.length("handler", handler, 0..=128).pattern("handler", handler, &HANDLER);
        }
        if let Some(description) = self.description {
            constraints.length("description", description, 0..=256);
        }
        if let Some(timeout) = self.timeout {
            constraints.range("timeout", timeout, 1..=900);
        }
        if let Some(memory) = self.memory_size {
            constraints.range("memorySize", memory, 128..=10_240);
        }
        if let Some(arn) = self.kms_key_arn {
            constraints.pattern("kMSKeyArn", arn, &RESOURCE);
        }
        if let Some(mode) = self.tracing_config.and_then(|tracing| tracing.mode.as_deref()) {
            constraints.one_of("tracingConfig.mode", mode, &["Active", "PassThrough"]);
        }
        if let Some(arn) = self.dead_letter_config.and_then(|config| config.target_arn.as_deref()) {
            constraints.pattern("deadLetterConfig.targetArn", arn, &RESOURCE);
        }
        if let Some(storage) = self.ephemeral_storage {
            constraints.range("ephemeralStorage.size", storage.size, 512..=10_240);
        }
        if let Some(apply_on) = self.snap_start.and_then(|snap_start| snap_start.apply_on.as_deref()) {
            constraints.one_of("snapStart.applyOn", apply_on, &["PublishedVersions", "None"]);
        }
        if let Some(environment) = self.environment {
            environment::constrain(constraints, &environment.variables);
        }
        if let Some(given) = self.logging_config {
            logging::constrain(constraints, given);
        }
    }

    /// Checks what the model leaves to Lambda.
    ///
    /// # Errors
    /// AWS's own.
    pub fn check(&self, rows: &dyn Rows, context: &Context) -> Result<(), Failure> {
        if let Some(runtime) = self.runtime {
            runtimes::check(runtime)?;
        }
        if let Some(environment) = self.environment {
            environment::check(&environment.variables)?;
        }
        if let Some(arn) = self.dead_letter_config.and_then(|config| config.target_arn.as_deref()) {
            check_dead_letter_target(arn)?;
        }
        match self.role {
            Some(role) => check_role(role, rows, context),
            None => Ok(()),
        }
    }

    /// Changes a configuration to what is given.
    pub fn apply(&self, configuration: &mut Configuration) {
        set(&mut configuration.runtime, self.runtime);
        set(&mut configuration.role, self.role);
        set(&mut configuration.handler, self.handler);
        set(&mut configuration.description, self.description);
        set_number(&mut configuration.timeout_s, self.timeout);
        set_number(&mut configuration.memory_mb, self.memory_size);
        set_number(
            &mut configuration.ephemeral_storage_mb,
            self.ephemeral_storage.map(|storage| storage.size),
        );
        set(&mut configuration.tracing_mode, self.tracing_config.and_then(|tracing| tracing.mode.as_deref()));
        set(
            &mut configuration.snap_start,
            self.snap_start.and_then(|snap_start| snap_start.apply_on.as_deref()),
        );
        if let Some(environment) = self.environment {
            configuration.environment = Some(environment.variables.clone());
        }
        if let Some(arn) = self.kms_key_arn {
            configuration.kms_key_arn = some_text(arn);
        }
        if let Some(config) = self.dead_letter_config {
            configuration.dead_letter_arn = config.target_arn.as_deref().and_then(some_text);
        }
        if let Some(vpc) = self.vpc_config {
            configuration.vpc = (!vpc.subnet_ids.is_empty()).then(|| Vpc {
                subnet_ids: vpc.subnet_ids.clone(),
                security_group_ids: vpc.security_group_ids.clone(),
                ipv6_allowed: vpc.ipv6_allowed_for_dual_stack,
            });
        }
        if let Some(given) = self.logging_config {
            logging::apply(given, &mut configuration.logging);
        }
    }
}

fn set(member: &mut String, given: Option<&str>) {
    if let Some(given) = given {
        given.clone_into(member);
    }
}

/// The number was found to be in its range.
fn set_number(member: &mut u32, given: Option<i64>) {
    if let Some(given) = given.and_then(|given| u32::try_from(given).ok()) {
        *member = given;
    }
}

/// An empty text takes a setting away.
fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn check_role(role: &str, rows: &dyn Rows, context: &Context) -> Result<(), Failure> {
    match calls::check_role_of_function(role, rows, context)? {
        Ok(()) => Ok(()),
        Err(RoleProblem::OtherAccount) => {
            let text = "Cross-account pass role is not allowed.";
            Err(ApiError::access_denied(Service::Lambda, text).into())
        }
        Err(RoleProblem::Missing | RoleProblem::NotTrusted) => {
            let text = "The role defined for the function cannot be assumed by Lambda.";
            Err(errors::invalid_parameter(text).into())
        }
    }
}

fn check_dead_letter_target(arn: &str) -> Result<(), Failure> {
    if arn.is_empty() || arn.contains(":sqs:") || arn.contains(":sns:") {
        return Ok(());
    }
    Err(errors::invalid_parameter(format!(
        "The provided target ARN {arn} is not supported. Please provide an SQS queue or an SNS topic."
    ))
    .into())
}

/// There are no layers here that a function could use.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check_layers(layers: Option<&[String]>) -> Result<(), Failure> {
    match layers.and_then(<[String]>::first) {
        Some(arn) => Err(errors::invalid_parameter(format!("Layer version {arn} does not exist.")).into()),
        None => Ok(()),
    }
}

/// Constraints of Lambda, begun.
#[must_use]
pub fn constraints() -> Constraints {
    Constraints::new(Service::Lambda)
}
