//! Following the steps of a path through a document. A definite path is a straight line that says where it breaks off;
//! any other path collects what it finds and passes over what doesn't fit, in the order of the document.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    error::{PathError, java_class},
    filter::Filter,
    step::{self, Function, Step},
};
use crate::limits::{Budget, TooMuch};

/// `None` is an element past the end of an array, which most readers take for `null`.
pub(super) type Found<'a> = Option<Cow<'a, Value>>;

/// Where a definite path breaks off. The words for it are only found when somebody reads them: a filter may run into
/// thousands of these.
enum Break<'a> {
    NoProperty { at: usize },
    NotAnObject { at: usize, node: Option<&'a Value> },
    NotAnArray { at: usize, node: Option<&'a Value> },
    TooMuch,
}

impl From<TooMuch> for Break<'_> {
    fn from(_: TooMuch) -> Self {
        Break::TooMuch
    }
}

pub(super) struct Walk<'a, 'b> {
    /// What `$` means in filters.
    pub(super) document: &'a Value,
    pub(super) budget: &'b mut Budget,
}

impl<'a> Walk<'a, '_> {
    /// The node of a definite path, or an array of what any other path finds.
    pub(super) fn read(&mut self, steps: &[Step], start: &'a Value) -> Result<Found<'a>, PathError> {
        if step::are_definite(steps) {
            return self.follow(steps, start).map_err(|broken| explain(steps, broken));
        }
        let mut found = Vec::new();
        self.collect(steps, start, &mut found)?;
        let mut items = Vec::with_capacity(found.len());
        for item in found {
            items.push(match item {
                None => Value::Null,
                Some(Cow::Owned(value)) => value,
                Some(Cow::Borrowed(value)) => self.budget.copy(value)?,
            });
        }
        Ok(Some(Cow::Owned(Value::Array(items))))
    }

    /// The same in a filter, where it does not matter why a path breaks off.
    pub(super) fn value(&mut self, steps: &[Step], start: &'a Value) -> Result<Found<'a>, TooMuch> {
        if !step::are_definite(steps) {
            return self.read(steps, start).map_err(|_| TooMuch);
        }
        match self.follow(steps, start) {
            Ok(found) => Ok(Some(found.unwrap_or(Cow::Owned(Value::Null)))),
            Err(Break::TooMuch) => Err(TooMuch),
            Err(_) => Ok(None),
        }
    }

    /// Whether a filter finds the path to be there. `null` is there, and so is an element past the end.
    pub(super) fn exists(&mut self, steps: &[Step], start: &'a Value) -> Result<bool, TooMuch> {
        let line = steps.iter().take_while(|step| matches!(step, Step::Name(_) | Step::Index(_))).count();
        let (line, rest) = steps.split_at(line);
        let node = match self.follow(line, start) {
            Ok(node) => node,
            Err(Break::TooMuch) => return Err(TooMuch),
            Err(_) => return Ok(false),
        };
        match (rest.last(), node) {
            (Some(Step::Name(_)), Some(Cow::Borrowed(node))) => {
                let mut found = Vec::new();
                self.collect(rest, node, &mut found)?;
                Ok(!found.is_empty())
            }
            (Some(Step::Name(_)), _) => Ok(false),
            _ => Ok(true),
        }
    }

    fn follow(&mut self, steps: &[Step], start: &'a Value) -> Result<Found<'a>, Break<'a>> {
        let mut node = Some(start);
        for (at, step) in steps.iter().enumerate() {
            self.budget.spend_steps(1)?;
            node = match step {
                Step::Name(name) => Some(object(at, node)?.get(name).ok_or(Break::NoProperty { at })?),
                Step::Index(index) => element(array(at, node)?, *index),
                Step::Names(names) => return Ok(Some(Cow::Owned(self.pick(object(at, node)?, names)?))),
                Step::Function(function) => match apply(*function, node) {
                    Some(Cow::Borrowed(node)) => Some(node),
                    made => return Ok(made),
                },
                // INVARIANT: the callers hand over definite steps only, which leaves no other.
                _ => return Err(Break::NoProperty { at }),
            };
        }
        Ok(node.map(Cow::Borrowed))
    }

    fn collect(
        &mut self,
        steps: &[Step],
        node: &'a Value,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        self.budget.spend_steps(1)?;
        let Some((step, rest)) = steps.split_first() else {
            found.push(Some(Cow::Borrowed(node)));
            return Ok(());
        };
        match step {
            Step::Descend => self.descend(rest, node, found),
            Step::Name(name) => self.child(rest, node.get(name), found),
            Step::Names(names) => self.children_named(names, rest, node, found),
            Step::Wildcard => match node {
                Value::Array(items) => items.iter().try_for_each(|item| self.collect(rest, item, found)),
                Value::Object(fields) => {
                    fields.values().try_for_each(|field| self.collect(rest, field, found))
                }
                _ => Ok(()),
            },
            Step::Index(index) => self.elements(std::slice::from_ref(index), rest, node, found),
            Step::Indexes(indexes) => self.elements(indexes, rest, node, found),
            Step::Slice { from, to } => {
                let Value::Array(items) = node else { return Ok(()) };
                sliced(items, *from, *to).try_for_each(|item| self.collect(rest, item, found))
            }
            Step::Filter(filter) => self.filtered(filter, rest, node, found),
            Step::Function(function) => match apply(*function, Some(node)) {
                Some(Cow::Borrowed(node)) => self.collect(rest, node, found),
                made => {
                    found.push(made);
                    Ok(())
                }
            },
        }
    }

    fn child(
        &mut self,
        rest: &[Step],
        child: Option<&'a Value>,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        child.map_or(Ok(()), |child| self.collect(rest, child, found))
    }

    fn children_named(
        &mut self,
        names: &[String],
        rest: &[Step],
        node: &'a Value,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        let Value::Object(fields) = node else { return Ok(()) };
        if rest.is_empty() {
            found.push(Some(Cow::Owned(self.pick(fields, names)?)));
            return Ok(());
        }
        names.iter().try_for_each(|name| self.child(rest, fields.get(name), found))
    }

    /// Elements by number; one past the end ends there as `null`, but leads nowhere.
    fn elements(
        &mut self,
        indexes: &[i32],
        rest: &[Step],
        node: &'a Value,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        let Value::Array(items) = node else { return Ok(()) };
        for index in indexes {
            self.budget.spend_steps(1)?;
            match element(items, *index) {
                Some(item) => self.collect(rest, item, found)?,
                None if rest.is_empty() => found.push(None),
                None => {}
            }
        }
        Ok(())
    }

    fn filtered(
        &mut self,
        filter: &Filter,
        rest: &[Step],
        node: &'a Value,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        match node {
            Value::Object(_) if filter.accepts(self, node)? => self.collect(rest, node, found),
            Value::Array(items) => items.iter().try_for_each(|item| {
                if filter.accepts(self, item)? { self.collect(rest, item, found) } else { Ok(()) }
            }),
            _ => Ok(()),
        }
    }

    /// Tries the steps after `..` on every object and array, outer ones first.
    fn descend(
        &mut self,
        steps: &[Step],
        node: &'a Value,
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), TooMuch> {
        self.budget.spend_steps(1)?;
        if self.is_target(steps, node)? {
            self.collect(steps, node, found)?;
        }
        match node {
            Value::Array(items) => items.iter().try_for_each(|item| self.descend(steps, item, found)),
            Value::Object(fields) => fields.values().try_for_each(|field| self.descend(steps, field, found)),
            _ => Ok(()),
        }
    }

    fn is_target(&mut self, steps: &[Step], node: &'a Value) -> Result<bool, TooMuch> {
        match (steps, node) {
            ([Step::Names(names)], Value::Object(fields)) => {
                Ok(names.iter().all(|name| fields.contains_key(name)))
            }
            // A filter after `..` looks at the object or array itself before it looks into it.
            ([Step::Filter(filter), ..], Value::Array(_) | Value::Object(_)) => filter.accepts(self, node),
            ([Step::Function(_), ..], _) => Ok(false),
            (_, Value::Array(_) | Value::Object(_)) => Ok(true),
            _ => Ok(false),
        }
    }

    fn pick(&mut self, fields: &Map<String, Value>, names: &[String]) -> Result<Value, TooMuch> {
        let mut picked = Map::new();
        for name in names {
            if let Some(value) = fields.get(name) {
                picked.insert(name.clone(), self.budget.copy(value)?);
            }
        }
        Ok(Value::Object(picked))
    }
}

