//! Items, a window at a time: each comes with where the source stands after it, so that a turn takes as many as it can use
//! and the next one goes on behind the last of them.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::csv;
use crate::states::map_run::source::{Files, Format, Source, StoredItems};
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const NOT_ITERABLE: &str = "Attempting to map over non-iterable node.";
const DUPLICATE_HEADERS: &str = "CSV headers cannot contain duplicates.";

/// Bytes that are read at once. An item is smaller: a state's input has a quarter of it at most.
const WINDOW_BYTES: u64 = 1 << 20;

/// Some items.
#[derive(Default)]
pub struct Taken {
    pub items: Vec<Item>,
    /// There are no more; of several files, no more in the one that is open.
    pub is_all: bool,
}

pub struct Item {
    pub value: Value,
    /// Its name, where the items are the members of an object.
    pub key: Option<String>,
    /// What is left of the source after it.
    pub after: Source,
}

impl Item {
    fn plain(value: Value, after: Source) -> Self {
        Self { value, key: None, after }
    }
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
        Source::Stored(stored) => within(stored, most, tx),
        Source::Files(files) => match &files.open {
            Some(open) => Ok(within(open, most, tx)?.map(|taken| of_file(files, taken))),
            None => Ok(Ok(Taken { items: Vec::new(), is_all: true })),
        },
    }
}

/// All items of a text, each with its name where it is the member of an object.
///
/// # Errors
/// The cause, in AWS's words where they are known, of what can't be read as items.
pub fn all(format: Format, text: &str) -> Result<Vec<(Option<String>, Value)>, String> {
    let stored = StoredItems { parts: Vec::new(), size: text.len() as u64, format, offset: 0, name: None };
    let window = Window { bytes: text.as_bytes(), is_last: true };
    let taken = match &stored.format {
        Format::Array | Format::Members => document(&stored, &window, usize::MAX),
        Format::Lines => lines(&stored, &window, usize::MAX),
        Format::Csv { delimiter, headers } => {
            rows(&stored, &window, *delimiter, headers.as_deref(), usize::MAX)
        }
    }?;
    Ok(taken.items.into_iter().map(|item| (item.key, item.value)).collect())
}

fn within(stored: &StoredItems, most: usize, tx: &Tx) -> Result<Result<Taken, String>, Failure> {
    let end = stored.size.min(stored.offset + WINDOW_BYTES);
    let bytes = calls::s3_read(&stored.parts, stored.offset..end, tx)?;
    let window = Window { bytes: &bytes, is_last: end == stored.size };
    Ok(match &stored.format {
        Format::Array | Format::Members => document(stored, &window, most),
        Format::Lines => lines(stored, &window, most),
        Format::Csv { delimiter, headers } => rows(stored, &window, *delimiter, headers.as_deref(), most),
    })
}

/// What was taken of the file that is open leaves the files with that much less of it.
fn of_file(files: &Files, mut taken: Taken) -> Taken {
    for item in &mut taken.items {
        if let Source::Stored(open) = &item.after {
            item.after = Source::Files(Files { open: Some(open.clone()), ..files.clone() });
        }
    }
    taken
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
        Item::plain(item, Source::Listing { bucket, prefix, after: Some(object.key) })
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

/// The elements of a JSON array, or the members of an object, one after the other.
fn document(stored: &StoredItems, window: &Window, most: usize) -> Result<Taken, String> {
    let not_iterable = || NOT_ITERABLE.to_owned();
    let has_keys = stored.format == Format::Members;
    let (opening, closing) = if has_keys { (b'{', b'}') } else { (b'[', b']') };
    let mut taken = Taken::default();
    let mut position = skip_space(window.bytes, 0);
    if stored.offset == 0 {
        if window.bytes.get(position) != Some(&opening) {
            return Err(not_iterable());
        }
        position += 1;
    }
    while taken.items.len() < most {
        position = skip_space(window.bytes, position);
        match window.bytes.get(position) {
            Some(byte) if *byte == closing => {
                taken.is_all = true;
                break;
            }
            Some(b',') => position = skip_space(window.bytes, position + 1),
            Some(_) => {}
            None if window.is_last || taken.items.is_empty() => return Err(not_iterable()),
            None => break,
        }
        match element(window, position, has_keys) {
            Ok(Some((key, value, end))) => {
                position = end;
                taken.items.push(Item { value, key, after: at(stored, position) });
            }
            Ok(None) if !window.is_last && !taken.items.is_empty() => break,
            Ok(None) | Err(NotJson) => return Err(not_iterable()),
        }
    }
    Ok(taken)
}

struct NotJson;

/// A value, with its name before it in an object, and where it ends; `None` if that may be behind the window.
fn element(
    window: &Window,
    from: usize,
    has_key: bool,
) -> Result<Option<(Option<String>, Value, usize)>, NotJson> {
    let (mut key, mut position) = (None, from);
    if has_key {
        let Some((name, end)) = next::<String>(window, position)? else { return Ok(None) };
        position = skip_space(window.bytes, end);
        match window.bytes.get(position) {
            Some(b':') => position += 1,
            Some(_) => return Err(NotJson),
            None => return Ok(None),
        }
        key = Some(name);
    }
    Ok(next::<Value>(window, position)?.map(|(value, end)| (key, value, end)))
}

fn next<T: serde::de::DeserializeOwned>(window: &Window, from: usize) -> Result<Option<(T, usize)>, NotJson> {
    let mut values = serde_json::Deserializer::from_slice(window.from(from)).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => {
            let end = from + values.byte_offset();
            // What ends with the window may go on behind it.
            Ok((window.is_last || end < window.bytes.len()).then_some((value, end)))
        }
        Some(Err(error)) if !error.is_eof() => Err(NotJson),
        _ => Ok(None),
    }
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
            taken.items.push(Item::plain(value, at(stored, position)));
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
        taken.items.push(Item::plain(Value::Object(item), Source::Stored(after)));
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
