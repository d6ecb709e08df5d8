//! One event to one target.

use super::input_transformer::Given;
use super::rule::Rule;
use super::target::{Kind, Target};
use crate::calls::{self, QueueMessage};
use crate::context::{Caller, Context};
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stepwell_asl::path::Path;
use stepwell_wire::time::iso_seconds;

/// A state machine that an event starts, in a turn of its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StartByEvent {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub machine_arn: String,
    #[n(3)]
    pub role_arn: String,
    /// JSON text.
    #[n(4)]
    pub input: String,
    /// The queue for what can't be delivered.
    #[n(5)]
    pub dead_letters_to: Option<String>,
}

/// Delivers an event to a target of a rule.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn deliver(
    rule: &Rule,
    target: &Target,
    event: &Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let text = input(rule, target, event, context);
    let scope = rule.scope();
    let dead_letters_to = target.dead_letter_config.as_ref().and_then(|config| config.arn.clone());
    if target.kind() == Some(Kind::StateMachine) {
        tx.owe(Effect::Continue(Continuation::StartByEvent(StartByEvent {
            account: rule.account.clone(),
            region: rule.region.clone(),
            machine_arn: target.arn.clone(),
            role_arn: target.role_arn.clone().unwrap_or_default(),
            input: text,
            dead_letters_to,
        })));
        return Ok(());
    }
    as_event_bridge(&scope, context, |context| {
        let is_delivered = attempt(tx, |tx| send(target, text.clone(), tx, context))?;
        if is_delivered { Ok(()) } else { bury(dead_letters_to.as_deref(), text, tx, context) }
    })
}

/// Starts the state machine. If it can't be started, the event goes to the dead-letter queue.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn start(start: &StartByEvent, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let scope = Scope::new(&start.account, &start.region);
    let is_started = match calls::role_of_rule(&start.role_arn, &scope, tx, context)? {
        Some(caller) => context.acting_as(caller, scope.clone(), |context| {
            attempt(tx, |tx| {
                let input = json!({"stateMachineArn": start.machine_arn, "input": start.input});
                calls::start_execution(input, tx, context).map(|()| true)
            })
        })?,
        None => false,
    };
    if is_started {
        return Ok(());
    }
    let (queue, text) = (start.dead_letters_to.as_deref(), start.input.clone());
    as_event_bridge(&scope, context, |context| bury(queue, text, tx, context))
}

fn send(target: &Target, text: String, tx: &mut Tx, context: &mut Context) -> Result<bool, Failure> {
    match target.kind() {
        Some(Kind::Queue) => {
            let parameters = target.sqs_parameters.as_ref();
            let message = QueueMessage {
                body: text,
                attributes: BTreeMap::new(),
                group_id: parameters.and_then(|parameters| parameters.message_group_id.clone()),
                deduplication_id: None,
            };
            Ok(calls::send_notification(&target.arn, message, tx, context)?.is_some())
        }
        Some(Kind::Topic) => {
            let message = json!({"TopicArn": target.arn, "Message": text});
            calls::sns_publish(message, tx, context).map(|_| true)
        }
        Some(Kind::Function) => calls::send_event(&target.arn, text, tx, context),
        Some(Kind::StateMachine) | None => Ok(false),
    }
}

/// What can't be delivered, to a queue if there is one.
fn bury(queue: Option<&str>, text: String, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    if let Some(queue) = queue {
        attempt(tx, |tx| Ok(calls::send_to_queue(queue, text, BTreeMap::new(), tx, context)?.is_some()))?;
    }
    Ok(())
}

/// What is refused is undone, and didn't happen.
fn attempt(tx: &mut Tx, work: impl FnOnce(&mut Tx) -> Result<bool, Failure>) -> Result<bool, Failure> {
    let savepoint = tx.savepoint();
    match work(tx) {
        Err(Failure::Refused(_)) => {
            tx.roll_back(savepoint);
            Ok(false)
        }
        done => done,
    }
}

fn as_event_bridge<T>(scope: &Scope, context: &mut Context, work: impl FnOnce(&mut Context) -> T) -> T {
    let caller = Caller {
        account: scope.account.clone(),
        arn: "events.amazonaws.com".into(),
        user_id: scope.account.clone(),
        session: None,
    };
    context.acting_as(caller, scope.clone(), work)
}

/// What of the event is delivered.
fn input(rule: &Rule, target: &Target, event: &Value, context: &Context) -> String {
    if let Some(text) = &target.input {
        return text.clone();
    }
    if let Some(path) = target.input_path.as_deref().and_then(|path| Path::parse(path).ok()) {
        return path.read_in(event).map_or_else(|_| "null".to_owned(), |part| part.to_string());
    }
    match &target.input_transformer {
        None => event.to_string(),
        Some(transformer) => transformer.apply(&Given {
            rule_arn: &rule.arn(),
            rule_name: &rule.name,
            ingested: &iso_seconds(i64::try_from(context.now_ms).unwrap_or(i64::MAX)),
            event,
        }),
    }
}
