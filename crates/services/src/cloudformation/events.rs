//! What happened to a stack and its resources, told in order and never changed.

use super::keys;
use super::model::Stack;
use super::status::ResourceStatus;
use crate::context::Context;
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use stepwell_wire::time;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Event {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub logical_id: String,
    #[n(2)]
    pub physical_id: Option<String>,
    #[n(3)]
    pub resource_type: String,
    #[n(4)]
    pub at_ms: u64,
    #[n(5)]
    pub status: String,
    #[n(6)]
    pub reason: Option<String>,
    /// JSON; or the number of the event that has it, since a resource's events tell the same.
    #[n(7)]
    pub properties: Option<String>,
    #[n(8)]
    pub properties_event: Option<u64>,
    #[n(9)]
    pub request_token: Option<String>,
}

/// What an event of a resource tells.
#[derive(Debug, Default)]
pub struct ResourceEvent<'a> {
    pub logical_id: &'a str,
    pub physical_id: &'a str,
    pub resource_type: &'a str,
    pub reason: Option<&'a str>,
    pub properties: Option<String>,
    pub properties_event: Option<u64>,
}

/// Tells that the stack itself came into its status.
pub fn tell_stack(stack: &Stack, request_token: Option<&str>, tx: &mut Tx, context: &mut Context) {
    let event = Event {
        id: context.entropy.uuid(),
        logical_id: stack.name.clone(),
        physical_id: Some(stack.arn()),
        resource_type: "AWS::CloudFormation::Stack".to_owned(),
        at_ms: context.now_ms,
        status: stack.status.as_str().to_owned(),
        reason: stack.status_reason.clone(),
        properties: None,
        properties_event: None,
        request_token: request_token.map(str::to_owned),
    };
    let number = tx.next_sequence();
    tx.put(&keys::event(stack.id, number), &event);
}

/// Tells that a resource came into a status; returns the number of the event.
pub fn tell_resource(
    stack: &mut Stack,
    status: ResourceStatus,
    event: ResourceEvent,
    request_token: Option<&str>,
    tx: &mut Tx,
    context: &mut Context,
) -> u64 {
    let end = match status {
        ResourceStatus::DeleteInProgress | ResourceStatus::DeleteComplete => context.entropy.uuid(),
        _ => {
            // Clients tell events apart by their ids: two that happen at once name different times.
            let at_ms = stack.last_event_ms.map_or(context.now_ms, |last| context.now_ms.max(last + 1));
            stack.last_event_ms = Some(at_ms);
            let at = time::iso_millis(i64::try_from(at_ms).unwrap_or(i64::MAX));
            format!("{}-{at}", status.as_str())
        }
    };
    let row = Event {
        id: format!("{}-{end}", event.logical_id),
        logical_id: event.logical_id.to_owned(),
        physical_id: Some(event.physical_id.to_owned()),
        resource_type: event.resource_type.to_owned(),
        at_ms: context.now_ms,
        status: status.as_str().to_owned(),
        reason: event.reason.map(str::to_owned),
        properties: event.properties,
        properties_event: event.properties_event,
        request_token: request_token.map(str::to_owned),
    };
    let number = tx.next_sequence();
    tx.put(&keys::event(stack.id, number), &row);
    number
}
