//! Versions: publishing again, numbers that aren't given twice, and executions that keep what they were started with.

use crate::settings::Settings;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

fn version(number: u64) -> String {
    format!("{MACHINE}:{number}")
}

/// A definition that gives this result.
fn giving(result: &str) -> String {
    json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": true}}}).to_string()
}

fn create(world: &mut World, more: Value) -> Result<Value, ApiError> {
    let mut create =
        json!({"name": "m", "definition": giving("1"), "roleArn": "arn:aws:iam::000000000000:role/r"});
    create.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call(input::<CreateStateMachine>(create))
}

fn world(create_with: Value) -> World {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, create_with).unwrap();
    world
}

fn update(world: &mut World, more: Value) -> Result<Value, ApiError> {
    let mut update = json!({"stateMachineArn": MACHINE});
    update.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call(input::<UpdateStateMachine>(update))
}

fn publish(world: &mut World, more: Value) -> Result<Value, ApiError> {
    let mut publish = json!({"stateMachineArn": MACHINE});
    publish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call(input::<PublishStateMachineVersion>(publish))
}

fn versions(world: &World) -> Vec<String> {
    let listed = world.read(&input::<ListStateMachineVersions>(json!({"stateMachineArn": MACHINE}))).unwrap();
    let versions = listed["stateMachineVersions"].as_array().unwrap();
    versions.iter().map(|version| version["stateMachineVersionArn"].as_str().unwrap().to_owned()).collect()
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeStateMachine>(json!({"stateMachineArn": arn}))).unwrap()
}

/// Starts an execution and gives its description.
fn run(world: &mut World, arn: &str) -> Value {
    let started = world.call(input::<StartExecution>(json!({"stateMachineArn": arn}))).unwrap();
    world.read(&input::<DescribeExecution>(json!({"executionArn": started["executionArn"]}))).unwrap()
}

#[track_caller]
fn assert_refused(answer: Result<Value, ApiError>, code: &str, message: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
}

#[test]
fn a_revision_has_one_version_whatever_is_said_of_it() {
    let mut world = world(json!({}));
    assert!(versions(&world).is_empty());
    let first = publish(&mut world, json!({"description": "first"})).unwrap();
    assert_eq!(first["stateMachineVersionArn"], version(1));
    world.pass(1000);
    assert_eq!(publish(&mut world, json!({"description": "other"})).unwrap(), first);
    assert_eq!(describe(&world, &version(1))["description"], "first");
    let updated = update(&mut world, json!({"definition": giving("2"), "publish": true})).unwrap();
    assert_eq!(updated["stateMachineVersionArn"], version(2));
    assert_eq!(describe(&world, &version(2))["revisionId"], updated["revisionId"]);
    assert_eq!(versions(&world), [version(2), version(1)]);
}

#[test]
fn a_revision_is_published_only_if_it_is_the_current_one() {
    let mut world = world(json!({}));
    publish(&mut world, json!({"revisionId": "INITIAL"})).unwrap();
    let current = update(&mut world, json!({"definition": giving("2")})).unwrap()["revisionId"].clone();
    let current = current.as_str().unwrap();
    let text = format!(
        "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is {current}."
    );
    let refused = publish(&mut world, json!({"revisionId": "INITIAL"}));
    assert_eq!(refused.as_ref().unwrap_err().status, 409);
    assert_refused(refused, "ConflictException", &text);
    assert_eq!(
        publish(&mut world, json!({"revisionId": current})).unwrap()["stateMachineVersionArn"],
        version(2)
    );
}

#[test]
fn the_number_of_a_version_that_was_deleted_is_not_given_again() {
    let mut world = world(json!({"publish": true}));
    update(&mut world, json!({"definition": giving("2"), "publish": true})).unwrap();
    for _ in 0..2 {
        let delete = json!({"stateMachineVersionArn": version(2)});
        assert_eq!(world.call(input::<DeleteStateMachineVersion>(delete)).unwrap(), json!({}));
    }
    assert_eq!(publish(&mut world, json!({})).unwrap()["stateMachineVersionArn"], version(3));
    assert_eq!(versions(&world), [version(3), version(1)]);
    let gone = world.read(&input::<DescribeStateMachine>(json!({"stateMachineArn": version(2)})));
    assert_refused(
        gone,
        "StateMachineDoesNotExist",
        &format!("State Machine Does Not Exist: '{}'", version(2)),
    );
}

