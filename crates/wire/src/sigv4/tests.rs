//! Signatures: the published vectors, and every way to be wrong.

use super::*;
use crate::error::ApiError;
use crate::message::Request;

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW: i64 = 1_704_164_645_000; // 20240102T030405Z
const MINUTE: i64 = 60_000;

const KNOWN: KeyLookup<'_> = KeyLookup::Known { secret: SECRET, session_token: None };
const TOKEN: &str = "TOKEN/EXAMPLE==";

/// Requests with the signatures that a public SDK's signer computed for them.
struct Vector {
    service: &'static str,
    request: Request<'static>,
    token: Option<&'static str>,
    signature: &'static str,
}

fn vectors() -> Vec<Vector> {
    vec![
        Vector {
            service: "states",
            request: Request {
                method: "POST",
                path: "/",
                query: "",
                headers: vec![
                    ("Host", "states.us-east-1.amazonaws.com"),
                    ("Content-Type", "application/x-amz-json-1.0"),
                    ("X-Amz-Target", "AWSStepFunctions.ListStateMachines"),
                ],
                body: b"{}",
            },
            token: None,
            signature: "feed10c5945dad60cddc27c0f9b8c303d473632df8de5d125694653c4426af99",
        },
        Vector {
            service: "sns",
            request: Request {
                method: "POST",
                path: "/",
                query: "",
                headers: vec![
                    ("Host", "sns.us-east-1.amazonaws.com"),
                    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
                ],
                body: b"Action=ListTopics&Version=2010-03-31",
            },
            token: Some(TOKEN),
            signature: "0c3601e2e171bf2c063dfd065ae4b646643ccbda2efc78a207e7b7ddf0bed5fe",
        },
        Vector {
            service: "lambda",
            request: Request {
                method: "GET",
                path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/policy",
                query: "Qualifier=%24LATEST",
                headers: vec![("Host", "lambda.us-east-1.amazonaws.com")],
                body: b"",
            },
            token: None,
            signature: "95028dcb4e6519e2d420903252948e65ddab4837c797e95c63674becdfe19380",
        },
    ]
}

fn lookup(token: Option<&str>) -> KeyLookup<'_> {
    KeyLookup::Known { secret: SECRET, session_token: token }
}

/// Signs at `NOW` and hands over the request as it would arrive.
fn with_signed<R>(vector: &Vector, check: impl FnOnce(&Request<'_>) -> R) -> R {
    let credentials =
        Credentials { access_key_id: KEY_ID, secret_access_key: SECRET, session_token: vector.token };
    let added = sign(&vector.request, credentials, "us-east-1", vector.service, NOW);
    let mut request = vector.request.clone();
    request.headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
    check(&request)
}

fn failure(request: &Request<'_>, key: KeyLookup<'_>, service: &str, now_ms: i64) -> Option<AuthFailure> {
    let claim = match Claim::of(request) {
        Ok(claim) => claim?,
        Err(failure) => return Some(failure),
    };
    verify(request, &claim, key, service, now_ms).err()
}

#[test]
fn the_vectors_are_signed_and_verified_to_the_letter() {
    for vector in vectors() {
        with_signed(&vector, |request| {
            let claim = Claim::of(request).unwrap().unwrap();
            assert_eq!(claim.signature, vector.signature, "{}", vector.service);
            assert_eq!(claim.scope.access_key_id, KEY_ID);
            assert_eq!(failure(request, lookup(vector.token), vector.service, NOW + 4 * MINUTE), None);
        });
    }
}

const PRESIGNED: &str = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKIDEXAMPLE%2F20240102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20240102T030405Z\
    &X-Amz-Expires=60&X-Amz-SignedHeaders=host\
    &X-Amz-Signature=1f0d282aa151d7c7baf126e7437a4e0273a46e9b679cb4c9d355728c46097b9b";

fn presigned(query: &str) -> Request<'_> {
    Request {
        method: "GET",
        path: "/",
        query,
        headers: vec![("host", "sts.us-east-1.amazonaws.com")],
        body: b"",
    }
}

