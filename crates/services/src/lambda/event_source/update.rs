//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html>

use super::configuration::{EventSourceMappingConfiguration, FilterCriteria, ScalingConfig};
use super::mapping::{Mapping, MappingState};
use super::source::{self, Given};
use super::start;
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::settings::constraints;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
    pub function_name: Option<String>,
    pub enabled: Option<bool>,
    pub batch_size: Option<i64>,
    pub filter_criteria: Option<FilterCriteria>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub function_response_types: Option<Vec<String>>,
    pub scaling_config: Option<ScalingConfig>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
}

impl Command for UpdateEventSourceMapping {
    const NAME: &'static str = "UpdateEventSourceMapping";
    type Output = EventSourceMappingConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<EventSourceMappingConfiguration, Failure> {
        let mut constraints = constraints();
        if let Some(name) = &self.function_name {
            check_name(&mut constraints, name, Shape::Namespaced);
        }
        self.given().constrain(&mut constraints);
        constraints.finish()?;
        let mut mapping = Mapping::by_uuid(context.scope(), &self.uuid, tx)?;
        if let Some(name) = &self.function_name {
            source::point(&mut mapping, FunctionName::read(name, None, Self::NAME, context)?);
        }
        self.given().apply(&mut mapping)?;
        source::check(&mapping, tx)?;
        source::check_unique(&mapping, tx)?;
        mapping.state = self.state(mapping.state);
        mapping.modified_ms = context.now_ms;
        start::put_and_settle(&mapping, tx);
        Ok(EventSourceMappingConfiguration::new(&mapping))
    }
}

impl UpdateEventSourceMapping {
    fn state(&self, before: MappingState) -> MappingState {
        let was_enabled = before.settled() == Some(MappingState::Enabled);
        match (was_enabled, self.enabled.unwrap_or(was_enabled)) {
            (true, true) => MappingState::Updating,
            (false, true) => MappingState::Enabling,
            (true, false) => MappingState::Disabling,
            (false, false) => MappingState::UpdatingDisabled,
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
