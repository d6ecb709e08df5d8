//! How a message is wrapped for its subscribers: the JSON that queues and web endpoints get, the event that functions get.
//!
//! `Signature` is a tag by a key of this installation, not one that a certificate would verify: there is no authority that
//! a subscriber could trust, and `SigningCertURL` leads nowhere. The fields are there because AWS's readers expect them;
//! messages of FIFO topics have none, as on AWS.

use crate::secrets::{Purpose, Secrets};
use crate::sns::model::{MessageAttributeValue, Subscription, Topic};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use stepwell_wire::time::iso_millis;

/// A message on its way to one subscriber.
#[derive(Debug)]
pub struct Envelope<'e> {
    pub kind: Kind<'e>,
    pub message_id: &'e str,
    pub topic: &'e Topic,
    pub subscription: &'e Subscription,
    pub subject: Option<&'e str>,
    pub message: &'e str,
    pub sent_ms: u64,
    pub sequence_number: Option<&'e str>,
    pub signature_version: &'e str,
    pub attributes: Option<&'e BTreeMap<String, MessageAttributeValue>>,
}

/// What a message is about.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'e> {
    Notification,
    /// Give the token back and be subscribed.
    SubscriptionConfirmation {
        token: &'e str,
    },
}

impl Kind<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation { .. } => "SubscriptionConfirmation",
        }
    }
}

impl Envelope<'_> {
    /// The JSON of a queue's or a web endpoint's message, spaced as AWS writes it.
    #[must_use]
    pub fn json(&self, secrets: &Secrets) -> String {
        let mut json = "{".to_owned();
        for (index, (name, value)) in self.fields(secrets).into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            // INVARIANT: writing to a string can't fail.
            let _ = write!(json, "{comma}\n  \"{name}\" : {}", Value::from(value));
        }
        if let Some(attributes) = self.attributes.filter(|attributes| !attributes.is_empty()) {
            json.push_str(",\n  \"MessageAttributes\" : {");
            for (index, (name, value)) in attributes.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                let _ = write!(json, "{comma}\n    {} : {}", Value::from(name.as_str()), attribute(value));
            }
            json.push_str("\n  }");
        }
        json.push_str("\n}");
        json
    }

    /// The event of a function.
    #[must_use]
    pub fn event(&self, secrets: &Secrets) -> String {
        let mut sns: Map<String, Value> =
            self.fields(secrets).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        // A function is told so where there is nothing, and spells two names in its own way.
        sns.entry("Subject").or_insert(Value::Null);
        for (from, to) in [("SigningCertURL", "SigningCertUrl"), ("UnsubscribeURL", "UnsubscribeUrl")] {
            if let Some(value) = sns.shift_remove(from) {
                sns.insert(to.to_owned(), value);
            }
        }
        let attributes = self.attributes.into_iter().flatten();
        let attributes: Map<_, _> =
            attributes.map(|(name, value)| (name.clone(), attribute(value))).collect();
        sns.insert("MessageAttributes".to_owned(), Value::Object(attributes));
        json!({"Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription.arn(),
            "Sns": sns,
        }]})
        .to_string()
    }

    fn fields(&self, secrets: &Secrets) -> Vec<(&'static str, String)> {
        let mut fields =
            vec![("Type", self.kind.name().to_owned()), ("MessageId", self.message_id.to_owned())];
        fields.extend(self.sequence_number.map(|number| ("SequenceNumber", number.to_owned())));
        if let Kind::SubscriptionConfirmation { token } = self.kind {
            fields.push(("Token", token.to_owned()));
        }
        fields.push(("TopicArn", self.subscription.topic_arn.clone()));
        fields.extend(self.subject.map(|subject| ("Subject", subject.to_owned())));
        fields.push(("Message", self.message.to_owned()));
        if let Kind::SubscriptionConfirmation { token } = self.kind {
            let arn = &self.subscription.topic_arn;
            let url = format!("{}/?Action=ConfirmSubscription&TopicArn={arn}&Token={token}", self.base_url());
            fields.push(("SubscribeURL", url));
        }
        fields.push(("Timestamp", iso_millis(i64::try_from(self.sent_ms).unwrap_or(i64::MAX))));
        if !self.topic.is_fifo() {
            let signature = self.signature(&fields, secrets);
            fields.push(("SignatureVersion", self.signature_version.to_owned()));
            fields.push(("Signature", signature));
            fields.push(("SigningCertURL", self.certificate_url(secrets)));
        }
        if let Kind::Notification = self.kind {
            let arn = self.subscription.arn();
            fields.push((
                "UnsubscribeURL",
                format!("{}/?Action=Unsubscribe&SubscriptionArn={arn}", self.base_url()),
            ));
        }
        fields
    }

    /// Over the fields that AWS signs, in AWS's order.
    fn signature(&self, fields: &[(&'static str, String)], secrets: &Secrets) -> String {
        let signed =
            ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        let lines = signed.iter().filter_map(|name| {
            let (_, value) = fields.iter().find(|(field, _)| field == name)?;
            Some(format!("{name}\n{value}\n"))
        });
        let text: String = lines.collect();
        STANDARD.encode(secrets.tag(Purpose::Notification, text.as_bytes()))
    }

    fn certificate_url(&self, secrets: &Secrets) -> String {
        let tag = secrets.tag(Purpose::Notification, b"certificate");
        let name: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}/SimpleNotificationService-{name}.pem", self.base_url())
    }

    /// Where the links lead: to where the subscriber reached us, or to AWS if we subscribed them ourselves.
    fn base_url(&self) -> String {
        match self.subscription.base_url.as_str() {
            "" => format!("https://sns.{}.amazonaws.com", self.topic.region),
            base_url => base_url.to_owned(),
        }
    }
}

/// The headers of a message to a web endpoint.
#[must_use]
pub fn headers(envelope: &Envelope, is_raw: bool) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Content-Type", "text/plain; charset=UTF-8".to_owned()),
        ("User-Agent", "Amazon Simple Notification Service Agent".to_owned()),
        ("x-amz-sns-message-type", envelope.kind.name().to_owned()),
        ("x-amz-sns-message-id", envelope.message_id.to_owned()),
        ("x-amz-sns-topic-arn", envelope.subscription.topic_arn.clone()),
    ];
    if let Kind::Notification = envelope.kind {
        headers.push(("x-amz-sns-subscription-arn", envelope.subscription.arn()));
    }
    if is_raw {
        headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
    }
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn attribute(value: &MessageAttributeValue) -> Value {
    let text = match &value.binary_value {
        Some(bytes) => STANDARD.encode(bytes),
        None => value.string_value.clone().unwrap_or_default(),
    };
    json!({"Type": value.data_type, "Value": text})
}
