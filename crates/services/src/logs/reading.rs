//! Reading events in order of time, forwards and backwards, of one stream and of many.
//!
//! Rows stand in the order of their first events and overlap by less than [`ROW_MS`]: an event can be given as soon as no
//! row that wasn't read yet can hold one before it. Places between events are the same for all streams of a group,
//! since a row's sequence is unique; page tokens are such places.

use crate::failure::Failure;
use crate::logs::append::ROW_MS;
use crate::logs::keys;
use crate::logs::model::Events;
use crate::row;
use crate::rows::Rows;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use stepwell_store::{Direction, Pair};

/// Rows that are fetched at once.
const CHUNK: usize = 4;

/// A place in the order of all events of a group: an event's own, or the gap before or after one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    timestamp_ms: u64,
    sequence: u64,
    /// Odd for events, even for gaps.
    half_index: u64,
}

impl Place {
    /// Before all events from this time on.
    #[must_use]
    pub fn before_time(timestamp_ms: u64) -> Self {
        Self { timestamp_ms, ..Self::default() }
    }

    #[must_use]
    pub fn gap_before(self) -> Self {
        Self { half_index: self.half_index - self.half_index % 2, ..self }
    }

    #[must_use]
    pub fn gap_after(self) -> Self {
        Self { half_index: self.half_index + self.half_index % 2, ..self }
    }

    /// Fifty-six digits, in the order of the places.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:020}{:020}{:016}", self.timestamp_ms, self.sequence, self.half_index)
    }

    /// The place of such digits.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 56 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = |from: usize, to: usize| digits.get(from..to)?.parse().ok();
        Some(Self { timestamp_ms: number(0, 20)?, sequence: number(20, 40)?, half_index: number(40, 56)? })
    }
}

/// Where to read: after one gap and before another.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub after: Place,
    pub before: Place,
}

impl Window {
    fn holds(&self, place: Place) -> bool {
        self.after < place && place < self.before
    }
}

/// An event that was read.
#[derive(Debug, Clone)]
pub struct Found {
    pub place: Place,
    row: Arc<Events>,
    index: usize,
}

impl Found {
    #[must_use]
    pub fn timestamp_ms(&self) -> u64 {
        self.place.timestamp_ms
    }

    #[must_use]
    pub fn ingested_ms(&self) -> u64 {
        self.row.ingested_ms
    }

    #[must_use]
    pub fn message(&self) -> &str {
        self.row.events.get(self.index).map_or("", |event| &event.message)
    }
}

/// Events of one stream, each when it is asked for.
pub struct Reader<'a> {
    rows: &'a dyn Rows,
    direction: Direction,
    window: Window,
    /// The keys that were not read yet.
    start: Vec<u8>,
    end: Vec<u8>,
    exhausted: bool,
    fetched: VecDeque<Pair>,
    /// Events of rows that were read, the next one first: ordered by a key that turns around with the direction.
    pending: BinaryHeap<Reverse<(Turned, usize)>>,
    events: Vec<Option<Found>>,
}

/// A place, or its mirror image: what comes first is the least.
type Turned = (u64, u64, u64);

