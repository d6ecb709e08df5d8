//! Stacks, created and deleted one after the other: what a crash interrupts goes on where it was.

use crate::client::{Answer, Client, element, elements};
use crate::world::World;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

const LOOK: Duration = Duration::from_millis(50);

const TEMPLATE: &str = r#"{"Resources": {
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": {
        "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}
    }}
}}"#;

pub async fn create_and_delete(world: Rc<World>) {
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
        look_at_events(&mut client, &world, &name).await;
        if let Some(stack) = world.ledgers.borrow_mut().stacks.get_mut(&name) {
            stack.created = true;
        }
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

/// Asks until it is answered; whether there is a stack now.
async fn create(client: &mut Client, world: &World, name: &str) -> bool {
    let mut cut_off = false;
    loop {
        let fields = [("StackName", name), ("TemplateBody", TEMPLATE), ("ClientRequestToken", name)];
        match client.cloudformation("CreateStack", &fields).await {
            Answer::Done(_) => return true,
            Answer::Refused { code, .. } if code == "AlreadyExistsException" && cut_off => return true,
            Answer::Refused { code, message } => {
                world.violation(format!("the stack {name} can't be created: {code}: {message}"));
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
        if status != format!("{operation}_IN_PROGRESS") {
            return world.violation(format!("the stack {name} is {status} in the course of its {operation}"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Each resource is created once: no status is reached twice.
async fn look_at_events(client: &mut Client, world: &World, name: &str) {
    let xml = loop {
        match client.cloudformation("DescribeStackEvents", &[("StackName", name)]).await {
            Answer::Done(xml) => break xml,
            Answer::Refused { code, message } => {
                return world.violation(format!("no events of the stack {name}: {code}: {message}"));
            }
            Answer::Unknown => {}
        }
    };
    let resources = elements(&xml, "LogicalResourceId").into_iter();
    let mut seen = BTreeSet::new();
    for (resource, status) in resources.zip(elements(&xml, "ResourceStatus")) {
        if status == "CREATE_COMPLETE" && !seen.insert(resource.clone()) {
            world.violation(format!("{resource} of the stack {name} was created twice"));
        }
    }
    if seen.len() != 4 {
        world.violation(format!("of the stack {name} these are complete: {seen:?}"));
    }
}
