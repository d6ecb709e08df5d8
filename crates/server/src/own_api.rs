//! What this server answers beside AWS's API, under `/_stepwell/`: health, readiness, metrics, and what AWS has
//! no operation for.
//!
//! Documented in docs/api.md. All but health and readiness asks for the same signatures as AWS's operations do.

use crate::authenticate::{DEFAULT_ACCOUNT, Mode};
use crate::clock;
use crate::pipeline::Pipeline;
use serde_json::json;
use stepwell_services::context::Caller;
use stepwell_services::iam::authorize::Action;
use stepwell_services::lambda::{self, UploadCode, code_location};
use stepwell_services::operation::Reply;
use stepwell_services::states::open_callbacks::ListCallbacks;
use stepwell_wire::{ApiError, Envelope, Protocol, Request, Response, Service, ids, uri};

/// Says of a piece of a backup whether it is the last.
const LAST_PIECE: &str = "X-Stepwell-Last-Piece";
/// The name that requests are signed for.
pub const SIGNING_NAME: &str = "stepwell";

/// Answers a request below `/_stepwell/`.
pub async fn answer(pipeline: &Pipeline, request: &Request<'_>, rest: &str, request_id: &str) -> Response {
    match (request.method, rest) {
        ("GET" | "HEAD", "health") => return pipeline.monitor.health(),
        ("GET" | "HEAD", "ready") => return pipeline.monitor.ready(),
        _ => {}
    }
    if let ("GET", Some(name)) = (request.method, rest.strip_prefix("v1/code/")) {
        return package(pipeline, request, name);
    }
    match signed(pipeline, request, rest, request_id).await {
        Ok(response) => response,
        Err(error) => json_response(error.status, &json!({"code": error.code, "message": error.message})),
    }
}

async fn signed(
    pipeline: &Pipeline,
    request: &Request<'_>,
    rest: &str,
    request_id: &str,
) -> Result<Response, ApiError> {
    let asked = pipeline
        .authenticator
        .caller_of(request, SIGNING_NAME, &pipeline.store, &pipeline.secrets, request_id)
        .map_err(forbidden)?;
    match (request.method, rest) {
        ("GET" | "HEAD", "metrics") => Ok(pipeline.monitor.metrics().await),
        ("GET", "v1/callbacks") => {
            let list = ListCallbacks {
                state_machine_arn: parameter(request, "stateMachineArn"),
                execution_arn: parameter(request, "executionArn"),
                max_results: number(request, "maxResults")?,
                next_token: parameter(request, "nextToken"),
            };
            let action = Action { service: Service::States, operation: "ListCallbacks" };
            rendered(pipeline.read(&list, asked, &action)?, request_id)
        }
        ("POST", "v1/code") => {
            // Hashed and looked into here, so that the writer doesn't have to.
            let bytes = request.body.to_vec();
            let upload = tokio::task::spawn_blocking(move || UploadCode::new(bytes)).await;
            let upload = upload.map_err(|_| ApiError::internal_failure())?;
            let action = Action { service: Service::Lambda, operation: "UploadCode" };
            rendered(pipeline.submit(Box::new(upload), asked, Some(action)).await?, request_id)
        }
        (method, path) if path == "v1/backup" || path.starts_with("v1/backup/") => {
            check_root(&asked.caller, pipeline.authenticator.mode)?;
            backup(pipeline, method, path.strip_prefix("v1/backup/").unwrap_or_default()).await
        }
        _ => Err(nothing()),
    }
}

fn nothing() -> ApiError {
    ApiError::new("NotFound", 404, "there is nothing at this path")
}

/// A backup holds the data and the secrets of all accounts.
fn check_root(caller: &Caller, mode: Mode) -> Result<(), ApiError> {
    if mode == Mode::Off || caller.arn == Caller::root(DEFAULT_ACCOUNT).arn {
        return Ok(());
    }
    let text = format!("`{}` may make no backup: the root of account {DEFAULT_ACCOUNT} may", caller.arn);
    Err(ApiError::new("AccessDenied", 403, text))
}

/// `POST` begins a backup, `GET {id}/{number}` is a piece of it, `DELETE {id}` ends it.
async fn backup(pipeline: &Pipeline, method: &str, rest: &str) -> Result<Response, ApiError> {
    match (method, rest.split_once('/')) {
        ("POST", None) if rest.is_empty() => {
            let id = pipeline.backups.begin(&pipeline.store).await?;
            Ok(json_response(200, &json!({"backupId": id})))
        }
        ("GET", Some((id, number))) => {
            let number = number.parse().map_err(|_| nothing())?;
            let piece = pipeline.backups.piece(id, number).await?;
            Ok(Response::new(200, piece.bytes)
                .with_header("Content-Type", "application/octet-stream")
                .with_header("Cache-Control", "no-store")
                .with_header(LAST_PIECE, piece.is_last.to_string()))
        }
        ("DELETE", None) if !rest.is_empty() => {
            pipeline.backups.end(rest).await;
            Ok(json_response(200, &json!({})))
        }
        _ => Err(nothing()),
    }
}

/// The package of a function, for whoever `GetFunction` gave the address.
fn package(pipeline: &Pipeline, request: &Request<'_>, name: &str) -> Response {
    let key = parameter(request, "key").unwrap_or_default();
    let opened = code_location::opened(&key, &pipeline.secrets, clock::wall_ms());
    let opened = opened.filter(|sha256| ids::hex(sha256) == name);
    let bytes = opened.and_then(|sha256| lambda::code(&pipeline.store.snapshot(), &sha256).ok());
    match bytes {
        Some(bytes) => Response::new(200, bytes)
            .with_header("Content-Type", "application/zip")
            .with_header("Cache-Control", "no-store"),
        None => {
            let text = "this address has expired or was never given out";
            json_response(403, &json!({"code": "AccessDenied", "message": text}))
        }
    }
}

/// Whoever can't be told is forbidden here, as in AWS's REST services; their JSON services say 400.
fn forbidden(error: ApiError) -> ApiError {
    match error.status {
        500.. => error,
        _ => ApiError::new(error.code, 403, error.message),
    }
}

fn rendered(reply: Box<dyn Reply>, request_id: &str) -> Result<Response, ApiError> {
    let envelope = Envelope::new(Service::States, Protocol::RestJson, "", request_id);
    reply.render(&envelope).map_err(|error| {
        tracing::error!("{error}");
        ApiError::internal_failure()
    })
}

/// A parameter of the query.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let fields = request.query.split('&').filter_map(|field| field.split_once('='));
    let value = fields.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
    uri::decode(value).map(|value| value.into_owned()).filter(|value| !value.is_empty())
}

fn number(request: &Request, name: &str) -> Result<Option<i64>, ApiError> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| ApiError::bad_request("ValidationException", format!("`{name}` is no number")))
    };
    parameter(request, name).map(parse).transpose()
}

fn json_response(status: u16, value: &serde_json::Value) -> Response {
    Response::new(status, value.to_string())
        .with_header("Content-Type", "application/json")
        .with_header("Cache-Control", "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_signatures_are_required_the_root_alone_makes_backups() {
        let root = Caller::root(DEFAULT_ACCOUNT);
        let user = Caller { arn: "arn:aws:iam::000000000000:user/u".into(), ..root.clone() };
        for other in [user, Caller::root("111111111111"), Caller::anonymous(DEFAULT_ACCOUNT)] {
            assert_eq!(check_root(&other, Mode::Required).unwrap_err().status, 403);
            assert!(check_root(&other, Mode::Off).is_ok());
        }
        assert!(check_root(&root, Mode::Required).is_ok());
    }
}
