//! The server as a client sees it: signed requests in AWS's JSON and query protocols and to the server's own API, and
//! its refusals as [`Failure`]s. Knows a protocol, no operation.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{HeaderMap, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use stepwell_wire::sigv4::{self, Credentials};
use stepwell_wire::{Request, Service, uri};

use crate::credentials::{self, Identity};
use crate::element::Element;
use crate::failure::{Failure, Outcome};
use crate::options::Options;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest answer that is read.
const LARGEST_ANSWER: usize = 64 << 20;
/// Below which the server's own API lives.
const OWN_API: &str = "/_stepwell/v1";

pub struct Client {
    endpoint: String,
    authority: String,
    /// What stands before each path, without a slash at the end.
    prefix: String,
    identity: Identity,
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What is asked of the server, before it is signed.
struct Asked<'a> {
    /// How a failure names it.
    operation: &'a str,
    /// The signing name of the service.
    service: &'a str,
    method: &'a str,
    path: &'a str,
    query: &'a str,
    content_type: &'a str,
    target: Option<String>,
    body: Bytes,
}

struct Answer {
    status: u16,
    body: String,
}

/// An answer that may be more than text.
struct Raw {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Client {
    pub fn new(options: &Options) -> Outcome<Client> {
        let endpoint = options.endpoint_url.clone();
        let (authority, prefix) = parts(&endpoint).ok_or_else(|| {
            Failure::told(format!("`{endpoint}` is no endpoint: http://… or https://… is asked for"))
        })?;
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_PATIENCE));
        let builder = HttpsConnectorBuilder::new();
        // A variable that is set to nothing is none, as for AWS's own command line.
        let bundle = options.ca_bundle.as_deref().filter(|bundle| !bundle.is_empty());
        let connector = match bundle {
            Some(bundle) => builder.with_tls_config(trusting(Path::new(bundle))?),
            None => builder.with_webpki_roots(),
        };
        let connector = connector.https_or_http().enable_http1().wrap_connector(tcp);
        let http = Http::builder(TokioExecutor::new()).build(connector);
        Ok(Client { endpoint, authority, prefix, identity: credentials::identity(options)?, http })
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// An operation of Step Functions.
    pub async fn states(&self, operation: &str, input: &Value) -> Outcome<Value> {
        let answer = self
            .ask(Asked {
                operation,
                service: Service::States.signing_name(),
                method: "POST",
                path: "/",
                query: "",
                content_type: "application/x-amz-json-1.0",
                target: Service::States.target_prefix().map(|prefix| format!("{prefix}.{operation}")),
                body: input.to_string().into(),
            })
            .await?;
        json_answer(operation, &answer)
    }

    /// All pages of a list of Step Functions, up to `most` entries.
    pub async fn states_list(
        &self,
        operation: &str,
        input: Value,
        list: &str,
        most: usize,
    ) -> Outcome<Vec<Value>> {
        let mut input = input;
        let mut entries = Vec::new();
        loop {
            let mut page = self.states(operation, &input).await?;
            if let Value::Array(more) = page[list].take() {
                entries.extend(more);
            }
            match page["nextToken"].take() {
                Value::String(next) if entries.len() < most => input["nextToken"] = Value::String(next),
                _ => break,
            }
        }
        entries.truncate(most);
        Ok(entries)
    }

    /// An operation of CloudFormation; the answer is its result element.
    pub async fn cloudformation(&self, operation: &str, parameters: &[(String, String)]) -> Outcome<Element> {
        let mut form = format!("Action={operation}&Version={}", Service::CloudFormation.version());
        for (name, value) in parameters {
            form.push_str(&format!("&{}={}", uri::encode(name), uri::encode(value)));
        }
        let answer = self
            .ask(Asked {
                operation,
                service: Service::CloudFormation.signing_name(),
                method: "POST",
                path: "/",
                query: "",
                content_type: "application/x-www-form-urlencoded; charset=utf-8",
                target: None,
                body: form.into(),
            })
            .await?;
        query_answer(operation, &answer)
    }

