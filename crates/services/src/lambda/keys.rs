//! The rows of Lambda. A function has a number of its own, under which its versions, aliases and policies stand: a function
//! that is made anew under an old name has none of them.

use crate::keys::{Family, Key, Scope};
use crate::lambda::code::Sha256;

/// `account, region, name` → [`super::model::Function`]; lives as long as the function.
pub fn function(scope: &Scope, name: &str) -> Key {
    functions(scope).text(name)
}

/// All functions of an account in a region, by name.
pub fn functions(scope: &Scope) -> Key {
    Key::new(Family::Function).scope(scope)
}

/// `function, number` → [`super::model::Version`]. Number 0 is `$LATEST`: it stands before the published ones, as AWS lists
/// them.
pub fn version(function: u64, number: u64) -> Key {
    versions(function).number(number)
}

/// `function, greatest number` → the [`super::model::Version`] of `$LATEST` as it was before the update that is being made
/// ready. Invocations run it meanwhile, and after an update that failed.
pub fn running(function: u64) -> Key {
    versions(function).number(u64::MAX)
}

/// All versions of a function.
pub fn versions(function: u64) -> Key {
    Key::new(Family::FunctionVersion).number(function)
}

/// `sha256, 0` → [`super::code::Head`]: how much there is and who refers to it.
pub fn code_head(sha256: &Sha256) -> Key {
    code(sha256).number(0)
}

/// `sha256, 1…` → bytes: a piece of the archive.
pub fn code_piece(sha256: &Sha256, number: u64) -> Key {
    code(sha256).number(number)
}

fn code(sha256: &Sha256) -> Key {
    sha256.iter().fold(Key::new(Family::Code), |key, byte| key.byte(*byte))
}

/// `function, name` → [`super::model::Alias`].
pub fn alias(function: u64, name: &str) -> Key {
    aliases(function).text(name)
}

/// All aliases of a function, by name.
pub fn aliases(function: u64) -> Key {
    Key::new(Family::Alias).number(function)
}

/// What stands under a function's number beside its versions.
pub fn beside_versions(function: u64) -> [Key; 4] {
    [Family::Alias, Family::FunctionPolicy, Family::EventInvokeConfig, Family::FunctionUrl]
        .map(|family| Key::new(family).number(function))
}

/// `function, qualifier` → [`super::event_invoke_config::EventInvoke`]. Without a qualifier it is that of `$LATEST`.
pub fn event_invoke_config(function: u64, qualifier: &str) -> Key {
    event_invoke_configs(function).text(qualifier)
}

/// What is set for all qualifiers of a function.
pub fn event_invoke_configs(function: u64) -> Key {
    Key::new(Family::EventInvokeConfig).number(function)
}

/// `sequence` → [`super::asynchronous::Invocation`]; from its acceptance to its end.
pub fn invocation(id: u64) -> Key {
    Key::new(Family::Invocation).number(id)
}

/// `account, region, UUID` → [`super::event_source::Mapping`].
pub fn mapping(scope: &Scope, uuid: &str) -> Key {
    mappings(scope).text(uuid)
}

/// All event source mappings of an account in a region, by UUID.
pub fn mappings(scope: &Scope) -> Key {
    Key::new(Family::EventSourceMapping).scope(scope)
}

/// `function, qualifier` → [`super::policy::Policy`]. Without a qualifier it is that of the function itself.
pub fn policy(function: u64, qualifier: &str) -> Key {
    Key::new(Family::FunctionPolicy).number(function).text(qualifier)
}

/// `SHA-256` → until when (ms) an uploaded package is kept; it holds one reference to the package.
pub fn upload(sha256: &Sha256) -> Key {
    sha256.iter().fold(Key::new(Family::CodeUpload), |key, byte| key.byte(*byte))
}
