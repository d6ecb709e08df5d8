//! The transaction that rules write to: an overlay over what is being committed and over the store.
//!
//! Many commands share one batch; each has a savepoint, so that an error or a panic undoes its own writes and nothing else.
//! What a rule asks for beside rows (effects, wake-ups, follow-ups) is undone with them.

use crate::counts::Counted;
use crate::effect::{self, Effect, EffectId, Owed};
use crate::failure::{Failure, WaitOn};
use crate::in_flight::InFlight;
use crate::kept::{Compiled, CompiledDefinitions, Kept, KeptRows};
use crate::keys::Key;
use crate::operation::AnyCommand;
use crate::row;
use crate::rows::Rows;
use crate::timer::{self, Timer};
use minicbor::Encode;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;
use stepwell_store::{Direction, Pair, Slice, Store, Writes};

/// What the shard remembers and could forget at any time: losing it costs a scan, never a row.
#[derive(Debug, Default)]
pub struct Hints {
    /// For each queue, a key below which it has no `Ready` row: nothing ever scans over what was already taken.
    pub queue_heads: HashMap<u64, Vec<u8>>,
    /// For each standard queue, a key up to which it has no `Ready` row that becomes ready after now: what is left of messages
    /// that were deleted in flight stands there, and nothing looks through it.
    queue_gaps: HashMap<u64, Vec<u8>>,
    /// For each queue, about how many of its messages are in flight.
    pub in_flight: HashMap<u64, InFlight>,
    /// For each queue, about how many of its messages are delayed.
    pub delayed: HashMap<u64, InFlight>,
    /// From this queue and this time on (ms), in the order of `Ready` rows, nothing of the two is counted yet
    /// (`sqs/hidden.rs`); `None`: all of it is.
    hidden_uncounted: Option<(u64, u64)>,
    /// Definitions that were compiled already, by state machine and revision, which never change.
    compiled: CompiledDefinitions,
    /// Rows that nearly every command reads and few write.
    kept: RefCell<KeptRows>,
}

/// Queues of which the shard remembers where to look.
const MOST_QUEUES: usize = 100_000;

impl Hints {
    /// Nothing is known, and what is hidden has to be counted.
    #[must_use]
    pub fn of_a_start() -> Self {
        Self { hidden_uncounted: Some((0, 0)), ..Self::default() }
    }

    /// Forgets where to look in queues when there are too many of them: those in use come back at once.
    pub fn keep_within_bounds(&mut self) {
        if self.queue_heads.len() > MOST_QUEUES {
            self.queue_heads = HashMap::new();
        }
        if self.queue_gaps.len() > MOST_QUEUES {
            self.queue_gaps = HashMap::new();
        }
    }
}

/// The batch that is being filled.
#[derive(Default)]
pub struct Open {
    pub writes: Writes,
    pub owed: Vec<Owed>,
    pub performed: Vec<Effect>,
    pub wakes: Vec<Wake>,
    pub follow_ups: Vec<Box<dyn AnyCommand>>,
    /// Executions that ended, by state machine: one row for the whole batch says so (`states/retention.rs`).
    pub closed: Vec<(u64, u64)>,
    /// The earliest timer that was armed since the shard last looked.
    pub armed_ms: Option<u64>,
    /// The last number that was given.
    pub next_sequence: u64,
    /// By how much counts change with this batch.
    pub counts: BTreeMap<Counted, i64>,
    /// About how many bytes of keys and values are written.
    pub bytes: usize,
    /// About how many bytes of large answers wait for it.
    pub answer_bytes: usize,
    undo: Vec<Undo>,
}

impl Open {
    /// An empty batch whose first number comes after `last_sequence`.
    #[must_use]
    pub fn after(last_sequence: u64) -> Self {
        Self { next_sequence: last_sequence, ..Self::default() }
    }
}

enum Undo {
    Write(Slice, Option<Option<Slice>>),
    Head(u64, Option<Vec<u8>>),
    /// A message of this queue was counted as hidden until then, or isn't counted any more.
    Hid(u64, u64),
    Showed(u64, u64),
    Delayed(u64, u64),
    Count(Counted, i64),
}

