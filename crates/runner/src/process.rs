//! One process of a function: how it is started, what can happen to it, and how it is ended for certain.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::code::hex;
use crate::environment::{self, variables};
use crate::fault::Exit;
use crate::logs::ProcessLog;
use crate::memory;
use crate::provision::Toolchain;
use crate::runtime_api::{Call, RuntimeApi};
use crate::sandbox::{Launch, Sandbox};
use crate::spawner::Spawner;
use crate::spec::{FunctionSpec, Invocation, LogSink};
use crate::sys;
use crate::watchdog::Watchdog;

/// Once killed, a process is gone within milliseconds unless the kernel holds it.
const REAP_LIMIT: Duration = Duration::from_secs(10);
/// What is read of a process's output in one go.
const READ_BYTES: usize = 64 * 1024;

/// What starting a process takes, the same for all.
pub(crate) struct Workshop {
    pub sandbox: Sandbox,
    pub spawner: Spawner,
    pub watchdog: Arc<Watchdog>,
    pub logs: Arc<dyn LogSink>,
    /// The bootstraps.
    pub bootstrap: PathBuf,
    /// The file of the certificate authorities that functions are to trust, beside the bootstraps.
    pub authorities: Option<PathBuf>,
    /// Holds a directory for each living process.
    pub runs: PathBuf,
    /// Turns true when everything has to end at once.
    pub stop: watch::Receiver<bool>,
}

/// Something that the task of a process must react to. Output is dealt with on the way.
#[derive(Debug)]
pub(crate) enum Happening {
    Call(Call),
    Exited(Exit),
    Deadline,
    Stopped,
}

pub(crate) struct Process {
    pub log: ProcessLog,
    child: Child,
    group: Group,
    api: RuntimeApi,
    output: Option<pipe::Receiver>,
    buffer: Vec<u8>,
    stop: watch::Receiver<bool>,
    sandboxed: bool,
    exited: Option<Exit>,
    /// The most memory that it was seen to use.
    peak_kb: u64,
    _run_dir: tempfile::TempDir,
}

impl Workshop {
    pub async fn launch(
        &self,
        spec: &FunctionSpec,
        toolchain: &Toolchain,
        invocation: &Invocation,
    ) -> io::Result<Process> {
        let mut id = [0; 32];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let (process_id, token) = id.split_at(16);
        let (process_id, token) = (hex(process_id), hex(token));
        let log = ProcessLog::new(self.logs.clone(), spec, &process_id);
        let api = RuntimeApi::listen(token.clone()).await?;
        let run_dir = tempfile::Builder::new().prefix("process-").tempdir_in(&self.runs)?;

        let launch = Launch {
            spec,
            toolchain,
            bootstrap: &self.bootstrap,
            authorities: self.authorities.as_deref(),
            run_dir: run_dir.path(),
        };
        let places = self.sandbox.places(&launch);
        let variables = variables(&environment::Process {
            spec,
            invocation,
            places: &places,
            log_stream: log.stream(),
            runtime_api: api.address.to_string(),
            token: &token,
        });
        let mut prepared = self.sandbox.prepare(&launch, &variables)?;
        let (output, printed) = std::io::pipe()?;
        prepared.command.stdout(printed.try_clone()?).stderr(printed);

        let child = self.spawner.spawn(prepared.command).await?;
        drop((prepared.arguments, prepared.rules));
        let group = Group::new(&child, (!self.sandbox.is_bubblewrap()).then(|| self.watchdog.clone()))?;
        Ok(Process {
            log,
            child,
            group,
            api,
            output: Some(pipe::Receiver::from_owned_fd(output.into())?),
            buffer: vec![0; READ_BYTES],
            stop: self.stop.clone(),
            sandboxed: self.sandbox.is_bubblewrap(),
            exited: None,
            peak_kb: 0,
            _run_dir: run_dir,
        })
    }
}

