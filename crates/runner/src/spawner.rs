//! The one thread that starts function processes.
//!
//! The kernel sends a process its death signal when the *thread* that started it ends, not only when the whole server
//! does. The threads of an async runtime come and go, so processes are started from a thread that stays.

use std::io;
use std::process::Command;
use std::sync::mpsc;

use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

pub(crate) struct Spawner {
    requests: mpsc::Sender<Request>,
}

struct Request {
    command: Command,
    started: oneshot::Sender<io::Result<Child>>,
}

impl Spawner {
    /// The thread ends, and with it every process that it started, when the spawner is dropped.
    pub fn start() -> io::Result<Spawner> {
        let (requests, inbox) = mpsc::channel::<Request>();
        let runtime = Handle::current();
        std::thread::Builder::new().name("function-spawner".to_owned()).spawn(move || {
            let _inside = runtime.enter();
            while let Ok(Request { command, started }) = inbox.recv() {
                let mut command = tokio::process::Command::from(command);
                // Somebody who no longer waits gets no child; its drop must not leave one behind.
                command.kill_on_drop(true);
                drop(started.send(command.spawn()));
            }
        })?;
        Ok(Spawner { requests })
    }

    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (started, child) = oneshot::channel();
        let gone = || io::Error::other("the spawning thread is gone");
        self.requests.send(Request { command, started }).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}