/// Whom to look at after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The one that waits longest.
    One(WaitOn),
    /// All: what they wait for will not come.
    All(WaitOn),
    /// One after the other, when this time has come: there may be something then.
    At(WaitOn, u64),
}

/// Where a command began.
#[derive(Debug, Clone, Copy)]
pub struct Savepoint {
    undo: usize,
    owed: usize,
    performed: usize,
    wakes: usize,
    follow_ups: usize,
    closed: usize,
}

/// What a command reads from and writes to.
pub struct Tx<'a> {
    store: &'a Store,
    /// The batch that is being synced: applied already, not yet sure.
    in_flight: Option<&'a Writes>,
    open: &'a mut Open,
    hints: &'a mut Hints,
}

impl<'a> Tx<'a> {
    pub fn new(
        store: &'a Store,
        in_flight: Option<&'a Writes>,
        open: &'a mut Open,
        hints: &'a mut Hints,
    ) -> Self {
        Self { store, in_flight, open, hints }
    }

    /// Writes a row.
    pub fn put<T: Encode<()>>(&mut self, key: &Key, value: &T) {
        self.put_bytes(key, row::encode(value));
    }

    /// Writes a value that is no row of its own, such as an index entry.
    pub fn put_bytes(&mut self, key: &Key, value: Slice) {
        self.open.bytes += key.as_bytes().len() + value.len();
        self.write(Slice::from(key.as_bytes()), Some(value));
    }

    /// Writes the row at these very bytes anew, as a scan gave them.
    pub fn put_bytes_at(&mut self, key: &[u8], value: Slice) {
        self.open.bytes += key.len() + value.len();
        self.write(Slice::from(key), Some(value));
    }

    /// Removes a row, which may be missing.
    pub fn remove(&mut self, key: &Key) {
        self.remove_bytes(key.as_bytes());
    }

    /// Removes the row at these very bytes, as a scan gave them.
    pub fn remove_bytes(&mut self, key: &[u8]) {
        self.open.bytes += key.len();
        self.write(Slice::from(key), None);
    }

    /// A number greater than all that were given before, in this run or an earlier one.
    pub fn next_sequence(&mut self) -> u64 {
        // Not undone with its command: a number may be left out, but is never given twice.
        self.open.next_sequence += 1;
        self.open.next_sequence
    }

    /// Owes an effect: recorded in this commit, performed after it, at least once.
    pub fn owe(&mut self, effect: Effect) -> EffectId {
        let id = self.next_sequence();
        self.put(&effect::key(id), &effect);
        self.open.owed.push(Owed { id, effect });
        id
    }

    /// Takes an owed effect back, if it was not performed yet; otherwise its result will find nothing.
    pub fn forgive(&mut self, id: EffectId) {
        self.remove(&effect::key(id));
    }

    /// Has an effect performed after the commit without owing it: a crash forgets it, and what it was for must stand it
    /// (an event source's batch goes back through the queue's visibility timeout).
    pub fn perform(&mut self, effect: Effect) {
        self.open.performed.push(effect);
    }

    /// This command has a large answer, which waits in memory for the commit.
    pub fn answers_with(&mut self, bytes: usize) {
        // Not undone with its command: a batch that is sealed too early costs nothing.
        self.open.answer_bytes += bytes;
    }

    /// Applies a command after this one, in its own turn. A crash forgets it: what must not be forgotten is owed instead.
    pub fn then(&mut self, command: impl AnyCommand + 'static) {
        self.open.follow_ups.push(Box::new(command));
    }

    /// Notes that an execution ended: it is kept for so long from now on, and then forgotten.
    pub fn closed(&mut self, machine: u64, execution: u64) {
        self.open.closed.push((machine, execution));
    }

    /// Arms a timer.
    pub fn arm(&mut self, due_ms: u64, timer: &Timer) {
        self.put_bytes(&timer::key(due_ms, timer), Slice::from(&[][..]));
        self.open.armed_ms = Some(self.open.armed_ms.map_or(due_ms, |armed| armed.min(due_ms)));
    }

