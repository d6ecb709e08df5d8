//! Writing events: into rows that are short in time and in bytes.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::logs::create_log_group::new_group;
use crate::logs::keys;
use crate::logs::model::{Event, Events, LogGroup, LogStream};
use crate::rows::RowsExt;
use crate::tx::Tx;

/// A row's last event is less than this after its first. Reading relies on it.
pub const ROW_MS: u64 = 60_000;
/// A row that has so many bytes takes no more events.
const ROW_BYTES: u64 = 256 << 10;
/// Bytes of which a stream tells its group.
const PORTION_BYTES: u64 = 64 << 10;

/// Something that was printed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub timestamp_ms: u64,
    pub message: String,
}

/// Writes lines into a stream of a group, unless the group is gone.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub(crate) fn write_if_there(
    scope: &Scope,
    group: &str,
    stream: &str,
    lines: Vec<Line>,
    tx: &mut Tx,
    context: &Context,
) -> Result<(), Failure> {
    match tx.row::<LogGroup>(&keys::group(scope, group))? {
        Some(group) => write_into(group, stream, lines, tx, context),
        None => Ok(()),
    }
}

/// Writes lines into a stream; the group and the stream are made if they aren't there.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub(crate) fn write(
    scope: &Scope,
    group: &str,
    stream: &str,
    lines: Vec<Line>,
    tx: &mut Tx,
    context: &Context,
) -> Result<(), Failure> {
    let group = match tx.row::<LogGroup>(&keys::group(scope, group))? {
        Some(group) => group,
        None => {
            let group = new_group(tx.next_sequence(), scope, group, context);
            tx.put(&group.key(), &group);
            group
        }
    };
    write_into(group, stream, lines, tx, context)
}

fn write_into(
    group: LogGroup,
    stream: &str,
    lines: Vec<Line>,
    tx: &mut Tx,
    context: &Context,
) -> Result<(), Failure> {
    let mut group = group;
    let key = keys::stream(group.id, stream);
    let mut stream = match tx.row::<LogStream>(&key)? {
        Some(stream) => stream,
        None => LogStream::new(tx.next_sequence(), stream, context),
    };
    let event = |line: Line| Event { timestamp_ms: line.timestamp_ms, message: line.message };
    let mut events: Vec<_> = lines.into_iter().filter(|line| !line.message.is_empty()).map(event).collect();
    events.sort_by_key(|event| event.timestamp_ms);
    append(&mut group, &mut stream, events, tx, context);
    Ok(())
}

/// Writes events, which are in order of time, and the stream's row; the group's when it is time to.
pub fn append(
    group: &mut LogGroup,
    stream: &mut LogStream,
    events: Vec<Event>,
    tx: &mut Tx,
    context: &Context,
) {
    if let (Some(first), Some(last)) = (events.first(), events.last()) {
        let first_ms = stream.first_event_ms.map_or(first.timestamp_ms, |ms| ms.min(first.timestamp_ms));
        let last_ms = stream.last_event_ms.map_or(last.timestamp_ms, |ms| ms.max(last.timestamp_ms));
        (stream.first_event_ms, stream.last_event_ms) = (Some(first_ms), Some(last_ms));
        stream.last_ingestion_ms = Some(context.now_ms);
    }
    let mut rest = events.into_iter().peekable();
    while let Some(first) = rest.next() {
        let (first_ms, mut bytes) = (first.timestamp_ms, first.size());
        let mut row = vec![first];
        while let Some(next) =
            rest.next_if(|next| next.timestamp_ms < first_ms + ROW_MS && bytes + next.size() <= ROW_BYTES)
        {
            bytes += next.size();
            row.push(next);
        }
        stream.stored_bytes += bytes;
        stream.unreported_bytes += bytes;
        let key = keys::events(stream.id, first_ms, tx.next_sequence());
        tx.put(&key, &Events { ingested_ms: context.now_ms, events: row });
    }
    if stream.unreported_bytes >= PORTION_BYTES {
        group.stored_bytes += std::mem::take(&mut stream.unreported_bytes);
        tx.put(&group.key(), group);
    }
    tx.put(&keys::stream(group.id, &stream.name), stream);
}
