//! Stacks that are made, and stacks that can't be.

use super::*;

#[test]
fn resources_are_made_in_the_order_of_their_dependencies() {
    let mut world = World::new();
    let id = create(&mut world, "demo", CALLBACK);
    let told = events(&world, "demo");
    assert_eq!(told[0], "demo CREATE_IN_PROGRESS User Initiated");
    assert_eq!(told.last().unwrap(), "demo CREATE_COMPLETE");
    let place = |line: &str| {
        told.iter().position(|event| event == line).unwrap_or_else(|| panic!("{line}: {told:#?}"))
    };
    for logical_id in ["Machine", "Role", "Jobs", "Dead"] {
        let begun = place(&format!("{logical_id} CREATE_IN_PROGRESS"));
        let made = place(&format!("{logical_id} CREATE_IN_PROGRESS Resource creation Initiated"));
        let complete = place(&format!("{logical_id} CREATE_COMPLETE"));
        assert!(begun < made && made < complete);
    }
    assert!(place("Dead CREATE_COMPLETE") < place("Jobs CREATE_IN_PROGRESS"));
    assert!(place("Jobs CREATE_COMPLETE") < place("Machine CREATE_IN_PROGRESS"));
    assert!(place("Role CREATE_COMPLETE") < place("Machine CREATE_IN_PROGRESS"));

    let stack = describe(&world, &id);
    assert_eq!(stack["StackStatus"], "CREATE_COMPLETE");
    assert_eq!(stack["Parameters"], json!([{"ParameterKey": "Delay", "ParameterValue": "0"}]));
    assert_eq!(output(&world, "demo", "Url"), physical_id(&world, "demo", "Jobs"));
    let machine = physical_id(&world, "demo", "Machine");
    let described = world
        .read(&input::<crate::states::DescribeStateMachine>(json!({"stateMachineArn": machine})))
        .unwrap();
    let definition = described["definition"].as_str().unwrap();
    assert!(definition.contains(&physical_id(&world, "demo", "Jobs")), "{definition}");
    assert!(definition.starts_with("{\n  \"StartAt\" : \"Send\","), "{definition}");
    let tags =
        world.read(&input::<crate::states::ListTagsForResource>(json!({"resourceArn": machine}))).unwrap();
    assert!(
        tags["tags"]
            .as_array()
            .unwrap()
            .contains(&json!({"key": "aws:cloudformation:stack-name", "value": "demo"}))
    );
}

#[test]
fn an_activity_is_made_tagged_and_deleted_with_its_stack() {
    let mut world = World::new();
    let template = "Resources: {A: {Type: 'AWS::StepFunctions::Activity', Properties: {Name: work, Tags: [{Key: k, Value: v}]}}}\nOutputs: {Name: {Value: !GetAtt A.Name}}";
    create(&mut world, "demo", template);
    let arn = physical_id(&world, "demo", "A");
    assert_eq!(arn, "arn:aws:states:us-east-1:000000000000:activity:work");
    assert_eq!(output(&world, "demo", "Name"), "work");
    let tags = world.read(&input::<crate::states::ListTagsForResource>(json!({"resourceArn": arn}))).unwrap();
    assert!(tags["tags"].as_array().unwrap().contains(&json!({"key": "k", "value": "v"})));
    world.call(input::<DeleteStack>(json!({"StackName": "demo"}))).unwrap();
    let gone =
        world.read(&input::<crate::states::DescribeActivity>(json!({"activityArn": arn}))).unwrap_err();
    assert_eq!(gone.code, "ActivityDoesNotExist");
}

