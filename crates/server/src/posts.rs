//! Notifications to HTTP endpoints: one POST, bounded in time, nothing read of the answer but its status.

use crate::outgoing::{self, Outgoing};
use bytes::Bytes;
use http_body_util::Full;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stepwell_services::effect::PostNotification;
use tokio::sync::Semaphore;

/// AWS gives an endpoint fifteen seconds.
const PATIENCE: Duration = Duration::from_secs(15);
/// Requests under way at a time; further ones wait, and stay owed.
const AT_A_TIME: usize = 256;
/// Requests to one endpoint at a time: one that never answers holds up its own notifications and no others.
const AT_A_TIME_TO_ONE: usize = 32;

/// The client for notifications. Cheap to clone.
#[derive(Clone)]
pub struct Posts {
    client: Outgoing,
    places: Arc<Semaphore>,
    lines: Arc<Lines>,
}

/// Who waits for which endpoint, by scheme, host and port.
#[derive(Default)]
struct Lines(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Posts {
    /// A client that trusts the public certificate authorities.
    #[must_use]
    pub fn new() -> Self {
        let client = outgoing::client(PATIENCE);
        Self { client, places: Arc::new(Semaphore::new(AT_A_TIME)), lines: Arc::default() }
    }

    /// The endpoint's status, or why there is none.
    ///
    /// # Errors
    /// In words for the log of the subscription's failures.
    pub async fn post(&self, notification: &PostNotification) -> Result<u16, String> {
        let endpoint = endpoint(&notification.url);
        let line = self.lines.join(endpoint);
        let posted = self.post_in_turn(notification, &line).await;
        drop(line);
        self.lines.leave(endpoint);
        posted
    }

    async fn post_in_turn(&self, notification: &PostNotification, line: &Semaphore) -> Result<u16, String> {
        let _turn = line.acquire().await.map_err(|error| error.to_string())?;
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

impl Lines {
    fn join(&self, endpoint: &str) -> Arc<Semaphore> {
        let mut lines = self.lock();
        let line = lines.entry(endpoint.to_owned());
        line.or_insert_with(|| Arc::new(Semaphore::new(AT_A_TIME_TO_ONE))).clone()
    }

    /// Forgets the line if nobody is in it any more.
    fn leave(&self, endpoint: &str) {
        let mut lines = self.lock();
        if lines.get(endpoint).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(endpoint);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Semaphore>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Scheme, host and port of a URL: what stands before its path.
fn endpoint(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let length = url[host..].find(['/', '?', '#']).unwrap_or(url.len() - host);
    &url[..host + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_what_stands_before_the_path() {
        for (url, expected) in [
            ("http://a.example/b/c?d", "http://a.example"),
            ("https://a.example:8443", "https://a.example:8443"),
            ("https://a.example?x=/", "https://a.example"),
            ("nonsense", "nonsense"),
            ("", ""),
        ] {
            assert_eq!(endpoint(url), expected);
        }
    }

    #[test]
    fn a_line_is_there_as_long_as_someone_is_in_it() {
        let lines = Lines::default();
        let (one, other) = (lines.join("a"), lines.join("a"));
        assert!(Arc::ptr_eq(&one, &other));
        drop(one);
        lines.leave("a");
        assert_eq!(lines.lock().len(), 1);
        drop(other);
        lines.leave("a");
        assert!(lines.lock().is_empty());
    }
}
