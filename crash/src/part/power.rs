//! SIGKILL, after which the files are what a power loss could have left of them; and the proof that this can be told from
//! a server whose syncs do nothing.

use super::Room;
use crate::options::Options;
use crate::power::{Power, Syncs};
use crate::{load, reconcile, site};
use stepwell_bench::trouble::Trouble;

/// After every so many losses the whole store is checked, which also opens it once more.
const CHECK_EVERY: u32 = 20;
/// Losses after which a server that doesn't sync must have been found out.
const LOSSES_UNSYNCED: u32 = 20;
/// So many servers are tried: one may lose so much that it doesn't start, which tells nothing of the reconciliation.
const ROOMS_UNSYNCED: u64 = 5;

pub fn run(options: &Options) -> Result<String, Trouble> {
    let mut room = Room::new(options)?;
    let mut power = Power::watch(&mut room.launch, &options.shim, &Syncs::Work, options.seed)?;
    let losses = options.losses;
    room.run(async move |room| {
        lose_power(room, &mut power, losses).await?;
        let torn = room.launch.read_log().matches("was not finished and never acknowledged").count();
        let summary = room.world.ledgers.borrow().summary();
        Ok(format!("power losses: {losses}, of which {torn} tore the journal; {summary}"))
    })
}

/// The same with syncs that lie: the reconciliation has to fail.
pub fn run_unsynced(options: &Options) -> Result<String, Trouble> {
    let mut told = Vec::new();
    for seed in options.seed..options.seed + ROOMS_UNSYNCED {
        let mut room = Room::new(&Options { seed, ..options.clone() })?;
        let mut power = Power::watch(&mut room.launch, &options.shim, &Syncs::Lie, seed)?;
        let (outcome, violations) = room.run_and_drop(async move |room| {
            let outcome = lose_power(room, &mut power, LOSSES_UNSYNCED).await;
            (outcome, room.world.violations())
        })?;
        if let Some(found) = violations.first() {
            return Ok(format!("power losses with the sync taken out: found out, as it must be: {found}"));
        }
        told.push(outcome.map_or_else(|trouble| trouble.to_string(), |()| "nothing was missing".to_owned()));
    }
    Err(Trouble::other(format!("a server that doesn't sync was not found out by what it lost: {told:?}")))
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
        room.let_live(&mut server).await?;
        world.set_up(false);
        server.kill()?;
        history.push(power.lose()?);
        if loss % CHECK_EVERY == CHECK_EVERY - 1 {
            room.check_store()?;
        }
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
    room.end(server, &mut load).await?;
    room.expect_no_server_errors();
    world.verdict()
}
