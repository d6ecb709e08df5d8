//! What the SDK inside AWS's Step Functions adds to a result, and how it words an error.

use crate::context::Context;
use crate::states::integrations::Called;
use serde_json::{Map, Value, json};
use stepwell_wire::ApiError;
use stepwell_wire::time::iso_seconds;

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

/// Adds `SdkHttpMetadata` and `SdkResponseMetadata` to a result, whose members are in the order of their names.
pub fn with_metadata(
    mut result: Map<String, Value>,
    status: u16,
    content_length: usize,
    headers: impl Fn(&Facts) -> Vec<(&'static str, String)>,
    context: &mut Context,
) -> Value {
    let request_id = context.entropy.uuid();
    let facts = Facts { request_id, date: http_date(context.now_ms), content_length };
    let mut headers = headers(&facts);
    let all: Map<_, _> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let one: Map<_, _> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    result.insert(
        "SdkHttpMetadata".to_owned(),
        json!({"AllHttpHeaders": all, "HttpHeaders": one, "HttpStatusCode": status}),
    );
    result.insert("SdkResponseMetadata".to_owned(), json!({"RequestId": facts.request_id}));
    result.sort_keys();
    Value::Object(result)
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

/// A time as HTTP writes it: `Mon, 01 Jan 2024 00:00:00 GMT`.
fn http_date(ms: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let iso = iso_seconds(i64::try_from(ms).unwrap_or(i64::MAX));
    let part = |range: std::ops::Range<usize>| iso.get(range).unwrap_or_default();
    let month = part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"Jan");
    // The epoch was a Thursday.
    let day = DAYS.get(usize::try_from(ms / 86_400_000 % 7).unwrap_or(0)).unwrap_or(&"Thu");
    format!("{day}, {} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

/// A parameter as text: what is no text is written as JSON, as AWS does for message bodies.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_date_is_written_as_http_does() {
        assert_eq!(super::http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(super::http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
