//! The check against a store that has something of everything: whole as it is, and every row that is taken away, cut or added
//! is missed or noticed. Every test's own world is checked as well, when it ends.

use super::*;
use crate::cloudformation::{CreateChangeSet, CreateStack};
use crate::effect::EffectResult;
use crate::testing::{World, input};
use crate::{iam, lambda, logs, sns, sqs, states};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stepwell_store::{Batch, Pair, Store};

const URL: &str = "http://localhost:4566/000000000000";
const ACCOUNT: &str = "us-east-1:000000000000";
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

fn queues(world: &mut World) {
    let call = |world: &mut World, name: &str, more: Value| {
        world.call(input::<sqs::CreateQueue>(json!({"QueueName": name, "Attributes": more}))).unwrap();
    };
    call(world, "q", json!({"VisibilityTimeout": "0"}));
    call(world, "o.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}));
    for body in ["1", "2"] {
        let send = json!({"QueueUrl": format!("{URL}/q"), "MessageBody": body});
        world.call(input::<sqs::SendMessage>(send)).unwrap();
        let send = json!({"QueueUrl": format!("{URL}/o.fifo"), "MessageBody": body, "MessageGroupId": "g"});
        world.call(input::<sqs::SendMessage>(send)).unwrap();
    }
    for _ in 0..2 {
        let receive = json!({"QueueUrl": format!("{URL}/q"), "MaxNumberOfMessages": 1});
        world.call(input::<sqs::ReceiveMessage>(receive)).unwrap();
    }
}

fn topics(world: &mut World) {
    world.call(input::<sns::CreateTopic>(json!({"Name": "t"}))).unwrap();
    let topic = format!("arn:aws:sns:{ACCOUNT}:t");
    for (protocol, endpoint) in
        [("sqs", format!("arn:aws:sqs:{ACCOUNT}:q")), ("http", "http://a.example/".to_owned())]
    {
        let subscribe = json!({"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint});
        world.call(input::<sns::Subscribe>(subscribe)).unwrap();
    }
    // The endpoint doesn't answer: its confirmation waits for the next try.
    let post = world.owed.iter().find(|owed| matches!(owed.effect, Effect::Post(_))).unwrap().id;
    world.complete(post, EffectResult::Posted(Err("refused".to_owned())));
}

fn executions(world: &mut World) {
    let state = |state: Value| json!({"StartAt": "S", "States": {"S": state}}).to_string();
    let callback = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "Parameters": {"QueueUrl": format!("{URL}/q"), "MessageBody.$": "$$.Task.Token"},
    });
    let function = format!("arn:aws:lambda:{ACCOUNT}:function:f");
    let run = json!({"Type": "Task", "Resource": function, "End": true});
    for (name, of) in [("callback", callback), ("pass", json!({"Type": "Pass", "End": true})), ("run", run)] {
        let create = json!({"name": name, "definition": state(of), "roleArn": ROLE});
        world.call(input::<states::CreateStateMachine>(create)).unwrap();
        let arn = format!("arn:aws:states:{ACCOUNT}:stateMachine:{name}");
        world.call(input::<states::StartExecution>(json!({"stateMachineArn": arn}))).unwrap();
    }
}

fn functions(world: &mut World) {
    world.call(lambda::tests::function(json!({"Publish": true}))).unwrap();
    lambda::tests::prepare(world, Ok(()));
    let alias = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    world.call(input::<lambda::CreateAlias>(alias)).unwrap();
    let bytes = lambda::Package::inline("index.py", "def handler(event, context): return 2").unwrap().bytes;
    world.call(lambda::UploadCode::new(bytes)).unwrap();
}

fn identities(world: &mut World) {
    world.create_role("r", "states.amazonaws.com");
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let policy = json!({"PolicyName": "p", "PolicyDocument": document.to_string()});
    world.call(input::<iam::CreatePolicy>(policy)).unwrap();
    let policy = "arn:aws:iam::000000000000:policy/p";
    world.call(input::<iam::CreateUser>(json!({"UserName": "u", "PermissionsBoundary": policy}))).unwrap();
    world.call(input::<iam::CreateGroup>(json!({"GroupName": "G"}))).unwrap();
    world.call(input::<iam::AddUserToGroup>(json!({"GroupName": "G", "UserName": "u"}))).unwrap();
    world.call(input::<iam::CreateAccessKey>(json!({"UserName": "u"}))).unwrap();
    world.call(input::<iam::CreateInstanceProfile>(json!({"InstanceProfileName": "i"}))).unwrap();
    let add = json!({"InstanceProfileName": "i", "RoleName": "r"});
    world.call(input::<iam::AddRoleToInstanceProfile>(add)).unwrap();
    world
        .call(input::<iam::AttachPolicy<iam::model::Role>>(json!({"RoleName": "r", "PolicyArn": policy})))
        .unwrap();
    world.call(iam::credentials::CreateRootKey {}).unwrap();
}

fn groups_of_logs(world: &mut World) {
    world.call(input::<logs::CreateLogGroup>(json!({"logGroupName": "l"}))).unwrap();
    world
        .call(input::<logs::PutRetentionPolicy>(json!({"logGroupName": "l", "retentionInDays": 1})))
        .unwrap();
    world.call(input::<logs::CreateLogStream>(json!({"logGroupName": "l", "logStreamName": "s"}))).unwrap();
    let events = json!([{"timestamp": world.now_ms, "message": "m"}]);
    let put = json!({"logGroupName": "l", "logStreamName": "s", "logEvents": events});
    world.call(input::<logs::PutLogEvents>(put)).unwrap();
}

fn stacks(world: &mut World) {
    let exporter = "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\nOutputs: {Arn: {Value: !GetAtt Q.Arn, Export: {Name: arn}}}";
    let importer = "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {RedrivePolicy: {deadLetterTargetArn: !ImportValue arn, maxReceiveCount: 2}}}}";
    for (name, template) in [("base", exporter), ("user", importer)] {
        world.call(input::<CreateStack>(json!({"StackName": name, "TemplateBody": template}))).unwrap();
    }
    let change = json!({"StackName": "base", "ChangeSetName": "c", "TemplateBody": exporter.replace("Q:", "P: {Type: 'AWS::SQS::Queue'}, Q:")});
    world.call(input::<CreateChangeSet>(change)).unwrap();
    let waiting = format!(
        "Resources: {{F: {{Type: 'AWS::Lambda::Function', Properties: {{Runtime: python3.12, Handler: index.handler, Role: '{ROLE}', Code: {{ZipFile: 'def handler(e, c): pass'}}}}}}}}"
    );
    world.call(input::<CreateStack>(json!({"StackName": "waits", "TemplateBody": waiting}))).unwrap();
}

/// A world with something of everything.
fn world() -> World {
    let mut world = World::new();
    identities(&mut world);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]}}]});
    let update = json!({"RoleName": "r", "PolicyDocument": trust.to_string()});
    world.call(input::<iam::UpdateAssumeRolePolicy>(update)).unwrap();
    queues(&mut world);
    functions(&mut world);
    topics(&mut world);
    executions(&mut world);
    groups_of_logs(&mut world);
    stacks(&mut world);
    world
}

