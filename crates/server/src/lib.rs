//! Everything that waits: the listener, the pipeline, the shard's threads, timers, effects.
//!
//! The rules are the services'; this room gives them time, entropy and a disk, and carries bytes in and out.

mod authenticate;
mod backlog;
mod backups;
mod clock;
mod config;
mod cors;
mod disk_room;
mod effects;
mod entropy;
mod evaluator;
mod executions;
mod fetches;
mod function_logs;
mod functions;
mod guard;
mod http;
mod inbox;
mod metrics;
mod monitor;
pub mod offline;
mod open_files;
mod outgoing;
mod own_api;
mod patient;
mod pipeline;
mod posts;
mod pulse;
mod request_log;
mod room;
mod root_key;
mod shards;
mod tls;
/// For the simulator: what decides and what follows a commit, without threads and clocks.
#[doc(hidden)]
pub mod writer;

pub use authenticate::{DEFAULT_ACCOUNT, Mode};
pub use config::{Config, StartError};
pub use stepwell_runner::SandboxChoice;
pub use tls::{TlsError, TlsFiles};

use authenticate::Authenticator;
use backups::Backups;
use disk_room::DiskRoom;
use effects::Effects;
use executions::{Executions, Tasks};
use fetches::Fetches;
use functions::Functions;
use guard::Guard;
use inbox::Inbox;
use metrics::Metrics;
use monitor::Monitor;
use pipeline::Pipeline;
use posts::Posts;
use pulse::Pulse;
use shards::{Opened, Watch};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stepwell_services::format;
use stepwell_services::settings::Settings;
use stepwell_services::shard::Shard;
use stepwell_store::Store;
use tls::Tls;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Time for functions that run to end when the server shuts down.
const FUNCTIONS_PATIENCE: Duration = Duration::from_secs(2);

/// Connections to the listener of metrics at a time.
const METRICS_CONNECTIONS: usize = 64;

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    /// That of metrics, if it has one of its own, and what ends it.
    metrics_listener: Option<(SocketAddr, JoinHandle<()>, watch::Sender<bool>)>,
    pulse: Arc<Pulse>,
    pipeline: Arc<Pipeline>,
    functions: Arc<Functions>,
}

impl Server {
    /// Opens the data directory and listens. What was owed when the server ended last is performed from here on.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.check()?;
        let connections = open_files::connections();
        let tls = config.tls.clone().map(Tls::load).transpose()?;
        let acceptor = tls.as_ref().map(Tls::acceptor).transpose()?;
        let store = Store::open(&config.data_dir)?;
        for mended in store.mended() {
            tracing::warn!("{mended}");
        }
        format::agree(&store)?;
        let secrets = Arc::new(Shard::secrets(&store, entropy::seed())?);
        let (listener, address) = bind(config.listen).await?;
        let settings = Arc::new(Settings {
            execution_retention_ms: u64::try_from(config.execution_retention.as_millis()).unwrap_or(u64::MAX),
            base_url: format!("{}://{address}", scheme(config.tls.is_some())).into(),
            endpoints: config.endpoints.clone(),
            mocks: config.mocks()?,
            ..Settings::default()
        });
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };

        let inbox = Arc::new(Inbox::default());
        let functions =
            Functions::start(&config, address, tls.as_deref(), &store, &settings, &secrets, &inbox).await?;
        let functions = Arc::new(functions);
        let runtime = tokio::runtime::Handle::current();
        let fetches = Fetches::new(secrets.clone());
        let executions = Executions::new(
            store.clone(),
            Tasks {
                inbox: inbox.clone(),
                functions: functions.clone(),
                fetches: fetches.clone(),
                settings: settings.clone(),
                secrets: secrets.clone(),
            },
        );
        let effects = Effects::new(
            runtime,
            store.clone(),
            functions.clone(),
            Posts::new(),
            fetches,
            executions.clone(),
        );
        let opened = Opened::new(store.clone(), settings.clone(), secrets.clone())?;
        let (metrics, pulse) = (Arc::new(Metrics::new()), Arc::new(Pulse::new()));
        let watch = Watch { metrics: metrics.clone(), pulse: pulse.clone() };
        let shards = opened.run(store.clone(), inbox.clone(), effects.clone(), watch)?;
        // A page that rebinds a name to this address can't have a certificate for it: the certificate's names are ours.
        let certified = tls.iter().flat_map(|tls| tls.names());
        let hosts = config.hosts.iter().cloned().chain(certified).collect();
        let guard = Guard { hosts, origins: config.cors_origins.clone() };
        let monitor = Arc::new(Monitor::new(
            guard.clone(),
            metrics.clone(),
            pulse.clone(),
            inbox,
            store.clone(),
            functions.clone(),
        ));
        let pipeline = Arc::new(Pipeline {
            guard,
            authenticator: Authenticator {
                mode: config.auth,
                scheme: scheme(tls.is_some()),
                base_url: format!("{}://{address}", scheme(tls.is_some())),
            },
            disk_room: DiskRoom::new(store.clone(), config.disk_reserve),
            store,
            shards,
            effects,
            executions,
            settings,
            secrets,
            backups: Backups::default(),
            metrics,
            monitor: monitor.clone(),
        });
        root_key::keep(&pipeline, &config).await?;

        let (stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(http::serve(listener, connections, acceptor, pipeline.clone(), stopped));
        let metrics_listener = metrics_listener.map(|(listener, address)| {
            let (stop, stopped) = watch::channel(false);
            (address, tokio::spawn(http::serve(listener, METRICS_CONNECTIONS, None, monitor, stopped)), stop)
        });
        Ok(Self { address, tls, stop, listener, metrics_listener, pulse, pipeline, functions })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is reached: `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        scheme(self.tls.is_some())
    }

    /// Reads the certificate and its key again. Connections that are open go on; if the files can't be used, nothing changes.
    pub async fn reload(&self) {
        let Some(tls) = self.tls.clone() else {
            tracing::info!("nothing to read again: there is no certificate");
            return;
        };
        match tokio::task::spawn_blocking(move || tls.reload()).await {
            Ok(Ok(())) => tracing::info!("the certificate was read again"),
            Ok(Err(error)) => tracing::error!("the certificate stays what it was: {error}"),
            Err(panic) => tracing::error!("the certificate stays what it was: {panic}"),
        }
    }

    /// Where metrics have a listener of their own.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref().map(|(address, ..)| *address)
    }

    /// Stops listening, lets open requests end, commits what was taken, ends functions.
    pub async fn shut_down(self) {
        self.pulse.stops();
        self.pipeline.shards.release_waiters();
        self.stop.send_replace(true);
        if self.listener.await.is_err() {
            tracing::error!("the listener had panicked");
        }
        self.functions.shut_down(FUNCTIONS_PATIENCE).await;
        let pipeline = self.pipeline;
        let stopped = tokio::task::spawn_blocking(move || pipeline.shards.stop());
        if stopped.await.is_err() {
            tracing::error!("the shard's threads could not be ended");
        }
        if let Some((_, listener, stop)) = self.metrics_listener {
            stop.send_replace(true);
            if listener.await.is_err() {
                tracing::error!("the listener of metrics had panicked");
            }
        }
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn scheme(has_tls: bool) -> &'static str {
    if has_tls { "https" } else { "http" }
}
