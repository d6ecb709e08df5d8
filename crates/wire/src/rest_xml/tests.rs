//! Targets, tables, documents and bodies in pieces, hostile ones among them.

use super::*;
use crate::error::ApiError;
use serde_json::{Value, json};

const TABLE: &[XmlOperation] = &[
    operation("CopyObject", "PUT", &[], Some("x-amz-copy-source")),
    operation("UploadPart", "PUT", &["partNumber", "uploadId"], None),
    operation("PutObject", "PUT", &[], None),
];

const fn operation(
    operation: &'static str,
    method: &'static str,
    parameters: &'static [&'static str],
    header: Option<&'static str>,
) -> XmlOperation {
    XmlOperation { operation, method, resource: Resource::Object, parameters, header, members: &[] }
}

fn request<'a>(host: &'a str, path: &'a str, query: &'a str) -> Request<'a> {
    Request { method: "PUT", path, query, headers: vec![("host", host)], body: b"" }
}

#[test]
fn the_bucket_stands_in_the_host_or_in_the_path() {
    let cases = [
        ("localhost:4566", "/b/k", Some("b"), Some("k")),
        ("127.0.0.1:4566", "/b", Some("b"), None),
        ("[::1]:4566", "/b/", Some("b"), None),
        ("localhost", "/", None, None),
        ("b.localhost:4566", "/k/", Some("b"), Some("k/")),
        ("s3.localhost:4566", "/b//k", Some("b"), Some("/k")),
        ("a.b.s3.eu-west-1.amazonaws.com", "/k%20%C3%A9", Some("a.b"), Some("k é")),
        ("s3.us-east-1.localhost", "/b/k", Some("b"), Some("k")),
        ("b.s3.localhost", "/", Some("b"), None),
    ];
    for (host, path, bucket, key) in cases {
        let target = Target::of(&request(host, path, "")).unwrap();
        assert_eq!((target.bucket.as_deref(), target.key.as_deref()), (bucket, key), "{host}{path}");
    }
    assert_eq!(Target::of(&request("localhost", "/b/%ff", "")), None);
}

#[test]
fn parameters_and_headers_name_the_operation() {
    let find = |query, header: Option<(&'static str, &'static str)>| {
        let mut request = request("localhost", "/b/k", query);
        request.headers.extend(header);
        find(TABLE, &["acl", "tagging", "uploadId"], &Target::of(&request).unwrap(), &request)
            .map(|matched| matched.operation)
    };
    assert_eq!(find("", None), Some("PutObject"));
    assert_eq!(find("x-id=PutObject", None), Some("PutObject"));
    assert_eq!(find("partNumber=1&uploadId=x", None), Some("UploadPart"));
    assert_eq!(find("", Some(("X-Amz-Copy-Source", "/b/k"))), Some("CopyObject"));
    assert_eq!(find("acl", None), None, "another operation's parameter is not passed over");
    assert_eq!(find("uploadId=x", None), None);
}

#[test]
fn a_document_is_read_and_a_hostile_one_refused() {
    let read = |text: &str| document::read(text.as_bytes());
    let delete = "<?xml version=\"1.0\"?><Delete xmlns=\"x\"><Object><Key>a &amp; &#98;</Key></Object>\
                  <Object><Key/></Object><Quiet>true</Quiet></Delete>";
    assert_eq!(read(delete).unwrap(), json!({"Object": [{"Key": "a & b"}, {"Key": ""}], "Quiet": "true"}));
    assert_eq!(read("  ").unwrap(), Value::Null);
    let deep = "<a>".repeat(1000);
    let entity = "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>";
    for hostile in ["<a>", "</a>", "<a></b>", "x", "<a/><b/>", "<a>&unknown;</a>", &deep, entity] {
        assert!(read(hostile).is_err(), "{hostile}");
    }
}

fn chunked(body: &str, length: &'static str) -> Result<chunked::Body, ApiError> {
    let headers = vec![
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", length),
    ];
    let request = Request { headers, body: body.as_bytes(), ..Request::default() };
    assert!(chunked::is_chunked(&request));
    chunked::decode(&request, None)
}

#[test]
fn pieces_are_put_together_and_what_ends_early_is_refused() {
    let body = chunked("5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "6").unwrap();
    assert_eq!(body.bytes, b"hello!");
    assert_eq!(body.trailers, [("x-amz-checksum-crc32".to_owned(), "AAAA".to_owned())]);
    assert_eq!(chunked("0\r\n\r\n", "0").unwrap().bytes, b"");
    for (hostile, length) in [
        ("", "0"),
        ("5\r\nhell", "5"),
        ("ffffffffffffffff\r\nx", "1"),
        ("fffffffffffffffff\r\nx", "1"),
        ("-1\r\nx\r\n0\r\n\r\n", "1"),
        ("1\r\nx\r\n", "1"),
        ("1\r\nx\r\n0\r\n\r\n", "2"),
        ("1\r\nx\r\n0\r\n\r\n", "x"),
        ("1\r\nxy0\r\n\r\n", "1"),
    ] {
        assert_eq!(chunked(hostile, length).unwrap_err().code, "IncompleteBody", "{hostile}");
    }
}

#[test]
fn what_any_service_may_say_is_said_in_s3s_words() {
    let rendered = |failure: ApiError| {
        let response = error(&failure, "id");
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    };
    let (status, text) = rendered(ApiError::throttling(crate::Service::S3));
    assert!(status == 503 && text.contains("<Code>SlowDown</Code>"), "{text}");
    let (status, text) = rendered(crate::sigv4::AuthFailure::UnknownKey.into());
    assert!(status == 403 && text.contains("<Code>InvalidAccessKeyId</Code>"), "{text}");
    let own = ApiError::new("NoSuchBucket", 404, "no <b>").with_member("BucketName", "b");
    let (status, text) = rendered(own);
    assert!(status == 404 && text.contains("<Message>no &lt;b&gt;</Message><BucketName>b</BucketName>"));
    assert_eq!(rendered(ApiError::new("NotModified", 304, "")), (304, String::new()));
}
