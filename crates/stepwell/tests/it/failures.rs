//! What can't be done is said in one line, with AWS's code where AWS has one.

use crate::server::{Server, ran, stepwell};

#[test]
fn a_server_that_is_not_there_is_told() {
    let home = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = stepwell(home.path());
    let ran = ran(command
        .args(["executions", "list", "--endpoint-url", &format!("http://127.0.0.1:{port}")])
        .output()
        .unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.starts_with(&format!("stepwell: no server answers at `http://127.0.0.1:{port}`: ")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`stepwell serve`") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
}

#[test]
fn refusals_are_aws_own() {
    let server = Server::start();
    let passes = serde_json::json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    server.create_state_machine("orders", &passes);
    let cases: [(&[&str], &str); 7] = [
        (
            &["start", "orders", "--input", "{"],
            "StartExecution failed: InvalidExecutionInput: Invalid State Machine Execution Input",
        ),
        (&["start", "orders", "--name", "a b"], "StartExecution failed: InvalidName: "),
        (
            &["start", "arn:aws:states:us-east-1:000000000000:stateMachine:none"],
            "StartExecution failed: StateMachineDoesNotExist: ",
        ),
        (&["start", "orders", "--input", "@/none"], "cannot read `/none`: No such file"),
        (&["executions", "show", "none"], "there is no execution `none`"),
        (&["callbacks", "succeed", "none"], "no open task token begins or ends with `none`"),
        (&["executions", "list", "--profile", "none"], "the profile `none` has no aws_access_key_id"),
    ];
    for (arguments, expected) in cases {
        let complaint = server.complaint(arguments);
        assert!(complaint.starts_with(expected), "{arguments:?}: {complaint}");
    }
}

#[test]
fn where_signatures_are_required_the_servers_own_key_opens_everything() {
    let server = Server::start_with(&["--auth", "required"]);
    let asks: [&[&str]; 3] = [
        &["executions", "list"],
        &["callbacks", "list"],
        &["deploy", "template.json", "--stack-name", "demo"],
    ];
    let template = "{\"Resources\": {\"Q\": {\"Type\": \"AWS::SQS::Queue\"}}}";
    std::fs::write(server.folder.path().join("template.json"), template).unwrap();
    for arguments in asks {
        let mut command = server.command(arguments);
        command.current_dir(server.folder.path());
        let refused = ran(command.output().unwrap());
        assert_eq!(refused.code, Some(1), "{arguments:?}: {refused:?}");
        assert!(
            refused.stderr.contains("The security token included in the request is invalid"),
            "{refused:?}"
        );
        command.env("AWS_SHARED_CREDENTIALS_FILE", server.folder.path().join("data/root-credentials"));
        let allowed = ran(command.output().unwrap());
        assert_eq!((allowed.code, allowed.stderr.as_str()), (Some(0), ""), "{arguments:?}: {allowed:?}");
    }
}
