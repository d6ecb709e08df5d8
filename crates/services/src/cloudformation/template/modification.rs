//! The details of a modification: each attribute and property that changes, and why.

use super::canonical::canonical;
use super::change::{Attribute, ChangeSource, Detail, Evaluation, Recreation, Replacement, Target};
use super::diff::{Deployed, Fate, Later, Run, View};
use super::fault::TemplateError;
use super::leaves::{Leaf, leaves, same};
use super::node::Node;
use super::references::{Reference, walk};
use super::resource::{Policy, Resource};
use super::scope::Scope;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A reason for a change that lies elsewhere.
type Cause = (ChangeSource, Evaluation, Option<String>);

impl Run<'_, '_> {
    pub(super) fn details(
        &self,
        logical_id: &str,
        resource: &Resource,
        deployed: &Deployed,
    ) -> Result<Vec<Detail>, TemplateError> {
        let mut details = match self.view {
            View::Names => self.named_properties(logical_id, resource)?,
            View::Values => self.valued_properties(logical_id, resource, deployed)?,
        };
        if let Some(before) = self.compared.before.and_then(|scope| scope.active_resource(logical_id)) {
            details.extend(self.other_attributes(before, resource)?);
        }
        let tagged = details.iter().any(|detail| detail.target.attribute == Attribute::Tags);
        if self.compared.stack_tags_changed
            && !tagged
            && self.compared.types.taggable(&resource.resource_type)
        {
            details.push(direct(target(Attribute::Tags, None, Recreation::Never), Evaluation::Static));
        }
        Ok(details)
    }

    /// Properties whose expression differs, or that refer to what changes.
    fn named_properties(&self, logical_id: &str, resource: &Resource) -> Result<Vec<Detail>, TemplateError> {
        let empty = Value::Object(Map::new());
        let form = |scope: &Scope<'_>| {
            let declared =
                scope.active_resource(logical_id).and_then(|resource| resource.properties.as_ref());
            declared.map(|node| canonical(scope, self.compared.facts, node)).transpose().map(Option::flatten)
        };
        let before = self.compared.before.map(form).transpose()?.flatten().unwrap_or_else(|| empty.clone());
        let after = form(self.compared.after)?.unwrap_or_else(|| empty.clone());
        let mut details = Vec::new();
        for name in keys(&before, &after) {
            let directly = match (before.get(&name), after.get(&name)) {
                (Some(left), Some(right)) => !same(left, right),
                _ => true,
            };
            let causes = self.causes(resource, &name)?;
            let target = self.property(resource, &name);
            details.extend(reasons(&target, directly, causes));
        }
        Ok(details)
    }

    /// Properties whose value differs, part by part.
    fn valued_properties(
        &self,
        logical_id: &str,
        resource: &Resource,
        deployed: &Deployed,
    ) -> Result<Vec<Detail>, TemplateError> {
        let before = &deployed.properties;
        let after = self.compared.after.preview(logical_id, &Later { run: self })?;
        let mut details = Vec::new();
        for name in keys(before, &after) {
            let parts = leaves(&format!("/Properties/{name}"), before.get(&name), after.get(&name));
            if parts.is_empty() {
                continue;
            }
            let causes = self.causes(resource, &name)?;
            for part in parts {
                let bytes =
                    part.before.as_ref().map_or(0, String::len) + part.after.as_ref().map_or(0, String::len);
                self.tell(bytes.saturating_mul(causes.len() + 1))?;
                let target = self.valued(self.property(resource, &name), part);
                details.extend(reasons(&target, true, causes.clone()));
            }
        }
        Ok(details)
    }

    /// A property as a target. Changed tags are an attribute of their own.
    fn property(&self, resource: &Resource, name: &str) -> Target {
        if name == "Tags" {
            return target(Attribute::Tags, None, Recreation::Never);
        }
        let recreation = self.compared.types.recreation(&resource.resource_type, name);
        target(Attribute::Properties, Some(name.to_owned()), recreation)
    }

    fn valued(&self, target: Target, part: Leaf) -> Target {
        Target {
            path: Some(part.path),
            before_value: part.before.map(|value| self.hidden(value)),
            after_value: part.after.map(|value| self.hidden(value)),
            attribute_change: Some(part.change),
            ..target
        }
    }

    /// What else a property depends on that changes.
    fn causes(&self, resource: &Resource, property: &str) -> Result<Vec<Cause>, TemplateError> {
        let members = resource.properties.as_ref().and_then(Node::as_map);
        let Some(node) = members.and_then(|members| members.get(property)) else { return Ok(Vec::new()) };
        let mut causes = Vec::new();
        walk(node, &|condition| self.compared.after.branch(condition), &mut |_, reference| {
            if let Some(cause) = self.cause(reference).filter(|cause| !causes.contains(cause)) {
                causes.push(cause);
            }
            Ok(())
        })?;
        Ok(causes)
    }

    fn cause(&self, reference: Reference<'_>) -> Option<Cause> {
        match reference {
            Reference::Named(name) if self.compared.after.parameters.contains_key(name) => self
                .compared
                .parameter_changed(name)
                .then(|| (ChangeSource::ParameterReference, Evaluation::Static, Some(name.to_owned()))),
            Reference::Named(name) => {
                let evaluation = match self.fate(name) {
                    Fate::New => Evaluation::Static,
                    Fate::MaybeReplaced => Evaluation::Dynamic,
                    Fate::Modified | Fate::Unchanged => return None,
                };
                Some((ChangeSource::ResourceReference, evaluation, Some(name.to_owned())))
            }
            Reference::Attribute { resource, attribute, .. } => {
                let evaluation = match self.fate(resource) {
                    Fate::New => Evaluation::Static,
                    Fate::Modified if self.view == View::Values => return None,
                    Fate::MaybeReplaced | Fate::Modified => Evaluation::Dynamic,
                    Fate::Unchanged => return None,
                };
                let entity =
                    attribute.map_or_else(|| resource.to_owned(), |name| format!("{resource}.{name}"));
                Some((ChangeSource::ResourceAttribute, evaluation, Some(entity)))
            }
            Reference::Condition(_) | Reference::Mapping(_) => None,
        }
    }

    /// Attributes beside the properties; a change of them makes no new resource.
    fn other_attributes(&self, before: &Resource, after: &Resource) -> Result<Vec<Detail>, TemplateError> {
        let mut details = Vec::new();
        for (attribute, before, after) in [
            (Attribute::Metadata, &before.metadata, &after.metadata),
            (Attribute::CreationPolicy, &before.creation_policy, &after.creation_policy),
            (Attribute::UpdatePolicy, &before.update_policy, &after.update_policy),
        ] {
            let form = |scope: &Scope<'_>, node: &Option<Node>| {
                node.as_ref()
                    .map(|node| canonical(scope, self.compared.facts, node))
                    .transpose()
                    .map(Option::flatten)
            };
            let before = self.compared.before.map(|scope| form(scope, before)).transpose()?.flatten();
            let after = form(self.compared.after, after)?;
            details.extend(self.attribute(attribute, before, after));
        }
        let word = |policy: Option<Policy>| policy.map(|policy| Value::from(policy.as_str()));
        for (attribute, before, after) in [
            (Attribute::DeletionPolicy, before.deletion_policy, after.deletion_policy),
            (Attribute::UpdateReplacePolicy, before.update_replace_policy, after.update_replace_policy),
        ] {
            details.extend(self.attribute(attribute, word(before), word(after)));
        }
        Ok(details)
    }

    fn attribute(&self, attribute: Attribute, before: Option<Value>, after: Option<Value>) -> Vec<Detail> {
        let parts = leaves(&format!("/{}", attribute.as_str()), before.as_ref(), after.as_ref());
        let plain = target(attribute, None, Recreation::Never);
        match self.view {
            View::Names if parts.is_empty() => Vec::new(),
            View::Names => vec![direct(plain, Evaluation::Static)],
            View::Values => parts
                .into_iter()
                .map(|part| direct(self.valued(plain.clone(), part), Evaluation::Static))
                .collect(),
        }
    }
}

