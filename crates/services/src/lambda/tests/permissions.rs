//! Policies and tags of functions.

use super::*;
use crate::lambda::{AddPermission, GetPolicy, ListTags, RemovePermission, TagResource, UntagResource};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn add(world: &mut World, members: Value) -> Result<Value, ApiError> {
    let mut all = json!({"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"});
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.call(input::<AddPermission>(all))
}

#[test]
fn a_permission_is_a_statement_of_the_policy_until_it_is_removed() {
    let mut world = with_function(json!({}));
    let topic = "arn:aws:sns:us-east-1:000000000000:t";
    let added = add(&mut world, json!({"SourceArn": topic, "SourceAccount": "000000000000"})).unwrap();
    let statement: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
    let expected = json!({
        "Sid": "s", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": ARN,
        "Condition": {"StringEquals": {"AWS:SourceAccount": "000000000000"}, "ArnLike": {"AWS:SourceArn": topic}},
    });
    assert_eq!(statement, expected);
    let policy = world.read(&input::<GetPolicy>(json!({"FunctionName": "f"}))).unwrap();
    let text: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(text, json!({"Version": "2012-10-17", "Id": "default", "Statement": [expected]}));
    let stale = json!({"FunctionName": "f", "StatementId": "s", "RevisionId": "x"});
    assert_eq!(world.call(input::<RemovePermission>(stale)).unwrap_err().status, 412);
    world.call(input::<RemovePermission>(json!({"FunctionName": "f", "StatementId": "s"}))).unwrap();
    let none = world.read(&input::<GetPolicy>(json!({"FunctionName": "f"}))).unwrap_err();
    assert_eq!(none.message, "The resource you requested does not exist.");
}

#[test]
fn a_policy_has_an_end() {
    let mut world = with_function(json!({}));
    let source = format!("arn:aws:sns:us-east-1:000000000000:{}", "t".repeat(2000));
    let refused = (0..20).find_map(|number| {
        add(&mut world, json!({"StatementId": format!("s{number}"), "SourceArn": source})).err()
    });
    let refused = refused.expect("a policy that is too long");
    assert_eq!(refused.code, "PolicyLengthExceededException");
    assert!(refused.message.ends_with("is bigger than the limit (20480)."), "{refused}");
}

#[test]
fn what_is_no_permission_is_refused_in_awss_words() {
    let mut world = with_function(json!({}));
    let cases = [
        (
            json!({"Principal": "invalid.nonaws.com"}),
            400,
            "The provided principal was invalid. Please check the principal and try again.",
        ),
        (json!({"Qualifier": "$LATEST"}), 400, "We currently do not support adding policies for $LATEST."),
        (
            json!({"Qualifier": "42"}),
            404,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:42",
        ),
        (
            json!({"Qualifier": "none"}),
            404,
            "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:none",
        ),
        (
            json!({"FunctionName": "none"}),
            404,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
        ),
    ];
    for (members, status, text) in cases {
        let error = add(&mut world, members.clone()).unwrap_err();
        assert_eq!((error.status, &*error.message), (status, text), "{members}");
    }
    for members in [json!({"StatementId": "a.b"}), json!({"Action": "sqs:*"}), json!({"SourceArn": "x"})] {
        assert_eq!(add(&mut world, members.clone()).unwrap_err().code, "ValidationException", "{members}");
    }
}

#[test]
fn tags_come_and_go_up_to_their_limit() {
    let mut world = with_function(json!({"Tags": {"a": "1"}}));
    world.call(input::<TagResource>(json!({"Resource": ARN, "Tags": {"b": "2"}}))).unwrap();
    world.call(input::<UntagResource>(json!({"Resource": ARN, "TagKeys": ["a", "none"]}))).unwrap();
    let tags = world.read(&input::<ListTags>(json!({ "Resource": ARN }))).unwrap();
    assert_eq!(tags, json!({"Tags": {"b": "2"}}));
    let many: serde_json::Map<_, _> = (0..50).map(|number| (format!("k{number}"), json!("v"))).collect();
    let error = world.call(input::<TagResource>(json!({"Resource": ARN, "Tags": many}))).unwrap_err();
    assert_eq!(error.message, "Number of tags exceeds resource tag limit.");
    let version = format!("{ARN}:1");
    let error =
        world.call(input::<TagResource>(json!({"Resource": version, "Tags": {"a": "1"}}))).unwrap_err();
    assert!(error.message.starts_with("Tags on function aliases and versions are not supported."));
}