#[test]
fn a_rule_is_made_with_its_targets_changed_and_deleted_with_its_stack() {
    let mut world = World::new();
    let template = |targets: &str| {
        format!(
            "Resources:
  Q: {{Type: 'AWS::SQS::Queue'}}
  R: {{Type: 'AWS::Events::Rule', Properties: {{EventPattern: {{source: [aws.states]}}, Targets: {targets}}}}}
Outputs: {{Arn: {{Value: !GetAtt R.Arn}}}}"
        )
    };
    create(&mut world, "demo", &template("[{Id: a, Arn: !GetAtt Q.Arn}, {Id: b, Arn: !GetAtt Q.Arn}]"));
    let name = physical_id(&world, "demo", "R");
    assert!(name.starts_with("demo-R-"), "{name}");
    assert_eq!(output(&world, "demo", "Arn"), format!("arn:aws:events:us-east-1:000000000000:rule/{name}"));
    let ids = |world: &World| -> Vec<Value> {
        let listed = world.read(&input::<crate::events::ListTargetsByRule>(json!({"Rule": name}))).unwrap();
        listed["Targets"].as_array().unwrap().iter().map(|target| target["Id"].clone()).collect()
    };
    assert_eq!(ids(&world), [json!("a"), json!("b")]);
    update(&mut world, "demo", &template("[{Id: c, Arn: !GetAtt Q.Arn, InputPath: $.detail}]")).unwrap();
    assert_eq!(ids(&world), [json!("c")]);
    world.call(input::<DeleteStack>(json!({"StackName": "demo"}))).unwrap();
    let gone = world.read(&input::<crate::events::DescribeRule>(json!({"Name": name}))).unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[test]
fn names_that_are_made_up_tell_where_they_come_from() {
    let mut world = World::new();
    create(&mut world, "demo", CALLBACK);
    let queue = physical_id(&world, "demo", "Jobs");
    let name = queue.rsplit('/').next().unwrap();
    assert!(name.starts_with("demo-Jobs-") && name.len() == "demo-Jobs-".len() + 12, "{name}");
    let machine = physical_id(&world, "demo", "Machine");
    assert!(machine.contains(":stateMachine:Machine-"), "{machine}");
    assert!(physical_id(&world, "demo", "Role").starts_with("demo-Role-"));
}

#[test]
fn events_tell_what_a_resource_is_made_with() {
    let mut world = World::new();
    let template = "Parameters: {Secret: {Type: String, NoEcho: true, Default: hush}}\nResources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub 'q-${Secret}', DelaySeconds: 5}}}";
    create(&mut world, "demo", template);
    let answer = world.read(&input::<DescribeStackEvents>(json!({"StackName": "demo"}))).unwrap();
    let events = answer["StackEvents"].as_array().unwrap();
    assert_eq!(events.len(), 5);
    for event in &events[1..4] {
        assert_eq!(event["ResourceProperties"], r#"{"QueueName":"q-****","DelaySeconds":5}"#);
    }
    let ids: Vec<_> = events.iter().map(|event| event["EventId"].as_str().unwrap()).collect();
    assert_eq!(ids[3], "Q-CREATE_IN_PROGRESS-2023-11-14T22:13:20.000Z");
    assert_eq!(ids[2], "Q-CREATE_IN_PROGRESS-2023-11-14T22:13:20.001Z");
    assert_eq!(events[3]["PhysicalResourceId"], "");
    assert_eq!(describe(&world, "demo")["Parameters"][0]["ParameterValue"], "****");
}

#[test]
fn what_can_not_be_made_is_rolled_back() {
    let mut world = World::new();
    let template = r#"
Resources:
  Good: {Type: 'AWS::SQS::Queue', Properties: {QueueName: good}}
  Bad:
    Type: AWS::SQS::Queue
    DependsOn: Good
    Properties: {QueueName: bad, DelaySeconds: 901}
  Never: {Type: 'AWS::SQS::Queue', Properties: {QueueName: never}, DependsOn: Bad}
"#;
    create(&mut world, "demo", template);
    let told = events(&world, "demo");
    assert_eq!(told[5], "Bad CREATE_FAILED Resource handler returned message: \"Invalid value for the parameter DelaySeconds. (Service: Sqs, Status Code: 400, Request ID: REQUEST)\" (RequestToken: TOKEN, HandlerErrorCode: InvalidRequest)"
        .replace("REQUEST", between(&told[5], "Request ID: ", ")")).replace("TOKEN", between(&told[5], "RequestToken: ", ",")));
    assert_eq!(
        told[6..],
        [
            "demo ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad]. Rollback requested by user.",
            "Bad DELETE_COMPLETE",
            "Good DELETE_IN_PROGRESS",
            "Good DELETE_COMPLETE",
            "demo ROLLBACK_COMPLETE",
        ]
    );
    assert!(queues(&world).is_empty());
    let refused = update(&mut world, "demo", template).unwrap_err();
    let id = describe(&world, "demo")["StackId"].as_str().unwrap().to_owned();
    assert_eq!(refused.message, format!("Stack:{id} is in ROLLBACK_COMPLETE state and can not be updated."));
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, &id), "DELETE_COMPLETE");
    assert_eq!(last_events(&world, &id), ["demo DELETE_IN_PROGRESS User Initiated", "demo DELETE_COMPLETE"]);
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).expect(before).1;
    rest.split_once(after).expect(after).0
}

