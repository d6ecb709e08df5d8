//! Items, a window at a time: each comes with where the source stands after it, so that a turn takes as many as it can use
//! and the next one goes on behind the last of them.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::csv;
use crate::states::map_run::model::{Format, Source, StoredItems};
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const NOT_ITERABLE: &str = "Attempting to map over non-iterable node.";
const DUPLICATE_HEADERS: &str = "CSV headers cannot contain duplicates.";

/// Bytes that are read at once. An item is smaller: a state's input has a quarter of it at most.
const WINDOW_BYTES: u64 = 1 << 20;

/// Some items, each with what is left of the source after it.
#[derive(Default)]
pub struct Taken {
    pub items: Vec<(Value, Source)>,
    /// There are no more.
    pub is_all: bool,
}

/// Looks at the next items, `most` at most.
///
/// # Errors
/// The cause, in AWS's words where they are known, of what can't be read as items.
pub fn look(
    source: &Source,
    most: usize,
    tx: &Tx,
    context: &Context,
) -> Result<Result<Taken, String>, Failure> {
    match source {
        Source::Listing { bucket, prefix, after } => {
            listed(bucket, prefix, after.as_deref(), most, tx, context)
        }
        Source::Stored(stored) => {
            let end = stored.size.min(stored.offset + WINDOW_BYTES);
            let bytes = calls::s3_read(&stored.parts, stored.offset..end, tx)?;
            let window = Window { bytes: &bytes, is_last: end == stored.size };
            Ok(match &stored.format {
                Format::Array => array(stored, &window, most),
                Format::Lines => lines(stored, &window, most),
                Format::Csv { delimiter, headers } => {
                    rows(stored, &window, *delimiter, headers.as_deref(), most)
                }
            })
        }
    }
}

fn listed(
    bucket: &str,
    prefix: &str,
    after: Option<&str>,
    most: usize,
    tx: &Tx,
    context: &Context,
) -> Result<Result<Taken, String>, Failure> {
    let objects = match calls::s3_list(bucket, prefix, after, most, tx, context)? {
        Ok(objects) => objects,
        Err(cause) => return Ok(Err(cause)),
    };
    let is_all = objects.len() < most;
    let items = objects.into_iter().map(|object| {
        let item = json!({
            "Etag": format!("\"{}\"", object.etag),
            "Key": object.key,
            "LastModified": object.modified_ms / 1000,
            "Size": object.size,
            "StorageClass": "STANDARD",
        });
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        (item, Source::Listing { bucket, prefix, after: Some(object.key) })
    });
    Ok(Ok(Taken { items: items.collect(), is_all }))
}

struct Window<'a> {
    bytes: &'a [u8],
    /// The bytes reach to the end.
    is_last: bool,
}

impl<'a> Window<'a> {
    fn from(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }
}

fn at(stored: &StoredItems, within: usize) -> Source {
    Source::Stored(StoredItems { offset: stored.offset + within as u64, ..stored.clone() })
}

/// The elements of a JSON array, one after the other.
fn array(stored: &StoredItems, window: &Window, most: usize) -> Result<Taken, String> {
    let not_iterable = || NOT_ITERABLE.to_owned();
    let mut taken = Taken::default();
    let mut position = skip_space(window.bytes, 0);
    if stored.offset == 0 {
        if window.bytes.get(position) != Some(&b'[') {
            return Err(not_iterable());
        }
        position += 1;
    }
    while taken.items.len() < most {
        position = skip_space(window.bytes, position);
        match window.bytes.get(position) {
            Some(b']') => {
                taken.is_all = true;
                break;
            }
            Some(b',') => position = skip_space(window.bytes, position + 1),
            Some(_) => {}
            None if window.is_last || taken.items.is_empty() => return Err(not_iterable()),
            None => break,
        }
        let mut values = serde_json::Deserializer::from_slice(window.from(position)).into_iter::<Value>();
        match values.next() {
            // What ends with the window may go on behind it.
            Some(Ok(value)) if window.is_last || position + values.byte_offset() < window.bytes.len() => {
                position += values.byte_offset();
                taken.items.push((value, at(stored, position)));
            }
            Some(Err(error)) if !error.is_eof() => return Err(not_iterable()),
            _ if window.is_last || taken.items.is_empty() => return Err(not_iterable()),
            _ => break,
        }
    }
    Ok(taken)
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// A JSON value on each line; empty lines are passed over.
fn lines(stored: &StoredItems, window: &Window, most: usize) -> Result<Taken, String> {
    let mut taken = Taken::default();
    let mut position = 0;
    while taken.items.len() < most {
        let rest = window.from(position);
        if rest.is_empty() && window.is_last {
            taken.is_all = true;
            break;
        }
        let length = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if window.is_last => rest.len(),
            None if taken.items.is_empty() => return Err("An item is too large.".to_owned()),
            None => break,
        };
        position += length;
        let line = rest.get(..length).unwrap_or_default();
        if !line.trim_ascii().is_empty() {
            let value =
                serde_json::from_slice(line).map_err(|error| format!("A line isn't valid JSON: {error}"))?;
            taken.items.push((value, at(stored, position)));
        }
    }
    Ok(taken)
}

/// The rows of a CSV file, as objects of texts. Columns beyond the headers are dropped, those that are missing left out.
fn rows(
    stored: &StoredItems,
    window: &Window,
    delimiter: char,
    headers: Option<&[String]>,
    most: usize,
) -> Result<Taken, String> {
    let mut taken = Taken::default();
    let mut position =
        if stored.offset == 0 && window.bytes.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let mut headers = headers.map(<[String]>::to_vec);
    while taken.items.len() < most {
        let rest = window.from(position);
        if rest.is_empty() && window.is_last {
            taken.is_all = true;
            break;
        }
        let (fields, length) = match csv::record(rest, delimiter, window.is_last)? {
            Some(found) => found,
            None if taken.items.is_empty() => return Err("A row is too large.".to_owned()),
            None => break,
        };
        position += length;
        if fields.iter().all(String::is_empty) {
            continue;
        }
        let Some(names) = &headers else {
            headers = Some(unique(fields)?);
            continue;
        };
        let item: Map<String, Value> =
            names.iter().cloned().zip(fields.into_iter().map(Value::from)).collect();
        let format = Format::Csv { delimiter, headers: headers.clone() };
        let offset = stored.offset + position as u64;
        let after = StoredItems { format, offset, ..stored.clone() };
        taken.items.push((Value::Object(item), Source::Stored(after)));
    }
    Ok(taken)
}

fn unique(headers: Vec<String>) -> Result<Vec<String>, String> {
    let mut sorted: Vec<_> = headers.iter().collect();
    sorted.sort();
    match sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        true => Err(DUPLICATE_HEADERS.to_owned()),
        false => Ok(headers),
    }
}
