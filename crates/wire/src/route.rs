//! Which service and operation a request names, and in which protocol: everything listens on one port, so
//! the request itself must say.
//!
//! In order: the target header (awsJson), Lambda's dated paths (REST), an `Action` in query or form (query
//! protocol; its version, its scope, its path or its host names the service), S3's paths. What is left, and what names a
//! service that isn't here, is refused in its own protocol with a 4xx, so that no SDK retries.

use serde::de::DeserializeOwned;

use crate::arn::{is_account_id, is_region};
use crate::aws_json;
use crate::decode::DecodeError;
use crate::error::{ApiError, CORAL_SERVICE};
use crate::form::Form;
use crate::message::Request;
use crate::query;
use crate::refusal::{Refusal, RefusalForm};
use crate::render::Protocol;
use crate::rest_xml;
use crate::service::Service;
use crate::sigv4::{AuthFailure, Scope};

/// Where a caller who names no region is.
pub const DEFAULT_REGION: &str = "us-east-1";

#[derive(Debug, Clone)]
pub struct Route {
    pub service: Service,
    pub protocol: Protocol,
    /// As the request spells it. `None` in REST, where the service's own table knows.
    pub operation: Option<String>,
    /// The region that the caller signed for, or that the host names.
    pub region: String,
    /// Who says to have signed; not verified here.
    pub access_key_id: Option<String>,
    /// The fields, in the query protocol.
    form: Option<Form>,
}

impl Route {
    /// A 12-digit access key id names an account, as the field's tools expect.
    pub fn account_hint(&self) -> Option<&str> {
        self.access_key_id.as_deref().filter(|id| is_account_id(id))
    }

    /// Reads the input of an operation of a service that is spoken to in awsJson alone. REST has [`crate::rest_json::decode`].
    ///
    /// # Errors
    /// AWS's, for what doesn't fit.
    pub fn json_input<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, ApiError> {
        aws_json::decode(self.service, request.body)
    }

    /// Reads the input of an operation of a service that is spoken to in the query protocol alone.
    ///
    /// # Errors
    /// AWS's, for what doesn't fit.
    pub fn query_input<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        // INVARIANT: only an action in a form, or a link's query, names an operation of such a service.
        self.form
            .as_ref()
            .map_or_else(|| Err(ApiError::internal_failure()), |form| query::decode(self.service, form))
    }

    /// Reads the input of an operation of a service that is spoken to in either.
    ///
    /// # Errors
    /// AWS's, for what doesn't fit.
    pub fn json_or_query_input<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, ApiError> {
        if self.form.is_some() { self.query_input() } else { self.json_input(request) }
    }
}

/// Finds the way of a request.
pub fn route(request: &Request<'_>) -> Result<Route, Refusal> {
    let scope = Scope::peek(request);
    let mut route = named_operation(request, scope.as_ref())?;
    if let Some(scope) = scope {
        if !is_region(&scope.region) {
            return Err(Refusal::new(route.protocol.into(), AuthFailure::invalid_region().into()));
        }
        route.region = scope.region;
        route.access_key_id = Some(scope.access_key_id);
    }
    Ok(route)
}

fn named_operation(request: &Request<'_>, scope: Option<&Scope>) -> Result<Route, Refusal> {
    if let Some(target) = request.header("x-amz-target") {
        return by_target(request, target);
    }
    if request.header("smithy-protocol").is_some_and(|protocol| protocol.starts_with("rpc-v2-cbor")) {
        return Err(Refusal::new(RefusalForm::Cbor, absent("This protocol")));
    }
    let signed_for = scope.and_then(|scope| Service::from_signing_name(&scope.service));
    if signed_for == Some(Service::S3) {
        return Ok(Route::new(request, Service::S3, Protocol::RestXml, None));
    }
    if signed_for == Some(Service::Lambda) || is_lambda_path(request.path) {
        return Ok(Route::new(request, Service::Lambda, Protocol::RestJson, None));
    }
    match action_form(request)? {
        Some(form) => by_action(request, form, signed_for),
        None if is_for_s3(request) => Ok(Route::new(request, Service::S3, Protocol::RestXml, None)),
        None => Err(unknown_path(scope)),
    }
}

impl Route {
    fn new(request: &Request<'_>, service: Service, protocol: Protocol, operation: Option<String>) -> Route {
        let region = host_region(request).unwrap_or(DEFAULT_REGION).to_owned();
        Route { service, protocol, operation, region, access_key_id: None, form: None }
    }
}

fn by_target(request: &Request<'_>, target: &str) -> Result<Route, Refusal> {
    let (prefix, operation) = target.rsplit_once('.').unwrap_or(("", target));
    let version = json_version(request);
    match Service::from_target_prefix(prefix) {
        Some(service) => {
            let protocol = version.unwrap_or(service.protocol());
            Ok(Route::new(request, service, protocol, Some(operation.to_owned())))
        }
        None => {
            let protocol = version.unwrap_or(Protocol::AwsJson11);
            Err(Refusal::new(protocol.into(), absent(if prefix.is_empty() { target } else { prefix })))
        }
    }
}

/// The version of awsJson that the content type names, whatever parameters follow it.
fn json_version(request: &Request<'_>) -> Option<Protocol> {
    let content_type = request.header("content-type")?.to_ascii_lowercase();
    [Protocol::AwsJson10, Protocol::AwsJson11]
        .into_iter()
        .find(|protocol| content_type.starts_with(protocol.content_type()))
}

