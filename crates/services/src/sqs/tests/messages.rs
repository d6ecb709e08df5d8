//! What a sender may send, batches, and the sums that SDKs verify.

use crate::sqs::digest::md5_of_attributes;
use crate::sqs::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const URL: &str = "http://localhost:4566/000000000000/q";

fn world(attributes: Value) -> World {
    let mut world = World::new();
    world.call(input::<CreateQueue>(json!({"QueueName": "q", "Attributes": attributes}))).unwrap();
    world
}

fn send(world: &mut World, mut request: Value) -> Result<Value, ApiError> {
    request["QueueUrl"] = URL.into();
    world.call(input::<SendMessage>(request))
}

#[test]
fn the_sums_of_attributes_are_those_that_aws_gave() {
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let trace =
        "dHJhY2VwYXJlbnQeMDAtNzc0MDYyZDZjMzcwODFhNWEwYjliNWI4OGUzMDYyN2MtMmQyNDgyMjExZjY0ODlkYS0wMQ==";
    let text = |value: &str| json!({"DataType": "String", "StringValue": value});
    let cases = [
        (json!({"k": text("x")}), "a45daa70926828a2f0a1db3418e6feb4"),
        (json!({"MyAttribute": text("foobar")}), "adb59cd4678ea5a855436b949cd07ab6"),
        (
            json!({"Help.Me": text("Me"), "Hello": text("There"), "General": text("Kenobi")}),
            "4c360f3fdafd970e05fae2f149d997f5",
        ),
        (json!({"attr1": {"DataType": "Binary", "BinaryValue": trace}}), "8cbe4db156db8a94db8b801b7addb984"),
        (
            json!({"a": text("x"), "b": {"DataType": "Number", "StringValue": "42"}}),
            "2a3aa473dcb4defbc7ce4f28cff95c14",
        ),
        (
            json!({"bin": {"DataType": "Binary", "BinaryValue": "AAH/"}, "z": {"DataType": "String.custom", "StringValue": "ü"}}),
            "1a026fc959d0c5c92436d76384555b1a",
        ),
        (json!({"AWSTraceHeader": text(header)}), "5ae4d5d7636402d80f4eb6d213245a88"),
    ];
    for (attributes, sum) in cases {
        assert_eq!(md5_of_attributes(&input(attributes)).as_deref(), Some(sum));
    }
}

