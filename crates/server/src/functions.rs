//! Functions as the server runs them: what the store says of one, its code, its role's temporary keys, its log lines.

use crate::clock;
use crate::config::{Config, StartError};
use crate::entropy;
use crate::function_logs::FunctionLogs;
use crate::inbox::Inbox;
use crate::tls::Tls;
use bytes::Bytes;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stepwell_runner::{Credentials, FunctionSpec, Invocation, InvokeError, Progress, Runner, RunnerConfig};
use stepwell_services::context::{Context, Request};
use stepwell_services::effect::{FunctionAnswer, InvokeFunction, PrepareFunction};
use stepwell_services::failure::Failure;
use stepwell_services::lambda::{self, function_session};
use stepwell_services::secrets::Secrets;
use stepwell_services::settings::Settings;
use stepwell_store::{Snapshot, Store};

/// Processes of functions that may live at a time.
const MOST_PROCESSES: usize = 64;
/// Invocations of one function at a time; more wait in line.
const MOST_PER_FUNCTION: usize = 10;
/// Unpacked packages that are remembered.
const MOST_DIRECTORIES: usize = 1024;
/// How long an idle process is kept warm.
const IDLE: Duration = Duration::from_secs(300);

/// The runner, with what it needs of the store.
pub struct Functions {
    runner: Runner,
    store: Store,
    settings: Arc<Settings>,
    secrets: Arc<Secrets>,
    /// Where the SDKs inside functions find this server.
    endpoint_url: String,
    logs: Arc<FunctionLogs>,
    /// By the SHA-256 of their packages.
    directories: Mutex<HashMap<[u8; 32], PathBuf>>,
}

impl Functions {
    /// Prepares the runner's directories below the data directory.
    ///
    /// # Errors
    /// If they can't be made, or a sandbox that was asked for doesn't work here.
    pub async fn start(
        config: &Config,
        address: SocketAddr,
        tls: Option<&Tls>,
        store: &Store,
        settings: &Arc<Settings>,
        secrets: &Arc<Secrets>,
        inbox: &Arc<Inbox>,
    ) -> Result<Self, StartError> {
        let logs = FunctionLogs::new(inbox.clone());
        let runner = Runner::start(RunnerConfig {
            data_dir: config.data_dir.join("functions"),
            runtimes_dir: config.data_dir.join("runtimes"),
            offline: config.offline,
            max_processes: MOST_PROCESSES,
            max_per_function: MOST_PER_FUNCTION,
            idle_limit: IDLE,
            logs: logs.clone(),
            sandbox: config.sandbox,
            authorities: tls.map(Tls::authorities).transpose()?.flatten(),
        })
        .await?;
        Ok(Self {
            runner,
            store: store.clone(),
            settings: settings.clone(),
            secrets: secrets.clone(),
            endpoint_url: match tls {
                Some(tls) => format!("https://{}:{}", tls.own_host(address), address.port()),
                None => endpoint_url(address),
            },
            logs,
            directories: Mutex::default(),
        })
    }

    /// Runs a function; nothing if the server shuts down before it answered.
    pub async fn invoke(&self, invocation: &InvokeFunction) -> Option<FunctionAnswer> {
        match self.run(invocation).await {
            Ok(answer) => Some(answer),
            Err(Problem::ShuttingDown) => None,
            Err(Problem::Refused(answer)) => Some(answer),
        }
    }

    async fn run(&self, invocation: &InvokeFunction) -> Result<FunctionAnswer, Problem> {
        let (described, credentials) = {
            let snapshot = self.store.snapshot();
            let described = lambda::spec(&snapshot, invocation)?;
            let credentials = self.credentials(&described, &snapshot)?;
            (described, credentials)
        };
        let spec = Arc::new(self.unpacked(&described).await?);
        let result = self.runner.invoke(spec, self.invocation(invocation, &described, credentials)).await?;
        Ok(FunctionAnswer::Ran {
            payload: String::from_utf8_lossy(&result.payload).into_owned(),
            error: result.function_error.map(str::to_owned),
            executed_version: result.executed_version,
            log_tail: result.log_tail,
        })
    }

    /// Makes a function's runtime ready; nothing if the server shuts down before it is.
    pub async fn prepare(&self, function: &PrepareFunction) -> Option<Result<(), String>> {
        let described = match lambda::spec_to_prepare(&self.store.snapshot(), function) {
            Ok(Some(described)) => described,
            // It is gone or was changed since: nobody waits for this.
            Ok(None) => return Some(Ok(())),
            Err(failure) => return Some(Err(format!("{failure:?}"))),
        };
        self.runner.retire(&key(&described));
        let spec = match self.unpacked(&described).await {
            Ok(spec) => spec,
            Err(Problem::ShuttingDown) => return None,
            Err(Problem::Refused(answer)) => return Some(Err(reason(answer))),
        };
        let name = described.name.clone();
        // What is fetched the runner says itself; which function wanted it is known here.
        let progress = move |progress: Progress| match progress {
            Progress::Fetching { what } | Progress::Fetched { what } => {
                tracing::debug!(function = name, what)
            }
            Progress::Note(note) => tracing::warn!(function = name, "{note}"),
        };
        Some(self.runner.prepare(&spec, &progress).await.map_err(|error| error.to_string()))
    }

