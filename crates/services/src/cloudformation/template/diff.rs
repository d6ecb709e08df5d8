//! What a change set would do: two versions of a template compared, with the reasons AWS gives for each change.
//!
//! Observed, not documented: the two views of a change set differ. Without property values, a `Fn::GetAtt` of a resource
//! that is modified may change (Dynamic), and a chain of them carries on; with values, what a modified resource yields is
//! its value of now, so only what refers to a new resource is unknown. A change that comes through a parameter is told
//! twice: as ParameterReference, Static, and as DirectModification, Dynamic.

use super::canonical::canonical;
use super::change::{Action, Attribute, Detail, PolicyAction, Recreation, Replacement, ResourceChange};
use super::fault::{Fault, TemplateError};
use super::graph::Graph;
use super::modification::replacement;
use super::resolve::{Facts, NoSuchAttribute};
use super::resource::{Policy, Resource};
use super::scope::Scope;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::cell::Cell;

/// What has to be known of resource types.
pub trait Types {
    /// Does changing this property make a new physical resource?
    fn recreation(&self, resource_type: &str, property: &str) -> Recreation;

    /// Do the stack's tags reach resources of this type?
    fn taggable(&self, resource_type: &str) -> bool;
}

/// A resource that a stack has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    pub physical_id: String,
    pub resource_type: String,
    /// As it was last made or changed with.
    pub properties: Value,
}

/// How much a change set tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Which properties change.
    Names,
    /// And their values (IncludePropertyValues).
    Values,
}

/// Two versions of a stack.
#[derive(Clone, Copy)]
pub struct Comparison<'c> {
    /// None for a stack that has no resources yet.
    pub before: Option<&'c Scope<'c>>,
    pub after: &'c Scope<'c>,
    /// The stack's resources by their logical ids.
    pub deployed: &'c IndexMap<String, Deployed>,
    /// What they yield now.
    pub facts: &'c dyn Facts,
    pub types: &'c dyn Types,
    pub stack_tags_changed: bool,
}

/// What becomes of a resource, as far as those that refer to it care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Unchanged,
    Modified,
    MaybeReplaced,
    /// Made, or made anew: its values aren't known.
    New,
}

impl Comparison<'_> {
    /// The changes, by logical id. An empty list: the resources stay as they are.
    ///
    /// # Errors
    /// What can't be evaluated or ordered, and a resource whose type changes.
    pub fn changes(&self, view: View) -> Result<Vec<ResourceChange>, TemplateError> {
        self.refuse_other_types()?;
        let graph = Graph::new(self.after)?;
        let mut run =
            Run { compared: self, view, fates: IndexMap::new(), secrets: self.secrets(), told: Cell::new(0) };
        let mut changes = Vec::new();
        for logical_id in graph.creation_order() {
            if let Some(resource) = self.after.active_resource(logical_id) {
                changes.extend(run.change(logical_id, resource)?);
            }
        }
        let gone = self.deployed.iter().filter(|(name, _)| self.after.active_resource(name).is_none());
        for (name, deployed) in gone {
            changes.push(run.removal(name, deployed)?);
        }
        changes.sort_by(|left, right| left.logical_id.cmp(&right.logical_id));
        Ok(changes)
    }

    /// Do the outputs change, whatever the resources do?
    ///
    /// # Errors
    /// What can't be evaluated.
    pub fn outputs_changed(&self) -> Result<bool, TemplateError> {
        let before = self.before.map(|scope| self.canonical_outputs(scope)).transpose()?;
        Ok(before.unwrap_or_default() != self.canonical_outputs(self.after)?)
    }

    fn canonical_outputs(&self, scope: &Scope<'_>) -> Result<Map<String, Value>, TemplateError> {
        let mut outputs = Map::new();
        for (key, output) in &scope.template.outputs {
            if scope.holds(output.condition.as_ref()) {
                let form = |node| canonical(scope, self.facts, node);
                let name = output.export_name.as_ref().map(form).transpose()?.flatten();
                let value = form(&output.value)?;
                outputs.insert(key.clone(), serde_json::json!([value, name, output.description]));
            }
        }
        Ok(outputs)
    }

    fn refuse_other_types(&self) -> Result<(), TemplateError> {
        let other = self.after.active().filter(|(name, resource)| {
            self.deployed.get(*name).is_some_and(|deployed| deployed.resource_type != resource.resource_type)
        });
        let (names, resources): (Vec<_>, Vec<_>) =
            other.map(|(name, resource)| (name.to_owned(), resource)).unzip();
        match resources.first() {
            Some(resource) => Err(Fault::TypeChanged(names).at(resource.type_place)),
            None => Ok(()),
        }
    }

    /// Texts that no one may read in a change set.
    fn secrets(&self) -> Vec<String> {
        let parameters = self.before.iter().map(|scope| scope.parameters).chain([self.after.parameters]);
        let hidden = parameters.flat_map(IndexMap::values).filter(|parameter| parameter.no_echo);
        let mut secrets: Vec<_> =
            hidden.map(|parameter| parameter.text.clone()).filter(|text| !text.is_empty()).collect();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    pub(super) fn parameter_changed(&self, name: &str) -> bool {
        let text = |scope: &Scope<'_>| scope.parameters.get(name).map(|parameter| parameter.text.clone());
        self.before.and_then(text) != text(self.after)
    }
}

