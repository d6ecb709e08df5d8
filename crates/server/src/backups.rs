//! Backups of a store that is in use: a snapshot, fetched piece by piece by whoever signs as the root.
//!
//! A snapshot holds no memory and no lock; it keeps the disk from forgetting what was overwritten since. So one backup is
//! under way at a time, and one whose pieces nobody fetches any more is given up.

use crate::entropy;
use bytes::{BufMut, Bytes, BytesMut};
use std::sync::Arc;
use std::time::Duration;
use stepwell_store::Store;
use stepwell_store::backup::{BackupError, Pieces};
use stepwell_wire::{ApiError, ids};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// About so many bytes are fetched at a time.
const PIECE_BYTES: usize = 4 << 20;
/// Time between two pieces after which a backup is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest time that a backup may take.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// The backup that is under way, if one is.
#[derive(Clone, Default)]
pub struct Backups {
    under_way: Arc<Mutex<Option<UnderWay>>>,
}

struct UnderWay {
    id: String,
    pieces: Option<Pieces>,
    /// The number of the next piece.
    next: u64,
    /// The one before, for whoever didn't get it.
    last: Piece,
    begun: Instant,
    fetched: Instant,
}

/// A part of the file.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    pub bytes: Bytes,
    /// Nothing comes after it.
    pub is_last: bool,
}

impl Backups {
    /// Begins a backup of what is durable now.
    ///
    /// # Errors
    /// `BackupUnderWay`.
    pub async fn begin(&self, store: &Store) -> Result<String, ApiError> {
        let mut under_way = self.under_way.lock().await;
        if under_way.as_ref().is_some_and(|backup| !backup.is_given_up()) {
            return Err(ApiError::new("BackupUnderWay", 409, "another backup is under way"));
        }
        let seed = entropy::seed();
        let id = ids::uuid(std::array::from_fn(|index| seed[index]));
        let now = Instant::now();
        *under_way = Some(UnderWay {
            id: id.clone(),
            pieces: Some(Pieces::new(store.snapshot())),
            next: 0,
            last: Piece::default(),
            begun: now,
            fetched: now,
        });
        drop(under_way);
        tokio::spawn(give_up(self.clone(), id.clone()));
        Ok(id)
    }

    /// The piece of this number: the next one, or the one before once more.
    ///
    /// # Errors
    /// `NotFound` for any other, and for a backup that is over.
    pub async fn piece(&self, id: &str, number: u64) -> Result<Piece, ApiError> {
        let mut under_way = self.under_way.clone().lock_owned().await;
        let Some(backup) = under_way.as_mut().filter(|backup| backup.id == id) else {
            return Err(ApiError::new("NotFound", 404, "no such backup is under way"));
        };
        backup.fetched = Instant::now();
        if number + 1 == backup.next {
            return Ok(backup.last.clone());
        }
        let pieces = if number == backup.next { backup.pieces.take() } else { None };
        let Some(mut pieces) = pieces else {
            return Err(ApiError::new("NotFound", 404, "the backup has no such piece now"));
        };
        let read = tokio::task::spawn_blocking(move || next(&mut pieces).map(|piece| (piece, pieces))).await;
        match read {
            Ok(Ok((piece, pieces))) => {
                backup.pieces = (!piece.is_last).then_some(pieces);
                backup.next += 1;
                backup.last = piece.clone();
                Ok(piece)
            }
            Ok(Err(error)) => {
                tracing::error!("a backup failed: {error}");
                *under_way = None;
                Err(ApiError::internal_failure())
            }
            Err(_) => Err(ApiError::internal_failure()),
        }
    }

    /// Ends a backup, whether it was fetched or not.
    pub async fn end(&self, id: &str) {
        let mut under_way = self.under_way.lock().await;
        if under_way.as_ref().is_some_and(|backup| backup.id == id) {
            *under_way = None;
        }
    }
}

impl UnderWay {
    fn is_given_up(&self) -> bool {
        self.fetched.elapsed() >= PATIENCE || self.begun.elapsed() >= LONGEST
    }

    fn patience_ends(&self) -> Instant {
        (self.fetched + PATIENCE).min(self.begun + LONGEST)
    }
}

/// Lets a snapshot go that nobody fetches any more.
async fn give_up(backups: Backups, id: String) {
    loop {
        let ends = match backups.under_way.lock().await.as_ref() {
            Some(backup) if backup.id == id && !backup.is_given_up() => backup.patience_ends(),
            Some(backup) if backup.id == id => break,
            _ => return,
        };
        tokio::time::sleep_until(ends).await;
    }
    tracing::warn!("a backup was given up: nobody fetched its next piece in time");
    backups.end(&id).await;
}

fn next(pieces: &mut Pieces) -> Result<Piece, BackupError> {
    let mut bytes = BytesMut::new();
    while bytes.len() < PIECE_BYTES {
        match pieces.piece()? {
            Some(piece) => bytes.put_slice(&piece),
            None => return Ok(Piece { bytes: bytes.freeze(), is_last: true }),
        }
    }
    Ok(Piece { bytes: bytes.freeze(), is_last: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_store::backup;

    async fn fetch(backups: &Backups, id: &str) -> Vec<u8> {
        let (mut file, mut number) = (Vec::new(), 0);
        loop {
            let piece = backups.piece(id, number).await.unwrap();
            // A piece that got lost on the way is fetched again.
            assert_eq!(backups.piece(id, number).await.unwrap().bytes, piece.bytes);
            file.extend_from_slice(&piece.bytes);
            if piece.is_last {
                return file;
            }
            number += 1;
        }
    }

    fn filled() -> Store {
        let store = Store::in_memory();
        let mut batch = stepwell_store::Batch::default();
        for number in 0..20_u8 {
            batch.put(vec![number], vec![number; 1 << 20]);
        }
        store.commit(&batch).unwrap();
        store
    }

    #[tokio::test(start_paused = true)]
    async fn the_pieces_are_the_file_and_one_backup_is_under_way_at_a_time() {
        let (backups, store) = (Backups::default(), filled());
        let id = backups.begin(&store).await.unwrap();
        assert_eq!(backups.begin(&store).await.unwrap_err().status, 409);
        assert_eq!(backups.piece("other", 0).await.unwrap_err().status, 404);
        assert_eq!(backups.piece(&id, 1).await.unwrap_err().status, 404);
        let file = fetch(&backups, &id).await;
        assert_eq!(backup::read(&file[..], |_, _| Ok(())).unwrap().rows, 20);
        backups.end(&id).await;
        backups.begin(&store).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_backup_that_nobody_fetches_is_given_up() {
        let (backups, store) = (Backups::default(), filled());
        let id = backups.begin(&store).await.unwrap();
        backups.piece(&id, 0).await.unwrap();
        tokio::time::sleep(PATIENCE + Duration::from_secs(1)).await;
        assert!(backups.under_way.lock().await.is_none(), "its snapshot is let go");
        assert_eq!(backups.piece(&id, 1).await.unwrap_err().status, 404);
    }
}
