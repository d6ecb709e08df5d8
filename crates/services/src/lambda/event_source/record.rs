//! The event of a batch (recorded): `{"Records": […]}`, a record for each message.

use crate::calls::{SourceQueue, Taken, md5_of_attributes, md5_of_body};
use crate::secrets::Secrets;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The event, as JSON text.
#[must_use]
pub fn event(queue: &SourceQueue, messages: &[Taken], secrets: &Secrets) -> String {
    let records: Vec<_> = messages.iter().map(|taken| record(queue, taken, secrets)).collect();
    json!({ "Records": records }).to_string()
}

fn record(queue: &SourceQueue, taken: &Taken, secrets: &Secrets) -> Value {
    let message = &taken.message;
    let mut record = json!({
        "messageId": message.id,
        "receiptHandle": taken.receipt.seal(secrets),
        "body": message.body,
        "attributes": taken.system_attributes(),
        "messageAttributes": message_attributes(taken),
        "md5OfBody": md5_of_body(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn(),
        "awsRegion": queue.region,
    });
    if let (Some(sum), Some(members)) = (md5_of_attributes(&message.attributes), record.as_object_mut()) {
        members.insert("md5OfMessageAttributes".to_owned(), Value::from(sum));
    }
    record
}

/// The attributes that the sender gave, in the shape that functions see.
#[must_use]
pub fn message_attributes(taken: &Taken) -> Value {
    let mut attributes = Map::new();
    for (name, attribute) in &taken.message.attributes {
        let mut shown = Map::new();
        if let Some(text) = &attribute.string_value {
            shown.insert("stringValue".to_owned(), Value::from(text.as_str()));
        }
        if let Some(bytes) = &attribute.binary_value {
            shown.insert("binaryValue".to_owned(), Value::from(STANDARD.encode(bytes)));
        }
        shown.insert("stringListValues".to_owned(), json!([]));
        shown.insert("binaryListValues".to_owned(), json!([]));
        shown.insert("dataType".to_owned(), Value::from(attribute.data_type.as_str()));
        attributes.insert(name.clone(), Value::Object(shown));
    }
    Value::Object(attributes)
}
