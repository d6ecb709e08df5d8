//! The server under test: the built binary, started again and again on one data directory and one port.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use stepwell_bench::trouble::{Doing, Trouble};

/// How to start it.
#[derive(Debug, Clone)]
pub struct Launch {
    pub binary: PathBuf,
    pub data_dir: PathBuf,
    /// Where it writes its log: elsewhere, since that of a full disk matters most.
    pub log: PathBuf,
    pub address: SocketAddr,
    /// Environment variables beside our own, such as those of the shim.
    pub environment: Vec<(String, String)>,
    /// Arguments beside those that all starts have.
    pub arguments: Vec<String>,
}

/// A server that runs; killed when it is dropped.
pub struct Server {
    child: Child,
    /// Kept open, so that the server's later lines find a reader.
    _lines: BufReader<ChildStdout>,
}

impl Launch {
    /// # Errors
    /// If the host has no free port.
    pub fn new(binary: &Path, data_dir: &Path) -> Result<Self, Trouble> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Ok(Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            log: data_dir.with_extension("log"),
            address: port.doing("looking for a free port")?,
            environment: Vec::new(),
            arguments: Vec::new(),
        })
    }

    /// What it said since it was started first.
    pub fn read_log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Starts the server and waits until it says that it listens.
    ///
    /// # Errors
    /// If it doesn't start; with the end of its log.
    pub fn start(&self) -> Result<Server, Trouble> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).doing(self.log.display())?;
        let mut child = Command::new(&self.binary)
            .args(["serve", "--offline", "--listen", &self.address.to_string(), "--data-dir"])
            .arg(&self.data_dir)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .doing(format!("starting {}", self.binary.display()))?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Trouble::other("the server has no standard output"));
        };
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        let read = lines.read_line(&mut line).doing("reading the server's first line");
        let server = Server { child, _lines: lines };
        read?;
        match line.contains("is listening on") {
            true => Ok(server),
            false => Err(Trouble::other(format!("the server did not start: {line}{}", self.last_words()))),
        }
    }

    /// Has the store checked, every row and every reference, while no server has it open; what is wrong with it.
    ///
    /// # Errors
    /// If the check can't be started.
    pub fn check_store(&self) -> Result<Option<String>, Trouble> {
        let mut check = Command::new(&self.binary);
        check.args(["store", "check", "--data-dir"]).arg(&self.data_dir);
        let checked = check.output().doing("checking the store")?;
        let told = [checked.stdout, checked.stderr].concat();
        Ok((!checked.status.success()).then(|| String::from_utf8_lossy(&told).into_owned()))
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let log = self.read_log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

impl Server {
    /// Ends it at once: SIGKILL gives no chance to say good-bye.
    ///
    /// # Errors
    /// If it can't be killed.
    pub fn kill(mut self) -> Result<(), Trouble> {
        self.child.kill().doing("killing the server")?;
        self.child.wait().doing("waiting for the server's end").map(drop)
    }

    /// How it ended, if it did by itself.
    ///
    /// # Errors
    /// If it can't be asked.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Trouble> {
        self.child.try_wait().doing("looking for the server's end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about it either way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
