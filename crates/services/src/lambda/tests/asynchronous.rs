//! Asynchronous invocations: tried again, given up, and told on.

use super::*;
use crate::effect::InvokeFunction;
use crate::lambda::PutFunctionEventInvokeConfig;

/// Accepts an asynchronous invocation and gives it with the id that it is owed under.
fn asynchronous(world: &mut World) -> (u64, InvokeFunction) {
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    world.send(InvokeEvent(arn));
    owed(world).expect("an invocation that is owed")
}

struct InvokeEvent(String);

impl crate::operation::AnyCommand for InvokeEvent {
    fn name(&self) -> &'static str {
        "InvokeEvent"
    }

    fn apply_any(
        &self,
        tx: &mut crate::tx::Tx,
        context: &mut Context,
    ) -> Result<Box<dyn crate::operation::Reply>, Failure> {
        let found = crate::calls::send_event(&self.0, "{\"a\":1}".to_owned(), tx, context)?;
        Ok(Box::new(json!({ "found": found })))
    }
}

fn owed(world: &World) -> Option<(u64, InvokeFunction)> {
    world.owed.iter().find_map(|owed| match &owed.effect {
        Effect::Invoke(invoke) => Some((owed.id, invoke.clone())),
        _ => None,
    })
}

#[test]
fn a_failed_event_is_tried_again_after_one_and_two_minutes_and_then_is_a_dead_letter() {
    let mut world = world();
    world.call(input::<crate::sqs::CreateQueue>(json!({"QueueName": "dead"}))).unwrap();
    let dead = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead");
    world.call(function(json!({"DeadLetterConfig": {"TargetArn": dead}}))).unwrap();
    prepare(&mut world, Ok(()));
    let (mut id, first) = asynchronous(&mut world);
    for pause_s in [60, 120] {
        world.complete(id, ran("{\"errorMessage\":\"oops\"}", Some("Unhandled")));
        assert_eq!(owed(&world), None);
        world.pass(pause_s * 1000 - 1);
        assert_eq!(owed(&world), None, "before {pause_s} s");
        world.pass(1);
        let (next, invoke) = owed(&world).expect("the next try");
        assert_eq!(invoke, first, "the same request");
        id = next;
        world = world.restart();
    }
    world.complete(id, ran("{\"errorMessage\":\"oops\"}", Some("Unhandled")));
    assert_eq!((owed(&world), rows_of(&world, Family::Invocation)), (None, 0));
    let url = format!("http://localhost:4566/{ACCOUNT}/dead");
    let receive = json!({"QueueUrl": url, "MessageAttributeNames": ["All"]});
    let received = world.call(input::<crate::sqs::ReceiveMessage>(receive)).unwrap();
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], "{\"a\":1}");
    assert_eq!(message["MessageAttributes"]["ErrorCode"]["StringValue"], "200");
    assert_eq!(message["MessageAttributes"]["ErrorMessage"]["StringValue"], "oops");
    assert_eq!(message["MessageAttributes"]["RequestID"]["StringValue"], first.request_id);
}

#[test]
fn an_event_that_succeeds_is_done_and_one_that_cannot_run_waits() {
    let mut world = with_function(json!({}));
    let (id, _) = asynchronous(&mut world);
    let throttled = FunctionAnswer::Refused {
        code: "TooManyRequestsException".to_owned(),
        status: 429,
        message: "Rate Exceeded.".to_owned(),
    };
    world.complete(id, EffectResult::Invoked(throttled));
    assert_eq!(owed(&world), None);
    world.pass(2000);
    let (id, _) = owed(&world).expect("the next try");
    world.complete(id, ran("null", None));
    assert_eq!((owed(&world), rows_of(&world, Family::Invocation)), (None, 0));
    world.complete(id, ran("null", None));
}

fn queue(world: &mut World, name: &str) -> String {
    world.call(input::<crate::sqs::CreateQueue>(json!({"QueueName": name}))).unwrap();
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

fn body_of(world: &mut World, queue: &str) -> Value {
    let url = format!("http://localhost:4566/{ACCOUNT}/{queue}");
    let received = world.call(input::<crate::sqs::ReceiveMessage>(json!({ "QueueUrl": url }))).unwrap();
    serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap_or("null")).unwrap()
}

