//! Several objects whose contents are the items: each is opened when its turn comes, and let go when all of it was taken.

use crate::calls::{self, StoredPart};
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::items;
use crate::states::map_run::object::{self, Wanted};
use crate::states::map_run::source::{Files, Naming, Source};
use crate::tx::Tx;
use serde_json::Value;
use stepwell_wire::uri;

/// Opens the next file, or comes nearer to it; `None` when there are no more.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`]; within, the cause of what can't be read.
pub fn open_next(
    files: Files,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Option<Source>, String>, Failure> {
    // The list may itself be in several files.
    if let Source::Files(list) = files.list.as_ref()
        && list.open.is_none()
    {
        let opened = open_next(list.clone(), tx, context)?;
        return Ok(opened.map(|list| list.map(|list| Source::Files(Files { list: Box::new(list), ..files }))));
    }
    let taken = match items::look(&files.list, 1, tx, context)? {
        Ok(taken) => taken,
        Err(cause) => return Ok(Err(cause)),
    };
    match taken.items.into_iter().next() {
        Some(entry) => Ok(opened(&entry.value, entry.after, files, tx, context)?.map(Some)),
        None => Ok(Ok(at_end(files, tx)?)),
    }
}

fn opened(
    entry: &Value,
    after: Source,
    files: Files,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Source, String>, Failure> {
    let Some((bucket, key)) = named(&files.naming, entry) else {
        return Ok(Err(format!("An entry of the list names no object: {entry}")));
    };
    let mut files = Files { list: Box::new(after), ..files };
    // The console writes such an object for each folder.
    if key.ends_with('/') {
        return Ok(Ok(Source::Files(files)));
    }
    let wanted = Wanted {
        bucket: &bucket,
        key: &key,
        format: files.format.clone(),
        pointer: files.pointer.as_deref(),
    };
    Ok(object::open(wanted, tx, context)?.map(|open| {
        files.open = Some(open);
        Source::Files(files)
    }))
}

/// The list, or the file of it that is open, has no more.
fn at_end(files: Files, tx: &mut Tx) -> Result<Option<Source>, Failure> {
    match *files.list {
        Source::Files(list) => {
            let list = Box::new(Source::Files(close(list, tx)?));
            Ok(Some(Source::Files(Files { list, ..files })))
        }
        list => {
            let parts: Vec<StoredPart> = list.parts().into_iter().cloned().collect();
            calls::s3_release(&parts, tx)?;
            Ok(None)
        }
    }
}

/// Lets go of the file that is open.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn close(files: Files, tx: &mut Tx) -> Result<Files, Failure> {
    if let Some(open) = &files.open {
        calls::s3_release(&open.parts, tx)?;
    }
    Ok(Files { open: None, ..files })
}

/// Bucket and key of the object that an entry names.
fn named(naming: &Naming, entry: &Value) -> Option<(String, String)> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    match naming {
        Naming::Listed(bucket) => Some((bucket.clone(), text("Key")?.to_owned())),
        Naming::InventoryFile(bucket) => Some((bucket.clone(), text("key")?.to_owned())),
        Naming::InventoryRow => Some((text("Bucket")?.to_owned(), uri::decode_form(text("Key")?)?)),
        Naming::Url => {
            let (bucket, key) = text("url")?.trim().strip_prefix("s3://")?.split_once('/')?;
            Some((bucket.to_owned(), key.to_owned()))
        }
    }
}
