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
        tokio::time::sleep(world.life()).await;
        if let Some(status) = server.ended()? {
            return Err(Trouble::other(format!(
                "the server ended by itself: {status}: {}",
                room.launch.last_words()
            )));
        }
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
    reconcile::run_dry(world, &mut load).await;
    reconcile::everything(world).await;
    server.kill()?;
    room.check_store()?;
    for error in world.server_errors() {
        world.violation(format!("an error of the server's: {error}"));
    }
    Ok(format!("kills: {kills}, {}", world.ledgers.borrow().summary()))
}
