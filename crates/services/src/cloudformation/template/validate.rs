//! What a template refers to has to be there. Checked without any value, so for every branch and whatever the conditions say.

use super::fault::{Block, Fault, TemplateError};
use super::functions::{Condition, condition};
use super::node::Node;
use super::order;
use super::pseudo::is_pseudo_parameter;
use super::references::{Branches, Reference, walk};
use super::sections::Template;

/// Checks all references of a template, and that neither conditions nor resources go in a circle.
///
/// # Errors
/// The first block's errors, in AWS's words.
pub fn references(template: &Template) -> Result<(), TemplateError> {
    conditions(template)?;
    resources(template)?;
    outputs(template)?;
    refuse_circles(template)
}

/// The names that a condition uses as conditions, in order.
pub(super) fn condition_names<'t>(node: &'t Node, names: &mut Vec<&'t str>) -> Result<(), TemplateError> {
    match condition(node).map_err(|fault| fault.at(node.place))? {
        Condition::Named(name) => {
            names.push(name);
            Ok(())
        }
        Condition::Equals(..) => Ok(()),
        Condition::Not(of) => condition_names(of, names),
        Condition::And(all) | Condition::Or(all) => all.iter().try_for_each(|of| condition_names(of, names)),
    }
}

/// Which conditions each condition asks, by index. Also for what stands in an `Fn::If` inside.
pub(super) fn condition_order(template: &Template) -> Result<Vec<usize>, TemplateError> {
    let mut depends_on = Vec::with_capacity(template.conditions.len());
    for node in template.conditions.values() {
        let mut names = Vec::new();
        condition_names(node, &mut names)?;
        operands(node, &mut |operand| {
            walk(operand, &|_| Branches::Both, &mut |_, reference| {
                if let Reference::Condition(name) = reference {
                    names.push(name);
                }
                Ok(())
            })
        })?;
        depends_on.push(names.iter().filter_map(|name| template.conditions.get_index_of(*name)).collect());
    }
    let waves = order::waves(&depends_on).map_err(|cycle| {
        let names = cycle.iter().filter_map(|index| template.conditions.get_index(*index));
        let (names, nodes): (Vec<_>, Vec<_>) = names.map(|(name, node)| (name.clone(), node)).unzip();
        let fault = Fault::CircularConditions(names);
        nodes.first().map_or_else(|| fault.clone().into(), |node| fault.clone().at(node.place))
    })?;
    Ok(waves.concat())
}

/// The plain values that a condition compares.
fn operands<'t>(
    node: &'t Node,
    visit: &mut dyn FnMut(&'t Node) -> Result<(), TemplateError>,
) -> Result<(), TemplateError> {
    match condition(node).map_err(|fault| fault.at(node.place))? {
        Condition::Named(_) => Ok(()),
        Condition::Equals(left, right) => {
            visit(left)?;
            visit(right)
        }
        Condition::Not(of) => operands(of, visit),
        Condition::And(all) | Condition::Or(all) => all.iter().try_for_each(|of| operands(of, visit)),
    }
}

fn conditions(template: &Template) -> Result<(), TemplateError> {
    let mut resources = Names::default();
    for node in template.conditions.values() {
        let mut names = Vec::new();
        condition_names(node, &mut names)?;
        if let Some(name) = names.iter().find(|name| !template.conditions.contains_key(**name)) {
            let fault = Fault::UnresolvedCondition { name: (*name).to_owned(), block: Block::Conditions };
            return Err(fault.at(node.place));
        }
        operands(node, &mut |operand| {
            walk(operand, &|_| Branches::Both, &mut |at, reference| match reference {
                Reference::Named(name) if !is_parameter(template, name) => {
                    resources.add(name, at);
                    Ok(())
                }
                Reference::Attribute { resource, .. } => {
                    resources.add(resource, at);
                    Ok(())
                }
                other => known(template, other),
            })
        })?;
    }
    resources.into_error(Fault::ResourceInConditions)?;
    condition_order(template).map(|_| ())
}

fn is_parameter(template: &Template, name: &str) -> bool {
    is_pseudo_parameter(name) || template.parameters.contains_key(name)
}

/// Names that stand for nothing, each once, with the first place.
#[derive(Default)]
struct Names<'t> {
    names: Vec<String>,
    first: Option<&'t Node>,
}

impl<'t> Names<'t> {
    fn add(&mut self, name: &str, node: &'t Node) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        self.first.get_or_insert(node);
    }

