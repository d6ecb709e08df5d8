//! `[…]`, `{…}` and `from..to`.

use indexmap::IndexMap;

use super::{Evaluator, FrameId};
use crate::ast::{Kind, Node, Pairs};
use crate::error::{Error, Result};
use crate::value::{Flags, Str, Value};

/// JSONata's own bound for ranges.
const MAX_RANGE: f64 = 1e7;

impl<'a> Evaluator<'a> {
    pub(super) fn array_constructor(
        &mut self,
        nodes: &'a [Node],
        cons: bool,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if let ([only], false) = (nodes, cons)
            && let Kind::Range(_) = only.kind
        {
            // Numbers that are only counted or visited are never written down.
            let value = self.eval(only, input, frame)?;
            return match value {
                Value::Undefined => self.array(Vec::new(), Flags::default()),
                range => Ok(range),
            };
        }
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            let value = self.eval(node, input, frame)?;
            let nested = matches!(node.kind, Kind::Array(_));
            match value.list() {
                _ if value.is_undefined() => {}
                Some(list) if !nested => {
                    self.charge_items(list.len())?;
                    items.extend(list.iter());
                }
                _ => items.push(value),
            }
        }
        self.array(items, Flags { cons, ..Flags::default() })
    }

    pub(super) fn range(
        &mut self,
        ends: &'a (Node, Node),
        position: usize,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let (from, to) = (self.eval(&ends.0, input, frame)?, self.eval(&ends.1, input, frame)?);
        let located = |error: Box<Error>| error.at(position).token("..");
        let end = |value: &Value<'a>, code| match value.as_number() {
            Some(number) if number.is_finite() && number.fract() == 0.0 => Ok(Some(number)),
            None if value.is_undefined() => Ok(None),
            _ => Err(located(Error::new(code).value(value.to_json_lossy()))),
        };
        let (from, to) = (end(&from, "T2003")?, end(&to, "T2004")?);
        let (Some(from), Some(to)) = (from, to) else { return Ok(Value::Undefined) };
        if from > to {
            return Ok(Value::Undefined);
        }
        let size = to - from + 1.0;
        if size > MAX_RANGE {
            return Err(located(Error::new("D2014").value(crate::value::number_json(size))).into());
        }
        Ok(Value::Range(from, size as u32))
    }

    /// An object for each input would be a grouping; as a constructor it is one object for one input.
    pub(super) fn object_constructor(
        &mut self,
        pairs: &'a Pairs,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if input.is_list() {
            return self.group(pairs, input.clone(), frame);
        }
        let mut keys: IndexMap<Str<'a>, usize> = IndexMap::with_capacity(pairs.pairs.len());
        for (index, (key, _)) in pairs.pairs.iter().enumerate() {
            if let Some(key) = self.key(key, pairs.position, input, frame)? {
                super::group::claim(&mut keys, key, index, pairs.position)?;
            }
        }
        let mut entries = IndexMap::with_capacity(keys.len());
        for (key, index) in keys {
            let value = self.eval(&pairs.pairs[index].1, input, frame)?;
            if !value.is_undefined() {
                entries.insert(key, value);
            }
        }
        self.object(entries)
    }

    /// A key: a string, or undefined.
    pub(super) fn key(
        &mut self,
        node: &'a Node,
        position: usize,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Option<Str<'a>>> {
        match self.eval(node, input, frame)? {
            Value::Undefined => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(Error::new("T1003").at(position).value(other.to_json_lossy()).into()),
        }
    }
}
