//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
//!
//! Three operations in one: `RequestResponse` is answered by the function's run, `Event` by the row of an asynchronous
//! invocation, `DryRun` by nothing but its checks.

use crate::context::Context;
use crate::effect::{InvokeFunction, InvokePurpose};
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape, check_name, check_qualifier};
use crate::lambda::settings::constraints;
use crate::lambda::{asynchronous, errors, payload, spec};
use crate::operation::{AnyCommand, AnyRead, Operation, Payload, Prepared, Relay, Reply, Speaks, SpeaksRest};
use crate::rows::Rows;
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::any::Any;
use stepwell_wire::render::RenderError;
use stepwell_wire::{ApiError, Blob, Envelope, Response};

/// AWS's limit for the decoded client context.
const CLIENT_CONTEXT_BYTES: usize = 3583;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Invoke {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub invocation_type: Option<String>,
    pub log_type: Option<String>,
    pub client_context: Option<String>,
    pub payload: Option<Blob>,
}

/// The table's line: the invocation's type decides which way it goes.
#[must_use]
pub const fn operation() -> Operation {
    Operation::new("Invoke", prepare)
}

fn prepare(payload: &Payload) -> Result<Prepared, ApiError> {
    let invoke: Invoke = SpeaksRest::decode(payload)?;
    Ok(match invoke.invocation_type.as_deref() {
        Some("Event") => Prepared::Command(Box::new(Event(invoke))),
        Some("DryRun") => Prepared::Read(Box::new(DryRun(invoke))),
        // An unknown type is refused with the other constraints.
        _ => Prepared::Relay(Box::new(invoke)),
    })
}

impl Relay for Invoke {
    const NAME: &'static str = "Invoke";

    fn relay(&self, rows: &dyn Rows, context: &mut Context) -> Result<InvokeFunction, Failure> {
        let name = self.check(context)?;
        let payload = payload::synchronous(self.bytes())?;
        let request_id = request_id(context);
        spec::runnable(rows, &name.scope, &name.name, name.qualifier.as_deref(), &request_id)?;
        Ok(InvokeFunction {
            account: name.scope.account.to_string(),
            region: name.scope.region.to_string(),
            function: name.name,
            qualifier: name.qualifier,
            payload,
            request_id,
            purpose: InvokePurpose::Caller,
            log_tail: self.log_type.as_deref() == Some("Tail"),
            client_context: self.client_context.clone(),
        })
    }
}

impl Invoke {
    fn bytes(&self) -> &[u8] {
        self.payload.as_ref().map_or(&[], |payload| &payload.0)
    }

    fn check(&self, context: &Context) -> Result<FunctionName, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        check_qualifier(&mut constraints, self.qualifier.as_deref());
        if let Some(kind) = &self.invocation_type {
            constraints.one_of("invocationType", kind, &["Event", "RequestResponse", "DryRun"]);
        }
        if let Some(kind) = &self.log_type {
            constraints.one_of("logType", kind, &["None", "Tail"]);
        }
        constraints.finish()?;
        check_client_context(self.client_context.as_deref())?;
        Ok(FunctionName::read(&self.function_name, self.qualifier.as_deref(), Self::NAME, context)?)
    }
}

/// An invocation whose answer is that it was taken.
struct Event(Invoke);

impl AnyCommand for Event {
    fn name(&self) -> &'static str {
        "Invoke"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let name = self.0.check(context)?;
        let payload = payload::asynchronous(self.0.bytes())?;
        let request_id = request_id(context);
        spec::exists(tx, &name.scope, &name.name, name.qualifier.as_deref())?;
        let client_context = self.0.client_context.clone();
        asynchronous::begin(&name, payload, request_id, client_context, tx, context);
        Ok(Box::new(Bodiless { status: 202 }))
    }
}

/// Whether an invocation would be taken.
struct DryRun(Invoke);

impl AnyRead for DryRun {
    fn read_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let name = self.0.check(context)?;
        payload::synchronous(self.0.bytes())?;
        spec::exists(rows, &name.scope, &name.name, name.qualifier.as_deref())?;
        Ok(Box::new(Bodiless { status: 204 }))
    }
}

/// An answer that is its status.
pub struct Bodiless {
    pub status: u16,
}

impl Reply for Bodiless {
    fn render(&self, envelope: &Envelope) -> Result<Response, RenderError> {
        Ok(Response::new(self.status, "").with_header("x-amzn-RequestId", envelope.request_id))
    }

    fn shown(&self) -> Result<Value, Failure> {
        Ok(json!({"StatusCode": self.status}))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// The function sees the request id that its caller is answered with.
fn request_id(context: &mut Context) -> String {
    match &*context.request.request_id {
        "" => context.entropy.uuid(),
        given => given.to_owned(),
    }
}

fn check_client_context(given: Option<&str>) -> Result<(), Failure> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(()) };
    let is_json = STANDARD
        .decode(given)
        .is_ok_and(|json| serde_json::from_slice::<serde::de::IgnoredAny>(&json).is_ok());
    if !is_json {
        return Err(errors::invalid_request_content(
            "Client context must be a valid Base64-encoded JSON object.",
        )
        .into());
    }
    if given.len() > CLIENT_CONTEXT_BYTES.div_ceil(3) * 4 {
        return Err(errors::invalid_request_content(format!(
            "Client context must be smaller than {CLIENT_CONTEXT_BYTES} bytes."
        ))
        .into());
    }
    Ok(())
}
