//! Exports of stacks, by which others get their values, and who holds on to them.

use super::errors;
use super::keys;
use super::model::{Stack, StackOutput};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use stepwell_store::Direction;

/// A value under a name that is the only one in its account and region.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Export {
    #[n(0)]
    pub stack: u64,
    #[n(1)]
    pub stack_arn: String,
    #[n(2)]
    pub stack_name: String,
    #[n(3)]
    pub value: String,
}

/// The numbers of at most `most` stacks that import this.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn importers(scope: &Scope, name: &str, most: usize, rows: &dyn Rows) -> Result<Vec<u64>, Failure> {
    let all = keys::imports(scope, name);
    let found = rows.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?;
    found.iter().map(|(key, _)| keys::read_import(key)).collect()
}

/// The first export of a stack that others hold on to, and who.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn in_use<'s>(stack: &'s Stack, rows: &dyn Rows) -> Result<Option<(&'s str, String)>, Failure> {
    for name in stack.outputs.iter().filter_map(|output| output.export_name.as_deref()) {
        if let Some(importer) = importers(&stack.scope(), name, 1, rows)?.first() {
            return Ok(Some((name, Stack::load(*importer, rows)?.name)));
        }
    }
    Ok(None)
}

/// Why these outputs can't be exported, if they can't: a name of another stack, or one that is held on to and changes.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn fault(stack: &Stack, outputs: &[StackOutput], rows: &dyn Rows) -> Result<Option<String>, Failure> {
    let scope = stack.scope();
    let mut names = BTreeSet::new();
    for name in outputs.iter().filter_map(|output| output.export_name.as_deref()) {
        let existing = rows.row::<Export>(&keys::export(&scope, name))?;
        let owner = existing.filter(|export| export.stack != stack.id).map(|export| export.stack_name);
        let is_new = names.insert(name);
        if let Some(owner) = owner.or_else(|| (!is_new).then(|| stack.name.clone())) {
            return Ok(Some(format!("Export with name {name} is already exported by stack {owner}")));
        }
    }
    for old in &stack.outputs {
        let Some(name) = old.export_name.as_deref() else { continue };
        let new = outputs.iter().find(|output| output.export_name.as_deref() == Some(name));
        if new.is_some_and(|new| new.value == old.value) {
            continue;
        }
        if let Some(importer) = importers(&scope, name, 1, rows)?.first() {
            let done = if new.is_some() { "updated" } else { "deleted" };
            let importer = Stack::load(*importer, rows)?.name;
            return Ok(Some(errors::export_in_use(done, name, &importer)));
        }
    }
    Ok(None)
}

/// Writes the exports of new outputs in place of those of the old ones.
pub fn replace(stack: &Stack, outputs: &[StackOutput], tx: &mut Tx) {
    let scope = stack.scope();
    for name in stack.outputs.iter().filter_map(|output| output.export_name.as_deref()) {
        tx.remove(&keys::export(&scope, name));
    }
    for output in outputs {
        if let Some(name) = &output.export_name {
            let export = Export {
                stack: stack.id,
                stack_arn: stack.arn(),
                stack_name: stack.name.clone(),
                value: output.value.clone(),
            };
            tx.put(&keys::export(&scope, name), &export);
        }
    }
}

/// Holds on to exports that were not held on to before.
pub fn hold(stack: &Stack, names: &BTreeSet<String>, tx: &mut Tx) {
    for name in names {
        tx.put_bytes(&keys::import(&stack.scope(), name, stack.id), [].as_slice().into());
    }
}

/// Lets go of all exports but these.
pub fn let_go(stack: &Stack, held: &BTreeSet<String>, but: &BTreeSet<String>, tx: &mut Tx) {
    for name in held.difference(but) {
        tx.remove(&keys::import(&stack.scope(), name, stack.id));
    }
}
