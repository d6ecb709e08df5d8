//! Power loss, acted out: what a log of file operations and syncs allows the disk to have kept.

mod disk;
mod log;

use crate::server::Launch;
use std::path::{Path, PathBuf};
use stepwell_bench::trouble::{Doing, Trouble};

/// The disk beneath a data directory, as the preloaded shim sees it.
pub struct Power {
    data_dir: PathBuf,
    log: PathBuf,
    saved: PathBuf,
    before: disk::Names,
    rng: fastrand::Rng,
}

/// How syncs behave: the words that the shim understands.
#[derive(Debug, Clone)]
pub enum Syncs {
    Work,
    Lie,
    FailFrom(u64),
}

impl Power {
    /// Has the server that is launched next looked at.
    ///
    /// # Errors
    /// If the host can't make what it takes.
    pub fn watch(launch: &mut Launch, shim: &Path, syncs: &Syncs, seed: u64) -> Result<Self, Trouble> {
        if !shim.exists() {
            return Err(Trouble::other(format!("the shim `{}` isn't there: build it first", shim.display())));
        }
        let power = Self {
            data_dir: launch.data_dir.clone(),
            log: launch.data_dir.with_extension("operations"),
            saved: launch.data_dir.with_extension("saved"),
            before: disk::Names::new(),
            rng: fastrand::Rng::with_seed(seed),
        };
        let syncs = match syncs {
            Syncs::Work => "work".to_owned(),
            Syncs::Lie => "lie".to_owned(),
            Syncs::FailFrom(number) => format!("fail:{number}"),
        };
        let variables = [
            ("LD_PRELOAD", shim.display().to_string()),
            ("STEPWELL_CRASH_TRACK", launch.data_dir.display().to_string()),
            ("STEPWELL_CRASH_LOG", power.log.display().to_string()),
            ("STEPWELL_CRASH_SAVED", power.saved.display().to_string()),
            ("STEPWELL_CRASH_SYNC", syncs),
        ];
        launch.environment = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Ok(power)
    }

    /// All that is there now counts as durable.
    ///
    /// # Errors
    /// What the disk said.
    pub fn begin(&mut self) -> Result<(), Trouble> {
        for gone in [&self.log, &self.saved] {
            let removed =
                if gone.is_dir() { std::fs::remove_dir_all(gone) } else { std::fs::remove_file(gone) };
            match removed {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).doing(gone.display());
                }
                _ => {}
            }
        }
        std::fs::create_dir_all(&self.saved).doing(self.saved.display())?;
        self.before = disk::names(&self.data_dir)?;
        disk::save(&self.data_dir, &self.before, &self.saved)
    }

    /// Cuts the files of a server that was killed back to what a power loss could have left; what it did, in words.
    ///
    /// # Errors
    /// What the disk said.
    pub fn lose(&mut self) -> Result<String, Trouble> {
        let records = log::read(&self.log)?;
        disk::lose(&self.data_dir, &self.saved, &self.before, &records, &mut self.rng)
    }
}
