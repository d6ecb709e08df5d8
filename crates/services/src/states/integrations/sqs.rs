//! `sqs:sendMessage`: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use super::sdk::{self, Names};
use super::{Called, attempt_call};
use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value};

const NAMES: Names = Names {
    prefix: "SQS",
    service: "AmazonSQS",
    modelled: &["QueueDoesNotExist", "InvalidMessageContents", "UnsupportedOperation"],
    base: "AmazonSQSException",
};

pub fn send_message(parameters: Value, tx: &mut Tx, context: &mut Context) -> Result<Called, Failure> {
    let mut input = match parameters {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Some(body) = input.get_mut("MessageBody") {
        *body = Value::String(sdk::text(body));
    }
    match attempt_call(tx, |tx| calls::sqs_send_message(Value::Object(input), tx, context))? {
        Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
        Ok(output) => {
            let result: Map<String, Value> = match output {
                Value::Object(members) => members,
                _ => Map::new(),
            };
            let length = serde_json::to_string(&result).map_or(0, |text| text.len());
            let headers = |facts: &sdk::Facts| sdk::plain_headers(facts, "application/x-amz-json-1.0");
            Ok(Called::Answered(sdk::with_metadata(result, 200, length, headers, context)))
        }
    }
}
