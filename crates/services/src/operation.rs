//! The one shape of an operation: a name as AWS spells it, an input, an output, and one function.
//!
//! A *command* changes something and passes through its shard; a *read* answers from a snapshot beside it; a *relay* reads
//! what it needs and is answered by something outside (a function), an *execute* by an execution in memory. Each service's `mod.rs` lists its operations in a table.

use crate::context::Context;
use crate::effect::InvokeFunction;
use crate::failure::Failure;
use crate::kept::Definitions;
use crate::rows::Rows;
use crate::states::in_memory::InMemory;
use crate::tx::Tx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use stepwell_wire::aws_json;
use stepwell_wire::render::RenderError;
use stepwell_wire::rest_json::{self, Matched};
use stepwell_wire::rest_xml::RestOutput;
use stepwell_wire::route::Route;
use stepwell_wire::sdk_output;
use stepwell_wire::xml::Flattened;
use stepwell_wire::{ApiError, Envelope, Request, Response, Service};

/// An operation that changes something. The type is its input, named after the operation.
pub trait Command: DeserializeOwned + Send + Sync + 'static {
    /// As AWS spells it.
    const NAME: &'static str;
    type Output: Serialize + Send + 'static;

    /// Decides: reads rows, writes rows, owes effects. Pure; may run again from the start with the same seed.
    ///
    /// # Errors
    /// AWS's own for the caller's mistakes; [`Failure::Wait`] to be asked again.
    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Self::Output, Failure>;
}

/// An operation that only looks.
pub trait Read: DeserializeOwned + Send + Sync + 'static {
    /// As AWS spells it.
    const NAME: &'static str;
    type Output: Serialize + Send + 'static;

    /// Answers from a snapshot.
    ///
    /// # Errors
    /// AWS's own for the caller's mistakes.
    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<Self::Output, Failure>;
}

/// An operation that is answered by a function's run.
pub trait Relay: DeserializeOwned + Send + Sync + 'static {
    /// As AWS spells it.
    const NAME: &'static str;

    /// Says what to invoke.
    ///
    /// # Errors
    /// AWS's own for the caller's mistakes.
    fn relay(&self, rows: &dyn Rows, context: &mut Context) -> Result<InvokeFunction, Failure>;
}

/// An operation that is answered by the end of an execution in memory.
pub trait Execute: DeserializeOwned + Send + Sync + 'static {
    /// As AWS spells it.
    const NAME: &'static str;
    type Output: Serialize + Send + 'static;

    /// The execution before its first event.
    ///
    /// # Errors
    /// AWS's own for the caller's mistakes.
    fn begin(
        &self,
        definitions: &Definitions,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<InMemory, Failure>;

    /// The answer, once it has ended.
    ///
    /// # Errors
    /// AWS's own, for what shows only then.
    fn answer(&self, ended: InMemory) -> Result<Self::Output, ApiError>;
}

/// An answer that still has to be rendered in the caller's protocol.
pub type Answer = Result<Box<dyn Reply>, ApiError>;

/// An output of any operation.
pub trait Reply: Send {
    /// The bytes of this output, in the caller's protocol.
    ///
    /// # Errors
    /// A defect of ours.
    fn render(&self, envelope: &Envelope) -> Result<Response, RenderError>;

    /// This output as a state machine sees it.
    ///
    /// # Errors
    /// A defect of ours.
    fn shown(&self) -> Result<serde_json::Value, Failure>;

    /// The output itself, for who gave the command and knows its type.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<T: Serialize + Send + 'static> Reply for T {
    fn render(&self, envelope: &Envelope) -> Result<Response, RenderError> {
        envelope.success(self)
    }

