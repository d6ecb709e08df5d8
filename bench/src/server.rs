//! The server under measurement: the release binary as a user starts it, in a data directory of its own.

use crate::process::{self, Usage};
use crate::trouble::{Doing, Trouble};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs; killed when it is dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
    /// Kept open, so that the server's later lines find a reader.
    _lines: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the server and waits for its first answer.
    ///
    /// # Errors
    /// If it doesn't start; with what it wrote to its log.
    pub fn start(binary: &Path, data_dir: &Path) -> Result<Self, Trouble> {
        let log_path = log_path(data_dir);
        let log = File::create(&log_path).doing(log_path.display())?;
        let began = Instant::now();
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--offline", "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .doing(format!("starting {}", binary.display()))?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Trouble::other("the server has no standard output"));
        };
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        let read = lines.read_line(&mut line).doing("reading the server's first line");
        let address = read.and_then(|_| {
            address(&line).ok_or_else(|| {
                let log = std::fs::read_to_string(&log_path).unwrap_or_default();
                Trouble::other(format!("the server did not say where it listens: {line}{log}"))
            })
        });
        let mut server = Self {
            child,
            // Filled in below: the child is killed by its drop from here on.
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: Duration::ZERO,
            _lines: lines,
        };
        server.address = address?;
        first_answer(server.address)?;
        server.started_in = began.elapsed();
        Ok(server)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From the start of the process to its first answer.
    #[must_use]
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// # Errors
    /// If it is gone.
    pub fn usage(&self) -> Result<Usage, Trouble> {
        Usage::of(self.child.id())
    }

    /// # Errors
    /// If it is gone.
    pub fn resident_bytes(&self) -> Result<u64, Trouble> {
        process::resident_bytes(self.child.id())
    }

    /// The most memory that it had since [`Server::forget_peak`].
    ///
    /// # Errors
    /// If it is gone.
    pub fn peak_bytes(&self) -> Result<u64, Trouble> {
        process::peak_bytes(self.child.id())
    }

    /// # Errors
    /// If it is gone.
    pub fn forget_peak(&self) -> Result<(), Trouble> {
        process::forget_peak(self.child.id())
    }

    /// Ends it as a power cut would: without a chance to say good-bye.
    ///
    /// # Errors
    /// If it can't be killed.
    pub fn kill(mut self) -> Result<(), Trouble> {
        self.child.kill().doing("killing the server")?;
        self.child.wait().doing("waiting for the server's end").map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about it either way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Beside the data directory, which is the server's own.
fn log_path(data_dir: &Path) -> PathBuf {
    data_dir.with_extension("log")
}

/// The address in `stepwell 0.1.0 is listening on http://127.0.0.1:4566`.
fn address(line: &str) -> Option<SocketAddr> {
    line.trim_end().rsplit_once("http://")?.1.parse().ok()
}

fn first_answer(address: SocketAddr) -> Result<(), Trouble> {
    let mut stream = TcpStream::connect(address).doing("connecting")?;
    let request = format!("GET /_stepwell/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).doing("asking for health")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).doing("asking for health")?;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(Trouble::other(format!("the server is not healthy: {answer}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_first_line() {
        let found = address("stepwell 0.1.0 is listening on http://127.0.0.1:4566\n");
        assert_eq!(found, "127.0.0.1:4566".parse().ok());
        for line in ["", "stepwell: no", "http://", "http://localhost"] {
            assert_eq!(address(line), None, "{line}");
        }
    }
}