    /// Disarms a timer.
    pub fn disarm(&mut self, due_ms: u64, timer: &Timer) {
        self.remove(&timer::key(due_ms, timer));
    }

    /// Has one waiter of `on` looked at after this command, if there is one.
    pub fn wake(&mut self, on: WaitOn) {
        self.open.wakes.push(Wake::One(on));
    }

    /// Has all waiters of `on` looked at after this command: what they wait for is gone.
    pub fn wake_all(&mut self, on: WaitOn) {
        self.open.wakes.push(Wake::All(on));
    }

    /// Has whoever waits for `on` looked at when this time has come.
    pub fn wake_at(&mut self, on: WaitOn, at_ms: u64) {
        let wake = Wake::At(on, at_ms);
        // Messages that are hidden together come back together.
        if self.open.wakes.last() != Some(&wake) {
            self.open.wakes.push(wake);
        }
    }

    /// The key below which a queue has no `Ready` row, if it is known.
    #[must_use]
    pub fn queue_head(&self, queue: u64) -> Option<&[u8]> {
        self.hints.queue_heads.get(&queue).map(Vec::as_slice)
    }

    /// Remembers that a queue has no `Ready` row below `head`.
    pub fn move_queue_head(&mut self, queue: u64, head: Vec<u8>) {
        let before = self.hints.queue_heads.insert(queue, head);
        self.open.undo.push(Undo::Head(queue, before));
    }

    /// The key up to which a queue has no `Ready` row that becomes ready after now, if it is known.
    #[must_use]
    pub fn queue_gap(&self, queue: u64) -> Option<&[u8]> {
        self.hints.queue_gaps.get(&queue).map(Vec::as_slice)
    }

    /// Remembers that a queue has no `Ready` row from now up to `end`.
    pub fn widen_queue_gap(&mut self, queue: u64, end: Vec<u8>) {
        // What a command saw after it wrote something may be undone with it. One that wrote nothing saw what is there.
        if self.open.undo.is_empty() {
            self.hints.queue_gaps.insert(queue, end);
        }
    }

    /// A `Ready` row is written that becomes ready after now: the gap ends there, if it went further.
    pub fn narrow_queue_gap(&mut self, queue: u64, key: &[u8]) {
        // Not undone with its command: a gap that is too narrow costs a look, never a row.
        if let Some(end) = self.hints.queue_gaps.get_mut(&queue).filter(|end| end.as_slice() > key) {
            *end = key.to_vec();
        }
    }

    /// Forgets where to look in a queue that is gone.
    pub fn forget_queue_head(&mut self, queue: u64) {
        self.hints.queue_gaps.remove(&queue);
        self.hints.delayed.remove(&queue);
        if let Some(before) = self.hints.queue_heads.remove(&queue) {
            self.open.undo.push(Undo::Head(queue, Some(before)));
        }
    }

    /// From which queue and time on nothing that is hidden is counted yet.
    #[must_use]
    pub fn hidden_uncounted(&self) -> Option<(u64, u64)> {
        self.hints.hidden_uncounted
    }

    /// Counts what was found hidden: of this queue, until then, and whether it was received. From `next` on nothing is counted
    /// yet. Not undone with its command: what was found is there.
    pub fn count_hidden(&mut self, found: &[(u64, u64, bool)], next: Option<(u64, u64)>) {
        for (queue, until_ms, was_received) in found {
            let of_kind = if *was_received { &mut self.hints.in_flight } else { &mut self.hints.delayed };
            of_kind.entry(*queue).or_default().add(*until_ms);
        }
        self.hints.hidden_uncounted = next;
    }

    fn is_counted(&self, queue: u64, until_ms: u64) -> bool {
        self.hints.hidden_uncounted.is_none_or(|from| (queue, until_ms) < from)
    }

    /// Counts a message as in flight until then.
    pub fn hid(&mut self, queue: u64, until_ms: u64) {
        if !self.is_counted(queue, until_ms) {
            return;
        }
        self.hints.in_flight.entry(queue).or_default().add(until_ms);
        self.open.undo.push(Undo::Hid(queue, until_ms));
    }

