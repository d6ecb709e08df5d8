//! Templates deployed: created with local code, unchanged, updated, rolled back, and made anew.

use std::path::Path;

use serde_json::Value;

use crate::server::Server;

/// A workflow that asks by a queue, with a function whose code is beside the template.
const TEMPLATE: &str = "# über\n\
Parameters:\n  Greeting: {Type: String}\n  Delay: {Type: Number, Default: 0}\n\
Resources:\n\
\x20 Queue:\n    Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: !Ref Delay}\n\
\x20 Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n\
\x20         - Effect: Allow\n            Principal: {Service: [states.amazonaws.com, lambda.amazonaws.com]}\n            Action: sts:AssumeRole\n\
\x20 Function:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: ./src # packed\n      Handler: index.handler\n\
\x20     Runtime: python3.11\n      Role: !GetAtt Role.Arn\n\
\x20 Asking:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      RoleArn: !GetAtt Role.Arn\n      Definition:\n\
\x20       StartAt: Ask\n        States:\n          Ask:\n            Type: Task\n            Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken\n\
\x20           Parameters: {QueueUrl: !Ref Queue, MessageBody: {token.$: $$.Task.Token}}\n            End: true\n\
Outputs:\n  Said: {Value: !Sub '${Greeting}!', Description: what is said}\n  Machine: {Value: !Ref Asking}\n";

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn statuses<'a>(text: &'a str, logical_id: &str) -> Vec<&'a str> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.filter(|words| words.get(2) == Some(&logical_id)).map(|words| words[1]).collect()
}

#[test]
fn a_template_with_local_code_is_deployed_updated_and_run() {
    let server = Server::start();
    let template = write(server.folder.path(), "app/template.yml", TEMPLATE);
    write(server.folder.path(), "app/src/index.py", "def handler(event, context):\n    return event\n");
    let deploy = ["deploy", template.as_str(), "--stack-name", "demo"];

    let created = server.text(&[&deploy[..], &["--parameter", "Greeting=hello"]].concat());
    for id in ["Queue", "Role", "Function", "Asking"] {
        assert_eq!(statuses(&created, id).last(), Some(&"CREATE_COMPLETE"), "{id}: {created}");
    }
    for part in [
        "packed ./src for Function: ",
        "granted CAPABILITY_IAM",
        "`demo` is CREATE_COMPLETE",
        "hello!",
        "what is said",
    ] {
        assert!(created.contains(part), "{part}: {created}");
    }

    // The same files are the same bytes, so nothing changes; the parameter keeps its value.
    let unchanged = server.text(&deploy);
    assert!(
        unchanged.contains("no changes: `demo` is up to date") && unchanged.contains("hello!"),
        "{unchanged}"
    );

    let updated = server.json(&[&deploy[..], &["--parameter", "Delay=5"]].concat());
    assert_eq!((&updated["status"], &updated["changed"]), (&"UPDATE_COMPLETE".into(), &true.into()));
    assert_eq!(updated["outputs"]["Said"], "hello!");

    // By the name that the template has for it, and by the beginning of the one that it was given.
    server.text(&["start", "Asking", "--name", "one"]);
    let arn = updated["outputs"]["Machine"].as_str().unwrap();
    let name = arn.rsplit(':').next().unwrap();
    server.text(&["start", &name[..name.len() - 1], "--name", "two"]);
    assert_eq!(
        server.json(&["callbacks", "list", "--state-machine", "Asking"])["callbacks"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_stack_that_fails_says_why_and_is_made_anew() {
    let server = Server::start();
    let queue = |attributes: &str| {
        format!(
            "Resources:\n  Good: {{Type: AWS::SQS::Queue}}\n  Bad:\n    Type: AWS::SQS::Queue\n    DependsOn: Good\n    Properties: {attributes}\n"
        )
    };
    let template = write(server.folder.path(), "template.yml", &queue("{QueueName: 'a b'}"));
    let deploy = ["deploy", template.as_str(), "--stack-name", "demo"];

    let failed = server.run(&deploy);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(
        statuses(&failed.stdout, "Bad").starts_with(&["CREATE_IN_PROGRESS", "CREATE_FAILED"]),
        "{failed:?}"
    );
    let complaints = failed.stderr.lines().collect::<Vec<_>>();
    assert_eq!(complaints[0], "stepwell: deploying `demo` failed: it is ROLLBACK_COMPLETE");
    assert!(complaints[1].starts_with("  Bad (AWS::SQS::Queue): "), "{failed:?}");
    assert_eq!(complaints.len(), 2, "{failed:?}");

    let scripted = server.run(&[&deploy[..], &["--output", "json"]].concat());
    let report = serde_json::from_str::<Value>(&scripted.stdout).unwrap();
    assert_eq!((scripted.code, &report["status"]), (Some(1), &"ROLLBACK_COMPLETE".into()));
    assert_eq!(report["failures"][0]["logicalResourceId"], "Bad");

    write(server.folder.path(), "template.yml", &queue("{DelaySeconds: 1}"));
    let created = server.text(&deploy);
    assert!(created.contains("deleting `demo`, whose creation had failed"), "{created}");
    assert!(created.contains("`demo` is CREATE_COMPLETE"), "{created}");

    write(server.folder.path(), "template.yml", &queue("{DelaySeconds: 9999}"));
    let failed = server.run(&deploy);
    assert!(
        failed.stderr.contains("it is UPDATE_ROLLBACK_COMPLETE\n  Bad (AWS::SQS::Queue): "),
        "{failed:?}"
    );
}

#[test]
fn what_cannot_be_deployed_is_told_before_anything_is_begun() {
    let server = Server::start();
    let folder = server.folder.path();
    let role = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties: {AssumeRolePolicyDocument: {}}\n";
    let function = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Code: ./none}\n";
    let cases = [
        ("Resources: [", "ValidateTemplate failed: ValidationError: Template format error: "),
        ("Resources: {}", "ValidateTemplate failed: ValidationError: "),
        (function, "the code of `F`: cannot read `"),
        (
            role,
            "CreateChangeSet failed: InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]",
        ),
    ];
    for (text, expected) in cases {
        let template = write(folder, "template.yml", text);
        let complaint = server.complaint(&["deploy", &template, "--stack-name", "demo", "--capabilities"]);
        assert!(complaint.starts_with(expected), "{text}: {complaint}");
    }
    let missing = server.complaint(&["deploy", "/none.yml", "--stack-name", "demo"]);
    assert!(missing.starts_with("cannot read `/none.yml`: "), "{missing}");
    let unknown = write(folder, "template.yml", "Resources: {Q: {Type: AWS::SQS::Queue}}");
    let unknown = server.complaint(&["deploy", &unknown, "--stack-name", "demo", "--parameter", "A=1"]);
    assert!(unknown.starts_with("CreateChangeSet failed: ValidationError: Parameter"), "{unknown}");
}
