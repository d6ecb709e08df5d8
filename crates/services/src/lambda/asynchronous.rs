//! Asynchronous invocations: accepted by a row, run at least once, tried again after failures, and told on to a destination or a
//! dead-letter queue.
//!
//! A function's error is tried again after one and two minutes; what could not be run at all (throttled, not ready) with growing
//! pauses until the event is too old. The event stands in the effect while it is owed and in the row while it waits.

use crate::context::Context;
use crate::effect::{Effect, FunctionAnswer, InvokeFunction, InvokePurpose};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::destination::{self, Condition, Outcome};
use crate::lambda::event_invoke_config::{self, EventInvoke};
use crate::lambda::function_name::FunctionName;
use crate::lambda::{keys, spec};
use crate::rows::RowsExt;
use crate::timer::Timer;
use crate::tx::Tx;
use minicbor::{Decode, Encode};

/// Pauses after the first and the second failure of the function.
const RETRY_PAUSES_MS: [u64; 2] = [60_000, 120_000];
/// The longest pause of what could not be run.
const LONGEST_PAUSE_MS: u64 = 300_000;

/// An accepted invocation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Invocation {
    #[n(0)]
    pub accepted_ms: u64,
    /// How often the function ran and failed.
    #[n(1)]
    pub failures: u32,
    /// How often it could not be run.
    #[n(2)]
    pub refusals: u32,
    /// The invocation while it waits for its next try; while it is owed, the effect has it.
    #[n(3)]
    pub waiting: Option<InvokeFunction>,
}

/// Accepts an invocation.
pub fn begin(
    name: &FunctionName,
    payload: String,
    request_id: String,
    client_context: Option<String>,
    tx: &mut Tx,
    context: &Context,
) {
    let id = tx.next_sequence();
    let invocation = Invocation { accepted_ms: context.now_ms, failures: 0, refusals: 0, waiting: None };
    tx.put(&keys::invocation(id), &invocation);
    tx.owe(Effect::Invoke(InvokeFunction {
        account: name.scope.account.to_string(),
        region: name.scope.region.to_string(),
        function: name.name.clone(),
        qualifier: name.qualifier.clone(),
        payload,
        request_id,
        purpose: InvokePurpose::Asynchronous(id),
        log_tail: false,
        client_context,
    }));
}

/// Accepts an invocation of the function of an ARN; `false` if there is none.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn invoke(
    function_arn: &str,
    payload: String,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<bool, Failure> {
    let Some(name) = FunctionName::of_arn(function_arn) else { return Ok(false) };
    if spec::find(tx, &name.scope, &name.name, name.qualifier.as_deref())?.is_none() {
        return Ok(false);
    }
    let request_id = context.entropy.uuid();
    begin(&name, payload, request_id, None, tx, context);
    Ok(true)
}

/// Takes a try's answer in.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn completed(
    id: u64,
    invoke: InvokeFunction,
    answer: &FunctionAnswer,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let key = keys::invocation(id);
    let Some(mut invocation) = tx.row::<Invocation>(&key)? else { return Ok(()) };
    let config = event_invoke_config::in_force(&invoke, tx)?;
    let pause_ms = match answer {
        FunctionAnswer::Ran { error: None, .. } => {
            tx.remove(&key);
            let condition = Condition::Success;
            return tell(&invoke, &invocation, &config, condition, answer, tx, context);
        }
        FunctionAnswer::Ran { error: Some(_), .. } => {
            invocation.failures += 1;
            let tries_left = invocation.failures <= config.retries();
            tries_left.then(|| RETRY_PAUSES_MS[usize::from(invocation.failures > 1)])
        }
        FunctionAnswer::Refused { status, .. } if may_pass(*status) => {
            invocation.refusals += 1;
            Some((1000_u64 << invocation.refusals.min(9)).min(LONGEST_PAUSE_MS))
        }
        FunctionAnswer::Refused { .. } => None,
    };
    let oldest_ms = invocation.accepted_ms + config.age_ms();
    match pause_ms.map(|pause_ms| context.now_ms + pause_ms) {
        Some(due_ms) if due_ms <= oldest_ms => {
            invocation.waiting = Some(invoke);
            tx.put(&key, &invocation);
            tx.arm(due_ms, &Timer::Invocation(id));
            Ok(())
        }
        late => {
            tx.remove(&key);
            let condition =
                if late.is_some() { Condition::EventAgeExceeded } else { Condition::RetriesExhausted };
            tell(&invoke, &invocation, &config, condition, answer, tx, context)
        }
    }
}

/// A refusal that time may heal: throttled, not ready yet, or ours.
fn may_pass(status: u16) -> bool {
    status == 429 || status == 409 || status >= 500
}

/// Owes the next try.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn due(id: u64, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::invocation(id);
    let Some(mut invocation) = tx.row::<Invocation>(&key)? else { return Ok(()) };
    if let Some(invoke) = invocation.waiting.take() {
        tx.put(&key, &invocation);
        tx.owe(Effect::Invoke(invoke));
    }
    Ok(())
}

/// Tells a destination, and a dead-letter queue of a failure, how it ended.
fn tell(
    invoke: &InvokeFunction,
    invocation: &Invocation,
    config: &EventInvoke,
    condition: Condition,
    answer: &FunctionAnswer,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let outcome = Outcome {
        invoke,
        condition,
        answer,
        tries: invocation.failures + u32::from(condition == Condition::Success),
    };
    let target = match condition {
        Condition::Success => &config.on_success,
        Condition::RetriesExhausted | Condition::EventAgeExceeded => &config.on_failure,
    };
    if let Some(target) = target {
        destination::deliver(target, &outcome, tx, context)?;
    }
    let scope = Scope::new(&invoke.account, &invoke.region);
    let dead_letters = event_invoke_config::dead_letter_target(&scope, invoke, tx)?;
    match dead_letters.filter(|_| condition != Condition::Success) {
        Some(target) => destination::hand_over(
            &target,
            invoke.payload.clone(),
            &outcome.dead_letter_attributes(),
            tx,
            context,
        ),
        None => Ok(()),
    }
}
