//! Requests that Task states make to the world outside, and what comes back.
//!
//! They hold secrets (a connection's, a role's session), so an owed one is encrypted as a whole, with a key of this installation.

use crate::effect::TaskAttempt;
use crate::entropy::Entropy;
use crate::row;
use crate::secrets::{Purpose, Secrets};
use minicbor::{Decode, Encode};

/// A request that is owed for a task's attempt.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Fetch {
    #[n(0)]
    pub attempt: TaskAttempt,
    /// An encrypted [`FetchRequest`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// The request itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FetchRequest {
    #[n(0)]
    pub method: String,
    /// With the query.
    #[n(1)]
    pub url: String,
    #[n(2)]
    pub headers: Vec<(String, String)>,
    #[n(3)]
    pub body: String,
    #[n(4)]
    pub authorization: Authorization,
}

/// What is added when the request is sent, since it depends on the time or on an answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Authorization {
    /// Nothing: the headers say it all.
    #[n(0)]
    Complete,
    /// A signature of version 4.
    #[n(1)]
    #[cbor(map)]
    Signed {
        #[n(0)]
        region: String,
        #[n(1)]
        service: String,
        #[n(2)]
        access_key_id: String,
        #[n(3)]
        secret_access_key: String,
        #[n(4)]
        session_token: String,
    },
    /// The bearer token that another request is answered with.
    #[n(2)]
    #[cbor(map)]
    Bearer {
        #[n(0)]
        token_request: Box<FetchRequest>,
    },
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    Answered(FetchAnswer),
    /// Why there is no answer.
    Failed(String),
}

/// An endpoint's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchAnswer {
    pub status: u16,
    /// Such as `Not Found`.
    pub reason: String,
    /// Names in small letters, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Fetch {
    /// How much memory its request takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sealed.len()
    }

    /// The request as it is owed.
    #[must_use]
    pub fn new(
        attempt: TaskAttempt,
        request: &FetchRequest,
        entropy: &mut Entropy,
        secrets: &Secrets,
    ) -> Self {
        let sealed = secrets.encrypt(Purpose::Fetch, entropy.bytes(), &row::encode(request));
        Self { attempt, sealed }
    }

    /// The request to make; nothing if it was written by another installation.
    #[must_use]
    pub fn open(&self, secrets: &Secrets) -> Option<FetchRequest> {
        row::decode(&secrets.decrypt(Purpose::Fetch, &self.sealed)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owed_request_shows_nothing_and_opens_with_the_key_of_the_installation() {
        let attempt = TaskAttempt { machine: 1, execution: 2, frame: 3, attempt: 4 };
        let request = FetchRequest {
            method: "GET".to_owned(),
            url: "https://example.com/?key=hidden".to_owned(),
            headers: vec![("authorization".to_owned(), "hidden".to_owned())],
            body: "hidden".to_owned(),
            authorization: Authorization::Complete,
        };
        let secrets = Secrets::new([7; 32]);
        let fetch = Fetch::new(attempt, &request, &mut Entropy::new([1; 32]), &secrets);
        let bytes = row::encode(&fetch);
        assert!(!bytes.windows(6).any(|window| window == b"hidden"));
        assert_eq!(fetch.open(&secrets), Some(request));
        assert_eq!(fetch.open(&Secrets::new([8; 32])), None);
    }
}
