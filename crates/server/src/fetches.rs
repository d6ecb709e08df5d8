//! Requests that Task states make outside: to a server that stands for a service which isn't here, and to HTTP endpoints.
//!
//! Bounded in time and in the size of the answer; redirects aren't followed. A signature and a bearer token are added here,
//! since they depend on the time and on another answer.

use crate::clock;
use crate::outgoing::{self, Outgoing};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Uri;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use stepwell_services::fetch::{Authorization, Fetch, FetchAnswer, FetchRequest, Fetched};
use stepwell_services::secrets::Secrets;
use stepwell_wire::sigv4::{self, Credentials};
use tokio::sync::Semaphore;

/// AWS gives an HTTP task sixty seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Requests under way at a time; further ones wait, and stay owed.
const AT_A_TIME: usize = 256;
/// Bytes of an answer that are read: more than a task's result may have, so that the engine says that it is too large.
const MOST_BYTES: usize = 512 << 10;

/// The client for such requests. Cheap to clone.
#[derive(Clone)]
pub struct Fetches {
    client: Outgoing,
    places: Arc<Semaphore>,
    secrets: Arc<Secrets>,
}

impl Fetches {
    /// A client that trusts the public certificate authorities.
    #[must_use]
    pub fn new(secrets: Arc<Secrets>) -> Self {
        let client = outgoing::client(PATIENCE);
        Self { client, places: Arc::new(Semaphore::new(AT_A_TIME)), secrets }
    }

    /// Makes the request, and the one for its token before it.
    pub async fn fetch(&self, fetch: &Fetch) -> Fetched {
        let Some(request) = fetch.open(&self.secrets) else {
            return Fetched::Failed("the request was written by another installation".to_owned());
        };
        let answered = async {
            let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
            let added = self.authorization(&request).await?;
            self.send(&request, added).await
        };
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => Fetched::Answered(answer),
            Ok(Err(reason)) => Fetched::Failed(reason),
            Err(_) => Fetched::Failed(format!("no answer within {} seconds", PATIENCE.as_secs())),
        }
    }

    /// The headers that make the request the caller's own.
    async fn authorization(&self, request: &FetchRequest) -> Result<Vec<(&'static str, String)>, String> {
        match &request.authorization {
            Authorization::Complete => Ok(Vec::new()),
            Authorization::Signed { region, service, access_key_id, secret_access_key, session_token } => {
                let credentials =
                    Credentials { access_key_id, secret_access_key, session_token: Some(session_token) };
                sign(request, credentials, region, service)
            }
            Authorization::Bearer { token_request } => {
                let answer = self.send(token_request, Vec::new()).await?;
                bearer(&answer).map(|token| vec![("authorization", token)])
            }
        }
    }

    async fn send(
        &self,
        request: &FetchRequest,
        added: Vec<(&'static str, String)>,
    ) -> Result<FetchAnswer, String> {
        let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(&request.url);
        let added = added.iter().map(|(name, value)| (*name, value.as_str()));
        let own = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(added) {
            builder = builder.header(name, value);
        }
        let request = builder
            .body(Full::new(Bytes::from(request.body.clone())))
            .map_err(|error| format!("the request can't be made: {error}"))?;
        let response = self.client.request(request).await.map_err(|error| causes(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MOST_BYTES).collect().await;
        let body = body.map_err(|error| format!("the answer can't be read: {error}"))?.to_bytes();
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(FetchAnswer {
            status: head.status.as_u16(),
            reason: head.status.canonical_reason().unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn sign(
    request: &FetchRequest,
    credentials: Credentials<'_>,
    region: &str,
    service: &str,
) -> Result<Vec<(&'static str, String)>, String> {
    let url: Uri = request.url.parse().map_err(|error| format!("`{}` is no URL: {error}", request.url))?;
    let authority = url.authority().map(ToString::to_string).unwrap_or_default();
    let own = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = Bytes::from(request.body.clone());
    let signed = stepwell_wire::Request {
        method: &request.method,
        path: url.path(),
        query: url.query().unwrap_or_default(),
        headers: [("host", authority.as_str())].into_iter().chain(own).collect(),
        body: &body,
    };
    let now_ms = i64::try_from(clock::now().wall_ms).unwrap_or(i64::MAX);
    Ok(sigv4::sign(&signed, credentials, region, service, now_ms))
}

/// The header for the token of an OAuth server's answer.
fn bearer(answer: &FetchAnswer) -> Result<String, String> {
    if answer.status >= 300 {
        return Err(format!("the authorization endpoint answered {} {}", answer.status, answer.reason));
    }
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let token = body.get("access_token").and_then(Value::as_str);
    let token = token.ok_or("the authorization endpoint answered without an access token")?;
    Ok(format!("Bearer {token}"))
}

/// An error with what is behind it: the outermost says no more than that it went wrong.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> FetchAnswer {
        FetchAnswer { status, reason: "Reason".to_owned(), headers: Vec::new(), body: body.to_owned() }
    }

    #[test]
    fn a_token_is_taken_from_a_good_answer_only() {
        assert_eq!(bearer(&answer(200, r#"{"access_token": "t"}"#)).as_deref(), Ok("Bearer t"));
        let refused = bearer(&answer(401, "{}")).unwrap_err();
        assert_eq!(refused, "the authorization endpoint answered 401 Reason");
        assert!(bearer(&answer(200, "text")).is_err());
    }

    #[test]
    fn a_request_is_signed_for_the_host_and_path_that_it_goes_to() {
        let request = FetchRequest {
            method: "POST".to_owned(),
            url: "http://localhost:8000/".to_owned(),
            headers: vec![("x-amz-target".to_owned(), "T.O".to_owned())],
            body: "{}".to_owned(),
            authorization: Authorization::Complete,
        };
        let credentials =
            Credentials { access_key_id: "ASIA", secret_access_key: "secret", session_token: Some("token") };
        let added = sign(&request, credentials, "us-east-1", "dynamodb").unwrap();
        let authorization = &added.iter().find(|(name, _)| *name == "authorization").unwrap().1;
        assert!(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target"));
        assert!(authorization.contains("/us-east-1/dynamodb/aws4_request"));
    }
}
