//! The whole way of a request, on one page and in order.
//!
//! Guard, route, authenticate, decode, then one of four: a read answers from a snapshot, a command goes to its shard, a
//! relay is answered by a function's run, an execute by an execution in memory. Last the answer is rendered in the protocol in which the request came.

use crate::authenticate::Authenticator;
use crate::backups::Backups;
use crate::clock;
use crate::cors;
use crate::disk_room::DiskRoom;
use crate::effects::Effects;
use crate::entropy;
use crate::executions::{Executions, ShuttingDown};
use crate::guard::Guard;
use crate::http::Answers;
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::own_api;
use crate::request_log;
use crate::shards::{ShardThreads, stop_process};
use prometheus_client::metrics::gauge::Gauge;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_services::context::{Context, Request as Asked};
use stepwell_services::failure::Failure;
use stepwell_services::iam::authorize::{Action, authorize};
use stepwell_services::operation::{
    Answer, AnyCommand, AnyExecute, AnyRead, AnyRelay, Operation, Payload, Prepared, Staged,
};
use stepwell_services::s3;
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_services::shard::{ReplyTo, Submission};
use stepwell_store::Store;
use stepwell_wire::rest_json::{self, Matched};
use stepwell_wire::rest_xml::{self, Target, chunked};
use stepwell_wire::route::{Route, route};
use stepwell_wire::{ApiError, Envelope, Protocol, Request, Response, Service, ids};
use tokio::sync::oneshot;
use tracing::Instrument;

/// A body of any service but Lambda, which takes code, and S3, at most. Theirs are bounded by the listener.
const MOST_BYTES: usize = 8 << 20;

/// A commit that takes so long doesn't end any more: the store waits for a flush that failed meanwhile.
const HOPELESS: Duration = Duration::from_secs(300);

/// All that a request meets on its way.
pub struct Pipeline {
    pub disk_room: DiskRoom,
    pub guard: Guard,
    pub authenticator: Authenticator,
    pub store: Store,
    pub shards: ShardThreads,
    pub effects: Effects,
    pub executions: Executions,
    pub settings: Arc<Settings>,
    pub secrets: Arc<Secrets>,
    pub backups: Backups,
    pub metrics: Arc<Metrics>,
    pub monitor: Arc<Monitor>,
}

impl Answers for Pipeline {
    async fn answer(&self, request: &Request<'_>) -> Response {
        if let Err(unheard) = self.guard.check(request) {
            return Response::new(403, format!("{unheard}\n"))
                .with_header("Content-Type", "text/plain; charset=utf-8");
        }
        if cors::is_preflight(request) {
            return cors::preflight(request);
        }
        cors::permitted(request, self.answer_heard(request).await)
    }

    fn connections(&self) -> Option<&Gauge> {
        Some(&self.metrics.connections)
    }
}

impl Pipeline {
    async fn answer_heard(&self, request: &Request<'_>) -> Response {
        let request_id = new_request_id();
        if let Some(rest) = request.path.strip_prefix("/_stepwell/") {
            return own_api::answer(self, request, rest, &request_id).await;
        }
        match route(request) {
            Err(refusal) => refusal.render(&request_id),
            Ok(route) => self.answer_routed(request, &route, &request_id).await,
        }
    }

    async fn answer_routed(&self, request: &Request<'_>, route: &Route, request_id: &str) -> Response {
        let began = Instant::now();
        let found = find(route, request);
        let place = found.as_ref().ok().map(|found| found.place);
        let name = match &found {
            Ok(found) => found.operation.name,
            Err(_) => route.operation.as_deref().unwrap_or_default(),
        };
        let envelope = Envelope::new(route.service, route.protocol, name, request_id);
        let span = request_log::span(route.service, name, request_id);
        request_log::about(&span, request, &self.store, &self.secrets);
        let performed = async {
            let response = match self.perform(request, route, found, envelope).await {
                Ok(response) => response,
                Err(error) => envelope.error(&error),
            };
            let took = began.elapsed();
            self.metrics.operations.answered(route.service, place, response.status, took);
            request_log::answered(route.service, name, request_id, response.status, took);
            response
        };
        performed.instrument(span).await
    }

