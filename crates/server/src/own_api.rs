//! What this server answers beside AWS's API, under `/_stepwell/`: health, and what AWS has no operation for.
//!
//! Documented in docs/api.md. All but health asks for the same signatures as AWS's operations do.

use crate::pipeline::Pipeline;
use serde_json::json;
use stepwell_wire::{Request, Response};

/// Answers a request below `/_stepwell/`.
pub async fn answer(pipeline: &Pipeline, request: &Request<'_>, rest: &str) -> Response {
    let _ = pipeline;
    match (request.method, rest) {
        ("GET" | "HEAD", "health") => {
            json_response(200, &json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
        }
        _ => json_response(404, &json!({"error": "NotFound", "message": "there is nothing at this path"})),
    }
}

fn json_response(status: u16, value: &serde_json::Value) -> Response {
    Response::new(status, value.to_string())
        .with_header("Content-Type", "application/json")
        .with_header("Cache-Control", "no-store")
}
