//! A value of a template with everything evaluated but what depends on a resource, which stays as its expression.
//!
//! Two versions of a template that come to the same here mean the same, whatever their resources come to; so a change set
//! tells what the author changed from what changes because of something else.

use super::fault::TemplateError;
use super::functions::{Attribute, Function, function};
use super::node::{Content, Members, Node};
use super::references::{Reference, walk};
use super::resolve::{Facts, Resolver, Unknown};
use super::scope::Scope;
use super::sub::{Piece, pieces};
use serde_json::{Map, Value, json};

/// The canonical form; none for `AWS::NoValue`.
pub fn canonical(scope: &Scope<'_>, facts: &dyn Facts, node: &Node) -> Result<Option<Value>, TemplateError> {
    Form { scope, facts, spent: 0 }.value(node)
}

struct Form<'s, 't> {
    scope: &'s Scope<'t>,
    facts: &'s dyn Facts,
    /// Bytes of evaluated parts, bounded as those of a resource's values are.
    spent: usize,
}

impl Form<'_, '_> {
    fn value(&mut self, node: &Node) -> Result<Option<Value>, TemplateError> {
        Ok(Some(match &node.content {
            Content::List(items) => {
                let items = items.iter().filter_map(|item| self.value(item).transpose());
                items.collect::<Result<_, _>>()?
            }
            Content::Map(members) => match function(node).map_err(|fault| fault.at(node.place))? {
                Some(call) => return self.call(call, node),
                None => self.map(members)?,
            },
            Content::Null | Content::Bool(..) | Content::Number(_) | Content::Text(_) => node.to_json(),
        }))
    }

    fn map(&mut self, members: &Members) -> Result<Value, TemplateError> {
        let mut object = Map::new();
        for (key, member) in members {
            if let Some(value) = self.value(member)? {
                object.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(object))
    }

    fn call(&mut self, call: Function<'_>, node: &Node) -> Result<Option<Value>, TemplateError> {
        if !self.depends_on_resources(node)? {
            return self.evaluated(node);
        }
        Ok(Some(match call {
            Function::If { condition, then, otherwise } => {
                let taken = if self.scope.condition(condition) == Some(true) { then } else { otherwise };
                return self.value(taken);
            }
            Function::Ref(name) => json!({ "Ref": name }),
            Function::GetAtt { resource, attribute } => {
                let attribute = match attribute {
                    Attribute::Named(name) => Some(Value::from(name)),
                    Attribute::Computed(computed) => self.value(computed)?,
                };
                json!({ "Fn::GetAtt": [resource, attribute] })
            }
            Function::Sub { text, variables } => json!({ "Fn::Sub": self.pieces(text, variables, node)? }),
            _ => self.map(node.as_map().unwrap_or(&Members::new()))?,
        }))
    }

    fn evaluated(&mut self, node: &Node) -> Result<Option<Value>, TemplateError> {
        let mut resolver = Resolver::new(self.scope, self.facts, Unknown::IsMarked, node);
        resolver.spent = self.spent;
        let value = resolver.value()?;
        self.spent = resolver.spent;
        Ok(value)
    }

    /// The pieces of an `Fn::Sub`, each in its canonical form.
    fn pieces(
        &mut self,
        text: &str,
        variables: Option<&Members>,
        node: &Node,
    ) -> Result<Value, TemplateError> {
        let mut values = Vec::new();
        for piece in pieces(text) {
            values.push(match piece.map_err(|fault| fault.at(node.place))? {
                Piece::Literal(literal) => Value::from(literal),
                Piece::Escaped(name) => Value::from(format!("${{{name}}}")),
                Piece::Attribute { resource, attribute } => json!({ "Fn::GetAtt": [resource, attribute] }),
                Piece::Name(name) => match variables.and_then(|variables| variables.get(name)) {
                    Some(variable) => self.value(variable)?.unwrap_or_default(),
                    None => self.named(name),
                },
            });
        }
        Ok(Value::Array(values))
    }

    fn named(&self, name: &str) -> Value {
        match self.scope.parameters.get(name) {
            Some(parameter) => parameter.value.clone(),
            None => self.scope.pseudo.get(name).unwrap_or_else(|| json!({ "Ref": name })),
        }
    }

    fn depends_on_resources(&self, node: &Node) -> Result<bool, TemplateError> {
        let mut depends = false;
        walk(node, &|condition| self.scope.branch(condition), &mut |_, reference| {
            depends |= match reference {
                Reference::Attribute { .. } => true,
                Reference::Named(name) => self.scope.template.resources.contains_key(name),
                Reference::Condition(_) | Reference::Mapping(_) => false,
            };
            Ok(())
        })?;
        Ok(depends)
    }
}
