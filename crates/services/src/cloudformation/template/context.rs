//! A resource's declaration before and after a change, as a change set shows it: without what no one may read.

use super::diff::{Deployed, Later, Run, View};
use super::fault::{Fault, TemplateError};
use super::node::Node;
use super::resource::{Policy, Resource};
use serde_json::{Map, Value};

/// Bytes that the values of one change set may take.
const MAX_TOLD: usize = 8 << 20;

impl Run<'_, '_> {
    /// Counts what a change set tells; a value may stand in it many times.
    pub(super) fn tell(&self, bytes: usize) -> Result<(), TemplateError> {
        self.told.set(self.told.get().saturating_add(bytes));
        if self.told.get() > MAX_TOLD {
            Err(Fault::ResolvedTooLong { limit: MAX_TOLD }.into())
        } else {
            Ok(())
        }
    }

    pub(super) fn before_context(
        &self,
        logical_id: &str,
        deployed: &Deployed,
    ) -> Result<Option<String>, TemplateError> {
        let declared = self.compared.before.and_then(|scope| scope.template.resources.get(logical_id));
        let metadata = declared.and_then(|resource| resource.metadata.as_ref()).map(Node::to_json);
        self.context(deployed.properties.clone(), metadata, declared)
    }

    pub(super) fn after_context(
        &self,
        logical_id: &str,
        resource: &Resource,
    ) -> Result<Option<String>, TemplateError> {
        if self.view == View::Names {
            return Ok(None);
        }
        let properties = self.compared.after.preview(logical_id, &Later { run: self })?;
        self.context(properties, resource.metadata.as_ref().map(Node::to_json), Some(resource))
    }

    fn context(
        &self,
        properties: Value,
        metadata: Option<Value>,
        declared: Option<&Resource>,
    ) -> Result<Option<String>, TemplateError> {
        if self.view == View::Names {
            return Ok(None);
        }
        let mut context = Map::from_iter([("Properties".to_owned(), properties)]);
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                context.insert(name.to_owned(), value);
            }
        };
        add("Metadata", metadata);
        let policy = |policy: Option<Policy>| policy.map(|policy| Value::from(policy.as_str()));
        add("DeletionPolicy", policy(declared.and_then(|resource| resource.deletion_policy)));
        add("UpdateReplacePolicy", policy(declared.and_then(|resource| resource.update_replace_policy)));
        let mut context = Value::Object(context);
        self.hide(&mut context);
        let context = context.to_string();
        self.tell(context.len())?;
        Ok(Some(context))
    }

    pub(super) fn hidden(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| text.replace(secret, "****"))
    }

    fn hide(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hidden(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.hide(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
