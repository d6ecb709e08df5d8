//! One run: a fresh data directory, a fresh server, and a thread on which all clients are.

use crate::disk;
use crate::figures::Figures;
use crate::options::Options;
use crate::process;
use crate::server::Server;
use crate::site::Site;
use crate::trouble::{Doing, Trouble};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::LocalSet;

/// Time for the disk's own figure.
const SYNC_TIME: Duration = Duration::from_secs(1);

/// A data directory and the server on it.
pub struct Run {
    pub server: Server,
    directory: TempDir,
}

impl Run {
    /// # Errors
    /// If the server doesn't start.
    pub fn start(options: &Options) -> Result<Self, Trouble> {
        std::fs::create_dir_all(&options.directory).doing(options.directory.display())?;
        let directory = tempfile::tempdir_in(&options.directory).doing(options.directory.display())?;
        let server = Server::start(&options.server, &directory.path().join("data"))?;
        Ok(Self { server, directory })
    }

    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Kills the server and starts it again on the same data.
    ///
    /// # Errors
    /// If it doesn't come back.
    pub fn restart(self, options: &Options) -> Result<Self, Trouble> {
        let Self { server, directory } = self;
        server.kill()?;
        let server = Server::start(&options.server, &directory.path().join("data"))?;
        Ok(Self { server, directory })
    }

    /// # Errors
    /// What the server refused.
    pub async fn site(&self) -> Result<Site, Trouble> {
        Site::set_up(self.server.address()).await
    }

    /// How often the disk under the data syncs, beside what was measured on it.
    ///
    /// # Errors
    /// What the disk said.
    pub fn add_sync_rate(&self, figures: &mut Figures) -> Result<(), Trouble> {
        let syncs = disk::sync_rate(self.directory.path(), SYNC_TIME)?;
        figures.add("fdatasync of this disk", "/s", syncs.per_second);
        figures.add("fdatasync of this disk, p50", "ms", syncs.latency.at(0.5));
        Ok(())
    }
}

/// Runs all clients of a run on this thread.
///
/// # Errors
/// What went wrong.
pub fn on_one_thread<T>(work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.doing("making a runtime")?, work)
}

/// What server and load generator use over a stretch of time.
pub struct Stretch<'a> {
    server: &'a Server,
    began: Instant,
    server_before: process::Usage,
    own_cpu_before: Duration,
}

impl<'a> Stretch<'a> {
    /// # Errors
    /// If the server is gone.
    pub fn begin(server: &'a Server) -> Result<Self, Trouble> {
        Ok(Self {
            server,
            server_before: server.usage()?,
            own_cpu_before: process::cpu(std::process::id())?,
            began: Instant::now(),
        })
    }

    /// Adds the rate of what was done in the stretch, and what it cost.
    ///
    /// # Errors
    /// If the server is gone.
    pub fn end(self, what: &str, done: u64, figures: &mut Figures) -> Result<(), Trouble> {
        let seconds = self.began.elapsed().as_secs_f64();
        let used = self.server.usage()?.since(&self.server_before);
        let own_cpu = process::cpu(std::process::id())?.saturating_sub(self.own_cpu_before);
        let thousands = done.max(1) as f64 / 1000.0;
        figures.add(what, "/s", done as f64 / seconds);
        figures.add("server CPU per 1,000", "s", used.cpu.as_secs_f64() / thousands);
        for (name, ran) in &used.threads {
            let share = ran.as_secs_f64() / thousands;
            if share >= 0.001 {
                figures.add(format!("… of it in {name}"), "s", share);
            }
        }
        figures.add("sleeps of server threads per one", "", used.sleeps as f64 / thousands / 1000.0);
        figures.add("bytes written per one", "B", used.written_bytes as f64 / thousands / 1000.0);
        figures.add("load generator CPU per 1,000", "s", own_cpu.as_secs_f64() / thousands);
        figures.add("load generator CPU", "of a core", own_cpu.as_secs_f64() / seconds);
        Ok(())
    }
}