    /// Doesn't count a message as in flight any more that was hidden until then.
    pub fn showed(&mut self, queue: u64, until_ms: u64) {
        let is_counted = self.is_counted(queue, until_ms);
        let counter = self.hints.in_flight.get_mut(&queue).filter(|_| is_counted);
        if counter.is_some_and(|count| count.take(until_ms)) {
            self.open.undo.push(Undo::Showed(queue, until_ms));
        }
    }

    /// Counts a new message as delayed until then.
    pub fn delayed(&mut self, queue: u64, until_ms: u64, now_ms: u64) {
        if !self.is_counted(queue, until_ms) {
            return;
        }
        let counter = self.hints.delayed.entry(queue).or_default();
        counter.count(now_ms);
        counter.add(until_ms);
        self.open.undo.push(Undo::Delayed(queue, until_ms));
    }

    /// A message that was never received is gone: doesn't count it as delayed any more, if it was.
    pub fn undelayed(&mut self, queue: u64, until_ms: u64) {
        // Not undone with its command: the count is about right, and is right again when the delay is over.
        let is_counted = self.is_counted(queue, until_ms);
        if let Some(counter) = self.hints.delayed.get_mut(&queue).filter(|_| is_counted) {
            counter.take(until_ms);
        }
    }

    /// Changes a count, which people see once the batch is durable.
    pub fn count(&mut self, what: Counted, by: i64) {
        *self.open.counts.entry(what).or_default() += by;
        self.open.undo.push(Undo::Count(what, by));
    }

    /// About how many messages of a queue are in flight.
    pub fn in_flight(&mut self, queue: u64, now_ms: u64) -> u64 {
        let Some(counter) = self.hints.in_flight.get_mut(&queue) else { return 0 };
        let count = counter.count(now_ms);
        if count == 0 {
            self.hints.in_flight.remove(&queue);
        }
        count
    }

    /// A compiled definition, if it is kept.
    #[must_use]
    pub fn compiled(&self, machine: u64, revision: u64) -> Option<Arc<Compiled>> {
        self.hints.compiled.get(machine, revision)
    }

    /// Keeps a compiled definition, as long as there is room.
    pub fn keep_compiled(&mut self, machine: u64, revision: u64, compiled: Arc<Compiled>) {
        self.hints.compiled.keep(machine, revision, compiled);
    }

    /// Marks where a command begins.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint {
            undo: self.open.undo.len(),
            owed: self.open.owed.len(),
            performed: self.open.performed.len(),
            wakes: self.open.wakes.len(),
            follow_ups: self.open.follow_ups.len(),
            closed: self.open.closed.len(),
        }
    }

    /// Undoes all that was asked for since `savepoint`.
    pub fn roll_back(&mut self, savepoint: Savepoint) {
        for undo in self.open.undo.drain(savepoint.undo..).rev() {
            match undo {
                Undo::Write(key, Some(before)) => drop(self.open.writes.insert(key, before)),
                Undo::Write(key, None) => drop(self.open.writes.remove(&key)),
                Undo::Head(queue, Some(before)) => drop(self.hints.queue_heads.insert(queue, before)),
                Undo::Head(queue, None) => drop(self.hints.queue_heads.remove(&queue)),
                Undo::Hid(queue, until_ms) => {
                    self.hints.in_flight.entry(queue).or_default().take(until_ms);
                }
                Undo::Showed(queue, until_ms) => {
                    self.hints.in_flight.entry(queue).or_default().add(until_ms);
                }
                Undo::Delayed(queue, until_ms) => {
                    self.hints.delayed.entry(queue).or_default().take(until_ms);
                }
                Undo::Count(what, by) => *self.open.counts.entry(what).or_default() -= by,
            }
        }
        self.open.owed.truncate(savepoint.owed);
        self.open.performed.truncate(savepoint.performed);
        self.open.wakes.truncate(savepoint.wakes);
        self.open.follow_ups.truncate(savepoint.follow_ups);
        self.open.closed.truncate(savepoint.closed);
    }

    /// Keeps all that was asked for: it can't be undone alone any more.
    pub fn release(&mut self) {
        self.open.undo.clear();
    }

    fn write(&mut self, key: Slice, value: Option<Slice>) {
        self.hints.kept.get_mut().forget(&key);
        let before = self.open.writes.insert(key.clone(), value);
        self.open.undo.push(Undo::Write(key, before));
    }
}

