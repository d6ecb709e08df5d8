//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
//!
//! What queues and functions get is written in the commit that takes the message; web endpoints are told after it.

use crate::context::Context;
use crate::deduplication;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::arn::TopicArn;
use crate::sns::fan_out::{self, SUBSCRIBERS_PER_TURN};
use crate::sns::model::{Message, MessageAttributeValue, Notification, Topic};
use crate::sns::{errors, message_attributes};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a message with its attributes.
pub const LARGEST: usize = 262_144;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Publish {
    pub topic_arn: Option<String>,
    pub target_arn: Option<String>,
    pub phone_number: Option<String>,
    pub message: String,
    pub subject: Option<String>,
    pub message_structure: Option<String>,
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishOutput {
    pub message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

impl Command for Publish {
    const NAME: &'static str = "Publish";
    type Output = PublishOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PublishOutput, Failure> {
        let draft = self.draft();
        let Some(arn) = self.topic_arn(context)? else {
            // Nobody carries text messages here: it is taken and goes nowhere.
            draft.check_message()?;
            return Ok(PublishOutput { message_id: context.entropy.uuid(), sequence_number: None });
        };
        draft.check_message()?;
        let topic = Topic::find(&arn, tx)?;
        draft.check_order(&topic)?;
        draft.publish(&topic, SUBSCRIBERS_PER_TURN, tx, context)
    }
}

impl Publish {
    fn draft(&self) -> Draft<'_> {
        Draft {
            message: &self.message,
            subject: self.subject.as_deref(),
            structure: self.message_structure.as_deref(),
            attributes: &self.message_attributes,
            deduplication_id: self.message_deduplication_id.as_deref(),
            group_id: self.message_group_id.as_deref(),
        }
    }

    /// The topic that is addressed; nothing for a telephone.
    fn topic_arn(&self, context: &Context) -> Result<Option<TopicArn>, Failure> {
        let (parameter, text) = match (&self.topic_arn, &self.target_arn, &self.phone_number) {
            (Some(arn), None, None) => ("TopicArn", arn),
            (None, Some(arn), None) => ("TargetArn", arn),
            (None, None, Some(number)) => {
                let digits = number.strip_prefix('+').unwrap_or_default();
                if (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Ok(None);
                }
                let text = format!("PhoneNumber Reason: {number} is not valid to publish to");
                return Err(errors::invalid_parameter(text).into());
            }
            (None, None, None) => {
                let text = "TopicArn or TargetArn Reason: no value for required parameter";
                return Err(errors::invalid_parameter(text).into());
            }
            _ => {
                let text = "TopicArn or TargetArn or PhoneNumber Reason: only one of them can be given";
                return Err(errors::invalid_parameter(text).into());
            }
        };
        if parameter == "TargetArn" && text.contains(":endpoint/") {
            let text = "TargetArn Reason: No endpoint found for the target arn specified";
            return Err(errors::invalid_parameter(text).into());
        }
        let arn = TopicArn::parse(parameter, text)?;
        if *arn.scope.region != *context.region() {
            return Err(errors::invalid_parameter(parameter).into());
        }
        Ok(Some(arn))
    }
}

/// A message before it is published, by itself or in a batch.
#[derive(Debug)]
pub struct Draft<'d> {
    pub message: &'d str,
    pub subject: Option<&'d str>,
    pub structure: Option<&'d str>,
    pub attributes: &'d BTreeMap<String, MessageAttributeValue>,
    pub deduplication_id: Option<&'d str>,
    pub group_id: Option<&'d str>,
}

