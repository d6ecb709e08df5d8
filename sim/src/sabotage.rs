//! Breaking the world on purpose, so that each checker is seen to fail.

use crate::mirror::{Mirror, numbers};
use crate::workflows::expressions::REFUSED;
use stepwell_engine::{EventKind, HistoryEvent};
use stepwell_services::keys::{Family, Key};
use stepwell_services::row;
use stepwell_services::sqs::model::Ready;
use stepwell_services::timer::{self, Timer};
use stepwell_store::{Batch, Slice, Writes};

/// What is broken, from ten minutes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    Nothing,
    /// A restart finds a row missing that was synced.
    LoseSyncedRow,
    /// Sends are acknowledged and not written.
    DropMessages,
    /// A message disappears that nobody deleted.
    RemoveMessage,
    /// A message is written twice.
    DoubleMessage,
    /// A history goes on with the wrong number.
    SkipEvent,
    /// An execution ends, and ends again.
    EndTwice,
    /// An execution is redriven, and redriven again.
    RedriveTwice,
    /// A state is entered again by the same transition.
    EnterTwice,
    /// An attempt ends in two ways.
    AnswerTwice,
    /// A late answer of a token is accepted.
    AcceptLateAnswer,
    /// A receive skips the first message of a group.
    SkipInGroup,
    /// An owed effect is overlooked.
    OverlookEffect,
    /// The writer sleeps through what is due.
    Oversleep,
    /// A poll's answer is forgotten.
    ForgetPoll,
    /// Something is put aside.
    PutAside,
    /// An execution's timer isn't written.
    DropTimer,
    /// A task of an activity is handed out twice.
    HandOutTwice,
    /// A parent waits on after its child's end.
    KeepWaiting,
    /// A parent hears of another end than its child had.
    TellWrongly,
    /// A task is tried again at once.
    RetryAtOnce,
    /// An iteration begins twice.
    IterateTwice,
    /// An expression comes to something else.
    WrongVerdict,
    /// A verdict is never told.
    LoseVerdict,
}

impl Sabotage {
    /// Breaks a batch on its way to the disk, if it can be broken in this way.
    pub fn tamper(self, batch: &mut Batch, mirror: &Mirror) -> bool {
        match self {
            Self::DropMessages => drop_messages(batch),
            Self::RemoveMessage => remove_message(batch, mirror).is_some(),
            Self::DoubleMessage => double_message(batch, mirror).is_some(),
            Self::SkipEvent => change_history(batch, |events| {
                events.iter_mut().for_each(|event| event.id += 1);
                !events.is_empty()
            }),
            Self::EndTwice => repeat_event(batch, EventKind::is_terminal),
            Self::RedriveTwice => {
                repeat_event(batch, |kind| matches!(kind, EventKind::ExecutionRedriven { .. }))
            }
            Self::EnterTwice => repeat_event(batch, |kind| matches!(kind, EventKind::StateEntered { .. })),
            Self::AnswerTwice => repeat_event(batch, |kind| matches!(kind, EventKind::TaskSucceeded { .. })),
            Self::PutAside => {
                batch.put(Key::new(Family::Quarantine).number(1).into_bytes(), row::encode(&1_u64));
                true
            }
            Self::DropTimer => drop_timer(batch).is_some(),
            Self::HandOutTwice => {
                repeat_event(batch, |kind| matches!(kind, EventKind::ActivityStarted { .. }))
            }
            Self::KeepWaiting => keep_waiting(batch),
            Self::TellWrongly => change_kind(batch, tell_wrongly),
            Self::RetryAtOnce => repeat_event(batch, |kind| matches!(kind, EventKind::TaskScheduled { .. })),
            Self::IterateTwice => {
                repeat_event(batch, |kind| matches!(kind, EventKind::MapIterationStarted { .. }))
            }
            Self::WrongVerdict => change_kind(batch, wrong_verdict),
            _ => false,
        }
    }
}

/// The keys of a family that a batch writes, with their values.
fn written(batch: &Batch, family: Family) -> Vec<(Vec<u8>, Slice)> {
    let of_family = batch.writes().iter().filter(|(key, _)| key.get(2) == Some(&(family as u8)));
    of_family.filter_map(|(key, value)| Some((key.to_vec(), value.clone()?))).collect()
}

/// Takes writes back, as if nobody had made them.
fn without(batch: &mut Batch, keys: &[Vec<u8>]) {
    let is_kept = |key: &Slice| !keys.iter().any(|taken| **taken == **key);
    let kept = batch.writes().iter().filter(|(key, _)| is_kept(key));
    *batch = Batch::from(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Writes>());
}