impl Process {
    /// Waits for the next thing to react to, and logs what the process prints meanwhile.
    pub async fn happening(&mut self, deadline: Option<Instant>) -> Happening {
        if let Some(exit) = self.exited {
            return Happening::Exited(exit);
        }
        loop {
            tokio::select! {
                Some(call) = self.api.calls.recv() => return Happening::Call(call),
                status = self.child.wait() => {
                    let exit = match status {
                        Ok(status) => Exit::from_status(status, self.sandboxed),
                        Err(error) => {
                            tracing::error!(%error, "waiting for a function's process failed");
                            Exit::Status(-1)
                        }
                    };
                    self.exited = Some(exit);
                    // What it started must not outlive it. Now, while its id can't be anybody else's yet.
                    self.group.kill();
                    self.read_what_is_there();
                    return Happening::Exited(exit);
                }
                readable = readable(self.output.as_ref()), if self.output.is_some() => match readable {
                    Ok(()) => {
                        self.read_some();
                    }
                    Err(_) => self.output = None,
                },
                () = until(deadline) => return Happening::Deadline,
                () = stopped(&mut self.stop) => return Happening::Stopped,
            }
        }
    }

    /// Logs everything that the process had printed by now.
    pub fn read_what_is_there(&mut self) {
        // Bounded: a process that prints without pause may fill the pipe as fast as it is emptied.
        for _ in 0..64 {
            if !self.read_some() {
                return;
            }
        }
    }

    /// False when there is nothing to read now.
    fn read_some(&mut self) -> bool {
        let Some(output) = &self.output else { return false };
        match output.try_read(&mut self.buffer) {
            Ok(0) => self.output = None,
            Ok(read) => {
                self.log.printed(self.buffer.get(..read).unwrap_or_default());
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::debug!(%error, "a function's output could not be read");
                self.output = None;
            }
        }
        false
    }

    /// Stops it where it stands, as AWS does between invocations, so that its timers cost nothing.
    pub fn freeze(&self) {
        sys::signal_group(self.group.id, libc::SIGSTOP);
    }

    pub fn thaw(&self) {
        sys::signal_group(self.group.id, libc::SIGCONT);
    }

    /// The most memory that it has used so far.
    pub fn peak_memory_mb(&mut self) -> u64 {
        self.peak_kb = self.peak_kb.max(memory::peak_kb(self.group.id));
        self.peak_kb.div_ceil(1024)
    }

    pub fn uses_more_than(&self, limit_mb: u64) -> bool {
        self.exited.is_none() && memory::is_beyond(self.group.id, limit_mb * 1024)
    }

    /// Kills the process with everything that it started, and returns when it is gone.
    pub async fn end(mut self) {
        self.group.kill();
        match tokio::time::timeout(REAP_LIMIT, self.child.wait()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "waiting for a killed function process failed"),
            Err(_) => tracing::error!(group = self.group.id, "a killed function process does not end"),
        }
        self.read_what_is_there();
        self.log.end_line();
    }
}

async fn readable(output: Option<&pipe::Receiver>) -> io::Result<()> {
    match output {
        Some(output) => output.readable().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Also when nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// The session that a process leads. Killed when this is dropped, whatever the reason.
struct Group {
    id: u32,
    /// Afterwards the number may come to belong to others.
    killed: bool,
    watchdog: Option<Arc<Watchdog>>,
}

impl Group {
    fn new(child: &Child, watchdog: Option<Arc<Watchdog>>) -> io::Result<Group> {
        let id = child.id().ok_or_else(|| io::Error::other("the process ended at once"))?;
        let group = Group { id, killed: false, watchdog };
        if let Some(watchdog) = &group.watchdog {
            watchdog.watch(id)?;
        }
        Ok(group)
    }

    fn kill(&mut self) {
        if !std::mem::replace(&mut self.killed, true) {
            sys::signal_group(self.id, libc::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        if let Some(watchdog) = &self.watchdog {
            watchdog.forget(self.id);
        }
    }
}
