//! A stack as it is stored, without its template, its resources and its plan, which have rows of their own.

use super::keys;
use super::status::StackStatus;
use super::template::{Bound, Parameters, PseudoParameters};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;
use stepwell_wire::arn::{Arn, partition};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Stack {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    #[n(4)]
    pub uuid: String,
    #[n(5)]
    pub status: StackStatus,
    #[n(6)]
    pub status_reason: Option<String>,
    #[n(7)]
    pub created_ms: u64,
    #[n(8)]
    pub updated_ms: Option<u64>,
    #[n(9)]
    pub deleted_ms: Option<u64>,
    #[n(10)]
    pub configuration: Configuration,
    #[n(11)]
    pub outputs: Vec<StackOutput>,
    #[n(12)]
    pub role_arn: Option<String>,
    #[n(13)]
    pub disable_rollback: bool,
    #[n(14)]
    pub timeout_minutes: Option<u64>,
    #[n(15)]
    pub is_protected: bool,
    /// The change set that was executed last.
    #[n(16)]
    pub change_set_arn: Option<String>,
    #[n(17)]
    pub policy: Option<String>,
    /// The exports that its values come from.
    #[n(18)]
    pub imports: Vec<String>,
    /// The token of the last request that made or changed it: the same again is the same request.
    #[n(19)]
    pub request_token: Option<String>,
    /// The time that the id of the last event names.
    #[n(20)]
    pub last_event_ms: Option<u64>,
}

/// What an update changes and its rollback brings back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Configuration {
    /// The number of the template; none before there is one.
    #[n(0)]
    pub template: Option<u64>,
    #[n(1)]
    pub description: Option<String>,
    #[n(2)]
    pub parameters: Vec<StackParameter>,
    #[n(3)]
    pub capabilities: Vec<String>,
    #[n(4)]
    pub tags: Vec<Tag>,
    #[n(5)]
    pub notification_arns: Vec<String>,
}

/// The value of a parameter, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StackParameter {
    #[n(0)]
    pub key: String,
    #[n(1)]
    pub value: String,
    #[n(2)]
    pub no_echo: bool,
}

/// A tag, as AWS writes it and as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    #[n(0)]
    pub key: String,
    #[n(1)]
    pub value: String,
}

/// An output with its value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StackOutput {
    #[n(0)]
    pub key: String,
    #[n(1)]
    pub value: String,
    #[n(2)]
    pub description: Option<String>,
    #[n(3)]
    pub export_name: Option<String>,
}

impl Stack {
    /// A stack that was just asked for.
    #[must_use]
    pub fn new(id: u64, scope: &Scope, name: &str, uuid: String, status: StackStatus, now_ms: u64) -> Self {
        Self {
            id,
            account: scope.account.to_string(),
            region: scope.region.to_string(),
            name: name.to_owned(),
            uuid,
            status,
            status_reason: None,
            created_ms: now_ms,
            updated_ms: None,
            deleted_ms: None,
            configuration: Configuration::default(),
            outputs: Vec::new(),
            role_arn: None,
            disable_rollback: false,
            timeout_minutes: None,
            is_protected: false,
            change_set_arn: None,
            policy: None,
            imports: Vec::new(),
            request_token: None,
            last_event_ms: None,
        }
    }

    /// Writes a new stack and all that it is found by.
    pub fn put_new(&self, tx: &mut Tx) {
        let scope = self.scope();
        tx.put(&keys::by_name(&scope, &self.name), &self.id);
        tx.put(&keys::by_uuid(&scope, &self.uuid), &self.id);
        tx.put_bytes(&keys::by_number(&scope, self.id), [].as_slice().into());
        self.put(tx);
    }

    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::stack(self.id), self);
    }

    /// The stack of this number.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it isn't there.
    pub fn load(id: u64, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        rows.row(&keys::stack(id))?.ok_or_else(|| Failure::broken(format!("stack {id} isn't there")))
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        let resource = format!("stack/{}/{}", self.name, self.uuid);
        Arn::new("cloudformation", &self.region, &self.account, resource).to_string()
    }

    /// What the pseudo parameters of its templates stand for.
    #[must_use]
    pub fn pseudo_parameters(&self, notification_arns: &[String]) -> PseudoParameters {
        let partition = partition(&self.region);
        let url_suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        PseudoParameters {
            account_id: self.account.clone(),
            region: self.region.clone(),
            partition: partition.to_owned(),
            url_suffix: url_suffix.to_owned(),
            stack_id: self.arn(),
            stack_name: self.name.clone(),
            notification_arns: notification_arns.to_vec(),
        }
    }
}

impl Configuration {
    #[must_use]
    pub fn previous_value(&self, key: &str) -> Option<String> {
        self.parameters.iter().find(|parameter| parameter.key == key).map(|parameter| parameter.value.clone())
    }
}

/// Parameters as they are stored.
#[must_use]
pub fn stored(parameters: &Parameters) -> Vec<StackParameter> {
    let store = |(key, bound): (&String, &Bound)| StackParameter {
        key: key.clone(),
        value: bound.text.clone(),
        no_echo: bound.no_echo,
    };
    parameters.iter().map(store).collect()
}

#[must_use]
pub fn timestamp(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}