#[test]
fn destinations_are_told_of_success_and_of_failure() {
    let mut world = with_function(json!({}));
    let (good, bad) = (queue(&mut world, "good"), queue(&mut world, "bad"));
    let destinations = json!({"OnSuccess": {"Destination": good}, "OnFailure": {"Destination": bad}});
    let config = json!({"FunctionName": "f", "MaximumRetryAttempts": 0, "DestinationConfig": destinations});
    world.call(input::<PutFunctionEventInvokeConfig>(config)).unwrap();

    let (id, invoke) = asynchronous(&mut world);
    world.complete(id, ran("\"done\"", None));
    let record = body_of(&mut world, "good");
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:$LATEST");
    let context = json!({
        "requestId": invoke.request_id, "functionArn": arn, "condition": "Success", "approximateInvokeCount": 1,
    });
    assert_eq!((&record["version"], &record["requestContext"]), (&json!("1.0"), &context));
    assert_eq!((&record["requestPayload"], &record["responsePayload"]), (&json!({"a": 1}), &json!("done")));
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));

    let (id, _) = asynchronous(&mut world);
    world.complete(id, ran("{\"errorMessage\":\"oops\"}", Some("Unhandled")));
    let record = body_of(&mut world, "bad");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(rows_of(&world, Family::Invocation), 0);
}

#[test]
fn an_event_that_grows_too_old_is_given_up() {
    let mut world = with_function(json!({}));
    let bad = queue(&mut world, "bad");
    let destinations = json!({"OnFailure": {"Destination": bad}});
    let config =
        json!({"FunctionName": "f", "MaximumEventAgeInSeconds": 60, "DestinationConfig": destinations});
    world.call(input::<PutFunctionEventInvokeConfig>(config)).unwrap();
    let (id, _) = asynchronous(&mut world);
    world.pass(1);
    world.complete(id, ran("{}", Some("Unhandled")));
    assert_eq!(body_of(&mut world, "bad")["requestContext"]["condition"], "EventAgeExceeded");
}

#[test]
fn a_destination_that_is_gone_loses_the_record_and_nothing_else() {
    let mut world = with_function(json!({}));
    let good = queue(&mut world, "good");
    let config = json!({"FunctionName": "f", "DestinationConfig": {"OnSuccess": {"Destination": good}}});
    world.call(input::<PutFunctionEventInvokeConfig>(config)).unwrap();
    let url = format!("http://localhost:4566/{ACCOUNT}/good");
    world.call(input::<crate::sqs::DeleteQueue>(json!({ "QueueUrl": url }))).unwrap();
    let (id, _) = asynchronous(&mut world);
    world.complete(id, ran("null", None));
    assert_eq!(rows_of(&world, Family::Invocation), 0);
}

#[test]
fn what_a_destination_cannot_be_is_refused_in_awss_words() {
    let mut world = with_function(json!({}));
    let own = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    let none = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:none");
    let cases = [
        (json!({}), "You must specify at least one of error handling or destination setting.".to_owned()),
        (json!({"DestinationConfig": {"OnSuccess": {"Destination": own}}}), "You can't specify the function as a destination for itself.".to_owned()),
        (json!({"DestinationConfig": {"OnFailure": {"Destination": none}}}), format!("The destination ARN {none} is invalid.")),
        (
            json!({"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:iam::000000000000:role/r"}}}),
            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::000000000000:role/r), onFailure=null) is invalid.".to_owned(),
        ),
    ];
    for (mut members, text) in cases {
        members["FunctionName"] = json!("f");
        let error = world.call(input::<PutFunctionEventInvokeConfig>(members.clone())).unwrap_err();
        assert_eq!((&*error.code, &error.message), ("InvalidParameterValueException", &text), "{members}");
    }
    let missing = json!({"FunctionName": "none", "MaximumRetryAttempts": 1});
    let error = world.call(input::<PutFunctionEventInvokeConfig>(missing)).unwrap_err();
    assert_eq!((error.status, &*error.message), (404, "The function doesn't exist."));
}
