//! Functions, which take time to be ready.

use super::*;
use crate::effect::{Effect, EffectResult};

pub const FUNCTION: &str = r#"
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 5
      Code: {ZipFile: "exports.handler = async () => 1;"}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Jobs.Arn, BatchSize: '5'}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Function, Action: 'lambda:InvokeFunction', Principal: sns.amazonaws.com}
  Jobs: {Type: 'AWS::SQS::Queue'}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
Outputs: {Arn: {Value: !GetAtt Function.Arn}}
"#;

/// Says what came of the preparation that is owed.
pub fn prepared(world: &mut World, result: Result<(), &str>) {
    let is_preparation = |owed: &&crate::effect::Owed| matches!(owed.effect, Effect::PrepareFunction(_));
    let id = world.owed.iter().find(is_preparation).expect("a preparation that is owed").id;
    world.complete(id, EffectResult::Prepared(result.map_err(str::to_owned)));
}

fn configuration(world: &World) -> Value {
    let name = physical_id(world, "demo", "Function");
    world.read(&input::<crate::lambda::GetFunctionConfiguration>(json!({"FunctionName": name}))).unwrap()
}

#[test]
fn a_stack_waits_until_its_function_is_ready() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    assert_eq!(status(&world, "demo"), "CREATE_IN_PROGRESS");
    assert_eq!(
        events(&world, "demo").last().unwrap(),
        "Function CREATE_IN_PROGRESS Resource creation Initiated"
    );
    prepared(&mut world, Ok(()));
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    assert!(output(&world, "demo", "Arn").contains(":function:demo-Function-"));
    let mapping = physical_id(&world, "demo", "Mapping");
    let mapping =
        world.read(&input::<crate::lambda::GetEventSourceMapping>(json!({"UUID": mapping}))).unwrap();
    assert_eq!(mapping["BatchSize"], 5);
}

#[test]
fn a_function_that_never_will_be_ready_fails_the_stack() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    prepared(&mut world, Err("no network"));
    assert_eq!(status(&world, "demo"), "ROLLBACK_COMPLETE");
    let told = events(&world, "demo");
    let failed = told.iter().find(|event| event.starts_with("Function CREATE_FAILED")).unwrap();
    assert!(
        failed.contains("did not stabilize: no network")
            && failed.contains("HandlerErrorCode: NotStabilized"),
        "{failed}"
    );
    assert!(queues(&world).is_empty());
    let functions = world.read(&input::<crate::lambda::ListFunctions>(json!({}))).unwrap();
    assert_eq!(functions["Functions"], json!([]));
}

#[test]
fn an_update_of_configuration_and_code_takes_two_steps() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    prepared(&mut world, Ok(()));
    let before = configuration(&world);
    update(&mut world, "demo", &FUNCTION.replace("Timeout: 5", "Timeout: 6").replace("=> 1", "=> 2"))
        .unwrap();
    for _ in 0..2 {
        assert_eq!(status(&world, "demo"), "UPDATE_IN_PROGRESS");
        prepared(&mut world, Ok(()));
    }
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    let after = configuration(&world);
    assert_eq!(after["Timeout"], 6);
    assert_ne!(after["CodeSha256"], before["CodeSha256"]);
    assert_eq!(last_events(&world, "demo").iter().filter(|event| event.starts_with("Function")).count(), 2);
}

#[test]
fn an_update_that_is_given_up_is_undone_step_by_step() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    prepared(&mut world, Ok(()));
    let before = configuration(&world);
    update(&mut world, "demo", &FUNCTION.replace("=> 1", "=> 2")).unwrap();
    prepared(&mut world, Err("it broke"));
    // The configuration again makes it well, then the code follows.
    for _ in 0..2 {
        assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_IN_PROGRESS");
        prepared(&mut world, Ok(()));
    }
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(configuration(&world)["CodeSha256"], before["CodeSha256"]);
}

