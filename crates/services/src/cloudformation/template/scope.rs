//! A template together with what makes it definite: parameter values, pseudo parameters, and so its conditions.

use super::bind::Parameters;
use super::fault::{Fault, TemplateError};
use super::functions::{Condition, condition};
use super::node::{Node, value_text};
use super::pseudo::PseudoParameters;
use super::references::Branches;
use super::resolve::{Facts, NoSuchAttribute, Resolver, Unknown};
use super::resource::Resource;
use super::sections::Template;
use super::validate::condition_order;
use indexmap::IndexMap;
use serde_json::Value;

/// A template with its conditions decided.
#[derive(Debug, Clone)]
pub struct Scope<'t> {
    pub template: &'t Template,
    pub parameters: &'t Parameters,
    pub pseudo: &'t PseudoParameters,
    conditions: IndexMap<&'t str, bool>,
}

impl<'t> Scope<'t> {
    /// Decides the conditions, each after those it asks.
    ///
    /// # Errors
    /// A comparison of what is no text, or a mapping without that key.
    pub fn new(
        template: &'t Template,
        parameters: &'t Parameters,
        pseudo: &'t PseudoParameters,
    ) -> Result<Self, TemplateError> {
        let mut scope = Self { template, parameters, pseudo, conditions: IndexMap::new() };
        for index in condition_order(template)? {
            if let Some((name, node)) = template.conditions.get_index(index) {
                let decided = scope.decide(node)?;
                scope.conditions.insert(name, decided);
            }
        }
        Ok(scope)
    }

    /// What a condition of the template came to.
    #[must_use]
    pub fn condition(&self, name: &str) -> Option<bool> {
        self.conditions.get(name).copied()
    }

    /// Is a thing with that condition part of the stack?
    #[must_use]
    pub fn holds(&self, condition: Option<&String>) -> bool {
        condition.is_none_or(|name| self.condition(name) == Some(true))
    }

    /// The resources that are part of the stack, in the order of the template.
    pub fn active(&self) -> impl Iterator<Item = (&'t str, &'t Resource)> + '_ {
        self.template
            .resources
            .iter()
            .filter(|(_, resource)| self.holds(resource.condition.as_ref()))
            .map(|(name, resource)| (name.as_str(), resource))
    }

    /// A resource of the template, if it is part of the stack.
    #[must_use]
    pub fn active_resource(&self, name: &str) -> Option<&'t Resource> {
        self.template.resources.get(name).filter(|resource| self.holds(resource.condition.as_ref()))
    }

    /// The branch of `Fn::If` that counts.
    #[must_use]
    pub fn branch(&self, condition: &str) -> Branches {
        match self.condition(condition) {
            Some(true) => Branches::Then,
            Some(false) => Branches::Otherwise,
            None => Branches::Neither,
        }
    }

    fn decide(&self, node: &Node) -> Result<bool, TemplateError> {
        match condition(node).map_err(|fault| fault.at(node.place))? {
            Condition::Named(name) => {
                self.condition(name).ok_or_else(|| Fault::UnresolvedIf(name.to_owned()).at(node.place))
            }
            Condition::Not(of) => Ok(!self.decide(of)?),
            // Every part is decided, as on AWS: an error behind the first false one is an error.
            Condition::And(all) => all.iter().try_fold(true, |sum, of| Ok(self.decide(of)? && sum)),
            Condition::Or(all) => all.iter().try_fold(false, |sum, of| Ok(self.decide(of)? || sum)),
            Condition::Equals(left, right) => {
                let text = |operand| self.text_of(operand, node);
                Ok(text(left)? == text(right)?)
            }
        }
    }

    fn text_of(&self, operand: &Node, equals: &Node) -> Result<String, TemplateError> {
        let value = Resolver::new(self, &Nothing, Unknown::IsAnError, operand).value()?;
        value.as_ref().and_then(value_text).ok_or_else(|| Fault::EqualsShape.at(equals.place))
    }
}

/// No resource can be asked while conditions are decided.
struct Nothing;

impl Facts for Nothing {
    fn reference(&self, _: &str) -> Option<Value> {
        None
    }

    fn attribute(&self, _: &str, _: &str) -> Result<Option<Value>, NoSuchAttribute> {
        Ok(None)
    }

    fn import(&self, _: &str) -> Option<String> {
        None
    }
}