fn object<'a>(at: usize, node: Option<&'a Value>) -> Result<&'a Map<String, Value>, Break<'a>> {
    node.and_then(Value::as_object).ok_or(Break::NotAnObject { at, node })
}

fn array<'a>(at: usize, node: Option<&'a Value>) -> Result<&'a Vec<Value>, Break<'a>> {
    node.and_then(Value::as_array).ok_or(Break::NotAnArray { at, node })
}

/// Jayway's words for where a path breaks off.
fn explain(steps: &[Step], broken: Break) -> PathError {
    let until = |at: usize| step::canonical(steps.get(..at).unwrap_or(steps));
    let from = |at: usize| step::fragment(steps.get(at..).unwrap_or_default());
    match broken {
        Break::NoProperty { at } if at + 1 == steps.len() => {
            PathError::NoResults { path: step::canonical(steps) }
        }
        Break::NoProperty { at } => PathError::MissingProperty { path: until(at + 1) },
        Break::NotAnObject { at, node } => PathError::NotAnObject {
            fragment: step::fragment(steps.get(at..=at).unwrap_or_default()),
            path: until(at),
            found: java_class(node),
        },
        Break::NotAnArray { at, node: Some(node) } => {
            PathError::NotAnArray { fragment: from(at), found: node.to_string() }
        }
        Break::NotAnArray { at, node: None } => PathError::NoElement { path: until(at) },
        Break::TooMuch => PathError::TooMuch,
    }
}

