//! The rows of CloudFormation.
//!
//! | family | parts | value |
//! |---|---|---|
//! | `Stack` | account, region, name | the number of the stack that has the name now |
//! | `StackById` | stack | [`super::model::Stack`] |
//! | `StackByUuid` | account, region, uuid | the number of the stack, deleted ones included |
//! | `StackByNumber` | account, region, stack | –: the stacks in the order in which they were made, deleted ones included |
//! | `StackTemplate` | stack, template | a template's text; a stack keeps those that it, its plan and its change sets name |
//! | `StackResource` | stack, logical id | [`super::resource::Resource`] |
//! | `StackEvent` | stack, sequence | [`super::events::Event`]: the newest last, so pages read backwards |
//! | `StackPlan` | stack | [`super::plan::Plan`], while an operation runs or its rollback is stuck |
//! | `StackWait` | what is waited for (an ARN) | the stack whose plan goes on when it comes |
//! | `ChangeSet` | stack, change set | [`super::change_set::ChangeSet`] |
//! | `ChangeSetByName` | stack, name | the number of the change set |
//! | `ChangeSetByUuid` | account, region, uuid | stack, change set |
//! | `ChangeSetView` | stack, change set, view | its changes, without (0) and with (1) values |
//! | `Export` | account, region, name | [`super::exports::Export`] |
//! | `StackImport` | account, region, export's name, stack | – |

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader, Scope};

pub fn by_name(scope: &Scope, name: &str) -> Key {
    Key::new(Family::Stack).scope(scope).text(name)
}

/// The names of a scope.
pub fn names(scope: &Scope) -> Key {
    Key::new(Family::Stack).scope(scope)
}

pub fn stack(stack: u64) -> Key {
    Key::new(Family::StackById).number(stack)
}

pub fn by_uuid(scope: &Scope, uuid: &str) -> Key {
    Key::new(Family::StackByUuid).scope(scope).text(uuid)
}

/// The numbers of a scope.
pub fn numbers(scope: &Scope) -> Key {
    Key::new(Family::StackByNumber).scope(scope)
}

pub fn by_number(scope: &Scope, stack: u64) -> Key {
    numbers(scope).number(stack)
}

/// The stack of a key of [`by_number`].
pub fn read_number(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::StackByNumber)?;
    reader.text()?;
    reader.text()?;
    reader.number()
}

pub fn templates(stack: u64) -> Key {
    Key::new(Family::StackTemplate).number(stack)
}

pub fn template(stack: u64, template: u64) -> Key {
    templates(stack).number(template)
}

pub fn resources(stack: u64) -> Key {
    Key::new(Family::StackResource).number(stack)
}

pub fn resource(stack: u64, logical_id: &str) -> Key {
    resources(stack).text(logical_id)
}

pub fn events(stack: u64) -> Key {
    Key::new(Family::StackEvent).number(stack)
}

pub fn event(stack: u64, sequence: u64) -> Key {
    events(stack).number(sequence)
}

/// The sequence number of an event's key.
pub fn read_event(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::StackEvent)?;
    reader.number()?;
    reader.number()
}

pub fn plan(stack: u64) -> Key {
    Key::new(Family::StackPlan).number(stack)
}

pub fn wait(what: &str) -> Key {
    Key::new(Family::StackWait).text(what)
}

pub fn change_sets(stack: u64) -> Key {
    Key::new(Family::ChangeSet).number(stack)
}

pub fn change_set(stack: u64, change_set: u64) -> Key {
    change_sets(stack).number(change_set)
}

pub fn change_set_by_name(stack: u64, name: &str) -> Key {
    Key::new(Family::ChangeSetByName).number(stack).text(name)
}

pub fn change_set_by_uuid(scope: &Scope, uuid: &str) -> Key {
    Key::new(Family::ChangeSetByUuid).scope(scope).text(uuid)
}

pub fn change_set_view(stack: u64, change_set: u64, with_values: bool) -> Key {
    Key::new(Family::ChangeSetView).number(stack).number(change_set).byte(u8::from(with_values))
}

/// The exports of a scope, by name.
pub fn exports(scope: &Scope) -> Key {
    Key::new(Family::Export).scope(scope)
}

pub fn export(scope: &Scope, name: &str) -> Key {
    exports(scope).text(name)
}

/// Who imports an export.
pub fn imports(scope: &Scope, export: &str) -> Key {
    Key::new(Family::StackImport).scope(scope).text(export)
}

pub fn import(scope: &Scope, export: &str, stack: u64) -> Key {
    imports(scope, export).number(stack)
}

/// The stack of a key of [`import`].
pub fn read_import(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::StackImport)?;
    for _ in 0..3 {
        reader.text()?;
    }
    reader.number()
}