fn target(attribute: Attribute, name: Option<String>, requires_recreation: Recreation) -> Target {
    Target {
        attribute,
        name,
        requires_recreation,
        path: None,
        before_value: None,
        after_value: None,
        attribute_change: None,
    }
}

fn direct(target: Target, evaluation: Evaluation) -> Detail {
    Detail { target, evaluation, change_source: ChangeSource::DirectModification, causing_entity: None }
}

/// The details of one target. A parameter is a cause only of what it changes.
fn reasons(target: &Target, directly: bool, causes: Vec<Cause>) -> Vec<Detail> {
    let causes: Vec<_> = causes
        .into_iter()
        .filter(|(source, ..)| directly || *source != ChangeSource::ParameterReference)
        .collect();
    let evaluation = if causes.is_empty() { Evaluation::Static } else { Evaluation::Dynamic };
    let own = directly.then(|| direct(target.clone(), evaluation));
    let others = causes.into_iter().map(|(change_source, evaluation, causing_entity)| Detail {
        target: target.clone(),
        evaluation,
        change_source,
        causing_entity,
    });
    own.into_iter().chain(others).collect()
}

pub(super) fn replacement(details: &[Detail]) -> Replacement {
    let always = |detail: &&Detail| detail.target.requires_recreation == Recreation::Always;
    if details.iter().filter(always).any(|detail| detail.evaluation == Evaluation::Static) {
        return Replacement::True;
    }
    let certain = details.iter().all(|detail| detail.target.requires_recreation == Recreation::Never);
    if certain { Replacement::False } else { Replacement::Conditional }
}

/// The properties of either version, in order.
fn keys(before: &Value, after: &Value) -> BTreeSet<String> {
    [before, after]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|object| object.keys().cloned())
        .collect()
}