fn all(world: &World) -> Vec<Pair> {
    world.store.snapshot().scan(&[], &[0xFF; 16], Direction::Forward).collect::<Result<_, _>>().unwrap()
}

/// A store of these rows.
fn store(rows: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Store {
    let store = Store::in_memory();
    let mut batch = Batch::default();
    rows.into_iter().for_each(|(key, value)| batch.put(key, Slice::from(value)));
    store.commit(&batch).unwrap();
    store
}

/// The same rows with one changed: `None` takes it away.
fn changed(rows: &[Pair], index: usize, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Report {
    let rows = rows.iter().enumerate().filter_map(|(at, (key, value))| {
        let value = if at == index { change(value)? } else { value.to_vec() };
        Some((key.to_vec(), value))
    });
    run(&store(rows).snapshot())
}

/// Families whose rows may be missing, since nothing else speaks of them.
const ALONE: [Family; 7] = [
    Family::Count,
    Family::Secret,
    Family::FunctionPolicy,
    Family::Alias,
    Family::StackEvent,
    Family::LogEvent,
    Family::EventSourceMapping,
];

#[test]
fn a_store_with_something_of_everything_is_whole() {
    let report = run(&world().store.snapshot());
    assert!(report.is_whole(), "{:#?}", report.violations);
    assert_eq!(report.rows, report.families.iter().map(|family| family.rows).sum::<u64>());
}

#[test]
fn a_row_that_is_taken_away_is_missed() {
    let world = world();
    let rows = all(&world);
    let mut missed = BTreeSet::new();
    for (index, (key, _)) in rows.iter().enumerate() {
        let shape = key_shape::read(key).unwrap();
        let report = changed(&rows, index, |_| None);
        // An effect of no lasting thing, such as a function that is made ready or a post, is only its own witness; so is an
        // end of a pending subscription, and what stands in a stack without being waited for.
        let alone = ALONE.contains(&shape.family)
            || shape.family == Family::Effect && !is_awaited(&rows[index].1)
            || shape.text.contains("PendingSubscription")
            || shape.text.contains("ClosedExecutions") && shape.family == Family::Timer
            || shape.family == Family::StackResource && !shape.text.ends_with("`F`");
        assert!(alone || !report.is_whole(), "nobody misses {}", shape.text);
        missed.insert(shape.family);
    }
    let here = [Family::Moved, Family::Group, Family::Delivery, Family::CodeUpload, Family::PolicyUse];
    let there = [Family::ClosedExecutions, Family::StackWait, Family::StackImport, Family::ChangeSetView];
    assert!(here.iter().chain(&there).all(|family| missed.contains(family)), "{missed:?}");
}

fn is_awaited(value: &[u8]) -> bool {
    matches!(row::decode(value), Ok(Effect::Invoke(_)))
}

#[test]
fn a_row_that_is_cut_is_noticed() {
    let world = world();
    let rows = all(&world);
    for (index, (key, value)) in rows.iter().enumerate().filter(|(_, (_, value))| value.len() > 1) {
        let report = changed(&rows, index, |value| Some(value[..value.len() - 1].to_vec()));
        let _ = value;
        assert!(!report.is_whole(), "nobody notices that {} is cut", key_shape::text(key));
    }
}

#[test]
fn what_is_no_row_of_ours_is_said_to_be_none() {
    let strange = [
        (Key::new(Family::Message).number(1).into_bytes(), "a key that can't be read"),
        (vec![0, 0, 0xEE, 1], "a family that this program doesn't know"),
        (vec![0, 7, 1], "another shard"),
        (Key::new(Family::Quarantine).number(9).into_bytes(), "never given"),
    ];
    for (key, what) in strange {
        let report = run(&store([(key, vec![1])]).snapshot());
        assert!(report.violations.iter().any(|violation| violation.what.contains(what)), "{report:?}");
    }
}

#[test]
fn so_much_that_is_wrong_is_counted_and_not_listed() {
    let rows =
        (0..1500).map(|number| (Key::new(Family::Moved).number(1).number(number).into_bytes(), vec![]));
    let report = run(&store(rows).snapshot());
    assert_eq!(report.violations.len(), 1000);
    assert!(report.violation_count() >= 1500);
}
