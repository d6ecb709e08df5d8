//! In which order the resources of a stack are made, and taken away.
//!
//! Dependencies are what the active branches of an active resource refer to, and what it names in DependsOn. Independent
//! resources stand in the same wave. Deletion goes the same way backwards.

use super::fault::{Block, Fault, TemplateError};
use super::order;
use super::references::{Reference, walk};
use super::scope::Scope;
use super::validate::circular;
use indexmap::{IndexMap, IndexSet};

/// The active resources of a stack and what each needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    depends_on: IndexMap<String, IndexSet<String>>,
    waves: Vec<Vec<String>>,
}

impl Graph {
    /// Finds the dependencies.
    ///
    /// # Errors
    /// A reference to a resource whose condition is false, or a circle.
    pub fn new(scope: &Scope<'_>) -> Result<Self, TemplateError> {
        let mut depends_on = IndexMap::new();
        for (name, resource) in scope.active() {
            let mut needs: IndexSet<String> = resource
                .depends_on
                .iter()
                // A resource that isn't made can't be waited for: AWS passes over it.
                .filter(|other| scope.active_resource(other).is_some())
                .cloned()
                .collect();
            for (_, node) in resource.values() {
                walk(node, &|condition| scope.branch(condition), &mut |_, reference| {
                    needs.extend(resource_of(scope, reference, Block::Resources)?.map(str::to_owned));
                    Ok(())
                })?;
            }
            depends_on.insert(name.to_owned(), needs);
        }
        check_outputs(scope)?;
        let waves = waves(scope, &depends_on)?;
        Ok(Self { depends_on, waves })
    }

    /// The order of creation: each wave needs only earlier ones; within a wave the template's order.
    #[must_use]
    pub fn waves(&self) -> &[Vec<String>] {
        &self.waves
    }

    /// All active resources in one order of creation.
    pub fn creation_order(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.waves.iter().flatten().map(String::as_str)
    }

    /// The order of deletion.
    pub fn deletion_order(&self) -> impl Iterator<Item = &str> {
        self.creation_order().rev()
    }

    /// What has to be there before this resource.
    pub fn dependencies(&self, logical_id: &str) -> impl Iterator<Item = &str> {
        self.depends_on.get(logical_id).into_iter().flatten().map(String::as_str)
    }

    /// What needs this resource, and goes before it on deletion.
    pub fn dependents<'g>(&'g self, logical_id: &'g str) -> impl Iterator<Item = &'g str> {
        self.depends_on.iter().filter(|(_, needs)| needs.contains(logical_id)).map(|(name, _)| name.as_str())
    }
}

/// The resource that a reference means, which has to be part of the stack.
fn resource_of<'r>(
    scope: &Scope<'_>,
    reference: Reference<'r>,
    block: Block,
) -> Result<Option<&'r str>, Fault> {
    let (Reference::Named(name) | Reference::Attribute { resource: name, .. }) = reference else {
        return Ok(None);
    };
    if !scope.template.resources.contains_key(name) {
        return Ok(None);
    }
    match scope.active_resource(name) {
        Some(_) => Ok(Some(name)),
        None => Err(Fault::UnresolvedDependencies { names: vec![name.to_owned()], block }),
    }
}

fn check_outputs(scope: &Scope<'_>) -> Result<(), TemplateError> {
    let active = scope.template.outputs.values().filter(|output| scope.holds(output.condition.as_ref()));
    for node in active.flat_map(|output| std::iter::once(&output.value).chain(&output.export_name)) {
        walk(node, &|condition| scope.branch(condition), &mut |_, reference| {
            resource_of(scope, reference, Block::Outputs).map(|_| ())
        })?;
    }
    Ok(())
}

fn waves(
    scope: &Scope<'_>,
    depends_on: &IndexMap<String, IndexSet<String>>,
) -> Result<Vec<Vec<String>>, TemplateError> {
    let indices: Vec<Vec<usize>> = depends_on
        .values()
        .map(|needs| needs.iter().filter_map(|name| depends_on.get_index_of(name)).collect())
        .collect();
    let name_of = |index: usize| depends_on.get_index(index).map(|(name, _)| name.clone());
    match order::waves(&indices) {
        Ok(waves) => {
            Ok(waves.into_iter().map(|wave| wave.into_iter().filter_map(name_of).collect()).collect())
        }
        Err(cycle) => {
            let in_template = cycle.into_iter().filter_map(name_of);
            let cycle: Vec<_> =
                in_template.filter_map(|name| scope.template.resources.get_index_of(&name)).collect();
            Err(circular(scope.template, &cycle))
        }
    }
}
