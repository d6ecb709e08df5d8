//! The shapes of STS's answers that several operations share, and its errors.

use crate::calls::credentials::SessionCredentials;
use serde::Serialize;
use stepwell_wire::{ApiError, Constraints, Service, Timestamp};

/// `Credentials`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CredentialsShape {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expiration: Timestamp,
}

impl From<SessionCredentials> for CredentialsShape {
    fn from(credentials: SessionCredentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            session_token: credentials.session_token,
            expiration: Timestamp(i64::try_from(credentials.expires_ms).unwrap_or(i64::MAX)),
        }
    }
}

/// Constraints of STS's model.
pub fn constraints() -> Constraints {
    Constraints::new(Service::Sts)
}

pub fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidParameterValue", message)
}

pub fn access_denied(message: impl Into<String>) -> ApiError {
    ApiError::access_denied(Service::Sts, message)
}
