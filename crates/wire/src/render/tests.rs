//! Outputs and errors as each protocol writes them.

use std::collections::BTreeMap;

use super::*;
use crate::error::CORAL_SERVICE;

const ID: &str = "c1a2";

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

fn envelope(service: Service, protocol: Protocol, operation: &str) -> Envelope<'_> {
    Envelope::new(service, protocol, operation, ID)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Empty {}

#[test]
fn results_of_each_protocol() {
    let output = BTreeMap::from([("k", "v")]);
    let cases: [(Service, Protocol, &str, &str); 4] = [
        (Service::States, Protocol::AwsJson10, "application/x-amz-json-1.0", r#"{"k":"v"}"#),
        (Service::Logs, Protocol::AwsJson11, "application/x-amz-json-1.1", r#"{"k":"v"}"#),
        (Service::Lambda, Protocol::RestJson, "application/json", r#"{"k":"v"}"#),
        (
            Service::Sns,
            Protocol::Query,
            "text/xml",
            "<OpResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><OpResult><entry><key>k</key>\
             <value>v</value></entry></OpResult><ResponseMetadata><RequestId>c1a2</RequestId></ResponseMetadata>\
             </OpResponse>",
        ),
    ];
    for (service, protocol, content_type, body) in cases {
        let response = envelope(service, protocol, "Op").success(&output).unwrap();
        assert_eq!((response.status, text(&response)), (200, body));
        assert_eq!(response.header("content-type"), Some(content_type));
        assert_eq!(response.header("x-amzn-requestid"), Some(ID));
    }
}

#[test]
fn an_operation_without_output_has_no_result() {
    let sqs = envelope(Service::Sqs, Protocol::Query, "DeleteMessage");
    let metadata = "<ResponseMetadata><RequestId>c1a2</RequestId></ResponseMetadata></DeleteMessageResponse>";
    let start =
        "<?xml version=\"1.0\"?><DeleteMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">";
    assert_eq!(text(&sqs.success(&()).unwrap()), format!("{start}{metadata}"));
    let empty = format!("{start}<DeleteMessageResult></DeleteMessageResult>{metadata}");
    assert_eq!(text(&sqs.success(&Empty {}).unwrap()), empty);
    let states = envelope(Service::States, Protocol::AwsJson10, "SendTaskSuccess");
    assert_eq!(text(&states.success(&Empty {}).unwrap()), "{}");
    let lambda = envelope(Service::Lambda, Protocol::RestJson, "DeleteFunction").success(&()).unwrap();
    assert_eq!((text(&lambda), lambda.header("content-type")), ("", None));
}

#[test]
fn errors_of_each_service() {
    let gone = || ApiError::bad_request("StateMachineDoesNotExist", "State Machine Does Not Exist: 'x'");
    let queue = || {
        ApiError::bad_request("QueueDoesNotExist", "The specified queue does not exist.")
            .with_query_code("AWS.SimpleQueueService.NonExistentQueue")
            .with_query_message("The specified queue does not exist for this wsdl version.")
    };
    let response = envelope(Service::States, Protocol::AwsJson10, "X").error(&gone());
    assert_eq!(
        text(&response),
        r#"{"__type":"com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'x'"}"#
    );
    assert_eq!(response.header("x-amzn-query-error"), None);

    let response = envelope(Service::Sqs, Protocol::AwsJson10, "X").error(&queue());
    assert_eq!(
        text(&response),
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#
    );
    assert_eq!(response.header("x-amzn-query-error"), Some("AWS.SimpleQueueService.NonExistentQueue;Sender"));

    let response = envelope(Service::Sqs, Protocol::Query, "X").error(&queue());
    assert_eq!(
        text(&response),
        "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>\
         <Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist for this \
         wsdl version.</Message><Detail/></Error><RequestId>c1a2</RequestId></ErrorResponse>"
    );

    let response = envelope(Service::Sns, Protocol::Query, "X").error(&ApiError::new("NotFound", 404, "<&>"));
    assert_eq!(response.status, 404);
    assert_eq!(
        text(&response),
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>NotFound</Code><Message>&lt;&amp;&gt;</Message></Error><RequestId>c1a2</RequestId></ErrorResponse>"
    );

    let response = envelope(Service::Logs, Protocol::AwsJson11, "X").error(&ApiError::bad_request(
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    ));
    assert_eq!(
        text(&response),
        r#"{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}"#
    );
}

#[test]
fn errors_of_rest_say_whose_fault_they_are() {
    let lambda = envelope(Service::Lambda, Protocol::RestJson, "GetFunction");
    let response = lambda.error(&ApiError::new("ResourceNotFoundException", 404, "Function not found: f"));
    assert_eq!(
        (response.status, text(&response)),
        (404, r#"{"Type":"User","Message":"Function not found: f"}"#)
    );
    assert_eq!(response.header("x-amzn-ErrorType"), Some("ResourceNotFoundException"));
    let denied = lambda.error(&ApiError::access_denied(Service::Lambda, "User: x"));
    assert_eq!((denied.status, text(&denied)), (403, r#"{"Message":"User: x"}"#));
    let failed = lambda.error(&ApiError::new("ServiceException", 500, "x"));
    assert_eq!(text(&failed), r#"{"Type":"Service","Message":"x"}"#);
}

#[test]
fn further_members_stand_beside_the_message() {
    let error = ApiError::bad_request("ValidationException", "m")
        .with_namespace(CORAL_SERVICE)
        .with_member("reason", "API_DOES_NOT_SUPPORT_LABELED_ARNS");
    assert_eq!(
        text(&envelope(Service::States, Protocol::AwsJson10, "X").error(&error)),
        r#"{"__type":"com.amazon.coral.service#ValidationException","message":"m","reason":"API_DOES_NOT_SUPPORT_LABELED_ARNS"}"#
    );
}
