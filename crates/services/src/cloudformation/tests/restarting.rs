//! A server that is killed in the middle of a stack operation goes on with it: the same end, and nothing made twice.

use super::*;
use crate::effect::{Effect, EffectResult};
use stepwell_store::{Batch, Store};

/// A template that takes several turns, waits for a function, and whose last resource may be wrong.
fn template(delay: u32, last: &str) -> String {
    let queues: String = (0..6)
        .map(|number| format!("  Q{number}: {{Type: 'AWS::SQS::Queue', Properties: {{QueueName: q{number}-{last}, DelaySeconds: {delay}}}}}\n"))
        .collect();
    format!(
        r#"
Resources:
{queues}  Topic: {{Type: 'AWS::SNS::Topic', DependsOn: [Q0, Q5], Properties: {{DisplayName: d{delay}}}}}
  Function:
    Type: AWS::Lambda::Function
    DependsOn: Topic
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {{ZipFile: "def handler(event, context): return {delay}"}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: 'sts:AssumeRole'}}]
  Last: {{Type: 'AWS::SQS::Queue', DependsOn: Function, Properties: {{QueueName: last, DelaySeconds: {last}}}}}
Outputs: {{Queue: {{Value: !Ref Q3}}}}
"#
    )
}

/// What is there in the end, whoever made it and when.
fn end_of(world: &World, id: &str) -> Value {
    let mut told = events(world, id);
    // The tokens of failures are drawn anew.
    told.iter_mut().for_each(|event| {
        if let Some(end) = event.find("Request ID") {
            event.truncate(end);
        }
    });
    let topics = world.read(&input::<crate::sns::ListTopics>(json!({}))).unwrap();
    let functions = world.read(&input::<crate::lambda::ListFunctions>(json!({}))).unwrap();
    json!({
        "status": status(world, id), "events": told, "queues": queues(world),
        "topics": topics["Topics"].as_array().unwrap().len(), "functions": functions["Functions"].as_array().unwrap().len(),
    })
}

/// Lets everything happen that waits for the outside.
fn run_on(mut world: World) -> World {
    let is_preparation = |owed: &&crate::effect::Owed| matches!(owed.effect, Effect::PrepareFunction(_));
    while let Some(id) = world.owed.iter().find(is_preparation).map(|owed| owed.id) {
        world.complete(id, EffectResult::Prepared(Ok(())));
    }
    world
}

/// A store as it was after these commits.
fn store_after(commits: &[Batch]) -> Store {
    let store = Store::in_memory();
    commits.iter().for_each(|batch| store.commit(batch).unwrap());
    store
}

/// Runs an operation undisturbed; then again, killed after each of its commits: the end is the same.
fn check(prepare: impl Fn(&mut World) -> String, act: impl Fn(&mut World, &str), expected: &str) {
    let mut world = World::new();
    let id = prepare(&mut world);
    world = run_on(world);
    let before = world.log.len();
    act(&mut world, &id);
    world = run_on(world);
    let undisturbed = end_of(&world, &id);
    assert_eq!(undisturbed["status"], expected, "{undisturbed:#}");
    // Before its first commit the operation was never asked for.
    let commits = before + 1..=world.log.len();
    assert!(commits.clone().count() > 3, "too few commits to be a test");
    for count in commits {
        let killed = run_on(World::over(store_after(&world.log[..count]), world.now_ms));
        assert_eq!(end_of(&killed, &id), undisturbed, "killed after commit {count} of {}", world.log.len());
        let again = run_on(killed.restart());
        assert_eq!(end_of(&again, &id), undisturbed, "killed once more when it was over");
    }
}

fn made(delay: u32, last: &str) -> impl Fn(&mut World) -> String {
    let template = template(delay, last);
    move |world| create(world, "demo", &template)
}

#[test]
fn a_creation_goes_on() {
    for (last, expected) in [("5", "CREATE_COMPLETE"), ("901", "ROLLBACK_COMPLETE")] {
        let template = template(1, last);
        check(
            |_| "demo".to_owned(),
            |world, _| {
                create(world, "demo", &template);
            },
            expected,
        );
    }
}

#[test]
fn an_update_goes_on() {
    for (changed, expected) in
        [(template(2, "6"), "UPDATE_COMPLETE"), (template(2, "901"), "UPDATE_ROLLBACK_COMPLETE")]
    {
        check(
            made(1, "5"),
            |world, _| {
                update(world, "demo", &changed).unwrap();
            },
            expected,
        );
    }
}

#[test]
fn a_deletion_goes_on() {
    check(
        made(1, "5"),
        |world, _| {
            delete(world, "demo").unwrap();
        },
        "DELETE_COMPLETE",
    );
}
