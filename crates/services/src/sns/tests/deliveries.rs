//! What queues and functions get, and what is refused before anyone gets anything.

use super::*;

fn subscribed(attributes: Value) -> World {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    create_queue(&mut world, "q");
    subscribe(&mut world, "t", "sqs", &queue_arn("q"), attributes).unwrap();
    world
}

#[test]
fn a_queue_gets_the_envelope_that_aws_was_recorded_with() {
    let mut world = subscribed(json!({}));
    let attributes = json!({
        "attr1": {"DataType": "Number", "StringValue": "99.12"},
        "bin": {"DataType": "Binary", "BinaryValue": "AgME"},
    });
    let request = json!({"Message": "line\n\"ü\"", "Subject": "about", "MessageAttributes": attributes});
    let published = publish(&mut world, "t", request).unwrap();
    let message = receive(&mut world, "q").remove(0);
    let names: Vec<_> = body(&message).as_object().unwrap().keys().cloned().collect();
    let expected = [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ];
    assert_eq!(names, expected);
    let body = body(&message);
    assert_eq!(body["MessageId"], published["MessageId"]);
    assert_eq!(body["Message"], "line\n\"ü\"");
    assert_eq!(body["Timestamp"], "2023-11-14T22:13:20.000Z");
    let shown =
        json!({"attr1": {"Type": "Number", "Value": "99.12"}, "bin": {"Type": "Binary", "Value": "AgME"}});
    assert_eq!(body["MessageAttributes"], shown);
    let link =
        "http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:t:";
    assert!(body["UnsubscribeURL"].as_str().unwrap().starts_with(link));
    assert!(
        message["Body"]
            .as_str()
            .unwrap()
            .starts_with("{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : ")
    );
    assert_eq!(message.get("MessageAttributes"), None);
    assert_eq!(message["Attributes"]["SenderId"], "AIDAIT2UOQQY3AUEKVGXU");
}