    async fn perform(
        &self,
        request: &Request<'_>,
        route: &Route,
        found: Result<Found, ApiError>,
        envelope: Envelope<'_>,
    ) -> Result<Response, ApiError> {
        if request.body.len() > most_bytes(route.service) {
            return Err(ApiError::request_entity_too_large());
        }
        let is_link = found.as_ref().is_ok_and(|found| found.operation.is_link);
        let asked = self.authenticator.caller(
            request,
            route,
            &self.store,
            &self.secrets,
            is_link,
            envelope.request_id,
        )?;
        request_log::asked_by(&asked.caller.arn);
        if !chunked::is_chunked(request) || route.service != Service::S3 {
            return self.perform_whole(request, route, found, asked, envelope).await;
        }
        let signer = self.authenticator.piece_signer(request, &self.store, &self.secrets)?;
        let body = chunked::decode(request, signer)?;
        self.perform_whole(&chunked::whole(request, &body), route, found, asked, envelope).await
    }

    async fn perform_whole(
        &self,
        request: &Request<'_>,
        route: &Route,
        found: Result<Found, ApiError>,
        asked: Asked,
        envelope: Envelope<'_>,
    ) -> Result<Response, ApiError> {
        let Found { operation, matched, .. } = found?;
        let envelope = envelope.with_output(operation.output);
        let action = Action { service: route.service, operation: operation.name };
        let payload = match &matched {
            Some(matched) => Payload::Rest(route.service, matched, request),
            None => Payload::Routed(route, request),
        };
        let prepared = (operation.prepare)(&payload)?;
        let answer = match prepared {
            Prepared::Read(read) => self.read(&*read, asked, &action)?,
            Prepared::Command(command) => {
                self.check_room(action)?;
                self.submit(command, asked, Some(action)).await?
            }
            Prepared::Staged(staged) => {
                self.check_room(action)?;
                self.submit_staged(staged, asked, action).await?
            }
            Prepared::Execute(execute) => self.execute(&*execute, asked, &action).await?,
            Prepared::Relay(relay) => return self.relay(&*relay, asked, &action, &envelope).await,
        };
        let rendered = answer.render(&envelope.with_flattened(operation.flattened)).map_err(|error| {
            tracing::error!("{error}");
            ApiError::internal_failure()
        })?;
        Ok(Response {
            status: if rendered.status == 200 { operation.status } else { rendered.status },
            ..rendered
        })
    }

    fn check_room(&self, action: Action) -> Result<(), ApiError> {
        self.disk_room.check(action).inspect_err(|_| {
            self.metrics.refused.inc();
        })
    }

    /// Answers from a snapshot, beside the writer.
    ///
    /// # Errors
    /// AWS's, for the caller's mistakes.
    pub fn read(&self, read: &dyn AnyRead, asked: Asked, action: &Action) -> Answer {
        authorize(&asked.caller, action)?;
        let mut context = self.context(asked);
        read.read_any(&self.store.snapshot(), &mut context).map_err(refusal)
    }

    /// Has a command applied; its answer comes when it is durable.
    ///
    /// # Errors
    /// AWS's, for the caller's mistakes, and to slow down.
    pub async fn submit(&self, command: Box<dyn AnyCommand>, asked: Asked, action: Option<Action>) -> Answer {
        if self.monitor.pulse.stalled(false) >= HOPELESS {
            stop_process("a commit does not end");
        }
        let service = action.map_or(Service::States, |action| action.service);
        let (sender, receiver) = oneshot::channel();
        let submission = Submission {
            command,
            action,
            request: asked,
            seed: entropy::seed(),
            reply: Some(Box::new(Line(sender))),
        };
        if self.shards.submit(submission).is_err() {
            self.metrics.refused.inc();
            return Err(ApiError::throttling(service));
        }
        // The writer drops a line only when the server shuts down.
        receiver.await.unwrap_or_else(|_| Err(ApiError::service_unavailable("the server is shutting down")))
    }

    /// Has the stages of a command applied, and then the command itself. What a caller who leaves meanwhile has brought is
    /// given up later by a timer.
    async fn submit_staged(&self, staged: Box<dyn Staged>, asked: Asked, action: Action) -> Answer {
        let name = new_request_id();
        for stage in staged.stages(&name) {
            self.submit(stage, asked.clone(), Some(action)).await?;
        }
        self.submit(staged.last(&name), asked, Some(action)).await
    }