    /// A path of the server's own API, read.
    pub async fn own_read(&self, path: &str, parameters: &[(&str, &str)]) -> Outcome<Value> {
        let encoded = parameters.iter().map(|(name, value)| format!("{name}={}", uri::encode(value)));
        let query = encoded.collect::<Vec<_>>().join("&");
        self.own("GET", path, &query, "application/json", Bytes::new()).await
    }

    /// A path of the server's own API, given bytes.
    pub async fn own_write(&self, path: &str, content_type: &str, body: Bytes) -> Outcome<Value> {
        self.own("POST", path, "", content_type, body).await
    }

    /// Ends something at a path of the server's own API.
    pub async fn own_delete(&self, path: &str) -> Outcome<Value> {
        self.own("DELETE", path, "", "application/json", Bytes::new()).await
    }

    /// A path of the server's own API that answers with bytes; the value of a header with it, if it is there.
    pub async fn own_bytes(&self, path: &str, header: &str) -> Outcome<(Bytes, Option<String>)> {
        let operation = format!("GET {OWN_API}{path}");
        let path = format!("{OWN_API}{path}");
        let raw = self.ask_raw(own_asked(&operation, "GET", &path)).await?;
        if raw.status >= 400 {
            let body = String::from_utf8_lossy(&raw.body).into_owned();
            json_answer(&operation, &Answer { status: raw.status, body })?;
        }
        let value = raw.headers.get(header).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok((raw.body, value))
    }

    /// Whether the server answers requests, in its own words.
    pub async fn health(&self) -> Outcome<Value> {
        let operation = "GET /_stepwell/health";
        json_answer(operation, &self.ask(own_asked(operation, "GET", "/_stepwell/health")).await?)
    }

    async fn own(
        &self,
        method: &str,
        path: &str,
        query: &str,
        content_type: &str,
        body: Bytes,
    ) -> Outcome<Value> {
        let operation = format!("{method} {OWN_API}{path}");
        let path = format!("{OWN_API}{path}");
        let asked = Asked { query, content_type, body, ..own_asked(&operation, method, &path) };
        json_answer(&operation, &self.ask(asked).await?)
    }

    async fn ask(&self, asked: Asked<'_>) -> Outcome<Answer> {
        let Raw { status, body, .. } = self.ask_raw(asked).await?;
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn ask_raw(&self, asked: Asked<'_>) -> Outcome<Raw> {
        let request = self.signed(&asked)?;
        let unreachable = |reason: String| Failure::Unreachable { endpoint: self.endpoint.clone(), reason };
        let exchange = async {
            let response = self.http.request(request).await.map_err(|error| unreachable(causes(&error)))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
            let body =
                body.map_err(|error| unreachable(format!("its answer breaks off: {error}")))?.to_bytes();
            Ok(Raw { status, headers, body })
        };
        let late = || unreachable(format!("no answer to {} within {}s", asked.operation, PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| late())?
    }

    fn signed(&self, asked: &Asked<'_>) -> Outcome<hyper::Request<Full<Bytes>>> {
        let path = format!("{}{}", self.prefix, asked.path);
        let mut headers = vec![("host", self.authority.as_str()), ("content-type", asked.content_type)];
        headers.extend(asked.target.as_deref().map(|target| ("x-amz-target", target)));
        let request =
            Request { method: asked.method, path: &path, query: asked.query, headers, body: &asked.body };
        let Identity { access_key_id, secret_access_key, session_token, region } = &self.identity;
        let session_token = session_token.as_deref();
        let credentials = Credentials { access_key_id, secret_access_key, session_token };
        let added = sigv4::sign(&request, credentials, region, asked.service, wall_ms());
        let scheme = if self.endpoint.to_ascii_lowercase().starts_with("https:") { "https" } else { "http" };
        let question_mark = if asked.query.is_empty() { "" } else { "?" };
        let url = format!("{scheme}://{}{path}{question_mark}{}", self.authority, asked.query);
        let mut builder = hyper::Request::builder().method(asked.method).uri(url);
        for (name, value) in
            request.headers.iter().copied().chain(added.iter().map(|(n, v)| (*n, v.as_str())))
        {
            builder = builder.header(name, value);
        }
        let unmade =
            |error| Failure::told(format!("the request for {} can't be made: {error}", asked.operation));
        builder.body(Full::new(asked.body.clone())).map_err(unmade)
    }
}

/// What is asked of the server's own API.
fn own_asked<'a>(operation: &'a str, method: &'a str, path: &'a str) -> Asked<'a> {
    Asked {
        operation,
        service: "stepwell",
        method,
        path,
        query: "",
        content_type: "application/json",
        target: None,
        body: Bytes::new(),
    }
}

