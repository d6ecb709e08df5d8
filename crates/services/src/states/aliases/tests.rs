//! Aliases: what may be routed where, by which share, and what hangs on it.

use crate::settings::Settings;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_wire::ApiError;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const ALIAS: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m:PROD";

fn version(number: u64) -> String {
    format!("{MACHINE}:{number}")
}

fn route(shares: &[(u64, i64)]) -> Value {
    shares
        .iter()
        .map(|(number, weight)| json!({"stateMachineVersionArn": version(*number), "weight": weight}))
        .collect()
}

fn giving(result: u64) -> String {
    json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": true}}}).to_string()
}

/// A world with a state machine of two versions.
fn world_with(settings: Settings) -> World {
    let mut world = World::with_settings(settings);
    world.create_role("r", "states.amazonaws.com");
    let role = "arn:aws:iam::000000000000:role/r";
    let create = json!({"name": "m", "definition": giving(1), "roleArn": role, "publish": true});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    let update = json!({"stateMachineArn": MACHINE, "definition": giving(2), "publish": true});
    world.call(input::<UpdateStateMachine>(update)).unwrap();
    world
}

fn world() -> World {
    world_with(Settings::default())
}

fn create(world: &mut World, name: &str, routing: Value) -> Result<Value, ApiError> {
    world.call(input::<CreateStateMachineAlias>(json!({"name": name, "routingConfiguration": routing})))
}

fn describe(world: &World) -> Value {
    world.read(&input::<DescribeStateMachineAlias>(json!({"stateMachineAliasArn": ALIAS}))).unwrap()
}

fn update(world: &mut World, more: Value) -> Result<Value, ApiError> {
    let mut update = json!({"stateMachineAliasArn": ALIAS});
    update.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call(input::<UpdateStateMachineAlias>(update))
}

