//! A disk that is full: a small one of its own, filled by the load, and then to the last byte by somebody else.

use super::Room;
use crate::client::{Answer, Client};
use crate::options::Options;
use crate::site::queue_url;
use crate::{load, reconcile, site};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use stepwell_bench::trouble::{Doing, Trouble};

const DISK_MB: u64 = 160;
/// Time in which the load must have filled the disk, and in which a server without room must have come to its end.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(options: &Options) -> Result<String, Trouble> {
    let mut room = Room::new(options)?;
    let Some(disk) = SmallDisk::mount(&room.launch.data_dir.with_extension("disk"))? else {
        return Ok("a full disk: skipped, since the host lets us mount none".to_owned());
    };
    room.launch.data_dir = disk.directory.join("data");
    room.run(async move |room| {
        let world = &room.world;
        let mut server = room.launch.start()?;
        world.set_up(true);
        site::deploy(world).await?;
        let mut load = load::start(world);
        let sent = fill(room).await?;
        world.verdict()?;
        if let Some(status) = server.ended()? {
            return Err(Trouble::other(format!("the server ended before its reserve was used: {status}")));
        }
        // Reads and deletions go on; then somebody else takes the rest, and the server has to stop.
        drain(room).await?;
        let ballast = disk.fill_up()?;
        let stopped = ends_or_goes_on(&mut server).await?;
        world.set_up(false);
        server.kill()?;
        let words = room.launch.last_words();
        if stopped && !words.contains("the process stops") {
            return Err(Trouble::other(format!("the server ended without a clear word: {words}")));
        }
        std::fs::remove_file(&ballast).doing(ballast.display())?;
        disk.grow()?;
        let server = room.launch.start()?;
        world.set_up(true);
        reconcile::after_restart(world).await;
        drain(room).await?;
        room.end(server, &mut load).await?;
        world.verdict()?;
        let summary = world.ledgers.borrow().summary();
        let then = if stopped { "stopped" } else { "went on" };
        Ok(format!("a full disk: refused after {sent} messages, {then} at the last byte; {summary}"))
    })
}

/// Sends large messages until the server refuses them, by the answer that means to come again.
async fn fill(room: &Room) -> Result<u64, Trouble> {
    let mut client = Client::new(&room.world);
    let queue = json!({"QueueName": "ballast", "Attributes": {"VisibilityTimeout": "600"}});
    if !matches!(client.sqs("CreateQueue", &queue).await, Answer::Done(_)) {
        return Err(Trouble::other("the queue to fill the disk can't be made"));
    }
    let body: String =
        (0..200_000_u32).map(|_| char::from(b' ' + 33 + room.world.random(58) as u8)).collect();
    let began = Instant::now();
    let mut sent = 0;
    while began.elapsed() < PATIENCE {
        let body = format!("{sent}{}", &body[(sent as usize * 7) % 1000..]);
        let input = json!({"QueueUrl": queue_url(room.world.address, "ballast"), "MessageBody": body});
        match client.sqs("SendMessage", &input).await {
            Answer::Done(_) => sent += 1,
            Answer::Unknown if refuses_for_room(room) => return Ok(sent),
            other => {
                return Err(Trouble::other(format!(
                    "instead of a refusal: {other:?}: {}",
                    room.launch.last_words()
                )));
            }
        }
    }
    Err(Trouble::other(format!("{sent} large messages did not fill the disk")))
}

fn refuses_for_room(room: &Room) -> bool {
    room.world
        .server_errors()
        .iter()
        .any(|error| error.contains("503") && error.contains("the disk is nearly full"))
}

/// Takes the large messages away again.
async fn drain(room: &Room) -> Result<(), Trouble> {
    let mut client = Client::new(&room.world);
    let url = queue_url(room.world.address, "ballast");
    match client.sqs("GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": ["All"]})).await {
        Answer::Done(_) => {}
        other => return Err(Trouble::other(format!("a read on a full disk: {other:?}"))),
    }
    match client.sqs("PurgeQueue", &json!({"QueueUrl": url})).await {
        Answer::Done(_) => Ok(()),
        // Within a minute of the last one.
        Answer::Refused { code, .. } if code.contains("PurgeQueueInProgress") => Ok(()),
        other => Err(Trouble::other(format!("a deletion on a full disk: {other:?}"))),
    }
}

/// Whether it came to its end within the patience.
async fn ends_or_goes_on(server: &mut crate::server::Server) -> Result<bool, Trouble> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(15) {
        if server.ended()?.is_some() {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(false)
}

/// A file system in memory, of a size of its own.
struct SmallDisk {
    directory: PathBuf,
}

impl SmallDisk {
    /// Nothing where mounting isn't allowed.
    fn mount(directory: &Path) -> Result<Option<Self>, Trouble> {
        std::fs::create_dir_all(directory).doing(directory.display())?;
        let size = format!("size={DISK_MB}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "stepwell-crash"])
            .arg(directory)
            .output();
        match mounted.doing("mounting a small disk")?.status.success() {
            true => Ok(Some(Self { directory: directory.to_owned() })),
            false => Ok(None),
        }
    }

    /// Makes room: what is deleted is taken off the disk only when the store rewrites its tables.
    fn grow(&self) -> Result<(), Trouble> {
        let size = format!("remount,size={}m", 3 * DISK_MB);
        let grown = Command::new("mount").args(["-o", &size]).arg(&self.directory).status();
        match grown.doing("making the small disk larger")?.success() {
            true => Ok(()),
            false => Err(Trouble::other("the small disk can't be made larger")),
        }
    }

    /// Takes all room that is left.
    fn fill_up(&self) -> Result<PathBuf, Trouble> {
        let path = self.directory.join("somebody-elses");
        let mut file = std::fs::File::create(&path).doing(path.display())?;
        let block = vec![1_u8; 64 * 1024];
        loop {
            match std::io::Write::write(&mut file, &block) {
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => return Ok(path),
                Err(error) => return Err(error).doing(path.display()),
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still looks at it keeps it until then.
        drop(Command::new("umount").arg("-l").arg(&self.directory).status());
    }
}
