//! `[…]`: by index, by indexes, or by truth.

use super::{Evaluator, FrameId};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::value::{Tuple, Value, checked};

/// What a predicate says of an item.
enum Verdict {
    Keep(usize),
    Drop,
}

impl<'a> Evaluator<'a> {
    pub(super) fn filter(
        &mut self,
        predicate: &'a Node,
        input: Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if let Value::Tuples(tuples) = &input {
            let kept = self.filter_tuples(predicate, tuples.to_vec(), frame)?;
            return Ok(Value::Tuples(kept.into()));
        }
        if let Kind::Number(index) = predicate.kind {
            return self.at_index(index, input);
        }
        let Some(list) = input.list() else {
            let verdict = self.verdict(predicate, &input, 0, 1, frame)?;
            let kept = if let Verdict::Keep(times) = verdict { vec![input; times] } else { Vec::new() };
            return self.sequence(kept);
        };
        let mut kept = Vec::new();
        for (index, item) in list.iter().enumerate() {
            if let Verdict::Keep(times) = self.verdict(predicate, &item, index, list.len(), frame)? {
                self.charge_items(times)?;
                kept.extend(std::iter::repeat_n(item, times));
            }
        }
        self.sequence(kept)
    }

    /// The item at a constant index; an array there is the result itself.
    fn at_index(&mut self, index: f64, input: Value<'a>) -> Result<Value<'a>> {
        let length = input.list().map_or(1, |list| list.len());
        let Some(index) = resolved(index, length) else { return self.sequence(Vec::new()) };
        let item = match input.list() {
            Some(list) => list.get(index),
            None => input,
        };
        match item {
            Value::Undefined => self.sequence(Vec::new()),
            item if item.is_list() => Ok(item),
            item => self.sequence(vec![item]),
        }
    }

    /// How often an item is kept: by numbers, once for each that is its index.
    fn verdict(
        &mut self,
        predicate: &'a Node,
        item: &Value<'a>,
        index: usize,
        length: usize,
        frame: FrameId,
    ) -> Result<Verdict> {
        let result = self.eval(predicate, item, frame)?;
        self.judge(&result, index, length)
    }

    fn judge(&mut self, result: &Value<'a>, index: usize, length: usize) -> Result<Verdict> {
        let times = match (result.as_number(), result.list()) {
            (Some(number), _) => usize::from(resolved(checked(number)?, length) == Some(index)),
            (None, Some(list)) => {
                self.meter.steps(list.len() as u64)?;
                if list.all_numbers()? {
                    list.iter()
                        .filter(|item| {
                            item.as_number().and_then(|number| resolved(number, length)) == Some(index)
                        })
                        .count()
                } else {
                    usize::from(result.is_true()?)
                }
            }
            (None, None) => usize::from(result.is_true()?),
        };
        Ok(if times > 0 { Verdict::Keep(times) } else { Verdict::Drop })
    }

    pub(super) fn filter_tuples(
        &mut self,
        predicate: &'a Node,
        tuples: Vec<Tuple<'a>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple<'a>>> {
        let length = tuples.len();
        if let Kind::Number(index) = predicate.kind {
            let index = resolved(index, length);
            return Ok(index.and_then(|index| tuples.into_iter().nth(index)).into_iter().collect());
        }
        let mut kept = Vec::new();
        for (index, tuple) in tuples.into_iter().enumerate() {
            let (inner, mark) = self.enter_tuple(&tuple, frame)?;
            let result = self.eval(predicate, &tuple.item, inner)?;
            self.frames.leave(mark);
            if let Verdict::Keep(times) = self.judge(&result, index, length)? {
                self.charge_items(times * (2 + tuple.bound.len()))?;
                kept.extend(std::iter::repeat_n(tuple, times));
            }
        }
        Ok(kept)
    }
}

/// An index that counts from the end when it is negative.
fn resolved(index: f64, length: usize) -> Option<usize> {
    let index = index.floor();
    let index = if index < 0.0 { index + length as f64 } else { index };
    (index >= 0.0 && index < length as f64).then_some(index as usize)
}
