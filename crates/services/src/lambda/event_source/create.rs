//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>

use super::configuration::{EventSourceMappingConfiguration, FilterCriteria, ScalingConfig};
use super::mapping::{Mapping, MappingState};
use super::source::{self, Given};
use super::start;
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::settings::constraints;
use crate::lambda::{errors, tags};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use stepwell_wire::arn::Arn;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventSourceMapping {
    pub event_source_arn: Option<String>,
    pub function_name: String,
    pub enabled: Option<bool>,
    pub batch_size: Option<i64>,
    pub filter_criteria: Option<FilterCriteria>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub function_response_types: Option<Vec<String>>,
    pub scaling_config: Option<ScalingConfig>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    // Those below belong to streams and are refused for a queue.
    pub parallelization_factor: Option<i64>,
    pub starting_position: Option<String>,
    pub destination_config: Option<Value>,
    pub maximum_record_age_in_seconds: Option<i64>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i64>,
    pub tumbling_window_in_seconds: Option<i64>,
}

impl Command for CreateEventSourceMapping {
    const NAME: &'static str = "CreateEventSourceMapping";
    type Output = EventSourceMappingConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<EventSourceMappingConfiguration, Failure> {
        let mut mapping = self.mapping(context)?;
        self.given().apply(&mut mapping)?;
        source::check(&mapping, tx)?;
        source::check_unique(&mapping, tx)?;
        tags::check_limit(self.tags.len())?;
        start::put_and_settle(&mapping, tx);
        Ok(EventSourceMappingConfiguration::new(&mapping))
    }
}

impl CreateEventSourceMapping {
    fn mapping(&self, context: &mut Context) -> Result<Mapping, Failure> {
        let mut constraints = constraints();
        source::constrain_arn(&mut constraints, self.event_source_arn.as_deref());
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        self.given().constrain(&mut constraints);
        constraints.finish()?;
        let event_source_arn = self.check_source()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let is_enabled = self.enabled.unwrap_or(true);
        Ok(Mapping {
            uuid: context.entropy.uuid(),
            account: name.scope.account.to_string(),
            region: name.scope.region.to_string(),
            event_source_arn,
            function: name.name,
            qualifier: name.qualifier,
            batch_size: 10,
            batching_window_s: 0,
            maximum_concurrency: None,
            reports_failures: false,
            filters: None,
            kms_key_arn: None,
            state: if is_enabled { MappingState::Creating } else { MappingState::CreatingDisabled },
            generation: 0,
            modified_ms: context.now_ms,
            tags: self.tags.clone(),
        })
    }

    /// The source, which has to be a queue, without what only streams have.
    fn check_source(&self) -> Result<String, Failure> {
        let arn = self.event_source_arn.as_deref();
        let is_queue = arn.and_then(Arn::parse).is_some_and(|arn| arn.service == "sqs");
        let Some(arn) = arn.filter(|_| is_queue) else {
            return Err(errors::invalid_parameter("Unrecognized event source.").into());
        };
        if self.starting_position.is_some() {
            let text = "StartingPosition is not valid for SQS event sources.";
            return Err(errors::invalid_parameter(text).into());
        }
        let of_streams = [
            ("DestinationConfig", self.destination_config.is_some()),
            ("ParallelizationFactor", self.parallelization_factor.is_some()),
            ("MaximumRecordAgeInSeconds", self.maximum_record_age_in_seconds.is_some()),
            ("BisectBatchOnFunctionError", self.bisect_batch_on_function_error.is_some()),
            ("MaximumRetryAttempts", self.maximum_retry_attempts.is_some()),
            ("TumblingWindowInSeconds", self.tumbling_window_in_seconds.is_some()),
        ];
        match of_streams.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(errors::invalid_parameter(format!(
                "Unsupported {name} parameter for given event source mapping type."
            ))
            .into()),
            None => Ok(arn.to_owned()),
        }
    }

    fn given(&self) -> Given<'_> {
        Given {
            batch_size: self.batch_size,
            maximum_batching_window_in_seconds: self.maximum_batching_window_in_seconds,
            filter_criteria: self.filter_criteria.as_ref(),
            function_response_types: self.function_response_types.as_deref(),
            scaling_config: self.scaling_config.as_ref(),
            kms_key_arn: self.kms_key_arn.as_deref(),
        }
    }
}