impl Rows for Tx<'_> {
    fn kept(&self, start: &[u8]) -> Option<Kept> {
        self.hints.kept.borrow().get(start)
    }

    fn keep(&self, start: &Key, kept: Kept, bytes: usize) {
        // What this batch wrote may be undone with its command: only what is settled is remembered.
        let written =
            self.open.writes.range::<[u8], _>((Bound::Included(start.as_bytes()), Bound::Unbounded)).next();
        if written.is_none_or(|(key, _)| !key.starts_with(start.as_bytes())) {
            self.hints.kept.borrow_mut().keep(start.as_bytes(), kept, bytes);
        }
    }

    fn bytes(&self, key: &[u8]) -> Result<Option<Slice>, Failure> {
        if let Some(written) = self.open.writes.get(key) {
            return Ok(written.clone());
        }
        if let Some(written) = self.in_flight.and_then(|writes| writes.get(key)) {
            return Ok(written.clone());
        }
        Ok(self.store.get(key)?)
    }

    fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        let mut layers = vec![overlay(&self.open.writes, start, end, direction)];
        layers.extend(self.in_flight.map(|writes| overlay(writes, start, end, direction)));
        let base = self.store.scan(start, end, direction);
        layers.push(
            (Box::new(base.map(|pair| pair.map(|(key, value)| (key, Some(value))))) as Layer).peekable(),
        );
        merge(layers, direction, limit)
    }
}

type LayerItem = Result<(Slice, Option<Slice>), stepwell_store::StoreError>;
type Layer<'a> = Box<dyn Iterator<Item = LayerItem> + 'a>;

fn overlay<'a>(writes: &'a Writes, start: &[u8], end: &[u8], direction: Direction) -> Peekable<Layer<'a>> {
    let end = end.max(start);
    let range = writes.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
    let pairs = range.map(|(key, value)| Ok((key.clone(), value.clone())));
    let layer: Layer = match direction {
        Direction::Forward => Box::new(pairs),
        Direction::Backward => Box::new(pairs.rev()),
    };
    layer.peekable()
}

