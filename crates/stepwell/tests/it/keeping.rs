//! A store that is kept: backed up under load, restored elsewhere, checked and counted, and refused where it must be.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Ran, Server, asks, ran, stepwell};

const START: (&str, &str) = ("x-amz-target", "AWSStepFunctions.StartExecution");

fn start(server: &Server, name: &str) {
    let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    server.post(START, &format!("{{\"stateMachineArn\": \"{arn}\", \"name\": \"{name}\"}}"));
}

/// A server on which `before-0` … wait for their tokens.
fn parked(count: usize) -> Server {
    let server = Server::start();
    server.create_state_machine("m", &asks(&server));
    (0..count).for_each(|index| start(&server, &format!("before-{index}")));
    server
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    ran(stepwell(folder).current_dir(folder).args(arguments).output().unwrap())
}

/// A command over a folder's data directory that succeeds.
fn text(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}: {ran:?}");
    ran.stdout
}

fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    ran.stderr.trim().to_owned()
}

fn tokens(server: &Server) -> Vec<(String, String)> {
    let callbacks = server.json(&["callbacks", "list"]);
    let of = |callback: &Value, name: &str| callback[name].as_str().unwrap().to_owned();
    let callbacks = callbacks["callbacks"].as_array().unwrap();
    callbacks.iter().map(|callback| (of(callback, "executionArn"), of(callback, "taskToken"))).collect()
}

#[test]
fn a_backup_under_load_holds_all_that_was_acknowledged_before_and_its_tokens_work() {
    let server = parked(12);
    let is_over = AtomicBool::new(false);
    let (started, backup) = thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut started = 0;
            while !is_over.load(Ordering::Relaxed) {
                start(&server, &format!("during-{started}"));
                started += 1;
            }
            started
        });
        let backup = server.json(&["backup", "--to", server.folder.path().join("b").to_str().unwrap()]);
        is_over.store(true, Ordering::Relaxed);
        (load.join().unwrap(), backup)
    });
    assert!(started > 0 && backup["rows"].as_u64().unwrap() > 12 * 5, "{started}, {backup}");

    let old = server.kill();
    assert_eq!(fs::metadata(old.path().join("b")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(text(old.path(), &["store", "check", "--data-dir", "data"]).contains("all of them whole"));
    let folder = TempDir::new().unwrap();
    let from = old.path().join("b");
    let restored = text(folder.path(), &["restore", "--from", from.to_str().unwrap(), "--data-dir", "data"]);
    assert!(restored.contains("all of them whole"), "{restored}");

    let server = Server::over(folder, &[]);
    let tokens = tokens(&server);
    let before: BTreeSet<_> = tokens.iter().filter(|(arn, _)| arn.contains(":before-")).collect();
    assert_eq!(before.len(), 12);
    for (arn, token) in before {
        server.text(&["callbacks", "succeed", token]);
        assert_eq!(server.json(&["executions", "show", arn])["execution"]["status"], "SUCCEEDED");
        let again = server.complaint(&["callbacks", "succeed", token]);
        assert!(again.contains("TaskTimedOut") || again.contains("InvalidToken"), "{again}");
    }
    let folder = server.kill();
    assert!(text(folder.path(), &["store", "check", "--data-dir", "data"]).contains("all of them whole"));
}

#[test]
fn a_backup_overwrites_nothing_and_is_restored_over_nothing() {
    let server = parked(1);
    let to = server.folder.path().join("b");
    server.text(&["backup", "--to", to.to_str().unwrap()]);
    let complaint_of = server.complaint(&["backup", "--to", to.to_str().unwrap()]);
    assert_eq!(complaint_of, format!("`{}` is there already", to.display()));
    let folder = server.kill();
    let restore = ["restore", "--from", "b", "--data-dir", "data"];
    assert_eq!(complaint(folder.path(), &restore), "stepwell: `b`: the directory `data` isn't empty");

    let whole = fs::read(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("cut"), &whole[..whole.len() / 2]).unwrap();
    let restore = ["restore", "--from", "cut", "--data-dir", "new"];
    assert_eq!(complaint(folder.path(), &restore), "stepwell: `cut`: the backup is cut off");
    assert!(!folder.path().join("new").exists());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("restoring")), "{left:?}");
}

#[test]
fn only_the_root_key_makes_a_backup_where_signatures_are_required() {
    let server = Server::start_with(&["--auth", "required"]);
    let to = server.folder.path().join("b").to_str().unwrap().to_owned();
    let refused = server.complaint(&["backup", "--to", &to]);
    assert!(refused.contains("failed: UnrecognizedClientException"), "{refused}");
    let mut command = server.command(&["backup", "--to", &to]);
    command.env("AWS_SHARED_CREDENTIALS_FILE", server.folder.path().join("data/root-credentials"));
    assert_eq!(ran(command.output().unwrap()).code, Some(0));
}

#[test]
fn a_store_is_counted_and_a_missing_or_open_one_is_refused() {
    let server = parked(3);
    assert!(server.text(&["health"]).starts_with("ok (stepwell "));
    let in_use = complaint(server.folder.path(), &["store", "check", "--data-dir", "data"]);
    assert!(in_use.starts_with("stepwell: the data directory `data` is in use by the process "), "{in_use}");
    let folder = server.kill();
    let stats = text(folder.path(), &["store", "stats", "--data-dir", "data", "--output", "json"]);
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert_eq!((&stats["open_executions"], &stats["closed_executions"]), (&3.into(), &0.into()));
    assert!(stats["oldest_open_execution"]["execution_arn"].as_str().unwrap().ends_with(":m:before-0"));
    assert!(stats["disk_bytes"].as_u64().unwrap() > 0);
    let nothing = complaint(folder.path(), &["store", "stats", "--data-dir", "nowhere"]);
    assert_eq!(nothing, "stepwell: there is no store in `nowhere`");
    assert!(!folder.path().join("nowhere").exists(), "looking makes nothing");
}
