//! Makes values, each charged before it exists and refused when it nests too deep.

use std::rc::Rc;

use indexmap::IndexMap;

use super::Evaluator;
use crate::error::{Fault, Result};
use crate::limits::{Exceeded, MAX_VALUE_DEPTH};
use crate::value::{Array, Flags, Function, FunctionKind, Object, Str, Value, stringify};

const ITEM_BYTES: usize = size_of::<Value>();
/// An entry of an object: key, value, hash and index.
const ENTRY_BYTES: usize = 80;

impl<'a> Evaluator<'a> {
    /// An array of items that were paid for by [`Self::charge_items`] or here.
    pub(crate) fn array(&mut self, items: Vec<Value<'a>>, flags: Flags) -> Result<Value<'a>> {
        self.meter.bytes(size_of::<Array>() + items.len() * ITEM_BYTES)?;
        let array = Array::new(items, flags);
        bounded(array.depth)?;
        Ok(Value::Array(Rc::new(array)))
    }

    pub(crate) fn sequence(&mut self, items: Vec<Value<'a>>) -> Result<Value<'a>> {
        self.array(items, Flags::SEQUENCE)
    }

    /// Pays for `count` items before they are collected.
    pub(crate) fn charge_items(&mut self, count: usize) -> Result<()> {
        self.meter.bytes(count * ITEM_BYTES)?;
        self.meter.walk(count)
    }

    pub(crate) fn object(&mut self, entries: IndexMap<Str<'a>, Value<'a>>) -> Result<Value<'a>> {
        self.meter.bytes(size_of::<Object>() + entries.len() * ENTRY_BYTES)?;
        self.meter.steps(2 * entries.len() as u64)?;
        let object = Object::new(entries);
        bounded(object.depth)?;
        Ok(Value::Object(Rc::new(object)))
    }

    pub(crate) fn function(&mut self, kind: FunctionKind<'a>) -> Result<Value<'a>> {
        self.meter.bytes(size_of::<Function>())?;
        let function = Function::new(kind);
        bounded(function.depth)?;
        Ok(Value::Function(Rc::new(function), false))
    }

    /// A string that was made.
    pub(crate) fn text(&mut self, text: String) -> Result<Value<'a>> {
        self.meter.bytes(text.len() + 16)?;
        Ok(Value::text(text))
    }

    /// A part of a string; data is lent further, not copied.
    pub(crate) fn slice(&mut self, text: &Str<'a>, start: usize, end: usize) -> Result<Value<'a>> {
        match text {
            Str::Data(data) => Ok(Value::String(Str::Data(&data[start..end]))),
            Str::Made(_) if start == 0 && end == text.len() => Ok(Value::String(text.clone())),
            Str::Made(made) => self.text(made[start..end].to_owned()),
        }
    }

    /// `$string`: `None` for undefined.
    pub(crate) fn string(&mut self, value: &Value<'a>, pretty: bool) -> Result<Option<Str<'a>>> {
        Ok(Some(match value {
            Value::Undefined => return Ok(None),
            Value::String(text) => text.clone(),
            Value::Function(..) => Str::Data(""),
            Value::Number(number) if !number.is_finite() => {
                return Err(crate::error::Error::new("D3001").value(()).into());
            }
            _ => {
                let unwrapped = super::unwrap_outer(value);
                let mut out = String::new();
                stringify(&unwrapped, pretty.then_some(2), &mut out, &mut self.meter)?;
                Str::Made(out.into())
            }
        }))
    }

    /// Takes a value of JSON's, deeply.
    pub(crate) fn adopt(&mut self, json: serde_json::Value) -> Result<Value<'a>> {
        use serde_json::Value as Json;
        self.meter.steps(1)?;
        match json {
            Json::Null => Ok(Value::Null),
            Json::Bool(value) => Ok(Value::Bool(value)),
            Json::Number(number) => Ok(Value::Number(number.as_f64().unwrap_or(f64::NAN))),
            Json::String(text) => self.text(text),
            Json::Array(items) => {
                let items = items.into_iter().map(|item| self.adopt(item)).collect::<Result<Vec<_>>>()?;
                self.array(items, Flags::default())
            }
            Json::Object(fields) => {
                let mut entries = IndexMap::with_capacity(fields.len());
                for (key, value) in fields {
                    self.meter.bytes(key.len())?;
                    entries.insert(Str::Made(key.into()), self.adopt(value)?);
                }
                self.object(entries)
            }
        }
    }

    /// Pays for turning a value into JSON: what an expression only mentions twice is written twice.
    pub(super) fn charge_result(&mut self, value: &Value<'a>) -> Result<()> {
        match value {
            Value::String(text) => self.meter.bytes(text.len()),
            Value::DataArray(items) => {
                self.meter.bytes(items.len() * 32)?;
                items.iter().try_for_each(|item| self.charge_data(item))
            }
            Value::DataObject(fields) => {
                self.meter.bytes(fields.len() * ENTRY_BYTES)?;
                fields.iter().try_for_each(|(key, item)| {
                    self.meter.bytes(key.len())?;
                    self.charge_data(item)
                })
            }
            Value::Array(array) => {
                self.meter.bytes(array.items.len() * 32)?;
                array.items.iter().try_for_each(|item| self.charge_nested(item))
            }
            Value::Range(_, length) => self.meter.bytes(*length as usize * 32),
            Value::Object(object) => {
                self.meter.bytes(object.entries.len() * ENTRY_BYTES)?;
                object.entries.iter().try_for_each(|(key, item)| {
                    self.meter.bytes(key.len())?;
                    self.charge_nested(item)
                })
            }
            _ => self.meter.steps(1),
        }
    }

    fn charge_nested(&mut self, value: &Value<'a>) -> Result<()> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.charge_result(value))
    }

    fn charge_data(&mut self, data: &'a serde_json::Value) -> Result<()> {
        match data {
            serde_json::Value::Array(_) | serde_json::Value::Object(_) | serde_json::Value::String(_) => {
                self.charge_nested(&Value::from_data(data))
            }
            _ => Ok(()),
        }
    }
}

fn bounded(depth: u32) -> Result<()> {
    if depth > MAX_VALUE_DEPTH { Err(Fault::TooMuch(Exceeded::Depth)) } else { Ok(()) }
}
