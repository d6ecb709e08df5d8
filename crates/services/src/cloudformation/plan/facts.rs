//! What is known while values are evaluated: the stack's resources as they are, and what other stacks export.

use crate::cloudformation::exports::Export;
use crate::cloudformation::keys;
use crate::cloudformation::resource::{Physical, Resources};
use crate::cloudformation::resources;
use crate::cloudformation::template::{Facts, NoSuchAttribute};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

pub struct Known<'a> {
    resources: &'a Resources,
    scope: &'a Scope,
    rows: &'a dyn Rows,
    /// The exports that were asked for.
    asked: RefCell<BTreeSet<String>>,
    /// Asking can't fail; what went wrong is kept here, and [`Known::asked`] tells it.
    failure: RefCell<Option<Failure>>,
}

impl<'a> Known<'a> {
    #[must_use]
    pub fn new(resources: &'a Resources, scope: &'a Scope, rows: &'a dyn Rows) -> Self {
        Self { resources, scope, rows, asked: RefCell::default(), failure: RefCell::default() }
    }

    /// The exports that values were taken from.
    ///
    /// # Errors
    /// What went wrong while values were evaluated: they don't count then.
    pub fn asked(self) -> Result<BTreeSet<String>, Failure> {
        match self.failure.into_inner() {
            Some(failure) => Err(failure),
            None => Ok(self.asked.into_inner()),
        }
    }

    fn keep<T>(&self, answer: Result<Option<T>, Failure>) -> Option<T> {
        answer.unwrap_or_else(|failure| {
            self.failure.borrow_mut().get_or_insert(failure);
            None
        })
    }

    fn current(&self, logical_id: &str) -> Option<&Physical> {
        self.resources.get(logical_id)?.current.as_ref()
    }
}

impl Facts for Known<'_> {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        self.current(logical_id).map(|current| Value::from(current.reference.as_str()))
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, NoSuchAttribute> {
        let Some(resource) = self.resources.get(logical_id) else { return Ok(None) };
        let known = resources::find(&resource.resource_type).ok_or(NoSuchAttribute)?;
        let is_attribute = known.attributes.contains(&name);
        if !is_attribute && !known.shows(name) {
            return Err(NoSuchAttribute);
        }
        let Some(current) = &resource.current else { return Ok(None) };
        let values = if is_attribute { current.attributes() } else { current.properties() };
        match self.keep(values.map(|mut values| values.remove(name))) {
            // A property that isn't set has no value to yield.
            None if !is_attribute => Err(NoSuchAttribute),
            value => Ok(value),
        }
    }

    fn import(&self, name: &str) -> Option<String> {
        let export = self.keep(self.rows.row::<Export>(&keys::export(self.scope, name)))?;
        self.asked.borrow_mut().insert(name.to_owned());
        Some(export.value)
    }
}
