//! REST with JSON bodies, as Lambda speaks it: a table of methods and paths names the operation, and the
//! members of its input come from the path's labels, the query, headers and the body.
//!
//! The table is the service's; this room only matches and reads.

use crate::uri;

mod input;

pub use input::decode;

/// One operation: `POST /2015-03-31/functions/{FunctionName}/invocations`. A label `{Resource+}` takes the
/// rest of the path, slashes included.
#[derive(Debug, Clone, Copy)]
pub struct RestOperation {
    pub operation: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    /// Members of the input that stand outside of the body and of the path.
    pub members: &'static [Binding],
}

/// Where a member of an input stands.
#[derive(Debug, Clone, Copy)]
pub enum Binding {
    Query {
        name: &'static str,
        member: &'static str,
    },
    Header {
        name: &'static str,
        member: &'static str,
    },
    /// All headers whose names begin so, as a map of what is left of their names.
    HeaderPrefix {
        prefix: &'static str,
        member: &'static str,
    },
    /// The body as it is: bytes, not JSON.
    Payload {
        member: &'static str,
    },
    /// The body, an XML document.
    Document {
        member: &'static str,
    },
}

/// The operation that a request names.
#[derive(Debug, Clone)]
pub struct Matched {
    pub operation: &'static str,
    /// Members of the input that stand outside of the body and of the path.
    pub members: &'static [Binding],
    /// Name and decoded value of each label.
    pub labels: Vec<(&'static str, String)>,
}

/// The operation that method and path name. Where several match, the first of the table is meant.
pub fn find(table: &'static [RestOperation], method: &str, path: &str) -> Option<Matched> {
    table.iter().filter(|operation| operation.method == method).find_map(|operation| {
        let labels = match_path(operation.path, path)?;
        Some(Matched { operation: operation.operation, members: operation.members, labels })
    })
}

/// A trailing slash, in the pattern or in the path, means nothing.
fn match_path(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut labels = Vec::new();
    let mut rest = path.trim_matches('/');
    let mut segments = pattern.trim_matches('/').split('/').peekable();
    while let Some(segment) = segments.next() {
        let label = segment.strip_prefix('{').and_then(|label| label.strip_suffix('}'));
        if let Some(greedy) = label.and_then(|label| label.strip_suffix('+')) {
            return push_label(&mut labels, greedy, rest).then_some(labels);
        }
        let (head, tail) = match rest.split_once('/') {
            Some(pair) => pair,
            None => (rest, ""),
        };
        let matched = match label {
            Some(label) => push_label(&mut labels, label, head),
            None => uri::decode(head).as_deref() == Some(segment),
        };
        if !matched || (tail.is_empty() && segments.peek().is_some()) {
            return None;
        }
        rest = tail;
    }
    rest.is_empty().then_some(labels)
}

fn push_label(labels: &mut Vec<(&'static str, String)>, name: &'static str, encoded: &str) -> bool {
    match uri::decode(encoded) {
        Some(value) if !value.is_empty() => {
            labels.push((name, value.into_owned()));
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
