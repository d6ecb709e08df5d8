//! Calls of services elsewhere: the request that is owed, and what answers are worth.

use crate::effect::{Effect, EffectResult};
use crate::fetch::{Authorization, FetchAnswer, FetchRequest, Fetched};
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

/// A world whose server sends the calls of some services elsewhere, and an execution of one call.
fn world(resource: &str, parameters: Value) -> (World, String) {
    let endpoint = |name: &str| (name.to_owned(), format!("http://{name}.test:8000"));
    let endpoints = BTreeMap::from(["dynamodb", "events", "ecs"].map(endpoint));
    let mut world = World::with_settings(Settings { endpoints, ..Settings::default() });
    world.create_role("r", "states.amazonaws.com");
    let task = json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters, "End": true});
    let definition = json!({"StartAt": "S", "States": {"S": task}}).to_string();
    let create =
        json!({"name": "m", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    let start = json!({"stateMachineArn": MACHINE, "name": "e"});
    let arn =
        world.call(input::<StartExecution>(start)).unwrap()["executionArn"].as_str().unwrap().to_owned();
    (world, arn)
}

fn request(world: &World) -> FetchRequest {
    match &world.owed[..] {
        [owed] => match &owed.effect {
            Effect::Fetch(fetch) => fetch.open(&Secrets::new([7; 32])).unwrap(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

/// What the execution of this call comes to when it is answered so.
fn outcome(resource: &str, fetched: Fetched) -> Value {
    let (mut world, arn) = world(resource, json!({}));
    let id = world.owed[0].id;
    world.complete(id, EffectResult::Fetched(fetched));
    describe(&world, &arn)
}

fn answered(status: u16, body: Value) -> Fetched {
    let headers = vec![("x-amzn-requestid".to_owned(), "id".to_owned())];
    Fetched::Answered(FetchAnswer { status, reason: String::new(), headers, body: body.to_string() })
}

#[test]
fn a_call_is_a_signed_request_in_the_services_protocol() {
    let parameters = json!({"TableName": "t", "Key": {"id": {"S": "1"}}});
    for resource in ["dynamodb:getItem", "aws-sdk:dynamodb:getItem"] {
        let (world, _) = world(resource, parameters.clone());
        let request = request(&world);
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "http://dynamodb.test:8000/"));
        let headers =
            [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "DynamoDB_20120810.GetItem")];
        assert_eq!(request.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap(), parameters);
        let Authorization::Signed { region, service, access_key_id, .. } = request.authorization else {
            panic!("it is signed");
        };
        assert_eq!((region.as_str(), service.as_str()), ("us-east-1", "dynamodb"));
        assert!(access_key_id.starts_with("ASIA"), "with a session of the role: {access_key_id}");
    }
}

#[test]
fn names_begin_small_where_the_service_has_them_so() {
    let (world, _) = world(
        "ecs:runTask",
        json!({"TaskDefinition": "t", "Overrides": {"ContainerOverrides": [{"Name": "n"}]}}),
    );
    let body = json!({"taskDefinition": "t", "overrides": {"containerOverrides": [{"name": "n"}]}});
    assert_eq!(serde_json::from_str::<Value>(&request(&world).body).unwrap(), body);
    let described = outcome("aws-sdk:ecs:listClusters", answered(200, json!({"clusterArns": ["a"]})));
    assert_eq!(described["output"], r#"{"ClusterArns":["a"]}"#);
}

#[test]
fn an_event_says_who_sent_it_and_a_failed_entry_fails_the_task() {
    let entries = json!([{"Detail": {"a": 1}, "DetailType": "d", "Source": "s", "Resources": ["own"]}]);
    let (world, arn) = world("events:putEvents", json!({"Entries": entries}));
    let body: Value = serde_json::from_str(&request(&world).body).unwrap();
    assert_eq!(body["Entries"][0]["Detail"], r#"{"a":1}"#);
    assert_eq!(body["Entries"][0]["Resources"], json!([MACHINE, arn, "own"]));
    let put = json!({"Entries": [{"EventId": "1"}], "FailedEntryCount": 0});
    assert_eq!(outcome("events:putEvents", answered(200, put.clone()))["output"], put.to_string());
    let failed = json!({"Entries": [{"ErrorCode": "MalformedDetail"}], "FailedEntryCount": 1});
    let described = outcome("events:putEvents", answered(200, failed.clone()));
    assert_eq!(
        (&described["error"], &described["cause"]),
        (&json!("EventBridge.FailedEntry"), &json!(failed.to_string()))
    );
}

#[test]
fn an_answer_has_metadata_where_the_integration_is_optimised() {
    let item = json!({"Item": {"id": {"S": "1"}}});
    assert_eq!(outcome("aws-sdk:dynamodb:getItem", answered(200, item.clone()))["output"], item.to_string());
    let described = outcome("dynamodb:getItem", answered(200, item.clone()));
    let output: Value = serde_json::from_str(described["output"].as_str().unwrap()).unwrap();
    assert_eq!((&output["Item"], &output["SdkHttpMetadata"]["HttpStatusCode"]), (&item["Item"], &json!(200)));
}

#[test]
fn errors_have_the_names_and_causes_of_each_sdk() {
    let missing = json!({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "Requested resource not found"});
    let invalid = json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "no"});
    for (resource, body, error, cause) in [
        (
            "dynamodb:getItem",
            &missing,
            "DynamoDB.ResourceNotFoundException",
            "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: id; Proxy: null)",
        ),
        (
            "aws-sdk:dynamodb:getItem",
            &missing,
            "DynamoDb.ResourceNotFoundException",
            "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: id) (SDK Attempt Count: 1)",
        ),
        (
            "dynamodb:getItem",
            &invalid,
            "DynamoDB.AmazonDynamoDBException",
            "no (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: id; Proxy: null)",
        ),
        (
            "aws-sdk:dynamodb:getItem",
            &invalid,
            "DynamoDb.DynamoDbException",
            "no (Service: DynamoDb, Status Code: 400, Request ID: id) (SDK Attempt Count: 1)",
        ),
    ] {
        let described = outcome(resource, answered(400, body.clone()));
        assert_eq!((&described["error"], &described["cause"]), (&json!(error), &json!(cause)));
    }
    let described = outcome("dynamodb:getItem", Fetched::Failed("refused".to_owned()));
    assert_eq!(described["error"], "DynamoDB.SdkClientException");
}

#[test]
fn what_has_no_endpoint_says_how_to_give_it_one() {
    for (resource, way_out) in [
        ("glue:startJobRun", ": `--endpoint glue=URL` sends the calls of this service to another server"),
        ("glue:startJobRun.sync", ""),
        ("batch:submitJob", ""),
    ] {
        let (world, arn) = world(resource, json!({"JobName": "j"}));
        let described = describe(&world, &arn);
        assert_eq!(described["error"], "States.TaskFailed");
        let cause = format!("The integration `{resource}` is not available here{way_out}");
        assert_eq!(described["cause"], cause);
    }
}
