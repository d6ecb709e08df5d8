//! What `ListObjects` and `ListObjectsV2` have in common: keys in order, those below a delimiter rolled up into one prefix.
//!
//! A prefix that was rolled up is jumped over, so a list of a thousand folders looks at a thousand rows, not at their content.

use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::Rows;
use crate::s3::keys;
use crate::s3::model::{Bucket, Object};
use serde::Serialize;
use stepwell_store::Direction;
use stepwell_wire::{Timestamp, uri};

/// Entries of one answer. AWS's.
pub const MOST_ENTRIES: usize = 1000;

/// What is asked for.
pub struct Wanted<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    /// The key or the rolled-up prefix after which the list begins.
    pub after: Option<&'a str>,
    pub most: usize,
}

/// A page of a list.
#[derive(Default)]
pub struct Listing {
    pub objects: Vec<(String, Object)>,
    pub prefixes: Vec<String>,
    /// The last entry, if there are more.
    pub more_after: Option<String>,
}

/// Lists.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn list(bucket: &Bucket, wanted: &Wanted, rows: &(impl Rows + ?Sized)) -> Result<Listing, Failure> {
    let all = keys::objects_from(bucket.id, wanted.prefix);
    let mut cursor = all.as_bytes().to_vec();
    if let Some(after) = wanted.after {
        let is_prefix = wanted.delimiter.is_some_and(|delimiter| {
            after.strip_prefix(wanted.prefix).is_some_and(|rest| rest.ends_with(delimiter))
        });
        let next = match is_prefix {
            true => keys::objects_from(bucket.id, after).end(),
            false => Key::after(keys::object(bucket.id, after).as_bytes()),
        };
        cursor = cursor.max(next);
    }
    let mut listing = Listing::default();
    // Few rows after a jump, more while there is none.
    let mut page_size = 8;
    while listing.more_after.is_none() {
        let page = rows.scan(&cursor, &all.end(), Direction::Forward, page_size)?;
        let is_last = page.len() < page_size;
        page_size = (page_size * 2).min(256);
        let mut jump = None;
        for (key, value) in &page {
            let name = keys::read_object(key)?;
            if listing.objects.len() + listing.prefixes.len() >= wanted.most {
                listing.more_after = listing.last();
                return Ok(listing);
            }
            match rolled_up(&name, wanted) {
                Some(prefix) => {
                    jump = Some(keys::objects_from(bucket.id, &prefix).end());
                    listing.prefixes.push(prefix);
                    break;
                }
                None => listing.objects.push((name, row::decode(value)?)),
            }
        }
        match (jump, page.last()) {
            (Some(next), _) => (cursor, page_size) = (next, 2),
            (None, Some((last, _))) if !is_last => cursor = Key::after(last),
            _ => return Ok(listing),
        }
    }
    Ok(listing)
}

impl Listing {
    fn last(&self) -> Option<String> {
        let object = self.objects.last().map(|(key, _)| key);
        object.max(self.prefixes.last()).cloned()
    }
}

fn rolled_up(key: &str, wanted: &Wanted) -> Option<String> {
    let delimiter = wanted.delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let rest = key.strip_prefix(wanted.prefix)?;
    let (folder, _) = rest.split_once(delimiter)?;
    Some([wanted.prefix, folder, delimiter].concat())
}

/// An object in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listed {
    key: String,
    last_modified: Timestamp,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
    storage_class: &'static str,
}

impl Listed {
    pub fn of(key: String, object: &Object) -> Self {
        Self {
            key,
            last_modified: Timestamp::from_millis(i64::try_from(object.modified_ms).unwrap_or(i64::MAX)),
            etag: format!("\"{}\"", object.etag),
            size: object.size,
            storage_class: "STANDARD",
        }
    }
}

/// Keys that were rolled up.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommonPrefix {
    pub prefix: String,
}

/// A name as the caller wants it: some keys have letters that XML can't hold.
#[must_use]
pub fn encoded(name: &str, encoding: Option<&str>) -> String {
    match encoding {
        Some("url") => uri::encode(name).replace("%2F", "/"),
        _ => name.to_owned(),
    }
}
