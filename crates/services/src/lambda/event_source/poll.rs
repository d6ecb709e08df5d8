//! One poller of a mapping: waits for messages, takes a batch, hands it to the function.

use super::filter::Filters;
use super::mapping::{Mapping, MappingState};
use super::record;
use crate::calls::{self, Most, SourceQueue, Taken};
use crate::context::Context;
use crate::effect::{BatchMessage, Effect, EventSourceBatch, InvokeFunction, InvokePurpose};
use crate::failure::{Failure, Wait, WaitOn};
use crate::keys::Scope;
use crate::lambda::{keys, spec};
use crate::operation::{AnyCommand, Reply};
use crate::rows::RowsExt;
use crate::tx::Tx;

/// Of bodies in one batch. One message more, at its longest and with every character escaped, still fits into the 6 MB of an
/// invocation.
const BATCH_BYTES: usize = 2 << 20;

#[derive(Debug, Clone)]
pub struct PollMapping {
    scope: Scope,
    uuid: String,
    generation: u64,
    slot: u32,
    /// After a refusal the poller pauses.
    not_before_ms: u64,
}

impl PollMapping {
    #[must_use]
    pub fn new(mapping: &Mapping, slot: u32) -> Self {
        Self {
            scope: mapping.scope(),
            uuid: mapping.uuid.clone(),
            generation: mapping.generation,
            slot,
            not_before_ms: 0,
        }
    }

    /// The poller that took a batch, for its next one.
    #[must_use]
    pub fn after(batch: &EventSourceBatch, scope: Scope, not_before_ms: u64) -> Self {
        Self {
            scope,
            uuid: batch.mapping.clone(),
            generation: batch.generation,
            slot: batch.slot,
            not_before_ms,
        }
    }

    /// The mapping, if this poller still is one of its own.
    fn mapping(&self, tx: &Tx) -> Result<Option<Mapping>, Failure> {
        let mapping = tx.row::<Mapping>(&keys::mapping(&self.scope, &self.uuid))?;
        Ok(mapping.filter(|mapping| {
            mapping.generation == self.generation && mapping.state == MappingState::Enabled
        }))
    }
}

impl AnyCommand for PollMapping {
    fn name(&self) -> &'static str {
        "PollMapping"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        if let Some(mapping) = self.mapping(tx)? {
            self.poll(&mapping, tx, context)?;
        }
        Ok(Box::new(()))
    }
}

impl PollMapping {
    fn poll(&self, mapping: &Mapping, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        // Without its queue or a function that can run, the poller ends: whoever makes them starts it again.
        let Some(queue) = SourceQueue::by_arn(&mapping.event_source_arn, tx)? else { return Ok(()) };
        if !is_runnable(mapping, tx)? {
            // Another mapping may be waiting for the message that woke this one.
            tx.wake(WaitOn::Queue(queue.id));
            return Ok(());
        }
        if context.now_ms < self.not_before_ms {
            return Err(wait(WaitOn::Time, Some(self.not_before_ms)));
        }
        wait_for_window(mapping, &queue, tx, context)?;
        let most = usize::try_from(mapping.batch_size).unwrap_or(usize::MAX);
        let most = Most { messages: most.min(context.settings.rows_per_command), bytes: BATCH_BYTES };
        let taken = calls::take_within(tx, context, &queue, most, queue.visibility_timeout_s())?;
        if taken.messages.is_empty() && taken.swept == 0 {
            return Err(wait(WaitOn::Queue(queue.id), taken.next_ms));
        }
        let messages = keep_what_passes(mapping, taken.messages, tx)?;
        if messages.is_empty() {
            // Nothing was left of them; what was done stays, so this is no wait.
            tx.then(self.clone());
            return Ok(());
        }
        let invoke = self.invoke(mapping, &queue, &messages, context);
        tx.perform(Effect::Invoke(invoke));
        Ok(())
    }

    fn invoke(
        &self,
        mapping: &Mapping,
        queue: &SourceQueue,
        messages: &[Taken],
        context: &mut Context,
    ) -> InvokeFunction {
        let message = |taken: &Taken| BatchMessage {
            id: taken.message.id.clone(),
            sequence: taken.receipt.sequence,
            visible_from_ms: taken.receipt.visible_from_ms,
        };
        InvokeFunction {
            account: mapping.account.clone(),
            region: mapping.region.clone(),
            function: mapping.function.clone(),
            qualifier: mapping.qualifier.clone(),
            payload: record::event(queue, messages, context.secrets),
            request_id: context.entropy.uuid(),
            purpose: InvokePurpose::EventSource(EventSourceBatch {
                mapping: mapping.uuid.clone(),
                generation: self.generation,
                slot: self.slot,
                queue: queue.id,
                messages: messages.iter().map(message).collect(),
                reports_failures: mapping.reports_failures,
            }),
            log_tail: false,
            client_context: None,
        }
    }
}

fn is_runnable(mapping: &Mapping, tx: &Tx) -> Result<bool, Failure> {
    let qualifier = mapping.qualifier.as_deref();
    match spec::runnable(tx, &mapping.scope(), &mapping.function, qualifier, "") {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// With a batching window, waits until a batch is full or its first message has waited for so long. Nothing is taken before,
/// so nothing is held while waiting.
fn wait_for_window(
    mapping: &Mapping,
    queue: &SourceQueue,
    tx: &Tx,
    context: &Context,
) -> Result<(), Failure> {
    if mapping.batching_window_s == 0 {
        return Ok(());
    }
    let most = usize::try_from(mapping.batch_size).unwrap_or(usize::MAX);
    let most = most.min(context.settings.rows_per_command);
    let (count, Some(since_ms)) = calls::available(tx, context, queue, most)? else { return Ok(()) };
    let due_ms = since_ms + u64::from(mapping.batching_window_s) * 1000;
    if count < most && context.now_ms < due_ms {
        return Err(wait(WaitOn::Queue(queue.id), Some(due_ms)));
    }
    Ok(())
}

/// Deletes what no filter lets through.
fn keep_what_passes(mapping: &Mapping, messages: Vec<Taken>, tx: &mut Tx) -> Result<Vec<Taken>, Failure> {
    let Some(patterns) = &mapping.filters else { return Ok(messages) };
    let filters = Filters::read(patterns)?;
    let (passed, dropped): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|taken| filters.let_through(taken));
    for taken in dropped {
        let receipt = taken.receipt;
        calls::delete_received(receipt.queue, receipt.sequence, receipt.visible_from_ms, tx)?;
    }
    Ok(passed)
}

fn wait(on: WaitOn, look_again_ms: Option<u64>) -> Failure {
    // Nobody holds a line: there is no patience to end.
    Failure::Wait(Wait { on, look_again_ms, patience_ms: 0, crowd: None })
}
