//! Stacks that are changed, and changed back.

use super::*;

const QUEUES: &str = r#"
Resources:
  A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: a, DelaySeconds: 1, MaximumMessageSize: 2048}}
  B: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub '${A.QueueName}-b'}}
Outputs:
  Url: {Value: !Ref A}
"#;

#[test]
fn what_differs_is_changed_in_place() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    update(
        &mut world,
        "demo",
        &QUEUES.replace("DelaySeconds: 1, MaximumMessageSize: 2048", "DelaySeconds: 2"),
    )
    .unwrap();
    assert_eq!(
        last_events(&world, "demo"),
        [
            "demo UPDATE_IN_PROGRESS User Initiated",
            "A UPDATE_IN_PROGRESS",
            "A UPDATE_COMPLETE",
            "demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "demo UPDATE_COMPLETE",
        ]
    );
    let attributes = queue_attributes(&world, &physical_id(&world, "demo", "A"));
    assert_eq!(attributes["DelaySeconds"], "2");
    assert_eq!(attributes["MaximumMessageSize"], "262144", "the default of an update");
}

#[test]
fn what_can_not_be_changed_is_replaced_and_the_old_one_goes_at_the_end() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    update(&mut world, "demo", &QUEUES.replace("QueueName: a,", "QueueName: new,")).unwrap();
    let new = "Requested update requires the creation of a new physical resource; hence creating one.";
    assert_eq!(
        last_events(&world, "demo"),
        [
            "demo UPDATE_IN_PROGRESS User Initiated".to_owned(),
            format!("A UPDATE_IN_PROGRESS {new}"),
            "A UPDATE_IN_PROGRESS Resource creation Initiated".to_owned(),
            "A UPDATE_COMPLETE".to_owned(),
            format!("B UPDATE_IN_PROGRESS {new}"),
            "B UPDATE_IN_PROGRESS Resource creation Initiated".to_owned(),
            "B UPDATE_COMPLETE".to_owned(),
            "demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS".to_owned(),
            "B DELETE_IN_PROGRESS".to_owned(),
            "B DELETE_COMPLETE".to_owned(),
            "A DELETE_IN_PROGRESS".to_owned(),
            "A DELETE_COMPLETE".to_owned(),
            "demo UPDATE_COMPLETE".to_owned(),
        ]
    );
    assert_eq!(queues(&world), ["new", "new-b"]);
    assert!(output(&world, "demo", "Url").ends_with("/new"));
}

#[test]
fn resources_come_and_go_with_their_template() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    let other = "Resources:\n  A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: a, DelaySeconds: 1, MaximumMessageSize: 2048}}\n  C: {Type: 'AWS::SQS::Queue', Properties: {QueueName: c}}";
    update(&mut world, "demo", other).unwrap();
    assert_eq!(
        last_events(&world, "demo"),
        [
            "demo UPDATE_IN_PROGRESS User Initiated",
            "C CREATE_IN_PROGRESS",
            "C CREATE_IN_PROGRESS Resource creation Initiated",
            "C CREATE_COMPLETE",
            "demo UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "B DELETE_IN_PROGRESS",
            "B DELETE_COMPLETE",
            "demo UPDATE_COMPLETE",
        ]
    );
    assert_eq!(queues(&world), ["a", "c"]);
    let left: Vec<_> = resources(&world, "demo").into_iter().map(|(logical_id, ..)| logical_id).collect();
    assert_eq!(left, ["A", "C"]);
    assert!(describe(&world, "demo").get("Outputs").is_none());
}

#[test]
fn an_update_that_fails_is_undone() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    let before = queue_attributes(&world, &physical_id(&world, "demo", "A"));
    // A is changed, N is made, B is replaced, and then X fails.
    let wrong = r#"
Resources:
  A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: a, DelaySeconds: 7}}
  N: {Type: 'AWS::SQS::Queue', Properties: {QueueName: n}}
  B: {Type: 'AWS::SQS::Queue', Properties: {QueueName: other-b}}
  X: {Type: 'AWS::SQS::Queue', DependsOn: [A, N, B], Properties: {QueueName: x, DelaySeconds: 901}}
"#;
    update(&mut world, "demo", wrong).unwrap();
    let told = last_events(&world, "demo");
    let rollback =
        told.iter().position(|event| event.starts_with("demo UPDATE_ROLLBACK_IN_PROGRESS")).unwrap();
    assert_eq!(
        told[rollback..],
        [
            "demo UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [X].",
            "B UPDATE_COMPLETE",
            "A UPDATE_IN_PROGRESS",
            "A UPDATE_COMPLETE",
            "demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "X DELETE_COMPLETE",
            "B DELETE_IN_PROGRESS",
            "B DELETE_COMPLETE",
            "N DELETE_IN_PROGRESS",
            "N DELETE_COMPLETE",
            "demo UPDATE_ROLLBACK_COMPLETE",
        ]
    );
    assert_eq!(queues(&world), ["a", "a-b"]);
    assert_eq!(
        queue_attributes(&world, &physical_id(&world, "demo", "A"))["DelaySeconds"],
        before["DelaySeconds"]
    );
    assert_eq!(resources(&world, "demo").len(), 2);
    let template = world.read(&input::<GetTemplate>(json!({"StackName": "demo"}))).unwrap();
    assert_eq!(template["TemplateBody"], QUEUES);
    // It can be changed again.
    update(&mut world, "demo", &QUEUES.replace("DelaySeconds: 1", "DelaySeconds: 3")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    assert_eq!(queue_attributes(&world, &physical_id(&world, "demo", "A"))["DelaySeconds"], "3");
}

