//! The simplest steps: a field, `*`, `**`.

use super::{Evaluator, unwrap_outer};
use crate::error::Result;
use crate::value::{Flags, Value};

impl<'a> Evaluator<'a> {
    /// A field of an object, or the fields of all objects in an array.
    #[inline]
    pub(crate) fn lookup(&mut self, input: &Value<'a>, name: &str) -> Result<Value<'a>> {
        if !input.is_list() {
            return Ok(input.field(name));
        }
        let mut found = Vec::new();
        self.lookup_each(input, name, &mut found)?;
        self.sequence(found)
    }

    fn lookup_each(&mut self, input: &Value<'a>, name: &str, found: &mut Vec<Value<'a>>) -> Result<()> {
        let Some(list) = input.list() else { return Ok(()) };
        self.meter.steps(list.len() as u64)?;
        for item in list.iter() {
            if item.is_list() {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.lookup_each(&item, name, found))?;
                continue;
            }
            let field = item.field(name);
            match field.list() {
                _ if field.is_undefined() => {}
                Some(list) => {
                    self.charge_items(list.len())?;
                    found.extend(list.iter());
                }
                None => {
                    self.charge_items(1)?;
                    found.push(field);
                }
            }
        }
        Ok(())
    }

    /// `*`: the values of all fields. Arrays among them are flattened, and then the result is an array for good.
    pub(super) fn wildcard(&mut self, input: &Value<'a>) -> Result<Value<'a>> {
        let input = unwrap_outer(input);
        let values: Vec<Value<'a>> = match input.list() {
            Some(list) => {
                self.charge_items(list.len())?;
                list.iter().collect()
            }
            None => input.fields().unwrap_or_default().into_iter().map(|(_, value)| value).collect(),
        };
        let mut flags = Flags::SEQUENCE;
        let mut results = Vec::with_capacity(values.len());
        for value in values {
            self.charge_items(1)?;
            if value.is_list() {
                flags = Flags::default();
                self.flatten_deep(&value, &mut results)?;
            } else {
                results.push(value);
            }
        }
        self.array(results, flags)
    }

    fn flatten_deep(&mut self, value: &Value<'a>, flat: &mut Vec<Value<'a>>) -> Result<()> {
        let Some(list) = value.list() else {
            flat.push(value.clone());
            return Ok(());
        };
        self.charge_items(list.len())?;
        for item in list.iter() {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.flatten_deep(&item, flat))?;
        }
        Ok(())
    }

    /// `**`: the value, its fields, their fields and so on; arrays give their items only.
    pub(super) fn descendants(&mut self, input: &Value<'a>) -> Result<Value<'a>> {
        if input.is_undefined() {
            return Ok(Value::Undefined);
        }
        let mut results = Vec::new();
        self.descend(input, &mut results)?;
        if results.len() == 1
            && let Some(only) = results.pop()
        {
            return Ok(only);
        }
        self.sequence(results)
    }

    fn descend(&mut self, value: &Value<'a>, results: &mut Vec<Value<'a>>) -> Result<()> {
        self.charge_items(1)?;
        self.meter.steps(1)?;
        if let Some(list) = value.list() {
            for item in list.iter() {
                stacker::maybe_grow(64 << 10, 1 << 20, || self.descend(&item, results))?;
            }
            return Ok(());
        }
        results.push(value.clone());
        for (_, field) in value.fields().unwrap_or_default() {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.descend(&field, results))?;
        }
        Ok(())
    }
}