#[test]
fn a_caller_may_keep_or_delete_what_failed() {
    let template = "Resources:\n  Good: {Type: 'AWS::SQS::Queue', Properties: {QueueName: good}}\n  Bad: {Type: 'AWS::SQS::Queue', DependsOn: Good, Properties: {Nonsense: 1}}";
    for (more, expected, left) in [
        (json!({"OnFailure": "DO_NOTHING"}), "CREATE_FAILED", vec!["good"]),
        (json!({"DisableRollback": true}), "CREATE_FAILED", vec!["good"]),
        (json!({"OnFailure": "DELETE"}), "DELETE_COMPLETE", vec![]),
    ] {
        let mut world = World::new();
        let answer = world.call(input::<CreateStack>(with(create_input("demo", template), more))).unwrap();
        let id = answer["StackId"].as_str().unwrap();
        assert_eq!(status(&world, id), expected);
        assert_eq!(queues(&world), left);
        let told = events(&world, id);
        let failed = "Bad CREATE_FAILED Property validation failure: [Encountered unsupported properties in {/}: [Nonsense]]";
        assert!(told.contains(&failed.to_owned()), "{told:#?}");
    }
}

#[test]
fn a_stack_that_was_kept_in_failure_can_be_mended() {
    let mut world = World::new();
    let bad = "Resources:\n  Good: {Type: 'AWS::SQS::Queue', Properties: {QueueName: good}}\n  Bad: {Type: 'AWS::SQS::Queue', DependsOn: Good, Properties: {Nonsense: 1}}";
    world
        .call(input::<CreateStack>(with(create_input("demo", bad), json!({"DisableRollback": true}))))
        .unwrap();
    let good = bad.replace("Nonsense: 1", "QueueName: mended");
    update(&mut world, "demo", &good).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE");
    assert_eq!(queues(&world), ["good", "mended"]);
}

#[test]
fn what_is_wrong_with_a_request_is_told_at_once() {
    let mut world = World::new();
    create(&mut world, "there", "Resources: {H: {Type: 'AWS::CloudFormation::WaitConditionHandle'}}");
    let simple = "Resources: {Q: {Type: 'AWS::SQS::Queue'}}";
    let role = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {}}}}";
    for (request, code, message) in [
        (create_input("there", simple), "AlreadyExistsException", "Stack [there] already exists"),
        (
            create_input("*@da_$", simple),
            "ValidationException",
            "1 validation error detected: Value '*@da_$' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
        ),
        (
            json!({"StackName": "x"}),
            "ValidationError",
            "Either Template URL or Template Body must be specified.",
        ),
        (
            json!({"StackName": "x", "TemplateURL": "nonsense"}),
            "ValidationError",
            "TemplateURL must be a supported URL.",
        ),
        (
            json!({"StackName": "x", "TemplateURL": "https://b.example.com/t"}),
            "ValidationError",
            "S3 error: Domain name specified in b is not a valid S3 domain",
        ),
        (
            json!({"StackName": "x", "TemplateBody": role}),
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            create_input("x", "Resources: {F: {Type: 'AWS::Foo::Bar'}}"),
            "ValidationError",
            "Template format error: Unrecognized resource types: [AWS::Foo::Bar]",
        ),
        (
            with(create_input("x", simple), json!({"ResourceTypes": ["AWS::SNS::*"]})),
            "ValidationError",
            "Resource type AWS::SQS::Queue is not allowed by parameter ResourceTypes [AWS::SNS::*]",
        ),
        (
            with(create_input("x", simple), json!({"RoleARN": "arn:aws:iam::000000000000:role/none"})),
            "ValidationError",
            "Role arn:aws:iam::000000000000:role/none is invalid or cannot be assumed",
        ),
        (
            with(create_input("x", simple), json!({"Tags": [{"Key": "aws:x", "Value": "1"}]})),
            "ValidationError",
            "aws: prefixed tag key names are not allowed for external use.",
        ),
    ] {
        let error = world.call(input::<CreateStack>(request)).unwrap_err();
        assert_eq!((&*error.code, &*error.message), (code, message));
    }
    assert_eq!(
        world.read(&input::<ListStacks>(json!({}))).unwrap()["StackSummaries"].as_array().unwrap().len(),
        1
    );
    assert!(queues(&world).is_empty());
}

