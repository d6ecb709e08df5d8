//! `$boolean`, `$not`, `$exists`, `$type`, `$error`, `$assert`.

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Str, Value};

pub(super) fn boolean<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let value = arguments.get(0);
    if value.is_undefined() { Ok(Value::Undefined) } else { evaluator.truth(value).map(Value::Bool) }
}

pub(super) fn not<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let value = arguments.get(0);
    if value.is_undefined() { Ok(Value::Undefined) } else { Ok(Value::Bool(!evaluator.truth(value)?)) }
}

pub(super) fn exists<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(Value::Bool(!arguments.get(0).is_undefined()))
}

pub(super) fn type_of<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let name = match arguments.get(0) {
        Value::Undefined | Value::TailCall(_) => return Ok(Value::Undefined),
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) | Value::DataNumber(_) => "number",
        Value::String(_) => "string",
        Value::DataArray(_) | Value::Array(_) | Value::Range(..) | Value::Tuples(_) => "array",
        Value::DataObject(_) | Value::Object(_) => "object",
        Value::Function(..) => "function",
    };
    Ok(Value::String(Str::Data(name)))
}

pub(super) fn error<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Err(told("D3137", arguments.text(0), "$error() function evaluated"))
}

pub(super) fn assert<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    match arguments.get(0) {
        Value::Bool(true) => Ok(Value::Undefined),
        _ => Err(told("D3141", arguments.text(1), "$assert() statement failed")),
    }
}

fn told(code: &'static str, message: Option<Str>, otherwise: &str) -> crate::error::Fault {
    let message = message.filter(|message| !message.is_empty());
    Error::new(code).detail("message", message.as_deref().unwrap_or(otherwise)).into()
}
