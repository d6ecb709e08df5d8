//! The mapping object, as every operation on a mapping answers with it.

use super::mapping::Mapping;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingConfiguration {
    #[serde(rename = "UUID")]
    pub uuid: String,
    pub batch_size: u32,
    pub maximum_batching_window_in_seconds: u32,
    pub event_source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_criteria: Option<FilterCriteria>,
    pub function_arn: String,
    pub last_modified: Timestamp,
    pub state: &'static str,
    pub state_transition_reason: &'static str,
    pub function_response_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling_config: Option<ScalingConfig>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    pub event_source_mapping_arn: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FilterCriteria {
    pub filters: Vec<Filter>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_concurrency: Option<i64>,
}

impl EventSourceMappingConfiguration {
    #[must_use]
    pub fn new(mapping: &Mapping) -> Self {
        let filter = |pattern: &String| Filter { pattern: Some(pattern.clone()) };
        let scaling = |most: u32| ScalingConfig { maximum_concurrency: Some(most.into()) };
        Self {
            uuid: mapping.uuid.clone(),
            batch_size: mapping.batch_size,
            maximum_batching_window_in_seconds: mapping.batching_window_s,
            event_source_arn: mapping.event_source_arn.clone(),
            filter_criteria: mapping
                .filters
                .as_ref()
                .map(|filters| FilterCriteria { filters: filters.iter().map(filter).collect() }),
            function_arn: mapping.function_arn(),
            last_modified: Timestamp::from_millis(i64::try_from(mapping.modified_ms).unwrap_or(i64::MAX)),
            state: mapping.state.as_str(),
            state_transition_reason: "USER_INITIATED",
            function_response_types: if mapping.reports_failures {
                vec![super::source::REPORT_BATCH_ITEM_FAILURES]
            } else {
                Vec::new()
            },
            scaling_config: mapping.maximum_concurrency.map(scaling),
            kms_key_arn: mapping.kms_key_arn.clone(),
            event_source_mapping_arn: mapping.arn(),
        }
    }
}
