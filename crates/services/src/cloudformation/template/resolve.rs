//! The values of a template: intrinsic functions evaluated against what is known of the stack's resources.
//!
//! Scalars keep their JSON type, what a function or a reference yields is a text or a list of texts. `AWS::NoValue`
//! removes the property or item. While a stack is made, a resource that isn't there yet is an error; for a change set it
//! is a value [`KNOWN_AFTER_APPLY`]. What functions produce is bounded, since nested `Fn::Sub` can double it at each level.

use super::fault::{Block, Fault, TemplateError};
use super::functions::function;
use super::node::{Content, Node, value_text};
use super::pseudo::NO_VALUE;
use super::scope::Scope;
use serde_json::{Map, Value};

/// How a change set writes a value that only its execution will bring.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// Bytes that the values of one part of a template may take.
const MAX_RESOLVED: usize = 2 << 20;

const DYNAMIC_REFERENCE: &str = "{{resolve:";

/// The resource type has no such attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchAttribute;

/// What is known outside the template.
pub trait Facts {
    /// What `Ref` of this resource yields; none while it isn't made.
    fn reference(&self, logical_id: &str) -> Option<Value>;

    /// What `Fn::GetAtt` yields; none while it isn't known.
    ///
    /// # Errors
    /// The type of the resource has no such attribute.
    fn attribute(&self, logical_id: &str, name: &str) -> Result<Option<Value>, NoSuchAttribute>;

    /// The value that another stack exports under this name.
    fn import(&self, name: &str) -> Option<String>;
}

/// What to make of a value that isn't known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    IsAnError,
    IsMarked,
}

/// An output with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputValue {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export_name: Option<String>,
}

impl Scope<'_> {
    /// The properties of an active resource, to make or change it with.
    ///
    /// # Errors
    /// AWS's words for what can't be evaluated.
    pub fn properties(&self, logical_id: &str, facts: &dyn Facts) -> Result<Value, TemplateError> {
        self.values(logical_id, facts, Unknown::IsAnError)
    }

    /// The same as far as it is known now, for a change set.
    ///
    /// # Errors
    /// As [`Scope::properties`].
    pub fn preview(&self, logical_id: &str, facts: &dyn Facts) -> Result<Value, TemplateError> {
        self.values(logical_id, facts, Unknown::IsMarked)
    }

    fn values(&self, logical_id: &str, facts: &dyn Facts, unknown: Unknown) -> Result<Value, TemplateError> {
        let node = self.active_resource(logical_id).and_then(|resource| resource.properties.as_ref());
        let Some(node) = node else { return Ok(Value::Object(Map::new())) };
        let mut resolver = Resolver::new(self, facts, unknown, node);
        resolver.base = format!("/Resources/{logical_id}/Properties");
        match resolver.value()? {
            None => Ok(Value::Object(Map::new())),
            Some(Value::Object(members)) => Ok(Value::Object(members)),
            Some(_) => {
                let resource = logical_id.to_owned();
                Err(Fault::AttributeNotObject { resource, attribute: "Properties" }.at(node.place))
            }
        }
    }

    /// The outputs whose condition holds, in the order of the template.
    ///
    /// # Errors
    /// AWS's words for what can't be evaluated or is no text.
    pub fn outputs(&self, facts: &dyn Facts) -> Result<Vec<OutputValue>, TemplateError> {
        let active = self.template.outputs.iter().filter(|(_, output)| self.holds(output.condition.as_ref()));
        let resolve = |key: &str, member: &str, node: &Node| -> Text {
            let mut resolver = Resolver::new(self, facts, Unknown::IsAnError, node);
            resolver.base = format!("/Outputs/{key}/{member}");
            resolver.block = Block::Outputs;
            Ok(resolver.value()?.as_ref().and_then(value_text))
        };
        active
            .map(|(key, output)| {
                let value = resolve(key, "Value", &output.value)?;
                let name =
                    output.export_name.as_ref().map(|node| resolve(key, "Export/Name", node)).transpose()?;
                let export_name = match name {
                    Some(Some(name)) if super::output::is_export_name(&name) => Some(name),
                    Some(_) => return Err(Fault::ExportName(key.clone()).at(output.place)),
                    None => None,
                };
                Ok(OutputValue {
                    key: key.clone(),
                    value: value.ok_or_else(|| Fault::OutputNotString.at(output.value.place))?,
                    description: output.description.clone(),
                    export_name,
                })
            })
            .collect()
    }
}

/// What a value came to.
pub(super) enum Outcome {
    Value(Value),
    /// `AWS::NoValue`.
    Nothing,
    /// Known only later.
    Unknown,
}

impl Outcome {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }
}

/// A text that a function asks for: unknown is none, and what is no text is the function's own fault.
pub(super) type Text = Result<Option<String>, TemplateError>;

/// Resolves one value of a template.
pub(super) struct Resolver<'s, 't> {
    pub(super) scope: &'s Scope<'t>,
    pub(super) facts: &'s dyn Facts,
    unknown: Unknown,
    pub(super) root: &'s Node,
    /// The path of the root, for messages.
    pub(super) base: String,
    pub(super) block: Block,
    /// Bytes so far.
    pub(super) spent: usize,
}

