//! Functions: other people's code in processes of its own, called as AWS Lambda calls it.
//!
//! This room knows no service and no storage. It is given what a function is and an event, and gives back what the
//! function answered, or what Lambda would have said. A process serves one function version, one invocation at a time,
//! and is kept warm in between; it talks to nobody but its own Runtime API. It dies with the server, however that dies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

mod clock;
mod code;
mod environment;
mod fault;
mod logs;
mod memory;
mod pool;
mod process;
mod provision;
mod runtime_api;
mod sandbox;
mod spawner;
mod spec;
mod sys;
mod view;
mod watchdog;
mod worker;

pub use code::{MAX_UNPACKED_BYTES, UnpackError};
pub use pool::Activity;
pub use sandbox::{SandboxChoice, SandboxReport};
pub use spec::{
    Credentials, FunctionLog, FunctionSpec, Invocation, InvocationResult, InvokeError, LogSink, PrepareError,
    Progress,
};

use pool::{Admission, Place, Pool, Refused, Turn};
use process::Workshop;
use provision::{Provision, Toolchain};
use sandbox::Sandbox;
use spawner::Spawner;
use watchdog::Watchdog;
use worker::{Outcome, Running, Want, Worker};

pub struct RunnerConfig {
    /// Unpacked code and what living processes need. Of this runner alone; what an earlier one left is removed.
    pub data_dir: PathBuf,
    /// Interpreters and SDKs from package registries. May be shared with other servers.
    pub runtimes_dir: PathBuf,
    /// Fetch nothing from package registries; run with what is here.
    pub offline: bool,
    /// Processes that may live at a time, warm ones included.
    pub max_processes: usize,
    /// Invocations of one function version that may run at a time; more wait in line.
    pub max_per_function: usize,
    /// How long a process may have nothing to do before it ends.
    pub idle_limit: Duration,
    pub logs: Arc<dyn LogSink>,
    pub sandbox: SandboxChoice,
    /// Certificate authorities, PEM, that functions are to trust when they call the server.
    pub authorities: Option<Vec<u8>>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the function runner's directory `{directory}`: {reason}")]
    Directory { directory: String, reason: String },
    #[error("bubblewrap was asked for: {0}")]
    Sandbox(String),
    #[error("the function runner could not start: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs functions. Ends all their processes when it is dropped.
pub struct Runner {
    workshop: Arc<Workshop>,
    provision: Provision,
    pool: Arc<Pool<Worker>>,
    codes: PathBuf,
    idle_limit: Duration,
    stop: watch::Sender<bool>,
    sandbox: SandboxReport,
}

/// Workers that ended between being chosen and being asked, before an invocation gives up.
const MAX_CHOICES: usize = 8;
/// A process asks for more within a millisecond of its answer; one that takes longer is doing something.
const SETTLING_LIMIT: Duration = Duration::from_millis(50);

impl Runner {
    /// Prepares the directories and finds out which sandbox works here. Starts no function.
    pub async fn start(config: RunnerConfig) -> Result<Runner, StartError> {
        let blocking = tokio::task::spawn_blocking(move || {
            let directories = Directories::prepare(&config.data_dir, config.authorities.as_deref())?;
            let data_dir = config.data_dir.canonicalize()?;
            let (sandbox, report) =
                Sandbox::detect(config.sandbox, &data_dir).map_err(StartError::Sandbox)?;
            Ok::<_, StartError>((config, directories, sandbox, report))
        });
        let (config, directories, sandbox, report) = blocking.await.map_err(std::io::Error::other)??;
        report.layers.iter().for_each(|layer| tracing::info!("functions: {layer}"));

        let (stop, stopped) = watch::channel(false);
        let workshop = Workshop {
            sandbox,
            spawner: Spawner::start()?,
            watchdog: Arc::new(Watchdog::default()),
            logs: config.logs,
            bootstrap: directories.bootstrap,
            authorities: directories.authorities,
            runs: directories.runs,
            stop: stopped,
        };
        Ok(Runner {
            workshop: Arc::new(workshop),
            provision: Provision::new(config.runtimes_dir, config.offline),
            pool: Pool::new(config.max_processes, config.max_per_function),
            codes: directories.codes,
            idle_limit: config.idle_limit,
            stop,
            sandbox: report,
        })
    }

    /// What contains functions on this host.
    pub fn sandbox(&self) -> &SandboxReport {
        &self.sandbox
    }

    /// Makes the function's interpreter and SDK ready, from a package registry if need be. Takes a moment or minutes.
    pub async fn prepare(
        &self,
        spec: &FunctionSpec,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), PrepareError> {
        self.provision.toolchain(&spec.runtime, progress).await.map(drop)
    }

    /// Unpacks a deployment package; the same bytes always give the same directory.
    pub async fn unpack(&self, zip: Bytes) -> Result<PathBuf, UnpackError> {
        let codes = self.codes.clone();
        let unpacked = tokio::task::spawn_blocking(move || code::unpack(&codes, &zip));
        unpacked.await.unwrap_or_else(|error| Err(UnpackError::Io(std::io::Error::other(error))))
    }

