//! Requests as a real SDK (boto3 1.43) rendered and signed them, kept in `testdata/wire/sdk_requests.json`:
//! each is routed, its signature is verified, and its input is read back to what the caller had given.
//!
//! Inputs are read without a type, so forms give texts only, and an empty list an empty text.

#![allow(clippy::unwrap_used, reason = "all of this file is a test")]

use serde_json::Value;
use stepwell_wire::rest_json::{self, Binding, RestOperation};
use stepwell_wire::rest_xml::{self, Resource, Target, XmlOperation};
use stepwell_wire::sigv4::{Claim, KeyLookup, verify};
use stepwell_wire::{Protocol, Request, Route, Service, route};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "TOKEN/EXAMPLE==";
const SIGNED_AT: i64 = 1_704_164_645_000;

const LAMBDA: &[RestOperation] = &[
    rest(
        "Invoke",
        "POST",
        "/2015-03-31/functions/{FunctionName}/invocations",
        &[
            Binding::Query { name: "Qualifier", member: "Qualifier" },
            Binding::Header { name: "X-Amz-Invocation-Type", member: "InvocationType" },
        ],
    ),
    rest("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings", &[]),
    rest("TagResource", "POST", "/2017-03-31/tags/{Resource}", &[]),
    rest(
        "UntagResource",
        "DELETE",
        "/2017-03-31/tags/{Resource}",
        &[Binding::Query { name: "tagKeys", member: "TagKeys" }],
    ),
    rest(
        "ListFunctions",
        "GET",
        "/2015-03-31/functions",
        &[
            Binding::Query { name: "MaxItems", member: "MaxItems" },
            Binding::Query { name: "FunctionVersion", member: "FunctionVersion" },
        ],
    ),
    rest("CreateFunction", "POST", "/2015-03-31/functions", &[]),
    rest("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy", &[]),
];

const S3: &[XmlOperation] = &[XmlOperation {
    operation: "ListBuckets",
    method: "GET",
    resource: Resource::Service,
    parameters: &[],
    header: None,
    members: &[],
}];

const fn rest(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    members: &'static [Binding],
) -> RestOperation {
    RestOperation { operation, method, path, members }
}

#[test]
fn what_an_sdk_sends_is_understood() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/wire/sdk_requests.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() > 25);
    for case in &cases {
        let request = request(case);
        let expected = &case["expected"];
        match route(&request) {
            Ok(found) => understood(&found, &request, expected),
            Err(refusal) => {
                assert!(expected["refused"].is_string(), "{expected}: {refusal:?}");
                assert!((400..500).contains(&refusal.render("id").status));
            }
        }
    }
}

fn understood(found: &Route, request: &Request<'_>, expected: &Value) {
    assert_eq!(expected["service"], found.service.signing_name(), "{expected}");
    assert_eq!((found.region.as_str(), found.access_key_id.as_deref()), ("us-east-1", Some("AKIDEXAMPLE")));
    let (operation, input) = match &found.operation {
        Some(operation) => {
            (operation.clone(), without_envelope(found, found.json_or_query_input(request).unwrap()))
        }
        None if found.service == Service::S3 => {
            let target = Target::of(request).unwrap();
            let matched = rest_xml::find(S3, &[], &target, request).unwrap();
            let input = rest_json::decode::<Value>(found.service, &matched, request).unwrap();
            (matched.operation.to_owned(), input)
        }
        None => {
            assert_eq!((found.service, found.protocol), (Service::Lambda, Protocol::RestJson));
            let matched = rest_json::find(LAMBDA, request.method, request.path).unwrap();
            let input = rest_json::decode::<Value>(found.service, &matched, request).unwrap();
            (matched.operation.to_owned(), input)
        }
    };
    assert_eq!(expected["operation"], operation);
    assert_eq!(expected["input"], input, "{operation}");
    let claim = Claim::of(request).unwrap().unwrap();
    let session_token = claim.session_token.is_some().then_some(TOKEN);
    let key = KeyLookup::Known { secret: SECRET, session_token };
    assert_eq!(verify(request, &claim, key, found.service.signing_name(), SIGNED_AT), Ok(()), "{operation}");
}

/// A form names its action among its members.
fn without_envelope(found: &Route, mut input: Value) -> Value {
    if let (Protocol::Query, Some(members)) = (found.protocol, input.as_object_mut()) {
        members.remove("Action");
        members.remove("Version");
    }
    input
}

fn request(case: &Value) -> Request<'_> {
    let text = |name: &str| case[name].as_str().unwrap();
    let headers = case["headers"].as_object().unwrap();
    Request {
        method: text("method"),
        path: text("path"),
        query: text("query"),
        headers: headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect(),
        body: text("body").as_bytes(),
    }
}
