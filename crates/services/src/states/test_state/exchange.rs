//! What an HTTP task sent and what came back, as `inspectionData` shows it at TRACE. What the connection adds to the request is
//! its secret: it is left out, unless it is to be revealed.

use crate::fetch::{FetchAnswer, FetchRequest};
use serde::Serialize;

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// `https`
    pub protocol: String,
    pub method: String,
    pub url: String,
    /// `[name: value, …]`
    pub headers: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    pub protocol: String,
    pub status_code: String,
    pub status_message: String,
    pub headers: String,
    pub body: String,
}

impl HttpRequest {
    #[must_use]
    pub fn of(request: &FetchRequest) -> Self {
        Self {
            protocol: protocol(&request.url),
            method: request.method.clone(),
            url: request.url.clone(),
            headers: headers(&request.headers),
            body: Some(request.body.clone()).filter(|body| !body.is_empty()),
        }
    }
}

impl HttpResponse {
    /// The answer of an endpoint.
    #[must_use]
    pub fn of(answer: &FetchAnswer, url: &str) -> Self {
        Self {
            protocol: protocol(url),
            status_code: answer.status.to_string(),
            status_message: answer.reason.clone(),
            headers: headers(&answer.headers),
            body: answer.body.clone(),
        }
    }
}

fn protocol(url: &str) -> String {
    url.split_once("://").map(|(scheme, _)| scheme.to_owned()).unwrap_or_default()
}

fn headers(headers: &[(String, String)]) -> String {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("[{}]", lines.join(", "))
}
