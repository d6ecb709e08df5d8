//! A `stepwell serve` on a free port with a data directory of its own, ended with the test, and the commands that ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub struct Server {
    child: Child,
    pub address: String,
    pub folder: TempDir,
}

/// What a command wrote, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Server {
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    pub fn start_with(options: &[&str]) -> Server {
        Server::over(tempfile::tempdir().unwrap(), options)
    }

    /// A server over the directory `data` in this folder.
    pub fn over(folder: TempDir, options: &[&str]) -> Server {
        let mut command = stepwell(folder.path());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--offline", "--data-dir"])
            .arg(folder.path().join("data"));
        command.args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // It says where it listens as soon as it does.
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let address = ready.trim().rsplit("http://").next().unwrap().to_owned();
        assert!(ready.contains("is listening on"), "{ready}");
        Server { child, address, folder }
    }

    /// Kills the server, as a power cut would, and leaves its folder.
    pub fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // Whoever drops the server ends what has ended.
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = stepwell(self.folder.path());
        command.env("AWS_ENDPOINT_URL", format!("http://{}", self.address)).args(arguments);
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// What a command that succeeds writes.
    pub fn text(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}: {ran:?}");
        ran.stdout
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["--output", "json"]].concat())).unwrap()
    }

    /// Why a command fails, in one line.
    pub fn complaint(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{arguments:?}: {ran:?}");
        let line = ran.stderr.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "{line}");
        line.strip_prefix("stepwell: ").unwrap().to_owned()
    }

    /// A state machine, the role that it takes on, and a queue `q` that it may send to.
    pub fn create_state_machine(&self, name: &str, definition: &Value) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole",
        }]});
        let trust = trust.to_string().replace('"', "%22");
        let role =
            format!("Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={trust}");
        self.post(("content-type", "application/x-www-form-urlencoded"), &role);
        self.post(("x-amz-target", "AmazonSQS.CreateQueue"), "{\"QueueName\": \"q\"}");
        let machine = json!({
            "name": name,
            "definition": definition.to_string(),
            "roleArn": format!("arn:aws:iam::000000000000:role/{name}"),
        });
        self.post(("x-amz-target", "AWSStepFunctions.CreateStateMachine"), &machine.to_string());
    }

    pub fn queue_url(&self) -> String {
        format!("http://{}/000000000000/q", self.address)
    }

    pub fn post(&self, (name, value): (&str, &str), body: &str) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let host = &self.address;
        write!(
            connection,
            "POST / HTTP/1.1\r\nhost: {host}\r\n{name}: {value}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, with nothing of the environment that would lead it elsewhere.
pub fn stepwell(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") || name.to_string_lossy().starts_with("STEPWELL_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).stdin(Stdio::null());
    command
}

pub fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A definition that asks by a queue, once more where the answer is `Again`, and fails where it is another error.
pub fn asks(server: &Server) -> Value {
    json!({
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "HeartbeatSeconds": 600,
                "Parameters": {"QueueUrl": server.queue_url(), "MessageBody": {"token.$": "$$.Task.Token"}},
                "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 1}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}],
                "Next": "Yes",
            },
            "Yes": {"Type": "Pass", "End": true},
            "No": {"Type": "Fail", "Error": "Declined", "Cause": "it was declined"},
        },
    })
}
