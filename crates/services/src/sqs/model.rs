//! The nouns of SQS as they are stored.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::sqs::{attributes, errors, keys};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_wire::Blob;

/// A change of `DeduplicationScope` is in force after this time.
const SCOPE_PAUSE_MS: u64 = 60_000;

/// A queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Queue {
    /// The number that its messages' keys begin with.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    #[n(4)]
    pub created_ms: u64,
    #[n(5)]
    pub modified_ms: u64,
    /// What was set, by AWS's names and as the caller wrote it; what was not set has AWS's default.
    #[n(6)]
    pub attributes: BTreeMap<String, String>,
    #[n(7)]
    pub tags: BTreeMap<String, String>,
    /// When the last purge began, 0 for never.
    #[n(8)]
    pub purged_ms: u64,
    /// When its messages are looked over for those whose retention is over; 0 for not at all.
    #[n(9)]
    pub sweep_due_ms: u64,
    /// The `DeduplicationScope` before the last change, and when that was; empty for never.
    #[n(10)]
    pub former_scope: String,
    #[n(11)]
    pub scope_changed_ms: u64,
}

/// Which queue has a number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct QueueName {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub name: String,
}

impl QueueName {
    #[must_use]
    pub fn of(queue: &Queue) -> Self {
        Self { account: queue.account.clone(), region: queue.region.clone(), name: queue.name.clone() }
    }
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    pub dead_letter_queue_arn: String,
    pub max_receive_count: u32,
}

impl Queue {
    /// The queue that a URL names: by the account and the name at its end, whatever its host.
    pub fn by_url(url: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Arc<Self>, Failure> {
        let path =
            url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let mut parts = path.trim_matches('/').rsplit('/');
        let name = parts.next().unwrap_or_default();
        let account = parts.next().filter(|account| !account.is_empty()).unwrap_or(context.account());
        Self::by_name(&Scope::new(account, context.region()), name, rows)
    }

    /// The queue of this name.
    pub fn by_name(scope: &Scope, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Arc<Self>, Failure> {
        rows.kept_row(&keys::queue(scope, name))?.ok_or_else(|| errors::queue_does_not_exist().into())
    }

    /// The queue of this ARN, `arn:aws:sqs:region:account:name`.
    pub fn by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Arc<Self>>, Failure> {
        let parts: Vec<_> = arn.split(':').collect();
        let ["arn", _, "sqs", region, account, name] = parts[..] else { return Ok(None) };
        rows.kept_row(&keys::queue(&Scope::new(account, region), name))
    }

    /// The queue of this number.
    pub fn by_id(id: u64, rows: &(impl Rows + ?Sized)) -> Result<Option<Arc<Self>>, Failure> {
        let Some(QueueName { account, region, name }) = rows.row(&keys::queue_by_id(id))? else {
            return Ok(None);
        };
        rows.kept_row(&keys::queue(&Scope::new(&account, &region), &name))
    }

    /// Writes the queue's row.
    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::queue(&Scope::new(&self.account, &self.region), &self.name), self);
    }

    /// Whether the retention of a message that was sent then is over.
    #[must_use]
    pub fn has_forgotten(&self, sent_ms: u64, now_ms: u64) -> bool {
        sent_ms + self.retention_s() * 1000 <= now_ms
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:sqs:{}:{}:{}", self.region, self.account, self.name)
    }

    /// A queue that keeps the order of its messages.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.has("FifoQueue")
    }

    /// Whether an attribute is set to `true`.
    #[must_use]
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value == "true")
    }

    /// Whether a FIFO queue knows messages again within their group only. A change takes a minute to be in force (recorded).
    #[must_use]
    pub fn deduplicates_by_group(&self, now_ms: u64) -> bool {
        let scope = match now_ms < self.scope_changed_ms + SCOPE_PAUSE_MS {
            true => Some(&self.former_scope),
            false => self.attributes.get("DeduplicationScope"),
        };
        scope.is_some_and(|scope| scope == "messageGroup")
    }

    #[must_use]
    pub fn url(&self, base_url: &str) -> String {
        format!("{base_url}/{}/{}", self.account, self.name)
    }

    /// Seconds a received message is hidden.
    #[must_use]
    pub fn visibility_timeout_s(&self) -> u64 {
        self.number("VisibilityTimeout")
    }

    /// Seconds before a sent message can be received.
    #[must_use]
    pub fn delay_s(&self) -> u64 {
        self.number("DelaySeconds")
    }

    /// Seconds a receive waits for a message.
    #[must_use]
    pub fn receive_wait_s(&self) -> u64 {
        self.number("ReceiveMessageWaitTimeSeconds")
    }

    /// Seconds a message is kept.
    #[must_use]
    pub fn retention_s(&self) -> u64 {
        self.number("MessageRetentionPeriod")
    }

    /// Bytes of a message at most, attributes included.
    #[must_use]
    pub fn maximum_message_size(&self) -> usize {
        usize::try_from(self.number("MaximumMessageSize")).unwrap_or(usize::MAX)
    }

    /// The redrive policy, if one is set.
    #[must_use]
    pub fn redrive(&self) -> Option<Redrive> {
        let policy: serde_json::Value = serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()?;
        let count = policy.get("maxReceiveCount")?;
        let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
        Some(Redrive {
            dead_letter_queue_arn: policy.get("deadLetterTargetArn")?.as_str()?.to_owned(),
            max_receive_count: u32::try_from(count).ok()?,
        })
    }

    fn number(&self, attribute: &str) -> u64 {
        let set = self.attributes.get(attribute).and_then(|value| value.parse().ok());
        set.unwrap_or_else(|| attributes::default_number(attribute))
    }
}

/// What was sent. It never changes, even when the message moves to a dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Message {
    /// A UUID.
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub body: String,
    #[n(2)]
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// `AWSTraceHeader`, `MessageGroupId`; on a FIFO queue `MessageDeduplicationId`, `SequenceNumber`.
    #[n(3)]
    pub system_attributes: BTreeMap<String, String>,
    /// The user id of who sent it.
    #[n(4)]
    pub sender_id: String,
    #[n(5)]
    pub sent_ms: u64,
    /// The ARN of the queue that it was moved from.
    #[n(6)]
    pub dead_letter_source: Option<String>,
}

impl Message {
    /// The group that it belongs to.
    #[must_use]
    pub fn group_id(&self) -> Option<&str> {
        self.system_attributes.get("MessageGroupId").map(String::as_str)
    }
}

/// A typed attribute of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    #[n(0)]
    pub data_type: String,
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[cbor(n(2), with = "minicbor::bytes")]
    #[serde(default, with = "optional_blob", skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<Vec<u8>>,
}

/// The state of a message in its queue; from when it can be received is in the key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Ready {
    #[n(0)]
    pub receive_count: u32,
    /// 0 before the first receive.
    #[n(1)]
    pub first_received_ms: u64,
    /// When it was last received.
    #[n(2)]
    pub received_ms: u64,
    /// As in the message: its retention is seen without reading it.
    #[n(3)]
    pub sent_ms: u64,
    /// The group, on a FIFO queue.
    #[n(4)]
    pub group: Option<String>,
}

mod optional_blob {
    use super::Blob;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.clone().map(Blob).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Blob>::deserialize(deserializer)?.map(|blob| blob.0))
    }
}
