//! The rows of CloudWatch Logs. Groups and streams have numbers, so that one made anew under an old name begins empty.

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader, Scope};

/// `account, region, name` → [`super::model::LogGroup`].
pub fn group(scope: &Scope, name: &str) -> Key {
    groups(scope).text(name)
}

/// All groups of an account in a region, by name.
pub fn groups(scope: &Scope) -> Key {
    Key::new(Family::LogGroup).scope(scope)
}

/// `group, name` → [`super::model::LogStream`].
pub fn stream(group: u64, name: &str) -> Key {
    streams(group).text(name)
}

/// All streams of a group, by name.
pub fn streams(group: u64) -> Key {
    Key::new(Family::LogStream).number(group)
}

/// `stream, time of the first event (ms), sequence` → [`super::model::Events`]; until it expires.
pub fn events(stream: u64, first_ms: u64, sequence: u64) -> Key {
    events_from(stream, first_ms).number(sequence)
}

/// Where the rows of a stream begin whose first event is at `first_ms` or later.
pub fn events_from(stream: u64, first_ms: u64) -> Key {
    all_events(stream).number(first_ms)
}

/// All events of a stream.
pub fn all_events(stream: u64) -> Key {
    Key::new(Family::LogEvent).number(stream)
}

/// The time of the first event and the sequence of a key.
pub fn read_events(key: &[u8]) -> Result<(u64, u64), Failure> {
    let mut reader = KeyReader::new(key, Family::LogEvent)?;
    reader.number()?;
    Ok((reader.number()?, reader.number()?))
}

/// Where the streams of a group begin whose names begin with `prefix`.
pub fn stream_prefix(group: u64, prefix: &str) -> Vec<u8> {
    open_text(stream(group, prefix).into_bytes())
}

/// Where they end.
pub fn stream_prefix_end(group: u64, prefix: &str) -> Vec<u8> {
    if prefix.is_empty() { streams(group).end() } else { end_of(stream_prefix(group, prefix)) }
}

/// Where the groups begin whose names begin with `prefix`.
pub fn group_prefix(scope: &Scope, prefix: &str) -> Vec<u8> {
    open_text(group(scope, prefix).into_bytes())
}

/// A key without the end mark of its last text.
fn open_text(mut key: Vec<u8>) -> Vec<u8> {
    key.truncate(key.len() - 2);
    key
}

/// The first key after all that begin with these bytes, which don't end in `FF`: a text ends in no such byte.
fn end_of(mut key: Vec<u8>) -> Vec<u8> {
    if let Some(last) = key.last_mut() {
        *last = last.saturating_add(1);
    }
    key
}
