//! A warm process and the task that serves it: start, invocation after invocation, end.
//!
//! The task owns the process. It reads top-down like a process's life: `initialise`, then for each job `run` and
//! `settle`, and `rest` between jobs. Whatever goes wrong ends this process only; the one who waits is always answered
//! in Lambda's words, except when the runner itself is being shut down.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::clock;
use crate::fault::{Exit, Fault, timeout_text};
use crate::logs::ProcessLog;
use crate::pool::{Seat, Warm};
use crate::process::{Happening, Process, Workshop};
use crate::provision::Toolchain;
use crate::runtime_api::{Call, Delivery, Verdict};
use crate::spec::{FunctionSpec, Invocation, InvocationResult, InvokeError};

/// What an initialisation may take before it is begun anew as a part of the invocation, as on AWS.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// A process that has nothing to do for so long is stopped where it stands. Not at once: under load the next
/// invocation is a moment away.
const FREEZE_AFTER: Duration = Duration::from_millis(100);

/// How often the memory of a running function is looked at.
const MEMORY_CHECK: Duration = Duration::from_millis(250);
/// What an interpreter here may need more than AWS's own does.
const MEMORY_SLACK_MB: u64 = 32;

/// The handle of a process. Dropping it ends the process, after its invocation if it has one.
pub(crate) struct Worker {
    jobs: mpsc::Sender<Job>,
    born: Born,
}

/// What a process was started with and keeps.
#[derive(Clone)]
struct Born {
    revision: String,
    endpoint_url: String,
    usable_until_ms: Option<u64>,
}

/// What an invocation needs of a process.
pub(crate) struct Want {
    pub revision: String,
    pub endpoint_url: String,
    /// Its keys must last so long.
    pub until_ms: u64,
}

impl Want {
    pub fn of(spec: &FunctionSpec, invocation: &Invocation) -> Want {
        Want {
            revision: spec.revision.clone(),
            endpoint_url: invocation.endpoint_url.clone(),
            until_ms: clock::now_ms() + u64::from(spec.timeout_s) * 1000,
        }
    }
}

impl Warm for Worker {
    type Want = Want;

    fn alive(&self) -> bool {
        !self.jobs.is_closed()
    }

    fn suits(&self, want: &Want) -> bool {
        self.born.revision == want.revision
            && self.born.endpoint_url == want.endpoint_url
            && self.born.usable_until_ms.is_none_or(|until| until >= want.until_ms)
    }
}

pub(crate) type Outcome = Result<InvocationResult, InvokeError>;

struct Job {
    invocation: Invocation,
    outcome: oneshot::Sender<Outcome>,
    /// Told when the process is ready for the next job; dropped when it isn't going to be.
    ready: oneshot::Sender<()>,
}

/// What comes of a job: first the outcome, then whether the worker can be used again.
pub(crate) struct Running {
    pub outcome: oneshot::Receiver<Outcome>,
    pub ready: oneshot::Receiver<()>,
}

impl Worker {
    /// Starts a process in this seat; the first job finds it initialising.
    pub fn start(
        workshop: Arc<Workshop>,
        spec: Arc<FunctionSpec>,
        toolchain: Arc<Toolchain>,
        seat: Seat<Worker>,
        idle_limit: Duration,
        first: &Invocation,
    ) -> Worker {
        let (jobs, inbox) = mpsc::channel(1);
        let born = Born {
            revision: spec.revision.clone(),
            endpoint_url: first.endpoint_url.clone(),
            usable_until_ms: first.credentials.expiration_ms,
        };
        let life = Life { workshop, spec, toolchain, jobs: inbox, idle_limit };
        tokio::spawn(async move {
            life.live().await;
            // Only now: the seat stands for the process, which is gone.
            drop(seat);
        });
        Worker { jobs, born }
    }

    /// `None` where the process has ended already. One that ends just now drops the job untouched: then its outcome
    /// never comes.
    pub fn run(&self, invocation: Invocation) -> Option<Running> {
        let (outcome, outcome_out) = oneshot::channel();
        let (ready, ready_out) = oneshot::channel();
        self.jobs.try_send(Job { invocation, outcome, ready }).ok()?;
        Some(Running { outcome: outcome_out, ready: ready_out })
    }
}

struct Life {
    workshop: Arc<Workshop>,
    spec: Arc<FunctionSpec>,
    toolchain: Arc<Toolchain>,
    jobs: mpsc::Receiver<Job>,
    idle_limit: Duration,
}