#[test]
fn what_a_message_cannot_have_is_refused_and_nothing_is_kept() {
    let mut world = world(json!({"MaximumMessageSize": "1024"}));
    let attribute =
        |name: &str, value: Value| json!({"MessageBody": "x", "MessageAttributes": {name: value}});
    let text = |value: &str| json!({"DataType": "String", "StringValue": value});
    let eleven: serde_json::Map<_, _> = (0..11).map(|n| (n.to_string(), text("x"))).collect();
    let id = "can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    let cases = [
        (json!({}), "The request must contain the parameter MessageBody.".to_owned()),
        (json!({"MessageBody": ""}), "The request must contain the parameter MessageBody.".to_owned()),
        (
            json!({"MessageBody": "a\u{8}"}),
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF".to_owned(),
        ),
        (
            json!({"MessageBody": "a".repeat(1025)}),
            "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.".to_owned(),
        ),
        (
            json!({"MessageBody": "a", "DelaySeconds": 901}),
            "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.".to_owned(),
        ),
        (
            json!({"MessageBody": "a", "MessageGroupId": ""}),
            format!("Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId {id}"),
        ),
        (
            json!({"MessageBody": "a", "MessageGroupId": "a b"}),
            format!("Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId {id}"),
        ),
        (
            attribute("k", text("")),
            "Message (user) attribute 'k' must contain a non-empty value of type 'String'.".to_owned(),
        ),
        (
            attribute("k", json!({"DataType": "Number", "StringValue": "inf"})),
            "Can't cast the value of message (user) attribute 'k' to a number.".to_owned(),
        ),
        (
            attribute("k", json!({"DataType": "Text", "StringValue": "x"})),
            "The type of message (user) attribute 'k' is invalid. You must use only the following supported type prefixes: Binary, Number, String.".to_owned(),
        ),
        (
            attribute("aWs.k", text("x")),
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.".to_owned(),
        ),
        (
            json!({"MessageBody": "x", "MessageAttributes": eleven}),
            "Number of message attributes [11] exceeds the allowed maximum [10].".to_owned(),
        ),
        (
            json!({"MessageBody": "x", "MessageSystemAttributes": {"Hello": text("x")}}),
            "Message system attribute name 'Hello' is invalid.".to_owned(),
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(send(&mut world, request.clone()).unwrap_err().message, expected, "{request}");
    }
    for name in [".a", "a.", "a..b", "a b", "a\"", &"a".repeat(257), ""] {
        assert!(send(&mut world, attribute(name, text("x"))).is_err(), "{name}");
    }
    send(&mut world, attribute("attr.1øßä", text("x"))).unwrap();
    let received = world.call(input::<ReceiveMessage>(json!({"QueueUrl": URL, "MaxNumberOfMessages": 10})));
    assert_eq!(received.unwrap()["Messages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_group_is_shown_on_a_standard_queue_too() {
    let mut world = world(json!({}));
    send(&mut world, json!({"MessageBody": "x", "MessageGroupId": "g"})).unwrap();
    let request = json!({"QueueUrl": URL, "AttributeNames": ["MessageGroupId"]});
    let received = world.call(input::<ReceiveMessage>(request)).unwrap();
    assert_eq!(received["Messages"][0]["Attributes"], json!({"MessageGroupId": "g"}));
}

fn batch_of(count: usize) -> Value {
    (0..count).map(|index| json!({"Id": index.to_string(), "MessageBody": "x"})).collect()
}

#[test]
fn a_batch_is_refused_as_a_whole_for_its_form() {
    let mut world = world(json!({}));
    let large = "x".repeat(524_289);
    let cases = [
        (json!([]), "AWS.SimpleQueueService.EmptyBatchRequest"),
        (batch_of(11), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (
            json!([{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "y"}]),
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (json!([{"Id": "a:b", "MessageBody": "x"}]), "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (json!([{"Id": "", "MessageBody": "x"}]), "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (json!([{"Id": "a"}]), "MissingParameter"),
        (
            json!([{"Id": "a", "MessageBody": large}, {"Id": "b", "MessageBody": large}]),
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
    ];
    for (entries, code) in cases {
        let request = input::<SendMessageBatch>(json!({"QueueUrl": URL, "Entries": entries}));
        assert_eq!(world.call(request).unwrap_err().query_code(), code);
    }
}

#[test]
fn each_entry_of_a_batch_is_answered_for_itself() {
    let mut world = world(json!({"MaximumMessageSize": "1024"}));
    let entries = json!([
        {"Id": "good", "MessageBody": "x"},
        {"Id": "long", "MessageBody": "x".repeat(1025)},
        {"Id": "late", "MessageBody": "x", "DelaySeconds": 1},
    ]);
    let sent = world.call(input::<SendMessageBatch>(json!({"QueueUrl": URL, "Entries": entries}))).unwrap();
    assert_eq!(sent["Successful"].as_array().unwrap().len(), 2);
    let failed = json!([{
        "Id": "long", "SenderFault": true, "Code": "InvalidParameterValue",
        "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
    }]);
    assert_eq!(sent["Failed"], failed);
    world.pass(1000);
    let request = json!({"QueueUrl": URL, "MaxNumberOfMessages": 10});
    let received = world.call(input::<ReceiveMessage>(request)).unwrap();
    let handles: Vec<_> =
        received["Messages"].as_array().unwrap().iter().map(|it| &it["ReceiptHandle"]).collect();
    let change = json!([
        {"Id": "0", "ReceiptHandle": handles[0], "VisibilityTimeout": 100},
        {"Id": "1", "ReceiptHandle": handles[1], "VisibilityTimeout": 43_201},
        {"Id": "2", "ReceiptHandle": "forged", "VisibilityTimeout": 1},
    ]);
    let changed = input::<ChangeMessageVisibilityBatch>(json!({"QueueUrl": URL, "Entries": change}));
    let changed = world.call(changed).unwrap();
    assert_eq!(changed["Successful"], json!([{"Id": "0"}]));
    assert_eq!(changed["Failed"][0]["Code"], "InvalidParameterValue");
    assert_eq!(changed["Failed"][1]["Code"], "ReceiptHandleIsInvalid");
    let delete = json!([{"Id": "a", "ReceiptHandle": handles[0]}, {"Id": "b", "ReceiptHandle": "forged"}]);
    let deleted =
        world.call(input::<DeleteMessageBatch>(json!({"QueueUrl": URL, "Entries": delete}))).unwrap();
    assert_eq!(deleted["Successful"], json!([{"Id": "a"}]));
    assert_eq!(deleted["Failed"][0]["Id"], "b");
}

#[test]
fn lists_and_maps_are_flat_in_xml() {
    use crate::operation::Reply;
    use stepwell_wire::{Envelope, Protocol, Service};
    let operation = |name: &str| OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
    let output = batch::BatchOutput {
        successful: vec![batch::BatchResultEntry { id: "a".to_owned() }],
        failed: Vec::new(),
    };
    let envelope = Envelope::new(Service::Sqs, Protocol::Query, "DeleteMessageBatch", "r")
        .with_flattened(operation("DeleteMessageBatch").flattened);
    let body = String::from_utf8(output.render(&envelope).unwrap().body.to_vec()).unwrap();
    assert!(
        body.contains("<DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry></DeleteMessageBatchResult>"),
        "{body}"
    );
}
