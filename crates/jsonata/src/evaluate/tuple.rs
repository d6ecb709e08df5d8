//! Paths that bind (`@$item`, `#$index`, `%`): from there on, items travel with what is bound to them.

use super::frames::{FRAME_BYTES, Mark};
use super::path::Inputs;
use super::{Evaluator, FrameId};
use crate::ast::{Kind, Node, Stage};
use crate::error::Result;
use crate::value::{Tuple, TupleKey, Value};

impl<'a> Evaluator<'a> {
    /// A frame in which what is bound to an item can be read.
    pub(super) fn enter_tuple(&mut self, tuple: &Tuple<'a>, frame: FrameId) -> Result<(FrameId, Mark)> {
        self.meter.bytes(FRAME_BYTES)?;
        self.charge_items(tuple.bound.len())?;
        let (inner, mark) = self.frames.enter(frame);
        for (key, value) in &tuple.bound {
            self.frames.bind(inner, *key, value.clone());
        }
        Ok((inner, mark))
    }

    pub(super) fn tuple_step(
        &mut self,
        step: &'a Node,
        inputs: &Inputs<'a>,
        tuples: Option<Vec<Tuple<'a>>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple<'a>>> {
        let mut results = match &step.kind {
            Kind::Sort(terms) => self.sorted_tuples(step, terms, inputs, tuples, frame)?,
            _ => {
                let tuples = match tuples {
                    Some(tuples) => tuples,
                    None => self.first_tuples(inputs)?,
                };
                let mut results = Vec::new();
                for tuple in tuples {
                    let (inner, mark) = self.enter_tuple(&tuple, frame)?;
                    let value = self.eval(step, &tuple.item, inner)?;
                    self.frames.leave(mark);
                    self.extend_tuples(step, tuple, value, &mut results)?;
                }
                results
            }
        };
        let stages = step.extra.as_ref().map_or(&[][..], |extra| &extra.stages);
        for stage in stages {
            results = self.tuple_stage(stage, results, frame)?;
        }
        Ok(results)
    }

    fn first_tuples(&mut self, inputs: &Inputs<'a>) -> Result<Vec<Tuple<'a>>> {
        let bare = |item| Tuple { item, bound: Vec::new() };
        match inputs.value.list() {
            Some(list) if inputs.many => {
                self.charge_items(2 * list.len())?;
                Ok(list.iter().map(bare).collect())
            }
            _ => Ok(vec![bare(inputs.value.clone())]),
        }
    }

    /// A tuple for each item that a step gave for one.
    fn extend_tuples(
        &mut self,
        step: &'a Node,
        from: Tuple<'a>,
        value: Value<'a>,
        results: &mut Vec<Tuple<'a>>,
    ) -> Result<()> {
        if let Value::Tuples(inner) = &value {
            for tuple in inner.iter() {
                self.charge_items(2 + from.bound.len() + tuple.bound.len())?;
                let mut joined = Tuple { item: tuple.item.clone(), bound: from.bound.clone() };
                tuple.bound.iter().for_each(|(key, value)| joined.bind(*key, value.clone()));
                results.push(joined);
            }
            return Ok(());
        }
        let items = match value.list() {
            _ if value.is_undefined() => return Ok(()),
            Some(list) => {
                self.charge_items(list.len())?;
                list.iter().collect()
            }
            None => vec![value],
        };
        for (index, item) in items.into_iter().enumerate() {
            self.charge_items(3 + from.bound.len())?;
            let mut tuple = from.clone();
            let extra = step.extra.as_ref();
            match extra.and_then(|extra| extra.focus.as_ref()) {
                Some(focus) => tuple.bind(TupleKey::Name(focus), item),
                None => tuple.item = item,
            }
            if let Some(name) = extra.and_then(|extra| extra.index.as_ref()) {
                tuple.bind(TupleKey::Name(name), Value::Number(index as f64));
            }
            if let Some(slot) = extra.and_then(|extra| extra.ancestor.as_ref()) {
                let label = slot.label.load(std::sync::atomic::Ordering::Relaxed);
                tuple.bind(TupleKey::Label(label), from.item.clone());
            }
            results.push(tuple);
        }
        Ok(())
    }

    fn sorted_tuples(
        &mut self,
        step: &'a Node,
        terms: &'a [crate::ast::Term],
        inputs: &Inputs<'a>,
        tuples: Option<Vec<Tuple<'a>>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple<'a>>> {
        if let Some(tuples) = tuples {
            return self.sort_tuples(terms, step.position, tuples, frame);
        }
        let bare = self.first_tuples(inputs)?;
        let mut sorted = self.sort_tuples(terms, step.position, bare, frame)?;
        if let Some(name) = step.extra.as_ref().and_then(|extra| extra.index.as_ref()) {
            for (index, tuple) in sorted.iter_mut().enumerate() {
                tuple.bind(TupleKey::Name(name), Value::Number(index as f64));
            }
        }
        Ok(sorted)
    }

    pub(super) fn tuple_stage(
        &mut self,
        stage: &'a Stage,
        mut tuples: Vec<Tuple<'a>>,
        frame: FrameId,
    ) -> Result<Vec<Tuple<'a>>> {
        match stage {
            Stage::Filter(filter) => self.filter_tuples(filter, tuples, frame),
            Stage::Index(name) => {
                self.charge_items(tuples.len())?;
                for (index, tuple) in tuples.iter_mut().enumerate() {
                    tuple.bind(TupleKey::Name(name), Value::Number(index as f64));
                }
                Ok(tuples)
            }
        }
    }
}

/// The items without what is bound to them.
pub(super) fn tuple_items(tuples: Vec<Tuple>) -> Vec<Value> {
    tuples.into_iter().map(|tuple| tuple.item).collect()
}
