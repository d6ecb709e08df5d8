//! Methods and paths matched to operations, and their inputs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::error::ApiError;
use crate::message::Request;
use crate::service::Service;
use crate::types::Blob;

const TABLE: &[RestOperation] = &[
    RestOperation {
        operation: "ListFunctions",
        method: "GET",
        path: "/2015-03-31/functions/",
        members: &[Binding::Query { name: "MaxItems", member: "MaxItems" }],
    },
    RestOperation {
        operation: "CreateFunction",
        method: "POST",
        path: "/2015-03-31/functions",
        members: &[],
    },
    RestOperation {
        operation: "Invoke",
        method: "POST",
        path: "/2015-03-31/functions/{FunctionName}/invocations",
        members: &[
            Binding::Query { name: "Qualifier", member: "Qualifier" },
            Binding::Header { name: "X-Amz-Invocation-Type", member: "InvocationType" },
            Binding::Payload { member: "Payload" },
        ],
    },
    RestOperation {
        operation: "UntagResource",
        method: "DELETE",
        path: "/2017-03-31/tags/{Resource+}",
        members: &[Binding::Query { name: "tagKeys", member: "TagKeys" }],
    },
    RestOperation {
        operation: "TagResource",
        method: "POST",
        path: "/2017-03-31/tags/{Resource+}",
        members: &[],
    },
];

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Input {
    function_name: Option<String>,
    qualifier: Option<String>,
    invocation_type: Option<String>,
    payload: Option<Blob>,
    max_items: Option<i32>,
    resource: Option<String>,
    tag_keys: Option<Vec<String>>,
    tags: BTreeMap<String, String>,
}

fn read(
    method: &str,
    path: &str,
    query: &str,
    body: &[u8],
) -> Option<(&'static str, Result<Input, ApiError>)> {
    let headers = vec![("x-amz-invocation-type", "Event")];
    let request = Request { method, path, query, headers, body };
    let matched = find(TABLE, method, path)?;
    Some((matched.operation, decode(Service::Lambda, &matched, &request)))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_members_come_from_everywhere() {
    let path = "/2015-03-31/functions/f%3Alive/invocations";
    let expected = Input {
        function_name: text("f:live"),
        qualifier: text("live"),
        invocation_type: text("Event"),
        payload: Some(Blob(b"{not json".to_vec())),
        ..Input::default()
    };
    assert_eq!(read("POST", path, "Qualifier=live", b"{not json"), Some(("Invoke", Ok(expected))));

    let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af";
    let expected = Input {
        resource: text("arn:aws:lambda:us-east-1:1:function:f"),
        tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        ..Input::default()
    };
    let body = br#"{"Tags":{"a":"b"},"Resource":"the label wins","FunctionName":null}"#;
    let tag = read("POST", &format!("/2017-03-31/tags/{arn}"), "", body);
    assert_eq!(tag, Some(("TagResource", Ok(expected))));

    let keys = Some(vec!["a b".to_owned(), "c".to_owned()]);
    let expected = Input { resource: text("x/y"), tag_keys: keys, ..Input::default() };
    let untag = read("DELETE", "/2017-03-31/tags/x/y", "tagKeys=a%20b&tagKeys=c", b"");
    assert_eq!(untag, Some(("UntagResource", Ok(expected))));
}

#[test]
fn a_path_names_one_operation_or_none() {
    let name = |method, path| read(method, path, "", b"").map(|(operation, _)| operation);
    assert_eq!(name("GET", "/2015-03-31/functions"), Some("ListFunctions"));
    assert_eq!(name("GET", "/2015-03-31/functions/"), Some("ListFunctions"));
    assert_eq!(name("POST", "/2015-03-31/functions/"), Some("CreateFunction"));
    for (method, path) in [
        ("PUT", "/2015-03-31/functions"),
        ("POST", "/2015-03-31/functions/f"),
        ("POST", "/2015-03-31/functions//invocations"),
        ("POST", "/2015-03-31/functions/f/invocations/x"),
        ("POST", "/2015-03-31/functions/%ff/invocations"),
        ("POST", "/2017-03-31/tags/"),
        ("POST", ""),
    ] {
        assert_eq!(name(method, path), None, "{method} {path}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let message = |query: &str, body: &[u8]| {
        let operation = if body.is_empty() { "GET" } else { "POST" };
        read(operation, "/2015-03-31/functions", query, body).unwrap().1.unwrap_err().message
    };
    assert_eq!(message("MaxItems=x", b""), "STRING_VALUE can not be converted to an Integer");
    assert_eq!(message("", b"[]"), "Start of list found where not expected");
    assert_eq!(message("", br#"{"FunctionName":1}"#), "NUMBER_VALUE can not be converted to a String");
    assert_eq!(message("", b"{"), "");
}
