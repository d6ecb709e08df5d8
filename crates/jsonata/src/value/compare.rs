//! Equality by content, and the order of strings.

use std::cmp::Ordering;

use super::Value;
use crate::error::Fault;
use crate::limits::Meter;

/// Whether two values are the same, arrays and objects by what is in them.
pub(crate) fn deep_equal(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, Fault> {
    meter.steps(1)?;
    if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
        return Ok(left == right);
    }
    match (left, right) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => Ok(true),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::String(left), Value::String(right)) => {
            meter.walk(left.len() / 4)?;
            Ok(left == right)
        }
        (Value::Function(left, _), Value::Function(right, _)) => Ok(std::rc::Rc::ptr_eq(left, right)),
        _ => stacker::maybe_grow(128 << 10, 1 << 20, || contents_equal(left, right, meter)),
    }
}

fn contents_equal(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, Fault> {
    // Finding a field by its name is what takes time.
    meter.steps(5)?;
    if let (Some(left), Some(right)) = (left.list(), right.list()) {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (left, right) in left.iter().zip(right.iter()) {
            if !deep_equal(&left, &right, meter)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let (Some(count), Some(other_count)) = (field_count(left), field_count(right)) else { return Ok(false) };
    if count != other_count {
        return Ok(false);
    }
    match left {
        Value::DataObject(fields) => {
            fields_equal(fields.iter().map(|(k, v)| (&**k, Value::from_data(v))), right, meter)
        }
        Value::Object(object) => {
            fields_equal(object.entries.iter().map(|(key, value)| (&**key, value.clone())), right, meter)
        }
        _ => Ok(false),
    }
}

fn fields_equal<'v, 'a: 'v>(
    mut fields: impl Iterator<Item = (&'v str, Value<'a>)>,
    other: &Value,
    meter: &mut Meter,
) -> Result<bool, Fault> {
    fields.try_fold(true, |equal, (key, value)| match own_field(other, key) {
        Some(other) if equal => deep_equal(&value, &other, meter),
        _ => Ok(false),
    })
}

fn field_count(value: &Value) -> Option<usize> {
    match value {
        Value::DataObject(fields) => Some(fields.len()),
        Value::Object(object) => Some(object.entries.len()),
        _ => None,
    }
}

fn own_field<'a>(value: &Value<'a>, key: &str) -> Option<Value<'a>> {
    match value {
        Value::DataObject(fields) => fields.get(key).map(Value::from_data),
        Value::Object(object) => object.entries.get(key).cloned(),
        _ => None,
    }
}

/// The order of JavaScript's strings, by UTF-16 units.
pub(crate) fn utf16_compare(left: &str, right: &str) -> Ordering {
    // Up to the first difference the units agree; there, only characters beyond the first plane sort otherwise.
    for (left, right) in left.chars().zip(right.chars()) {
        if left != right {
            let (mut one, mut other) = ([0; 2], [0; 2]);
            return left.encode_utf16(&mut one).cmp(&right.encode_utf16(&mut other));
        }
    }
    left.len().cmp(&right.len())
}