/// The messages that a batch brings into standard queues: their keys and those of their `Ready` rows.
fn arrivals(batch: &Batch) -> Vec<(Vec<u8>, Vec<u8>)> {
    let readies = written(batch, Family::Ready);
    let arrival = |(key, _): (Vec<u8>, Slice)| {
        let place: [u64; 2] = numbers(&key, Family::Message);
        let (ready, _) = readies.iter().find(|(ready, value)| {
            let [queue, _, sequence] = numbers(ready, Family::Ready);
            let is_standard = row::decode::<Ready>(value).is_ok_and(|ready| ready.group.is_none());
            place == [queue, sequence] && is_standard
        })?;
        Some((key, ready.clone()))
    };
    written(batch, Family::Message).into_iter().filter_map(arrival).collect()
}

fn drop_messages(batch: &mut Batch) -> bool {
    let keys: Vec<_> = arrivals(batch).into_iter().flat_map(|(message, ready)| [message, ready]).collect();
    without(batch, &keys);
    !keys.is_empty()
}

fn remove_message(batch: &mut Batch, mirror: &Mirror) -> Option<()> {
    let is_standard = |value: &Slice| row::decode::<Ready>(value).is_ok_and(|ready| ready.group.is_none());
    let (ready, _) = mirror.family(Family::Ready).find(|(_, value)| is_standard(value))?;
    let [queue, _, sequence] = numbers(ready, Family::Ready);
    let message = Key::new(Family::Message).number(queue).number(sequence).into_bytes();
    if batch.writes().contains_key(ready) || batch.writes().contains_key(message.as_slice()) {
        return None;
    }
    batch.remove(ready.to_vec());
    batch.remove(message);
    Some(())
}

fn double_message(batch: &mut Batch, mirror: &Mirror) -> Option<()> {
    let (message, ready) = arrivals(batch).into_iter().find(|(key, _)| {
        use stepwell_services::rows::Rows;
        matches!(mirror.bytes(key), Ok(None))
    })?;
    for key in [message, ready] {
        let value = batch.writes().get(key.as_slice())?.clone()?;
        let mut other = key.clone();
        // The sequence number is the last part of both keys.
        let last = other.len().checked_sub(8)?;
        *other.get_mut(last)? = 0x10;
        batch.put(other, value);
    }
    Some(())
}

fn change_history(batch: &mut Batch, change: impl Fn(&mut Vec<HistoryEvent>) -> bool) -> bool {
    for (key, value) in written(batch, Family::History) {
        let mut events = HistoryEvent::decode_many(&value).expect("a row of history");
        if change(&mut events) {
            batch.put(key, HistoryEvent::encode_many(&events));
            return true;
        }
    }
    false
}

/// Adds an event once more, under the next number.
fn repeat_event(batch: &mut Batch, is_it: impl Fn(&EventKind) -> bool) -> bool {
    change_history(batch, |events| {
        let Some(event) = events.iter().find(|event| is_it(&event.kind)).cloned() else { return false };
        let id = events.last().map_or(1, |last| last.id + 1);
        events.push(HistoryEvent { id, ..event });
        true
    })
}

/// Changes the first event that can be changed so.
fn change_kind(batch: &mut Batch, change: impl Fn(&mut EventKind) -> bool) -> bool {
    change_history(batch, |events| events.iter_mut().any(|event| change(&mut event.kind)))
}

fn tell_wrongly(kind: &mut EventKind) -> bool {
    match kind {
        EventKind::TaskSucceeded { resource, output }
            if resource.resource.starts_with("startExecution.sync") =>
        {
            *output = output.replace("\"SUCCEEDED\"", "\"ABORTED\"");
            true
        }
        _ => false,
    }
}

fn wrong_verdict(kind: &mut EventKind) -> bool {
    match kind {
        EventKind::ExecutionSucceeded { output } if output.contains(REFUSED) => {
            *output = output.replace("\"sum\":", "\"sum\":1");
            true
        }
        _ => false,
    }
}

fn keep_waiting(batch: &mut Batch) -> bool {
    let removed = batch.writes().iter().filter(|(_, value)| value.is_none()).map(|(key, _)| key.to_vec());
    let waits: Vec<_> = removed.filter(|key| key.get(2) == Some(&(Family::ExecutionWait as u8))).collect();
    without(batch, &waits);
    !waits.is_empty()
}

fn drop_timer(batch: &mut Batch) -> Option<()> {
    let timers = written(batch, Family::Timer).into_iter();
    let of_execution = |key: &Vec<u8>| {
        let timer = timer::read(&Slice::from(key.as_slice()));
        matches!(timer, Ok((_, Timer::Execution(..))))
    };
    let key = timers.map(|(key, _)| key).find(of_execution)?;
    without(batch, &[key]);
    Some(())
}
