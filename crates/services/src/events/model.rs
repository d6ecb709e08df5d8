//! The nouns of EventBridge as they are stored.

use super::auth_parameters::AuthParameters;
use super::{errors, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::secrets::{Purpose, Secrets};
use minicbor::{Decode, Encode};
use stepwell_wire::arn::partition;
use stepwell_wire::{ApiError, Constraints, Service, Timestamp};

/// Characters of a name at most.
const LONGEST_NAME: usize = 64;

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Connection {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub name: String,
    /// The end of its ARN: one that is made anew under the name is another.
    #[n(3)]
    pub uuid: String,
    #[n(4)]
    pub description: Option<String>,
    /// `BASIC`, `API_KEY` or `OAUTH_CLIENT_CREDENTIALS`.
    #[n(5)]
    pub kind: String,
    /// [`AuthParameters`] as JSON, encrypted with a key of this installation.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
    #[n(7)]
    pub created_ms: u64,
    #[n(8)]
    pub modified_ms: u64,
}

impl Connection {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        let Self { account, region, name, uuid, .. } = self;
        format!("arn:{}:events:{region}:{account}:connection/{name}/{uuid}", partition(region))
    }

    /// The ARN of the secret that AWS would keep; here the secret is part of the connection.
    #[must_use]
    pub fn secret_arn(&self) -> String {
        let Self { account, region, name, uuid, .. } = self;
        let suffix = uuid.get(..6).unwrap_or_default();
        format!(
            "arn:{}:secretsmanager:{region}:{account}:secret:events!connection/{name}/{uuid}-{suffix}",
            partition(region)
        )
    }

    /// What it authenticates with.
    ///
    /// # Errors
    /// [`Failure::Broken`] if another installation encrypted it.
    pub fn parameters(&self, secrets: &Secrets) -> Result<AuthParameters, Failure> {
        let broken = |what: String| Failure::broken(format!("connection `{}`: {what}", self.name));
        let text = secrets
            .decrypt(Purpose::Connection, &self.sealed)
            .ok_or_else(|| broken("its secret was encrypted with another key".to_owned()))?;
        serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))
    }

    /// The connection of this name in the caller's account and region.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn by_name(name: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure> {
        check_name(name)?;
        let connection = rows.row(&keys::connection(context.scope(), name))?;
        connection.ok_or_else(|| errors::connection_does_not_exist(name).into())
    }

    /// The connection of an ARN.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let ["arn", _, "events", region, account, resource] = parts[..] else { return Ok(None) };
        let Some(name) = resource.strip_prefix("connection/").and_then(|rest| rest.split('/').next()) else {
            return Ok(None);
        };
        let connection: Option<Self> = rows.row(&keys::connection(&Scope::new(account, region), name))?;
        Ok(connection.filter(|connection| connection.arn() == arn))
    }
}

/// Encrypts what a connection authenticates with.
///
/// # Errors
/// [`Failure::Broken`]: a defect of ours.
pub fn seal(parameters: &AuthParameters, context: &mut Context) -> Result<Vec<u8>, Failure> {
    let text = serde_json::to_vec(parameters).map_err(|error| Failure::broken(error.to_string()))?;
    Ok(context.secrets.encrypt(Purpose::Connection, context.entropy.bytes(), &text))
}

/// Checks a connection's name.
///
/// # Errors
/// `ValidationException`.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let mut constraints = Constraints::new(Service::Events);
    let is_of_alphabet = name.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter));
    if !is_of_alphabet {
        let rule = r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+";
        constraints.violated("name", Some(name), rule);
    }
    constraints.length("name", name, 1..=LONGEST_NAME).finish()
}

/// A stored time for an answer.
#[must_use]
pub fn timestamp(ms: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
