//! SIGKILL under load at random moments, again and again on one data directory.

use super::Room;
use crate::options::Options;
use crate::{load, reconcile, site};
use stepwell_bench::trouble::Trouble;

/// After every so many kills the whole store is checked.
const CHECK_EVERY: u32 = 50;

pub fn run(options: &Options) -> Result<String, Trouble> {
    let kills = options.kills;
    Room::new(options)?.run(async move |room| live_and_die(room, kills).await)
}

async fn live_and_die(room: &Room, kills: u32) -> Result<String, Trouble> {
    let world = &room.world;
    let mut server = room.launch.start()?;
    world.set_up(true);
    site::deploy(world).await?;
    let mut load = load::start(world);
    for kill in 0..kills {
        room.let_live(&mut server).await?;
        world.set_up(false);
        server.kill()?;
        if kill % CHECK_EVERY == 0 {
            room.check_store()?;
        }
        server = room.launch.start()?;
        world.set_up(true);
        room.check_root_key();
        reconcile::after_restart(world).await;
        world.verdict()?;
    }
    room.end(server, &mut load).await?;
    room.expect_no_server_errors();
    Ok(format!("kills: {kills}, {}", world.ledgers.borrow().summary()))
}
