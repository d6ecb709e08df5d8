//! Executions that are parked, seen and answered.

use serde_json::json;

use crate::server::{Server, asks};

#[test]
fn a_parked_execution_is_seen_and_goes_on_when_it_is_answered() {
    let server = Server::start();
    server.create_state_machine("orders", &asks(&server));
    assert_eq!(server.text(&["callbacks", "list"]), "no task waits for a callback\n");
    let started = server.text(&["start", "orders", "--name", "one", "--input", "{\"order\": 7}"]);
    assert_eq!(started, "started arn:aws:states:us-east-1:000000000000:execution:orders:one\n");
    server.text(&["start", "orders", "--name", "two"]);

    let open = server.json(&["callbacks", "list", "--execution", "one"]);
    let token = open["callbacks"][0]["taskToken"].as_str().unwrap();
    assert_eq!(open["callbacks"][0]["state"], "Ask");
    assert_eq!(open["callbacks"].as_array().unwrap().len(), 1);
    let listed = server.text(&["callbacks", "list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let shown = listed.lines().find(|line| line.contains("one")).unwrap().split(' ').next().unwrap();
    assert!(token.ends_with(shown.trim_start_matches('…')), "{listed}");

    server.text(&["callbacks", "heartbeat", shown]);
    assert_eq!(
        server.text(&["callbacks", "succeed", shown, "--output", "{\"paid\":true}"]),
        format!("task {shown} succeeded\n")
    );
    assert_eq!(server.json(&["callbacks", "fail", "--execution", "two", "--error", "E", "--cause", "c"])["taskToken"].as_str().map(str::len), Some(token.len()));
    // A token is good for one answer.
    assert!(
        server
            .complaint(&["callbacks", "succeed", token])
            .starts_with("SendTaskSuccess failed: TaskTimedOut: ")
    );
    assert_eq!(
        server.complaint(&["callbacks", "succeed", "--execution", "two"]),
        "`two` waits for no callback"
    );

    let one = server.json(&["executions", "show", "one"]);
    assert_eq!(one["execution"]["output"], "{\"paid\":true}");
    assert_eq!(one["events"].as_array().unwrap().len(), 10);
    let failed = server.json(&["executions", "list", "orders", "--status", "failed"]);
    assert_eq!(failed["executions"][0]["name"], json!("two"));
    let shown = server.text(&["executions", "show", "tw"]);
    for part in [
        "Status     FAILED",
        "Error      Declined",
        "Cause      it was declined",
        "TaskFailed",
        "sqs:sendMessage.waitForTaskToken  E: c",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(server.text(&["executions", "list"]).lines().count(), 3);
}
