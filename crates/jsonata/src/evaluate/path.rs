//! Paths: each step is evaluated for each item of what the step before it gave, and the results are flattened into
//! one sequence.
//!
//! As long as there is one item that is no array, it travels as itself; arrays of the caller's are never copied.

use super::tuple::tuple_items;
use super::{Evaluator, FrameId, keep_singleton};
use crate::ast::{Extra, Kind, Node, Path, Stage};
use crate::error::Result;
use crate::value::{Flags, Value};

/// What a step is evaluated for.
pub(super) struct Inputs<'a> {
    pub value: Value<'a>,
    /// For each item of the value, not for the value itself.
    pub many: bool,
}

impl<'a> Inputs<'a> {
    fn one(value: Value<'a>) -> Self {
        Inputs { value, many: false }
    }

    fn many(value: Value<'a>) -> Self {
        Inputs { value, many: true }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn path(
        &mut self,
        path: &'a Path,
        extra: Option<&'a Extra>,
        input: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let variable = matches!(path.steps[0].kind, Kind::Variable(_) | Kind::Context | Kind::Root);
        let mut inputs = Inputs { value: input.clone(), many: input.is_list() && !variable };
        let mut tuples = None;
        let mut binds = false;
        for (index, step) in path.steps.iter().enumerate() {
            binds = binds || step.is_tuple();
            if index == 0 && step.is_cons_array() {
                // JSONata binds nothing to what a constructor makes at the beginning of a path.
                let whole = match inputs.many {
                    true => inputs.value.clone(),
                    false => self.sequence(vec![inputs.value.clone()])?,
                };
                let made = self.eval(step, &whole, frame)?;
                if step.extra.as_ref().is_none_or(|extra| extra.focus.is_none()) {
                    inputs = Inputs::many(made);
                }
            } else if binds {
                tuples = Some(self.tuple_step(step, &inputs, tuples, frame)?);
                continue;
            } else if index == 0
                && let Some(value) = self.lent_member(path, frame)?
            {
                inputs = Inputs::one(value);
                continue;
            } else {
                inputs = self.step(step, inputs, index == path.steps.len() - 1, frame)?;
            }
            let ends = inputs.value.is_undefined() || inputs.value.list().is_some_and(|list| list.len() == 0);
            if inputs.many && ends && !binds {
                break;
            }
        }
        if let Some(tuples) = tuples {
            return self.tuple_result(path, extra, tuples, frame);
        }
        self.result(path, extra, inputs, frame)
    }

    fn result(
        &mut self,
        path: &'a Path,
        extra: Option<&'a Extra>,
        inputs: Inputs<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let group = extra.and_then(|extra| extra.group.as_ref());
        let keeps = path.keep_singleton || extra.is_some_and(|extra| extra.keep_array);
        if group.is_none() && !keeps {
            return Ok(inputs.value);
        }
        let mut value = inputs.value;
        let flags = value.flags();
        if !inputs.many || (path.keep_singleton && flags.cons && !flags.sequence) {
            value = self.sequence(vec![value])?;
        }
        if path.keep_singleton {
            value = keep_singleton(value);
        }
        match group {
            Some(group) => self.group(group, value, frame),
            None => Ok(value),
        }
    }

    fn tuple_result(
        &mut self,
        path: &'a Path,
        extra: Option<&'a Extra>,
        tuples: Vec<crate::value::Tuple<'a>>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if let Some(group) = extra.and_then(|extra| extra.group.as_ref()) {
            return self.group(group, Value::Tuples(tuples.into()), frame);
        }
        if extra.is_some_and(|extra| extra.tuple) {
            return Ok(Value::Tuples(tuples.into()));
        }
        let items = tuple_items(tuples);
        let value = self.sequence(items)?;
        Ok(if path.keep_singleton { keep_singleton(value) } else { value })
    }

    /// One step. `last`: an array that is its only result stays the array it is.
    fn step(&mut self, step: &'a Node, inputs: Inputs<'a>, last: bool, frame: FrameId) -> Result<Inputs<'a>> {
        let stages = step.extra.as_ref().map_or(&[][..], |extra| &extra.stages);
        if let Kind::Sort(terms) = &step.kind {
            let whole = if inputs.many { inputs.value } else { self.sequence(vec![inputs.value])? };
            let mut sorted = self.sort_step(terms, step.position, whole, frame)?;
            for stage in stages {
                sorted = self.stage(stage, sorted, frame)?;
            }
            return Ok(Inputs::many(sorted));
        }
        if !inputs.many {
            let value = self.item(step, stages, &inputs.value, frame)?;
            return self.flattened_one(value, last);
        }
        let mut results = Vec::new();
        if let Some(list) = inputs.value.list() {
            results.reserve(list.len().min(1 << 16));
            for item in list.iter() {
                let value = self.item(step, stages, &item, frame)?;
                if !value.is_undefined() {
                    self.charge_items(1)?;
                    results.push(value);
                }
            }
        }
        if results.len() == 1
            && let Some(only) = results.pop()
        {
            return self.flattened_one(only, last);
        }
        let flat = self.flattened(results)?;
        Ok(Inputs::many(self.sequence(flat)?))
    }

    /// A step for one item.
    #[inline]
    fn item(
        &mut self,
        step: &'a Node,
        stages: &'a [Stage],
        item: &Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        let mut value = match (&step.kind, &step.extra) {
            (Kind::Name(name), None) => {
                self.meter.steps(1)?;
                self.lookup(item, name)?.unwrapped()
            }
            _ => self.eval(step, item, frame)?,
        };
        for stage in stages {
            value = self.stage(stage, value, frame)?;
        }
        Ok(value)
    }

    fn stage(&mut self, stage: &'a Stage, value: Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        match stage {
            Stage::Filter(filter) => self.filter(filter, value, frame),
            // Binding an index makes tuples of the path; it is settled there.
            Stage::Index(_) => Ok(value),
        }
    }

    /// What a step that gave one value hands on.
    fn flattened_one(&mut self, value: Value<'a>, last: bool) -> Result<Inputs<'a>> {
        let flags = value.flags();
        if value.is_undefined() {
            return Ok(Inputs::many(Value::Undefined));
        }
        if !value.is_list() || (flags.cons && (!last || flags.sequence)) {
            return Ok(Inputs::one(value));
        }
        if value.list().is_some_and(|list| list.len() == 0) && !last {
            return Ok(Inputs::many(Value::Undefined));
        }
        if (last && !flags.sequence) || (!last && !matches!(value, Value::Array(_))) {
            return Ok(Inputs::many(value));
        }
        if flags == Flags::SEQUENCE {
            return Ok(Inputs::many(value));
        }
        let items: Vec<_> = value.list().map(|list| list.iter().collect()).unwrap_or_default();
        Ok(Inputs::many(self.sequence(items)?))
    }

    /// Results that are arrays give their items, except those of constructors.
    fn flattened(&mut self, results: Vec<Value<'a>>) -> Result<Vec<Value<'a>>> {
        if !results.iter().any(Value::is_list) {
            return Ok(results);
        }
        let mut flat = Vec::with_capacity(results.len());
        for value in results {
            match value.list() {
                Some(list) if !value.flags().cons => {
                    self.charge_items(list.len())?;
                    flat.extend(list.iter());
                }
                _ => flat.push(value),
            }
        }
        Ok(flat)
    }
}
