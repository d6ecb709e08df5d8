//! What a value of a template refers to: one walk for the checks, the order and the differences.

use super::fault::{Fault, TemplateError};
use super::functions::{Attribute, Function, function};
use super::node::{Content, Members, Node};
use super::sub::{Piece, pieces};

/// A thing that a value refers to.
#[derive(Debug, Clone, Copy)]
pub enum Reference<'t> {
    /// A parameter, a pseudo parameter or a resource by its name; `Ref` or `${Name}`.
    Named(&'t str),
    /// An attribute of a resource; no name if the name is computed.
    Attribute { resource: &'t str, attribute: Option<&'t str>, in_sub: bool },
    /// The condition that `Fn::If` asks.
    Condition(&'t str),
    /// A mapping whose name stands in the template.
    Mapping(&'t str),
}

/// Which branches of `Fn::If` are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    Both,
    Then,
    Otherwise,
    Neither,
}

/// Visits every reference in a value, in order, with the node that makes it.
///
/// # Errors
/// The first misshapen function, or what `visit` says.
pub fn walk<'t>(
    node: &'t Node,
    choose: &dyn Fn(&str) -> Branches,
    visit: &mut dyn FnMut(&'t Node, Reference<'t>) -> Result<(), Fault>,
) -> Result<(), TemplateError> {
    Walk { choose, visit }.value(node)
}

struct Walk<'t, 'w> {
    choose: &'w dyn Fn(&str) -> Branches,
    visit: &'w mut dyn FnMut(&'t Node, Reference<'t>) -> Result<(), Fault>,
}

impl<'t> Walk<'t, '_> {
    fn value(&mut self, node: &'t Node) -> Result<(), TemplateError> {
        match &node.content {
            Content::List(items) => items.iter().try_for_each(|item| self.value(item)),
            Content::Map(members) => match function(node).map_err(|fault| fault.at(node.place))? {
                Some(call) => self.call(node, call),
                None => members.values().try_for_each(|member| self.value(member)),
            },
            Content::Null | Content::Bool(..) | Content::Number(_) | Content::Text(_) => Ok(()),
        }
    }

    fn found(&mut self, node: &'t Node, reference: Reference<'t>) -> Result<(), TemplateError> {
        (self.visit)(node, reference).map_err(|fault| fault.at(node.place))
    }

    fn call(&mut self, node: &'t Node, call: Function<'t>) -> Result<(), TemplateError> {
        match call {
            Function::Ref(name) => self.found(node, Reference::Named(name)),
            Function::GetAtt { resource, attribute } => {
                let (name, computed) = match attribute {
                    Attribute::Named(name) => (Some(name), None),
                    Attribute::Computed(computed) => (None, Some(computed)),
                };
                self.found(node, Reference::Attribute { resource, attribute: name, in_sub: false })?;
                self.all(computed)
            }
            Function::Sub { text, variables } => self.substitution(node, text, variables),
            Function::If { condition, then, otherwise } => {
                self.found(node, Reference::Condition(condition))?;
                match (self.choose)(condition) {
                    Branches::Both => self.all([then, otherwise]),
                    Branches::Then => self.value(then),
                    Branches::Otherwise => self.value(otherwise),
                    Branches::Neither => Ok(()),
                }
            }
            Function::FindInMap { map, top, second } => {
                if let Some(name) = map.as_text() {
                    self.found(node, Reference::Mapping(name))?;
                }
                self.all([map, top, second])
            }
            Function::Join { delimiter: first, list: second }
            | Function::Split { delimiter: first, text: second }
            | Function::Select { index: first, list: second } => self.all([first, second]),
            Function::Cidr { block, count, bits } => self.all([block, count].into_iter().chain(bits)),
            Function::ImportValue(argument) | Function::Base64(argument) | Function::GetAzs(argument) => {
                self.value(argument)
            }
            Function::Transform(_) => Ok(()),
        }
    }

    fn all(&mut self, nodes: impl IntoIterator<Item = &'t Node>) -> Result<(), TemplateError> {
        nodes.into_iter().try_for_each(|node| self.value(node))
    }

    fn substitution(
        &mut self,
        node: &'t Node,
        text: &'t str,
        variables: Option<&'t Members>,
    ) -> Result<(), TemplateError> {
        let bound = |name: &str| variables.is_some_and(|variables| variables.contains_key(name));
        for piece in pieces(text) {
            match piece.map_err(|fault| fault.at(node.place))? {
                Piece::Name(name) if !bound(name) => self.found(node, Reference::Named(name))?,
                Piece::Attribute { resource, attribute } => {
                    let reference =
                        Reference::Attribute { resource, attribute: Some(attribute), in_sub: true };
                    self.found(node, reference)?;
                }
                Piece::Name(_) | Piece::Literal(_) | Piece::Escaped(_) => {}
            }
        }
        self.all(variables.into_iter().flat_map(Members::values))
    }
}