#[test]
fn a_sibling_that_fails_cancels_what_is_under_way() {
    let mut world = World::new();
    let template = FUNCTION.replace(
        "Outputs:",
        "  Bad: {Type: 'AWS::SQS::Queue', DependsOn: Jobs, Properties: {Nonsense: 1}}\nOutputs:",
    );
    create(&mut world, "demo", &template);
    let told = events(&world, "demo");
    assert_eq!(status(&world, "demo"), "ROLLBACK_COMPLETE", "{told:#?}");
    // Whichever came first: a function that was begun is cancelled, and taken away again.
    if told.iter().any(|event| event.starts_with("Function CREATE_IN_PROGRESS")) {
        assert!(told.contains(&"Function CREATE_FAILED Resource creation cancelled".to_owned()), "{told:#?}");
    }
    let functions = world.read(&input::<crate::lambda::ListFunctions>(json!({}))).unwrap();
    assert_eq!(functions["Functions"], json!([]));
}

#[test]
fn a_stack_can_be_deleted_while_its_function_is_made_ready() {
    let mut world = World::new();
    let id = create(&mut world, "demo", FUNCTION);
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
    assert!(queues(&world).is_empty());
    // What comes of the preparation later bothers nobody.
    prepared(&mut world, Ok(()));
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
}

#[test]
fn a_stack_has_only_the_time_that_it_was_given() {
    let mut world = World::new();
    let request = with(create_input("demo", FUNCTION), json!({"TimeoutInMinutes": 1}));
    world.call(input::<CreateStack>(request)).unwrap();
    world.pass(59_000);
    assert_eq!(status(&world, "demo"), "CREATE_IN_PROGRESS");
    world.pass(2_000);
    assert_eq!(status(&world, "demo"), "ROLLBACK_COMPLETE");
    let told = events(&world, "demo");
    let reason = "demo ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout. Rollback requested by user.";
    assert!(told.contains(&reason.to_owned()), "{told:#?}");
}

#[test]
fn an_update_can_be_cancelled() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    prepared(&mut world, Ok(()));
    let before = configuration(&world);
    let cancel = || input::<CancelUpdateStack>(json!({"StackName": "demo"}));
    assert!(world.call(cancel()).is_err());
    update(&mut world, "demo", &FUNCTION.replace("=> 1", "=> 2")).unwrap();
    let refused = update(&mut world, "demo", FUNCTION).unwrap_err();
    assert!(refused.message.ends_with("is in UPDATE_IN_PROGRESS state and can not be updated."));
    assert!(
        delete(&mut world, "demo")
            .unwrap_err()
            .message
            .ends_with("cannot be deleted while in status UPDATE_IN_PROGRESS")
    );
    world.call(cancel()).unwrap();
    assert!(events(&world, "demo").contains(&"Function UPDATE_FAILED Resource update cancelled".to_owned()));
    // The update that was under way ends; then the code of before is brought back.
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_IN_PROGRESS");
    prepared(&mut world, Ok(()));
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_IN_PROGRESS");
    prepared(&mut world, Ok(()));
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(configuration(&world)["CodeSha256"], before["CodeSha256"]);
}

#[test]
fn a_rollback_that_gets_stuck_can_be_continued() {
    let mut world = World::new();
    create(&mut world, "demo", FUNCTION);
    prepared(&mut world, Ok(()));
    let before = configuration(&world);
    let get_stuck = |world: &mut World| {
        update(world, "demo", &FUNCTION.replace("Timeout: 5", "Timeout: 6")).unwrap();
        prepared(world, Err("it broke"));
        prepared(world, Err("it broke again"));
        assert_eq!(status(world, "demo"), "UPDATE_ROLLBACK_FAILED", "{:#?}", last_events(world, "demo"));
        let reason = "The following resource(s) failed to update: [Function]. ";
        assert_eq!(describe(world, "demo")["StackStatusReason"], reason);
        assert!(update(world, "demo", FUNCTION).is_err());
    };
    let go_on = |world: &mut World, more: Value| {
        world.call(input::<ContinueUpdateRollback>(with(json!({"StackName": "demo"}), more)))
    };
    get_stuck(&mut world);
    assert!(go_on(&mut world, json!({"ResourcesToSkip": ["Jobs"]})).is_err());
    world = world.restart();
    go_on(&mut world, json!({})).unwrap();
    prepared(&mut world, Ok(()));
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE", "{:#?}", last_events(&world, "demo"));
    assert_eq!(configuration(&world)["Timeout"], before["Timeout"]);
    assert!(go_on(&mut world, json!({})).is_err());

    get_stuck(&mut world);
    go_on(&mut world, json!({"ResourcesToSkip": ["Function"]})).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE");
    get_stuck(&mut world);
    delete(&mut world, "demo").unwrap();
    assert!(queues(&world).is_empty());
}
