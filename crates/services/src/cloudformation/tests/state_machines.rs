//! Versions and aliases of state machines: an alias that follows what is published.

use super::*;
use crate::states::{DescribeStateMachineAlias, ListStateMachineVersions};

const PUBLISHED: &str = r#"
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: m
      RoleArn: !GetAtt Role.Arn
      Definition: {StartAt: P, States: {P: {Type: Pass, Result: one, End: true}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Version:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties:
      StateMachineArn: !Ref Machine
      StateMachineRevisionId: !GetAtt Machine.StateMachineRevisionId
      Description: d
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      Description: what callers use
      RoutingConfiguration: [{StateMachineVersionArn: !Ref Version, Weight: '100'}]
Outputs: {Alias: {Value: !GetAtt Live.Arn}}
"#;

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

fn routes(world: &World) -> Value {
    let alias = json!({"stateMachineAliasArn": format!("{MACHINE}:live")});
    world.read(&input::<DescribeStateMachineAlias>(alias)).unwrap()["routingConfiguration"].take()
}

fn versions(world: &World) -> usize {
    let list = json!({"stateMachineArn": MACHINE});
    let listed = world.read(&input::<ListStateMachineVersions>(list)).unwrap();
    listed["stateMachineVersions"].as_array().unwrap().len()
}

#[test]
fn an_alias_follows_the_version_that_an_update_publishes() {
    let mut world = World::new();
    create(&mut world, "demo", PUBLISHED);
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    assert_eq!(output(&world, "demo", "Alias"), format!("{MACHINE}:live"));
    assert_eq!(physical_id(&world, "demo", "Version"), format!("{MACHINE}:1"));
    update(&mut world, "demo", &PUBLISHED.replace("Result: one", "Result: two")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    assert_eq!(routes(&world), json!([{"stateMachineVersionArn": format!("{MACHINE}:2"), "weight": 100}]));
    assert_eq!(versions(&world), 1, "the version that nothing refers to any more is gone");
    delete(&mut world, "demo").unwrap();
    let gone = world.read(&input::<ListStateMachineVersions>(json!({"stateMachineArn": MACHINE}))).unwrap();
    assert_eq!(gone["stateMachineVersions"], json!([]));
}

#[test]
fn a_version_that_was_published_before_belongs_to_whoever_published_it() {
    let mut world = World::new();
    let second = "  Second: {Type: 'AWS::StepFunctions::StateMachineVersion', DependsOn: Version, Properties: {StateMachineArn: !Ref Machine}}\nOutputs";
    create(&mut world, "demo", &PUBLISHED.replace("Outputs", second));
    assert_eq!(status(&world, "demo"), "ROLLBACK_COMPLETE");
    let told = events(&world, "demo");
    let failed = told.iter().find(|event| event.starts_with("Second CREATE_FAILED")).unwrap();
    assert!(failed.contains(&format!("with identifier '{MACHINE}:1' already exists")), "{failed}");
}

#[test]
fn an_alias_is_deployed_at_once_or_not_at_all() {
    let mut world = World::new();
    let routing = "RoutingConfiguration: [{StateMachineVersionArn: !Ref Version, Weight: '100'}]";
    let shifted = |kind: &str| {
        let preference =
            format!("DeploymentPreference: {{StateMachineVersionArn: !Ref Version, Type: {kind}}}");
        PUBLISHED.replace(routing, &preference)
    };
    create(&mut world, "demo", &shifted("LINEAR"));
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE", "the first deployment has nothing to shift from");
    update(&mut world, "demo", &shifted("LINEAR").replace("Result: one", "Result: two")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE");
    update(&mut world, "demo", &shifted("ALL_AT_ONCE").replace("Result: one", "Result: three")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
}
