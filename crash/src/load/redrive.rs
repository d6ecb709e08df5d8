//! A dead-letter queue whose messages are moved out of it, again and again: each comes once where it is sent.

use crate::client::{Answer, Client};
use crate::site::queue_arn;
use crate::world::World;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(100);

/// Starts a task that moves messages, whenever none runs.
pub async fn redrive(world: Rc<World>) {
    let mut client = Client::new(&world);
    let input = json!({"SourceArn": queue_arn("parked"), "DestinationArn": queue_arn("returned")});
    loop {
        match client.sqs("StartMessageMoveTask", &input).await {
            Answer::Done(_) => {
                world.ledgers.borrow_mut().moves += 1;
            }
            // One still runs.
            Answer::Refused { message, .. } if message.contains("already") => {}
            Answer::Refused { code, message } => {
                return world.violation(format!("messages can't be moved: {code}: {message}"));
            }
            Answer::Unknown => world.ledgers.borrow_mut().unknown += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
}
