//! Local code in a template: where `Code` of a function is a path, and the text with each such path replaced by where
//! the code was uploaded to. Everything else of the text stays as it is, comments and short tags included.
//!
//! JSON is read as the YAML that it is. What can't be read here is left to the server, which says where and why.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

const FUNCTION: &str = "AWS::Lambda::Function";

/// A path in the place of a function's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalCode {
    pub logical_id: String,
    pub path: String,
    /// Where it stands in the text, in bytes.
    place: Range<usize>,
}

/// Where uploaded code is, as `Code` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    pub bucket: String,
    pub key: String,
}

/// The local code of all functions, in the order of the text.
pub fn local_code(text: &str) -> Vec<LocalCode> {
    let readable = without_surrogates(text);
    let mut walk = Walk::default();
    for event in Parser::new_from_str(&readable) {
        let Ok((event, span)) = event else { return Vec::new() };
        if event == Event::DocumentEnd {
            break;
        }
        walk.event(&event, span);
    }
    walk.found(text)
}

/// `text` with each place replaced by its upload.
pub fn with_uploads(text: &str, uploads: &[(LocalCode, Uploaded)]) -> String {
    let mut uploads = uploads.iter().collect::<Vec<_>>();
    uploads.sort_by_key(|(code, _)| std::cmp::Reverse(code.place.start));
    let mut text = text.to_owned();
    for (code, Uploaded { bucket, key }) in uploads {
        // A flow mapping of quoted strings is right in YAML's block and flow style, and in JSON.
        let mapping = serde_json::json!({"S3Bucket": bucket, "S3Key": key});
        text.replace_range(code.place.clone(), &mapping.to_string());
    }
    text
}

/// JSON writes letters beyond the basic plane as two escapes, which YAML does not know. Other escapes of the same length in
/// their place keep every position.
fn without_surrogates(text: &str) -> String {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    if !is_json || !text.contains("\\u") {
        return text.to_owned();
    }
    let mut readable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let is_surrogate = rest.get(at + 1..at + 4).is_some_and(|escape| {
            let escape = escape.to_ascii_lowercase();
            escape.starts_with("ud") && matches!(escape.as_bytes().last(), Some(b'8'..=b'9' | b'a'..=b'f'))
        });
        // An escaped backslash is passed over whole, so that what follows it is no escape.
        let length = if is_surrogate { 6 } else { 2 };
        let Some(escape) = rest.get(at..at + length) else { break };
        readable.push_str(&rest[..at]);
        readable.push_str(if is_surrogate { "\\u005f" } else { escape });
        rest = &rest[at + length..];
    }
    readable + rest
}

/// A walk over the events of a document, which knows by which keys it came where it is.
#[derive(Default)]
struct Walk {
    open: Vec<Collection>,
    anchored: HashMap<usize, String>,
    types: HashMap<String, String>,
    codes: BTreeMap<usize, (String, String, Span)>,
}

enum Collection {
    Sequence,
    /// The key that waits for its value.
    Mapping(Option<String>),
}

impl Walk {
    fn event(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::MappingStart(..) => self.open.push(Collection::Mapping(None)),
            Event::SequenceStart(..) => self.open.push(Collection::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.completed(None);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = plain_text(text, *style, tag.as_deref());
                if let (Some(text), true) = (text, *anchor > 0) {
                    self.anchored.insert(*anchor, text.to_owned());
                }
                self.scalar(text, span);
            }
            Event::Alias(anchor) => {
                let text = self.anchored.get(anchor).cloned();
                self.scalar(text.as_deref(), span);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn scalar(&mut self, text: Option<&str>, span: Span) {
        if let (Some(text), Some(path)) = (text, self.path()) {
            match path[..] {
                ["Resources", id, "Type"] => {
                    let id = id.to_owned();
                    self.types.insert(id, text.to_owned());
                }
                ["Resources", id, "Properties", "Code"] if is_path(text) => {
                    let code = (id.to_owned(), text.to_owned(), span);
                    self.codes.insert(span.start.index(), code);
                }
                _ => {}
            }
        }
        self.completed(text);
    }

    /// The keys that lead to a value; `None` inside a sequence, and for a key itself.
    fn path(&self) -> Option<Vec<&str>> {
        let key = |collection: &'_ Collection| match collection {
            Collection::Mapping(Some(_)) => Some(()),
            Collection::Mapping(None) | Collection::Sequence => None,
        };
        self.open.iter().map(key).collect::<Option<()>>()?;
        let keys = self.open.iter().filter_map(|collection| match collection {
            Collection::Mapping(key) => key.as_deref(),
            Collection::Sequence => None,
        });
        Some(keys.collect())
    }

    /// A node is complete: in a mapping it was a key, or the value of one.
    fn completed(&mut self, text: Option<&str>) {
        if let Some(Collection::Mapping(key)) = self.open.last_mut() {
            *key = match key {
                // A key that is no plain text leads nowhere that is looked at.
                None => Some(text.unwrap_or_default().to_owned()),
                Some(_) => None,
            };
        }
    }

    fn found(self, text: &str) -> Vec<LocalCode> {
        let Walk { codes, types, .. } = self;
        let is_function = |id: &str| types.get(id).is_some_and(|name| name == FUNCTION);
        let codes = codes.into_values().filter(|(id, ..)| is_function(id));
        let local = codes.filter_map(|(logical_id, path, span)| {
            let place = bytes_of(text, span)?;
            Some(LocalCode { logical_id, path, place })
        });
        local.collect()
    }
}

/// The text of a scalar that is a string: not one with a tag such as `!Ref`, and no block of text.
fn plain_text<'a>(text: &'a str, style: ScalarStyle, tag: Option<&Tag>) -> Option<&'a str> {
    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    (tag.is_none() && !is_block).then_some(text)
}

/// Neither empty nor an address: code that is in a bucket already.
fn is_path(text: &str) -> bool {
    !text.is_empty() && !["s3://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
}

/// The bytes of a scalar, without the anchor before it and the blanks after it.
fn bytes_of(text: &str, span: Span) -> Option<Range<usize>> {
    let byte = |index: usize| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index);
    let (start, end) = (byte(span.start.index())?, byte(span.end.index())?);
    let scalar = text.get(start..end)?.trim_end();
    let anchor = match scalar.strip_prefix('&') {
        Some(anchored) => {
            scalar.len()
                - anchored.trim_start_matches(|letter: char| !letter.is_whitespace()).trim_start().len()
        }
        None => 0,
    };
    Some(start + anchor..start + scalar.len())
}

#[cfg(test)]
mod tests;
