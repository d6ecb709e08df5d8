//! What a server elsewhere answered, as the task sees it.

use super::services::RemoteService;
use crate::context::Context;
use crate::fetch::{FetchAnswer, Fetched};
use crate::states::integrations::Called;
use crate::states::integrations::sdk;
use serde_json::{Map, Value};
use stepwell_engine::Integration;
use stepwell_wire::sdk_output::member_name;

/// The outcome of a call.
pub fn answered(
    integration: &Integration,
    service: &RemoteService,
    fetched: &Fetched,
    context: &mut Context,
) -> Called {
    let prefix = if integration.sdk_service().is_some() { service.client } else { service.first.0 };
    match fetched {
        Fetched::Failed(reason) => Called::Failed {
            error: format!("{prefix}.SdkClientException"),
            cause: format!("Unable to execute HTTP request: {reason}"),
        },
        Fetched::Answered(answer) if answer.status >= 300 => refused(integration, service, answer, context),
        Fetched::Answered(answer) => {
            let output = serde_json::from_str(&answer.body).unwrap_or_else(|_| Value::Object(Map::new()));
            succeeded(integration, service, output, answer, context)
        }
    }
}

fn succeeded(
    integration: &Integration,
    service: &RemoteService,
    output: Value,
    answer: &FetchAnswer,
    context: &mut Context,
) -> Called {
    let output = if service.begins_small { large(output) } else { output };
    if integration.sdk_service().is_some() {
        return Called::Answered(output.to_string());
    }
    if service.name == "events" {
        return put(&output);
    }
    let members = match output {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let content_type = format!("application/x-amz-json-{}", service.version);
    let headers = |facts: &sdk::Facts| {
        let mut headers = vec![("Server", "Server".to_owned())];
        headers.extend(sdk::plain_headers(facts, &content_type));
        headers
    };
    Called::Answered(sdk::with_metadata(members, answer.status, answer.body.len(), headers, context))
}

/// `events:putEvents` has no metadata in its result, and fails if one of its entries does (recorded).
pub fn put(output: &Value) -> Called {
    match output.get("FailedEntryCount").and_then(Value::as_u64) {
        Some(failed) if failed > 0 => {
            Called::Failed { error: "EventBridge.FailedEntry".to_owned(), cause: output.to_string() }
        }
        _ => Called::Answered(output.to_string()),
    }
}

/// An error in the words of the SDK: its second version for `aws-sdk`, its first for the others.
fn refused(
    integration: &Integration,
    service: &RemoteService,
    answer: &FetchAnswer,
    context: &mut Context,
) -> Called {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let member = |names: [&str; 2]| names.iter().find_map(|name| body.get(*name)?.as_str());
    let code = member(["__type", "code"]).unwrap_or("UnknownError");
    let code = code.rsplit('#').next().unwrap_or(code);
    let message = member(["message", "Message"]).unwrap_or(&answer.reason);
    let is_modelled = code.ends_with("Exception")
        && !matches!(code, "ValidationException" | "AccessDeniedException" | "SerializationException");
    let (status, request_id) = (answer.status, request_id(answer, context));
    if integration.sdk_service().is_some() {
        let client = service.client;
        let class = if is_modelled { code.to_owned() } else { format!("{client}Exception") };
        let cause = format!(
            "{message} (Service: {client}, Status Code: {status}, Request ID: {request_id}) (SDK Attempt Count: 1)"
        );
        return Called::Failed { error: format!("{client}.{class}"), cause };
    }
    let (prefix, named) = service.first;
    let base = named.trim_end_matches("v2");
    let class = if is_modelled { code.to_owned() } else { format!("{base}Exception") };
    let cause = format!(
        "{message} (Service: {named}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
    );
    Called::Failed { error: format!("{prefix}.{class}"), cause }
}

fn request_id(answer: &FetchAnswer, context: &mut Context) -> String {
    let given = answer.headers.iter().find(|(name, _)| name == "x-amzn-requestid");
    given.map_or_else(|| context.entropy.uuid(), |(_, id)| id.clone())
}

fn large(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let renamed = members.into_iter().map(|(name, value)| (member_name(&name), large(value)));
            Value::Object(renamed.collect())
        }
        Value::Array(items) => items.into_iter().map(large).collect(),
        other => other,
    }
}
