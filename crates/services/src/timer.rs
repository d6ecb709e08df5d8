//! What becomes due: rows ordered by due time, of which the shard looks at the nearest only.

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::row;
use crate::rows::Rows;
use minicbor::{Decode, Encode};
use stepwell_store::{Direction, Slice};

/// The closed list of what can be due. The timer is in the key, so arming it twice for one time is arming it once.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Timer {
    /// The nearest wait, timeout, heartbeat or retry of an execution: state machine, execution.
    #[n(0)]
    Execution(#[n(0)] u64, #[n(1)] u64),
    /// The next try of an asynchronous invocation.
    #[n(1)]
    Invocation(#[n(0)] u64),
    /// The next try of a delivery to a subscriber.
    #[n(2)]
    Delivery(#[n(0)] u64),
    /// A step of a stack operation that waits for something to become ready.
    #[n(3)]
    Stack(#[n(0)] u64),
    /// The end of the time for which uploaded code is kept: its SHA-256.
    #[n(4)]
    UploadedCode(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// The end of the time in which a subscription can be confirmed: topic, subscription.
    #[n(10)]
    PendingSubscription(#[n(0)] u64, #[n(1)] String),
    /// Closed executions may have been kept long enough.
    #[n(5)]
    ClosedExecutions,
    /// A queue may have messages whose retention is over.
    #[n(11)]
    SweepQueue(#[n(0)] u64),
    /// The next second of a task that moves messages, so many a second: queue, task.
    #[n(12)]
    MoveMessages(#[n(0)] u64, #[n(1)] u64),
    /// The daily sweep of a log group's expired events: account, region, name.
    #[n(20)]
    LogRetention(#[n(0)] String, #[n(1)] String, #[n(2)] String),
    /// A body that was to come in by several commands, and didn't.
    #[n(30)]
    UploadedBody(#[n(0)] String),
}

/// Where a timer stands.
#[must_use]
pub fn key(due_ms: u64, timer: &Timer) -> Key {
    row::encode(timer).iter().fold(Key::new(Family::Timer).number(due_ms), |key, byte| key.byte(*byte))
}

/// The times at which timers are due, from `from_ms` on and before `until_ms`: so many of them at most, the earliest first.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due_between(from_ms: u64, until_ms: u64, most: usize, rows: &dyn Rows) -> Result<Vec<u64>, Failure> {
    let bound = |ms| Key::new(Family::Timer).number(ms).into_bytes();
    let timers = rows.scan(&bound(from_ms), &bound(until_ms), Direction::Forward, most)?;
    timers.iter().map(|(key, _)| KeyReader::new(key, Family::Timer)?.number()).collect()
}

/// The due time and the timer of a key.
///
/// # Errors
/// [`Failure::Broken`] if it is none.
pub fn read(key: &Slice) -> Result<(u64, Timer), Failure> {
    let due_ms = KeyReader::new(key, Family::Timer)?.number()?;
    let timer = key.get(11..).ok_or_else(|| Failure::broken("a timer's key that ends too early"))?;
    Ok((due_ms, row::decode(timer)?))
}
