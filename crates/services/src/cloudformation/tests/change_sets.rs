//! The life of a change set.

use super::*;

const QUEUE: &str = "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 1}}}";

fn propose(world: &mut World, name: &str, kind: &str, template: &str) -> Result<Value, ApiError> {
    let request =
        json!({"StackName": "demo", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": template});
    world.call(input::<CreateChangeSet>(request))
}

fn proposal(world: &World, name: &str) -> Result<Value, ApiError> {
    let request = json!({"StackName": "demo", "ChangeSetName": name, "IncludePropertyValues": true});
    world.read(&input::<DescribeChangeSet>(request))
}

fn execute(world: &mut World, name: &str) -> Result<Value, ApiError> {
    world.call(input::<ExecuteChangeSet>(json!({"StackName": "demo", "ChangeSetName": name})))
}

#[test]
fn a_change_set_makes_a_stack_and_another_changes_it() {
    let mut world = World::new();
    let made = propose(&mut world, "first", "CREATE", QUEUE).unwrap();
    assert_eq!(status(&world, "demo"), "REVIEW_IN_PROGRESS");
    assert!(queues(&world).is_empty());
    let shown = proposal(&world, "first").unwrap();
    assert_eq!(
        (&shown["Status"], &shown["ExecutionStatus"]),
        (&json!("CREATE_COMPLETE"), &json!("AVAILABLE"))
    );
    assert_eq!(shown["Changes"][0]["ResourceChange"]["Action"], "Add");
    execute(&mut world, "first").unwrap();
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    let stack = describe(&world, "demo");
    assert_eq!(stack["ChangeSetId"], made["Id"]);
    assert!(stack.get("LastUpdatedTime").is_some());
    assert_eq!(
        events(&world, "demo")[..2],
        ["demo REVIEW_IN_PROGRESS User Initiated", "demo CREATE_IN_PROGRESS User Initiated"]
    );

    propose(&mut world, "second", "UPDATE", &QUEUE.replace("DelaySeconds: 1", "DelaySeconds: 2")).unwrap();
    propose(&mut world, "third", "UPDATE", &QUEUE.replace("DelaySeconds: 1", "DelaySeconds: 3")).unwrap();
    let listed = world.read(&input::<ListChangeSets>(json!({"StackName": "demo"}))).unwrap();
    assert_eq!(listed["Summaries"].as_array().unwrap().len(), 2);
    let target = &proposal(&world, "second").unwrap()["Changes"][0]["ResourceChange"]["Details"][0]["Target"];
    assert_eq!((&target["BeforeValue"], &target["AfterValue"]), (&json!("1"), &json!("2")));
    execute(&mut world, "second").unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    let url = physical_id(&world, "demo", "Q");
    assert_eq!(queue_attributes(&world, &url)["DelaySeconds"], "2");
    // The others are gone with it, and it can't be executed again; its name is free.
    assert_eq!(proposal(&world, "third").unwrap_err().message, "ChangeSet [third] does not exist");
    assert_eq!(proposal(&world, "second").unwrap()["ExecutionStatus"], "EXECUTE_COMPLETE");
    assert_eq!(execute(&mut world, "second").unwrap_err().code, "InvalidChangeSetStatus");
    propose(&mut world, "second", "UPDATE", QUEUE).unwrap();
    assert_eq!(proposal(&world, "second").unwrap()["ExecutionStatus"], "AVAILABLE");
    let template =
        world.read(&input::<GetTemplate>(json!({"StackName": "demo", "ChangeSetName": "second"}))).unwrap();
    assert_eq!(template["TemplateBody"], QUEUE);
}

#[test]
fn nothing_to_change_fails_the_change_set() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUE);
    propose(&mut world, "same", "UPDATE", QUEUE).unwrap();
    let shown = proposal(&world, "same").unwrap();
    assert_eq!((&shown["Status"], &shown["ExecutionStatus"]), (&json!("FAILED"), &json!("UNAVAILABLE")));
    assert_eq!(
        shown["StatusReason"],
        "The submitted information didn't contain changes. Submit different information to create a change set."
    );
    let error = execute(&mut world, "same").unwrap_err();
    let id = shown["ChangeSetId"].as_str().unwrap();
    assert_eq!(
        error.message,
        format!("ChangeSet [{id}] cannot be executed in its current status of [FAILED]")
    );
    world.call(input::<DeleteChangeSet>(json!({"ChangeSetName": id}))).unwrap();
    let error = world.read(&input::<DescribeChangeSet>(json!({"ChangeSetName": id}))).unwrap_err();
    assert_eq!((error.status, error.message), (404, format!("ChangeSet [{id}] does not exist")));
}

#[test]
fn a_stack_that_changed_in_between_outdates_change_sets() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUE);
    propose(&mut world, "late", "UPDATE", &QUEUE.replace("DelaySeconds: 1", "DelaySeconds: 2")).unwrap();
    update(&mut world, "demo", &QUEUE.replace("DelaySeconds: 1", "DelaySeconds: 3")).unwrap();
    assert_eq!(proposal(&world, "late").unwrap()["ExecutionStatus"], "OBSOLETE");
    assert!(execute(&mut world, "late").is_err());
}

#[test]
fn what_is_wrong_with_a_change_set_is_told_at_once() {
    let mut world = World::new();
    assert_eq!(propose(&mut world, "x", "UPDATE", QUEUE).unwrap_err().message, "Stack [demo] does not exist");
    let wrong = "Mappings: {M: {A: {B: c}}}\nParameters: {P: {Type: String, Default: Z}}\nResources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !FindInMap [M, !Ref P, B]}}}";
    let error = propose(&mut world, "x", "CREATE", wrong).unwrap_err();
    assert_eq!(error.message, "Template error: Unable to get mapping for M::Z::B");
    assert!(
        world.read(&input::<DescribeStacks>(json!({"StackName": "demo"}))).is_err(),
        "nothing is left of it"
    );
    create(&mut world, "demo", QUEUE);
    assert_eq!(
        propose(&mut world, "x", "CREATE", QUEUE).unwrap_err().message,
        "Stack [demo] already exists and cannot be created again with the changeSet [x]."
    );
    assert_eq!(propose(&mut world, "x", "IMPORT", QUEUE).unwrap_err().code, "ValidationError");
    let error = world.read(&input::<DescribeChangeSet>(json!({"ChangeSetName": "x"}))).unwrap_err();
    assert_eq!(error.message, "StackName must be specified if ChangeSetName is not specified as an ARN.");
}

#[test]
fn a_stack_under_review_can_be_deleted() {
    let mut world = World::new();
    let made = propose(&mut world, "first", "CREATE", QUEUE).unwrap();
    let error = world.read(&input::<GetTemplateSummary>(json!({"StackName": "demo"}))).unwrap_err();
    assert_eq!(error.message, "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, made["StackId"].as_str().unwrap()), "DELETE_COMPLETE");
    assert!(world.read(&input::<DescribeChangeSet>(json!({"ChangeSetName": made["Id"]}))).is_err());
}
