//! Everything that waits: the listener, the pipeline, the shard's threads, timers, effects.
//!
//! The rules are the services'; this room gives them time, entropy and a disk, and carries bytes in and out.

mod authenticate;
mod backups;
mod clock;
mod config;
mod cors;
mod effects;
mod entropy;
mod function_logs;
mod functions;
mod guard;
mod http;
mod inbox;
pub mod offline;
mod own_api;
mod pipeline;
mod posts;
mod root_key;
mod shards;
/// For the simulator: what decides and what follows a commit, without threads and clocks.
#[doc(hidden)]
pub mod writer;

pub use authenticate::{DEFAULT_ACCOUNT, Mode};
pub use config::{Config, StartError};
pub use stepwell_runner::SandboxChoice;

use authenticate::Authenticator;
use backups::Backups;
use effects::Effects;
use functions::Functions;
use guard::Guard;
use inbox::Inbox;
use pipeline::Pipeline;
use posts::Posts;
use shards::Opened;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stepwell_services::format;
use stepwell_services::settings::Settings;
use stepwell_services::shard::Shard;
use stepwell_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Time for functions that run to end when the server shuts down.
const FUNCTIONS_PATIENCE: Duration = Duration::from_secs(2);

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
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
        let store = Store::open(&config.data_dir)?;
        format::agree(&store)?;
        let settings = Arc::new(Settings {
            execution_retention_ms: u64::try_from(config.execution_retention.as_millis()).unwrap_or(u64::MAX),
            ..Settings::default()
        });
        let secrets = Arc::new(Shard::secrets(&store, entropy::seed())?);
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|source| StartError::Listen { address: config.listen, source })?;
        let address =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;

        let inbox = Arc::new(Inbox::default());
        let functions = Functions::start(&config, address, &store, &settings, &secrets, &inbox).await?;
        let functions = Arc::new(functions);
        let effects = Effects::new(tokio::runtime::Handle::current(), functions.clone(), Posts::new());
        let opened = Opened::new(store.clone(), settings.clone(), secrets.clone())?;
        let shards = opened.run(store.clone(), inbox, effects.clone())?;
        let pipeline = Arc::new(Pipeline {
            guard: Guard { hosts: config.hosts.clone(), origins: config.cors_origins.clone() },
            authenticator: Authenticator { mode: config.auth, base_url: format!("http://{address}") },
            store,
            shards,
            effects,
            settings,
            secrets,
            backups: Backups::default(),
        });
        root_key::keep(&pipeline, &config).await?;

        let (stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(http::serve(listener, pipeline.clone(), stopped));
        Ok(Self { address, stop, listener, pipeline, functions })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, lets open requests end, commits what was taken, ends functions.
    pub async fn shut_down(self) {
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
    }
}
