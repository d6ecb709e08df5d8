//! The parts of the crash test: each is a room, a load, and a way to end the server.

mod disk;
mod kills;
mod power;
mod sync;

use crate::options::{Options, Part};
use crate::reconcile;
use crate::server::{Launch, Server};
use crate::world::World;
use std::rc::Rc;
use stepwell_bench::trouble::{Doing, Trouble};
use tempfile::TempDir;
use tokio::task::{JoinSet, LocalSet};

/// Does a part; what it has to tell.
///
/// # Errors
/// What was found wrong, with what is kept of it.
pub fn run(part: Part, options: &Options) -> Result<String, Trouble> {
    match part {
        Part::Kills => kills::run(options),
        Part::Power => power::run(options),
        Part::Unsynced => power::run_unsynced(options),
        Part::Disk => disk::run(options),
        Part::Sync => sync::run(options),
        Part::All => unreachable!("all parts are chosen one by one"),
    }
}

/// A data directory and what a run needs beside it.
pub struct Room {
    directory: TempDir,
    pub launch: Launch,
    pub world: Rc<World>,
}

impl Room {
    fn new(options: &Options) -> Result<Self, Trouble> {
        std::fs::create_dir_all(&options.directory).doing(options.directory.display())?;
        let directory = std::fs::canonicalize(&options.directory).doing(options.directory.display())?;
        let directory = tempfile::tempdir_in(&directory).doing(directory.display())?;
        let launch = Launch::new(&options.server, &directory.path().join("data"))?;
        let world = Rc::new(World::new(launch.address, options.seed));
        Ok(Self { directory, launch, world })
    }

    /// Runs what concerns it on one thread; what is wrong keeps the directory.
    fn run<T>(self, work: impl AsyncFnOnce(&Room) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting")?;
        let outcome = LocalSet::new().block_on(&runtime, work(&self));
        let outcome = outcome.and_then(|told| self.world.verdict().map(|()| told));
        outcome.map_err(|trouble| {
            let kept = self.directory.keep();
            Trouble::other(format!("{trouble}\n  kept: {}", kept.display()))
        })
    }

    /// Runs what is expected to find something wrong: nothing is kept of it.
    fn run_and_drop<T>(self, work: impl AsyncFnOnce(&Room) -> T) -> Result<T, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting")?;
        Ok(LocalSet::new().block_on(&runtime, work(&self)))
    }

    /// Lets the server live for a while; it has to be there at the end of that.
    async fn let_live(&self, server: &mut Server) -> Result<(), Trouble> {
        tokio::time::sleep(self.world.life()).await;
        match server.ended()? {
            None => Ok(()),
            Some(status) => {
                let words = self.launch.last_words();
                Err(Trouble::other(format!("the server ended by itself: {status}: {words}")))
            }
        }
    }

    /// Lets everything come to its end, holds what was told against what is there, and has the store checked.
    async fn end(&self, server: Server, load: &mut JoinSet<()>) -> Result<(), Trouble> {
        reconcile::run_dry(&self.world, load).await;
        reconcile::everything(&self.world).await;
        server.kill()?;
        self.check_store()
    }

    /// The server told of no error of its own, but those that the part meant to bring about.
    fn expect_no_server_errors(&self) {
        for error in self.world.server_errors() {
            self.world.violation(format!("an error of the server's: {error}"));
        }
    }

    /// All rows are sound and refer to what is there, while no server has the store open.
    fn check_store(&self) -> Result<(), Trouble> {
        if let Some(wrong) = self.launch.check_store()? {
            self.world.violation(format!("the store is not whole: {wrong}"));
        }
        Ok(())
    }

    /// The file with the root key has one: a start that was cut off leaves none that is empty.
    fn check_root_key(&self) {
        let path = self.launch.data_dir.join("root-credentials");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if !text.contains("aws_secret_access_key = ") {
            self.world.violation(format!("`{}` has no key: {text:?}", path.display()));
        }
    }
}
