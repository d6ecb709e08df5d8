//! What a draft would change in a stack, in both views of a change set.

use super::change_set::Changes;
use super::deployment::Deployment;
use super::draft::Prepared;
use super::model::Stack;
use super::plan::Known;
use super::resource::{deployed, load_all};
use super::resources::KnownTypes;
use super::template::{Comparison, TemplateError, View};
use crate::failure::Failure;
use crate::rows::Rows;

/// The changes, without and with values.
#[derive(Debug)]
pub struct Changed {
    pub by_name: Changes,
    pub with_values: Changes,
    pub outputs: bool,
    pub tags: bool,
}

impl Changed {
    /// Compares a stack with what it would be.
    ///
    /// # Errors
    /// What can't be evaluated.
    pub fn new(stack: &Stack, prepared: &Prepared, rows: &dyn Rows) -> Result<Self, Failure> {
        Ok(Self::try_new(stack, prepared, rows)??)
    }

    /// The same, with what can't be evaluated as a result of its own.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn try_new(
        stack: &Stack,
        prepared: &Prepared,
        rows: &dyn Rows,
    ) -> Result<Result<Self, TemplateError>, Failure> {
        let before = Deployment::load(stack, &stack.configuration, rows)?;
        let resources = load_all(stack.id, rows)?;
        let deployed = deployed(&resources)?;
        let scope = stack.scope();
        let known = Known::new(&resources, &scope, rows);
        let tags = stack.configuration.tags != prepared.configuration.tags;
        let compare = || {
            let before = before.as_ref().map(Deployment::scope).transpose()?;
            let after = prepared.deployment.scope()?;
            let comparison = Comparison {
                before: before.as_ref(),
                after: &after,
                deployed: &deployed,
                facts: &known,
                types: &KnownTypes,
                stack_tags_changed: tags,
            };
            Ok(Self {
                by_name: comparison.changes(View::Names)?,
                with_values: comparison.changes(View::Values)?,
                outputs: comparison.outputs_changed()?,
                tags,
            })
        };
        let changed = compare();
        known.asked()?;
        Ok(changed)
    }

    /// Is there anything to do?
    #[must_use]
    pub fn anything(&self) -> bool {
        !self.by_name.is_empty() || !self.with_values.is_empty() || self.outputs || self.tags
    }
}