impl<'s, 't> Resolver<'s, 't> {
    pub(super) fn new(scope: &'s Scope<'t>, facts: &'s dyn Facts, unknown: Unknown, root: &'s Node) -> Self {
        Self { scope, facts, unknown, root, base: String::new(), block: Block::Resources, spent: 0 }
    }

    /// The value of the root; none if it is `AWS::NoValue`.
    pub(super) fn value(&mut self) -> Result<Option<Value>, TemplateError> {
        Ok(match self.node(self.root)? {
            Outcome::Value(value) => Some(value),
            Outcome::Nothing => None,
            Outcome::Unknown => Some(Value::from(KNOWN_AFTER_APPLY)),
        })
    }

    pub(super) fn node(&mut self, node: &Node) -> Result<Outcome, TemplateError> {
        self.spend(16, node)?;
        Ok(Outcome::Value(match &node.content {
            Content::Null => Value::Null,
            Content::Bool(value, _) => Value::Bool(*value),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => return self.text(text.clone(), node),
            Content::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.extend(self.part(item)?);
                }
                Value::Array(values)
            }
            Content::Map(members) => match function(node).map_err(|fault| fault.at(node.place))? {
                Some(call) => return self.call(call, node),
                None => {
                    let mut object = Map::new();
                    for (key, member) in members {
                        self.spend(key.len(), node)?;
                        if let Some(value) = self.part(member)? {
                            object.insert(key.clone(), value);
                        }
                    }
                    Value::Object(object)
                }
            },
        }))
    }

    /// A member of a list or map, where nothing leaves no trace.
    fn part(&mut self, node: &Node) -> Result<Option<Value>, TemplateError> {
        Ok(match self.node(node)? {
            Outcome::Value(value) => Some(value),
            Outcome::Nothing => None,
            Outcome::Unknown => Some(Value::from(KNOWN_AFTER_APPLY)),
        })
    }

    pub(super) fn spend(&mut self, bytes: usize, node: &Node) -> Result<(), TemplateError> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > MAX_RESOLVED {
            return Err(Fault::ResolvedTooLong { limit: MAX_RESOLVED }.at(node.place));
        }
        Ok(())
    }

    /// A finished text. One that asks for a secret store is refused, wherever it comes from.
    pub(super) fn text(&mut self, text: String, node: &Node) -> Result<Outcome, TemplateError> {
        self.spend(text.len(), node)?;
        if let Some(start) = text.find(DYNAMIC_REFERENCE) {
            let reference = &text[start..];
            let end = reference.find("}}").map_or(reference.len(), |end| end + 2);
            return Err(Fault::DynamicReference(reference[..end].to_owned()).at(node.place));
        }
        Ok(Outcome::text(text))
    }

    /// An argument that has to be a text.
    pub(super) fn argument(&mut self, node: &Node, fault: &Fault) -> Text {
        match self.node(node)? {
            Outcome::Unknown => Ok(None),
            Outcome::Value(value) => match value_text(&value) {
                Some(text) => Ok(Some(text)),
                None => Err(fault.clone().at(node.place)),
            },
            Outcome::Nothing => Err(fault.clone().at(node.place)),
        }
    }

    pub(super) fn not_known(&self, name: &str, node: &Node) -> Result<Outcome, TemplateError> {
        match self.unknown {
            Unknown::IsMarked => Ok(Outcome::Unknown),
            Unknown::IsAnError => Err(Fault::NotReady(name.to_owned()).at(node.place)),
        }
    }

    pub(super) fn is_unknown(&self, value: &Value) -> bool {
        self.unknown == Unknown::IsMarked && value.as_str() == Some(KNOWN_AFTER_APPLY)
    }

    pub(super) fn known(&mut self, value: Value, node: &Node) -> Result<Outcome, TemplateError> {
        match value {
            Value::String(text) => {
                self.spend(text.len(), node)?;
                Ok(Outcome::Value(Value::String(text)))
            }
            Value::Array(items) => {
                let bytes = items.iter().map(|item| 16 + item.as_str().map_or(0, str::len)).sum();
                self.spend(bytes, node)?;
                Ok(Outcome::Value(Value::Array(items)))
            }
            other => Ok(Outcome::Value(other)),
        }
    }

    pub(super) fn named(&mut self, name: &str, node: &Node) -> Result<Outcome, TemplateError> {
        if name == NO_VALUE {
            return Ok(Outcome::Nothing);
        }
        if let Some(parameter) = self.scope.parameters.get(name) {
            let value = parameter.value.clone();
            return match value {
                // Observed: a parameter whose value is this name removes the property, too.
                Value::String(text) if text == NO_VALUE => Ok(Outcome::Nothing),
                Value::String(text) => self.text(text, node),
                other => self.known(other, node),
            };
        }
        if let Some(value) = self.scope.pseudo.get(name) {
            return self.known(value, node);
        }
        if self.scope.active_resource(name).is_none() {
            return Err(self.unresolved(name).at(node.place));
        }
        match self.facts.reference(name) {
            Some(value) => self.known(value, node),
            None => self.not_known(name, node),
        }
    }

    pub(super) fn unresolved(&self, name: &str) -> Fault {
        Fault::UnresolvedDependencies { names: vec![name.to_owned()], block: self.block }
    }
}
