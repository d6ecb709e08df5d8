//! What an ItemReader would have read, as a test gives it: the text of the object, read as the state's ReaderConfig says.

use crate::states::map_run::items::{self, NOT_ITERABLE};
use crate::states::map_run::source::Format;
use serde_json::Value;
use stepwell_asl::definition::{Data, InputType, ItemReader};

/// What the ItemsPointer leads to, where there is one.
pub fn after_items_pointer(reader: &ItemReader, data: &str) -> Option<Value> {
    let pointer = reader.items_pointer.as_ref()?;
    let document: Value = serde_json::from_str(data).ok()?;
    document.pointer(pointer).cloned()
}

/// The items, with their names where they are the members of an object.
///
/// # Errors
/// The cause with which the state would fail.
pub fn items(reader: &ItemReader, data: &str) -> Result<Vec<(Option<String>, Value)>, String> {
    match input_type(reader.data) {
        InputType::Json => document(reader, data),
        InputType::JsonLines => items::all(Format::Lines, data),
        InputType::Csv => {
            let (delimiter, headers) = (reader.csv_delimiter, reader.csv_headers.clone());
            items::all(Format::Csv { delimiter, headers }, data)
        }
    }
}

/// A list of objects and the manifest of an inventory are JSON themselves.
fn input_type(data: Data) -> InputType {
    match data {
        Data::Items(of) | Data::Inventory(Some(of)) | Data::Athena(of) => of,
        Data::Listed | Data::Inventory(None) => InputType::Json,
    }
}

fn document(reader: &ItemReader, data: &str) -> Result<Vec<(Option<String>, Value)>, String> {
    let not_iterable = || NOT_ITERABLE.to_owned();
    let document: Value = serde_json::from_str(data).map_err(|_| not_iterable())?;
    let found = match &reader.items_pointer {
        None => document,
        Some(pointer) => document.pointer(pointer).cloned().ok_or_else(not_iterable)?,
    };
    match found {
        Value::Array(items) => Ok(items.into_iter().map(|item| (None, item)).collect()),
        Value::Object(members) => Ok(members.into_iter().map(|(key, value)| (Some(key), value)).collect()),
        _ => Err(not_iterable()),
    }
}
