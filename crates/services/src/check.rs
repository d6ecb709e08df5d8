//! Whether a store is whole: every row is read, and everything that refers to something, both ways.
//!
//! It only reads, and knows no service's rules: each says in its own `check.rs` what its rows owe one another. The walk is in
//! order of keys, a page at a time; what is kept meanwhile is the numbers of queues, topics, state machines, functions, log
//! groups, log streams, stacks and buckets, and what is owed, never a row for each execution or message.

mod counted;
mod known;
mod report;
mod tally;

pub use known::Known;
pub use report::{FamilyCount, Report, Violation};
pub use tally::Tally;

use crate::counts::{self, Counted};
use crate::deduplication;
use crate::effect::Effect;
use crate::failure::Failure;
use crate::key_shape;
use crate::keys::{Family, Key};
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::shard::{Meta, Quarantined};
use crate::states::map_run::model::MapRun;
use crate::timer::{self, Timer};
use crate::{cloudformation, events, iam, lambda, logs, s3, sns, sqs, states};
use minicbor::Decode;
use stepwell_store::{Direction, Slice};

/// Rows that are read in one go.
const PAGE: usize = 128;

/// Looks at every row, and says what is there and what is wrong with it.
#[must_use]
pub fn run(rows: &dyn Rows) -> Report {
    let are_counted = matches!(rows.bytes(counts::messages_are_counted().as_bytes()), Ok(Some(_)));
    run_counted(rows, are_counted)
}

/// The same, where it is known whether all messages are counted.
pub(crate) fn run_counted(rows: &dyn Rows, messages_are_counted: bool) -> Report {
    let mut report = Report::default();
    let known = Known::gather(rows, &mut report);
    let mut check = Check { rows, known, report, counts: counted::Tallied::default() };
    let mut services = Services::default();
    let walked = each(rows, &[], &[0xFF; 16], |key, value| {
        look(key, value, &mut services, &mut check);
        Ok(())
    });
    if let Err(failure) = walked {
        check.wrong(&[], format!("the store can't be read: {}", words(&failure)));
    }
    services.states.finish(&mut check);
    services.sqs.finish(&mut check);
    services.sns.finish(&mut check);
    services.lambda.finish(&mut check);
    services.s3.finish(&mut check);
    std::mem::take(&mut check.counts).finish(messages_are_counted, &mut check);
    check.report
}

/// What each service remembers from row to row.
#[derive(Default)]
struct Services {
    states: states::check::Checker,
    sqs: sqs::check::Checker,
    sns: sns::check::Checker,
    lambda: lambda::check::Checker,
    s3: s3::check::Checker,
}

fn look(key: &[u8], value: &Slice, services: &mut Services, check: &mut Check) {
    let shape = match key_shape::read(key) {
        Ok(shape) => shape,
        Err(failure) => {
            check.report.count_unknown(key, value);
            return check.wrong(key, words(&failure));
        }
    };
    check.report.count(shape.family, key, value);
    if shape.greatest_sequence > check.known.last_sequence {
        let last = check.known.last_sequence;
        check.wrong(key, format!("its number was never given: the last one is {last}"));
    }
    if let Err(failure) = one(shape.family, key, value, services, check) {
        check.wrong(key, words(&failure));
    }
}

