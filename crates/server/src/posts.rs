//! Notifications to HTTP endpoints: one POST, bounded in time, nothing read of the answer but its status.

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use stepwell_services::effect::PostNotification;
use tokio::sync::Semaphore;

/// AWS gives an endpoint fifteen seconds.
const PATIENCE: Duration = Duration::from_secs(15);
/// Requests under way at a time; further ones wait, and stay owed.
const AT_A_TIME: usize = 256;

/// The client for notifications. Cheap to clone.
#[derive(Clone)]
pub struct Posts {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    places: Arc<Semaphore>,
}

impl Posts {
    /// A client that trusts the public certificate authorities.
    #[must_use]
    pub fn new() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Self { client, places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// The endpoint's status, or why there is none.
    ///
    /// # Errors
    /// In words for the log of the subscription's failures.
    pub async fn post(&self, notification: &PostNotification) -> Result<u16, String> {
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let mut request = hyper::Request::post(&notification.url);
        for (name, value) in &notification.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(notification.body.clone()));
        let request = request.body(body).map_err(|error| format!("the request can't be made: {error}"))?;
        match tokio::time::timeout(PATIENCE, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(format!("the endpoint can't be reached: {error}")),
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        }
    }
}
