//! REST with XML documents, as S3 speaks it: method, bucket, key and the parameters that stand alone name the operation.
//!
//! Inputs are gathered as those of REST with JSON are ([`crate::rest_json::decode`]); an output's members go where a table
//! of the service says ([`RestOutput`]). A key is whatever follows the bucket, slashes at its ends included.

pub mod chunked;
pub mod document;
mod error;
mod output;
mod target;

pub use error::error;
pub use output::{HeaderForm, OutputHeader, RestOutput, success, with_payload};
pub use target::{Target, is_s3_host};

use crate::message::Request;
use crate::rest_json::{Binding, Matched};

/// What a path addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Service,
    Bucket,
    Object,
}

/// One operation: where several match, the first of a table is meant.
#[derive(Debug, Clone, Copy)]
pub struct XmlOperation {
    pub operation: &'static str,
    pub method: &'static str,
    pub resource: Resource,
    /// Parameters that have to be there, such as `uploads`.
    pub parameters: &'static [&'static str],
    /// A header that has to be there.
    pub header: Option<&'static str>,
    /// Members of the input that stand outside of the path.
    pub members: &'static [Binding],
}

/// The operation that a request names. A parameter that selects something else on the same path and that no operation of
/// the table asks for names none: `GET /bucket?versions` is no list of objects.
#[must_use]
pub fn find(
    table: &'static [XmlOperation],
    selecting: &[&str],
    target: &Target,
    request: &Request<'_>,
) -> Option<Matched> {
    let names: Vec<&str> = parameter_names(request.query).collect();
    let found = table.iter().find(|operation| {
        operation.method == request.method
            && operation.resource == target.resource()
            && operation.parameters.iter().all(|name| names.contains(name))
            && operation.header.is_none_or(|name| request.header(name).is_some())
    })?;
    let is_other = |name: &&str| selecting.contains(name) && !found.parameters.contains(name);
    if names.iter().any(is_other) {
        return None;
    }
    let bucket = target.bucket.iter().map(|bucket| ("Bucket", bucket.clone()));
    let key = target.key.iter().map(|key| ("Key", key.clone()));
    Some(Matched { operation: found.operation, members: found.members, labels: bucket.chain(key).collect() })
}

fn parameter_names(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').map(|field| field.split('=').next().unwrap_or(field))
}

#[cfg(test)]
mod tests;
