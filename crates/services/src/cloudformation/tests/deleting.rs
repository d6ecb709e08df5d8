//! Stacks that are taken away, and what stays behind.

use super::*;

#[test]
fn resources_go_in_the_opposite_order() {
    let mut world = World::new();
    let template = r#"
Resources:
  A: {Type: 'AWS::SQS::Queue'}
  B: {Type: 'AWS::SQS::Queue', DependsOn: A}
  C: {Type: 'AWS::SQS::Queue', DependsOn: B}
"#;
    let id = create(&mut world, "demo", template);
    delete(&mut world, "demo").unwrap();
    let told = last_events(&world, &id);
    let gone: Vec<_> = told.iter().filter(|event| event.contains("DELETE_COMPLETE")).collect();
    assert_eq!(gone, ["C DELETE_COMPLETE", "B DELETE_COMPLETE", "A DELETE_COMPLETE", "demo DELETE_COMPLETE"]);
    let error = world.read(&input::<DescribeStacks>(json!({"StackName": "demo"}))).unwrap_err();
    assert_eq!(error.message, "Stack with id demo does not exist");
    let deleted = describe(&world, &id);
    assert_eq!(deleted["StackStatus"], "DELETE_COMPLETE");
    assert!(deleted.get("DeletionTime").is_some() && deleted.get("EnableTerminationProtection").is_none());
    assert!(
        resources(&world, &id)
            .iter()
            .all(|(_, status, physical_id)| status == "DELETE_COMPLETE" && !physical_id.is_empty())
    );
    // Deleting it again, or what never was, is no error; and its name is free.
    delete(&mut world, &id).unwrap();
    delete(&mut world, "demo").unwrap();
    let second = create(&mut world, "demo", template);
    assert_ne!(second, id);
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
    let listed = world.read(&input::<ListStacks>(json!({"StackStatusFilter": ["DELETE_COMPLETE"]}))).unwrap();
    assert_eq!(listed["StackSummaries"][0]["StackId"], id);
    assert_eq!(listed["StackSummaries"].as_array().unwrap().len(), 1);
}

#[test]
fn policies_retain_resources() {
    let mut world = World::new();
    let template = r#"
Resources:
  Kept: {Type: 'AWS::SQS::Queue', DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {QueueName: kept}}
  Except: {Type: 'AWS::SQS::Queue', DeletionPolicy: RetainExceptOnCreate, Properties: {QueueName: except}}
  Gone: {Type: 'AWS::SQS::Queue', Properties: {QueueName: gone}}
"#;
    create(&mut world, "demo", template);
    update(&mut world, "demo", &template.replace("QueueName: kept", "QueueName: kept2")).unwrap();
    assert_eq!(queues(&world), ["except", "gone", "kept", "kept2"]);
    assert!(last_events(&world, "demo").contains(&"Kept DELETE_SKIPPED".to_owned()));
    let id = describe(&world, "demo")["StackId"].as_str().unwrap().to_owned();
    delete(&mut world, "demo").unwrap();
    assert_eq!(queues(&world), ["except", "kept", "kept2"]);
    let told = last_events(&world, &id);
    assert!(
        told.contains(&"Kept DELETE_SKIPPED".to_owned())
            && told.contains(&"Except DELETE_SKIPPED".to_owned()),
        "{told:#?}"
    );
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
}

#[test]
fn a_creation_that_fails_retains_only_what_says_so_for_creations_too() {
    let mut world = World::new();
    let template = r#"
Resources:
  Kept: {Type: 'AWS::SQS::Queue', DeletionPolicy: Retain, Properties: {QueueName: kept}}
  Except: {Type: 'AWS::SQS::Queue', DeletionPolicy: RetainExceptOnCreate, Properties: {QueueName: except}}
  Bad: {Type: 'AWS::SQS::Queue', DependsOn: [Kept, Except], Properties: {Nonsense: 1}}
"#;
    create(&mut world, "demo", template);
    assert_eq!(status(&world, "demo"), "ROLLBACK_COMPLETE");
    assert_eq!(queues(&world), ["kept"]);
}

#[test]
fn a_stack_that_is_protected_stays() {
    let mut world = World::new();
    let protected = json!({"EnableTerminationProtection": true});
    world.call(input::<CreateStack>(with(create_input("demo", CALLBACK), protected))).unwrap();
    assert_eq!(
        delete(&mut world, "demo").unwrap_err().message,
        "Stack [demo] cannot be deleted while TerminationProtection is enabled"
    );
    let off = json!({"StackName": "demo", "EnableTerminationProtection": false});
    world.call(input::<UpdateTerminationProtection>(off)).unwrap();
    delete(&mut world, "demo").unwrap();
    assert!(queues(&world).is_empty());
}

#[test]
fn what_can_not_be_deleted_stands_in_the_way_until_it_is_left_behind() {
    let mut world = World::new();
    let template = functions::FUNCTION.replace(
        "Outputs:",
        "  Version: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Function}}\nOutputs:",
    );
    let id = create(&mut world, "demo", &template);
    functions::prepared(&mut world, Ok(()));
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    // A version with an alias, made elsewhere, can't be deleted.
    let function = physical_id(&world, "demo", "Function");
    let alias = json!({"FunctionName": function, "Name": "live", "FunctionVersion": "1"});
    world.call(input::<crate::lambda::CreateAlias>(alias)).unwrap();
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, "demo"), "DELETE_FAILED", "{:#?}", last_events(&world, "demo"));
    assert_eq!(
        describe(&world, "demo")["StackStatusReason"],
        "The following resource(s) failed to delete: [Version]. "
    );
    let left: Vec<_> = resources(&world, "demo")
        .into_iter()
        .filter(|(_, status, _)| status != "DELETE_COMPLETE")
        .map(|(logical_id, ..)| logical_id)
        .collect();
    assert_eq!(left, ["Function", "Role", "Version"], "what it depends on stays with it");
    let unfit = json!({"StackName": "demo", "RetainResources": ["Function"]});
    assert!(world.call(input::<DeleteStack>(unfit)).is_err());
    let retain = json!({"StackName": "demo", "RetainResources": ["Version"]});
    world.call(input::<DeleteStack>(retain)).unwrap();
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
    assert!(last_events(&world, &id).contains(&"Version DELETE_SKIPPED".to_owned()));
}

#[test]
fn a_deleted_stack_is_forgotten_after_ninety_days() {
    let mut world = World::new();
    let id = create(&mut world, "demo", CALLBACK);
    delete(&mut world, "demo").unwrap();
    world.pass(89 * 24 * 3_600_000);
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
    world.pass(2 * 24 * 3_600_000);
    assert!(world.read(&input::<DescribeStacks>(json!({"StackName": id}))).is_err());
    let stacks = world.read(&input::<ListStacks>(json!({}))).unwrap();
    assert_eq!(stacks["StackSummaries"], json!([]));
}