/// A process that waits for an invocation.
struct Ready {
    process: Process,
    deliver: oneshot::Sender<Delivery>,
}

/// How an invocation, or the initialisation before it, failed.
enum Failure {
    /// The process said so itself, or what it answered was too large.
    Fault(Fault),
    Exited(Exit),
    TimedOut,
}

/// Everything has to end at once.
struct Stopped;

impl Life {
    async fn live(mut self) {
        let Some(job) = self.jobs.recv().await else { return };
        let Some(mut ready) = self.first(job).await else { return };
        while let Some((rested, job)) = self.rest(ready).await {
            let Some(next) = self.invoke(rested, job, None).await else { return };
            ready = next;
        }
    }

    /// Starts the process for its first job. A slow initialisation is begun anew, within the function's own timeout.
    async fn first(&mut self, job: Job) -> Option<Ready> {
        let timeout = Duration::from_secs(u64::from(self.spec.timeout_s));
        for (attempt, limit) in [INIT_LIMIT, timeout].into_iter().enumerate() {
            let mut process = match self.workshop.launch(&self.spec, &self.toolchain, &job.invocation).await {
                Ok(process) => process,
                Err(error) => {
                    tracing::error!(function = self.spec.arn, %error, "a function's process could not be started");
                    tell(job.outcome, Err(InvokeError::Start(error.to_string())));
                    return None;
                }
            };
            let started = Instant::now();
            match initialise(&mut process, &self.spec, &self.toolchain, started + limit).await {
                Ok(Ok(deliver)) => {
                    return self.invoke(Ready { process, deliver }, job, Some(started.elapsed())).await;
                }
                Ok(Err(Failure::TimedOut)) if attempt == 0 => process.end().await,
                Ok(Err(failure)) => {
                    self.fail_first(process, job, failure, started.elapsed()).await;
                    return None;
                }
                Err(Stopped) => {
                    process.end().await;
                    tell(job.outcome, Err(InvokeError::ShuttingDown));
                    return None;
                }
            }
        }
        None
    }

    /// The invocation ends before the function has seen it.
    async fn fail_first(&self, mut process: Process, job: Job, failure: Failure, took: Duration) {
        let Job { invocation, outcome, .. } = job;
        process.log.begin(invocation.log_tail);
        process.log.platform(&start_line(&invocation, &self.spec));
        let result = self.conclude(&mut process, &invocation, Err(failure), took, None);
        tell(outcome, Ok(result));
        process.end().await;
    }

    /// One invocation, from its delivery to the process's readiness for another.
    async fn invoke(&self, ready: Ready, job: Job, init: Option<Duration>) -> Option<Ready> {
        let Ready { mut process, deliver } = ready;
        let Job { invocation, outcome, ready: readiness } = job;
        process.log.begin(invocation.log_tail);
        process.log.platform(&start_line(&invocation, &self.spec));
        let started = Instant::now();
        let deadline = started + Duration::from_secs(u64::from(self.spec.timeout_s));
        // If the process is gone this fails, and what follows sees it as an exit.
        tell(deliver, delivery(&invocation, &self.spec));

        let Ok(answer) = run(&mut process, &invocation.request_id, deadline, self.spec.memory_mb).await
        else {
            process.end().await;
            tell(outcome, Err(InvokeError::ShuttingDown));
            return None;
        };
        let took = started.elapsed();
        process.read_what_is_there();
        let usable = !matches!(answer, Err(Failure::TimedOut | Failure::Exited(_)));
        let result = self.conclude(&mut process, &invocation, answer, took, init);
        tell(outcome, Ok(result));
        let deliver = if usable { settle(&mut process, deadline).await } else { None };
        let Some(deliver) = deliver else {
            process.end().await;
            return None;
        };
        tell(readiness, ());
        Some(Ready { process, deliver })
    }

