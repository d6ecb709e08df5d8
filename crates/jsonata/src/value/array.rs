//! Arrays that an expression makes, and one view of all kinds of arrays.

use serde_json::Value as Json;

use super::{Tuple, Value};
use crate::signature::letter;

#[derive(Debug)]
pub(crate) struct Array<'a> {
    pub items: Vec<Value<'a>>,
    pub flags: Flags,
    pub depth: u32,
}

/// What JSONata remembers about an array.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The result of a path or the like: one item stands for itself, none is undefined.
    pub sequence: bool,
    /// … but not this one.
    pub keep_singleton: bool,
    /// Made by a constructor at an end of a path: isn't flattened into what is around it.
    pub cons: bool,
    /// Around an input that is an array, so that it is taken for one value.
    pub outer_wrapper: bool,
}

impl Flags {
    pub(crate) const SEQUENCE: Flags =
        Flags { sequence: true, keep_singleton: false, cons: false, outer_wrapper: false };
}

impl<'a> Array<'a> {
    pub(crate) fn new(items: Vec<Value<'a>>, flags: Flags) -> Self {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or(0);
        Array { items, flags, depth }
    }
}

/// The items of an array of any kind.
#[derive(Clone, Copy)]
pub(crate) enum List<'v, 'a> {
    Data(&'a [Json]),
    Made(&'v [Value<'a>]),
    Range(f64, u32),
    Tuples(&'v [Tuple<'a>]),
}

impl<'a> List<'_, 'a> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            List::Data(items) => items.len(),
            List::Made(items) => items.len(),
            List::Range(_, length) => *length as usize,
            List::Tuples(tuples) => tuples.len(),
        }
    }

    /// The item at an index that is within bounds; otherwise undefined.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Value<'a> {
        match self {
            List::Data(items) => items.get(index).map_or(Value::Undefined, Value::from_data),
            List::Made(items) => items.get(index).cloned().unwrap_or(Value::Undefined),
            List::Range(first, length) if index < *length as usize => Value::Number(first + index as f64),
            List::Range(..) => Value::Undefined,
            List::Tuples(tuples) => tuples.get(index).map_or(Value::Undefined, |tuple| tuple.item.clone()),
        }
    }

    /// The letter of an item's type.
    pub(crate) fn letter(&self, index: usize) -> u8 {
        letter(&self.get(index))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// All are numbers JSON can hold; an infinite one is an error.
    pub(crate) fn all_numbers(&self) -> Result<bool, crate::error::Fault> {
        if let List::Range(..) = self {
            return Ok(true);
        }
        let mut all = true;
        for item in self.iter() {
            match item.as_number() {
                Some(number) => {
                    super::checked(number)?;
                }
                None => all = false,
            }
        }
        Ok(all)
    }

    pub(crate) fn all_strings(&self) -> bool {
        self.iter().all(|item| matches!(item, Value::String(_)))
    }
}