/// One comparison under way, in the order of creation.
pub(super) struct Run<'c, 'a> {
    pub(super) compared: &'a Comparison<'c>,
    pub(super) view: View,
    /// Of those that come before.
    fates: IndexMap<String, Fate>,
    pub(super) secrets: Vec<String>,
    /// Bytes of values so far.
    pub(super) told: Cell<usize>,
}

impl Run<'_, '_> {
    fn change(
        &mut self,
        logical_id: &str,
        resource: &Resource,
    ) -> Result<Option<ResourceChange>, TemplateError> {
        let Some(deployed) = self.compared.deployed.get(logical_id) else {
            self.fates.insert(logical_id.to_owned(), Fate::New);
            return Ok(Some(ResourceChange {
                action: Action::Add,
                logical_id: logical_id.to_owned(),
                physical_id: None,
                resource_type: resource.resource_type.clone(),
                replacement: None,
                scope: Vec::new(),
                details: Vec::new(),
                policy_action: None,
                before_context: None,
                after_context: self.after_context(logical_id, resource)?,
            }));
        };
        let details = self.details(logical_id, resource, deployed)?;
        let replacement = replacement(&details);
        // Metadata and policies are the stack's own: the resource itself stays as it is.
        let touched =
            |detail: &Detail| matches!(detail.target.attribute, Attribute::Properties | Attribute::Tags);
        let fate = match replacement {
            _ if !details.iter().any(touched) => Fate::Unchanged,
            Replacement::True => Fate::New,
            Replacement::Conditional => Fate::MaybeReplaced,
            Replacement::False => Fate::Modified,
        };
        let after_context = self.after_context(logical_id, resource)?;
        self.fates.insert(logical_id.to_owned(), fate);
        if details.is_empty() {
            return Ok(None);
        }
        let mut scope: Vec<Attribute> = Vec::new();
        for detail in &details {
            if !scope.contains(&detail.target.attribute) {
                scope.push(detail.target.attribute);
            }
        }
        Ok(Some(ResourceChange {
            action: Action::Modify,
            logical_id: logical_id.to_owned(),
            physical_id: Some(deployed.physical_id.clone()),
            resource_type: resource.resource_type.clone(),
            replacement: Some(replacement),
            scope,
            details,
            policy_action: (replacement == Replacement::True)
                .then(|| replacing(resource.update_replace_policy.unwrap_or_default())),
            before_context: self.before_context(logical_id, deployed)?,
            after_context,
        }))
    }

    fn removal(&self, logical_id: &str, deployed: &Deployed) -> Result<ResourceChange, TemplateError> {
        let declared = self.compared.before.and_then(|scope| scope.template.resources.get(logical_id));
        Ok(ResourceChange {
            action: Action::Remove,
            logical_id: logical_id.to_owned(),
            physical_id: Some(deployed.physical_id.clone()),
            resource_type: deployed.resource_type.clone(),
            replacement: None,
            scope: Vec::new(),
            details: Vec::new(),
            policy_action: Some(removing(
                declared.and_then(|resource| resource.deletion_policy).unwrap_or_default(),
            )),
            before_context: self.before_context(logical_id, deployed)?,
            after_context: None,
        })
    }

    pub(super) fn fate(&self, logical_id: &str) -> Fate {
        self.fates.get(logical_id).copied().unwrap_or(Fate::Unchanged)
    }
}

/// What is known before the change set is executed: nothing of resources that it makes.
pub(super) struct Later<'r, 'c, 'a> {
    pub(super) run: &'r Run<'c, 'a>,
}

impl Facts for Later<'_, '_, '_> {
    fn reference(&self, logical_id: &str) -> Option<Value> {
        if self.run.fate(logical_id) == Fate::New {
            None
        } else {
            self.run.compared.facts.reference(logical_id)
        }
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, NoSuchAttribute> {
        if self.run.fate(logical_id) == Fate::New {
            return Ok(None);
        }
        self.run.compared.facts.attribute(logical_id, name)
    }

    fn import(&self, name: &str) -> Option<String> {
        self.run.compared.facts.import(name)
    }
}

fn removing(policy: Policy) -> PolicyAction {
    match policy {
        Policy::Delete => PolicyAction::Delete,
        Policy::Retain | Policy::RetainExceptOnCreate => PolicyAction::Retain,
        Policy::Snapshot => PolicyAction::Snapshot,
    }
}

fn replacing(policy: Policy) -> PolicyAction {
    match policy {
        Policy::Delete => PolicyAction::ReplaceAndDelete,
        Policy::Retain | Policy::RetainExceptOnCreate => PolicyAction::ReplaceAndRetain,
        Policy::Snapshot => PolicyAction::ReplaceAndSnapshot,
    }
}
