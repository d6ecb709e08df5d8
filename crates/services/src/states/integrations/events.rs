//! `events:putEvents` on the default bus: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>

use super::remote;
use super::sdk::{self, Names};
use super::{Actor, Called, attempt_call};
use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::Value;

const NAMES: Names = Names {
    prefix: "EventBridge",
    service: "AmazonCloudWatchEvents",
    modelled: &["InternalException"],
    base: "AmazonCloudWatchEventsException",
};

pub fn put(actor: &Actor, parameters: &Value, tx: &mut Tx, context: &mut Context) -> Result<Called, Failure> {
    let input = remote::put_events(actor, parameters);
    match attempt_call(tx, |tx| calls::put_events(input, tx, context))? {
        Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
        Ok(output) => Ok(remote::put(&output)),
    }
}
