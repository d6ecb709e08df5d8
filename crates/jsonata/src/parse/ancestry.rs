//! Finds the step whose input each `%` means: it walks back from where the `%` stands, one step for each level.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};

use super::resolve::path_mut;
use crate::ast::{Kind, Node, Slot};
use crate::error::Error;

pub(super) fn new_slot(label: u32) -> Arc<Slot> {
    Arc::new(Slot { label: AtomicU32::new(label), level: AtomicI32::new(1) })
}

/// Hands the parents that are sought within `node` on to the node around it.
pub(super) fn push_ancestry(seeking: &mut Vec<Arc<Slot>>, node: Node) -> Node {
    seeking.extend(sought_within(&node));
    node
}

fn sought_within(node: &Node) -> Vec<Arc<Slot>> {
    let mut slots = node.extra.as_ref().map_or_else(Vec::new, |extra| extra.seeking.clone());
    if let Kind::Parent(slot) = &node.kind {
        slots.push(slot.clone());
    }
    slots
}

/// Resolves what the last step of a path seeks, as far as the path reaches back; the rest is sought around it.
pub(super) fn resolve(node: &mut Node) -> Result<(), Box<Error>> {
    let path = path_mut(node);
    let Some(last) = path.steps.last() else { return Ok(()) };
    let slots = sought_within(last);
    let mut unresolved = Vec::new();
    for slot in slots {
        let mut below = path.steps.len() - 1;
        while slot.level.load(Relaxed) > 0 {
            if below == 0 {
                unresolved.push(slot.clone());
                break;
            }
            below -= 1;
            // Steps in a row that bind their focus all start from the same input.
            while below > 0 && has_focus(&path.steps[below]) && has_focus(&path.steps[below - 1]) {
                below -= 1;
            }
            seek(&mut path.steps[below], &slot)?;
        }
    }
    if !unresolved.is_empty() {
        node.extra_mut().seeking.extend(unresolved);
    }
    Ok(())
}

fn has_focus(step: &Node) -> bool {
    step.extra.as_ref().is_some_and(|extra| extra.focus.is_some())
}

/// Resolves what a filter seeks: one level up is the filtered step itself.
pub(super) fn of_filter(step: &mut Node, filter: Node) -> Result<Node, Box<Error>> {
    let seeking = filter.extra.as_ref().map_or_else(Vec::new, |extra| extra.seeking.clone());
    if seeking.is_empty() {
        // JSONata leaves a filter that is nothing but a `%` alone.
        return Ok(filter);
    }
    for slot in &seeking {
        if slot.level.load(Relaxed) == 1 {
            seek(step, slot)?;
        } else {
            slot.level.fetch_sub(1, Relaxed);
        }
    }
    step.extra_mut().seeking.extend(sought_within(&filter));
    Ok(filter)
}

fn seek(node: &mut Node, slot: &Arc<Slot>) -> Result<(), Box<Error>> {
    match &mut node.kind {
        Kind::Name(_) | Kind::Wildcard => {
            if slot.level.fetch_sub(1, Relaxed) == 1 {
                let extra = node.extra_mut();
                if let Some(ancestor) = &extra.ancestor {
                    slot.label.store(ancestor.label.load(Relaxed), Relaxed);
                }
                extra.ancestor = Some(slot.clone());
                extra.tuple = true;
            }
        }
        Kind::Parent(_) => {
            slot.level.fetch_add(1, Relaxed);
        }
        Kind::Block(block) => {
            if let Some(last) = block.expressions.last_mut() {
                seek(last, slot)?;
                node.extra_mut().tuple = true;
            }
        }
        Kind::Path(path) => {
            for (count, step) in path.steps.iter_mut().rev().enumerate() {
                if count > 0 && slot.level.load(Relaxed) <= 0 {
                    break;
                }
                seek(step, slot)?;
            }
            node.extra_mut().tuple = true;
        }
        _ => return Err(Error::new("S0217").at(node.position).token(type_name(node))),
    }
    Ok(())
}

/// JSONata's name of a kind of node.
pub(super) fn type_name(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Path(_) => "path",
        Kind::Chain(_) | Kind::Range(_) => "binary",
        Kind::Negate(_) | Kind::Array(_) | Kind::Object(_) => "unary",
        Kind::Block(_) => "block",
        Kind::Call(_) => "function",
        Kind::Partial(_) => "partial",
        Kind::Lambda(_) => "lambda",
        Kind::Condition(_) | Kind::Default(_) | Kind::Coalesce(_) => "condition",
        Kind::Bind(_) => "bind",
        Kind::Apply(_) => "apply",
        Kind::Transform(_) => "transform",
        Kind::Sort(_) => "sort",
        Kind::Variable(_) | Kind::Context | Kind::Root => "variable",
        Kind::String(_) => "string",
        Kind::Number(_) => "number",
        Kind::Null | Kind::Bool(_) => "value",
        Kind::Regex(_) => "regex",
        Kind::Name(_) => "name",
        Kind::Wildcard => "wildcard",
        Kind::Descendant => "descendant",
        Kind::Parent(_) => "parent",
        Kind::Placeholder => "operator",
    }
}
