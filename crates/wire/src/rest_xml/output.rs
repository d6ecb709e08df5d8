//! Outputs of REST with XML: some members are headers, the others an XML document, or the body is bytes of their own.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::message::Response;
use crate::render::{Envelope, RenderError};
use crate::{time, xml};

/// Where the members of an operation's output stand.
#[derive(Debug, Clone, Copy)]
pub struct RestOutput {
    /// The name of the document's element; `None` for an output that is headers alone.
    pub root: Option<&'static str>,
    pub headers: &'static [OutputHeader],
}

/// A member that is a header.
#[derive(Debug, Clone, Copy)]
pub struct OutputHeader {
    pub member: &'static str,
    pub header: &'static str,
    pub form: HeaderForm,
}

/// How a member is written as a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderForm {
    Text,
    /// Epoch seconds, written as HTTP writes a date.
    Date,
    /// A map: one header for each entry, whose name begins so.
    Prefix,
}

impl OutputHeader {
    #[must_use]
    pub const fn text(member: &'static str, header: &'static str) -> OutputHeader {
        OutputHeader { member, header, form: HeaderForm::Text }
    }

    #[must_use]
    pub const fn date(member: &'static str, header: &'static str) -> OutputHeader {
        OutputHeader { member, header, form: HeaderForm::Date }
    }

    #[must_use]
    pub const fn prefix(member: &'static str, header: &'static str) -> OutputHeader {
        OutputHeader { member, header, form: HeaderForm::Prefix }
    }
}

/// The bytes of an output. The caller may choose another status.
pub fn success<T: Serialize + ?Sized>(envelope: &Envelope<'_>, output: &T) -> Result<Response, String> {
    let body = match envelope.output.and_then(|output| output.root) {
        Some(root) => document(envelope, root, output)?,
        None => String::new(),
    };
    let content_type = (!body.is_empty()).then_some("application/xml");
    let response = headers(envelope, output, Response::new(200, body))?;
    Ok(match content_type {
        Some(content_type) => response.with_header("Content-Type", content_type),
        None => response,
    })
}

/// The bytes of an output whose body isn't a document of ours.
///
/// # Errors
/// A defect of ours: members that are no structure.
pub fn with_payload<T: Serialize + ?Sized>(
    envelope: &Envelope<'_>,
    output: &T,
    body: Bytes,
) -> Result<Response, RenderError> {
    headers(envelope, output, Response::new(200, body)).map_err(|reason| envelope.unwritable(reason))
}

fn document<T: Serialize + ?Sized>(
    envelope: &Envelope<'_>,
    root: &'static str,
    output: &T,
) -> Result<String, String> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let start = out.len();
    xml::write_element(&mut out, root, output, envelope.style).map_err(|error| error.to_string())?;
    let namespace = envelope.service.xml_namespace().unwrap_or_default();
    let tag_end = start + 1 + root.len();
    if out.get(start + 1..tag_end) == Some(root) {
        out.insert_str(tag_end, &format!(" xmlns=\"{namespace}\""));
    }
    Ok(out)
}

fn headers<T: Serialize + ?Sized>(
    envelope: &Envelope<'_>,
    output: &T,
    response: Response,
) -> Result<Response, String> {
    let mut response = response
        .with_header("x-amz-request-id", envelope.request_id)
        .with_header("x-amz-id-2", envelope.request_id);
    let Some(table) = envelope.output.filter(|table| !table.headers.is_empty()) else { return Ok(response) };
    let members = match serde_json::to_value(output).map_err(|error| error.to_string())? {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        _ => return Err("it has headers and is no structure".to_owned()),
    };
    for OutputHeader { member, header, form } in table.headers {
        match (form, members.get(*member)) {
            (_, None | Some(Value::Null)) => {}
            (HeaderForm::Prefix, Some(Value::Object(entries))) => {
                for (name, value) in entries {
                    response = response.with_header(format!("{header}{name}"), text(value));
                }
            }
            (HeaderForm::Date, Some(value)) => {
                let millis = value.as_f64().map(|seconds| (seconds * 1000.0) as i64);
                response = response.with_header(*header, time::http_date(millis.unwrap_or_default()));
            }
            (_, Some(value)) => response = response.with_header(*header, text(value)),
        }
    }
    Ok(response)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
