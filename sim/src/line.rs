//! A client's line to the server: the answer comes over it, unless someone hangs up first.

use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use stepwell_services::operation::Answer;
use stepwell_services::shard::ReplyTo;
use stepwell_wire::{ApiError, Envelope, Protocol, Service};

/// The number of a request.
pub type RequestId = u64;

/// What a client reads.
pub type Told = Result<Value, ApiError>;

/// Answers that the server gave and that no client has yet.
#[derive(Clone, Default)]
pub struct Answers {
    given: Arc<Mutex<Vec<(RequestId, Told)>>>,
}

impl Answers {
    /// Takes all that were given, in order.
    #[must_use]
    pub fn take(&self) -> Vec<(RequestId, Told)> {
        std::mem::take(&mut *self.given.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The server's end of a line.
pub struct Line {
    pub request: RequestId,
    pub is_gone: Arc<AtomicBool>,
    pub answers: Answers,
}

impl ReplyTo for Line {
    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    fn answer(self: Box<Self>, answer: Answer) {
        let told = answer.map(|reply| {
            let envelope = Envelope::new(Service::Sqs, Protocol::AwsJson10, "Simulated", "request");
            let response = reply.render(&envelope).expect("an output that can be written");
            serde_json::from_slice(&response.body).unwrap_or(Value::Null)
        });
        self.answers.given.lock().unwrap_or_else(PoisonError::into_inner).push((self.request, told));
    }
}