fn listed(world: &World, arn: &str) -> Vec<String> {
    let listed = world.read(&input::<ListStateMachineAliases>(json!({"stateMachineArn": arn}))).unwrap();
    let aliases = listed["stateMachineAliases"].as_array().unwrap();
    aliases.iter().map(|alias| alias["stateMachineAliasArn"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn assert_refused(answer: Result<Value, ApiError>, code: &str, message: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), (code, message));
}

#[test]
fn an_alias_is_created_changed_and_deleted() {
    let mut world = world();
    let created = create(&mut world, "PROD", route(&[(1, 100)])).unwrap();
    assert_eq!(created["stateMachineAliasArn"], ALIAS);
    world.pass(1000);
    assert_eq!(create(&mut world, "PROD", route(&[(1, 100)])).unwrap(), created);
    let text = "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
    assert_refused(create(&mut world, "PROD", route(&[(2, 100)])), "ConflictException", text);

    update(&mut world, json!({"description": "d"})).unwrap();
    assert_eq!(describe(&world)["routingConfiguration"], route(&[(1, 100)]));
    update(&mut world, json!({"routingConfiguration": route(&[(1, 50), (2, 50)])})).unwrap();
    let described = describe(&world);
    assert_eq!(described["description"], "d");
    assert_eq!(described["routingConfiguration"], route(&[(1, 50), (2, 50)]));
    assert_ne!(described["creationDate"], described["updateDate"]);

    let delete = json!({"stateMachineAliasArn": ALIAS});
    for _ in 0..2 {
        assert_eq!(world.call(input::<DeleteStateMachineAlias>(delete.clone())).unwrap(), json!({}));
    }
    let text = "Request references a resource that does not exist.";
    assert_refused(update(&mut world, json!({"description": "e"})), "ResourceNotFound", text);
}

#[test]
fn a_routing_configuration_that_makes_no_sense_is_refused_in_the_words_of_aws() {
    let mut world = world();
    let (one, two) = (version(1), version(2));
    let item = |arn: &str, weight: u64| {
        format!("RoutingConfigurationListItem(stateMachineVersionArn={arn}, weight={weight})")
    };
    let three = format!("[{}, {}, {}]", item(&one, 50), item(&two, 30), item(&one, 20));
    let violated = "1 validation error detected: Value";
    let cases = [
        (
            route(&[(1, 50), (2, 30), (1, 20)]),
            format!(
                "{violated} '{three}' at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2"
            ),
        ),
        (
            route(&[(1, 101)]),
            format!(
                "{violated} '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100"
            ),
        ),
        (
            route(&[(1, 50), (1, 50)]),
            format!(
                "Routing configuration must contain distinct state machine version ARNs. Received: [{one}, {one}]"
            ),
        ),
        (
            json!([{"stateMachineVersionArn": MACHINE, "weight": 70}, {"stateMachineVersionArn": two, "weight": 30}]),
            format!(
                "Routing configuration must contain state machine version ARNs. Received: [{MACHINE}, {two}]"
            ),
        ),
        (
            route(&[(1, 70), (2, 29)]),
            "Sum of routing configuration weights must equal 100. Received: [70, 29]".to_owned(),
        ),
    ];
    for (routing, text) in cases {
        assert_refused(create(&mut world, "PROD", routing), "ValidationException", &text);
    }
    let text = "Request references a resource that does not exist.";
    assert_refused(create(&mut world, "PROD", route(&[(3, 100)])), "ResourceNotFound", text);
    for name in ["12", "a b", "", "ä"] {
        let refused = create(&mut world, name, route(&[(1, 100)])).unwrap_err();
        assert_eq!(refused.code, "ValidationException", "{name}");
        assert!(refused.message.contains("at 'name'"), "{}", refused.message);
    }
}

#[test]
fn executions_go_to_both_versions_by_their_weights() {
    let mut world = world();
    create(&mut world, "PROD", route(&[(1, 30), (2, 70)])).unwrap();
    let mut first = 0;
    for _ in 0..200 {
        let started = world.call(input::<StartExecution>(json!({"stateMachineArn": ALIAS}))).unwrap();
        let describe = json!({"executionArn": started["executionArn"]});
        let described = world.read(&input::<DescribeExecution>(describe)).unwrap();
        assert_eq!(described["stateMachineAliasArn"], ALIAS);
        assert_eq!(
            described["stateMachineVersionArn"],
            version(described["output"].as_str().unwrap().parse().unwrap())
        );
        first += usize::from(described["output"] == "1");
    }
    assert!((40..80).contains(&first), "{first}");
    let count = |arn: &str| {
        let list = json!({"stateMachineArn": arn, "maxResults": 1000});
        world.read(&input::<ListExecutions>(list)).unwrap()["executions"].as_array().unwrap().len()
    };
    assert_eq!((count(ALIAS), count(&version(1)), count(&version(2))), (200, first, 200 - first));
}

#[test]
fn a_version_with_an_alias_is_not_deleted() {
    let mut world = world();
    create(&mut world, "a", route(&[(1, 100)])).unwrap();
    create(&mut world, "b", route(&[(1, 40), (2, 60)])).unwrap();
    let delete = json!({"stateMachineVersionArn": version(1)});
    let text = "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [a, b]";
    assert_refused(world.call(input::<DeleteStateMachineVersion>(delete)), "ConflictException", text);
    assert_eq!(listed(&world, &version(1)), [format!("{MACHINE}:a"), format!("{MACHINE}:b")]);
    assert_eq!(listed(&world, &version(2)), [format!("{MACHINE}:b")]);
}

#[test]
fn aliases_are_listed_in_the_order_in_which_they_were_created() {
    let mut world = world_with(Settings { aliases_per_state_machine: 3, ..Settings::default() });
    for name in ["c", "a", "b"] {
        create(&mut world, name, route(&[(1, 100)])).unwrap();
    }
    let all = ["c", "a", "b"].map(|name| format!("{MACHINE}:{name}"));
    assert_eq!(listed(&world, MACHINE), all);
    let page = |token: Value| {
        let list = json!({"stateMachineArn": MACHINE, "maxResults": 2, "nextToken": token});
        world.read(&input::<ListStateMachineAliases>(list)).unwrap()
    };
    let first = page(Value::Null);
    let second = page(first["nextToken"].clone());
    assert_eq!(second["stateMachineAliases"][0]["stateMachineAliasArn"], all[2]);
    assert_eq!(second["nextToken"], Value::Null);
    let text = "A state machine may have up to 3 aliases.";
    assert_refused(create(&mut world, "d", route(&[(1, 100)])), "ServiceQuotaExceededException", text);
}

#[test]
fn aliases_go_with_their_state_machine() {
    let mut world = world();
    create(&mut world, "PROD", route(&[(1, 100)])).unwrap();
    world.call(input::<DeleteStateMachine>(json!({"stateMachineArn": MACHINE}))).unwrap();
    let text = format!("State Machine Does Not Exist: '{ALIAS}'");
    let refused = world.call(input::<StartExecution>(json!({"stateMachineArn": ALIAS})));
    assert_refused(refused, "StateMachineDoesNotExist", &text);
}

#[test]
fn a_description_of_an_alias_is_that_of_the_version_to_which_most_goes() {
    let mut world = world();
    create(&mut world, "PROD", route(&[(1, 40), (2, 60)])).unwrap();
    let described = world.read(&input::<DescribeStateMachine>(json!({"stateMachineArn": ALIAS}))).unwrap();
    assert_eq!(described["stateMachineArn"], version(2));
}
