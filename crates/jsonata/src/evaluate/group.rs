//! `items{key: value}`: one object of all items, each value made of the items that have its key.

use indexmap::IndexMap;

use super::{Evaluator, FrameId};
use crate::ast::Pairs;
use crate::error::{Error, Result};
use crate::value::{Str, Tuple, Value};

/// The items of a key, and the pair that made it.
struct Group<T> {
    pair: usize,
    items: Vec<T>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn group(&mut self, pairs: &'a Pairs, input: Value<'a>, frame: FrameId) -> Result<Value<'a>> {
        if let Value::Tuples(tuples) = &input {
            return self.group_tuples(pairs, tuples, frame);
        }
        let items: Vec<Value<'a>> = match input.list() {
            Some(list) if list.len() > 0 => {
                self.charge_items(list.len())?;
                list.iter().collect()
            }
            // Nothing makes an object all the same.
            Some(_) => vec![Value::Undefined],
            None => vec![input],
        };
        let mut groups: IndexMap<Str<'a>, Group<Value<'a>>> = IndexMap::new();
        for item in items {
            for (pair, (key, _)) in pairs.pairs.iter().enumerate() {
                if let Some(key) = self.key(key, pairs.position, &item, frame)? {
                    self.add(&mut groups, key, pair, item.clone(), pairs.position)?;
                }
            }
        }
        let mut entries = IndexMap::with_capacity(groups.len());
        for (key, Group { pair, items }) in groups {
            let context = self.joined(items)?;
            let value = self.eval(&pairs.pairs[pair].1, &context, frame)?;
            if !value.is_undefined() {
                entries.insert(key, value);
            }
        }
        self.object(entries)
    }

    fn group_tuples(&mut self, pairs: &'a Pairs, tuples: &[Tuple<'a>], frame: FrameId) -> Result<Value<'a>> {
        let mut groups: IndexMap<Str<'a>, Group<Tuple<'a>>> = IndexMap::new();
        for tuple in tuples {
            for (pair, (key, _)) in pairs.pairs.iter().enumerate() {
                let (inner, mark) = self.enter_tuple(tuple, frame)?;
                let key = self.key(key, pairs.position, &tuple.item, inner)?;
                self.frames.leave(mark);
                if let Some(key) = key {
                    self.add(&mut groups, key, pair, tuple.clone(), pairs.position)?;
                }
            }
        }
        let mut entries = IndexMap::with_capacity(groups.len());
        for (key, Group { pair, items }) in groups {
            let tuple = self.reduced(items)?;
            let (inner, mark) = self.enter_tuple(&tuple, frame)?;
            let value = self.eval(&pairs.pairs[pair].1, &tuple.item, inner)?;
            self.frames.leave(mark);
            if !value.is_undefined() {
                entries.insert(key, value);
            }
        }
        self.object(entries)
    }

    fn add<T>(
        &mut self,
        groups: &mut IndexMap<Str<'a>, Group<T>>,
        key: Str<'a>,
        pair: usize,
        item: T,
        position: usize,
    ) -> Result<()> {
        self.meter.bytes(size_of::<T>())?;
        match groups.get_mut(&*key) {
            Some(group) if group.pair == pair => group.items.push(item),
            Some(_) => return Err(Error::new("D1009").at(position).value(&*key).into()),
            None => {
                self.meter.bytes(80)?;
                groups.insert(key, Group { pair, items: vec![item] });
            }
        }
        Ok(())
    }

    /// One item as it is; more in a row, arrays among them flattened.
    fn joined(&mut self, mut items: Vec<Value<'a>>) -> Result<Value<'a>> {
        items.retain(|item| !item.is_undefined());
        match items.len() {
            0 => return Ok(Value::Undefined),
            1 => return Ok(items.swap_remove(0)),
            _ => {}
        }
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            match item.list() {
                Some(list) => {
                    self.charge_items(list.len())?;
                    flat.extend(list.iter());
                }
                None => flat.push(item),
            }
        }
        self.array(flat, crate::value::Flags::default())
    }

    /// One tuple of many: what is bound to a name in any of them, in a row.
    fn reduced(&mut self, mut tuples: Vec<Tuple<'a>>) -> Result<Tuple<'a>> {
        if tuples.len() == 1 {
            return Ok(tuples.swap_remove(0));
        }
        let mut columns: Vec<(_, Vec<Value<'a>>)> = Vec::new();
        let mut items = Vec::with_capacity(tuples.len());
        for tuple in tuples {
            self.charge_items(1 + tuple.bound.len())?;
            items.push(tuple.item);
            for (key, value) in tuple.bound {
                match columns.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, values)) => values.push(value),
                    None => columns.push((key, vec![value])),
                }
            }
        }
        let item = self.joined(items)?;
        let bound = columns.into_iter().map(|(key, values)| Ok((key, self.joined(values)?)));
        Ok(Tuple { item, bound: bound.collect::<Result<_>>()? })
    }
}

/// Notes that a pair makes a key; two pairs must not.
pub(super) fn claim<'a>(
    keys: &mut IndexMap<Str<'a>, usize>,
    key: Str<'a>,
    pair: usize,
    position: usize,
) -> Result<()> {
    match keys.get(&*key) {
        Some(other) if *other != pair => Err(Error::new("D1009").at(position).value(&*key).into()),
        _ => {
            keys.insert(key, pair);
            Ok(())
        }
    }
}
