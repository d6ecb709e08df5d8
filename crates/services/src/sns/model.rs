//! The nouns of SNS as they are stored.

use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::sns::arn::{SubscriptionArn, TopicArn};
use crate::sns::filter::{self, FilterPolicy};
use crate::sns::{errors, keys};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_wire::Blob;

/// A topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Topic {
    /// The number that its subscriptions' keys begin with.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    /// What was set, by AWS's names; what was not set has AWS's default.
    #[n(4)]
    pub attributes: BTreeMap<String, String>,
    #[n(5)]
    pub tags: BTreeMap<String, String>,
    /// Subscriptions that were confirmed and are gone.
    #[n(6)]
    pub subscriptions_deleted: u64,
}

impl Topic {
    /// The topic of an ARN that stands in the parameter `TopicArn`.
    pub fn by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Arc<Self>, Failure> {
        Self::find(&TopicArn::parse("TopicArn", arn)?, rows)
    }

    /// The topic at this address.
    pub fn find(arn: &TopicArn, rows: &(impl Rows + ?Sized)) -> Result<Arc<Self>, Failure> {
        rows.kept_row(&keys::topic(&arn.scope, &arn.name))?.ok_or_else(|| errors::no_such_topic().into())
    }

    /// Writes the topic's row.
    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::topic(&self.scope(), &self.name), self);
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:sns:{}:{}:{}", self.region, self.account, self.name)
    }

    /// A topic that keeps the order of its messages.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    /// Whether an attribute is set to `true`.
    #[must_use]
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value == "true")
    }

    /// `1` or `2`.
    #[must_use]
    pub fn signature_version(&self) -> &str {
        self.attributes.get("SignatureVersion").map_or("1", String::as_str)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Subscription {
    /// A UUID.
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub topic_arn: String,
    /// The account that subscribed.
    #[n(2)]
    pub owner: String,
    #[n(3)]
    pub protocol: String,
    #[n(4)]
    pub endpoint: String,
    /// What was set, by AWS's names.
    #[n(5)]
    pub attributes: BTreeMap<String, String>,
    /// Nobody confirmed it yet: nothing is delivered to it.
    #[n(6)]
    pub is_pending: bool,
    #[n(7)]
    pub was_authenticated: bool,
    /// The ARN of who subscribed.
    #[n(8)]
    pub principal: String,
    /// Scheme and authority under which the subscriber reached us: the links in its notifications begin with it.
    #[n(9)]
    pub base_url: String,
}

impl Subscription {
    /// The subscription at this address.
    pub fn find(arn: &SubscriptionArn, rows: &(impl Rows + ?Sized)) -> Result<(Topic, Self), Failure> {
        let missing = || Failure::from(errors::no_such_subscription());
        let topic =
            rows.row::<Topic>(&keys::topic(&arn.topic.scope, &arn.topic.name))?.ok_or_else(missing)?;
        let subscription = rows.row(&keys::subscription(topic.id, &arn.id))?.ok_or_else(missing)?;
        Ok((topic, subscription))
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("{}:{}", self.topic_arn, self.id)
    }

    /// Bodies are delivered as they were published, without an envelope.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.attributes.get("RawMessageDelivery").is_some_and(|value| value == "true")
    }

    /// The filter policy, if one is set.
    ///
    /// # Errors
    /// [`Failure::Broken`] for one that was stored without being checked.
    pub fn filter(&self) -> Result<Option<FilterPolicy>, Failure> {
        let Some(text) = self.attributes.get("FilterPolicy") else { return Ok(None) };
        let policy = filter::compile(text).map_err(|error| {
            Failure::broken(format!("the filter policy of {} can't be read: {error}", self.arn()))
        })?;
        Ok(Some(policy))
    }

    /// Whether the filter policy is about the body of messages, not about their attributes.
    #[must_use]
    pub fn filters_bodies(&self) -> bool {
        self.attributes.get("FilterPolicyScope").is_some_and(|scope| scope == "MessageBody")
    }

    /// The ARN of the queue for what can't be delivered.
    #[must_use]
    pub fn dead_letter_queue_arn(&self) -> Option<String> {
        let policy: serde_json::Value = serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()?;
        Some(policy.get("deadLetterTargetArn")?.as_str()?.to_owned())
    }
}

/// A typed attribute of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttributeValue {
    #[n(0)]
    #[serde(default)]
    pub data_type: String,
    #[n(1)]
    pub string_value: Option<String>,
    #[cbor(n(2), with = "minicbor::bytes")]
    #[serde(default, with = "optional_blob")]
    pub binary_value: Option<Vec<u8>>,
}

/// A message on its way to subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Notification {
    /// A UUID.
    #[n(0)]
    pub message_id: String,
    #[n(1)]
    pub topic_arn: String,
    #[n(2)]
    pub subject: Option<String>,
    #[n(3)]
    pub message: Message,
    #[n(4)]
    pub published_ms: u64,
    #[n(5)]
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    #[n(6)]
    pub group_id: Option<String>,
    #[n(7)]
    pub deduplication_id: Option<String>,
    /// Of messages of a FIFO topic.
    #[n(8)]
    pub sequence_number: Option<String>,
    #[n(9)]
    pub signature_version: String,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// The same to all.
    #[n(0)]
    Plain(#[n(0)] String),
    /// To each protocol something else, by its name; `default` to the others.
    #[n(1)]
    Structured(#[n(0)] BTreeMap<String, String>),
}

impl Message {
    /// What is said over a protocol.
    #[must_use]
    pub fn over(&self, protocol: &str) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Structured(texts) => {
                texts.get(protocol).or_else(|| texts.get("default")).map_or("", String::as_str)
            }
        }
    }
}

/// A message that has more subscribers than one turn serves.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Publication {
    #[n(0)]
    pub topic: u64,
    #[n(1)]
    pub notification: Notification,
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
