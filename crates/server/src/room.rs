//! Memory for what clients send and for what they don't take: bounded for all connections together.
//!
//! Small bodies and answers always have room, so that nobody's large ones keep out the rest; the number of connections bounds
//! what they take. A large body waits for room, and is refused if there is none; a large answer is left out, which its client
//! takes for a server that is unavailable for a while.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of request bodies at a time, from their first byte until they are answered.
const MOST_RECEIVED: usize = 256 << 20;
/// Bytes of answers that were not taken yet.
const MOST_UNREAD: usize = 128 << 20;
/// Bodies and answers of this size need no room: a batch of ten messages of a few KB is one.
const SMALL: usize = 64 << 10;
/// Time that a body waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// The room of a listener.
pub struct Room {
    received: Arc<Semaphore>,
    unread: Arc<Semaphore>,
}

/// A body, and its place until the request is answered.
pub struct Received {
    pub bytes: Bytes,
    _place: Option<OwnedSemaphorePermit>,
}

/// Why a body was not received.
pub enum NotReceived {
    TooLarge,
    NoRoom,
    Broken(hyper::Error),
}

/// An answer that was left out for want of room.
#[derive(Debug)]
pub struct LeftOut;

impl Room {
    pub fn new() -> Self {
        Self::of(MOST_RECEIVED, MOST_UNREAD)
    }

    fn of(received: usize, unread: usize) -> Self {
        Self { received: Arc::new(Semaphore::new(received)), unread: Arc::new(Semaphore::new(unread)) }
    }

    /// Receives a body of up to `most` bytes. It takes room as it comes: what was announced and not sent takes none.
    pub async fn receive(&self, mut body: Incoming, most: usize) -> Result<Received, NotReceived> {
        let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
        let mut place = None;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(NotReceived::Broken)?.into_data() else { continue };
            let length = first.len() + rest.len() + data.len();
            if length > most {
                return Err(NotReceived::TooLarge);
            }
            self.widen(&mut place, length).await?;
            // Nearly all come in one piece, which isn't copied.
            if first.is_empty() && rest.is_empty() {
                first = data;
                continue;
            }
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
        let bytes = if rest.is_empty() { first } else { rest.freeze() };
        Ok(Received { bytes, _place: place })
    }

    /// Has the place hold `length` bytes.
    async fn widen(
        &self,
        place: &mut Option<OwnedSemaphorePermit>,
        length: usize,
    ) -> Result<(), NotReceived> {
        let held = place.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if length <= SMALL || length <= held {
            return Ok(());
        }
        let more = u32::try_from(length - held).map_err(|_| NotReceived::NoRoom)?;
        let waited = tokio::time::timeout(PATIENCE, self.received.clone().acquire_many_owned(more)).await;
        let Ok(Ok(more)) = waited else { return Err(NotReceived::NoRoom) };
        match place {
            Some(place) => place.merge(more),
            None => *place = Some(more),
        }
        Ok(())
    }

    /// The answer, counted until its last byte is handed to the connection.
    ///
    /// # Errors
    /// If too much is unread already.
    pub fn answer(&self, bytes: Bytes) -> Result<Bytes, LeftOut> {
        if bytes.len() <= SMALL {
            return Ok(bytes);
        }
        let length = u32::try_from(bytes.len()).map_err(|_| LeftOut)?;
        let place = self.unread.clone().try_acquire_many_owned(length).map_err(|_| LeftOut)?;
        Ok(Bytes::from_owner(Unread { bytes, _place: place }))
    }
}

/// Goes away with the last piece of the answer.
struct Unread {
    bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Unread {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_answers_have_bounded_room_until_they_are_taken_and_small_ones_always_have_it() {
        let room = Room::of(0, 3 * SMALL);
        let large = || Bytes::from(vec![b'x'; SMALL + 1]);
        let unread = [room.answer(large()).unwrap(), room.answer(large()).unwrap()];
        assert_eq!(unread[0], large());
        assert!(room.answer(large()).is_err());
        assert!(room.answer(Bytes::from(vec![b'x'; SMALL])).is_ok());
        let [first, second] = unread;
        let half = second.slice(..10);
        drop(second);
        assert!(room.answer(large()).is_err(), "a piece of it is still to be taken");
        drop((first, half));
        assert!(room.answer(large()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_body_takes_room_as_it_comes_and_is_refused_if_there_is_none() {
        let room = Room::of(2 * SMALL, 0);
        let (mut one, mut other) = (None, None);
        assert!(room.widen(&mut one, SMALL).await.is_ok() && one.is_none());
        assert!(room.widen(&mut one, SMALL + 1).await.is_ok());
        assert!(room.widen(&mut one, 2 * SMALL).await.is_ok());
        assert_eq!(one.as_ref().map(OwnedSemaphorePermit::num_permits), Some(2 * SMALL));
        assert!(matches!(room.widen(&mut other, SMALL + 1).await, Err(NotReceived::NoRoom)));
        drop(one);
        assert!(room.widen(&mut other, SMALL + 1).await.is_ok());
    }
}
