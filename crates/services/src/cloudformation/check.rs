//! What the rows of CloudFormation owe one another: a stack and all that it is found by, its plan and whoever brings it on,
//! change sets and their views, exports and who holds on to them.

use super::change_set::{ChangeSet, Changes};
use super::events::Event;
use super::exports::Export;
use super::keys;
use super::model::Stack;
use super::plan::{Phase, Plan};
use super::resource::{Resource, load_all};
use super::retention;
use super::status::StackStatus;
use crate::check::Check;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader, Scope};
use crate::row;
use stepwell_store::Slice;

/// Looks at a row.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub fn row(family: Family, key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(key, family)?;
    match family {
        Family::Stack => {
            let scope = Scope::new(&parts.text()?, &parts.text()?);
            by_name(key, &scope, &parts.text()?, row::decode(value)?, check)
        }
        Family::StackById => stack(key, &row::decode(value)?, check),
        Family::StackByUuid => {
            let scope = Scope::new(&parts.text()?, &parts.text()?);
            let uuid = parts.text()?;
            let found: Option<Stack> = check.row(&keys::stack(row::decode(value)?))?;
            let is_it = found.is_some_and(|stack| stack.uuid == uuid && stack.scope() == scope);
            check.expect(is_it, key, || "its stack isn't there, or has another id".to_owned());
            Ok(())
        }
        Family::StackByNumber => {
            check.expect_owner(Family::StackById, keys::read_number(key)?, key);
            Ok(())
        }
        Family::StackEvent => {
            check.expect_owner(Family::StackById, parts.number()?, key);
            row::decode::<Event>(value).map(drop)
        }
        Family::StackTemplate => {
            check.expect_owner(Family::StackById, parts.number()?, key);
            row::decode::<String>(value).map(drop)
        }
        Family::StackResource => resource(key, parts.number()?, &row::decode(value)?, check),
        Family::StackPlan => plan(key, parts.number()?, &row::decode(value)?, check),
        Family::StackWait => wait(key, &parts.text()?, row::decode(value)?, check),
        Family::ChangeSet => change_set(key, &row::decode(value)?, check),
        Family::ChangeSetByName => {
            let (stack, name) = (parts.number()?, parts.text()?);
            of_change_set(key, stack, row::decode(value)?, check, |found| found.name == name)
        }
        Family::ChangeSetByUuid => {
            let (_, _, uuid) = (parts.text()?, parts.text()?, parts.text()?);
            let (stack, number): (u64, u64) = row::decode(value)?;
            of_change_set(key, stack, number, check, |found| found.uuid == uuid)
        }
        Family::ChangeSetView => {
            row::decode::<Changes>(value)?;
            of_change_set(key, parts.number()?, parts.number()?, check, |_| true)
        }
        Family::Export => {
            let (_, _, name) = (parts.text()?, parts.text()?, parts.text()?);
            export(key, &name, &row::decode(value)?, check)
        }
        Family::StackImport => {
            let (_, _, name) = (parts.text()?, parts.text()?, parts.text()?);
            import(key, &name, parts.number()?, check)
        }
        _ => Ok(()),
    }
}

fn by_name(key: &[u8], scope: &Scope, name: &str, id: u64, check: &mut Check) -> Result<(), Failure> {
    let found: Option<Stack> = check.row(&keys::stack(id))?;
    let is_it = found.is_some_and(|stack| {
        stack.name == name && stack.scope() == *scope && stack.status != StackStatus::DeleteComplete
    });
    check.expect(is_it, key, || format!("stack {id} isn't there, is deleted, or has another name"));
    Ok(())
}

fn stack(key: &[u8], stack: &Stack, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::stack(stack.id), key);
    let scope = stack.scope();
    let is_deleted = stack.status == StackStatus::DeleteComplete;
    let by_name: Option<u64> = check.row(&keys::by_name(&scope, &stack.name))?;
    check.expect(is_deleted || by_name == Some(stack.id), key, || {
        format!("its name is that of stack {by_name:?}")
    });
    let by_uuid: Option<u64> = check.row(&keys::by_uuid(&scope, &stack.uuid))?;
    check.expect(by_uuid == Some(stack.id), key, || "it isn't found by its id".to_owned());
    expect_row(&keys::by_number(&scope, stack.id), "it isn't in the list of stacks", key, check)?;
    if let Some(template) = stack.configuration.template {
        expect_row(&keys::template(stack.id, template), "its template isn't there", key, check)?;
    }
    for name in &stack.imports {
        let what = format!("it doesn't hold on to `{name}`, which it imports");
        expect_row(&keys::import(&scope, name, stack.id), &what, key, check)?;
    }
    for name in stack.outputs.iter().filter_map(|output| output.export_name.as_ref()).filter(|_| !is_deleted)
    {
        let export: Option<Export> = check.row(&keys::export(&scope, name))?;
        check.expect(export.is_some_and(|export| export.stack == stack.id), key, || {
            format!("the export `{name}` isn't there, or another's")
        });
    }
    if let Some(timer) = retention::timer(stack).filter(|_| is_deleted) {
        let is_swept = check.known.stacks.contains(&stack.id) || check.has(&timer)?;
        check.expect(is_swept, key, || "nothing says when it is forgotten".to_owned());
    }
    Ok(())
}

