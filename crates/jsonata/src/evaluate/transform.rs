//! `|pattern|update, delete|`: a copy of a value in which the objects that the pattern finds are changed.
//!
//! Values don't change here. The copy has objects of its own; a changed one is noted beside the one it replaces, and
//! in the end the copy is put together anew.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::{Evaluator, FrameId};
use crate::ast::Transform;
use crate::error::{Error, Result};
use crate::value::{Flags, FunctionKind, Object, Str, TupleKey, Value};

/// What replaces an object, by the address of the object, which is held as long as this is.
type Changed<'a> = HashMap<*const Object<'a>, (Rc<Object<'a>>, Value<'a>)>;

impl<'a> Evaluator<'a> {
    pub(super) fn transform(
        &mut self,
        transform: &'a Transform,
        position: usize,
        value: Value<'a>,
        frame: FrameId,
    ) -> Result<Value<'a>> {
        if value.is_undefined() {
            return Ok(value);
        }
        let copy = self.cloned(value, position, frame)?;
        let found = self.eval(&transform.pattern, &copy, frame)?;
        let matches: Vec<Value<'a>> = match found.list() {
            _ if found.is_undefined() => Vec::new(),
            Some(list) => list.iter().collect(),
            None => vec![found],
        };
        self.charge_items(matches.len())?;
        let mut changed = Changed::new();
        for found in &matches {
            self.change(transform, found, &mut changed, frame)?;
        }
        self.rebuilt(&copy, &mut changed)
    }

    /// A copy by `$clone`, which may have been replaced by a function of the expression's own.
    fn cloned(&mut self, value: Value<'a>, position: usize, frame: FrameId) -> Result<Value<'a>> {
        match self.frames.lookup(TupleKey::Name("clone"), frame).0 {
            None => self.deep_clone(&value),
            Some(Value::Function(function, _)) => match &function.kind {
                FunctionKind::Native(native) if native.name == "clone" => self.deep_clone(&value),
                _ => self.call_back(&Value::Function(function, false), vec![value]),
            },
            Some(_) => Err(Error::new("T2013").at(position).into()),
        }
    }

    /// New arrays and objects all the way down.
    pub(crate) fn deep_clone(&mut self, value: &Value<'a>) -> Result<Value<'a>> {
        self.meter.steps(1)?;
        if let Some(list) = value.list() {
            let mut items = Vec::with_capacity(list.len());
            for item in list.iter() {
                self.charge_items(1)?;
                items.push(stacker::maybe_grow(64 << 10, 1 << 20, || self.deep_clone(&item))?);
            }
            return self.array(items, Flags::default());
        }
        match value.fields() {
            Some(fields) => {
                let mut entries = IndexMap::with_capacity(fields.len());
                for (key, field) in fields {
                    entries.insert(key, stacker::maybe_grow(64 << 10, 1 << 20, || self.deep_clone(&field))?);
                }
                self.object(entries)
            }
            None if matches!(value, Value::Function(..)) => Ok(Value::String(Str::Data(""))),
            None => Ok(value.clone()),
        }
    }

    fn change(
        &mut self,
        transform: &'a Transform,
        found: &Value<'a>,
        changed: &mut Changed<'a>,
        frame: FrameId,
    ) -> Result<()> {
        let mut current = self.current(found, changed)?;
        let update = self.eval(&transform.update, &current, frame)?;
        if !update.is_undefined() {
            let Some(fields) = update.fields() else {
                let error = Error::new("T2011").at(transform.update.position);
                return Err(error.value(update.to_json_lossy()).into());
            };
            current = self.note(found, &current, changed, |entries| entries.extend(fields))?;
        }
        let Some(delete) = &transform.delete else { return Ok(()) };
        let deleted = self.eval(delete, &current, frame)?;
        let keys: Vec<Value<'a>> = match deleted.list() {
            _ if deleted.is_undefined() => return Ok(()),
            Some(list) => list.iter().collect(),
            None => vec![deleted.clone()],
        };
        if !keys.iter().all(|key| key.as_str().is_some()) {
            return Err(Error::new("T2012").at(delete.position).value(deleted.to_json_lossy()).into());
        }
        self.meter.steps(keys.len() as u64)?;
        self.note(found, &current, changed, |entries| {
            for key in &keys {
                entries.shift_remove(key.as_str().unwrap_or(""));
            }
        })?;
        Ok(())
    }

    /// An object as it is by now.
    fn current(&mut self, found: &Value<'a>, changed: &mut Changed<'a>) -> Result<Value<'a>> {
        if changed.is_empty() { Ok(found.clone()) } else { self.rebuilt(found, changed) }
    }

    fn note(
        &mut self,
        found: &Value<'a>,
        current: &Value<'a>,
        changed: &mut Changed<'a>,
        edit: impl FnOnce(&mut IndexMap<Str<'a>, Value<'a>>),
    ) -> Result<Value<'a>> {
        let Value::Object(object) = found else { return Ok(current.clone()) };
        let mut entries: IndexMap<Str<'a>, Value<'a>> = match changed.get(&Rc::as_ptr(object)) {
            Some((_, Value::Object(latest))) => latest.entries.clone(),
            _ => object.entries.clone(),
        };
        edit(&mut entries);
        let latest = self.object(entries)?;
        changed.insert(Rc::as_ptr(object), (object.clone(), latest.clone()));
        if changed.len() == 1 { Ok(latest) } else { self.rebuilt(found, changed) }
    }

    /// The value with all that was changed in place. An object within itself stays what it was there.
    fn rebuilt(&mut self, value: &Value<'a>, changed: &mut Changed<'a>) -> Result<Value<'a>> {
        self.meter.steps(1)?;
        match value {
            Value::Array(array) => {
                let mut items = Vec::with_capacity(array.items.len());
                for item in &array.items {
                    items.push(stacker::maybe_grow(64 << 10, 1 << 20, || self.rebuilt(item, changed))?);
                }
                self.array(items, array.flags)
            }
            Value::Object(object) => {
                let key = Rc::as_ptr(object);
                let replaced = changed.remove(&key);
                let source = match &replaced {
                    Some((_, Value::Object(latest))) => latest.clone(),
                    _ => object.clone(),
                };
                let mut entries = IndexMap::with_capacity(source.entries.len());
                for (name, field) in &source.entries {
                    let field = stacker::maybe_grow(64 << 10, 1 << 20, || self.rebuilt(field, changed))?;
                    entries.insert(name.clone(), field);
                }
                if let Some(replaced) = replaced {
                    changed.insert(key, replaced);
                }
                self.object(entries)
            }
            _ => Ok(value.clone()),
        }
    }
}