    /// Runs one invocation, warm if possible. It goes on to its end even if this future is dropped after it began.
    pub async fn invoke(
        &self,
        spec: Arc<FunctionSpec>,
        invocation: Invocation,
    ) -> Result<InvocationResult, InvokeError> {
        let toolchain = self.provision.toolchain(&spec.runtime, &|_| ()).await?;
        for _ in 0..MAX_CHOICES {
            let want = Want::of(&spec, &invocation);
            let admitted = self.pool.admit(&spec.key, want, spec.reserved_concurrency).await;
            let Admission { turn, place } = admitted.map_err(|refused| match refused {
                Refused::Throttled => {
                    InvokeError::Throttled { limit: spec.reserved_concurrency.unwrap_or_default() }
                }
                Refused::Closed => InvokeError::ShuttingDown,
            })?;
            let worker = self.worker(place, &spec, &toolchain, &invocation);
            if let Some(outcome) = run_on(worker, turn, &self.pool, invocation.clone()).await {
                return outcome;
            }
        }
        Err(InvokeError::Start("its processes end before they can be used".to_owned()))
    }

    fn worker(
        &self,
        place: Place<Worker>,
        spec: &Arc<FunctionSpec>,
        toolchain: &Arc<Toolchain>,
        invocation: &Invocation,
    ) -> Worker {
        match place {
            Place::Worker(worker) => worker,
            Place::Seat(seat) => Worker::start(
                self.workshop.clone(),
                spec.clone(),
                toolchain.clone(),
                seat,
                self.idle_limit,
                invocation,
            ),
        }
    }

    /// What goes on now.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.pool.activity()
    }

    /// Ends the processes of a function version: idle ones now, busy ones after their invocation.
    pub fn retire(&self, key: &str) {
        self.pool.retire(key);
    }

    /// Takes no more invocations, gives those that run `grace` to end, then kills what is left.
    pub async fn shutdown(&self, grace: Duration) {
        self.pool.close();
        if tokio::time::timeout(grace, self.pool.emptied()).await.is_err() {
            tracing::info!("ending functions that still run");
            self.stop.send_replace(true);
            self.pool.emptied().await;
        }
    }
}

/// `None` where the worker had ended before it took the invocation.
async fn run_on(
    worker: Worker,
    mut turn: Turn<Worker>,
    pool: &Arc<Pool<Worker>>,
    invocation: Invocation,
) -> Option<Outcome> {
    let Running { outcome, mut ready } = worker.run(invocation)?;
    let (answer, answered) = oneshot::channel();
    let pool = pool.clone();
    // Its own task, so that a caller that leaves takes neither the worker nor the function's concurrency with it.
    tokio::spawn(async move {
        let Ok(outcome) = outcome.await else { return };
        turn.answered();
        // Whoever has left needs no answer.
        let _ = answer.send(outcome);
        let ready = match tokio::time::timeout(SETTLING_LIMIT, &mut ready).await {
            Ok(ready) => ready,
            Err(_) => {
                turn.settles_late();
                ready.await
            }
        };
        if ready.is_ok() {
            pool.give_back(worker, turn);
        }
    });
    answered.await.ok()
}

struct Directories {
    codes: PathBuf,
    runs: PathBuf,
    bootstrap: PathBuf,
    /// The file of the authorities that functions trust, beside the bootstraps.
    authorities: Option<PathBuf>,
}

impl Directories {
    /// The bootstraps are written anew: they belong to this binary.
    fn prepare(data_dir: &std::path::Path, authorities: Option<&[u8]>) -> Result<Directories, StartError> {
        let failed = |directory: &std::path::Path, error: std::io::Error| StartError::Directory {
            directory: directory.display().to_string(),
            reason: error.to_string(),
        };
        let make = |name: &str| {
            let directory = data_dir.join(name);
            std::fs::create_dir_all(&directory).map_err(|error| failed(&directory, error))?;
            // As the kernel will show it to a function without a sandbox.
            directory.canonicalize().map_err(|error| failed(&directory, error))
        };
        let runs = data_dir.join("runs");
        match std::fs::remove_dir_all(&runs) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&runs, error)),
            _ => {}
        }
        let mut directories = Directories {
            codes: make("code")?,
            runs: make("runs")?,
            bootstrap: make("bootstrap")?,
            authorities: None,
        };
        for (name, text) in [
            ("node.js", include_str!("bootstrap/node.js")),
            ("python.py", include_str!("bootstrap/python.py")),
        ] {
            let file = directories.bootstrap.join(name);
            std::fs::write(&file, text).map_err(|error| failed(&file, error))?;
        }
        if let Some(authorities) = authorities {
            let file = directories.bootstrap.join("authorities.pem");
            std::fs::write(&file, authorities).map_err(|error| failed(&file, error))?;
            directories.authorities = Some(file);
        }
        Ok(directories)
    }
}