/// Merges layers, the uppermost first: of one key the uppermost layer's value counts, and `None` hides it.
fn merge(mut layers: Vec<Peekable<Layer>>, direction: Direction, limit: usize) -> Result<Vec<Pair>, Failure> {
    let mut pairs = Vec::new();
    while pairs.len() < limit {
        let mut nearest: Option<Slice> = None;
        for layer in &mut layers {
            match layer.peek() {
                None => {}
                Some(Err(_)) => {
                    // Take the error itself out of the layer.
                    if let Some(Err(error)) = layer.next() {
                        return Err(error.into());
                    }
                }
                Some(Ok((key, _))) => {
                    let before = nearest.as_ref().map_or(Ordering::Less, |nearest| key.cmp(nearest));
                    let closer = match direction {
                        Direction::Forward => Ordering::Less,
                        Direction::Backward => Ordering::Greater,
                    };
                    if nearest.is_none() || before == closer {
                        nearest = Some(key.clone());
                    }
                }
            }
        }
        let Some(nearest) = nearest else { break };
        let mut value = None;
        for layer in &mut layers {
            if layer.peek().is_some_and(|item| matches!(item, Ok((key, _)) if *key == nearest))
                && let Some(Ok((_, found))) = layer.next()
            {
                // Only the first, uppermost layer that has the key decides.
                value.get_or_insert(found);
            }
        }
        if let Some(Some(value)) = value {
            pairs.push((nearest, value));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Family;
    use crate::rows::RowsExt;
    use stepwell_store::Batch;

    fn key(number: u64) -> Key {
        Key::new(Family::Message).number(number)
    }

    fn numbers(tx: &Tx, direction: Direction, limit: usize) -> Vec<u64> {
        let all = Key::new(Family::Message);
        let pairs = tx.scan(all.as_bytes(), &all.end(), direction, limit).unwrap();
        pairs.iter().map(|(_, value)| row::decode::<u64>(value).unwrap()).collect()
    }

    #[test]
    fn layers_are_merged_and_the_uppermost_counts() {
        let store = Store::in_memory();
        let mut batch = Batch::default();
        for number in [1, 3, 5] {
            batch.put(key(number).into_bytes(), row::encode(&number));
        }
        store.commit(&batch).unwrap();
        let in_flight = Writes::from([
            (key(3).into_bytes().into(), None),
            (key(4).into_bytes().into(), Some(row::encode(&4_u64))),
            (key(5).into_bytes().into(), Some(row::encode(&50_u64))),
        ]);
        let (mut open, mut hints) = (Open::default(), Hints::default());
        let mut tx = Tx::new(&store, Some(&in_flight), &mut open, &mut hints);
        tx.put(&key(2), &2_u64);
        tx.remove(&key(4));
        tx.put(&key(3), &30_u64);
        assert_eq!(numbers(&tx, Direction::Forward, 9), [1, 2, 30, 50]);
        assert_eq!(numbers(&tx, Direction::Backward, 9), [50, 30, 2, 1]);
        assert_eq!(numbers(&tx, Direction::Forward, 2), [1, 2]);
    }

    #[test]
    fn what_is_kept_follows_every_write_and_its_undoing() {
        let store = Store::in_memory();
        let mut batch = Batch::default();
        batch.put(key(1).into_bytes(), row::encode(&1_u64));
        store.commit(&batch).unwrap();
        let all = Key::new(Family::Message);
        for by_prefix in [false, true] {
            let (mut open, mut hints) = (Open::default(), Hints::default());
            let mut tx = Tx::new(&store, None, &mut open, &mut hints);
            let read = |tx: &Tx| match by_prefix {
                false => tx.kept_row::<u64>(&key(1)).unwrap().map(|row| *row),
                true => tx.kept_rows::<u64>(&all, 9).unwrap().first().map(|(_, row)| *row),
            };
            assert_eq!((read(&tx), read(&tx)), (Some(1), Some(1)));
            assert!(tx.kept(if by_prefix { all.as_bytes() } else { &[] }).is_some() == by_prefix);
            let savepoint = tx.savepoint();
            tx.put(&key(1), &10_u64);
            assert_eq!((read(&tx), read(&tx)), (Some(10), Some(10)));
            tx.remove(&key(1));
            assert_eq!(read(&tx), None);
            tx.roll_back(savepoint);
            assert_eq!(read(&tx), Some(1), "what was undone isn't kept");
            tx.put(&key(1), &2_u64);
            tx.release();
            assert_eq!(read(&tx), Some(2));
        }
    }

    #[test]
    fn rolling_back_undoes_one_command_and_leaves_the_one_before() {
        let store = Store::in_memory();
        let (mut open, mut hints) = (Open::default(), Hints::default());
        let mut tx = Tx::new(&store, None, &mut open, &mut hints);
        tx.put(&key(1), &1_u64);
        tx.move_queue_head(7, vec![1]);
        tx.release();
        let savepoint = tx.savepoint();
        tx.put(&key(1), &10_u64);
        tx.put(&key(2), &2_u64);
        tx.remove(&key(1));
        tx.move_queue_head(7, vec![2]);
        tx.owe(Effect::Continue(crate::effect::Continuation::Stack(1)));
        tx.wake(WaitOn::Queue(7));
        tx.roll_back(savepoint);
        assert_eq!(numbers(&tx, Direction::Forward, 9), [1]);
        assert_eq!(tx.queue_head(7), Some([1].as_slice()));
        assert!(open.owed.is_empty() && open.wakes.is_empty());
        assert_eq!(open.writes.len(), 1, "nothing is left of the effect's row");
    }
}
