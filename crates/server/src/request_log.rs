//! What the log says of each request: a span around it and a line at its end, if somebody wants them; failures of ours always.
//!
//! Nothing is formatted, and no body is looked into, unless the level `debug` is on.

use serde_json::Value;
use std::time::Duration;
use stepwell_services::secrets::Secrets;
use stepwell_services::states::execution_of_token;
use stepwell_store::Store;
use stepwell_wire::{Request, Service};
use tracing::Span;
use tracing::field::Empty;

/// The span of a request; one that costs nothing where nobody listens.
pub fn span(service: Service, operation: &str, request_id: &str) -> Span {
    tracing::debug_span!(
        "request",
        request_id,
        service = service.signing_name(),
        operation,
        caller = Empty,
        state_machine = Empty,
        execution = Empty
    )
}

/// It is known who asks.
pub fn asked_by(caller: &str) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        Span::current().record("caller", caller);
    }
}

/// Says which state machine or execution a request is about, where its input does.
pub fn about(span: &Span, request: &Request<'_>, store: &Store, secrets: &Secrets) {
    if span.is_disabled() {
        return;
    }
    let Ok(Value::Object(input)) = serde_json::from_slice::<Value>(request.body) else { return };
    let member = |name: &str| input.get(name).and_then(Value::as_str);
    if let Some(arn) = member("stateMachineArn") {
        span.record("state_machine", arn);
    }
    if let Some(arn) = member("executionArn") {
        span.record("execution", arn);
    }
    let of_token =
        member("taskToken").and_then(|token| execution_of_token(token, &store.snapshot(), secrets));
    if let Some(arn) = of_token {
        span.record("execution", arn);
    }
}

/// The end of a request. Call it within its span.
pub fn answered(service: Service, operation: &str, request_id: &str, status: u16, took: Duration) {
    let duration_ms = took.as_secs_f64() * 1000.0;
    if status >= 500 {
        let service = service.signing_name();
        tracing::error!(request_id, service, operation, status, duration_ms, "answered");
    } else {
        tracing::debug!(status, duration_ms, "answered");
    }
}
