//! What a mapping may be: the checks that creating and updating share.

use super::configuration::{FilterCriteria, ScalingConfig};
use super::filter;
use super::mapping::Mapping;
use crate::calls::SourceQueue;
use crate::failure::Failure;
use crate::lambda::function_name::FunctionName;
use crate::lambda::{errors, spec};
use crate::rows::Rows;
use stepwell_wire::constraints::{Constraints, Pattern, shown_list};

/// The one kind of answer that a function can be asked for.
pub const REPORT_BATCH_ITEM_FAILURES: &str = "ReportBatchItemFailures";

static ARN: Pattern = Pattern::new(
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
);

/// The members that both operations have.
#[derive(Debug, Default)]
pub struct Given<'a> {
    pub batch_size: Option<i64>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub filter_criteria: Option<&'a FilterCriteria>,
    pub function_response_types: Option<&'a [String]>,
    pub scaling_config: Option<&'a ScalingConfig>,
    pub kms_key_arn: Option<&'a str>,
}

impl Given<'_> {
    /// Adds what the model demands.
    pub fn constrain(&self, constraints: &mut Constraints) {
        if let Some(size) = self.batch_size {
            constraints.range("batchSize", size, 1..=10_000);
        }
        if let Some(window) = self.maximum_batching_window_in_seconds {
            constraints.range("maximumBatchingWindowInSeconds", window, 0..=300);
        }
        if let Some(types) = self.function_response_types {
            constraints.count("functionResponseTypes", &shown_list(types), types.len(), 0..=1);
            if types.iter().any(|kind| kind != REPORT_BATCH_ITEM_FAILURES) {
                let rule = format!(
                    "Member must satisfy constraint: [Member must satisfy enum value set: [{REPORT_BATCH_ITEM_FAILURES}]]"
                );
                constraints.violated("functionResponseTypes", Some(&shown_list(types)), &rule);
            }
        }
        if let Some(most) = self.scaling_config.and_then(|scaling| scaling.maximum_concurrency) {
            constraints.range("scalingConfig.maximumConcurrency", most, 2..=1000);
        }
    }

    /// Changes a mapping to what is given.
    ///
    /// # Errors
    /// `InvalidParameterValueException` for a filter that can't be read.
    pub fn apply(&self, mapping: &mut Mapping) -> Result<(), Failure> {
        set(&mut mapping.batch_size, self.batch_size);
        set(&mut mapping.batching_window_s, self.maximum_batching_window_in_seconds);
        if let Some(criteria) = self.filter_criteria {
            mapping.filters = filter::check(criteria)?;
        }
        if let Some(types) = self.function_response_types {
            mapping.reports_failures = !types.is_empty();
        }
        if let Some(scaling) = self.scaling_config {
            mapping.maximum_concurrency =
                scaling.maximum_concurrency.and_then(|most| u32::try_from(most).ok());
        }
        if let Some(arn) = self.kms_key_arn {
            mapping.kms_key_arn = (!arn.is_empty()).then(|| arn.to_owned());
        }
        Ok(())
    }
}

/// The number was found to be in its range.
fn set(member: &mut u32, given: Option<i64>) {
    if let Some(given) = given.and_then(|given| u32::try_from(given).ok()) {
        *member = given;
    }
}

/// Adds what the model demands of a source's ARN.
pub fn constrain_arn(constraints: &mut Constraints, arn: Option<&str>) {
    if let Some(arn) = arn {
        constraints.pattern("eventSourceArn", arn, &ARN);
    }
}

/// Checks a mapping as a whole: batch and window against each other and the queue, the queue against the function.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check(mapping: &Mapping, rows: &dyn Rows) -> Result<(), Failure> {
    let function = spec::find(rows, &mapping.scope(), &mapping.function, mapping.qualifier.as_deref())?;
    let (_, version) = function.ok_or_else(|| errors::invalid_parameter("Function does not exist"))?;
    if mapping.batch_size > 10 && mapping.batching_window_s == 0 {
        return refuse(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        );
    }
    let Some(queue) = SourceQueue::by_arn(&mapping.event_source_arn, rows)? else {
        return refuse(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
        );
    };
    if queue.is_fifo() && mapping.batch_size > 10 {
        return refuse("Batch size must be between 1 and 10 for FIFO queues.");
    }
    if queue.is_fifo() && mapping.batching_window_s > 0 {
        return refuse("Batching window is not supported for FIFO queues.");
    }
    let (visibility_s, timeout_s) = (queue.visibility_timeout_s(), version.configuration.timeout_s);
    if visibility_s < timeout_s.into() {
        return refuse(&format!(
            "Queue visibility timeout: {visibility_s} seconds is less than Function timeout: {timeout_s} seconds"
        ));
    }
    Ok(())
}

/// Whether another mapping takes from the same queue for the same function.
///
/// # Errors
/// `ResourceConflictException`.
pub fn check_unique(mapping: &Mapping, rows: &dyn Rows) -> Result<(), Failure> {
    let same = |other: &Mapping| {
        other.uuid != mapping.uuid
            && other.event_source_arn == mapping.event_source_arn
            && other.function == mapping.function
            && other.qualifier == mapping.qualifier
    };
    match Mapping::all(&mapping.scope(), rows)?.into_iter().find(same) {
        Some(other) => Err(errors::conflict(format!(
            "An event source mapping with SQS arn (\" {} \") and function (\" {} \") already exists. Please update or delete the existing mapping with UUID {}",
            mapping.event_source_arn, mapping.function, other.uuid
        ))
        .into()),
        None => Ok(()),
    }
}

/// Points a mapping at the function that was named.
pub fn point(mapping: &mut Mapping, name: FunctionName) {
    (mapping.function, mapping.qualifier) = (name.name, name.qualifier);
}

fn refuse(text: &str) -> Result<(), Failure> {
    Err(errors::invalid_parameter(text).into())
}