    /// Runs an execution in memory while its caller waits; one who leaves ends it.
    async fn execute(&self, execute: &dyn AnyExecute, asked: Asked, action: &Action) -> Answer {
        authorize(&asked.caller, action)?;
        let Some(_place) = self.executions.place() else {
            self.metrics.refused.inc();
            return Err(ApiError::throttling(action.service));
        };
        let execution = {
            let (definitions, mut context) = (self.executions.definitions(), self.context(asked));
            execute.begin_any(definitions, &self.store.snapshot(), &mut context).map_err(refusal)?
        };
        match self.executions.run_awaited(execution).await {
            Ok(ended) => execute.answer_any(ended),
            Err(ShuttingDown) => Err(ApiError::service_unavailable("the server is shutting down")),
        }
    }

    async fn relay(
        &self,
        relay: &dyn AnyRelay,
        asked: Asked,
        action: &Action,
        envelope: &Envelope<'_>,
    ) -> Result<Response, ApiError> {
        authorize(&asked.caller, action)?;
        let mut context = self.context(asked);
        let invocation = relay.relay_any(&self.store.snapshot(), &mut context).map_err(refusal)?;
        self.effects.invoke_and_render(&invocation, envelope).await
    }

    fn context(&self, asked: Asked) -> Context<'_> {
        let clock = clock::now();
        let mut context =
            Context::new(clock.stored_ms, asked, entropy::seed(), &self.settings, &self.secrets);
        context.wall_ms = clock.wall_ms;
        context
    }
}

/// An operation that was found, and how REST named it.
struct Found {
    operation: &'static Operation,
    /// Where it stands in the table of its service.
    place: usize,
    matched: Option<Matched>,
}

fn find(route: &Route, request: &Request) -> Result<Found, ApiError> {
    let unknown = |name: &str| ApiError::unknown_operation(route.service, name);
    let operations = stepwell_services::operations(route.service).ok_or_else(|| unknown(""))?;
    let by_name = |name: &str| operations.iter().enumerate().find(|(_, operation)| operation.name == name);
    if route.protocol == Protocol::RestJson {
        let table = stepwell_services::rest_operations(route.service);
        let matched =
            rest_json::find(table, request.method, request.path).ok_or_else(|| unknown(request.path))?;
        let name = matched.operation;
        let (place, operation) = by_name(name).ok_or_else(|| unknown(name))?;
        return Ok(Found { operation, place, matched: Some(matched) });
    }
    if route.protocol == Protocol::RestXml {
        let target = Target::of(request).ok_or_else(|| unknown(request.path))?;
        let matched = rest_xml::find(s3::ROUTES, s3::SELECTING, &target, request);
        let matched = matched.ok_or_else(|| unknown(request.path))?;
        let (place, operation) = by_name(matched.operation).ok_or_else(|| unknown(matched.operation))?;
        return Ok(Found { operation, place, matched: Some(matched) });
    }
    let name = route.operation.as_deref().unwrap_or_default();
    let (place, operation) = by_name(name).ok_or_else(|| unknown(name))?;
    Ok(Found { operation, place, matched: None })
}

fn most_bytes(service: Service) -> usize {
    match service {
        Service::Lambda | Service::S3 => usize::MAX,
        _ => MOST_BYTES,
    }
}

/// A failure of a read, which nobody can wait for.
fn refusal(failure: Failure) -> ApiError {
    match failure {
        Failure::Refused(error) => *error,
        other => {
            tracing::error!("a read failed: {other:?}");
            ApiError::internal_failure()
        }
    }
}

/// A caller's end of a command.
pub struct Line(pub oneshot::Sender<Answer>);

impl ReplyTo for Line {
    fn is_gone(&self) -> bool {
        self.0.is_closed()
    }

    fn answer(self: Box<Self>, answer: Answer) {
        // Who left meanwhile misses it: what it says is durable all the same.
        drop(self.0.send(answer));
    }
}

fn new_request_id() -> String {
    let seed = entropy::seed();
    ids::uuid(std::array::from_fn(|index| seed[index]))
}