#[test]
fn a_presigned_query_holds_until_it_expires() {
    assert_eq!(failure(&presigned(PRESIGNED), KNOWN, "sts", NOW + MINUTE), None);
    let expired = failure(&presigned(PRESIGNED), KNOWN, "sts", NOW + MINUTE + 1000).unwrap();
    assert!(matches!(expired, AuthFailure::Expired { allowed_ms: 60_000, .. }));
    let changed = PRESIGNED.replace("GetCallerIdentity", "AssumeRole");
    assert_eq!(failure(&presigned(&changed), KNOWN, "sts", NOW), Some(AuthFailure::BadSignature));
    for (name, value) in [
        ("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        ("X-Amz-Date=2", "X-Amz-Date=x"),
        ("HMAC-SHA256", "HMAC-SHA1"),
    ] {
        let broken = PRESIGNED.replace(name, value);
        assert!(
            matches!(failure(&presigned(&broken), KNOWN, "sts", NOW), Some(AuthFailure::Incomplete(_))),
            "{value}"
        );
    }
    let bare = Claim::of(&presigned("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20240102T030405Z"));
    assert_eq!(
        bare,
        Err(AuthFailure::Incomplete(
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include \
             'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the \
             query-string parameters."
                .to_owned()
        ))
    );
}

#[test]
fn whatever_is_changed_breaks_the_signature() {
    let vector = &vectors()[0];
    with_signed(vector, |signed| {
        let changed: [fn(&mut Request<'_>); 5] = [
            |request| request.method = "GET",
            |request| request.path = "/other",
            |request| request.query = "a=b",
            |request| request.body = b"{ }",
            |request| request.headers[0].1 = "elsewhere",
        ];
        for change in changed {
            let mut request = signed.clone();
            change(&mut request);
            assert_eq!(failure(&request, KNOWN, "states", NOW), Some(AuthFailure::BadSignature));
        }
        let other = KeyLookup::Known { secret: "other", session_token: None };
        assert_eq!(failure(signed, other, "states", NOW), Some(AuthFailure::BadSignature));
        // A header that isn't signed may be added on the way.
        let mut request = signed.clone();
        request.headers.push(("via", "proxy"));
        assert_eq!(failure(&request, KNOWN, "states", NOW), None);
    });
}

#[test]
fn the_first_failure_is_the_one_aws_names() {
    let vector = &vectors()[1];
    with_signed(vector, |request| {
        let check = |key, service, now| failure(request, key, service, now);
        assert_eq!(check(KeyLookup::Unknown, "sqs", 0), Some(AuthFailure::UnknownKey));
        assert_eq!(check(KeyLookup::Expired, "sqs", 0), Some(AuthFailure::ExpiredToken));
        assert_eq!(check(lookup(Some("other")), "sqs", 0), Some(AuthFailure::UnknownKey));
        assert_eq!(check(lookup(None), "sqs", 0), Some(AuthFailure::UnknownKey));
        let scope = "Credential should be scoped to correct service: 'sqs'.".to_owned();
        assert_eq!(check(lookup(Some(TOKEN)), "sqs", 0), Some(AuthFailure::WrongScope(scope)));
        let message = |now| ApiError::from(check(lookup(Some(TOKEN)), "sns", now).unwrap()).message;
        assert_eq!(
            message(NOW + 10 * MINUTE),
            "Signature expired: 20240102T030405Z is now earlier than 20240102T030905Z (20240102T031405Z - 5 min.)"
        );
        assert_eq!(
            message(NOW - 10 * MINUTE),
            "Signature not yet current: 20240102T030405Z is still later than 20240102T025905Z (20240102T025405Z + 5 min.)"
        );
    });
    // Long-term keys have no token, so one that is sent belongs to other credentials.
    with_signed(&Vector { token: Some("x"), ..vectors().remove(0) }, |request| {
        assert_eq!(failure(request, KNOWN, "states", NOW), Some(AuthFailure::UnknownKey));
    });
}

#[test]
fn an_authorization_that_cannot_be_read_is_incomplete() {
    let hash = "(Hashed with SHA-256 and encoded with Base64) Authorization=";
    let cases = [
        (
            "Bearer x",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed",
        ),
        (
            "AWS4-HMAC-SHA256 Credential",
            "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header (Hashed",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'",
        ),
        ("AWS4-HMAC-SHA256X Credential=a/b", "Authorization header requires 'Credential' parameter."),
        ("", "Authorization header requires 'Credential' parameter."),
    ];
    for (header, expected) in cases {
        let request = Request {
            headers: vec![("authorization", header), ("x-amz-date", "20240102T030405Z")],
            ..Request::default()
        };
        let Err(AuthFailure::Incomplete(text)) = Claim::of(&request) else { panic!("{header}") };
        assert!(text.starts_with(expected), "{header}: {text}");
        assert!(!expected.ends_with("(Hashed") || text.contains(hash), "{header}: {text}");
    }
    let undated = Request {
        headers: vec![("authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c")],
        ..Request::default()
    };
    let Err(AuthFailure::Incomplete(text)) = Claim::of(&undated) else { panic!("no date") };
    assert!(text.starts_with("Authorization header requires existence of either a 'X-Amz-Date'"), "{text}");
    assert_eq!(Claim::of(&Request::default()), Ok(None));
}

#[test]
fn the_host_and_the_target_must_be_signed() {
    let unsigned = |headers: &'static str, target: bool| {
        let credential =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-east-1/states/aws4_request, Signature=x";
        let authorization = format!("{credential}, SignedHeaders={headers}");
        let mut list = vec![("authorization", authorization.as_str()), ("x-amz-date", "20240102T030405Z")];
        if target {
            list.push(("x-amz-target", "AWSStepFunctions.DeleteStateMachine"));
        }
        failure(&Request { headers: list, ..Request::default() }, KNOWN, "states", NOW).unwrap()
    };
    assert!(
        matches!(unsigned("x-amz-date", false), AuthFailure::WrongScope(text) if text.starts_with("'Host'"))
    );
    assert!(
        matches!(unsigned("host;x-amz-date", true), AuthFailure::WrongScope(text) if text.starts_with("'x-amz-target'"))
    );
    assert_eq!(unsigned("host;x-amz-date", false), AuthFailure::BadSignature);
}

#[test]
fn failures_have_the_codes_of_each_protocol() {
    let cases = [
        (AuthFailure::Missing, "MissingAuthenticationTokenException", 403, "MissingAuthenticationToken", 403),
        (
            AuthFailure::Incomplete(String::new()),
            "IncompleteSignatureException",
            400,
            "IncompleteSignature",
            400,
        ),
        (AuthFailure::UnknownKey, "UnrecognizedClientException", 403, "InvalidClientTokenId", 403),
        (AuthFailure::BadSignature, "InvalidSignatureException", 403, "SignatureDoesNotMatch", 403),
        (AuthFailure::invalid_region(), "InvalidSignatureException", 403, "SignatureDoesNotMatch", 403),
        (AuthFailure::ExpiredToken, "ExpiredTokenException", 403, "ExpiredToken", 403),
    ];
    for (failure, code, rest_status, query_code, query_status) in cases {
        let error = ApiError::from(failure);
        assert_eq!((error.code.as_ref(), error.status, error.rest_status()), (code, 400, rest_status));
        assert_eq!((error.query_code(), error.query_status()), (query_code, query_status));
    }
}

#[test]
fn no_header_makes_it_panic() {
    const PIECES: [&str; 14] = [
        "AWS4-HMAC-SHA256",
        " ",
        ",",
        "=",
        "Credential",
        "/",
        "20240102",
        "aws4_request",
        "SignedHeaders",
        ";",
        "host",
        "Signature",
        "é",
        "%",
    ];
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for _ in 0..20_000 {
        let text: String = (0..next() % 20).map(|_| PIECES[next() % PIECES.len()]).collect();
        let headers =
            vec![("authorization", text.as_str()), ("x-amz-date", "20240102T030405Z"), ("host", &text)];
        let request = Request { path: &text, query: &text, headers, ..Request::default() };
        let _ = Scope::peek(&request);
        let _ = failure(&request, KNOWN, "states", NOW);
    }
}

/// The example of AWS's page on signed pieces: 65 KiB of `a` in two pieces.
#[test]
fn the_pieces_of_the_published_example_are_signed_one_after_another() {
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let request = Request {
        method: "PUT",
        path: "/examplebucket/chunkObject.txt",
        headers: vec![
            ("host", "s3.amazonaws.com"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("authorization", authorization),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("content-length", "66824"),
        ],
        ..Request::default()
    };
    let claim = Claim::of(&request).unwrap().unwrap();
    let key = KeyLookup::Known { secret: SECRET, session_token: None };
    verify(&request, &claim, key, "s3", 1_369_353_600_000).unwrap();
    let mut signer = PieceSigner::after(&claim, SECRET);
    let pieces = [
        (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ];
    for (length, signature) in pieces {
        signer.verify_piece(&vec![b'a'; length], Some(signature)).unwrap();
    }
    assert_eq!(signer.verify_piece(b"", None), Err(AuthFailure::BadSignature));
}
