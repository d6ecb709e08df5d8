//! `inspectionData`: what a state made on its way. Which of it is shown depends on the type of the state and its language
//! (recorded), not on what there is.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use stepwell_asl::definition::{QueryLanguage, State, StateKind};
use stepwell_engine::Seen;

use super::exchange::{HttpRequest, HttpResponse};
use super::written::Sources;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_arguments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_parameters: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_batcher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<HttpRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<InspectionErrorDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u64>,
}

/// Who took the error.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionErrorDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_backoff_interval_seconds: Option<u64>,
}

/// What is shown of a state, at DEBUG and TRACE.
pub fn of(state: &State, input: &str, seen: &Seen, sources: &Sources) -> InspectionData {
    let text = |value: &Option<std::sync::Arc<Value>>| value.as_deref().map(|value| sources.text(value));
    let mut data = InspectionData {
        input: Some(input.to_owned()),
        variables: variables(&seen.variables),
        error_details: error_details(seen),
        tolerated_failure_count: seen.tolerated_failure_count,
        tolerated_failure_percentage: seen.tolerated_failure_percentage,
        max_concurrency: seen.max_concurrency,
        after_item_selector: seen.selected_items.clone().map(|items| sources.text(&items.into())),
        after_item_batcher: seen.batches.clone().map(|batches| sources.text(&batches.into())),
        ..InspectionData::default()
    };
    if state.language == QueryLanguage::Jsonata {
        if matches!(state.kind, StateKind::Task(_)) {
            data.after_arguments = text(&seen.arguments);
            data.result = text(&seen.result);
        }
        return data;
    }
    let is_fixed = matches!(&state.kind, StateKind::Pass(pass) if pass.result.is_some());
    if !is_fixed && !matches!(state.kind, StateKind::Parallel(_)) {
        // A Fail state looks at its input, and has no path to it.
        let is_fail = matches!(state.kind, StateKind::Fail(_));
        data.after_input_path = if is_fail { Some(input.to_owned()) } else { text(&seen.after_input_path) };
    }
    match &state.kind {
        StateKind::Pass(_) if is_fixed => data.result = text(&seen.result),
        StateKind::Pass(_) => data.after_parameters = text(&seen.arguments),
        StateKind::Task(_) => {
            data.after_parameters = text(&seen.arguments);
            data.result = text(&seen.result);
        }
        StateKind::Map(_) => data.after_items_path = text(&seen.items),
        StateKind::Parallel(_) => {}
        StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Succeed(_) | StateKind::Fail(_) => {
            return data;
        }
    }
    data.after_result_selector = text(&seen.after_result_selector);
    data.after_result_path = text(&seen.after_result_path);
    data
}

fn error_details(seen: &Seen) -> Option<InspectionErrorDetails> {
    let (retry_index, delay_ms) = seen.retry.unzip();
    (retry_index.is_some() || seen.catcher.is_some()).then(|| InspectionErrorDetails {
        catch_index: seen.catcher,
        retry_index,
        retry_backoff_interval_seconds: delay_ms.map(|delay_ms| delay_ms / 1000),
    })
}

/// Where there are none, they are not shown (recorded).
fn variables(variables: &BTreeMap<String, String>) -> Option<String> {
    let members: Vec<String> =
        variables.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
}
