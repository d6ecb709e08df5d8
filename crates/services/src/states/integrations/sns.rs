//! `sns:publish`: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html>

use super::sdk::{self, Names};
use super::{Called, attempt_call};
use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value};

const NAMES: Names = Names {
    prefix: "SNS",
    service: "AmazonSNS",
    modelled: &[
        "AuthorizationError",
        "EndpointDisabled",
        "InternalError",
        "InvalidParameter",
        "InvalidParameterValue",
        "InvalidSecurity",
        "NotFound",
        "ThrottledException",
        "ParameterValueInvalid",
    ],
    base: "AmazonSNSException",
};

/// The length of AWS's XML answer to Publish, whose parts are all of fixed length.
const ANSWER_LENGTH: usize = 294;

pub fn publish(parameters: Value, tx: &mut Tx, context: &mut Context) -> Result<Called, Failure> {
    let mut input = match parameters {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Some(message) = input.get_mut("Message") {
        *message = Value::String(sdk::text(message));
    }
    match attempt_call(tx, |tx| calls::sns_publish(Value::Object(input), tx, context))? {
        Err(error) => Ok(sdk::failed(&NAMES, &error, context)),
        Ok(output) => {
            let result: Map<String, Value> = match output {
                Value::Object(members) => members,
                _ => Map::new(),
            };
            let headers = |facts: &sdk::Facts| sdk::plain_headers(facts, "text/xml");
            Ok(Called::Answered(sdk::with_metadata(result, 200, ANSWER_LENGTH, headers, context)))
        }
    }
}