impl Draft<'_> {
    /// Bytes that count against the limits.
    pub fn size(&self) -> usize {
        self.message.len() + message_attributes::size(self.attributes)
    }

    /// Checks the message by itself.
    ///
    /// # Errors
    /// `InvalidParameter`, `ParameterValueInvalid`.
    pub fn check_message(&self) -> Result<(), Failure> {
        if self.message.is_empty() {
            return Err(errors::invalid_parameter("Empty message").into());
        }
        message_attributes::check(self.attributes)?;
        if self.size() > LARGEST {
            return Err(errors::invalid_parameter("Message too long").into());
        }
        if self.subject.is_some_and(|subject| !is_subject(subject)) {
            return Err(errors::invalid_parameter("Subject").into());
        }
        Ok(())
    }

    /// Checks what a topic needs to know to keep the order of its messages.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn check_order(&self, topic: &Topic) -> Result<(), Failure> {
        check_id("MessageGroupId", self.group_id)?;
        check_id("MessageDeduplicationId", self.deduplication_id)?;
        let tail = if !topic.is_fifo() {
            self.deduplication_id.map(|_| {
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type"
            })
        } else if self.group_id.is_none() {
            Some("The MessageGroupId parameter is required for FIFO topics")
        } else if self.deduplication_id.is_none() && !topic.has("ContentBasedDeduplication") {
            Some(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )
        } else {
            None
        };
        tail.map_or(Ok(()), |tail| Err(errors::invalid_parameter(tail).into()))
    }

    /// Publishes a message that was checked, to so many subscribers in this turn and to the others in later ones.
    ///
    /// # Errors
    /// `InvalidParameter`, for a structure that isn't one.
    pub fn publish(
        &self,
        topic: &Topic,
        subscribers: usize,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<PublishOutput, Failure> {
        let mut notification = Notification {
            message_id: String::new(),
            topic_arn: topic.arn(),
            subject: self.subject.map(str::to_owned),
            message: self.structured()?,
            published_ms: context.now_ms,
            attributes: self.attributes.clone(),
            group_id: self.group_id.map(str::to_owned),
            deduplication_id: None,
            sequence_number: None,
            signature_version: topic.signature_version().to_owned(),
        };
        if topic.is_fifo() {
            let id = self.deduplication_id.map(str::to_owned);
            let id = id.unwrap_or_else(|| deduplication::of_content(self.message));
            let scope = match topic.attributes.get("FifoThroughputScope").map(String::as_str) {
                Some("MessageGroup") => self.group_id.unwrap_or_default(),
                _ => "",
            };
            if let Some(seen) = deduplication::seen(topic.id, scope, &id, context.now_ms, tx)? {
                let sequence_number = Some(seen.sequence_number);
                return Ok(PublishOutput { message_id: seen.message_id, sequence_number });
            }
            notification.message_id = context.entropy.uuid();
            let number = deduplication::sequence_number(tx.next_sequence());
            let message_id = &notification.message_id;
            deduplication::remember(topic.id, scope, &id, message_id, &number, context.now_ms, tx)?;
            notification.sequence_number = Some(number);
            notification.deduplication_id = Some(id);
        } else {
            notification.message_id = context.entropy.uuid();
        }
        let output = PublishOutput {
            message_id: notification.message_id.clone(),
            sequence_number: notification.sequence_number.clone(),
        };
        fan_out::begin(topic, notification, subscribers, tx, context)?;
        Ok(output)
    }

    fn structured(&self) -> Result<Message, Failure> {
        let invalid = |tail: &str| Failure::from(errors::invalid_parameter(tail));
        match self.structure {
            None => Ok(Message::Plain(self.message.to_owned())),
            Some("json") => {
                let texts: BTreeMap<String, serde_json::Value> = serde_json::from_str(self.message)
                    .map_err(|_| invalid("Message Structure - JSON message body failed to parse"))?;
                // What isn't a text is for nobody.
                let text = |(protocol, text): (String, serde_json::Value)| match text {
                    serde_json::Value::String(text) => Some((protocol, text)),
                    _ => None,
                };
                let texts: BTreeMap<_, _> = texts.into_iter().filter_map(text).collect();
                if !texts.contains_key("default") {
                    return Err(invalid("Message Structure - No default entry in JSON message body"));
                }
                Ok(Message::Structured(texts))
            }
            Some(_) => Err(invalid("MessageStructure")),
        }
    }
}

fn is_subject(subject: &str) -> bool {
    (1..=100).contains(&subject.len())
        && subject.starts_with(|letter: char| letter.is_ascii_graphic())
        && subject.chars().all(|letter| letter.is_ascii() && !letter.is_ascii_control())
}

fn check_id(parameter: &str, id: Option<&str>) -> Result<(), Failure> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_punctuation();
    let is_id = |id: &str| (1..=128).contains(&id.len()) && id.bytes().all(allowed);
    if id.is_none_or(is_id) {
        return Ok(());
    }
    let reason =
        format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(errors::invalid_parameter(format!("{parameter} Reason: {reason}")).into())
}
