//! `^(…)` and `$sort`: a stable merge sort whose comparisons may fail.

use super::{Evaluator, FrameId};
use crate::ast::Term;
use crate::error::{Error, Result};
use crate::value::{Tuple, Value, utf16_compare};
use std::cmp::Ordering;

impl<'a> Evaluator<'a> {
    /// Sorts a sequence by terms.
    pub(super) fn sort_step(
        &mut self,
        terms: &'a [Term],
        position: usize,
        input: Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let items: Vec<Value<'a>> = input.list().map(|list| list.iter().collect()).unwrap_or_default();
        self.charge_items(items.len())?;
        let mut keys = Keys { terms, position, known: vec![None; items.len() * terms.len()] };
        let order = self.merge_sort(items.len(), &mut |evaluator, left, right| {
            keys.compare(left, right, |index, term| evaluator.eval(&term.expression, &items[index], frame))
        })?;
        let sorted = order.into_iter().map(|index| items[index].clone()).collect();
        self.sequence(sorted)
    }

    pub(super) fn sort_tuples(
        &mut self,
        terms: &'a [Term],
        position: usize,
        tuples: Vec<Tuple<'a>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple<'a>>> {
        let mut keys = Keys { terms, position, known: vec![None; tuples.len() * terms.len()] };
        let order = self.merge_sort(tuples.len(), &mut |evaluator, left, right| {
            keys.compare(left, right, |index, term| {
                let (inner, mark) = evaluator.enter_tuple(&tuples[index], frame)?;
                let key = evaluator.eval(&term.expression, &tuples[index].item, inner)?;
                evaluator.frames.leave(mark);
                Ok(key)
            })
        })?;
        let mut places: Vec<Option<Tuple<'a>>> = tuples.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|index| places[index].take()).collect())
    }

    /// The order of `count` items. `after`: whether the first of two comes behind the second.
    pub(crate) fn merge_sort(
        &mut self,
        count: usize,
        after: &mut dyn FnMut(&mut Self, usize, usize) -> Result<bool>,
    ) -> Result<Vec<usize>> {
        self.meter.bytes(count * 2 * size_of::<usize>())?;
        let mut order: Vec<usize> = (0..count).collect();
        self.sort_range(&mut order, after)?;
        Ok(order)
    }

    /// Halves as JSONata does, so that a comparator that is no order gives the same here.
    fn sort_range(
        &mut self,
        range: &mut [usize],
        after: &mut dyn FnMut(&mut Self, usize, usize) -> Result<bool>,
    ) -> Result<()> {
        if range.len() <= 1 {
            return Ok(());
        }
        let (left, right) = range.split_at_mut(range.len() / 2);
        self.sort_range(left, after)?;
        self.sort_range(right, after)?;
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut from_left, mut from_right) = (&*left, &*right);
        while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (from_left, from_right) {
            self.meter.steps(1)?;
            if after(self, *first, *second)? {
                merged.push(*second);
                from_right = right_rest;
            } else {
                merged.push(*first);
                from_left = left_rest;
            }
        }
        merged.extend_from_slice(from_left);
        merged.extend_from_slice(from_right);
        range.copy_from_slice(&merged);
        Ok(())
    }
}

/// What items are sorted by, evaluated when it is first asked for.
struct Keys<'a> {
    terms: &'a [Term],
    position: usize,
    known: Vec<Option<Value<'a>>>,
}

impl<'a> Keys<'a> {
    fn compare(
        &mut self,
        left: usize,
        right: usize,
        mut evaluate: impl FnMut(usize, &'a Term) -> Result<Value<'a>>,
    ) -> Result<bool> {
        for (index, term) in self.terms.iter().enumerate() {
            let mut key = |item: usize| -> Result<Value<'a>> {
                let place = item * self.terms.len() + index;
                if self.known[place].is_none() {
                    self.known[place] = Some(evaluate(item, term)?);
                }
                Ok(self.known[place].clone().unwrap_or(Value::Undefined))
            };
            let (left, right) = (key(left)?, key(right)?);
            match self.order(&left, &right)? {
                Ordering::Equal => {}
                // What is undefined comes last, whichever way the others go.
                order if left.is_undefined() || right.is_undefined() => return Ok(order.is_gt()),
                order => return Ok(order.is_gt() != term.descending),
            }
        }
        Ok(false)
    }

    fn order(&self, left: &Value, right: &Value) -> Result<Ordering> {
        let sortable = |value: &Value| value.as_number().is_some() || value.as_str().is_some();
        match (left.is_undefined(), right.is_undefined()) {
            (true, true) => return Ok(Ordering::Equal),
            (true, false) => return Ok(Ordering::Greater),
            (false, true) => return Ok(Ordering::Less),
            (false, false) => {}
        }
        if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
            return Ok(utf16_compare(left, right));
        }
        if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
            return Ok(left.partial_cmp(&right).unwrap_or(Ordering::Greater));
        }
        if !sortable(left) || !sortable(right) {
            let value = if sortable(left) { right } else { left };
            return Err(Error::new("T2008").at(self.position).value(value.to_json_lossy()).into());
        }
        let error = Error::new("T2007").at(self.position).value(left.to_json_lossy());
        Err(error.detail("value2", right.to_json_lossy()).into())
    }
}
