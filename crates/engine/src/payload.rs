//! A JSON value on its way through the states: stored as text, parsed at most once a step. The input of the execution
//! itself is not stored again with the record, which keeps a parked execution small.

use std::sync::{Arc, OnceLock};

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// `None` means the input of the execution.
    text: Option<Arc<str>>,
    value: OnceLock<Arc<Value>>,
}

impl Payload {
    pub fn execution_input() -> Self {
        Payload { text: None, value: OnceLock::new() }
    }

    /// INVARIANT: the value is not nested too deeply to be parsed again (`is_too_deep`).
    pub fn from_value(value: Arc<Value>) -> Self {
        let text = written(&value).into();
        Payload { text: Some(text), value: OnceLock::from(value) }
    }

    /// INVARIANT: the text is valid JSON; it was written by this engine, or parsed by it before.
    pub fn from_text(text: &str) -> Self {
        Payload { text: Some(text.into()), value: OnceLock::new() }
    }

    pub fn value(&self, execution_input: &ExecutionInput) -> Arc<Value> {
        match &self.text {
            None => execution_input.value(),
            Some(text) => Arc::clone(self.value.get_or_init(|| Arc::new(parse(text)))),
        }
    }

    pub fn text(&self, execution_input: &ExecutionInput) -> Arc<str> {
        match &self.text {
            None => execution_input.text(),
            Some(text) => Arc::clone(text),
        }
    }
}

/// The compact text of a value. (`to_string` goes by `fmt`, which takes twice as long.)
pub(crate) fn written(value: &Value) -> String {
    serde_json::to_string(value).expect("JSON can be written as text")
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("a stored payload and the input of an execution are valid JSON")
}

impl<C> Encode<C> for Payload {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match &self.text {
            None => e.null()?.ok(),
            Some(text) => e.str(text)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Payload {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(Payload::execution_input());
        }
        Ok(Payload::from_text(d.str()?))
    }
}

/// The input of the execution: the caller's text, parsed at most once a step, and only when a state looks at it.
#[derive(Debug)]
pub(crate) struct ExecutionInput<'a> {
    verbatim: &'a str,
    value: OnceLock<Arc<Value>>,
    text: OnceLock<Arc<str>>,
}

impl<'a> ExecutionInput<'a> {
    /// INVARIANT: the text is valid JSON; it was parsed when the execution was started.
    pub fn new(verbatim: &'a str) -> Self {
        ExecutionInput { verbatim, value: OnceLock::new(), text: OnceLock::new() }
    }

    pub fn value(&self) -> Arc<Value> {
        Arc::clone(self.value.get_or_init(|| Arc::new(parse(self.verbatim))))
    }

    /// In the compact form in which states get it.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(self.text.get_or_init(|| written(&self.value()).into()))
    }
}

/// Whether a value is nested more deeply than a JSON text may be when it is parsed.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    fn exceeds(value: &Value, levels: u32) -> bool {
        match value {
            Value::Array(items) => levels == 0 || items.iter().any(|item| exceeds(item, levels - 1)),
            Value::Object(members) => {
                levels == 0 || members.values().any(|member| exceeds(member, levels - 1))
            }
            _ => false,
        }
    }
    const DEEPEST: u32 = 120;
    exceeds(value, DEEPEST)
}
