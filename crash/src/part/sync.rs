//! A sync that fails: the server stops with a clear message and acknowledges nothing more; what it had acknowledged is there.

use super::Room;
use crate::options::Options;
use crate::power::{Power, Syncs};
use crate::server::Launch;
use crate::{load, reconcile, site};
use std::time::{Duration, Instant};
use stepwell_bench::trouble::Trouble;

/// After how many syncs of a start they fail, in turn. The first few are those of the start itself.
const FAIL_FROM: [u64; 6] = [400, 60, 150, 35, 250, 90];
/// Time for a server whose disk fails to come to its end.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn run(options: &Options) -> Result<String, Trouble> {
    let room = Room::new(options)?;
    let (shim, seed) = (options.shim.clone(), options.seed);
    room.run(async move |room| {
        let world = &room.world;
        let sound = room.launch.clone();
        let mut server = sound.start()?;
        world.set_up(true);
        site::deploy(world).await?;
        let mut load = load::start(world);
        for from in FAIL_FROM {
            world.set_up(false);
            server.kill()?;
            let failing = failing(&sound, &shim, from, seed)?;
            // Where the start itself meets the failure, it says so and ends.
            match failing.start() {
                Ok(started) => {
                    world.set_up(true);
                    stops_by_itself(started, &failing).await?;
                }
                Err(trouble) if trouble.to_string().contains("os error 5") => {}
                Err(trouble) => return Err(trouble),
            }
            world.set_up(false);
            server = sound.start()?;
            world.set_up(true);
            reconcile::after_restart(world).await;
            world.verdict()?;
        }
        room.end(server, &mut load).await?;
        Ok(format!("failing syncs: {}, {}", FAIL_FROM.len(), world.ledgers.borrow().summary()))
    })
}

fn failing(sound: &Launch, shim: &std::path::Path, from: u64, seed: u64) -> Result<Launch, Trouble> {
    let mut launch = sound.clone();
    Power::watch(&mut launch, shim, &Syncs::FailFrom(from), seed)?.begin()?;
    Ok(launch)
}

async fn stops_by_itself(mut server: crate::server::Server, launch: &Launch) -> Result<(), Trouble> {
    let began = Instant::now();
    while server.ended()?.is_none() {
        if began.elapsed() > PATIENCE {
            return Err(Trouble::other("the disk doesn't sync, and the server goes on"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let words = launch.last_words();
    match words.contains("a commit failed") && words.contains("the process stops") {
        true => Ok(()),
        false => Err(Trouble::other(format!("the server ended without a clear word: {words}"))),
    }
}
