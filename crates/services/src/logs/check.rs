//! What the rows of CloudWatch Logs owe one another: events are of a stream, streams of a group, and a group with a retention
//! has its sweep.

use crate::check::Check;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader, Scope};
use crate::logs::append::ROW_MS;
use crate::logs::keys;
use crate::logs::model::{Events, LogGroup, LogStream};
use crate::row;
use stepwell_store::Slice;

/// Looks at a row.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub fn row(family: Family, key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(key, family)?;
    match family {
        Family::LogGroup => group(key, &row::decode(value)?, check),
        Family::LogStream => {
            let group = parts.number()?;
            let stream: LogStream = row::decode(value)?;
            check.expect_at(&keys::stream(group, &stream.name), key);
            check.expect_owner(Family::LogGroup, group, key);
            Ok(())
        }
        Family::LogEvent => {
            check.expect_owner(Family::LogStream, parts.number()?, key);
            events(key, parts.number()?, &row::decode(value)?, check);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn group(key: &[u8], group: &LogGroup, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&group.key(), key);
    check.expect(group.sweep_due_ms.is_some() == group.retention_days.is_some(), key, || {
        "it has a retention without a sweep, or a sweep without a retention".to_owned()
    });
    if let Some(due_ms) = group.sweep_due_ms {
        let is_armed = check.has(&crate::timer::key(due_ms, &group.sweep()))?;
        check.expect(is_armed, key, || format!("its sweep at {due_ms} has no timer"));
    }
    Ok(())
}

/// Reading relies on the order of events in a row, and on how short in time a row is.
fn events(key: &[u8], first_ms: u64, events: &Events, check: &mut Check) {
    let times: Vec<_> = events.events.iter().map(|event| event.timestamp_ms).collect();
    let is_short = times.last().is_some_and(|last| *last < first_ms + ROW_MS);
    let is_ordered = times.is_sorted() && times.first() == Some(&first_ms);
    check.expect(is_short && is_ordered, key, || format!("its events are of {times:?}"));
}

/// A timer that sweeps a group.
///
/// # Errors
/// [`Failure::Broken`] if the group can't be read.
pub fn due(
    key: &[u8],
    due_ms: u64,
    account: &str,
    region: &str,
    name: &str,
    check: &mut Check,
) -> Result<(), Failure> {
    let group: Option<LogGroup> = check.row(&keys::group(&Scope::new(account, region), name))?;
    check.expect(group.is_some_and(|group| group.sweep_due_ms == Some(due_ms)), key, || {
        "its group isn't there, or is swept at another time".to_owned()
    });
    Ok(())
}

/// The number of a group's row.
#[must_use]
pub fn group_id(value: &[u8]) -> Option<u64> {
    row::decode::<LogGroup>(value).ok().map(|group| group.id)
}

/// The number of a stream's row.
#[must_use]
pub fn stream_id(value: &[u8]) -> Option<u64> {
    row::decode::<LogStream>(value).ok().map(|stream| stream.id)
}
