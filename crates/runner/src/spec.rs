//! The nouns of this room: what a function is, what an invocation carries, what comes of it.
//!
//! They are plain data. Which account may call what, where code comes from and what is done with a result are
//! questions of other rooms.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

/// One published or unpublished version of a function, ready to run.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Names the version among all that this runner runs: account, region, function, version.
    pub key: String,
    /// Changes with code or configuration. Processes of another revision end after their invocation.
    pub revision: String,
    pub name: String,
    pub arn: String,
    pub version: String,
    /// As in the API: `nodejs20.x`, `python3.12`.
    pub runtime: String,
    pub handler: String,
    pub memory_mb: u32,
    pub timeout_s: u32,
    /// The size of the function's own `/tmp`.
    pub ephemeral_storage_mb: u32,
    pub environment: Vec<(String, String)>,
    /// A directory that `Runner::unpack` returned.
    pub code: PathBuf,
    pub log_group: String,
    pub account: String,
    pub region: String,
    /// The function's reserved concurrency; more invocations at once are throttled.
    pub reserved_concurrency: Option<u32>,
}

/// The temporary keys of the function's role.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    /// When they end. A warm process keeps the keys that it started with, so it isn't used beyond them.
    pub expiration_ms: Option<u64>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct Invocation {
    pub request_id: String,
    /// The event as JSON; empty stands for `{}`.
    pub payload: Bytes,
    pub credentials: Credentials,
    /// Where the SDKs inside the function find the services.
    pub endpoint_url: String,
    pub trace_id: Option<String>,
    /// JSON, no longer base64.
    pub client_context: Option<String>,
    /// The ARN that the caller named, with its version or alias.
    pub invoked_arn: String,
    /// Whether the caller wants the last 4 KB of the log.
    pub log_tail: bool,
}

/// What Lambda answers with status 200, whether the function succeeded or not.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// The function's result, or Lambda's error payload where `function_error` is set.
    pub payload: Bytes,
    /// `Unhandled` where the function failed.
    pub function_error: Option<&'static str>,
    pub executed_version: String,
    /// The last 4 KB of this invocation's log, not yet base64.
    pub log_tail: Option<String>,
    pub duration_ms: f64,
    /// Set when this invocation started the process.
    pub init_duration_ms: Option<f64>,
    pub max_memory_used_mb: u64,
}

/// The invocation did not take place, or it isn't known how it ended.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("reserved concurrency of {limit} is used up")]
    Throttled { limit: u32 },
    #[error("the function's runtime is not available: {0}")]
    Runtime(#[from] PrepareError),
    #[error("the function's process could not be started: {0}")]
    Start(String),
    /// The runner shuts down. An invocation that had begun was ended with its process.
    #[error("the function runner is shutting down")]
    ShuttingDown,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum PrepareError {
    #[error("runtime `{0}` is not supported: only nodejs and python functions can run here")]
    UnknownRuntime(String),
    #[error("{0}")]
    NoInterpreter(String),
    /// A package tool failed; the text holds the last lines it printed.
    #[error("fetching {what} failed: {reason}")]
    Fetch { what: String, reason: String },
    #[error("{what}: {reason}")]
    Io { what: String, reason: String },
}

/// Told to whoever waits while a runtime is made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Fetching {
        what: String,
    },
    Fetched {
        what: String,
    },
    /// Something differs from AWS, and why: another minor version, a missing SDK while offline.
    Note(String),
}

/// One line of a function's log, as CloudWatch would store it.
#[derive(Clone, Debug)]
pub struct FunctionLog {
    pub account: Arc<str>,
    pub region: Arc<str>,
    pub group: Arc<str>,
    pub stream: Arc<str>,
    pub timestamp_ms: u64,
    /// At most 256 KiB; ends with a line break like AWS's own.
    pub message: String,
}

/// Where log lines go. Called from the task that serves the process, so it must not block for long; a slow sink slows
/// the function that prints, and nobody else.
pub trait LogSink: Send + Sync {
    fn line(&self, log: FunctionLog);
}