fn turned(place: Place, direction: Direction) -> Turned {
    let key = (place.timestamp_ms, place.sequence, place.half_index);
    match direction {
        Direction::Forward => key,
        Direction::Backward => (u64::MAX - key.0, u64::MAX - key.1, u64::MAX - key.2),
    }
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(rows: &'a dyn Rows, stream: u64, window: Window, direction: Direction) -> Self {
        let first_ms = window.after.timestamp_ms.saturating_sub(ROW_MS);
        let end = match window.before.timestamp_ms.checked_add(1) {
            Some(end_ms) => keys::events_from(stream, end_ms).into_bytes(),
            None => keys::all_events(stream).end(),
        };
        Self {
            rows,
            direction,
            window,
            start: keys::events_from(stream, first_ms).into_bytes(),
            end,
            exhausted: false,
            fetched: VecDeque::new(),
            pending: BinaryHeap::new(),
            events: Vec::new(),
        }
    }

    /// The next event in the direction of reading.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn next(&mut self) -> Result<Option<Found>, Failure> {
        loop {
            let bound = self.bound()?;
            let is_due =
                |Reverse((key, _)): &Reverse<(Turned, usize)>| bound.is_none_or(|bound| *key < bound);
            if self.pending.peek().is_some_and(is_due) {
                let Some(Reverse((_, index))) = self.pending.pop() else { continue };
                let found = self.events.get_mut(index).and_then(Option::take);
                if self.pending.is_empty() {
                    self.events.clear();
                }
                return Ok(found);
            }
            let Some((key, value)) = self.fetched.pop_front() else { return Ok(None) };
            self.take(&key, row::decode(&value)?)?;
        }
    }

    /// No row that wasn't read yet has an event before this; `None`: there is no such row.
    fn bound(&mut self) -> Result<Option<Turned>, Failure> {
        if self.fetched.is_empty() && !self.exhausted {
            self.fetch()?;
        }
        let Some((key, _)) = self.fetched.front() else { return Ok(None) };
        let (first_ms, sequence) = keys::read_events(key)?;
        Ok(Some(match self.direction {
            Direction::Forward => (first_ms, sequence, 0),
            Direction::Backward => (u64::MAX - first_ms.saturating_add(ROW_MS), 0, 0),
        }))
    }

    fn fetch(&mut self) -> Result<(), Failure> {
        let pairs = self.rows.scan(&self.start, &self.end, self.direction, CHUNK)?;
        self.exhausted = pairs.len() < CHUNK;
        if let Some((last, _)) = pairs.last() {
            match self.direction {
                Direction::Forward => self.start = crate::keys::Key::after(last),
                Direction::Backward => self.end = last.to_vec(),
            }
        }
        self.fetched.extend(pairs);
        Ok(())
    }

    fn take(&mut self, key: &[u8], events: Events) -> Result<(), Failure> {
        let (_, sequence) = keys::read_events(key)?;
        let row = Arc::new(events);
        for (index, event) in row.events.iter().enumerate() {
            let half_index = 2 * index as u64 + 1;
            let place = Place { timestamp_ms: event.timestamp_ms, sequence, half_index };
            if self.window.holds(place) {
                self.pending.push(Reverse((turned(place, self.direction), self.events.len())));
                self.events.push(Some(Found { place, row: row.clone(), index }));
            }
        }
        Ok(())
    }
}

/// Events of many streams, forwards, each with the number of its stream in the list that was given.
pub struct Merged<'a> {
    readers: Vec<Reader<'a>>,
    heads: BinaryHeap<Reverse<(Place, usize)>>,
    waiting: Vec<Option<Found>>,
}

impl<'a> Merged<'a> {
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn new(rows: &'a dyn Rows, streams: &[u64], window: Window) -> Result<Self, Failure> {
        let reader = |stream: &u64| Reader::new(rows, *stream, window, Direction::Forward);
        let readers: Vec<_> = streams.iter().map(reader).collect();
        let waiting = readers.iter().map(|_| None).collect();
        let mut merged = Self { readers, heads: BinaryHeap::new(), waiting };
        for index in 0..streams.len() {
            merged.advance(index)?;
        }
        Ok(merged)
    }

    /// The next event of all.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn next(&mut self) -> Result<Option<(usize, Found)>, Failure> {
        let Some(Reverse((_, index))) = self.heads.pop() else { return Ok(None) };
        let found = self.waiting.get_mut(index).and_then(Option::take);
        self.advance(index)?;
        Ok(found.map(|found| (index, found)))
    }

    fn advance(&mut self, index: usize) -> Result<(), Failure> {
        let Some(reader) = self.readers.get_mut(index) else { return Ok(()) };
        if let Some(found) = reader.next()? {
            self.heads.push(Reverse((found.place, index)));
            if let Some(waiting) = self.waiting.get_mut(index) {
                *waiting = Some(found);
            }
        }
        Ok(())
    }
}
