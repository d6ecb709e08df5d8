//! What is read before the walk: who can own rows, what is owed, and the last number that was given.
//!
//! A row that can't be read here is said so by the walk, which comes to it as well.

use super::{Report, each, words};
use crate::effect::{Continuation, Effect, ForgetLogs, InvokeFunction, InvokePurpose, TaskAttempt};
use crate::keys::{Family, Key, KeyReader};
use crate::rows::{Rows, RowsExt};
use crate::shard::Meta;
use crate::states::map_run::model::MapRun;
use crate::{lambda, logs, row, s3, sns, sqs, states};
use std::collections::HashSet;

/// What a check keeps in mind.
#[derive(Debug, Default)]
pub struct Known {
    /// The last number that was given.
    pub last_sequence: u64,
    owners: HashSet<(Family, u64)>,
    /// What is gone and whose rows are being removed.
    going: HashSet<(Family, u64)>,
    /// Rows whose number another row has.
    twice: Vec<(Vec<u8>, u64)>,
    /// The attempts of tasks for which a function's run, or a call, is owed.
    pub tasks: HashSet<TaskAttempt>,
    /// The executions that are owed a turn.
    pub turns: HashSet<(u64, u64)>,
    /// The executions that ended and whose waiting parents are still to be told.
    pub tellings: HashSet<(u64, u64)>,
    /// The stacks that are owed a turn.
    pub stacks: HashSet<u64>,
    /// The asynchronous invocations that are owed.
    pub invocations: HashSet<u64>,
    /// The tasks that move messages, by queue, and are owed a turn. The walk adds those that have a timer.
    pub move_tasks: HashSet<(u64, u64)>,
    /// The publications whose fan-out is owed.
    pub publications: HashSet<u64>,
    /// The map runs that are owed a turn.
    pub map_runs: HashSet<u64>,
    /// The bodies whose pieces are being removed, or still come in.
    pub bodies: HashSet<String>,
}

impl Known {
    pub(super) fn gather(rows: &dyn Rows, report: &mut Report) -> Self {
        let mut known = Self::default();
        match rows.row::<Meta>(&Key::new(Family::Meta)) {
            Ok(meta) => known.last_sequence = meta.unwrap_or_default().next_sequence,
            Err(failure) => report.add(&[], words(&failure)),
        }
        let all = Key::new(Family::Effect);
        known.over(rows, &all, report, |known, _, value| {
            if let Ok(effect) = row::decode(value) {
                known.owed(effect);
            }
        });
        known.owners(rows, report);
        known.going.extend(states::retention::going(rows).into_iter().map(|id| (Family::Execution, id)));
        known
    }

    /// Whether there is an owner of this number.
    #[must_use]
    pub fn has(&self, owner: Family, id: u64) -> bool {
        self.owners.contains(&(owner, id))
    }

    /// Whether it is gone and its rows are being removed.
    #[must_use]
    pub fn is_going(&self, owner: Family, id: u64) -> bool {
        self.going.contains(&(owner, id))
    }

    fn over(
        &mut self,
        rows: &dyn Rows,
        all: &Key,
        report: &mut Report,
        mut take: impl FnMut(&mut Self, &[u8], &[u8]),
    ) {
        let walked = each(rows, all.as_bytes(), &all.end(), |key, value| {
            take(self, key, value);
            Ok(())
        });
        if let Err(failure) = walked {
            report.add(&[], words(&failure));
        }
    }

    fn owners(&mut self, rows: &dyn Rows, report: &mut Report) {
        type Id = fn(&[u8]) -> Option<u64>;
        let by_value: [(Family, Id); 8] = [
            (Family::Queue, |value| row::decode::<sqs::model::Queue>(value).ok().map(|queue| queue.id)),
            (Family::Topic, |value| row::decode::<sns::model::Topic>(value).ok().map(|topic| topic.id)),
            (Family::StateMachine, |value| {
                row::decode::<states::model::Machine>(value).ok().map(|machine| machine.id)
            }),
            (Family::Activity, states::check::activity_id),
            (Family::Function, lambda::check::function_id),
            (Family::LogGroup, logs::check::group_id),
            (Family::LogStream, logs::check::stream_id),
            (Family::Bucket, s3::check::bucket_id),
        ];
        for (family, id) in by_value {
            self.over(rows, &Key::new(family), report, |known, key, value| {
                let Some(id) = id(value) else { return };
                if !known.owners.insert((family, id)) {
                    known.twice.push((key.to_vec(), id));
                }
            });
        }
        // A run is to its children what a state machine is to its executions.
        self.over(rows, &Key::new(Family::MapRun), report, |known, _, value| {
            let run = row::decode::<MapRun>(value).ok().map(|run| run.place.run);
            known.owners.extend(run.map(|run| (Family::StateMachine, run)));
        });
        self.over(rows, &Key::new(Family::StackById), report, |known, key, _| {
            let id = KeyReader::new(key, Family::StackById).and_then(|mut reader| reader.number());
            known.owners.extend(id.ok().map(|id| (Family::StackById, id)));
        });
        for (key, id) in std::mem::take(&mut self.twice) {
            report.add(&key, format!("its number {id} is another's as well"));
        }
    }

    fn owed(&mut self, effect: Effect) {
        match effect {
            Effect::Continue(continuation) => self.goes_on(continuation),
            Effect::Invoke(InvokeFunction { purpose, .. }) => match purpose {
                InvokePurpose::Task(attempt, _) => self.tasks.extend([attempt]),
                InvokePurpose::Asynchronous(id) => self.invocations.extend([id]),
                InvokePurpose::Caller | InvokePurpose::EventSource(_) => {}
            },
            Effect::Fetch(fetch) => self.tasks.extend([fetch.attempt]),
            Effect::PrepareFunction(_) | Effect::Post(_) | Effect::Execute(_) => {}
        }
    }

    fn goes_on(&mut self, continuation: Continuation) {
        match continuation {
            Continuation::DeleteMachine(deletion) => self.goes(Family::StateMachine, deletion.machine),
            Continuation::DeleteFunction(function) => self.goes(Family::Function, function),
            Continuation::ForgetQueue(queue) => self.goes(Family::Queue, queue),
            Continuation::SweepTopic(topic) => self.goes(Family::Topic, topic),
            Continuation::ForgetActivity(activity) => self.goes(Family::Activity, activity),
            Continuation::ForgetLogs(ForgetLogs::Group(group)) => self.goes(Family::LogGroup, group),
            Continuation::ForgetLogs(ForgetLogs::Stream(stream)) => self.goes(Family::LogStream, stream),
            Continuation::Call(call) => self.tasks.extend([call.attempt]),
            Continuation::TellOfEnd(machine, execution) => self.tellings.extend([(machine, execution)]),
            Continuation::Execution(machine, execution) => self.turns.extend([(machine, execution)]),
            Continuation::MoveMessages(queue, task) => self.move_tasks.extend([(queue, task)]),
            Continuation::Stack(stack) => self.stacks.extend([stack]),
            Continuation::FanOut(fan_out) => self.publications.extend([fan_out.publication]),
            Continuation::MapRun(_, _, run) => self.map_runs.extend([run]),
            Continuation::ForgetBody(forget) => self.bodies.extend([forget.body]),
            Continuation::PurgeQueue(_)
            | Continuation::StopChild(..)
            | Continuation::ForgetUpload(_)
            | Continuation::ForgetExecutions
            | Continuation::StartByEvent(_)
            | Continuation::SweepLogs(_)
            | Continuation::SweepQueue(_) => {}
        }
    }

    fn goes(&mut self, owner: Family, id: u64) {
        self.going.insert((owner, id));
    }
}