    fn shown(&self) -> Result<serde_json::Value, Failure> {
        sdk_output::value(self).map_err(|error| Failure::broken(error.to_string()))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// A command of any operation, or one of our own that no route reaches.
pub trait AnyCommand: Send + Sync {
    /// For logs and for the quarantine.
    fn name(&self) -> &'static str;

    /// See [`Command::apply`].
    ///
    /// # Errors
    /// See [`Command::apply`].
    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure>;
}

impl<C: Command> AnyCommand for C {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        Ok(Box::new(self.apply(tx, context)?))
    }
}

/// A read of any operation.
pub trait AnyRead: Send + Sync {
    /// See [`Read::read`].
    ///
    /// # Errors
    /// See [`Read::read`].
    fn read_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<Box<dyn Reply>, Failure>;
}

impl<R: Read> AnyRead for R {
    fn read_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        Ok(Box::new(self.read(rows, context)?))
    }
}

/// A relay of any operation.
pub trait AnyRelay: Send + Sync {
    /// See [`Relay::relay`].
    ///
    /// # Errors
    /// See [`Relay::relay`].
    fn relay_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<InvokeFunction, Failure>;
}

impl<R: Relay> AnyRelay for R {
    fn relay_any(&self, rows: &dyn Rows, context: &mut Context) -> Result<InvokeFunction, Failure> {
        self.relay(rows, context)
    }
}

/// An [`Execute`] of any operation.
pub trait AnyExecute: Send + Sync {
    /// See [`Execute::begin`].
    ///
    /// # Errors
    /// See [`Execute::begin`].
    fn begin_any(
        &self,
        definitions: &Definitions,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<InMemory, Failure>;

    /// See [`Execute::answer`].
    ///
    /// # Errors
    /// See [`Execute::answer`].
    fn answer_any(&self, ended: InMemory) -> Answer;
}

impl<E: Execute> AnyExecute for E {
    fn begin_any(
        &self,
        definitions: &Definitions,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<InMemory, Failure> {
        self.begin(definitions, rows, context)
    }

    fn answer_any(&self, ended: InMemory) -> Answer {
        Ok(Box::new(self.answer(ended)?))
    }
}

/// A command that brings more than one commit should hold: its bytes are stored first, by commands of their own, under a name
/// that nothing lists; the last command makes something of them.
pub trait Staged: Send + Sync {
    /// The commands that come before, in order.
    fn stages(&self, name: &str) -> Vec<Box<dyn AnyCommand>>;

    /// The last one, whose answer is the caller's.
    fn last(self: Box<Self>, name: &str) -> Box<dyn AnyCommand>;
}

/// A decoded request, ready for its way.
pub enum Prepared {
    Command(Box<dyn AnyCommand>),
    Read(Box<dyn AnyRead>),
    Relay(Box<dyn AnyRelay>),
    Staged(Box<dyn Staged>),
    Execute(Box<dyn AnyExecute>),
}

/// The input of a request, still in its protocol.
pub enum Payload<'a> {
    /// A JSON body or the fields of the query protocol.
    Routed(&'a Route, &'a Request<'a>),
    /// The members of a REST request, from its path, its query, its headers and its body.
    Rest(Service, &'a Matched, &'a Request<'a>),
    /// The members as JSON, from within: a state machine calls an operation by its name.
    Json(Service, &'a serde_json::Value),
}

/// The protocols in which a service is spoken to. Each knows how inputs are decoded, so that no decoder is built for an input
/// that it never meets: there are hundreds of inputs.
pub trait Speaks {
    /// The typed input.
    ///
    /// # Errors
    /// AWS's, for what doesn't fit.
    fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError>;
}

/// awsJson alone.
pub struct SpeaksJson;
/// The query protocol alone.
pub struct SpeaksQuery;
/// awsJson, and the query protocol that was before it.
pub struct SpeaksJsonOrQuery;
/// REST, with bodies of JSON or XML.
pub struct SpeaksRest;

impl Speaks for SpeaksJson {
    fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError> {
        match payload {
            Payload::Routed(route, request) => route.json_input(request),
            within => within.members(),
        }
    }
}

impl Speaks for SpeaksQuery {
    fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError> {
        match payload {
            Payload::Routed(route, _) => route.query_input(),
            within => within.members(),
        }
    }
}

impl Speaks for SpeaksJsonOrQuery {
    fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError> {
        match payload {
            Payload::Routed(route, request) => route.json_or_query_input(request),
            within => within.members(),
        }
    }
}

impl Speaks for SpeaksRest {
    fn decode<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError> {
        match payload {
            Payload::Rest(service, matched, request) => rest_json::decode(*service, matched, request),
            within => within.members(),
        }
    }
}

impl Payload<'_> {
    /// The typed input of a call from within.
    fn members<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        match self {
            Self::Json(service, members) => aws_json::from_value(*service, (*members).clone()),
            // INVARIANT: a service's requests come in the protocols that it speaks; the router sees to that.
            Self::Routed(..) | Self::Rest(..) => Err(ApiError::internal_failure()),
        }
    }
}

/// A line in a service's table of operations.
pub struct Operation {
    pub name: &'static str,
    pub prepare: Prepare,
    /// A link in a message names it: whoever has the link may follow it, signed or not.
    pub is_link: bool,
    /// The HTTP status of success, which REST operations choose.
    pub status: u16,
    /// The members that its XML has no wrapping element for (SQS).
    pub flattened: &'static [Flattened],
    /// Where the members of its output stand, in REST with XML.
    pub output: Option<&'static RestOutput>,
}

/// What decodes an input, and says which way it goes.
pub type Prepare = fn(&Payload) -> Result<Prepared, ApiError>;

impl Operation {
    /// An operation that answers 200 and has nothing special.
    #[must_use]
    pub const fn new(name: &'static str, prepare: Prepare) -> Self {
        Self { name, prepare, is_link: false, status: 200, flattened: &[], output: None }
    }

