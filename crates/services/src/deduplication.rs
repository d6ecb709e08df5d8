//! Messages that were seen lately, by their deduplication ids: for five minutes a second one is taken for the first.
//!
//! Shared by FIFO queues and FIFO topics, whose numbers are of one sequence. What is too old goes when something new comes:
//! each message takes out two, so that nothing piles up and no timer is needed.

use crate::check::Check;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use stepwell_store::{Direction, Slice};

const WINDOW_MS: u64 = 5 * 60 * 1000;
/// Old rows that one message takes out.
const SWEPT: usize = 2;

/// The message that came first, as its sender was told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Seen {
    #[n(0)]
    pub until_ms: u64,
    #[n(1)]
    pub message_id: String,
    #[n(2)]
    pub sequence_number: String,
}

/// `owner, scope, id` → [`Seen`].
fn key(owner: u64, scope: &str, id: &str) -> Key {
    Key::new(Family::Deduplication).number(owner).text(scope).text(id)
}

/// `owner, until (ms), scope, id` → –: the oldest first.
fn expiry(owner: u64, until_ms: u64, scope: &str, id: &str) -> Key {
    Key::new(Family::DeduplicationExpiry).number(owner).number(until_ms).text(scope).text(id)
}

/// All rows of an owner: for when it is gone.
#[must_use]
pub fn of_owner(owner: u64) -> [Key; 2] {
    [Family::Deduplication, Family::DeduplicationExpiry].map(|family| Key::new(family).number(owner))
}

/// The message with this id that was seen in the last five minutes.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn seen(
    owner: u64,
    scope: &str,
    id: &str,
    now_ms: u64,
    rows: &dyn Rows,
) -> Result<Option<Seen>, Failure> {
    let seen: Option<Seen> = rows.row(&key(owner, scope, id))?;
    Ok(seen.filter(|seen| seen.until_ms > now_ms))
}

/// Remembers a message that is the first of its id.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn remember(
    owner: u64,
    scope: &str,
    id: &str,
    message_id: &str,
    sequence_number: &str,
    now_ms: u64,
    tx: &mut Tx,
) -> Result<(), Failure> {
    sweep(owner, now_ms, tx)?;
    let until_ms = now_ms + WINDOW_MS;
    let (message_id, sequence_number) = (message_id.to_owned(), sequence_number.to_owned());
    tx.put(&key(owner, scope, id), &Seen { until_ms, message_id, sequence_number });
    tx.put_bytes(&expiry(owner, until_ms, scope, id), Slice::from(&[][..]));
    Ok(())
}

fn sweep(owner: u64, now_ms: u64, tx: &mut Tx) -> Result<(), Failure> {
    let start = Key::new(Family::DeduplicationExpiry).number(owner);
    let end = start.clone().number(now_ms + 1);
    for (old, _) in tx.scan(start.as_bytes(), end.as_bytes(), Direction::Forward, SWEPT)? {
        let mut reader = KeyReader::new(&old, Family::DeduplicationExpiry)?;
        let (_, until_ms) = (reader.number()?, reader.number()?);
        let key = key(owner, &reader.text()?, &reader.text()?);
        // The id may have been used again after its time.
        if tx.row::<Seen>(&key)?.is_some_and(|seen| seen.until_ms == until_ms) {
            tx.remove(&key);
        }
        tx.remove_bytes(&old);
    }
    Ok(())
}

/// Looks at a row of either family. An id that was used again after its time leaves an older expiry behind.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub(crate) fn check(family: Family, at: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(at, family)?;
    let owner = parts.number()?;
    if check.known.is_going(Family::Queue, owner) || check.known.is_going(Family::Topic, owner) {
        return Ok(());
    }
    let is_owned = check.known.has(Family::Queue, owner) || check.known.has(Family::Topic, owner);
    check.expect(is_owned, at, || format!("there is no queue and no topic of the number {owner}"));
    if family == Family::Deduplication {
        let seen: Seen = row::decode(value)?;
        let expires = check.has(&expiry(owner, seen.until_ms, &parts.text()?, &parts.text()?))?;
        check.expect(expires, at, || format!("nothing says that it expires at {}", seen.until_ms));
        return Ok(());
    }
    let until_ms = parts.number()?;
    let seen: Option<Seen> = check.row(&key(owner, &parts.text()?, &parts.text()?))?;
    check.expect(seen.is_some_and(|seen| seen.until_ms >= until_ms), at, || {
        "what expires then isn't there".to_owned()
    });
    Ok(())
}

/// The id of a body that says for itself whether it was there before.
#[must_use]
pub fn of_content(body: &str) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Twenty digits that grow from message to message.
#[must_use]
pub fn sequence_number(sequence: u64) -> String {
    format!("1{sequence:019}")
}
