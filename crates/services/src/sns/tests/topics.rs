//! Topics, their attributes, tags, permissions, lists; subscriptions and their attributes.

use super::*;

fn attributes(world: &World, topic: &str) -> Value {
    let read = input::<GetTopicAttributes>(json!({"TopicArn": topic_arn(topic)}));
    world.read(&read).unwrap()["Attributes"].clone()
}

fn subscription(world: &World, arn: &str) -> Value {
    let read = input::<GetSubscriptionAttributes>(json!({"SubscriptionArn": arn}));
    world.read(&read).unwrap()["Attributes"].clone()
}

fn set(world: &mut World, arn: &str, name: &str, value: &str) -> Result<Value, ApiError> {
    let request = json!({"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value});
    world.call(input::<SetSubscriptionAttributes>(request))
}

#[test]
fn a_new_topic_has_the_recorded_attributes() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({"FifoTopic": "false"})).unwrap();
    let shown = attributes(&world, "t");
    let names: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "DisplayName",
        "EffectiveDeliveryPolicy",
        "Owner",
        "Policy",
        "SubscriptionsConfirmed",
        "SubscriptionsDeleted",
        "SubscriptionsPending",
        "TopicArn",
    ];
    assert_eq!(names, expected);
    assert_eq!(shown["SubscriptionsConfirmed"], "0");
    let policy: Value = serde_json::from_str(shown["EffectiveDeliveryPolicy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    create_topic(&mut world, "t.fifo", json!({"FifoTopic": "true"})).unwrap();
    let shown = attributes(&world, "t.fifo");
    assert_eq!((&shown["FifoTopic"], &shown["ContentBasedDeduplication"]), (&json!("true"), &json!("false")));
}

#[test]
fn a_topic_is_made_once_and_differences_are_refused() {
    let mut world = World::new();
    let first = create_topic(&mut world, "t", json!({"DisplayName": "one"})).unwrap();
    assert_eq!(first, json!({"TopicArn": topic_arn("t")}));
    for same in [json!({}), json!({"DisplayName": "one"}), json!({"FifoTopic": "false"})] {
        assert_eq!(create_topic(&mut world, "t", same).unwrap(), first);
    }
    for other in [json!({"DisplayName": "two"}), json!({"SignatureVersion": "2"})] {
        let text = "Invalid parameter: Attributes Reason: Topic already exists with different attributes";
        assert_eq!(create_topic(&mut world, "t", other).unwrap_err().message, text);
    }
    let tagged = json!({"Name": "t", "Tags": [{"Key": "k", "Value": "v"}]});
    let text = "Invalid parameter: Tags Reason: Topic already exists with different tags";
    assert_eq!(world.call(input::<CreateTopic>(tagged)).unwrap_err().message, text);
    let names = ["", "t.fifo", "a b", "a:b", "ü", &"a".repeat(257)];
    for name in names {
        let refused = create_topic(&mut world, name, json!({})).unwrap_err();
        assert_eq!(refused.message, "Invalid parameter: Topic Name", "{name}");
    }
    assert!(create_topic(&mut world, "t", json!({"FifoTopic": "true"})).is_err());
}

#[test]
fn attributes_of_topics_are_checked() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let mut set = |name: &str, value: &str| {
        let request = json!({"TopicArn": topic_arn("t"), "AttributeName": name, "AttributeValue": value});
        world.call(input::<SetTopicAttributes>(request)).map_err(|error| error.message)
    };
    for name in ["FifoTopic", "Nonsense", "TopicArn", "ContentBasedDeduplication"] {
        assert_eq!(set(name, "false").unwrap_err(), "Invalid parameter: AttributeName", "{name}");
    }
    for (name, value) in [("DisplayName", "x".repeat(101)), ("SignatureVersion", "3".to_owned())] {
        assert_eq!(set(name, &value).unwrap_err(), format!("Invalid parameter: {name}"));
    }
    assert!(set("Policy", "[]").is_err());
    assert!(set("DeliveryPolicy", r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":1000}}}"#).is_err());
    set("DeliveryPolicy", r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}}"#).unwrap();
    set("DisplayName", "shown").unwrap();
    let shown = attributes(&world, "t");
    assert_eq!(shown["DisplayName"], "shown");
    let policy: Value = serde_json::from_str(shown["EffectiveDeliveryPolicy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["http"]["defaultHealthyRetryPolicy"]["numRetries"], 7);
    assert_eq!(policy["http"]["defaultHealthyRetryPolicy"]["minDelayTarget"], 20);
}

#[test]
fn tags_keep_their_keys_apart() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let arn = topic_arn("t");
    let tag = |world: &mut World, tags: Value| {
        world.call(input::<TagResource>(json!({"ResourceArn": arn, "Tags": tags})))
    };
    let twice = json!([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "1"}]);
    let text = "Invalid parameter: Duplicated keys are not allowed.";
    assert_eq!(tag(&mut world, twice).unwrap_err().message, text);
    tag(&mut world, json!([{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}])).unwrap();
    tag(&mut world, json!([{"Key": "k2", "Value": "v3"}])).unwrap();
    world.call(input::<UntagResource>(json!({"ResourceArn": arn, "TagKeys": ["k1"]}))).unwrap();
    let tags = world.read(&input::<ListTagsForResource>(json!({"ResourceArn": arn}))).unwrap();
    assert_eq!(tags, json!({"Tags": [{"Key": "k2", "Value": "v3"}]}));
    let missing = world.read(&input::<ListTagsForResource>(json!({"ResourceArn": topic_arn("no")})));
    assert_eq!(missing.unwrap_err().code, "ResourceNotFound");
}

#[test]
fn permissions_are_statements_after_the_default_one() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let add = |world: &mut World, label: &str, actions: &[&str]| {
        let request = json!({"TopicArn": topic_arn("t"), "Label": label, "AWSAccountId": ["111111111111"], "ActionName": actions});
        world.call(input::<AddPermission>(request)).map_err(|error| error.message)
    };
    add(&mut world, "one", &["Publish", "Subscribe"]).unwrap();
    let twice = "Invalid parameter: Statement already exists";
    assert_eq!(add(&mut world, "one", &["Publish"]).unwrap_err(), twice);
    let scope = "Invalid parameter: Policy statement action out of service scope!";
    assert_eq!(add(&mut world, "two", &["SendMessage"]).unwrap_err(), scope);
    let policy = |world: &World| -> Value {
        serde_json::from_str(attributes(world, "t")["Policy"].as_str().unwrap()).unwrap()
    };
    let added = json!({
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": topic_arn("t"),
    });
    assert_eq!(policy(&world)["Statement"][1], added);
    world.call(input::<RemovePermission>(json!({"TopicArn": topic_arn("t"), "Label": "one"}))).unwrap();
    assert_eq!(policy(&world)["Statement"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_subscribed_is_refused_in_aws_words() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    create_topic(&mut world, "t.fifo", json!({"FifoTopic": "true"})).unwrap();
    let cases = [
        ("t", "sqs", "http://localhost:4566/000000000000/q", "SQS endpoint ARN"),
        ("t", "sqs", "unknown", "SQS endpoint ARN"),
        ("t", "lambda", "f", "Lambda endpoint ARN"),
        ("t", "http", "https://a", "Endpoint must match the specified protocol"),
        ("t", "http", "http://", "Endpoint must match the specified protocol"),
        ("t", "email", "nobody", "Email address"),
        ("t", "sms", "call me", "Invalid SMS endpoint: call me"),
        ("t", "pigeon", "x", "Amazon SNS does not support this protocol string: pigeon"),
        (
            "t",
            "sqs",
            "arn:aws:sqs:us-east-1:000000000000:q.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("t.fifo", "http", "http://a", "Invalid parameter: Endpoint Reason: Please use FIFO SQS queue"),
    ];
    for (topic, protocol, endpoint, tail) in cases {
        let refused = subscribe(&mut world, topic, protocol, endpoint, json!({})).unwrap_err();
        assert_eq!(refused.message, format!("Invalid parameter: {tail}"));
    }
    let refused = subscribe(&mut world, "no", "sms", "+1234567890", json!({})).unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("NotFound", 404));
}

#[test]
fn attributes_of_subscriptions_are_checked_and_shown_as_recorded() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let endpoint = queue_arn("q");
    let wrong = json!({"RawMessageDelivery": "wrongvalue"});
    let text = "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.";
    assert_eq!(subscribe(&mut world, "t", "sqs", &endpoint, wrong).unwrap_err().message, text);
    let given = json!({"RawMessageDelivery": "TrUe", "FilterPolicyScope": "MessageBody", "FilterPolicy": ""});
    let arn = subscribe(&mut world, "t", "sqs", &endpoint, given).unwrap();
    let shown = json!({
        "ConfirmationWasAuthenticated": "true", "Endpoint": endpoint, "Owner": "000000000000",
        "PendingConfirmation": "false", "Protocol": "sqs", "RawMessageDelivery": "true", "SubscriptionArn": arn,
        "SubscriptionPrincipal": "arn:aws:iam::000000000000:root", "TopicArn": topic_arn("t"),
    });
    assert_eq!(subscription(&world, &arn), shown);
    let cases = [
        ("FakeAttribute", "x", "AttributeName"),
        ("RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."),
        (
            "FilterPolicyScope",
            "RandomValue",
            "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes",
        ),
        (
            "RedrivePolicy",
            r#"{"deadLetterTargetArn": "fake-arn"}"#,
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
    ];
    for (name, value, tail) in cases {
        assert_eq!(
            set(&mut world, &arn, name, value).unwrap_err().message,
            format!("Invalid parameter: {tail}")
        );
    }
    let nested = r#"{"a": {"b": ["c"]}}"#;
    set(&mut world, &arn, "FilterPolicy", nested).unwrap();
    assert_eq!(subscription(&world, &arn)["FilterPolicyScope"], "MessageBody");
    assert_eq!(subscription(&world, &arn)["FilterPolicy"], nested);
    assert!(set(&mut world, &arn, "FilterPolicyScope", "MessageAttributes").is_err());
    set(&mut world, &arn, "FilterPolicy", "").unwrap();
    set(&mut world, &arn, "FilterPolicyScope", "MessageAttributes").unwrap();
    assert!(set(&mut world, &arn, "FilterPolicy", nested).is_err());
}

#[test]
fn who_subscribes_twice_has_one_subscription() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    let endpoint = queue_arn("q");
    let mut again = |attributes: Value| subscribe(&mut world, "t", "sqs", &endpoint, attributes);
    let arn = again(json!({"RawMessageDelivery": "True"})).unwrap();
    let same = [
        json!({"RawMessageDelivery": "true"}),
        json!({"RawMessageDelivery": "true", "FilterPolicyScope": "MessageAttributes"}),
        json!({}),
    ];
    for attributes in same {
        assert_eq!(again(attributes).unwrap(), arn);
    }
    let text = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes";
    let other = json!({"RawMessageDelivery": "false", "FilterPolicyScope": "MessageBody"});
    assert_eq!(again(other).unwrap_err().message, text);
    world.call(input::<Unsubscribe>(json!({"SubscriptionArn": arn}))).unwrap();
    world.call(input::<Unsubscribe>(json!({"SubscriptionArn": arn}))).unwrap();
    let gone = world.read(&input::<GetSubscriptionAttributes>(json!({"SubscriptionArn": arn})));
    assert_eq!(gone.unwrap_err().message, "Subscription does not exist");
    assert_ne!(subscribe(&mut world, "t", "sqs", &endpoint, json!({})).unwrap(), arn);
    let shown = attributes(&world, "t");
    assert_eq!(
        (&shown["SubscriptionsConfirmed"], &shown["SubscriptionsDeleted"]),
        (&json!("1"), &json!("1"))
    );
}

#[test]
fn topics_and_subscriptions_are_listed_in_pages() {
    let mut world = World::new();
    for topic in 0..3 {
        create_topic(&mut world, &format!("t{topic}"), json!({})).unwrap();
        for queue in 0..90 {
            let endpoint = queue_arn(&queue.to_string());
            subscribe(&mut world, &format!("t{topic}"), "sqs", &endpoint, json!({})).unwrap();
        }
    }
    for topic in 3..205 {
        create_topic(&mut world, &format!("t{topic}"), json!({})).unwrap();
    }
    let pages = |list: &dyn Fn(Value) -> Value, of: &str, name: &str| {
        let (mut sizes, mut seen, mut token) = (Vec::new(), std::collections::BTreeSet::new(), Value::Null);
        loop {
            let page = list(if token.is_null() { json!({}) } else { json!({"NextToken": token}) });
            let items = page[of].as_array().unwrap();
            sizes.push(items.len());
            seen.extend(items.iter().map(|item| item[name].as_str().unwrap().to_owned()));
            token = page["NextToken"].clone();
            if token.is_null() {
                return (sizes, seen.len());
            }
        }
    };
    let topics = |request: Value| world.read(&input::<ListTopics>(request)).unwrap();
    assert_eq!(pages(&topics, "Topics", "TopicArn"), (vec![100, 100, 5], 205));
    let all = |request: Value| world.read(&input::<ListSubscriptions>(request)).unwrap();
    assert_eq!(pages(&all, "Subscriptions", "SubscriptionArn"), (vec![100, 100, 70], 270));
    let one = |mut request: Value| {
        request["TopicArn"] = topic_arn("t1").into();
        world.read(&input::<ListSubscriptionsByTopic>(request)).unwrap()
    };
    assert_eq!(pages(&one, "Subscriptions", "SubscriptionArn"), (vec![90], 90));
    assert!(world.read(&input::<ListTopics>(json!({"NextToken": "x"}))).is_err());
}

#[test]
fn a_deleted_topic_leaves_nothing() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    for queue in 0..600 {
        subscribe(&mut world, "t", "sqs", &queue_arn(&queue.to_string()), json!({})).unwrap();
    }
    for _ in 0..2 {
        world.call(input::<DeleteTopic>(json!({"TopicArn": topic_arn("t")}))).unwrap();
    }
    assert_eq!(rows(&world, 0x20..=0x2F), 0);
    assert_eq!(publish(&mut world, "t", json!({"Message": "x"})).unwrap_err().code, "NotFound");
}
