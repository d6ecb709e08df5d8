//! A runner with functions made of a few lines, and everything that they log.
#![allow(dead_code)] // each test binary uses its own part of it

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use stepwell_runner::{
    Credentials, FunctionLog, FunctionSpec, Invocation, InvocationResult, LogSink, Runner, RunnerConfig,
    SandboxChoice,
};
use tokio::sync::Notify;

#[derive(Default)]
pub struct Lines {
    lines: Mutex<Vec<FunctionLog>>,
    more: Notify,
}

impl LogSink for Lines {
    fn line(&self, log: FunctionLog) {
        self.lines.lock().unwrap().push(log);
        self.more.notify_waiters();
    }
}

impl Lines {
    pub fn messages(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().map(|log| log.message.clone()).collect()
    }

    pub fn logs(&self) -> Vec<FunctionLog> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until the function has said this.
    pub async fn saying(&self, text: &str) -> String {
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if let Some(found) = self.messages().into_iter().find(|message| message.contains(text)) {
                return found;
            }
            more.await;
        }
    }
}

pub struct World {
    pub runner: Runner,
    pub lines: Arc<Lines>,
    pub directory: tempfile::TempDir,
}

pub struct Options {
    pub sandbox: SandboxChoice,
    pub max_processes: usize,
    pub max_per_function: usize,
    pub idle_limit: Duration,
    pub runtimes: Option<PathBuf>,
    /// Where the server's data is.
    pub beneath: PathBuf,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sandbox: SandboxChoice::Auto,
            max_processes: 8,
            max_per_function: 8,
            idle_limit: Duration::from_secs(600),
            runtimes: None,
            beneath: scratch(),
        }
    }
}

impl World {
    pub async fn new(options: Options) -> World {
        let directory = tempfile::tempdir_in(options.beneath).unwrap();
        let lines = Arc::new(Lines::default());
        let config = RunnerConfig {
            data_dir: directory.path().join("functions"),
            offline: options.runtimes.is_none(),
            runtimes_dir: options.runtimes.unwrap_or_else(|| directory.path().join("runtimes")),
            max_processes: options.max_processes,
            max_per_function: options.max_per_function,
            idle_limit: options.idle_limit,
            logs: lines.clone(),
            sandbox: options.sandbox,
            authorities: None,
        };
        World { runner: Runner::start(config).await.unwrap(), lines, directory }
    }

    pub async fn function(&self, runtime: &str, handler: &str, files: &[(&str, &str)]) -> FunctionSpec {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let code = self.runner.unpack(zip(files)).await.unwrap();
        spec(NUMBER.fetch_add(1, Ordering::Relaxed), runtime, handler, code)
    }

    pub async fn invoke(&self, spec: &FunctionSpec, payload: &str) -> InvocationResult {
        self.runner.invoke(Arc::new(spec.clone()), invocation(payload)).await.unwrap()
    }

    /// The answer as text, an error payload too.
    pub async fn answer(&self, spec: &FunctionSpec, payload: &str) -> String {
        String::from_utf8(self.invoke(spec, payload).await.payload.to_vec()).unwrap()
    }
}

pub fn spec(number: usize, runtime: &str, handler: &str, code: PathBuf) -> FunctionSpec {
    FunctionSpec {
        key: format!("f{number}/$LATEST"),
        revision: "1".into(),
        name: format!("f{number}"),
        arn: format!("arn:aws:lambda:us-east-1:000000000000:function:f{number}"),
        version: "$LATEST".into(),
        runtime: runtime.into(),
        handler: handler.into(),
        memory_mb: 128,
        timeout_s: 20,
        ephemeral_storage_mb: 512,
        environment: vec![],
        code,
        log_group: format!("/aws/lambda/f{number}"),
        account: "000000000000".into(),
        region: "us-east-1".into(),
        reserved_concurrency: None,
    }
}

pub fn scratch() -> PathBuf {
    option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from)
}

pub const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

pub fn invocation(payload: &str) -> Invocation {
    Invocation {
        request_id: REQUEST_ID.into(),
        payload: Bytes::from(payload.to_owned()),
        credentials: Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: "session".into(),
            expiration_ms: None,
        },
        endpoint_url: "http://127.0.0.1:1".into(),
        trace_id: Some("Root=1-5759e988-bd862e3fe1be46a994272793".into()),
        client_context: None,
        invoked_arn: "arn:aws:lambda:us-east-1:000000000000:function:f:live".into(),
        log_tail: false,
    }
}

pub fn zip(files: &[(&str, &str)]) -> Bytes {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner().into()
}

/// The runtime that the host's own Node stands for, or `None` with a word about it.
pub fn host_node() -> Option<String> {
    let major = said_by("node", &["-p", "process.versions.node.split('.')[0]"])?;
    Some(format!("nodejs{major}.x"))
}

pub fn host_python() -> Option<String> {
    let minor = said_by("python3", &["-c", "import sys; print(sys.version_info[1])"])?;
    Some(format!("python3.{minor}"))
}

fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
        }
        _ => {
            println!("skipped: there is no {program} on this machine");
            None
        }
    }
}

/// The sandboxes that work on this machine.
pub async fn sandboxes() -> Vec<SandboxChoice> {
    let world = World::new(Options::default()).await;
    match world.runner.sandbox().bubblewrap {
        true => vec![SandboxChoice::Plain, SandboxChoice::Bubblewrap],
        false => {
            println!("skipped under bubblewrap: {}", world.runner.sandbox().layers[0]);
            vec![SandboxChoice::Plain]
        }
    }
}

/// The state of the first living process of that command line: R, S, T and so on.
pub fn state_of(marker: &str) -> Option<char> {
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let command_line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let state = stat.rsplit_once(") ")?.1.chars().next()?;
        (String::from_utf8_lossy(&command_line).contains(marker) && state != 'Z').then_some(state)
    })
}

/// Waits for something that nobody tells of but the kernel, when it is asked.
pub async fn until(condition: impl Fn() -> bool, otherwise: &str) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(60);
    let mut interval = tokio::time::interval(Duration::from_millis(10));
    while !condition() {
        assert!(tokio::time::Instant::now() < limit, "{otherwise}");
        interval.tick().await;
    }
}

/// Returns once no process of that command line lives.
pub async fn until_gone(marker: &str) {
    until(|| state_of(marker).is_none(), &format!("`{marker}` still lives")).await;
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