#[test]
fn an_execution_of_a_version_runs_what_was_published() {
    let mut world = world(json!({"publish": true}));
    update(&mut world, json!({"definition": giving("2")})).unwrap();
    let described = run(&mut world, &version(1));
    assert_eq!(described["output"], r#""1""#);
    assert_eq!(described["stateMachineArn"], MACHINE);
    assert_eq!(described["stateMachineVersionArn"], version(1));
    assert_eq!(described["stateMachineAliasArn"], Value::Null);
    let of_machine = run(&mut world, MACHINE);
    assert_eq!(of_machine["output"], r#""2""#);
    assert_eq!(of_machine["stateMachineVersionArn"], Value::Null);

    let list = |arn: &str| {
        let listed = world.read(&input::<ListExecutions>(json!({"stateMachineArn": arn}))).unwrap();
        listed["executions"].as_array().unwrap().clone()
    };
    assert_eq!(list(MACHINE).len(), 2);
    let of_version = list(&version(1));
    assert_eq!(of_version.len(), 1);
    assert_eq!(of_version[0]["executionArn"], described["executionArn"]);
    assert_eq!(of_version[0]["stateMachineVersionArn"], version(1));
    let history = json!({"executionArn": described["executionArn"]});
    let history = world.read(&input::<GetExecutionHistory>(history)).unwrap();
    assert_eq!(history["events"][0]["executionStartedEventDetails"]["stateMachineVersionArn"], version(1));
}

#[test]
fn a_version_keeps_its_configurations() {
    let mut world = world(json!({"publish": true, "tracingConfiguration": {"enabled": true}}));
    update(&mut world, json!({"tracingConfiguration": {"enabled": false}, "publish": true})).unwrap();
    let traced = |arn: &str| describe(&world, arn)["tracingConfiguration"]["enabled"].clone();
    assert_eq!(
        (traced(&version(1)), traced(&version(2)), traced(MACHINE)),
        (true.into(), false.into(), false.into())
    );
}

#[test]
fn creating_again_has_to_say_the_same_of_the_version() {
    let mut world = world(json!({"publish": true, "versionDescription": "d"}));
    let again = create(&mut world, json!({"publish": true, "versionDescription": "d"})).unwrap();
    assert_eq!(again["stateMachineVersionArn"], version(1));
    for other in [json!({}), json!({"publish": true}), json!({"publish": true, "versionDescription": "e"})] {
        let text = format!("State Machine Already Exists: '{MACHINE}'");
        assert_refused(create(&mut world, other), "StateMachineAlreadyExists", &text);
    }
    let text = "Version description can only be set when publish is true";
    let refused = update(&mut world, json!({"definition": giving("2"), "versionDescription": "d"}));
    assert_refused(refused, "ValidationException", text);
}

#[test]
fn a_state_machine_has_so_many_versions_and_no_more() {
    let mut world = World::with_settings(Settings { versions_per_state_machine: 2, ..Settings::default() });
    world.create_role("r", "states.amazonaws.com");
    create(&mut world, json!({"publish": true})).unwrap();
    update(&mut world, json!({"definition": giving("2"), "publish": true})).unwrap();
    let refused = update(&mut world, json!({"definition": giving("3"), "publish": true}));
    assert_eq!(refused.as_ref().unwrap_err().status, 402);
    assert_refused(refused, "ServiceQuotaExceededException", "A state machine may have up to 2 versions.");
    // The update is undone together with what it asked for.
    assert_eq!(describe(&world, MACHINE)["definition"], giving("2"));
    world.call(input::<DeleteStateMachineVersion>(json!({"stateMachineVersionArn": version(1)}))).unwrap();
    update(&mut world, json!({"definition": giving("3"), "publish": true})).unwrap();
    assert_eq!(versions(&world), [version(3), version(2)]);
}

#[test]
fn versions_go_with_their_state_machine_and_a_new_one_begins_at_one() {
    let mut world = world(json!({"publish": true}));
    update(&mut world, json!({"definition": giving("2"), "publish": true})).unwrap();
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert!(versions(&world).is_empty());
    create(&mut world, json!({"publish": true})).unwrap();
    assert_eq!(versions(&world), [version(1)]);
}

#[test]
fn a_distributed_map_state_is_described_by_its_label_and_neither_started_nor_deleted() {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    let child = json!({
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "C", "States": {"C": {"Type": "Pass", "End": true}}
    });
    let map = json!({"Type": "Map", "Label": "each", "ItemProcessor": child, "End": true});
    let definition = json!({"StartAt": "M", "States": {"M": map}}).to_string();
    create(&mut world, json!({"definition": definition})).unwrap();
    let labelled = format!("{MACHINE}/each");
    let described = describe(&world, &labelled);
    assert_eq!((&described["stateMachineArn"], &described["label"]), (&json!(labelled), &json!("each")));
    let own: Value = serde_json::from_str(described["definition"].as_str().unwrap()).unwrap();
    assert_eq!(own["StartAt"], "C");
    let input_arn = json!({"stateMachineArn": labelled});
    let refused = [
        world.call(input::<StartExecution>(input_arn.clone())),
        world.call(input::<DeleteStateMachine>(input_arn)),
        world.read(&input::<DescribeStateMachine>(json!({"stateMachineArn": format!("{MACHINE}/other")}))),
    ];
    let codes = refused.map(|answer| answer.unwrap_err().code.to_string());
    assert_eq!(codes, ["ValidationException", "ValidationException", "StateMachineDoesNotExist"]);
}

#[test]
fn what_is_too_long_is_refused_and_a_megabyte_is_not() {
    let mut world = world(json!({}));
    let padded = |length: usize| {
        let definition = giving("");
        definition.replace("\"\"", &format!("\"{}\"", "x".repeat(length - definition.len())))
    };
    update(&mut world, json!({"definition": padded(1_048_576)})).unwrap();
    let text = "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to 1048576";
    assert_refused(update(&mut world, json!({"definition": padded(1_048_577)})), "ValidationException", text);
    let described = json!({"stateMachineArn": MACHINE, "includedData": "SOME"});
    let refused = world.read(&input::<DescribeStateMachine>(described)).unwrap_err();
    assert_eq!(refused.code, "ValidationException");
}

#[test]
fn versions_are_listed_in_pages_the_newest_first() {
    let mut world = world(json!({"publish": true}));
    for number in 2..=5 {
        update(&mut world, json!({"definition": giving(&number.to_string()), "publish": true})).unwrap();
    }
    let page = |token: Value| {
        let list = json!({"stateMachineArn": MACHINE, "maxResults": 2, "nextToken": token});
        world.read(&input::<ListStateMachineVersions>(list)).unwrap()
    };
    let (mut listed, mut token) = (Vec::new(), Value::Null);
    for left in [true, true, false] {
        let mut answer = page(token);
        for item in answer["stateMachineVersions"].as_array().unwrap() {
            listed.push(item["stateMachineVersionArn"].as_str().unwrap().to_owned());
        }
        token = answer["nextToken"].take();
        assert_eq!(token.is_string(), left);
    }
    assert_eq!(listed, [5, 4, 3, 2, 1].map(version));
}
