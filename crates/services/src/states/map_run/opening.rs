//! Where a run's items come from, as its state says it: what the reader names is looked for, and manifests are read.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::states::map_run::object::{self, Wanted, stored};
use crate::states::map_run::source::{Files, Format, Naming, Source};
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::Value;
use stepwell_asl::definition::{Data, InputType, ReaderAction};
use stepwell_engine::{Items, Reader};

/// What a run's items are.
pub struct Opened {
    pub source: Source,
    /// How many of them are wanted at most.
    pub most: Option<u64>,
    /// How many there are, where that is known from the start.
    pub known: Option<u64>,
}

/// Looks for a run's items.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`]; within, why there are none.
pub fn open(items: Items, tx: &mut Tx, context: &mut Context) -> Result<Result<Opened, String>, Failure> {
    match items {
        Items::State(items) => {
            let known = match &items {
                Value::Object(members) => members.len(),
                items => items.as_array().map_or(0, Vec::len),
            };
            let source = Source::Stored(stored(&items, tx, context));
            Ok(Ok(Opened { source, most: None, known: Some(known as u64) }))
        }
        Items::Reader(reader) => {
            let most = reader.max_items;
            let source = read(&reader, tx, context)?;
            Ok(source.map(|source| Opened { source, most, known: None }))
        }
    }
}

fn read(reader: &Reader, tx: &mut Tx, context: &mut Context) -> Result<Result<Source, String>, Failure> {
    let text = |name: &str| reader.parameters.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(bucket) = text("Bucket") else { return Ok(Err("The field 'Bucket' is required".to_owned())) };
    if reader.action == ReaderAction::ListObjectsV2 {
        if let Err(cause) = calls::s3_check_bucket(&bucket, tx, context)? {
            return Ok(Err(cause));
        }
        let (prefix, after) = (text("Prefix").unwrap_or_default(), text("StartAfter"));
        let list = Source::Listing { bucket: bucket.clone(), prefix, after };
        return Ok(Ok(match reader.data {
            Data::Items(of) => files(list, Naming::Listed(bucket), of, reader),
            _ => list,
        }));
    }
    let Some(key) = text("Key") else { return Ok(Err("The field 'Key' is required".to_owned())) };
    match reader.data {
        Data::Inventory(of) => inventory((&bucket, &key), of, reader, tx, context),
        Data::Athena(of) => {
            let format = Format::Csv { delimiter: ',', headers: Some(vec!["url".to_owned()]) };
            let list = Wanted { bucket: &bucket, key: &key, format, pointer: None };
            let list = object::open(list, tx, context)?;
            Ok(list.map(|list| files(Source::Stored(list), Naming::Url, of, reader)))
        }
        Data::Items(of) => {
            let pointer = reader.items_pointer.as_deref();
            let wanted = Wanted { bucket: &bucket, key: &key, format: format(of, reader), pointer };
            Ok(object::open(wanted, tx, context)?.map(Source::Stored))
        }
        Data::Listed => Ok(Err("The objects of a bucket aren't found by getObject".to_owned())),
    }
}

fn format(of: InputType, reader: &Reader) -> Format {
    match of {
        InputType::Json => Format::Array,
        InputType::JsonLines => Format::Lines,
        InputType::Csv => {
            Format::Csv { delimiter: reader.csv_delimiter, headers: reader.csv_headers.clone() }
        }
    }
}

fn files(list: Source, naming: Naming, of: InputType, reader: &Reader) -> Source {
    let pointer = reader.items_pointer.clone();
    Source::Files(Files { list: Box::new(list), naming, format: format(of, reader), pointer, open: None })
}

/// The `manifest.json` of an S3 Inventory, as far as it is read.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    /// An ARN.
    destination_bucket: String,
    file_format: String,
    /// The names of the columns.
    file_schema: String,
    files: Value,
}

fn inventory(
    (bucket, key): (&str, &str),
    of: Option<InputType>,
    reader: &Reader,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Source, String>, Failure> {
    let document = match object::read_document(bucket, key, tx, context)? {
        Ok(document) => document,
        Err(cause) => return Ok(Err(cause)),
    };
    let manifest: Manifest = match serde_json::from_value(document) {
        Ok(manifest) => manifest,
        Err(problem) => return Ok(Err(format!("The manifest isn't one of S3 Inventory: {problem}"))),
    };
    if manifest.file_format != "CSV" {
        return Ok(Err(format!("The inventory's format {} can't be read", manifest.file_format)));
    }
    let headers = manifest.file_schema.split(',').map(|name| name.trim().to_owned()).collect();
    let bucket = manifest.destination_bucket.rsplit(':').next().unwrap_or(bucket).to_owned();
    let rows = Source::Files(Files {
        list: Box::new(Source::Stored(stored(&manifest.files, tx, context))),
        naming: Naming::InventoryFile(bucket),
        format: Format::Csv { delimiter: ',', headers: Some(headers) },
        pointer: None,
        open: None,
    });
    Ok(Ok(match of {
        Some(of) => files(rows, Naming::InventoryRow, of, reader),
        None => rows,
    }))
}