    /// The same, answering with another status.
    #[must_use]
    pub const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same, and a link in a message may name it without a signature.
    #[must_use]
    pub const fn link(self) -> Self {
        Self { is_link: true, ..self }
    }

    /// The same, with an output whose members stand so.
    #[must_use]
    pub const fn output(self, output: &'static RestOutput) -> Self {
        Self { output: Some(output), ..self }
    }

    /// The same, with members that its XML doesn't wrap.
    #[must_use]
    pub const fn flattened(self, flattened: &'static [Flattened]) -> Self {
        Self { flattened, ..self }
    }
}

macro_rules! tables {
    ($($(#[$about:meta])* $module:ident: $speaks:ident;)*) => {$(
        $(#[$about])*
        pub mod $module {
            use super::{Command, Operation, Payload, Prepared, Read, Speaks, $speaks};

            /// The table's line for a command.
            #[must_use]
            pub const fn command<C: Command>() -> Operation {
                let prepare =
                    |payload: &Payload| Ok(Prepared::Command(Box::new($speaks::decode::<C>(payload)?)));
                Operation::new(C::NAME, prepare)
            }

            /// The table's line for a read.
            #[must_use]
            pub const fn read<R: Read>() -> Operation {
                let prepare = |payload: &Payload| Ok(Prepared::Read(Box::new($speaks::decode::<R>(payload)?)));
                Operation::new(R::NAME, prepare)
            }
        }
    )*};
}

tables! {
    /// Tables of services that speak awsJson alone.
    json: SpeaksJson;
    /// Tables of services that speak the query protocol alone.
    query: SpeaksQuery;
    /// Tables of services that speak both.
    json_or_query: SpeaksJsonOrQuery;
    /// Tables of services that speak REST.
    rest: SpeaksRest;
}

/// The table's line for an operation that runs an execution in memory.
#[must_use]
pub const fn execute<E: Execute>() -> Operation {
    let prepare = |payload: &Payload| Ok(Prepared::Execute(Box::new(SpeaksJson::decode::<E>(payload)?)));
    Operation::new(E::NAME, prepare)
}

/// An output without members.
#[derive(Debug, Default, Serialize)]
pub struct Nothing {}