fn expect_row(there: &Key, what: &str, key: &[u8], check: &mut Check) -> Result<(), Failure> {
    let is_there = check.has(there)?;
    check.expect(is_there, key, || what.to_owned());
    Ok(())
}

fn resource(key: &[u8], stack: u64, resource: &Resource, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::resource(stack, &resource.logical_id), key);
    check.expect_owner(Family::StackById, stack, key);
    let has_plan = check.has(&keys::plan(stack))?;
    check.expect(has_plan || resource.waits_for.is_none(), key, || {
        format!("it waits for {:?} and its stack has no plan", resource.waits_for)
    });
    Ok(())
}

/// A plan goes on by a turn that is owed, or when something is told that it waits for; or it waits for its user.
fn plan(key: &[u8], stack: u64, plan: &Plan, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::StackById, stack, key);
    if plan.phase == Phase::Stuck || check.known.stacks.contains(&stack) {
        return Ok(());
    }
    for what in load_all(stack, check.rows())?.values().filter_map(|resource| resource.waits_for.as_ref()) {
        if check.has(&keys::wait(what))? {
            return Ok(());
        }
    }
    check.wrong(key, "nothing brings it on");
    Ok(())
}

fn wait(key: &[u8], what: &str, stack: u64, check: &mut Check) -> Result<(), Failure> {
    let resources = load_all(stack, check.rows())?;
    let waits = resources.values().any(|resource| resource.waits_for.as_deref() == Some(what));
    check.expect(waits, key, || format!("nothing of stack {stack} waits for it"));
    Ok(())
}

fn change_set(key: &[u8], change_set: &ChangeSet, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::change_set(change_set.stack, change_set.id), key);
    let Some(stack) = check.row::<Stack>(&keys::stack(change_set.stack))? else {
        check.wrong(key, "its stack isn't there");
        return Ok(());
    };
    let by_uuid: Option<(u64, u64)> =
        check.row(&keys::change_set_by_uuid(&stack.scope(), &change_set.uuid))?;
    check.expect(by_uuid == Some((stack.id, change_set.id)), key, || "it isn't found by its id".to_owned());
    // A newer one may have its name.
    let by_name = keys::change_set_by_name(stack.id, &change_set.name);
    expect_row(&by_name, "no change set is found by its name", key, check)?;
    if let Some(template) = change_set.configuration.template {
        expect_row(&keys::template(stack.id, template), "its template isn't there", key, check)?;
    }
    for with_values in [false, true] {
        let view = keys::change_set_view(stack.id, change_set.id, with_values);
        expect_row(&view, "its changes aren't there", key, check)?;
    }
    Ok(())
}

fn of_change_set(
    key: &[u8],
    stack: u64,
    number: u64,
    check: &mut Check,
    is_it: impl Fn(&ChangeSet) -> bool,
) -> Result<(), Failure> {
    let found: Option<ChangeSet> = check.row(&keys::change_set(stack, number))?;
    check.expect(found.as_ref().is_some_and(is_it), key, || {
        format!("change set {number} of stack {stack} isn't there, or is another")
    });
    Ok(())
}

fn export(key: &[u8], name: &str, export: &Export, check: &mut Check) -> Result<(), Failure> {
    let stack: Option<Stack> = check.row(&keys::stack(export.stack))?;
    let exports = stack.is_some_and(|stack| {
        stack
            .outputs
            .iter()
            .any(|output| output.export_name.as_deref() == Some(name) && output.value == export.value)
    });
    check.expect(exports, key, || format!("stack `{}` doesn't export it so", export.stack_name));
    Ok(())
}

/// Who imports holds on, while its operation runs and afterwards.
fn import(key: &[u8], name: &str, stack: u64, check: &mut Check) -> Result<(), Failure> {
    let of_stack = check.row::<Stack>(&keys::stack(stack))?.map(|stack| stack.imports).unwrap_or_default();
    let of_plan = check.row::<Plan>(&keys::plan(stack))?.map(|plan| plan.imports).unwrap_or_default();
    let holds = of_plan.contains(name) || of_stack.iter().any(|import| import == name);
    check.expect(holds, key, || format!("stack {stack} doesn't import it"));
    Ok(())
}

/// A timer of a stack. One that comes when its operation is over finds nothing to do.
///
/// # Errors
/// [`Failure::Broken`] if the store can't be read.
pub fn due(key: &[u8], stack: u64, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::StackById, stack, key);
    Ok(())
}