    fn into_error(self, fault: impl FnOnce(Vec<String>) -> Fault) -> Result<(), TemplateError> {
        match self.first {
            None if self.names.is_empty() => Ok(()),
            None => Err(fault(self.names).into()),
            Some(node) => Err(fault(self.names).at(node.place)),
        }
    }
}

/// References that name their error alone: attributes, conditions, mappings.
fn known(template: &Template, reference: Reference<'_>) -> Result<(), Fault> {
    match reference {
        Reference::Attribute { resource, attribute, in_sub }
            if !template.resources.contains_key(resource) =>
        {
            Err(match attribute {
                Some(attribute) if in_sub => Fault::UndefinedSubAttribute(format!("{resource}.{attribute}")),
                _ => Fault::UndefinedResource(resource.to_owned()),
            })
        }
        Reference::Condition(name) if !template.conditions.contains_key(name) => {
            Err(Fault::UnresolvedIf(name.to_owned()))
        }
        Reference::Mapping(name) if !template.mappings.contains_key(name) => {
            Err(Fault::NoMapping(name.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Walks one value; a `Ref` to nothing is noted, anything else that is missing ends the walk.
fn value<'t>(template: &Template, node: &'t Node, unresolved: &mut Names<'t>) -> Result<(), TemplateError> {
    walk(node, &|_| Branches::Both, &mut |at, reference| match reference {
        Reference::Named(name) => {
            if !is_parameter(template, name) && !template.resources.contains_key(name) {
                unresolved.add(name, at);
            }
            Ok(())
        }
        other => known(template, other),
    })
}

fn resources(template: &Template) -> Result<(), TemplateError> {
    let mut unresolved = Names::default();
    for resource in template.resources.values() {
        defined(template, resource.condition.as_ref(), Block::Resources)
            .map_err(|fault| fault.at(resource.place))?;
        for (_, node) in resource.values() {
            value(template, node, &mut unresolved)?;
        }
        for name in resource.depends_on.iter().filter(|name| !template.resources.contains_key(*name)) {
            if !unresolved.names.contains(name) {
                unresolved.names.push(name.clone());
            }
        }
    }
    unresolved.into_error(|names| Fault::UnresolvedDependencies { names, block: Block::Resources })
}

fn outputs(template: &Template) -> Result<(), TemplateError> {
    let mut unresolved = Names::default();
    for output in template.outputs.values() {
        defined(template, output.condition.as_ref(), Block::Outputs)
            .map_err(|fault| fault.at(output.place))?;
        for node in std::iter::once(&output.value).chain(&output.export_name) {
            value(template, node, &mut unresolved)?;
        }
    }
    unresolved.into_error(|names| Fault::UnresolvedDependencies { names, block: Block::Outputs })
}

fn defined(template: &Template, condition: Option<&String>, block: Block) -> Result<(), Fault> {
    match condition {
        Some(name) if !template.conditions.contains_key(name) => {
            Err(Fault::UnresolvedCondition { name: name.clone(), block })
        }
        _ => Ok(()),
    }
}

/// Circles that no condition can open. The others show when the conditions are known.
fn refuse_circles(template: &Template) -> Result<(), TemplateError> {
    let mut depends_on = Vec::with_capacity(template.resources.len());
    for resource in template.resources.values() {
        let mut needs: Vec<usize> =
            resource.depends_on.iter().filter_map(|name| template.resources.get_index_of(name)).collect();
        for (_, node) in resource.values() {
            walk(node, &|_| Branches::Neither, &mut |_, reference| {
                if let Reference::Named(name) | Reference::Attribute { resource: name, .. } = reference {
                    needs.extend(template.resources.get_index_of(name));
                }
                Ok(())
            })?;
        }
        depends_on.push(needs);
    }
    order::waves(&depends_on).map(|_| ()).map_err(|cycle| circular(template, &cycle))
}

/// The error that names the resources of a circle, by their index in the template.
pub(super) fn circular(template: &Template, cycle: &[usize]) -> TemplateError {
    let members: Vec<_> = cycle.iter().filter_map(|index| template.resources.get_index(*index)).collect();
    let fault = Fault::CircularDependency(members.iter().map(|(name, _)| (*name).clone()).collect());
    match members.first() {
        Some((_, resource)) => fault.at(resource.place),
        None => fault.into(),
    }
}