/// TLS that trusts the authorities of a file and no others.
fn trusting(bundle: &Path) -> Outcome<ClientConfig> {
    let unusable = |reason: String| Failure::told(format!("`{}` can't be used: {reason}", bundle.display()));
    let text =
        std::fs::read(bundle).map_err(|source| Failure::Unreadable { path: bundle.to_owned(), source })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate in PEM form".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Milliseconds since the epoch.
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn parts(endpoint: &str) -> Option<(String, String)> {
    let url = endpoint.parse::<Uri>().ok()?;
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.query().is_some() {
        return None;
    }
    Some((url.authority()?.as_str().to_owned(), url.path().trim_end_matches('/').to_owned()))
}

/// An error with what is behind it: the outermost says no more than that it went wrong.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn json_answer(operation: &str, answer: &Answer) -> Outcome<Value> {
    let unintelligible = |reason: String| Failure::Unintelligible { operation: operation.to_owned(), reason };
    let value = match answer.body.is_empty() {
        true if answer.status == 200 => json!({}),
        true => return Err(unintelligible(format!("HTTP status {} without a body", answer.status))),
        false => serde_json::from_str::<Value>(&answer.body)
            .map_err(|error| unintelligible(format!("HTTP status {}, no JSON: {error}", answer.status)))?,
    };
    if answer.status < 400 {
        return Ok(value);
    }
    let member = |names: [&str; 2]| names.iter().find_map(|name| value[*name].as_str());
    let code =
        member(["__type", "code"]).ok_or_else(|| unintelligible(format!("HTTP status {}", answer.status)))?;
    Err(Failure::Refused {
        operation: operation.to_owned(),
        code: code.rsplit_once('#').map_or(code, |(_, name)| name).to_owned(),
        message: member(["message", "Message"]).unwrap_or("no message").to_owned(),
    })
}

