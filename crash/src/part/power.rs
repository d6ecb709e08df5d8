//! SIGKILL, after which the files are what a power loss could have left of them; and the proof that this can be told from
//! a server whose syncs do nothing.

use super::Room;
use crate::options::Options;
use crate::power::{Power, Syncs};
use crate::{load, reconcile, site};
use std::time::Duration;
use stepwell_bench::trouble::Trouble;

/// Milliseconds that the server lives at least and at most, from the moment that it listens.
const LIFE_MS: std::ops::Range<u64> = 50..300;
/// Losses after which a server that doesn't sync must have been found out.
const LOSSES_UNSYNCED: u32 = 20;

pub fn run(options: &Options) -> Result<String, Trouble> {
    let mut room = Room::new(options)?;
    let mut power = Power::watch(&mut room.launch, &options.shim, &Syncs::Work, options.seed)?;
    let losses = options.losses;
    room.run(async move |room| {
        lose_power(room, &mut power, losses).await?;
        Ok(format!("power losses: {losses}, {}", room.world.ledgers.borrow().summary()))
    })
}

/// The same with syncs that lie: it has to fail.
pub fn run_unsynced(options: &Options) -> Result<String, Trouble> {
    let mut room = Room::new(options)?;
    let mut power = Power::watch(&mut room.launch, &options.shim, &Syncs::Lie, options.seed)?;
    let outcome = room.run_and_drop(async move |room| {
        let outcome = lose_power(room, &mut power, LOSSES_UNSYNCED).await;
        (outcome, room.world.violations())
    })?;
    match outcome {
        (Err(_), violations) if !violations.is_empty() => {
            Ok(format!("power losses with the sync taken out: found out as it must be: {}", violations[0]))
        }
        (Err(trouble), _) => Ok(format!("power losses with the sync taken out: found out as it must be: {trouble}")),
        (Ok(()), _) => Err(Trouble::other("a server that doesn't sync was not told from one that does")),
    }
}

async fn lose_power(room: &Room, power: &mut Power, losses: u32) -> Result<(), Trouble> {
    let world = &room.world;
    power.begin()?;
    let mut server = room.launch.start()?;
    world.set_up(true);
    site::deploy(world).await?;
    let mut load = load::start(world);
    let mut history = Vec::new();
    for loss in 0..losses {
        let life = LIFE_MS.start + world.random(LIFE_MS.end - LIFE_MS.start);
        tokio::time::sleep(Duration::from_millis(life)).await;
        if let Some(status) = server.ended()? {
            return Err(Trouble::other(format!("the server ended by itself: {status}: {}", room.launch.last_words())));
        }
        world.set_up(false);
        server.kill()?;
        history.push(power.lose()?);
        power.begin()?;
        let told = |trouble: Trouble| {
            let last = history.last().map_or("", String::as_str);
            Trouble::other(format!("power loss {loss}: {trouble}\n  of the files: {last}"))
        };
        server = room.launch.start().map_err(told)?;
        world.set_up(true);
        room.check_root_key();
        reconcile::after_restart(world).await;
        world.verdict().map_err(told)?;
    }
    reconcile::run_dry(world, &mut load).await;
    reconcile::everything(world).await;
    for error in world.server_errors() {
        world.violation(format!("an error of the server's: {error}"));
    }
    world.verdict()
}