#[test]
fn a_resource_that_could_not_be_changed_is_told_so_and_told_whole_again() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    update(&mut world, "demo", &QUEUES.replace("DelaySeconds: 1", "DelaySeconds: 901")).unwrap();
    let told = last_events(&world, "demo");
    assert!(told[2].starts_with("A UPDATE_FAILED Resource handler returned message: "), "{told:#?}");
    assert_eq!(
        told[3..],
        [
            "demo UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [A].",
            "A UPDATE_COMPLETE",
            "demo UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "demo UPDATE_ROLLBACK_COMPLETE",
        ]
    );
}

#[test]
fn a_custom_name_stands_in_the_way_of_a_replacement() {
    let mut world = World::new();
    let topic = |fifo: &str| {
        format!("Resources: {{T: {{Type: 'AWS::SNS::Topic', Properties: {{TopicName: t.fifo, {fifo}}}}}}}")
    };
    create(&mut world, "demo", &topic("FifoTopic: true"));
    update(&mut world, "demo", &topic("FifoTopic: false")).unwrap();
    let expected = "T UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename t.fifo and update the stack again.";
    assert!(last_events(&world, "demo").contains(&expected.to_owned()), "{:#?}", last_events(&world, "demo"));
    assert_eq!(status(&world, "demo"), "UPDATE_ROLLBACK_COMPLETE");
}

#[test]
fn without_rollback_an_update_stays_where_it_failed_and_the_next_cleans_up() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    let wrong = QUEUES.replace("QueueName: a,", "QueueName: new,").replace(
        "Outputs:",
        "  X: {Type: 'AWS::SQS::Queue', DependsOn: B, Properties: {Nonsense: 1}}\nOutputs:",
    );
    world
        .call(input::<UpdateStack>(with(create_input("demo", &wrong), json!({"DisableRollback": true}))))
        .unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_FAILED");
    assert_eq!(queues(&world), ["a", "a-b", "new", "new-b"]);
    update(&mut world, "demo", &wrong.replace("Nonsense: 1", "QueueName: x")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    assert_eq!(queues(&world), ["new", "new-b", "x"]);
}

#[test]
fn only_what_a_template_means_is_an_update() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    for template in [
        QUEUES.to_owned(),
        format!("Description: the same\n{QUEUES}"),
        QUEUES.replace("DelaySeconds: 1", "DelaySeconds: '1'"),
        QUEUES.replace("QueueName: a,", "QueueName: !Sub a,"),
    ] {
        assert_eq!(
            update(&mut world, "demo", &template).unwrap_err().message,
            "No updates are to be performed."
        );
    }
    for template in [
        QUEUES.replace("Value: !Ref A", "Value: !Ref B"),
        QUEUES.replace(
            "Type: 'AWS::SQS::Queue', Properties: {QueueName: a,",
            "Type: 'AWS::SQS::Queue', DeletionPolicy: Retain, Properties: {QueueName: a,",
        ),
    ] {
        update(&mut world, "demo", &template).unwrap();
        assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    }
    let changed_type = QUEUES.replace(
        "B: {Type: 'AWS::SQS::Queue', Properties: {QueueName:",
        "B: {Type: 'AWS::SNS::Topic', Properties: {TopicName:",
    );
    assert!(
        update(&mut world, "demo", &changed_type)
            .unwrap_err()
            .message
            .starts_with("Update of resource type is not permitted.")
    );
    assert_eq!(update(&mut world, "none", QUEUES).unwrap_err().message, "Stack [none] does not exist");
}

#[test]
fn parameters_and_tags_of_before_are_used_again() {
    let mut world = World::new();
    let template = "Parameters: {Delay: {Type: Number, Default: 0}}\nResources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}}";
    let parameters = json!({"Parameters": [{"ParameterKey": "Delay", "ParameterValue": "9"}], "Tags": [{"Key": "k", "Value": "v"}]});
    world.call(input::<CreateStack>(with(create_input("demo", template), parameters))).unwrap();
    let jobs = physical_id(&world, "demo", "Jobs");
    let tags =
        |world: &World| world.read(&input::<crate::sqs::ListQueueTags>(json!({"QueueUrl": jobs}))).unwrap();
    assert_eq!(tags(&world), json!({"Tags": {"k": "v"}}));
    let again = json!({
        "StackName": "demo", "UsePreviousTemplate": true, "Capabilities": ALL,
        "Parameters": [{"ParameterKey": "Delay", "UsePreviousValue": true}],
        "Tags": [{"Key": "k", "Value": "w"}],
    });
    world.call(input::<UpdateStack>(again)).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    assert_eq!(describe(&world, "demo")["Parameters"][0]["ParameterValue"], "9");
    assert_eq!(tags(&world), json!({"Tags": {"k": "w"}}));
    assert_eq!(queue_attributes(&world, &jobs)["DelaySeconds"], "9");
}

#[test]
fn a_policy_keeps_resources_from_updates() {
    let mut world = World::new();
    create(&mut world, "demo", QUEUES);
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "Update:Replace", "Resource": "LogicalResourceId/A"},
    ]});
    let set = json!({"StackName": "demo", "StackPolicyBody": policy.to_string()});
    world.call(input::<SetStackPolicy>(set)).unwrap();
    let refused =
        update(&mut world, "demo", &QUEUES.replace("QueueName: a,", "QueueName: new,")).unwrap_err();
    assert_eq!(
        refused.message,
        "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/A]"
    );
    update(&mut world, "demo", &QUEUES.replace("DelaySeconds: 1", "DelaySeconds: 2")).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
}
