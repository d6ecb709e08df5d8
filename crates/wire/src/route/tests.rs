//! Requests of real clients and the operations they name.

use serde::Deserialize;

use super::*;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
const TARGET: &str = "X-Amz-Target";

fn request<'a>(method: &'a str, url: &'a str, headers: &[(&'a str, &'a str)], body: &'a str) -> Request<'a> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Request { method, path, query, headers: headers.to_vec(), body: body.as_bytes() }
}

/// `service protocol operation region`, or `refused status code`.
fn outcome(request: &Request<'_>) -> String {
    match route(request) {
        Ok(route) => format!(
            "{} {:?} {} {}",
            route.service.signing_name(),
            route.protocol,
            route.operation.as_deref().unwrap_or("-"),
            route.region
        ),
        Err(refusal) => {
            let response = refusal.render("id");
            assert!((400..500).contains(&response.status), "{refusal:?}");
            format!("refused {:?} {} {}", refusal.form, response.status, refusal.error.code)
        }
    }
}

#[test]
fn a_request_names_its_service_operation_and_protocol() {
    let json10 = ("Content-Type", "application/x-amz-json-1.0");
    let json11 = ("Content-Type", "application/x-amz-json-1.1; charset=utf-8");
    let auth = |service: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=k/20240102/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
        )
    };
    let [sts, s3, eks, lambda, sqs, bad] = ["sts", "s3", "eks", "lambda", "sqs", "sqs"].map(auth);
    let bad = bad.replace("eu-west-1", "EU:1");
    let cases: Vec<(Request<'_>, &str)> = vec![
        (
            request("POST", "/", &[(TARGET, "AWSStepFunctions.StartExecution"), json10], "{}"),
            "states AwsJson10 StartExecution us-east-1",
        ),
        (
            request("POST", "/", &[(TARGET, "AWSStepFunctions.X"), json11], "{}"),
            "states AwsJson11 X us-east-1",
        ),
        (
            request("POST", "/", &[(TARGET, "AmazonSQS.SendMessage"), ("authorization", &sqs)], "{}"),
            "sqs AwsJson10 SendMessage eu-west-1",
        ),
        (
            request("POST", "/", &[(TARGET, "Logs_20140328.PutLogEvents")], "{}"),
            "logs AwsJson11 PutLogEvents us-east-1",
        ),
        (
            request("POST", "/", &[(TARGET, "DynamoDB_20120810.ListTables"), json10], "{}"),
            "refused Json10 400 UnknownOperationException",
        ),
        (request("POST", "/", &[(TARGET, "nonsense")], "{}"), "refused Json11 400 UnknownOperationException"),
        (
            request("POST", "/", &[FORM], "Action=ListTopics&Version=2010-03-31"),
            "sns Query ListTopics us-east-1",
        ),
        (
            request("POST", "/", &[], "Version=2010-05-15&Action=ListStacks"),
            "cloudformation Query ListStacks us-east-1",
        ),
        (
            request("GET", "/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn=a", &[], ""),
            "sns Query Unsubscribe us-east-1",
        ),
        (
            request("GET", "/?Action=ConfirmSubscription&TopicArn=t&Token=x", &[], ""),
            "sns Query ConfirmSubscription us-east-1",
        ),
        (
            request("POST", "/", &[FORM, ("authorization", &sts)], "Action=GetCallerIdentity"),
            "sts Query GetCallerIdentity eu-west-1",
        ),
        (
            request("POST", "/", &[FORM, ("host", "iam.amazonaws.com")], "Action=ListRoles"),
            "iam Query ListRoles us-east-1",
        ),
        (
            request("POST", "/", &[FORM, ("host", "queue.ap-south-1.localhost:4566")], "Action=ListQueues"),
            "sqs Query ListQueues ap-south-1",
        ),
        (
            request("POST", "/", &[FORM, ("host", "sqs.localhost:4566")], "Action=ListQueues"),
            "sqs Query ListQueues us-east-1",
        ),
        (
            request("POST", "/123456789012/q", &[FORM], "Action=ReceiveMessage"),
            "sqs Query ReceiveMessage us-east-1",
        ),
        (request("POST", "/", &[FORM], "Action=ListQueues"), "refused Query 400 InvalidAction"),
        (
            request("POST", "/", &[FORM], "Action=DescribeInstances&Version=2016-11-15"),
            "refused Query 400 InvalidAction",
        ),
        (
            request("POST", "/", &[FORM], "Action=%ff&Version=2010-03-31"),
            "refused Query 400 SerializationException",
        ),
        (request("POST", "/", &[FORM], "Action=X&Version=2016-11-23"), "refused Query 400 InvalidAction"),
        (
            request("POST", "/", &[FORM, ("authorization", &bad)], "Action=X&Version=2012-11-05"),
            "refused Query 403 InvalidSignatureException",
        ),
        (
            request("POST", "/2015-03-31/functions/f/invocations", &[], "Action=x"),
            "lambda RestJson - us-east-1",
        ),
        (request("GET", "/2099-01-01/new", &[("authorization", &lambda)], ""), "lambda RestJson - eu-west-1"),
        (
            request("GET", "/2018-06-01/runtime/invocation/next", &[], ""),
            "refused RestJson 404 UnknownOperationException",
        ),
        (request("GET", "/bucket/key", &[("authorization", &s3)], ""), "s3 RestXml - eu-west-1"),
        (request("HEAD", "/bucket", &[("authorization", &s3)], ""), "s3 RestXml - eu-west-1"),
        (
            request("GET", "/clusters", &[("authorization", &eks)], ""),
            "refused RestJson 404 UnknownOperationException",
        ),
        (request("GET", "/", &[], ""), "refused RestJson 404 UnknownOperationException"),
        (request("GET", "/", &[("authorization", &sts)], ""), "refused Query 400 UnknownOperationException"),
        (
            request("POST", "/service/x/operation/y", &[("smithy-protocol", "rpc-v2-cbor")], ""),
            "refused Cbor 400 UnknownOperationException",
        ),
        (
            request(
                "POST",
                "/",
                &[("content-type", "application/json")],
                "Action=ListTopics&Version=2010-03-31",
            ),
            "refused RestJson 404 UnknownOperationException",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(outcome(&request), expected, "{request:?}");
    }
}

#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<i32>,
}

#[test]
fn one_input_serves_both_protocols_and_the_path_names_the_queue() {
    let expected =
        Receive { queue_url: "http://h:1/123456789012/q".to_owned(), max_number_of_messages: Some(2) };
    let json = request(
        "POST",
        "/",
        &[(TARGET, "AmazonSQS.ReceiveMessage")],
        r#"{"QueueUrl":"http://h:1/123456789012/q","MaxNumberOfMessages":2}"#,
    );
    let form = request(
        "POST",
        "/123456789012/q",
        &[FORM, ("host", "h:1")],
        "Action=ReceiveMessage&Version=2012-11-05&MaxNumberOfMessages=2",
    );
    for request in [json, form] {
        assert_eq!(route(&request).unwrap().json_or_query_input::<Receive>(&request), Ok(expected.clone()));
    }
}

#[test]
fn a_key_of_twelve_digits_names_an_account() {
    let hint = |key: &str| {
        let auth = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20240102/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x"
        );
        let request =
            request("POST", "/", &[(TARGET, "AmazonSQS.ListQueues"), ("authorization", &auth)], "{}");
        route(&request).unwrap().account_hint().map(str::to_owned)
    };
    assert_eq!(hint("123456789012").as_deref(), Some("123456789012"));
    assert_eq!(hint("AKIDEXAMPLE"), None);
}
