//! Every store that a release left behind (`testdata/stores`) is opened and gone on with: its tokens are answered, its timers
//! come due, its messages are received, its mapping polls.

use crate::cloudformation::DescribeStacks;
use crate::effect::{Effect, InvokePurpose};
use crate::logs::GetLogEvents;
use crate::sns::Publish;
use crate::sqs::{ReceiveMessage, SendMessage};
use crate::states::open_callbacks::ListCallbacks;
use crate::states::{DescribeExecution, SendTaskSuccess};
use crate::testing::{World, input};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use stepwell_store::{Batch, Store, backup};

const HOUR_MS: u64 = 3_600_000;

fn folders() -> Vec<PathBuf> {
    let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/stores");
    let entries = fs::read_dir(stores).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty(), "the first release left one behind");
    folders
}

fn of_backup(folder: &Path) -> Store {
    let (store, mut batch) = (Store::in_memory(), Batch::default());
    let file = fs::read(folder.join("store.backup")).unwrap();
    backup::read(&file[..], |key, value| {
        batch.put(key.to_vec(), value);
        Ok(())
    })
    .unwrap();
    store.commit(&batch).unwrap();
    store
}

fn url(queue: &str) -> String {
    format!("http://localhost:4566/000000000000/{queue}")
}

fn bodies(world: &mut World, queue: &str) -> Vec<String> {
    let receive = json!({"QueueUrl": url(queue), "MaxNumberOfMessages": 10});
    let answer = world.call(input::<ReceiveMessage>(receive)).unwrap();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
}

fn status(world: &World, machine: &str) -> Value {
    let arn = format!("arn:aws:states:us-east-1:000000000000:execution:{machine}:{machine}-1");
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()["status"].clone()
}

fn goes_on(store: Store) {
    super::agree(&store).unwrap();
    let report = crate::check::run(&store.snapshot());
    assert!(report.is_whole(), "{:#?}", report.violations);
    let mut world = World::over_kept(store);

    let callbacks = world.read(&input::<ListCallbacks>(json!({}))).unwrap();
    let token = callbacks["callbacks"][0]["taskToken"].as_str().unwrap().to_owned();
    let jobs = bodies(&mut world, "jobs");
    assert_eq!((jobs.len(), jobs[0].as_str()), (2, "visible"), "one is in flight: {jobs:?}");
    assert_eq!(serde_json::from_str::<Value>(&jobs[1]).unwrap()["token"], token.as_str());
    world.call(input::<SendTaskSuccess>(json!({"taskToken": token, "output": "1"}))).unwrap();
    assert_eq!(status(&world, "callback"), "SUCCEEDED");

    assert_eq!(bodies(&mut world, "orders.fifo"), ["first", "second"]);
    let publish = json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:news", "Message": "news"});
    world.call(input::<Publish>(publish)).unwrap();
    assert_eq!(bodies(&mut world, "jobs"), ["news"]);
    let events = world.read(&input::<GetLogEvents>(
        json!({"logGroupName": "kept", "logStreamName": "s", "startFromHead": true}),
    ));
    assert_eq!(events.unwrap()["events"][0]["message"], "a line");
    let stacks = world.read(&input::<DescribeStacks>(json!({"StackName": "old"}))).unwrap();
    assert_eq!(stacks["Stacks"][0]["StackStatus"], "CREATE_COMPLETE");

    world.call(input::<SendMessage>(json!({"QueueUrl": url("batches"), "MessageBody": "work"}))).unwrap();
    let is_batch = |effect: &Effect| matches!(effect, Effect::Invoke(invoke) if invoke.function == "work" && matches!(invoke.purpose, InvokePurpose::EventSource(_)));
    assert!(world.performed.iter().any(is_batch), "the mapping polls");

    assert_eq!(status(&world, "waiting"), "RUNNING");
    world.pass(HOUR_MS);
    assert_eq!(status(&world, "waiting"), "SUCCEEDED");
    world.pass(11 * HOUR_MS);
    assert!(
        bodies(&mut world, "jobs").contains(&"in flight".to_owned()),
        "it comes back when its time is over"
    );
}

#[test]
fn every_kept_backup_is_gone_on_with() {
    folders().iter().for_each(|folder| goes_on(of_backup(folder)));
}

#[test]
fn every_kept_embedded_store_is_gone_on_with() {
    for folder in folders() {
        let data = tempfile::tempdir().unwrap();
        copy(&folder.join("store"), &data.path().join("store"));
        goes_on(Store::open_existing(data.path()).unwrap());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.as_ref().unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
