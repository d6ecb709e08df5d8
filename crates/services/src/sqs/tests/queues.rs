//! Queues: their making and unmaking, attributes, tags, permissions, lists.

use crate::sqs::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

fn create(world: &mut World, name: &str, attributes: Value) -> Result<Value, ApiError> {
    world.call(input::<CreateQueue>(json!({"QueueName": name, "Attributes": attributes})))
}

fn url(name: &str) -> String {
    format!("http://localhost:4566/000000000000/{name}")
}

fn set(world: &mut World, name: &str, attributes: Value) -> Result<Value, ApiError> {
    world.call(input::<SetQueueAttributes>(json!({"QueueUrl": url(name), "Attributes": attributes})))
}

fn attributes(world: &World, name: &str, asked: &[&str]) -> Value {
    let read = input::<GetQueueAttributes>(json!({"QueueUrl": url(name), "AttributeNames": asked}));
    world.read(&read).unwrap()["Attributes"].clone()
}

fn refused(result: Result<Value, ApiError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.query_code().to_owned(), error.message)
}

#[test]
fn a_new_queue_has_the_recorded_attributes() {
    let mut world = World::new();
    create(&mut world, "q", json!({"VisibilityTimeout": "20"})).unwrap();
    let expected = json!({
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": "1700000000",
        "DelaySeconds": "0",
        "LastModifiedTimestamp": "1700000000",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "20",
    });
    assert_eq!(attributes(&world, "q", &["All"]), expected);
    assert_eq!(attributes(&world, "q", &["QueueArn", "Policy"]), json!({"QueueArn": expected["QueueArn"]}));
    assert_eq!(attributes(&world, "q", &[]), Value::Null);
}

#[test]
fn messages_are_counted_by_what_can_be_done_with_them() {
    let mut world = World::new();
    create(&mut world, "q", json!({"MessageRetentionPeriod": "60"})).unwrap();
    for (body, delay) in [("a", 0), ("b", 0), ("c", 0), ("d", 50)] {
        let send = json!({"QueueUrl": url("q"), "MessageBody": body, "DelaySeconds": delay});
        world.call(input::<SendMessage>(send)).unwrap();
    }
    world.call(input::<ReceiveMessage>(json!({"QueueUrl": url("q")}))).unwrap();
    let counts = |world: &World| {
        let all = attributes(world, "q", &["All"]);
        ["", "NotVisible", "Delayed"]
            .map(|which| all[format!("ApproximateNumberOfMessages{which}")].as_str().unwrap().to_owned())
    };
    assert_eq!(counts(&world), ["2", "1", "1"]);
    world.pass(55_000);
    assert_eq!(counts(&world), ["4", "0", "0"]);
    world.pass(5_000);
    assert_eq!(counts(&world), ["0", "0", "0"], "what retention has ended doesn't count");
}