    /// What goes on now.
    pub fn activity(&self) -> stepwell_runner::Activity {
        self.runner.activity()
    }

    /// Lets functions end, then kills what is left, and hands the last log lines in.
    pub async fn shut_down(&self, grace: Duration) {
        self.runner.shutdown(grace).await;
        let logs = self.logs.clone();
        let flushed = tokio::task::spawn_blocking(move || logs.flush(grace));
        if flushed.await.is_err() {
            tracing::error!("the last log lines of functions could not be written");
        }
    }

    async fn unpacked(&self, described: &lambda::FunctionSpec) -> Result<FunctionSpec, Problem> {
        let directory = self.directory(&described.code_sha256).await?;
        Ok(FunctionSpec {
            key: key(described),
            revision: described.revision.clone(),
            name: described.name.clone(),
            arn: described.arn.clone(),
            version: described.version.clone(),
            runtime: described.runtime.clone(),
            handler: described.handler.clone(),
            memory_mb: described.memory_mb,
            timeout_s: described.timeout_s,
            ephemeral_storage_mb: described.ephemeral_storage_mb,
            environment: described.environment.clone().into_iter().collect(),
            code: directory,
            log_group: described.log_group.clone(),
            account: described.account.clone(),
            region: described.region.clone(),
            reserved_concurrency: described.reserved_concurrency,
        })
    }

    /// Where a package is unpacked; it is read from the store only once.
    async fn directory(&self, sha256: &[u8; 32]) -> Result<PathBuf, Problem> {
        let known = self.directories.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned();
        if let Some(directory) = known {
            return Ok(directory);
        }
        let code = lambda::code(&self.store.snapshot(), sha256)?;
        let unpacked = self.runner.unpack(Bytes::from(code)).await;
        let directory = unpacked.map_err(|error| Problem::service(&error.to_string()))?;
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        if directories.len() >= MOST_DIRECTORIES {
            // Those in use come back at once.
            directories.clear();
        }
        directories.insert(*sha256, directory.clone());
        Ok(directory)
    }

    /// Temporary keys of the function's role.
    fn credentials(
        &self,
        described: &lambda::FunctionSpec,
        snapshot: &Snapshot,
    ) -> Result<Credentials, Problem> {
        let clock = clock::now();
        let mut context =
            Context::new(clock.stored_ms, Request::own(), entropy::seed(), &self.settings, &self.secrets);
        context.wall_ms = clock.wall_ms;
        let session = function_session(described, snapshot, &mut context)?;
        Ok(Credentials {
            access_key_id: session.access_key_id,
            secret_access_key: session.secret_access_key,
            session_token: session.session_token,
            expiration_ms: Some(session.expires_ms),
        })
    }

    fn invocation(
        &self,
        invocation: &InvokeFunction,
        described: &lambda::FunctionSpec,
        credentials: Credentials,
    ) -> Invocation {
        Invocation {
            request_id: invocation.request_id.clone(),
            payload: Bytes::from(invocation.payload.clone()),
            credentials,
            endpoint_url: self.endpoint_url.clone(),
            trace_id: None,
            client_context: invocation.client_context.clone(),
            invoked_arn: described.arn.clone(),
            log_tail: invocation.log_tail,
        }
    }
}

/// Why a function did not run.
enum Problem {
    Refused(FunctionAnswer),
    ShuttingDown,
}

impl Problem {
    fn service(message: &str) -> Self {
        Self::Refused(FunctionAnswer::Refused {
            code: "ServiceException".to_owned(),
            status: 500,
            message: message.to_owned(),
        })
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => Self::Refused(FunctionAnswer::Refused {
                code: error.rest_code().to_owned(),
                status: error.rest_status(),
                message: error.message,
            }),
            other => {
                tracing::error!("a function can't be read: {other:?}");
                Self::service("The function could not be read.")
            }
        }
    }
}

impl From<InvokeError> for Problem {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::ShuttingDown => Self::ShuttingDown,
            InvokeError::Throttled { .. } => Self::Refused(FunctionAnswer::Refused {
                code: "TooManyRequestsException".to_owned(),
                status: 429,
                message: "Rate Exceeded.".to_owned(),
            }),
            InvokeError::Runtime(_) | InvokeError::Start(_) => Self::service(&error.to_string()),
        }
    }
}

fn key(described: &lambda::FunctionSpec) -> String {
    format!("{}/{}/{}/{}", described.account, described.region, described.name, described.version)
}

fn reason(answer: FunctionAnswer) -> String {
    match answer {
        FunctionAnswer::Refused { message, .. } => message,
        FunctionAnswer::Ran { payload, .. } => payload,
    }
}

/// A server that listens on all addresses is reached on loopback from its own machine.
fn endpoint_url(address: SocketAddr) -> String {
    let host = match address {
        SocketAddr::V4(address) if address.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => "[::1]".to_owned(),
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    format!("http://{host}:{}", address.port())
}
