//! What operators and their tools ask: is it alive, is it ready, how does it do. Below `/_stepwell/` on the main listener, and on
//! one of its own (`--metrics-listen`), which outlives the main one when the server shuts down.
//!
//! Nothing here changes anything, and nothing here waits for a commit.

use crate::functions::Functions;
use crate::guard::Guard;
use crate::http::Answers;
use crate::inbox::Inbox;
use crate::metrics::{Metrics, Readings, Stored};
use crate::pulse::Pulse;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stepwell_services::observed::Observed;
use stepwell_store::Store;
use stepwell_wire::{Request, Response};
use tokio::sync::Mutex;

/// For this long nothing may go on before the server calls itself not ready. A slow disk syncs within a second or two.
const STALL_PATIENCE: Duration = Duration::from_secs(10);
/// The writer answers between two commands; one that doesn't in this time has its part of the metrics left out.
const WRITER_PATIENCE: Duration = Duration::from_secs(1);
/// As Prometheus asks for it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is looked at.
pub struct Monitor {
    pub guard: Guard,
    pub metrics: Arc<Metrics>,
    pub pulse: Arc<Pulse>,
    pub inbox: Arc<Inbox>,
    pub store: Store,
    pub functions: Arc<Functions>,
    /// What the scrape before found to be the oldest wait: see [`Stored::oldest_wait`].
    oldest_wait: AtomicU64,
    /// One scrape at a time looks into the store, however many ask.
    scraping: Mutex<()>,
}

impl Monitor {
    pub fn new(
        guard: Guard,
        metrics: Arc<Metrics>,
        pulse: Arc<Pulse>,
        inbox: Arc<Inbox>,
        store: Store,
        functions: Arc<Functions>,
    ) -> Self {
        let (oldest_wait, scraping) = (AtomicU64::new(0), Mutex::new(()));
        Self { guard, metrics, pulse, inbox, store, functions, oldest_wait, scraping }
    }

    /// The process lives and answers.
    #[must_use]
    pub fn health(&self) -> Response {
        json_response(200, &json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
    }

    /// Whether requests should be sent here, and if not, why.
    #[must_use]
    pub fn ready(&self) -> Response {
        let reasons = self.reasons();
        match reasons.is_empty() {
            true => json_response(200, &json!({"status": "ready"})),
            false => json_response(503, &json!({"status": "not ready", "reasons": reasons})),
        }
    }

    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.pulse.has_begun() {
            reasons.push("starting: what was owed is being taken up".to_owned());
        }
        if self.pulse.is_stopping() {
            reasons.push("shutting down".to_owned());
        }
        let stalled = self.stalled();
        if stalled >= STALL_PATIENCE {
            reasons.push(format!(
                "no commit went on for {} seconds although something waits",
                stalled.as_secs()
            ));
        }
        reasons
    }

    fn stalled(&self) -> Duration {
        self.pulse.stalled(self.inbox.has_mail())
    }

    /// All metrics.
    pub async fn metrics(&self) -> Response {
        let _one = self.scraping.lock().await;
        let readings = self.readings().await;
        Response::new(200, self.metrics.text(&readings))
            .with_header("Content-Type", OPEN_METRICS)
            .with_header("Cache-Control", "no-store")
    }

    async fn readings(&self) -> Readings {
        let observed = tokio::time::timeout(WRITER_PATIENCE, self.inbox.observe()).await;
        let observed = observed.ok().and_then(Result::ok).unwrap_or_else(|| {
            tracing::warn!(
                "the writer does not answer: metrics of late timers and hidden messages are left out"
            );
            Observed::default()
        });
        let waiters = observed.waiters;
        let (store, oldest) = (self.store.clone(), self.oldest_wait.load(Ordering::Relaxed));
        let stored = tokio::task::spawn_blocking(move || Stored::read(&store, &observed, oldest)).await;
        let stored = match stored {
            Ok(Ok(stored)) => stored,
            Ok(Err(failure)) => {
                tracing::error!("metrics of the store can't be read: {failure:?}");
                Stored::default()
            }
            Err(panic) => {
                tracing::error!("metrics of the store can't be read: {panic}");
                Stored::default()
            }
        };
        if let Some(minute) = stored.oldest_wait {
            self.oldest_wait.store(minute, Ordering::Relaxed);
        }
        Readings {
            inbox_requests: self.inbox.requests(),
            stalled: self.stalled(),
            waiters,
            functions: self.functions.activity(),
            stored,
        }
    }
}

/// The listener of `--metrics-listen`: these three and nothing else.
impl Answers for Monitor {
    async fn answer(&self, request: &Request<'_>) -> Response {
        if let Err(unheard) = self.guard.check(request) {
            return Response::new(403, format!("{unheard}\n"))
                .with_header("Content-Type", "text/plain; charset=utf-8");
        }
        match (request.method, request.path) {
            ("GET" | "HEAD", "/_stepwell/health") => self.health(),
            ("GET" | "HEAD", "/_stepwell/ready") => self.ready(),
            ("GET" | "HEAD", "/_stepwell/metrics" | "/metrics") => self.metrics().await,
            _ => json_response(
                404,
                &json!({"code": "NotFound", "message": "this listener has metrics, health and readiness alone"}),
            ),
        }
    }

    fn connections(&self) -> Option<&prometheus_client::metrics::gauge::Gauge> {
        None
    }
}

fn json_response(status: u16, value: &serde_json::Value) -> Response {
    Response::new(status, value.to_string())
        .with_header("Content-Type", "application/json")
        .with_header("Cache-Control", "no-store")
}
