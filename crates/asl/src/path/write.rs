//! `ResultPath`: puts a result into a document. Objects on the way are made; elements of arrays have to be there.

use serde_json::{Map, Value};

use super::{
    Path, PathError,
    step::Step,
    walk::{element, position},
};
use crate::limits::check_depth;

pub(super) fn write(path: &Path, mut document: Value, result: Value) -> Result<Value, PathError> {
    if !is_place(&path.steps, &document) {
        return Err(PathError::CannotApply { path: path.text.clone(), input: document.to_string() });
    }
    if let Some(place) = make_place(&path.steps, &mut document) {
        *place = result;
    }
    check_depth(&document)?;
    Ok(document)
}

/// Whether the steps lead to a node or to one that can be made. Asked first, so that a failure leaves no trace.
fn is_place(steps: &[Step], document: &Value) -> bool {
    let mut node = Some(document);
    steps.iter().all(|step| match (step, node) {
        (Step::Name(name), Some(Value::Object(fields))) => {
            node = fields.get(name);
            true
        }
        (Step::Name(_), None) => true,
        (Step::Index(index), Some(Value::Array(items))) => {
            node = element(items, *index);
            node.is_some()
        }
        _ => false,
    })
}

/// INVARIANT: `is_place` said yes, so every step finds its object or array.
fn make_place<'a>(steps: &[Step], document: &'a mut Value) -> Option<&'a mut Value> {
    let mut node = document;
    for (at, step) in steps.iter().enumerate() {
        let is_last = at + 1 == steps.len();
        node = match (step, node) {
            (Step::Name(name), Value::Object(fields)) => fields
                .entry(name.as_str())
                .or_insert_with(|| if is_last { Value::Null } else { Value::Object(Map::new()) }),
            (Step::Index(index), Value::Array(items)) => {
                let position = position(items.len(), *index)?;
                items.get_mut(position)?
            }
            _ => return None,
        };
    }
    Some(node)
}
