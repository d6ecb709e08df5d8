//! What the SDK inside AWS's Step Functions adds to a result, and how it words an error.

use crate::context::Context;
use crate::states::integrations::Called;
use serde_json::{Map, Value};
use std::borrow::Cow;
use stepwell_wire::ApiError;
use stepwell_wire::time::http_date;

/// How an optimised integration names its service.
pub struct Names {
    /// The prefix of error names: `SQS`.
    pub prefix: &'static str,
    /// In causes: `AmazonSQS`.
    pub service: &'static str,
    /// Codes that have an exception class of their own; any other becomes `base`.
    pub modelled: &'static [&'static str],
    /// `AmazonSQSException`.
    pub base: &'static str,
}

/// An error as the task fails with it (recorded form of SDK version 1).
pub fn failed(names: &Names, error: &ApiError, context: &mut Context) -> Called {
    let code = error.query_code();
    let class = match names.modelled.iter().find(|modelled| **modelled == error.code || **modelled == code) {
        Some(modelled) if modelled.ends_with("Exception") => (*modelled).to_owned(),
        Some(modelled) => format!("{modelled}Exception"),
        None => names.base.to_owned(),
    };
    let cause = format!(
        "{} (Service: {}; Status Code: {}; Error Code: {code}; Request ID: {}; Proxy: null)",
        error.query_message(),
        names.service,
        error.query_status(),
        context.entropy.uuid()
    );
    Called::Failed { error: format!("{}.{class}", names.prefix), cause }
}

/// What goes into the headers of an answer.
pub struct Facts {
    pub request_id: String,
    /// As in the header `Date`.
    pub date: String,
    /// Of the body.
    pub content_length: usize,
}

/// The text of a result with `SdkHttpMetadata` and `SdkResponseMetadata`; its members are in the order of their names.
pub fn with_metadata(
    result: Map<String, Value>,
    status: u16,
    content_length: usize,
    headers: impl Fn(&Facts) -> Vec<(&'static str, String)>,
    context: &mut Context,
) -> String {
    let request_id = context.entropy.uuid();
    let facts = Facts {
        request_id,
        date: http_date(i64::try_from(context.steps_ms).unwrap_or(i64::MAX)),
        content_length,
    };
    let metadata = [
        ("SdkHttpMetadata", http_metadata(headers(&facts), status)),
        ("SdkResponseMetadata", object([("RequestId", json_text(&facts.request_id.as_str().into()))])),
    ];
    let members = result.into_iter().map(|(name, value)| (Cow::Owned(name), json_text(&value)));
    let metadata = metadata.into_iter().map(|(name, text)| (Cow::Borrowed(name), text));
    let mut members: Vec<_> = members.chain(metadata).collect();
    members.sort();
    object(members)
}

fn http_metadata(mut headers: Vec<(&'static str, String)>, status: u16) -> String {
    for (_, value) in &mut headers {
        *value = json_text(&Value::String(std::mem::take(value)));
    }
    let all = object(headers.iter().map(|(name, value)| (*name, format!("[{value}]"))));
    headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let members =
        [("AllHttpHeaders", all), ("HttpHeaders", object(headers)), ("HttpStatusCode", status.to_string())];
    object(members)
}

/// An object of JSON texts, under names that need no escapes: written once, instead of a tree that is written then.
fn object<N: AsRef<str>, V: AsRef<str>>(members: impl IntoIterator<Item = (N, V)>) -> String {
    let mut text = String::with_capacity(512);
    for (name, value) in members {
        text.push(if text.is_empty() { '{' } else { ',' });
        text.extend(["\"", name.as_ref(), "\":", value.as_ref()]);
    }
    if text.is_empty() {
        text.push('{');
    }
    text.push('}');
    text
}

/// (`to_string` goes by `fmt`, which takes twice as long.)
fn json_text(value: &Value) -> String {
    serde_json::to_string(value).expect("JSON can be written as text")
}

/// The headers of the services that answer in JSON or XML, in the order in which AWS sends them.
pub fn plain_headers(facts: &Facts, content_type: &str) -> Vec<(&'static str, String)> {
    vec![
        ("x-amzn-RequestId", facts.request_id.clone()),
        ("connection", "keep-alive".to_owned()),
        ("Content-Length", facts.content_length.to_string()),
        ("Date", facts.date.clone()),
        ("Content-Type", content_type.to_owned()),
    ]
}

/// A parameter as text: what is no text is written as JSON, as AWS does for message bodies.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json_text(other),
    }
}
