//! What the operator decides, and why a server may refuse to start.

use crate::authenticate::Mode;
use crate::tls::{TlsError, TlsFiles};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stepwell_runner::SandboxChoice;
use stepwell_services::failure::Failure;
use stepwell_services::states::REMOTE_SERVICES;
use stepwell_services::states::mocks::{Misconfigured, Mocks};
use stepwell_store::StoreError;

/// A server's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub auth: Mode,
    /// Listen beyond loopback although signatures aren't required.
    pub insecure_listen: bool,
    /// Host names beside the loopback's own.
    pub hosts: Vec<String>,
    /// Origins of web pages that may call.
    pub cors_origins: Vec<String>,
    /// Fetch no runtimes and SDKs for functions.
    pub offline: bool,
    /// Bytes of the disk that are to stay free: what adds data is refused before they are taken.
    pub disk_reserve: u64,
    pub sandbox: SandboxChoice,
    /// How long executions are kept after they ended.
    pub execution_retention: Duration,
    /// A listener of its own for metrics, health and readiness, which asks for no signatures.
    pub metrics_listen: Option<SocketAddr>,
    /// Speak TLS with these.
    pub tls: Option<TlsFiles>,
    /// Servers for the calls of services that aren't here: name and URL.
    pub endpoints: BTreeMap<String, String>,
    /// A file of mocked responses, for executions that are started under a test case.
    pub mock_config: Option<PathBuf>,
}

/// Why a server doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{0} is not a loopback address: `--auth required` lets only signed requests in, or `--insecure-listen` lets anyone"
    )]
    Exposed(SocketAddr),
    #[error(
        "`--endpoint {0}=…`: there is no way to send the calls of a service `{0}` elsewhere; there is one for {names}",
        names = REMOTE_SERVICES.join(", ")
    )]
    Endpoint(String),
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{}` {reason}", path.display())]
    Mocks { path: PathBuf, reason: Misconfigured },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the data can't be read: {0}")]
    Data(String),
    #[error("cannot write `{}`: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Runner(#[from] stepwell_runner::StartError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the host gives no thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        Self::Data(match failure {
            Failure::Broken(reason) => reason,
            other => format!("{other:?}"),
        })
    }
}

impl Config {
    /// The mocked responses of the operator's file.
    ///
    /// # Errors
    /// [`StartError::Read`], [`StartError::Mocks`].
    pub fn mocks(&self) -> Result<Option<Arc<Mocks>>, StartError> {
        let Some(path) = self.mock_config.clone() else { return Ok(None) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(StartError::Read { path, source }),
        };
        match Mocks::read(&text) {
            Ok(mocks) => Ok(Some(Arc::new(mocks))),
            Err(reason) => Err(StartError::Mocks { path, reason }),
        }
    }

    /// Refuses what would leave the server open to anyone, unless that was asked for, and what it can't do.
    ///
    /// # Errors
    /// [`StartError::Exposed`], [`StartError::Endpoint`].
    pub fn check(&self) -> Result<(), StartError> {
        if let Some(name) = self.endpoints.keys().find(|name| !REMOTE_SERVICES.contains(&name.as_str())) {
            return Err(StartError::Endpoint(name.clone()));
        }
        if self.listen.ip().is_loopback() || self.auth == Mode::Required {
            return Ok(());
        }
        if !self.insecure_listen {
            return Err(StartError::Exposed(self.listen));
        }
        tracing::warn!(
            "listening on {} without authentication: whoever reaches this address may do anything, functions included",
            self.listen
        );
        Ok(())
    }
}
