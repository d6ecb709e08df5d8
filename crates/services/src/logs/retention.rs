//! Retention: once a day the expired events of a group are swept, stream by stream, a bounded number of rows a turn.

use crate::context::Context;
use crate::effect::{Continuation, Effect, SweepLogs};
use crate::failure::Failure;
use crate::keys::{Key, Scope};
use crate::logs::append::ROW_MS;
use crate::logs::keys;
use crate::logs::model::{DAY_MS, Events, LogGroup, LogStream};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use stepwell_store::Direction;

/// Arms the next sweep of a group if its events expire, and disarms the one that was planned. The caller writes the row.
pub fn plan(group: &mut LogGroup, tx: &mut Tx, context: &Context) {
    if let Some(due_ms) = group.sweep_due_ms.take() {
        tx.disarm(due_ms, &group.sweep());
    }
    if group.retention_days.is_some() {
        let due_ms = context.now_ms + DAY_MS;
        tx.arm(due_ms, &group.sweep());
        group.sweep_due_ms = Some(due_ms);
    }
}

/// It is time to sweep a group.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due(scope: &Scope, name: &str, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let Some(mut group) = tx.row::<LogGroup>(&keys::group(scope, name))? else { return Ok(()) };
    plan(&mut group, tx, context);
    tx.put(&group.key(), &group);
    let before_ms = group.expired_before_ms(context.now_ms);
    let (account, region, name) = (group.account, group.region, group.name);
    let sweep = SweepLogs { account, region, name, group: group.id, before_ms, stream: String::new() };
    go_on(&sweep, tx, context)
}

/// Sweeps a turn's worth, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(sweep: &SweepLogs, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let key = keys::group(&Scope::new(&sweep.account, &sweep.region), &sweep.name);
    // Another group may have its name by now.
    let Some(mut group) = tx.row::<LogGroup>(&key)?.filter(|group| group.id == sweep.group) else {
        return Ok(());
    };
    let mut budget = context.settings.rows_per_command;
    let (mut cursor, end) =
        (keys::stream(group.id, &sweep.stream).into_bytes(), keys::streams(group.id).end());
    let mut swept_bytes = 0;
    let mut last = sweep.stream.clone();
    while budget > 0 {
        let Some((key, value)) = tx.scan(&cursor, &end, Direction::Forward, 1)?.into_iter().next() else {
            break;
        };
        let mut stream: LogStream = row::decode(&value)?;
        budget -= 1;
        swept_bytes += sweep_stream(group.id, &mut stream, sweep.before_ms, &mut budget, tx)?;
        last.clone_from(&stream.name);
        cursor = Key::after(&key);
    }
    if swept_bytes > 0 {
        group.stored_bytes = group.stored_bytes.saturating_sub(swept_bytes);
        tx.put(&key, &group);
    }
    if budget == 0 {
        // The last stream may have more: it is looked at again.
        tx.owe(Effect::Continue(Continuation::SweepLogs(SweepLogs { stream: last, ..sweep.clone() })));
    }
    Ok(())
}

/// Removes the expired rows of a stream; gives the bytes that its group knew of.
fn sweep_stream(
    group: u64,
    stream: &mut LogStream,
    before_ms: u64,
    budget: &mut usize,
    tx: &mut Tx,
) -> Result<u64, Failure> {
    let start = keys::all_events(stream.id).into_bytes();
    // A row goes when all its events have expired, which shows in its key: what is younger waits for the next day.
    let end = keys::events_from(stream.id, before_ms.saturating_sub(ROW_MS)).into_bytes();
    let rows = tx.scan(&start, &end, Direction::Forward, *budget)?;
    *budget -= rows.len();
    let mut bytes = 0;
    for (key, value) in &rows {
        bytes += row::decode::<Events>(value)?.size();
        tx.remove_bytes(key);
    }
    if bytes == 0 {
        return Ok(0);
    }
    stream.stored_bytes = stream.stored_bytes.saturating_sub(bytes);
    let unreported = bytes.min(stream.unreported_bytes);
    stream.unreported_bytes -= unreported;
    stream.first_event_ms =
        stream.first_event_ms.map(|first_ms| first_ms.max(before_ms.saturating_sub(ROW_MS)));
    if stream.stored_bytes == 0 {
        (stream.first_event_ms, stream.last_event_ms) = (None, None);
    }
    tx.put(&keys::stream(group, &stream.name), stream);
    Ok(bytes - unreported)
}