fn absent(name: &str) -> ApiError {
    // A name from outside is quoted only as far as a name goes.
    let name: String = name.chars().take(64).collect();
    ApiError::bad_request("UnknownOperationException", format!("{name} is not available at this endpoint."))
        .with_namespace(CORAL_SERVICE)
        .with_query_code("InvalidAction")
        .with_rest("UnknownOperationException", 404)
}

/// The first segments of Lambda's paths. `2018-06-01`, the Runtime API, is not spoken here.
const LAMBDA_DATES: [&str; 16] = [
    "2014-11-13",
    "2015-03-31",
    "2016-08-19",
    "2017-03-31",
    "2017-10-31",
    "2018-10-31",
    "2019-09-25",
    "2019-09-30",
    "2020-04-22",
    "2020-06-30",
    "2021-07-20",
    "2021-10-31",
    "2021-11-15",
    "2024-08-31",
    "2025-11-30",
    "2025-12-01",
];

fn is_lambda_path(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    LAMBDA_DATES.contains(&first)
}

/// The fields of query string and form, where they name an action.
fn action_form(request: &Request<'_>) -> Result<Option<Form>, Refusal> {
    let malformed = |error: DecodeError| {
        let error = error.for_service(Service::Sns);
        Refusal::new(RefusalForm::Query, error)
    };
    let mut form = Form::default();
    if request.query.contains("Action=") {
        form = Form::parse(request.query.as_bytes()).map_err(malformed)?;
    }
    if may_be_form(request) {
        let fields = Form::parse(request.body).map_err(malformed)?;
        form = form.extended(fields).map_err(malformed)?;
    }
    Ok(form.get("Action").is_some().then_some(form))
}

/// A body with another content type is not searched for an action.
fn may_be_form(request: &Request<'_>) -> bool {
    match request.header("content-type") {
        Some(kind) => kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"),
        None => {
            request.body.starts_with(b"Action=") || request.body.windows(8).any(|part| part == b"&Action=")
        }
    }
}

fn by_action(request: &Request<'_>, mut form: Form, signed_for: Option<Service>) -> Result<Route, Refusal> {
    let action = form.get("Action").unwrap_or_default().to_owned();
    let queue = is_queue_path(request.path);
    let named = match form.get("Version") {
        Some(version) => Service::ALL.into_iter().find(|service| service.version() == version),
        None if queue => Some(Service::Sqs),
        None => signed_for.or_else(|| host_service(request)).or_else(|| link_service(request, &action)),
    };
    let Some(service) = named.filter(|service| service.speaks_query()) else {
        let text = match form.get("Version") {
            Some(version) => format!("Could not find operation {action} for version {version}"),
            None => format!("The action {action} is not valid for this endpoint."),
        };
        return Err(Refusal::new(RefusalForm::Query, ApiError::bad_request("InvalidAction", text)));
    };
    if service == Service::Sqs && queue {
        let host = request.header("host").unwrap_or("localhost");
        form.set_absent("QueueUrl", format!("http://{host}{}", request.path));
    }
    let route = Route::new(request, service, Protocol::Query, Some(action));
    Ok(Route { form: Some(form), ..route })
}

/// The links that SNS puts into its messages name no version, nobody signs them, and here their host names no service.
fn link_service(request: &Request<'_>, action: &str) -> Option<Service> {
    let is_link = request.method == "GET" && matches!(action, "ConfirmSubscription" | "Unsubscribe");
    is_link.then_some(Service::Sns)
}

/// `/123456789012/name`: the path of a queue's URL.
fn is_queue_path(path: &str) -> bool {
    let mut segments = path.trim_matches('/').split('/');
    let account = segments.next().is_some_and(is_account_id);
    let name = segments.next().is_some_and(|name| !name.is_empty());
    account && name && segments.next().is_none()
}

/// Nobody signed for S3, but the request speaks as its clients do: unsigned, by a link of the old kind, or by its host.
fn is_for_s3(request: &Request<'_>) -> bool {
    request.header("x-amz-content-sha256").is_some()
        || rest_xml::is_s3_host(request.header("host").unwrap_or_default())
        || (request.query.contains("AWSAccessKeyId=") && request.query.contains("Signature="))
}

/// A request that names nothing we know: as a gateway refuses it.
fn unknown_path(scope: Option<&Scope>) -> Refusal {
    if let Some(service) = scope.and_then(|scope| Service::from_signing_name(&scope.service)) {
        return Refusal::new(service.protocol().into(), ApiError::unknown_operation(service, ""));
    }
    let name = scope.map_or("This path", |scope| scope.service.as_str());
    Refusal::new(Protocol::RestJson.into(), absent(name))
}

/// `sqs.us-east-1.amazonaws.com` says both.
fn host_labels<'a>(request: &Request<'a>) -> impl Iterator<Item = &'a str> {
    request.header("host").unwrap_or_default().split([':', '.'])
}

fn host_service(request: &Request<'_>) -> Option<Service> {
    let first = host_labels(request).next()?;
    match first.strip_prefix("sync-").unwrap_or(first) {
        "queue" => Some(Service::Sqs),
        name => Service::from_signing_name(name),
    }
}

fn host_region<'a>(request: &Request<'a>) -> Option<&'a str> {
    host_service(request)?;
    // A region has a number at its end; `amazonaws` and `localhost` have none.
    host_labels(request).nth(1).filter(|label| {
        is_region(label) && label.contains('-') && label.ends_with(|end: char| end.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
