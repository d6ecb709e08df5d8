//! Stacks, created, updated (every other one by a change set) and deleted one after the other: what a crash interrupts goes on where it was.

use crate::client::{Answer, Client, element, elements};
use crate::world::World;
use serde_json::json;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

const LOOK: Duration = Duration::from_millis(50);

/// A queue, a topic, and a subscription between the two.
fn template(visibility_seconds: u64) -> String {
    let subscription = json!({"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}});
    let queue = json!({"VisibilityTimeout": visibility_seconds});
    json!({"Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription}
    }})
    .to_string()
}

pub async fn carry(world: Rc<World>) {
    let mut client = Client::new(&world);
    for number in 0_u64.. {
        if world.ending.get() {
            return;
        }
        let name = format!("stack-{number}");
        world.ledgers.borrow_mut().stacks.entry(name.clone()).or_default();
        if !create(&mut client, &world, &name).await {
            return;
        }
        look_for(&mut client, &world, &name, "CREATE").await;
        look_at_events(&mut client, &world, &name, "CREATE_COMPLETE", 4).await;
        if let Some(stack) = world.ledgers.borrow_mut().stacks.get_mut(&name) {
            stack.created = true;
        }
        let is_updated = match number % 2 {
            0 => update(&mut client, &world, &name).await,
            _ => update_by_change_set(&mut client, &world, &name).await,
        };
        if !is_updated {
            return;
        }
        look_for(&mut client, &world, &name, "UPDATE").await;
        look_at_events(&mut client, &world, &name, "UPDATE_COMPLETE", 2).await;
        loop {
            match client.cloudformation("DeleteStack", &[("StackName", &name)]).await {
                Answer::Done(_) => break,
                Answer::Refused { code, message } => {
                    return world.violation(format!("the stack {name} can't be deleted: {code}: {message}"));
                }
                Answer::Unknown => {}
            }
        }
        look_for(&mut client, &world, &name, "DELETE").await;
        if let Some(stack) = world.ledgers.borrow_mut().stacks.get_mut(&name) {
            stack.deleted = true;
        }
    }
}

/// Whether there is a stack now.
async fn create(client: &mut Client, world: &World, name: &str) -> bool {
    let template = template(30);
    let fields = [("StackName", name), ("TemplateBody", template.as_str()), ("ClientRequestToken", name)];
    ask(client, world, "CreateStack", &fields).await
}

/// Whether the stack's queue is being changed now.
async fn update(client: &mut Client, world: &World, name: &str) -> bool {
    let template = template(31);
    let fields = [("StackName", name), ("TemplateBody", template.as_str())];
    ask(client, world, "UpdateStack", &fields).await
}

/// The same in three steps.
async fn update_by_change_set(client: &mut Client, world: &World, name: &str) -> bool {
    let template = template(31);
    let names = [("StackName", name), ("ChangeSetName", "change")];
    let fields = [names[0], names[1], ("TemplateBody", template.as_str())];
    if !ask(client, world, "CreateChangeSet", &fields).await {
        return false;
    }
    loop {
        match client.cloudformation("DescribeChangeSet", &names).await {
            Answer::Done(xml) if element(&xml, "Status").as_deref() == Some("CREATE_COMPLETE") => break,
            Answer::Done(xml)
                if element(&xml, "Status").is_some_and(|status| status.starts_with("CREATE_")) =>
            {
                tokio::time::sleep(LOOK).await;
            }
            Answer::Unknown => {}
            other => {
                world.violation(format!("the change set of {name} was acknowledged and failed: {other:?}"));
                return false;
            }
        }
    }
    ask(client, world, "ExecuteChangeSet", &names).await
}

/// Asks until it is answered; whether it was done. What is refused after a call that was cut off was done by that one.
async fn ask(client: &mut Client, world: &World, operation: &str, fields: &[(&str, &str)]) -> bool {
    let mut cut_off = false;
    loop {
        match client.cloudformation(operation, fields).await {
            Answer::Done(_) => return true,
            Answer::Refused { .. } if cut_off => return true,
            Answer::Refused { code, message } => {
                world.violation(format!("{operation} of {}: {code}: {message}", fields[0].1));
                return false;
            }
            Answer::Unknown => cut_off = true,
        }
    }
}

/// Waits until the operation has come to its end, which must be a good one.
async fn look_for(client: &mut Client, world: &World, name: &str, operation: &str) {
    loop {
        let status = match client.cloudformation("DescribeStacks", &[("StackName", name)]).await {
            Answer::Done(xml) => element(&xml, "StackStatus").unwrap_or_default(),
            Answer::Refused { .. } if operation == "DELETE" => return,
            Answer::Refused { code, message } => {
                let told = format!("the stack {name} was acknowledged and isn't there: {code}: {message}");
                return world.violation(told);
            }
            Answer::Unknown => continue,
        };
        if status == format!("{operation}_COMPLETE") {
            return;
        }
        let goes_on = ["IN_PROGRESS", "COMPLETE_CLEANUP_IN_PROGRESS"];
        if !goes_on.iter().any(|rest| status == format!("{operation}_{rest}")) {
            return world.violation(format!("the stack {name} is {status} in the course of its {operation}"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Each resource is created once, and changed once: so many come to this status, and none twice.
async fn look_at_events(client: &mut Client, world: &World, name: &str, complete: &str, resources: usize) {
    let xml = loop {
        match client.cloudformation("DescribeStackEvents", &[("StackName", name)]).await {
            Answer::Done(xml) => break xml,
            Answer::Refused { code, message } => {
                return world.violation(format!("no events of the stack {name}: {code}: {message}"));
            }
            Answer::Unknown => {}
        }
    };
    let names = elements(&xml, "LogicalResourceId").into_iter();
    let mut seen = BTreeSet::new();
    for (resource, status) in names.zip(elements(&xml, "ResourceStatus")) {
        if status == complete && !seen.insert(resource.clone()) {
            world.violation(format!("{resource} of the stack {name} came to {complete} twice"));
        }
    }
    if seen.len() != resources {
        world.violation(format!("of the stack {name} these came to {complete}: {seen:?}"));
    }
}
