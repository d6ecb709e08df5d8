//! Writes a store that has something of everything, as a release leaves one behind (`testdata/stores/README.md`); the tests of
//! the rules open every one that was kept. `STEPWELL_WRITE_STORE` says where it is to stay; otherwise it is only written.

use std::fs;
use std::path::Path;

use crate::server::{Server, ran, stepwell};

const JSON: &str = "http://localhost/000000000000";

fn sqs(server: &Server, operation: &str, body: &str) {
    server.post(("x-amz-target", &format!("AmazonSQS.{operation}")), body);
}

fn fill(server: &Server, template: &Path) {
    let template = template.to_str().unwrap();
    let deploy =
        server.run(&["deploy", template, "--stack-name", "old", "--capabilities", "CAPABILITY_NAMED_IAM"]);
    assert_eq!(deploy.code, Some(0), "{deploy:?}");
    let jobs = format!("{JSON}/jobs");
    sqs(server, "SendMessage", &format!("{{\"QueueUrl\": \"{jobs}\", \"MessageBody\": \"in flight\"}}"));
    sqs(server, "ReceiveMessage", &format!("{{\"QueueUrl\": \"{jobs}\", \"VisibilityTimeout\": 43200}}"));
    sqs(server, "SendMessage", &format!("{{\"QueueUrl\": \"{jobs}\", \"MessageBody\": \"visible\"}}"));
    for body in ["first", "second"] {
        let message = format!(
            "{{\"QueueUrl\": \"{JSON}/orders.fifo\", \"MessageBody\": \"{body}\", \"MessageGroupId\": \"g\"}}"
        );
        sqs(server, "SendMessage", &message);
    }
    for name in ["callback", "waiting"] {
        server.text(&["start", name, "--name", &format!("{name}-1")]);
    }
    let logs = |operation: &str, body: &str| {
        server.post(("x-amz-target", &format!("Logs_20140328.{operation}")), body)
    };
    logs("CreateLogStream", "{\"logGroupName\": \"kept\", \"logStreamName\": \"s\"}");
    let now_ms = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    logs(
        "PutLogEvents",
        &format!(
            "{{\"logGroupName\": \"kept\", \"logStreamName\": \"s\", \"logEvents\": [{{\"timestamp\": {now_ms}, \"message\": \"a line\"}}]}}"
        ),
    );
}

#[test]
fn a_store_with_something_of_everything_is_written_and_whole() {
    let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/stores");
    let server = Server::start();
    fill(&server, &stores.join("template.yaml"));
    let kept = std::env::var_os("STEPWELL_WRITE_STORE");
    let to = kept.as_ref().map_or_else(|| server.folder.path().join("kept"), |to| stores.join(to));
    fs::create_dir_all(&to).unwrap();
    server.text(&["backup", "--to", to.join("store.backup").to_str().unwrap()]);
    // As a power cut leaves it.
    let folder = server.kill();
    copy(&folder.path().join("data/store"), &to.join("store"));
    let check = ["store", "check", "--data-dir", "data"];
    let checked = ran(stepwell(folder.path()).current_dir(folder.path()).args(check).output().unwrap());
    assert!(checked.code == Some(0) && checked.stdout.contains("all of them whole"), "{checked:?}");
}

/// Copies a folder. Of a journal that was made longer than what is in it, the rest is left out.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.as_ref().unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(used);
        }
        fs::write(to.join(name), bytes).unwrap();
    }
}
