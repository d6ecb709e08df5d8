//! What clients were told: one ledger a kind of work. Counting only; what it means is decided where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[derive(Default)]
pub struct Ledgers {
    /// By the number of the execution; all kinds of executions share the numbers.
    pub executions: BTreeMap<u64, Execution>,
    /// By task token.
    pub tokens: BTreeMap<String, Token>,
    /// Messages to the standard queue, by number.
    pub messages: BTreeMap<u64, Message>,
    /// By message group.
    pub groups: BTreeMap<String, Group>,
    /// Asynchronous invocations, by number.
    pub invocations: BTreeMap<u64, Invocation>,
    /// Messages to the queue that feeds the function, by number.
    pub fed: BTreeMap<u64, Fed>,
    /// Tasks that workers of the activity were given, by token.
    pub tasks: BTreeMap<String, Task>,
    polls: u64,
    /// Tasks that move messages out of a dead-letter queue.
    pub moves: u64,
    /// By name.
    pub stacks: BTreeMap<String, Stack>,
    /// Functions that ran again for what they had been given before: allowed, since a crash ends them without an answer.
    pub ran_again: u64,
    /// Calls that were cut off or answered by an error of the server's.
    pub unknown: u64,
}

/// Which state machine an execution is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Callback,
    Timed,
    Function,
    /// Expressions that take more than a command may.
    Heavy,
    /// Waits for two others.
    Parent,
    /// Done by a worker of an activity.
    Worked,
    /// A map run from objects into objects.
    Mapped,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Callback, Self::Timed, Self::Function, Self::Heavy, Self::Parent, Self::Worked, Self::Mapped];

    /// The name of its state machine.
    pub fn machine(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Timed => "timed",
            Self::Function => "function",
            Self::Heavy => "heavy",
            Self::Parent => "parent",
            Self::Worked => "worked",
            Self::Mapped => "mapped",
        }
    }

    /// Whether it tells a topic of itself, once.
    pub fn tells(self) -> bool {
        matches!(self, Self::Callback | Self::Heavy)
    }
}

pub struct Execution {
    pub kind: Kind,
    pub arn: String,
    /// `StartExecution` was answered.
    pub started: bool,
    /// Notifications of its end, by the topic's message id.
    pub notifications: BTreeSet<String>,
    /// `DescribeExecution` said that it has ended.
    pub ended: bool,
}

pub struct Token {
    pub number: u64,
    pub message_id: String,
    /// What every answer to it says, whichever kind it is.
    pub tag: String,
    pub accepted: u64,
    /// Answers of which it isn't known whether they were taken.
    pub unknown: u64,
}

/// A task of the activity, as the worker has it that it was given to.
#[derive(Debug, Default)]
pub struct Task {
    /// The number of its execution.
    pub number: u64,
    /// The worker's name: another one for each poll.
    pub poll: String,
    /// What its answer says.
    pub tag: String,
    pub accepted: u64,
    /// Answers of which it isn't known whether they were taken.
    pub unknown: u64,
    pub refused: bool,
    /// When the last acknowledged sign of life was sent, in seconds since 1970.
    pub last_beat: Option<f64>,
}

#[derive(Default)]
pub struct Message {
    pub sent: bool,
    pub message_ids: BTreeSet<String>,
    pub not_before: Option<Instant>,
    pub deleted: Option<Instant>,
    /// It was received where it is worked on, and asked to be deleted.
    pub settled: bool,
}

#[derive(Default)]
pub struct Group {
    pub sent: u64,
    /// By position: the message's id, where it was received.
    pub received: Vec<String>,
    pub deleted: BTreeMap<u64, Instant>,
}

#[derive(Default)]
pub struct Invocation {
    pub taken: bool,
    pub request_ids: BTreeSet<String>,
    pub reports: BTreeSet<String>,
}

#[derive(Default)]
pub struct Fed {
    pub sent: bool,
    pub message_ids: BTreeSet<String>,
    pub reports: BTreeSet<String>,
}

#[derive(Default)]
pub struct Stack {
    pub created: bool,
    pub deleted: bool,
}

impl Ledgers {
    /// A new execution under a number of its own.
    pub fn begin(&mut self, kind: Kind, arn: impl Fn(u64) -> String) -> u64 {
        let number = self.executions.len() as u64;
        let arn = arn(number);
        let execution = Execution { kind, arn, started: false, notifications: BTreeSet::new(), ended: false };
        self.executions.insert(number, execution);
        number
    }

    /// A name for a worker that polls.
    pub fn next_poll(&mut self) -> String {
        self.polls += 1;
        format!("poll-{}", self.polls)
    }

    /// What was begun and isn't finished, in words; nothing when all has run dry.
    pub fn unfinished(&self) -> Vec<String> {
        let mut left = Vec::new();
        for (number, execution) in &self.executions {
            let is_told = !execution.kind.tells() || !execution.notifications.is_empty();
            if !(execution.started && execution.ended && is_told) {
                left.push(format!("the execution {number} ({:?}) has not come to its end", execution.kind));
            }
        }
        let lost = |message: &&Message| message.sent && !message.settled;
        for (number, _) in self.messages.iter().filter(|(_, message)| lost(message)) {
            left.push(format!("the message {number} was not received"));
        }
        for (name, group) in
            self.groups.iter().filter(|(_, group)| (group.received.len() as u64) < group.sent)
        {
            left.push(format!(
                "of the message group {name}, {} of {} came",
                group.received.len(),
                group.sent
            ));
        }
        let unseen = self.invocations.iter().filter(|(_, one)| one.taken && one.request_ids.is_empty());
        left.extend(unseen.map(|(number, _)| format!("the asynchronous invocation {number} did not run")));
        let unseen = self.fed.iter().filter(|(_, one)| one.sent && one.reports.is_empty());
        left.extend(unseen.map(|(number, _)| format!("the message {number} did not reach the function")));
        let half = self.stacks.iter().filter(|(_, stack)| !stack.deleted);
        left.extend(half.map(|(name, _)| format!("the stack {name} was not carried to its end")));
        left
    }
}

impl Ledgers {
    /// What was done, in a line.
    pub fn summary(&self) -> String {
        let of = |kind| self.executions.values().filter(|execution| execution.kind == kind).count();
        let kinds: Vec<_> = Kind::ALL.map(|kind| format!("{} {}", of(kind), kind.machine())).into();
        format!(
            "{} executions ({}), {} tokens, {} messages, {} in order, {} invocations, {} records, {} stacks, {} tasks of the activity, {} moves out of a dead-letter queue; {} calls cut off, {} function runs again; lost 0, doubled 0",
            self.executions.len(),
            kinds.join(", "),
            self.tokens.len(),
            self.messages.values().filter(|message| message.sent).count(),
            self.groups.values().map(|group| group.sent).sum::<u64>(),
            self.invocations.values().filter(|one| one.taken).count(),
            self.fed.values().filter(|one| one.sent).count(),
            self.stacks.len(),
            self.tasks.len(),
            self.moves,
            self.unknown,
            self.ran_again,
        )
    }
}