    /// END and REPORT, and the caller's answer.
    fn conclude(
        &self,
        process: &mut Process,
        invocation: &Invocation,
        answer: Result<Bytes, Failure>,
        took: Duration,
        init: Option<Duration>,
    ) -> InvocationResult {
        let request_id = &invocation.request_id;
        let (payload, status) = match answer {
            Ok(payload) => (payload, None),
            Err(failure) => {
                let status = failure.report_status();
                (failure.into_payload(&mut process.log, request_id, self.spec.timeout_s), Some(status))
            }
        };
        let duration_ms = milliseconds(took);
        let memory = process.peak_memory_mb().min(u64::from(self.spec.memory_mb));
        process.log.platform(&format!("END RequestId: {request_id}"));
        let mut report = format!(
            "REPORT RequestId: {request_id}\tDuration: {duration_ms:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {memory} MB\t",
            duration_ms.ceil(),
            self.spec.memory_mb,
        );
        if let Some(init) = init {
            report.push_str(&format!("Init Duration: {:.2} ms\t", milliseconds(init)));
        }
        report.push_str(status.unwrap_or_default());
        process.log.platform(&report);
        InvocationResult {
            payload,
            function_error: status.is_some().then_some("Unhandled"),
            executed_version: self.spec.version.clone(),
            log_tail: process.log.take_tail(),
            duration_ms,
            init_duration_ms: init.map(milliseconds),
            max_memory_used_mb: memory,
        }
    }

    /// Between invocations. `None` when the process has ended, or has to.
    async fn rest(&mut self, ready: Ready) -> Option<(Ready, Job)> {
        let Ready { mut process, deliver } = ready;
        let idle_since = Instant::now();
        let mut frozen = false;
        let job = loop {
            let wake = idle_since + if frozen { self.idle_limit } else { FREEZE_AFTER.min(self.idle_limit) };
            tokio::select! {
                job = self.jobs.recv() => break job,
                happening = process.happening(Some(wake)) => match happening {
                    Happening::Deadline if !frozen && FREEZE_AFTER < self.idle_limit => {
                        process.freeze();
                        frozen = true;
                    }
                    Happening::Call(call) => refuse(call),
                    Happening::Deadline | Happening::Exited(_) | Happening::Stopped => break None,
                },
            }
        };
        let Some(job) = job else {
            // Nobody can send a job from here on, and one that was sent a moment ago is handed back by this.
            self.jobs.close();
            process.end().await;
            return None;
        };
        if frozen {
            process.thaw();
        }
        Some((Ready { process, deliver }, job))
    }
}

impl Failure {
    fn report_status(&self) -> &'static str {
        match self {
            Failure::Fault(_) => "",
            Failure::Exited(_) => "Status: error\tError Type: Runtime.ExitError\t",
            Failure::TimedOut => "Status: timeout\t",
        }
    }

    /// What the caller is told; what only the platform knows goes to the log as well.
    fn into_payload(self, log: &mut ProcessLog, request_id: &str, timeout_s: u32) -> Bytes {
        match self {
            Failure::Fault(fault) => fault.payload,
            Failure::Exited(exit) => {
                log.platform(&format!("RequestId: {request_id} Error: {exit}\nRuntime.ExitError"));
                Fault::exited(request_id, exit).payload
            }
            Failure::TimedOut => {
                let now = clock::iso8601(clock::now_ms());
                log.platform(&format!("{now} {request_id} {}", timeout_text(timeout_s)));
                Fault::timed_out(request_id, timeout_s).payload
            }
        }
    }
}

/// Until the process asks for its first invocation.
async fn initialise(
    process: &mut Process,
    spec: &FunctionSpec,
    toolchain: &Toolchain,
    deadline: Instant,
) -> Result<Result<oneshot::Sender<Delivery>, Failure>, Stopped> {
    let started = Instant::now();
    process.log.platform(&format!(
        "INIT_START Runtime Version: {} ({})\tRuntime Version ARN: arn:aws:lambda:{}::runtime:stepwell",
        spec.runtime, toolchain.version, spec.region
    ));
    let (status, failure) = loop {
        match process.happening(Some(deadline)).await {
            Happening::Call(Call::Next { deliver }) => return Ok(Ok(deliver)),
            Happening::Call(Call::InitError { error_type, body, answer }) => {
                tell(answer, Verdict::Accepted);
                let fault = Fault::reported(error_type, body);
                break (format!("error\tError Type: {}", fault.error_type), Failure::Fault(fault));
            }
            Happening::Call(call) => refuse(call),
            Happening::Exited(exit) => {
                break ("error\tError Type: Runtime.ExitError".to_owned(), Failure::Exited(exit));
            }
            Happening::Deadline => break ("timeout".to_owned(), Failure::TimedOut),
            Happening::Stopped => return Err(Stopped),
        }
    };
    process.read_what_is_there();
    let took = milliseconds(started.elapsed());
    process.log.platform(&format!("INIT_REPORT Init Duration: {took:.2} ms\tPhase: init\tStatus: {status}"));
    Ok(Err(failure))
}