/// Which service a row belongs to.
fn one(
    family: Family,
    key: &[u8],
    value: &Slice,
    services: &mut Services,
    check: &mut Check,
) -> Result<(), Failure> {
    match family {
        Family::Meta => row::decode::<Meta>(value).map(drop),
        Family::Timer => due(key, services, check),
        Family::Effect => owed(key, &row::decode(value)?, check),
        Family::Secret => row::decode::<minicbor::bytes::ByteArray<32>>(value).map(drop),
        Family::Format => row::decode::<u64>(value).map(drop),
        Family::Count => {
            check.counts.written(key, row::decode(value)?);
            Ok(())
        }
        Family::Quarantine => row::decode::<Quarantined>(value).map(drop),
        Family::Deduplication | Family::DeduplicationExpiry => {
            deduplication::check(family, key, value, check)
        }
        Family::Queue
        | Family::Message
        | Family::Ready
        | Family::Moved
        | Family::QueueById
        | Family::Group
        | Family::GroupMessage
        | Family::GroupReady
        | Family::MoveTask => services.sqs.row(family, key, value, check),
        Family::Topic
        | Family::Subscription
        | Family::SubscriptionByEndpoint
        | Family::Delivery
        | Family::Publication => services.sns.row(family, key, value, check),
        Family::StateMachine
        | Family::StateMachineById
        | Family::Revision
        | Family::ExecutionName
        | Family::Execution
        | Family::ExecutionState
        | Family::History
        | Family::Callback
        | Family::ClosedExecutions
        | Family::Activity
        | Family::ActivityTask
        | Family::MachineVersion
        | Family::MachineAlias
        | Family::ExecutionWait
        | Family::MapName
        | Family::MapOutput => services.states.row(family, key, value, check),
        Family::MapRun => {
            let run: MapRun = row::decode(value)?;
            run.parts().for_each(|part| services.s3.refer(part));
            services.states.row(family, key, value, check)
        }
        Family::Function
        | Family::Code
        | Family::FunctionVersion
        | Family::EventSourceMapping
        | Family::Invocation
        | Family::Alias
        | Family::FunctionPolicy
        | Family::EventInvokeConfig
        | Family::FunctionUrl
        | Family::Layer
        | Family::LayerVersion
        | Family::CodeUpload => services.lambda.row(family, key, value, check),
        Family::Bucket
        | Family::Object
        | Family::ObjectBody
        | Family::ObjectPiece
        | Family::MultipartUpload
        | Family::UploadPart => services.s3.row(family, key, value, check),
        Family::Role
        | Family::Policy
        | Family::AccessKey
        | Family::User
        | Family::UserGroup
        | Family::UserGroupMember
        | Family::InstanceProfile
        | Family::PolicyUse => iam::check::row(family, key, value, check),
        Family::Connection | Family::EventRule => events::check::row(key, value, check),
        Family::LogGroup | Family::LogStream | Family::LogEvent => {
            logs::check::row(family, key, value, check)
        }
        Family::Stack
        | Family::StackById
        | Family::StackEvent
        | Family::ChangeSet
        | Family::StackResource
        | Family::Export
        | Family::StackByUuid
        | Family::StackByNumber
        | Family::ChangeSetByUuid
        | Family::ChangeSetByName
        | Family::ChangeSetView
        | Family::StackTemplate
        | Family::StackPlan
        | Family::StackImport
        | Family::StackWait => cloudformation::check::row(family, key, value, check),
    }
}

/// A timer, which wants something of its own service.
fn due(key: &[u8], services: &mut Services, check: &mut Check) -> Result<(), Failure> {
    let (due_ms, timer) = timer::read(&Slice::from(key))?;
    match timer {
        Timer::Execution(machine, execution) => states::check::due(key, due_ms, machine, execution, check),
        Timer::SweepQueue(queue) => sqs::check::due(key, due_ms, queue, check),
        Timer::Delivery(delivery) => services.sns.due(key, delivery, check),
        Timer::Invocation(id) => services.lambda.due(key, id, check),
        Timer::UploadedCode(sha256) => lambda::check::upload_due(key, due_ms, &sha256, check),
        Timer::LogRetention(account, region, name) => {
            logs::check::due(key, due_ms, &account, &region, &name, check)
        }
        Timer::UploadedBody(body) => s3::check::due(key, due_ms, &body, check),
        Timer::Stack(stack) => cloudformation::check::due(key, stack, check),
        // Every start arms it anew, and a sweep that comes too often finds nothing to do.
        Timer::ClosedExecutions => Ok(()),
        // What they are for may have gone before: then they find nothing to do.
        Timer::PendingSubscription(..) => Ok(()),
        Timer::MoveMessages(queue, task) => {
            check.known.move_tasks.insert((queue, task));
            Ok(())
        }
    }
}