#[test]
fn values_that_an_attribute_cannot_have_are_refused_in_aws_words() {
    let mut world = World::new();
    create(&mut world, "dead", json!({})).unwrap();
    create(&mut world, "q", json!({})).unwrap();
    let value =
        |name: &str| ("InvalidAttributeValue".to_owned(), format!("Invalid value for the parameter {name}."));
    let redrive = |policy: &str, reason: &str| {
        let text = format!("Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}");
        ("InvalidParameterValue".to_owned(), text)
    };
    let unknown = |name: &str| ("InvalidAttributeName".to_owned(), format!("Unknown Attribute {name}."));
    let dead = "arn:aws:sqs:us-east-1:000000000000:dead";
    let out_of_range = format!(r#"{{"deadLetterTargetArn":"{dead}","maxReceiveCount":0}}"#);
    let nowhere = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:no","maxReceiveCount":1}"#;
    let cases = [
        (json!({"VisibilityTimeout": "43201"}), value("VisibilityTimeout")),
        (json!({"VisibilityTimeout": "-1"}), value("VisibilityTimeout")),
        (json!({"VisibilityTimeout": ""}), value("VisibilityTimeout")),
        (json!({"DelaySeconds": "901"}), value("DelaySeconds")),
        (json!({"MaximumMessageSize": "1023"}), value("MaximumMessageSize")),
        (json!({"MessageRetentionPeriod": "59"}), value("MessageRetentionPeriod")),
        (json!({"ReceiveMessageWaitTimeSeconds": "many"}), value("ReceiveMessageWaitTimeSeconds")),
        (json!({"SqsManagedSseEnabled": "yes"}), value("SqsManagedSseEnabled")),
        (json!({"Policy": "[]"}), value("Policy")),
        (json!({"QueueArn": "x"}), unknown("QueueArn")),
        (json!({"Nonsense": "x"}), unknown("Nonsense")),
        (json!({"FifoQueue": "true"}), unknown("FifoQueue")),
        (
            json!({"DeduplicationScope": "queue"}),
            (
                "InvalidAttributeName".to_owned(),
                "You can specify the DeduplicationScope only when FifoQueue is set to true.".to_owned(),
            ),
        ),
        (json!({"RedrivePolicy": "x"}), redrive("x", "Redrive policy is not a valid JSON map.")),
        (
            json!({"RedrivePolicy": "{}"}),
            redrive("{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ),
        (
            json!({"RedrivePolicy": out_of_range}),
            redrive(
                &out_of_range,
                "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
            ),
        ),
        (json!({"RedrivePolicy": nowhere}), redrive(nowhere, "Dead letter target does not exist.")),
    ];
    for (given, expected) in cases {
        assert_eq!(refused(set(&mut world, "q", given.clone())), expected, "{given}");
    }
    let both = json!({"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"});
    assert_eq!(refused(set(&mut world, "q", both)).0, "InvalidAttributeName");
    assert_eq!(refused(set(&mut world, "q", json!({}))).0, "MissingParameter");
}

#[test]
fn what_is_set_is_shown_in_one_spelling_and_taken_away_by_an_empty_text() {
    let mut world = World::new();
    create(&mut world, "dead", json!({})).unwrap();
    create(&mut world, "q", json!({})).unwrap();
    let policy =
        r#" {"maxReceiveCount": "3", "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"}"#;
    set(
        &mut world,
        "q",
        json!({"RedrivePolicy": policy, "SqsManagedSseEnabled": "False", "DelaySeconds": "007"}),
    )
    .unwrap();
    let expected = json!({
        "RedrivePolicy": r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}"#,
        "SqsManagedSseEnabled": "false",
        "DelaySeconds": "7",
    });
    let asked = ["RedrivePolicy", "SqsManagedSseEnabled", "DelaySeconds"];
    assert_eq!(attributes(&world, "q", &asked), expected);
    let sources = world.read(&input::<ListDeadLetterSourceQueues>(json!({"QueueUrl": url("dead")}))).unwrap();
    assert_eq!(sources, json!({"queueUrls": [url("q")]}));
    set(&mut world, "q", json!({"RedrivePolicy": ""})).unwrap();
    assert_eq!(attributes(&world, "q", &["RedrivePolicy"]), Value::Null);
    let sources = world.read(&input::<ListDeadLetterSourceQueues>(json!({"QueueUrl": url("dead")}))).unwrap();
    assert_eq!(sources, json!({"queueUrls": []}));
}

#[test]
fn a_queue_is_encrypted_in_one_way() {
    let mut world = World::new();
    create(&mut world, "q", json!({})).unwrap();
    let asked = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"];
    set(&mut world, "q", json!({"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "6000"})).unwrap();
    let with_key = json!({"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false"});
    assert_eq!(attributes(&world, "q", &asked), with_key);
    set(&mut world, "q", json!({"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "300"})).unwrap();
    assert_eq!(attributes(&world, "q", &asked), json!({"SqsManagedSseEnabled": "false"}));
}

#[test]
fn a_queue_is_made_once_and_differing_attributes_are_named() {
    let mut world = World::new();
    let first = create(&mut world, "q", json!({"DelaySeconds": "1"})).unwrap();
    assert_eq!(first, json!({"QueueUrl": url("q")}));
    for same in [json!({}), json!({"DelaySeconds": "1"}), json!({"VisibilityTimeout": "30"})] {
        assert_eq!(create(&mut world, "q", same).unwrap(), first);
    }
    let text = "A queue already exists with the same name and a different value for attribute DelaySeconds"
        .to_owned();
    let differs = create(&mut world, "q", json!({"DelaySeconds": "2"}));
    assert_eq!(refused(differs), ("QueueAlreadyExists".to_owned(), text));
    let name = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    for wrong in ["", "a b", "a.fifo", "ü", "a/b", &"a".repeat(81)] {
        let expected = ("InvalidParameterValue".to_owned(), name.to_owned());
        assert_eq!(refused(create(&mut world, wrong, json!({}))), expected, "{wrong}");
    }
}

#[test]
fn a_deleted_queue_leaves_nothing_and_its_name_is_free() {
    let mut world = World::new();
    create(&mut world, "q", json!({})).unwrap();
    for _ in 0..120 {
        let entries: Vec<_> = (0..10).map(|id| json!({"Id": id.to_string(), "MessageBody": "x"})).collect();
        world.call(input::<SendMessageBatch>(json!({"QueueUrl": url("q"), "Entries": entries}))).unwrap();
    }
    world.call(input::<ReceiveMessage>(json!({"QueueUrl": url("q"), "MaxNumberOfMessages": 10}))).unwrap();
    world.call(input::<DeleteQueue>(json!({"QueueUrl": url("q")}))).unwrap();
    for family in [0x10, 0x11, 0x12, 0x13, 0x14] {
        let rows = world.store.scan(&[0, 0, family], &[0, 0, family + 1], stepwell_store::Direction::Forward);
        assert_eq!(rows.count(), 0, "family {family:x}");
    }
    let gone = world.call(input::<SendMessage>(json!({"QueueUrl": url("q"), "MessageBody": "x"})));
    assert_eq!(refused(gone).0, "AWS.SimpleQueueService.NonExistentQueue");
    create(&mut world, "q", json!({"DelaySeconds": "5"})).unwrap();
    assert_eq!(attributes(&world, "q", &["ApproximateNumberOfMessages"])["ApproximateNumberOfMessages"], "0");
}

#[test]
fn who_waits_for_a_queue_that_is_deleted_is_told_so() {
    let mut world = World::new();
    create(&mut world, "q", json!({})).unwrap();
    let poll = || input::<ReceiveMessage>(json!({"QueueUrl": url("q"), "WaitTimeSeconds": 20}));
    let waiting = [world.send(poll()), world.send(poll())];
    world.call(input::<DeleteQueue>(json!({"QueueUrl": url("q")}))).unwrap();
    for poll in waiting {
        assert_eq!(poll.answer().unwrap().unwrap_err().code, "QueueDoesNotExist");
    }
}

#[test]
fn queues_are_listed_in_pages() {
    let mut world = World::new();
    for name in ["b-1", "a-2", "b-0", "a-0", "a-1"] {
        create(&mut world, name, json!({})).unwrap();
    }
    let list = |request: Value| world.read(&input::<ListQueues>(request));
    let urls = |names: &[&str]| Value::from(names.iter().map(|name| url(name)).collect::<Vec<_>>());
    assert_eq!(list(json!({})).unwrap(), json!({"QueueUrls": urls(&["a-0", "a-1", "a-2", "b-0", "b-1"])}));
    assert_eq!(list(json!({"QueueNamePrefix": "c"})).unwrap(), json!({}));
    let first = list(json!({"QueueNamePrefix": "a", "MaxResults": 2})).unwrap();
    assert_eq!(first["QueueUrls"], urls(&["a-0", "a-1"]));
    let next = json!({"QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"]});
    assert_eq!(list(next.clone()).unwrap(), json!({"QueueUrls": urls(&["a-2"])}));
    let other_list = json!({"QueueNamePrefix": "b", "MaxResults": 2, "NextToken": first["NextToken"]});
    for wrong in
        [other_list, json!({"MaxResults": 0}), json!({"MaxResults": 1001}), json!({"NextToken": "x"})]
    {
        assert_eq!(refused(list(wrong.clone())).0, "InvalidParameterValue", "{wrong}");
    }
}

#[test]
fn tags_are_added_changed_and_taken_away() {
    let mut world = World::new();
    let made = json!({"QueueName": "q", "tags": {"a": "1"}});
    world.call(input::<CreateQueue>(made)).unwrap();
    let tag = |world: &mut World, tags: Value| {
        world.call(input::<TagQueue>(json!({"QueueUrl": url("q"), "Tags": tags})))
    };
    tag(&mut world, json!({"b": "", "a": "2"})).unwrap();
    let list = |world: &World| world.read(&input::<ListQueueTags>(json!({"QueueUrl": url("q")}))).unwrap();
    assert_eq!(list(&world), json!({"Tags": {"a": "2", "b": ""}}));
    let many: serde_json::Map<_, _> = (0..49).map(|n| (n.to_string(), json!("x"))).collect();
    assert_eq!(refused(tag(&mut world, Value::Object(many))).1, "Too many tags added for queue q.");
    world.call(input::<UntagQueue>(json!({"QueueUrl": url("q"), "TagKeys": ["a", "b", "none"]}))).unwrap();
    assert_eq!(list(&world), json!({}));
}

#[test]
fn permissions_are_statements_of_the_policy() {
    let mut world = World::new();
    create(&mut world, "q", json!({})).unwrap();
    let add = |world: &mut World, label: &str, accounts: &[&str]| {
        let request = json!({"QueueUrl": url("q"), "Label": label, "AWSAccountIds": accounts, "Actions": ["ReceiveMessage"]});
        world.call(input::<AddPermission>(request))
    };
    let remove = |world: &mut World, label: &str| {
        world.call(input::<RemovePermission>(json!({"QueueUrl": url("q"), "Label": label})))
    };
    add(&mut world, "one", &["111111111111"]).unwrap();
    let policy: Value =
        serde_json::from_str(attributes(&world, "q", &["Policy"])["Policy"].as_str().unwrap()).unwrap();
    let arn = "arn:aws:sqs:us-east-1:000000000000:q";
    let statement = json!({
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "SQS:ReceiveMessage", "Resource": arn,
    });
    let whole =
        json!({"Version": "2008-10-17", "Id": format!("{arn}/SQSDefaultPolicy"), "Statement": [statement]});
    assert_eq!(policy, whole);
    let twice = "Value one for parameter Label is invalid. Reason: Already exists.";
    assert_eq!(refused(add(&mut world, "one", &["222222222222"])).1, twice);
    add(&mut world, "two", &["111111111111", "222222222222"]).unwrap();
    remove(&mut world, "one").unwrap();
    let missing = "Value one for parameter Label is invalid. Reason: can't find label.";
    assert_eq!(refused(remove(&mut world, "one")).1, missing);
    remove(&mut world, "two").unwrap();
    assert_eq!(attributes(&world, "q", &["Policy"]), Value::Null);
}