/// Until the process answers, or can't any more.
async fn run(
    process: &mut Process,
    running: &str,
    deadline: Instant,
    memory_mb: u32,
) -> Result<Result<Bytes, Failure>, Stopped> {
    let memory_limit_mb = u64::from(memory_mb) + MEMORY_SLACK_MB;
    loop {
        let look = Instant::now() + MEMORY_CHECK;
        match process.happening(Some(look.min(deadline))).await {
            Happening::Call(Call::Response { request_id, body, answer }) if request_id == running => {
                tell(answer, Verdict::Accepted);
                return Ok(body.ok_or_else(|| Failure::Fault(Fault::response_too_large())));
            }
            Happening::Call(Call::Error { request_id, error_type, body, answer })
                if request_id == running =>
            {
                tell(answer, Verdict::Accepted);
                return Ok(Err(Failure::Fault(Fault::reported(error_type, body))));
            }
            Happening::Call(call) => refuse(call),
            Happening::Exited(exit) => return Ok(Err(Failure::Exited(exit))),
            Happening::Deadline if Instant::now() >= deadline => return Ok(Err(Failure::TimedOut)),
            Happening::Deadline if process.uses_more_than(memory_limit_mb) => {
                return Ok(Err(Failure::Exited(Exit::Signal(libc::SIGKILL))));
            }
            Happening::Deadline => {}
            Happening::Stopped => return Err(Stopped),
        }
    }
}

/// From the answer until the process asks for more, within the time that the invocation had anyway.
async fn settle(process: &mut Process, deadline: Instant) -> Option<oneshot::Sender<Delivery>> {
    loop {
        match process.happening(Some(deadline)).await {
            Happening::Call(Call::Next { deliver }) => return Some(deliver),
            Happening::Call(call) => refuse(call),
            Happening::Exited(_) | Happening::Deadline | Happening::Stopped => return None,
        }
    }
}

/// Something that the process may not say now.
fn refuse(call: Call) {
    match call {
        // Its connection is told that this process is of no use any more.
        Call::Next { deliver } => drop(deliver),
        Call::Response { answer, .. } | Call::Error { answer, .. } | Call::InitError { answer, .. } => {
            tell(answer, Verdict::InvalidRequestId);
        }
    }
}

/// Whoever has left needs no answer.
fn tell<T>(listener: oneshot::Sender<T>, news: T) {
    let _ = listener.send(news);
}

fn start_line(invocation: &Invocation, spec: &FunctionSpec) -> String {
    format!("START RequestId: {} Version: {}", invocation.request_id, spec.version)
}

fn delivery(invocation: &Invocation, spec: &FunctionSpec) -> Delivery {
    let deadline_ms = clock::now_ms() + u64::from(spec.timeout_s) * 1000;
    let mut headers = Vec::with_capacity(5);
    let mut put = |name: &'static str, value: &str| match HeaderValue::from_str(value) {
        Ok(value) => headers.push((HeaderName::from_static(name), value)),
        Err(_) => tracing::warn!(function = spec.arn, name, "not a value that a header can carry"),
    };
    put("lambda-runtime-aws-request-id", &invocation.request_id);
    put("lambda-runtime-deadline-ms", &deadline_ms.to_string());
    put("lambda-runtime-invoked-function-arn", &invocation.invoked_arn);
    if let Some(trace_id) = &invocation.trace_id {
        put("lambda-runtime-trace-id", trace_id);
    }
    if let Some(client_context) = &invocation.client_context {
        put("lambda-runtime-client-context", &json_for_a_header(client_context));
    }
    let event =
        if invocation.payload.is_empty() { Bytes::from_static(b"{}") } else { invocation.payload.clone() };
    Delivery { headers, event }
}

/// The same JSON in visible ASCII: line breaks can only stand between tokens, and other characters only in strings.
fn json_for_a_header(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' | '\r' | '\t' => text.push(' '),
            ' '..='~' => text.push(character),
            _ => {
                let mut units = [0; 2];
                text.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    text
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_context_survives_its_header() {
        let json = "{\n\t\"custom\": {\"name\": \"Zoë 🎈 \\n\"}}";
        let header = json_for_a_header(json);
        assert!(HeaderValue::from_str(&header).unwrap().to_str().is_ok());
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&header), parse(json));
    }
}