fn query_answer(operation: &str, answer: &Answer) -> Outcome<Element> {
    let unintelligible = |reason: String| Failure::Unintelligible { operation: operation.to_owned(), reason };
    let root = Element::parse(&answer.body)
        .map_err(|reason| unintelligible(format!("HTTP status {}, {reason}", answer.status)))?;
    if answer.status < 400 {
        // What has no result is answered by its response alone.
        return Ok(root.child(&format!("{operation}Result")).cloned().unwrap_or(root));
    }
    let error =
        root.child("Error").ok_or_else(|| unintelligible(format!("HTTP status {}", answer.status)))?;
    Err(Failure::Refused {
        operation: operation.to_owned(),
        code: error.text_of("Code").to_owned(),
        message: error.text_of("Message").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: std::fmt::Debug>(answer: Outcome<T>) -> String {
        answer.unwrap_err().line()
    }

    #[test]
    fn an_endpoint_has_an_authority_and_may_have_a_path() {
        let cases = [
            ("http://127.0.0.1:4566", Some(("127.0.0.1:4566", ""))),
            ("https://aws.example/", Some(("aws.example", ""))),
            ("http://[::1]:1/a/b/", Some(("[::1]:1", "/a/b"))),
            ("127.0.0.1:4566", None),
            ("ftp://x", None),
            ("http://", None),
            ("http://x?y", None),
            ("", None),
        ];
        for (endpoint, expected) in cases {
            let expected = expected.map(|(authority, prefix)| (authority.to_owned(), prefix.to_owned()));
            assert_eq!(parts(endpoint), expected, "{endpoint}");
        }
    }

    #[test]
    fn json_answers_are_read_and_refusals_named() {
        let answer =
            |status, body: &str| json_answer("StartExecution", &Answer { status, body: body.to_owned() });
        assert_eq!(answer(200, "{\"a\":1}").unwrap(), json!({"a": 1}));
        assert_eq!(answer(200, "").unwrap(), json!({}));
        let cases = [
            (400, "{\"__type\":\"ns#Gone\",\"message\":\"it is\"}", "StartExecution failed: Gone: it is"),
            (400, "{\"__type\":\"Gone\",\"Message\":\"m\"}", "StartExecution failed: Gone: m"),
            (404, "{\"code\":\"NotFound\",\"message\":\"m\"}", "StartExecution failed: NotFound: m"),
            (400, "{\"__type\":\"Gone\"}", "StartExecution failed: Gone: no message"),
            (
                502,
                "",
                "StartExecution got an answer that can't be understood: HTTP status 502 without a body",
            ),
            (500, "{}", "StartExecution got an answer that can't be understood: HTTP status 500"),
        ];
        for (status, body, expected) in cases {
            assert_eq!(refused(answer(status, body)), expected, "{body}");
        }
        let garbage = refused(answer(502, "<html>"));
        assert!(garbage.contains("HTTP status 502, no JSON: expected value"), "{garbage}");
    }

    #[test]
    fn query_answers_are_read_and_refusals_named() {
        let answer =
            |status, body: &str| query_answer("DeleteStack", &Answer { status, body: body.to_owned() });
        let result =
            "<DeleteStackResponse><DeleteStackResult><A>1</A></DeleteStackResult></DeleteStackResponse>";
        assert_eq!(answer(200, result).unwrap().text_of("A"), "1");
        assert_eq!(answer(200, "<DeleteStackResponse/>").unwrap().name, "DeleteStackResponse");
        let error = "<ErrorResponse><Error><Code>ValidationError</Code><Message>no &lt;x&gt;</Message></Error></ErrorResponse>";
        assert_eq!(refused(answer(400, error)), "DeleteStack failed: ValidationError: no <x>");
        assert_eq!(
            refused(answer(502, "")),
            "DeleteStack got an answer that can't be understood: HTTP status 502, it has no XML"
        );
        assert_eq!(
            refused(answer(500, "<x/>")),
            "DeleteStack got an answer that can't be understood: HTTP status 500"
        );
    }

    #[test]
    fn requests_are_signed_for_the_host_they_go_to() {
        let options = Options { endpoint_url: "http://127.0.0.1:4566/p/".to_owned(), ..Options::default() };
        let mut client = Client::new(&options).unwrap();
        client.identity = Identity {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("token".to_owned()),
            region: "eu-west-1".to_owned(),
        };
        let asked = Asked {
            operation: "x",
            service: "stepwell",
            method: "GET",
            path: "/_stepwell/v1/callbacks",
            query: "maxResults=1",
            content_type: "application/json",
            target: None,
            body: Bytes::new(),
        };
        let request = client.signed(&asked).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:4566/p/_stepwell/v1/callbacks?maxResults=1");
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect::<Vec<_>>();
        let received = Request {
            method: "GET",
            path: request.uri().path(),
            query: request.uri().query().unwrap(),
            headers,
            body: &[],
        };
        let claim = sigv4::Claim::of(&received).unwrap().unwrap();
        let key = sigv4::KeyLookup::Known { secret: "secret", session_token: Some("token") };
        sigv4::verify(&received, &claim, key, "stepwell", wall_ms()).unwrap();
        assert_eq!(claim.scope.region, "eu-west-1");
    }
}
