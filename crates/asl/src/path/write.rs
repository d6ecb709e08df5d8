//! `ResultPath`: puts a result into a document.

use serde_json::{Map, Value};

use super::{Path, PathError, step::Step};

pub(super) fn write(path: &Path, mut document: Value, result: Value) -> Result<Value, PathError> {
    let mut node = &mut document;
    for step in &path.steps {
        node = match (step, node) {
            (Step::Name(name), Value::Object(fields)) => {
                fields.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()))
            }
            (Step::Index(index), Value::Array(items)) => usize::try_from(*index)
                .ok()
                .and_then(|index| items.get_mut(index))
                .ok_or_else(|| PathError::CannotWrite { path: path.text.clone() })?,
            _ => return Err(PathError::CannotWrite { path: path.text.clone() }),
        };
    }
    *node = result;
    Ok(document)
}
