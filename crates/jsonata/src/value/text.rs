//! Strings, borrowed from data and expression or made, and `$string`: JSON's text with numbers as JavaScript has them.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use serde_json::Value as Json;

use super::{Value, number_text, to_precision_15};
use crate::error::Fault;
use crate::limits::Meter;

#[derive(Clone, Debug)]
pub(crate) enum Str<'a> {
    Data(&'a str),
    Made(Rc<str>),
}

impl Deref for Str<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Str::Data(text) => text,
            Str::Made(text) => text,
        }
    }
}

impl Borrow<str> for Str<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Str<'_> {}

impl Hash for Str<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// Writes a value's text to `out`, charging for it. Not for a string itself, which is its own text.
pub(crate) fn stringify(
    value: &Value,
    indent: Option<usize>,
    out: &mut String,
    meter: &mut Meter,
) -> Result<(), Fault> {
    let mut writer = Writer { out, meter, pretty: indent.is_some(), depth: 0 };
    writer.value(value)
}

struct Writer<'w> {
    out: &'w mut String,
    meter: &'w mut Meter,
    pretty: bool,
    depth: usize,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) -> Result<(), Fault> {
        self.meter.bytes(text.len())?;
        self.out.push_str(text);
        Ok(())
    }

    fn value(&mut self, value: &Value) -> Result<(), Fault> {
        self.meter.steps(1)?;
        match value {
            // JavaScript writes these within arrays; elsewhere they don't get here.
            Value::Undefined | Value::TailCall(_) | Value::Null => self.push("null"),
            Value::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Value::Number(number) => {
                super::checked(*number)?;
                self.push(&number_text(to_precision_15(*number)))
            }
            Value::DataNumber(number) => self.push(&data_number(number)),
            Value::String(text) => self.quoted(text),
            Value::Function(..) => self.push("\"\""),
            Value::DataObject(fields) => {
                let mut first = true;
                self.push("{")?;
                for (key, value) in fields.iter() {
                    self.key(&mut first, key)?;
                    self.deeper(|writer| writer.value(&Value::from_data(value)))?;
                }
                self.close(first, "}")
            }
            Value::Object(object) => {
                let mut first = true;
                self.push("{")?;
                for (key, value) in object.entries.iter().filter(|(_, value)| !value.is_undefined()) {
                    self.key(&mut first, key)?;
                    self.deeper(|writer| writer.value(value))?;
                }
                self.close(first, "}")
            }
            _ => self.list(value),
        }
    }

    fn list(&mut self, value: &Value) -> Result<(), Fault> {
        let Some(list) = value.list() else { return Ok(()) };
        let mut first = true;
        self.push("[")?;
        for item in list.iter() {
            self.separate(&mut first)?;
            self.deeper(|writer| writer.value(&item))?;
        }
        self.close(first, "]")
    }

    /// Data may nest as deep as its owner likes.
    fn deeper(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        self.depth += 1;
        let written = match self.depth.is_multiple_of(16) {
            true => stacker::maybe_grow(128 << 10, 1 << 20, || write(self)),
            false => write(self),
        };
        self.depth -= 1;
        written
    }

    fn key(&mut self, first: &mut bool, key: &str) -> Result<(), Fault> {
        self.separate(first)?;
        self.quoted(key)?;
        self.push(if self.pretty { ": " } else { ":" })
    }

    fn separate(&mut self, first: &mut bool) -> Result<(), Fault> {
        if !std::mem::take(first) {
            self.push(",")?;
        }
        self.line(self.depth + 1)
    }

    fn close(&mut self, empty: bool, bracket: &str) -> Result<(), Fault> {
        if !empty {
            self.line(self.depth)?;
        }
        self.push(bracket)
    }

    fn line(&mut self, depth: usize) -> Result<(), Fault> {
        if !self.pretty {
            return Ok(());
        }
        self.push("\n")?;
        self.meter.bytes(2 * depth)?;
        self.out.extend(std::iter::repeat_n("  ", depth));
        Ok(())
    }

    fn quoted(&mut self, text: &str) -> Result<(), Fault> {
        self.push("\"")?;
        if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.push(text)?;
        } else {
            let quoted = Json::from(text).to_string();
            self.push(&quoted[1..quoted.len() - 1])?;
        }
        self.push("\"")
    }
}

/// A number of the caller's that the expression didn't touch keeps its digits, unless JavaScript has none such.
fn data_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(decoded) if !number.is_i64() && !number.is_u64() => number_text(to_precision_15(decoded)),
        _ => number.to_string(),
    }
}