#[test]
fn raw_is_the_message_itself_with_its_attributes() {
    let mut world = subscribed(json!({"RawMessageDelivery": "true"}));
    let attributes = json!({"store": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let request = json!({"Message": "raw", "MessageAttributes": attributes, "MessageGroupId": "g"});
    publish(&mut world, "t", request).unwrap();
    let message = receive(&mut world, "q").remove(0);
    assert_eq!(message["Body"], "raw");
    assert_eq!(message["MessageAttributes"], attributes);
    assert_eq!(message["Attributes"]["MessageGroupId"], "g");
    let eleven: serde_json::Map<_, _> =
        (0..11).map(|n| (format!("a{n}"), json!({"DataType": "String", "StringValue": "x"}))).collect();
    publish(&mut world, "t", json!({"Message": "raw", "MessageAttributes": eleven})).unwrap();
    assert!(receive(&mut world, "q").is_empty(), "a queue takes ten attributes");
}

#[test]
fn who_filters_gets_what_it_asked_for() {
    let filter = json!({"FilterPolicy": r#"{"attr1":[{"numeric":[">",0,"<=",100]}]}"#});
    let mut world = subscribed(filter);
    for value in ["99", "111", "-1", "100"] {
        let attributes = json!({"attr1": {"DataType": "Number", "StringValue": value}});
        publish(&mut world, "t", json!({"Message": value, "MessageAttributes": attributes})).unwrap();
    }
    publish(&mut world, "t", json!({"Message": "none"})).unwrap();
    let got: Vec<_> = receive(&mut world, "q").iter().map(|it| body(it)["Message"].clone()).collect();
    assert_eq!(got, ["99", "100"]);
    let by_body = json!({"FilterPolicyScope": "MessageBody", "FilterPolicy": r#"{"detail":{"v":[""]}}"#});
    let mut world = subscribed(by_body);
    for message in [r#"{"detail":{"v":""}}"#, r#"{"detail":{"v":"x"}}"#, "no JSON"] {
        publish(&mut world, "t", json!({"Message": message})).unwrap();
    }
    assert_eq!(receive(&mut world, "q").len(), 1);
}

#[test]
fn each_protocol_is_told_its_own_of_a_structured_message() {
    let mut world = subscribed(json!({"RawMessageDelivery": "true"}));
    let structured = |message: Value| json!({"Message": message.to_string(), "MessageStructure": "json"});
    publish(&mut world, "t", structured(json!({"default": "d", "sqs": "s"}))).unwrap();
    publish(&mut world, "t", structured(json!({"default": "d", "lambda": "l", "other": 1}))).unwrap();
    let got: Vec<_> = receive(&mut world, "q").iter().map(|message| message["Body"].clone()).collect();
    assert_eq!(got, ["s", "d"]);
    let cases = [
        (json!({"sqs": "s"}).to_string(), "Message Structure - No default entry in JSON message body"),
        ("{".to_owned(), "Message Structure - JSON message body failed to parse"),
        ("[]".to_owned(), "Message Structure - JSON message body failed to parse"),
    ];
    for (message, tail) in cases {
        let refused = publish(&mut world, "t", json!({"Message": message, "MessageStructure": "json"}));
        assert_eq!(refused.unwrap_err().message, format!("Invalid parameter: {tail}"));
    }
}

#[test]
fn what_can_be_no_message_is_refused_in_the_recorded_words() {
    let mut world = subscribed(json!({}));
    let attribute = |name: &str, value: Value| json!({"Message": "x", "MessageAttributes": {name: value}});
    let text = json!({"DataType": "String", "StringValue": "x"});
    let cases = [
        (json!({"Message": ""}), "Invalid parameter: Empty message"),
        (json!({"Message": "x".repeat(262_145)}), "Invalid parameter: Message too long"),
        (json!({"Message": "x", "Subject": "a\nb"}), "Invalid parameter: Subject"),
        (json!({"Message": "x", "Subject": ""}), "Invalid parameter: Subject"),
        (json!({"Message": "x", "Subject": "s".repeat(101)}), "Invalid parameter: Subject"),
        (
            json!({"Message": "x", "MessageDeduplicationId": "d"}),
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
        ),
        (
            attribute("attr1", json!({"DataType": "String", "StringValue": ""})),
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        (
            attribute("attr1", json!({"DataType": "Text", "StringValue": "x"})),
            "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
        ),
        (
            attribute("attr1", json!({"DataType": "Number", "BinaryValue": "AA=="})),
            "The message attribute 'attr1' with type 'Number' must use field 'String'.",
        ),
        (attribute("a..b", text.clone()), "Message attribute name can not have successive '.' character."),
        (
            attribute(".a", text.clone()),
            "Invalid message attribute name starting with character '.' was found.",
        ),
        (
            attribute("a^", text.clone()),
            "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
        ),
        (attribute(&"a".repeat(257), text), "Length of message attribute name must be less than 256 bytes."),
    ];
    for (request, expected) in cases {
        assert_eq!(publish(&mut world, "t", request).unwrap_err().message, expected);
    }
    let mut to = |request: Value| world.call(input::<Publish>(request)).unwrap_err().message;
    let other_region = "arn:aws:sns:eu-west-1:000000000000:t";
    assert_eq!(to(json!({"Message": "x", "TopicArn": other_region})), "Invalid parameter: TopicArn");
    let no_arn = "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1";
    assert_eq!(to(json!({"Message": "x", "TopicArn": "t"})), no_arn);
    let number = "Invalid parameter: PhoneNumber Reason: 12 is not valid to publish to";
    assert_eq!(to(json!({"Message": "x", "PhoneNumber": "12"})), number);
    assert!(to(json!({"Message": "x"})).contains("no value for required parameter"));
    assert!(receive(&mut world, "q").is_empty());
}

#[test]
fn what_no_queue_takes_goes_to_the_dead_letter_queue_as_it_was() {
    for is_raw in ["true", "false"] {
        let mut world = World::new();
        create_topic(&mut world, "t", json!({})).unwrap();
        create_queue(&mut world, "dead");
        let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
        let attributes = json!({"RedrivePolicy": redrive, "RawMessageDelivery": is_raw});
        subscribe(&mut world, "t", "sqs", &queue_arn("gone"), attributes).unwrap();
        let attributes = json!({"attr1": {"DataType": "Number", "StringValue": "111"}});
        publish(&mut world, "t", json!({"Message": "m", "MessageAttributes": attributes})).unwrap();
        let message = receive(&mut world, "dead").remove(0);
        if is_raw == "true" {
            assert_eq!(message["Body"], "m");
            assert_eq!(message["MessageAttributes"], attributes);
        } else {
            assert_eq!(body(&message)["MessageAttributes"]["attr1"]["Value"], "111");
        }
    }
}

#[test]
fn a_batch_is_refused_as_a_whole_for_its_form_and_answered_one_by_one() {
    let mut world = subscribed(json!({"RawMessageDelivery": "true"}));
    let mut batch = |entries: Value| {
        let request = json!({"TopicArn": topic_arn("t"), "PublishBatchRequestEntries": entries});
        world.call(input::<PublishBatch>(request))
    };
    let entry = |id: &str| json!({"Id": id, "Message": "x"});
    let eleven: Value = (0..11).map(|index| entry(&index.to_string())).collect();
    let long = "a".repeat(81);
    let cases = [
        (json!([]), "EmptyBatchRequest", "The batch request doesn't contain any entries.".to_owned()),
        (
            eleven,
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.".to_owned(),
        ),
        (
            json!([entry("a"), entry("a")]),
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.".to_owned(),
        ),
        (
            json!([entry("a.b")]),
            "InvalidBatchEntryId",
            "The Id of a batch entry in the batch request contains an impermissible character: a.b"
                .to_owned(),
        ),
        (
            json!([entry(&long)]),
            "InvalidBatchEntryId",
            format!("The Id of a batch entry in the batch request is too long: {long}"),
        ),
        (
            json!([{"Id": "1", "Message": "a".repeat(131_072)}, {"Id": "2", "Message": "b".repeat(131_073)}]),
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.".to_owned(),
        ),
    ];
    for (entries, code, message) in cases {
        let refused = batch(entries).unwrap_err();
        assert_eq!((refused.code.as_ref(), refused.message), (code, message));
    }
    let mixed = json!([entry("good"), {"Id": "bad", "Message": ""}, entry("also")]);
    let answer = batch(mixed).unwrap();
    assert_eq!(answer["Successful"].as_array().unwrap().len(), 2);
    let failed = json!([{"Id": "bad", "Code": "InvalidParameter", "Message": "Invalid parameter: Empty message", "SenderFault": true}]);
    assert_eq!(answer["Failed"], failed);
    assert_eq!(receive(&mut world, "q").len(), 2);
}

#[test]
fn a_message_reaches_every_one_of_many_subscribers_in_turns() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    for queue in 0..250 {
        let name = format!("q{queue}");
        create_queue(&mut world, &name);
        subscribe(&mut world, "t", "sqs", &queue_arn(&name), json!({})).unwrap();
    }
    publish(&mut world, "t", json!({"Message": "x"})).unwrap();
    for queue in 0..250 {
        assert_eq!(receive(&mut world, &format!("q{queue}")).len(), 1, "{queue}");
    }
    assert_eq!(rows(&world, 0x24..=0x24), 0, "the publication is forgotten");
}

#[test]
fn a_function_gets_an_event_and_one_that_is_not_there_a_dead_letter() {
    let mut world = World::new();
    create_topic(&mut world, "t", json!({})).unwrap();
    create_queue(&mut world, "dead");
    let redrive = json!({"deadLetterTargetArn": queue_arn("dead")}).to_string();
    let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    subscribe(&mut world, "t", "lambda", function, json!({"RedrivePolicy": redrive})).unwrap();
    publish(&mut world, "t", json!({"Message": "m"})).unwrap();
    assert_eq!(body(&receive(&mut world, "dead")[0])["Message"], "m");
}