/// An effect, whose reason has to be there where nothing but its result removes it.
fn owed(key: &[u8], effect: &Effect, check: &mut Check) -> Result<(), Failure> {
    use crate::effect::{Continuation, InvokeFunction, InvokePurpose};
    match effect {
        Effect::Continue(Continuation::FanOut(fan_out)) => {
            sns::check::fanned_out(key, fan_out.publication, check)
        }
        Effect::Invoke(InvokeFunction { purpose: InvokePurpose::Asynchronous(id), .. }) => {
            lambda::check::invoked(key, *id, check)
        }
        Effect::Invoke(_)
        | Effect::PrepareFunction(_)
        | Effect::Post(_)
        | Effect::Continue(_)
        | Effect::Fetch(_)
        | Effect::Execute(_) => Ok(()),
    }
}

/// A check under way: what services read from and report to.
pub struct Check<'a> {
    rows: &'a dyn Rows,
    pub known: Known,
    report: Report,
    counts: counted::Tallied,
}

impl<'a> Check<'a> {
    /// The store.
    #[must_use]
    pub fn rows(&self) -> &'a dyn Rows {
        self.rows
    }

    /// The row at a key.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read.
    pub fn row<T: for<'b> Decode<'b, ()>>(&self, key: &Key) -> Result<Option<T>, Failure> {
        self.rows.row(key)
    }

    /// There is so much of something that is counted.
    pub fn count(&mut self, what: Counted, found: u64) {
        self.counts.found(what, found);
    }

    /// Whether there is a row at a key.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read.
    pub fn has(&self, key: &Key) -> Result<bool, Failure> {
        Ok(self.rows.bytes(key.as_bytes())?.is_some())
    }

    /// Says what is wrong with the row at a key.
    pub fn wrong(&mut self, key: &[u8], what: impl Into<String>) {
        self.report.add(key, what.into());
    }

    /// Says so unless something holds.
    pub fn expect(&mut self, holds: bool, key: &[u8], what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(key, what());
        }
    }

    /// Says so where a row isn't at the key that its own fields name.
    pub fn expect_at(&mut self, own: &Key, key: &[u8]) {
        self.expect(own.as_bytes() == key, key, || {
            format!("its fields say it stands at {}", key_shape::text(own.as_bytes()))
        });
    }

    /// Says so unless the row's owner is there, or is gone and being swept.
    pub fn expect_owner(&mut self, owner: Family, id: u64, key: &[u8]) {
        let is_owned = self.known.has(owner, id) || self.known.is_going(owner, id);
        self.expect(is_owned, key, || format!("there is no {owner:?} of the number {id}"));
    }
}

/// Goes over all rows from `start` to `end`.
///
/// # Errors
/// What the store or `look_at` said.
pub(crate) fn each(
    rows: &dyn Rows,
    start: &[u8],
    end: &[u8],
    mut look_at: impl FnMut(&[u8], &Slice) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut cursor = start.to_vec();
    loop {
        let page = rows.scan(&cursor, end, Direction::Forward, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        cursor = Key::after(last);
        for (key, value) in &page {
            look_at(key, value)?;
        }
        if page.len() < PAGE {
            return Ok(());
        }
    }
}

/// A failure as a report says it.
fn words(failure: &Failure) -> String {
    match failure {
        Failure::Broken(what) => what.clone(),
        Failure::Refused(error) => error.message.clone(),
        Failure::Wait(_) | Failure::NotLoaded(_) | Failure::Evaluate(_) => format!("{failure:?}"),
    }
}

#[cfg(test)]
mod tests;