#[test]
fn the_same_request_again_is_the_same_stack() {
    let mut world = World::new();
    let request = || with(create_input("demo", CALLBACK), json!({"ClientRequestToken": "once"}));
    let first = world.call(input::<CreateStack>(request())).unwrap();
    assert_eq!(world.call(input::<CreateStack>(request())).unwrap(), first);
    assert!(try_create(&mut world, "demo", CALLBACK).is_err());
    let answer = world.read(&input::<DescribeStackEvents>(json!({"StackName": "demo"}))).unwrap();
    assert!(
        answer["StackEvents"].as_array().unwrap().iter().all(|event| event["ClientRequestToken"] == "once")
    );
}

#[test]
fn an_attribute_that_is_not_there_is_told_of_the_stack() {
    let mut world = World::new();
    let template = "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\nOutputs: {X: {Value: !GetAtt Q.Invalid}}";
    create(&mut world, "demo", template);
    let told = events(&world, "demo");
    let expected = "demo ROLLBACK_IN_PROGRESS [Error] /Outputs/X/Value/Fn::GetAtt: Resource type AWS::SQS::Queue does not support attribute {Invalid}. Rollback requested by user.";
    assert!(told.contains(&expected.to_owned()), "{told:#?}");
    assert!(queues(&world).is_empty());
}

#[test]
fn a_stack_acts_as_its_role() {
    let mut world = World::new();
    world.create_role("deployer", "cloudformation.amazonaws.com");
    let role = json!({"RoleARN": "arn:aws:iam::000000000000:role/deployer"});
    world.call(input::<CreateStack>(with(create_input("demo", CALLBACK), role.clone()))).unwrap();
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    assert_eq!(describe(&world, "demo")["RoleARN"], role["RoleARN"]);
    // Without the role nobody may take the resources away; with it they go.
    world.call(input::<crate::iam::DeleteRole>(json!({"RoleName": "deployer"}))).unwrap();
    assert_eq!(
        delete(&mut world, "demo").unwrap_err().message,
        "Role arn:aws:iam::000000000000:role/deployer is invalid or cannot be assumed"
    );
}

#[test]
fn many_resources_take_many_turns_and_are_all_made() {
    let mut world = World::new();
    let queues_of: Vec<_> =
        (0..40).map(|number| format!("  Q{number}: {{Type: 'AWS::SQS::Queue'}}\n")).collect();
    create(&mut world, "demo", &format!("Resources:\n{}", queues_of.concat()));
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE");
    assert_eq!(queues(&world).len(), 40);
    assert_eq!(events(&world, "demo").len(), 2 + 3 * 40, "all pages together");
    delete(&mut world, "demo").unwrap();
    assert!(queues(&world).is_empty());
}

#[test]
fn a_bucket_is_made_and_goes_only_when_it_is_empty() {
    let mut world = World::new();
    let template = "Resources: {B: {Type: 'AWS::S3::Bucket'}}\nOutputs: {Arn: {Value: !GetAtt B.Arn}}";
    create(&mut world, "demo", template);
    let name = physical_id(&world, "demo", "B");
    assert!(name.starts_with("demo-b-") && output(&world, "demo", "Arn") == format!("arn:aws:s3:::{name}"));
    let named = format!("Resources: {{B: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {name}}}}}}}");
    create(&mut world, "other", &named);
    assert_eq!(status(&world, "other"), "ROLLBACK_COMPLETE", "it is the other stack's");
    let object = json!({"Bucket": name, "Key": "k"});
    world.call(input::<crate::s3::PutObject>(object.clone())).unwrap();
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, "demo"), "DELETE_FAILED");
    world.call(input::<crate::s3::DeleteObject>(object)).unwrap();
    delete(&mut world, "demo").unwrap();
    assert!(world.read(&input::<crate::s3::HeadBucket>(json!({"Bucket": name}))).is_err());
}