/// Negative indexes count from the end.
pub(super) fn position(length: usize, index: i32) -> Option<usize> {
    let magnitude = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { length.checked_sub(magnitude) } else { Some(magnitude) }
}

pub(super) fn element(items: &[Value], index: i32) -> Option<&Value> {
    items.get(position(items.len(), index)?)
}

/// The elements of a slice. `[1:-1]` is empty and `[-2:1]` runs over the end to the beginning, as in Jayway: only a
/// slice that is open on one side counts a negative bound from the end.
fn sliced(items: &[Value], from: Option<i32>, to: Option<i32>) -> impl Iterator<Item = &Value> {
    let length = i32::try_from(items.len()).unwrap_or(i32::MAX);
    let from_end = |bound: i32| if bound < 0 { length + bound } else { bound };
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from.max(-length), to.min(length)),
        (from, to) => (from.map_or(0, from_end).max(0), to.map_or(length, from_end).min(length)),
    };
    (from..to).filter_map(move |index| element(items, index))
}

fn apply(function: Function, node: Option<&Value>) -> Found<'_> {
    match (function, node?) {
        (Function::Length, Value::Array(items)) => Some(Cow::Owned(items.len().into())),
        (Function::Length, Value::Object(fields)) => Some(Cow::Owned(fields.len().into())),
        (Function::Keys, Value::Object(fields)) => {
            Some(Cow::Owned(fields.keys().map(|name| Value::from(name.as_str())).collect()))
        }
        (Function::First, Value::Array(items)) => items.first().map(Cow::Borrowed),
        (Function::Last, Value::Array(items)) => items.last().map(Cow::Borrowed),
        (Function::Index(index), Value::Array(items)) => element(items, index).map(Cow::Borrowed),
        _ => None,
    }
}
