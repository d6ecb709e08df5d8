//! What expressions work on. Data is borrowed, never copied: an array of the caller's is a reference to it, and its
//! numbers are decoded when they are touched. What an expression makes is counted by reference.

mod array;
mod compare;
mod function;
mod json;
mod number;
mod object;
mod text;

use std::rc::Rc;

use serde_json::{Map, Number, Value as Json};

pub(crate) use array::{Array, Flags, List};
pub(crate) use compare::{deep_equal, utf16_compare};
pub(crate) use function::{Function, FunctionKind, TailCall, Tuple, TupleKey};
pub(crate) use json::json_text;
pub(crate) use number::{number_json, number_text, to_precision_15};
pub(crate) use object::Object;
pub(crate) use text::{Str, stringify};

#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A number that would print differently once it had been decoded: 2^53 + 1, or 1.0.
    DataNumber(&'a Number),
    String(Str<'a>),
    DataArray(&'a [Json]),
    DataObject(&'a Map<String, Json>),
    /// Whole numbers: the first, and how many.
    Range(f64, u32),
    Array(Rc<Array<'a>>),
    Object(Rc<Object<'a>>),
    /// Whether it was handed over as an argument: it then has no context to fall back on.
    Function(Rc<Function<'a>>, bool),
    /// Within paths only: items with what is bound to them.
    Tuples(Rc<Vec<Tuple<'a>>>),
    /// Within function calls only.
    TailCall(Rc<TailCall<'a>>),
}

impl<'a> Value<'a> {
    /// Wraps data.
    #[inline]
    pub(crate) fn from_data(data: &'a Json) -> Value<'a> {
        match data {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number::plain(number) {
                Some(plain) => Value::Number(plain),
                None => Value::DataNumber(number),
            },
            Json::String(text) => Value::String(Str::Data(text)),
            Json::Array(items) => Value::DataArray(items),
            Json::Object(fields) => Value::DataObject(fields),
        }
    }

    /// An array of few items, which costs nothing to speak of.
    pub(crate) fn array(items: Vec<Value<'a>>, flags: Flags) -> Value<'a> {
        Value::Array(Rc::new(Array::new(items, flags)))
    }

    pub(crate) fn function(kind: FunctionKind<'a>) -> Value<'a> {
        Value::Function(Rc::new(Function::new(kind)), false)
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Value<'a> {
        Value::String(Str::Made(text.into()))
    }

    #[inline]
    pub(crate) fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined)
    }

    #[inline]
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::DataNumber(number) => number.as_f64(),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, when it is an array of any kind.
    #[inline]
    pub(crate) fn list(&self) -> Option<List<'_, 'a>> {
        match self {
            Value::DataArray(items) => Some(List::Data(items)),
            Value::Array(array) => Some(List::Made(&array.items)),
            Value::Range(first, length) => Some(List::Range(*first, *length)),
            Value::Tuples(tuples) => Some(List::Tuples(tuples)),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Value::DataArray(_) | Value::Array(_) | Value::Range(..) | Value::Tuples(_))
    }

    pub(crate) fn flags(&self) -> Flags {
        match self {
            Value::Array(array) => array.flags,
            _ => Flags::default(),
        }
    }

    /// How deep it nests. Data counts as flat: its depth is the caller's.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Value::Array(array) => array.depth,
            Value::Object(object) => object.depth,
            Value::Function(function, _) => function.depth,
            _ => 0,
        }
    }

    /// A sequence of one is that one, of none is undefined, unless it is to stay an array.
    #[inline]
    pub(crate) fn unwrapped(self) -> Value<'a> {
        match &self {
            Value::Array(array) if array.flags.sequence => match array.items.len() {
                0 => Value::Undefined,
                1 if !array.flags.keep_singleton => array.items[0].clone(),
                _ => self,
            },
            _ => self,
        }
    }

    /// JSONata's truth: empty things, zero, null and functions are false. `None` for undefined.
    pub(crate) fn truth(&self) -> Result<Option<bool>, crate::error::Fault> {
        Ok(Some(match self {
            Value::Undefined | Value::TailCall(_) => return Ok(None),
            Value::Null | Value::Function(..) => false,
            Value::Bool(value) => *value,
            Value::Number(number) => number::checked(*number)? != 0.0,
            Value::DataNumber(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.is_empty(),
            Value::DataObject(fields) => !fields.is_empty(),
            Value::Object(object) => !object.entries.is_empty(),
            Value::Range(first, length) => *length > 1 || *first != 0.0,
            Value::Tuples(tuples) => !tuples.is_empty(),
            Value::DataArray(items) => {
                items.iter().any(|item| Value::from_data(item).truth().ok().flatten() == Some(true))
            }
            Value::Array(array) => {
                for item in &array.items {
                    if item.truth()? == Some(true) {
                        return Ok(Some(true));
                    }
                }
                false
            }
        }))
    }

    /// [`Self::truth`], undefined being false.
    #[inline]
    pub(crate) fn is_true(&self) -> Result<bool, crate::error::Fault> {
        Ok(self.truth()?.unwrap_or(false))
    }

    /// The value as JSON for an error to carry: what JSON hasn't becomes null.
    pub(crate) fn to_json_lossy(&self) -> Json {
        json::lossy(self)
    }

    /// The value as JSON; `Err` is the pointer to the first function in it.
    pub(crate) fn to_json(&self) -> Result<Json, json::NotJson> {
        json::strict(self)
    }
}

pub(crate) use json::NotJson;
pub(crate) use number::checked;
